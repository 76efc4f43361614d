package output

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How closely a text matches what a schema lists.
type closeness int8

const (
	noMatch  closeness = iota
	exact              // to the letter
	spelled            // but for case, accents or punctuation
	mentions           // the value stands in a text, alone
)

// match returns the string of the enum that text is, or speaks of.
func (v *values) match(text string) (s string, how closeness) {
	if v == nil || len(v.strings) == 0 {
		return "", noMatch
	}
	if v.has(text) {
		return text, exact
	}
	if len(text) <= v.longest {
		for level := range foldLevels {
			if i, ok := v.folded[level][foldTo(level, text)]; ok {
				if i < 0 {
					return "", noMatch // two values are spelled like that
				}
				return v.strings[i], spelled
			}
		}
	}
	if i := v.mentioned(words(text)); i >= 0 {
		return v.strings[i], mentions
	}
	return "", noMatch
}

// has reports whether the enum has text, to the letter.
func (v *values) has(text string) bool {
	for _, s := range v.strings {
		if s == text {
			return true
		}
	}
	return false
}

// negations turn around what follows them.
var negations = map[string]bool{
	"not": true, "no": true, "never": true, "nor": true, "neither": true, "without": true, "cannot": true, "isnt": true, "arent": true,
	"wasnt": true, "werent": true, "dont": true, "doesnt": true, "didnt": true, "cant": true, "wont": true, "wouldnt": true, "shouldnt": true, "non": true,
}

// mentioned returns the one value that a text, reduced to words, mentions: -1 if there is none, or there are several. A value within
// a longer one that matches at that place does not count, nor does a value behind a negation.
func (v *values) mentioned(text string) int {
	found := -1
	type span struct{ from, to int }
	var taken []span
	for _, i := range v.byLength {
		word := v.words[i]
		if word == "" {
			continue
		}
		for at := 0; ; {
			n := strings.Index(text[at:], word)
			if n < 0 {
				break
			}
			from := at + n
			to := from + len(word)
			at = to - 1 // the space behind may be the one before the next
			inside := false
			for _, t := range taken {
				inside = inside || t.from <= from && to <= t.to
			}
			if inside {
				continue
			}
			if found >= 0 && found != i || negated(text[:from+1]) {
				return -1
			}
			found = i
			if len(taken) < 16 {
				taken = append(taken, span{from, to})
			}
		}
	}
	return found
}

// negated reports whether one of the last two words of a text turns around what follows.
func negated(text string) bool {
	for range 2 {
		text = strings.TrimRight(text, " ")
		i := strings.LastIndexByte(text, ' ')
		if negations[text[i+1:]] {
			return true
		}
		text = text[:i+1]
	}
	return false
}

// mentionOf is what mentioned looks for: a value's words. Scripts that do not separate words are looked for as they are.
func mentionOf(value string) string {
	text := words(value)
	inner := strings.TrimSpace(text)
	if inner == "" {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(inner)
	last, _ := utf8.DecodeLastRuneInString(inner)
	if unicode.In(first, unspaced...) && unicode.In(last, unspaced...) {
		return inner
	}
	return text
}

var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

// boolIn returns the truth value that a text in words states: the word true or false anywhere in it, or yes or no as its first or
// last word. It is not ok when the text has words for both, or a negation.
func boolIn(text string) (value, ok bool) {
	all := strings.Fields(words(text))
	found := [2]bool{}
	for i, w := range all {
		edge := i == len(all)-1 || i == 0 && endsClause(text, w)
		switch {
		case w == "true" || w == "yes" && edge:
			found[1] = true
		case w == "false" || w == "no" && edge:
			found[0] = true
		case negations[w] || w == "untrue" || w == "unless" || w == "if" || w == "or" || w == "whether":
			return false, false
		}
	}
	return found[1], found[0] != found[1]
}

// endsClause reports whether the first word of a text, w, stands apart from what follows it: Yes, …
func endsClause(text, w string) bool {
	i := strings.Index(strings.ToLower(text), w)
	if i < 0 || i+len(w) >= len(text) {
		return i >= 0
	}
	return strings.IndexByte(",.;:!\n-", text[i+len(w)]) >= 0
}

// nullWords are how people write that there is nothing.
var nullWords = map[string]bool{"null": true, "none": true, "nil": true, "n/a": true, "na": true, "undefined": true, "": true, "-": true}
