package output

import (
	"slices"
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
	if i := v.mentioned(text); i >= 0 {
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

// negations are words, in plain letters, that turn around or weaken what their sentence says, in the languages that are met
// most.
var negations = wordSet(`not no never nor neither without cannot isnt arent wasnt werent dont doesnt didnt cant wont wouldnt shouldnt non hardly barely
	scarcely far anything except rather less unlikely opposite partly partially half almost nearly maybe perhaps
	nicht kein keine keinen keiner keines keinem nie niemals nirgends keineswegs ohne weder kaum weniger vielleicht
	pas jamais aucun aucune sans ni moins nullement nunca sin ningun ninguna tampoco nao nem mai senza niet geen zonder не нет никогда без`)

// mentioned returns the one value that a text mentions: -1 if there is none, or there are several. A value within a longer
// one that matches at that place does not count. None is mentioned in a sentence with a negation, unless that is a part of
// the value.
func (v *values) mentioned(text string) int {
	found := -1
	for start, i := 0, 0; i <= len(text); i++ {
		if i < len(text) && !endsSentence(text, i) {
			continue
		}
		n := v.mentionedIn(words(text[start:i]))
		if n == severalMentions || n >= 0 && found >= 0 && n != found {
			return -1
		}
		found = max(found, n)
		start = i + 1
	}
	return found
}

// severalMentions is what mentionedIn returns for a sentence that mentions several values, or negates one.
const severalMentions = -2

// mentionedIn returns the one value in a sentence that is reduced to words; -1 if there is none.
func (v *values) mentionedIn(text string) int {
	found := -1
	rest := text
	for _, i := range v.byLength {
		word := v.words[i]
		if word == "" || !strings.Contains(rest, word) {
			continue
		}
		if found >= 0 {
			return severalMentions
		}
		found = i
		rest = strings.ReplaceAll(rest, word, " \x00 ") // nothing is found within it, nor across it
	}
	if found >= 0 {
		for w := range strings.FieldsSeq(rest) {
			if negations(w) {
				return severalMentions
			}
		}
	}
	return found
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

// boolIn returns the truth value that a text in words states: the word true or false anywhere in it, or yes or no as its first
// word, or where it speaks of an answer. It is not ok when the text has words for both, a negation, or a word that weakens it.
func boolIn(text string) (value, ok bool) {
	all := strings.Fields(words(text))
	answers := slices.Contains(all, "answer") || slices.Contains(all, "verdict") || slices.Contains(all, "conclusion")
	found := [2]bool{}
	for i, w := range all {
		counts := len(all) == 1 || i == 0 && endsClause(text, w) || answers && i == len(all)-1
		switch {
		case w == "true" || w == "yes":
			found[1] = true
			if w == "yes" && !counts {
				return false, false
			}
		case w == "false" || w == "no" && counts:
			found[0] = true
		case negations(w) || hedges(w):
			return false, false
		}
	}
	return found[1], found[0] != found[1]
}

// hedges leave open what a text states.
var hedges = wordSet("untrue unless if or whether ish mostly possibly probably")

// endsClause reports whether the first word of a text, w, stands apart from what follows it: Yes, …
func endsClause(text, w string) bool {
	i := strings.Index(strings.ToLower(text), w)
	if i < 0 || i+len(w) >= len(text) {
		return i >= 0
	}
	return strings.IndexByte(",.;:!\n", text[i+len(w)]) >= 0
}

// nullWords are how people write that there is nothing.
var nullWords = map[string]bool{"null": true, "none": true, "nil": true, "n/a": true, "na": true, "undefined": true, "": true, "-": true}
