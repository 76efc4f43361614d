package output

import (
	"math/big"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// numeral is a number as people write it.
type numeral struct {
	literal  string // in JSON
	percent  bool
	currency bool
}

// currencies are the signs and codes that may stand before or behind an amount.
var currencies = []string{"$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₪", "฿", "US$", "C$", "A$", "USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR", "CAD", "AUD", "NOK", "SEK", "DKK", "PLN", "Rs."}

// longestNumeral bounds what is looked at: no number that a float64 holds needs more.
const longestNumeral = 400

// readNumeral reads a number: 42, +1_000, 1,234.5, 1.234,5, 0xFF, .5, 5., $3, 12 %. It is not ok for NaN, for infinity, and
// for what may be read in two ways.
func readNumeral(text string) (n numeral, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > longestNumeral {
		return n, false
	}
	text = strings.Replace(text, "\u2212", "-", 1) // the minus sign of typography
	negative := false
	if rest, found := strings.CutPrefix(text, "("); found && strings.HasSuffix(rest, ")") && n.cutCurrency(&rest) {
		return n, false // (12 $) may be a loss, or not
	}
	text, negative = cutSign(text)
	if n.cutCurrency(&text); !negative {
		text, negative = cutSign(text)
	}
	if rest, found := strings.CutSuffix(text, "%"); found {
		n.percent, text = true, strings.TrimSpace(rest)
	}
	digits, ok := plainDigits(text)
	if !ok {
		return numeral{}, false
	}
	if n.literal = digits; negative {
		n.literal = "-" + digits
	}
	return n, numberLen(n.literal) == len(n.literal)
}

func cutSign(text string) (rest string, negative bool) {
	if rest, found := strings.CutPrefix(text, "-"); found {
		return strings.TrimLeft(rest, " "), true
	}
	return strings.TrimLeft(strings.TrimPrefix(text, "+"), " "), false
}

// cutCurrency cuts a currency off either end of text.
func (n *numeral) cutCurrency(text *string) bool {
	for _, c := range currencies {
		if rest, ok := strings.CutPrefix(*text, c); ok && rest != "" && !isLetter(rest[0]) {
			*text, n.currency = strings.TrimSpace(rest), true
			return true
		}
		if rest, ok := strings.CutSuffix(*text, c); ok && rest != "" && !isLetter(rest[len(rest)-1]) {
			*text, n.currency = strings.TrimSpace(rest), true
			return true
		}
	}
	return false
}

// plainDigits writes a number without a sign as JSON does.
func plainDigits(text string) (string, bool) {
	if text == "" || !isDigit(text[0]) && text[0] != '.' && text[0] != ',' {
		return "", false
	}
	if numberLen(text) == len(text) {
		return text, true
	}
	if len(text) > 2 && text[0] == '0' && (text[1]|0x20 == 'x' || text[1]|0x20 == 'b' || text[1]|0x20 == 'o') {
		i, ok := new(big.Int).SetString(text, 0)
		if !ok || strings.ContainsAny(text, "+-") {
			return "", false
		}
		return i.String(), true
	}
	text = strings.NewReplacer("\u00A0", " ", "\u202F", " ", "\u2009", " ").Replace(text)
	if strings.Contains(text, " ") {
		if utf8.RuneCountInString(text) != len(text) || !grouped(text, ' ') {
			return "", false
		}
		text = strings.ReplaceAll(text, " ", "")
	}
	if strings.Contains(text, "_") {
		if strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") || strings.Contains(text, "__") {
			return "", false
		}
		text = strings.ReplaceAll(text, "_", "")
	}
	whole, fraction, ok := splitDecimal(text)
	if !ok {
		return "", false
	}
	exponent := ""
	if i := strings.IndexAny(fraction, "eE"); i >= 0 {
		fraction, exponent = fraction[:i], fraction[i:]
	} else if i := strings.IndexAny(whole, "eE"); i >= 0 {
		whole, exponent = whole[:i], whole[i:]
	}
	if !allDigits(whole) || !allDigits(fraction) || whole == "" && fraction == "" {
		return "", false
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return whole + exponent, true
}

// splitDecimal splits a number at its decimal sign, and takes the signs between thousands away. When both the comma and the dot
// occur, the last is the decimal sign. A comma alone is one unless three digits follow: 1,234 is above a thousand, 3,14 is not.
func splitDecimal(text string) (whole, fraction string, ok bool) {
	comma, dot := strings.LastIndexByte(text, ','), strings.LastIndexByte(text, '.')
	switch {
	case comma < 0 && dot < 0:
		return text, "", true
	case comma < 0:
		if strings.Count(text, ".") > 1 { // 1.234.567
			return strings.ReplaceAll(text, ".", ""), "", grouped(text, '.')
		}
		return text[:dot], text[dot+1:], true
	case dot < 0:
		if grouped(text, ',') {
			return strings.ReplaceAll(text, ",", ""), "", true
		}
		return text[:comma], text[comma+1:], strings.Count(text, ",") == 1
	case comma < dot: // 1,234.5
		return strings.ReplaceAll(text[:dot], ",", ""), text[dot+1:], grouped(text[:dot], ',')
	}
	return strings.ReplaceAll(text[:comma], ".", ""), text[comma+1:], grouped(text[:comma], '.') // 1.234,5
}

// grouped reports whether sep separates groups of three digits, or, before the last group, of two, as in India.
func grouped(text string, sep byte) bool {
	groups := strings.Split(text, string(sep))
	if len(groups) == 1 {
		return true
	}
	if first := groups[0]; first == "" || len(first) > 3 || first[0] == '0' || !allDigits(first) {
		return false
	}
	middle := 0
	for i, g := range groups[1:] {
		if !allDigits(g) {
			return false
		}
		if i == len(groups)-2 {
			return len(g) == 3
		}
		if len(g) != 2 && len(g) != 3 || middle != 0 && len(g) != middle {
			return false
		}
		middle = len(g)
	}
	return true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// hundredth divides a JSON number by 100, exactly.
func hundredth(literal string) string {
	negative, digits, exponent, ok := decimal(literal)
	if !ok || digits == "" {
		return "0"
	}
	exponent -= 2
	switch {
	case exponent >= 0:
		digits += strings.Repeat("0", min(exponent, longestNumeral))
	case len(digits) > -exponent:
		digits = digits[:len(digits)+exponent] + "." + digits[len(digits)+exponent:]
	default:
		digits = "0." + strings.Repeat("0", min(-exponent-len(digits), longestNumeral)) + digits
	}
	if negative {
		return "-" + digits
	}
	return digits
}

// magnitudes are words, in plain letters, that change the number in their sentence, or make a bound of it.
var magnitudes = wordSet(`hundred hundreds thousand thousands million millions billion billions trillion dozen dozens k m mn b bn t tn lakh crore
	half quarter third minus negative percent below above under over least most than exceeding exceeds up or between versus vs
	tausend millionen mio milliarde milliarden mrd dutzend halb halbe unter uber mindestens hochstens mehr weniger
	mille millier milliers milliard milliards moitie moins plus millones mil mitad menos mas milhoes milioni mezzo тыс млн млрд`)

// wordSet returns a function that says whether a word is in list. The set is made when it is first needed.
func wordSet(list string) func(word string) bool {
	set := sync.OnceValue(func() map[string]bool {
		m := map[string]bool{}
		for w := range strings.FieldsSeq(list) {
			m[w] = true
		}
		return m
	})
	return func(word string) bool { return set()[word] }
}

// numberIn returns the one number that a text in words holds. It is not ok when there is none, when there are several, or
// when a word changes what the number means: 3 million.
func numberIn(text string) (n numeral, ok bool) {
	if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "(") && strings.HasSuffix(trimmed, ")") {
		return numeral{}, false // a loss, or an aside
	}
	for i := 0; i < len(text); {
		if !isDigit(text[i]) {
			i++
			continue
		}
		from := i
		for from > 0 && (text[from-1] == '-' || text[from-1] == '+' || text[from-1] == '.') {
			from--
		}
		for i < len(text) && (isDigit(text[i]) || (text[i] == ',' || text[i] == '.' || text[i] == '_') && i+1 < len(text) && isDigit(text[i+1])) {
			i++
		}
		before, _ := utf8.DecodeLastRuneInString(text[:from])
		after, _ := utf8.DecodeRuneInString(text[i:])
		if ok || from > 0 && !separates(before) || i < len(text) && !separates(after) || bounds(text[:from]) {
			return numeral{}, false
		}
		if n, ok = readNumeral(text[from:i]); !ok {
			return numeral{}, false
		}
		if i < len(text) && text[i] == '%' {
			n.percent = true
		}
		for w := range strings.FieldsSeq(words(sentenceAt(text, from, i))) {
			if magnitudes(w) || negations(w) {
				return numeral{}, false
			}
		}
	}
	return n, ok
}

// separates reports whether r may stand beside a number in prose. A slash, a colon, letters and fractions make it a part of
// something else.
func separates(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune("/:^_<>≤≥±", r)
}

// bounds reports whether what stands before a number makes a bound or a loss of it: <5, – 5.
func bounds(before string) bool {
	before = strings.TrimRight(before, " \t")
	r, n := utf8.DecodeLastRuneInString(before)
	return n > 0 && (strings.ContainsRune("<>≤≥±", r) || strings.ContainsRune("-–—", r) && strings.TrimSpace(before[:len(before)-n]) == "")
}

// sentenceAt returns the sentence around a part of text.
func sentenceAt(text string, from, to int) string {
	start := 0
	for i := 0; i < from; i++ {
		if endsSentence(text, i) {
			start = i + 1
		}
	}
	for i := to; i < len(text); i++ {
		if endsSentence(text, i) {
			return text[start:i]
		}
	}
	return text[start:]
}

// endsSentence reports whether a sentence ends with the byte at i.
func endsSentence(text string, i int) bool {
	switch text[i] {
	case '\n', ';', '!', '?':
		return true
	case '.':
		return i+1 >= len(text) || isSpace(text[i+1])
	}
	return false
}
