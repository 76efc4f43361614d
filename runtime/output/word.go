package output

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// describe words what a node that is no union wants.
func (n *node) describe() string {
	if n.values != nil {
		if n.kinds == 0 {
			return "nothing"
		}
		return n.values.want()
	}
	if n.kinds == kindsAll {
		return "a JSON value"
	}
	var words []string
	add := func(k kinds, word string) {
		if n.kinds&k != 0 {
			words = append(words, word)
		}
	}
	add(kindObject, n.object.describe())
	add(kindArray, "an array")
	add(kindString, n.text.describe())
	add(kindsNumeric, n.noun())
	add(kindBool, "true or false")
	add(kindNull, "null")
	if len(words) == 0 {
		return "nothing"
	}
	return list(words, "or")
}

func (t *textRules) describe() string {
	if t == nil || t.fits == nil {
		return "a string"
	}
	return formats[t.format].want
}

func (o *objectRules) describe() string {
	if o == nil || o.required == 0 {
		return "an object"
	}
	var keys []string
	for i := range o.props {
		if o.props[i].required {
			keys = append(keys, quote(shorten(o.props[i].name, 60)))
		}
	}
	if len(keys) == 1 {
		return "an object with the key " + keys[0]
	}
	return "an object with the keys " + list(keys, "and")
}

func (u *union) describe() string {
	var words []string
	for _, b := range u.branches {
		if b.want != "" && !slices.Contains(words, b.want) {
			words = append(words, b.want)
		}
	}
	if len(words) == 0 {
		return "a JSON value"
	}
	return list(words, "or")
}

// noun is what numbers are called in messages.
func (n *node) noun() string {
	if n.kinds&kindNumber == 0 {
		return "an integer"
	}
	return "a number"
}

// want words the values of an enum.
func (v *values) want() string {
	var words []string
	for _, s := range v.strings {
		words = append(words, quote(shorten(s, 60)))
	}
	for i := range v.numbers {
		words = append(words, v.numbers[i].literal)
	}
	for i, b := range v.bools {
		if b {
			words = append(words, boolWord(i == 1))
		}
	}
	if v.null {
		words = append(words, "null")
	}
	for _, o := range v.others {
		words = append(words, shorten(o, 60))
	}
	if len(words) == 1 {
		return words[0]
	}
	return "one of " + list(words, "or")
}

// maxListed bounds how many words a message lists.
const maxListed = 30

// list joins words: a, b or c.
func list(words []string, last string) string {
	if n := len(words); n > maxListed {
		words = append(slices.Clone(words[:maxListed]), strconv.Itoa(n-maxListed)+" more")
	}
	var b []byte
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			b = append(b, " "+last+" "...)
		default:
			b = append(b, ", "...)
		}
		b = append(b, w...)
	}
	return string(b)
}

// count writes a number of things: 1 item, 2 items.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

const snippetLen = 120

func snippet(text string) string { return shorten(text, snippetLen) }

// shorten cuts text to n characters and marks the cut.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for i := range text {
		if n == 0 {
			return strings.ToValidUTF8(text[:i], string(utf8.RuneError)) + "…"
		}
		n--
	}
	return text
}

// showText and showNumber are how messages repeat what was found.
func showText(s string) string   { return quote(shorten(s, 60)) }
func showNumber(s string) string { return shorten(s, 40) }
