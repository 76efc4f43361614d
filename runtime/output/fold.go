package output

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Letters that people write without their accents, and what they write: pairs of a run of letters and its plain form. Those of
// Unicode's blocks Latin-1 Supplement, Latin Extended-A and Latin Extended Additional that decompose, in lower case, and the
// letters of German, Danish, Polish, Icelandic and Turkish that have a customary spelling.
var plainLetters = sync.OnceValue(func() map[rune]string {
	m := map[rune]string{}
	for _, group := range strings.Fields(`
		aàáâãäåāăąạảấầẩẫậắằẳẵặǎ bḃ cçćĉċč dďđḍ eèéêëēĕėęěẹẻẽếềểễệ fḟ gĝğġģǧ hĥħḥ iìíîïĩīĭįıỉịǐ jĵ kķḳ lĺļľłḷ
		mṁṃ nñńņňṅṇ oòóôõöøōŏőọỏốồổỗộớờởỡợơǒ pṗ rŕŗřṛ sśŝşšșṡṣ tţťŧțṭ uùúûüũūŭůűųụủứừửữựưǔ vṽ wŵẁẃẅ yýÿŷỳỵỷỹ zźżžẓ`) {
		letters := []rune(group)
		for _, r := range letters[1:] {
			m[r] = string(letters[0])
		}
	}
	for letters, plain := range map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ð': "d"} {
		m[letters] = plain
	}
	return m
})

// The levels of folding: each takes away more of what tells two spellings apart.
const (
	foldCase    = iota // upper and lower case
	foldAccents        // and accents
	foldMarks          // and everything but letters and digits
	foldLevels
)

// foldTo reduces text to what it has in common with other spellings of it.
func foldTo(level int, text string) string {
	if level == foldCase {
		return strings.ToLower(strings.TrimSpace(text))
	}
	var buf [64]byte
	dst := buf[:0]
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			if level == foldAccents || isLetter(byte(r)) || isDigit(byte(r)) {
				dst = append(dst, byte(r))
			}
		case unicode.Is(unicode.Mn, r): // a combining accent
		default:
			dst = appendPlain(dst, r, level)
		}
	}
	if len(dst) == 0 {
		return strings.ToLower(text)
	}
	return strings.TrimSpace(string(dst))
}

func appendPlain(dst []byte, r rune, level int) []byte {
	r = unicode.ToLower(unicode.ToUpper(r))
	if s, ok := plainLetters()[r]; ok {
		return append(dst, s...)
	}
	if level == foldMarks && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mc, r) {
		return dst
	}
	return utf8.AppendRune(dst, r)
}

// words reduces text to its words in plain lower case, with one space before, between and behind them. Apostrophes are left
// out: isn't is one word.
func words(text string) string {
	dst := make([]byte, 1, len(text)+2)
	dst[0] = ' '
	for _, r := range text {
		switch {
		case r == '\'' || r == '\u2019' || unicode.Is(unicode.Mn, r):
		case r < utf8.RuneSelf && 'A' <= r && r <= 'Z':
			dst = append(dst, byte(r)+'a'-'A')
		case r < utf8.RuneSelf && (isLetter(byte(r)) || isDigit(byte(r))):
			dst = append(dst, byte(r))
		case r < utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mc, r):
			if dst[len(dst)-1] != ' ' {
				dst = append(dst, ' ')
			}
		default:
			dst = appendPlain(dst, r, foldMarks)
		}
	}
	if dst[len(dst)-1] != ' ' {
		dst = append(dst, ' ')
	}
	return string(dst)
}
