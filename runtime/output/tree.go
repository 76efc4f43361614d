package output

import (
	"slices"
	"sync"
)

// tree holds the values that were read of a text. A value is named by its place in values; 0 is no value.
type tree struct {
	values []value
	known  int // how many values have been looked at while the text is still read: their places are not given to others
}

// value is one JSON value as it was written, with what it took to read it.
type value struct {
	form        form
	open        bool // its end has not been read yet
	plain       bool // text is the body of a strict JSON string, or a strict JSON number
	escaped     bool // there are escapes in text, as the quotes have them
	quoting     quotingID
	fixes       fixes
	keyFixes    fixes  // of the key
	text        string // of a string; of any other scalar as it was written
	key         string // in an object
	first, last int32  // what it holds
	next        int32  // its right neighbour
	count       int32  // how many values it holds
	inner       int32  // what its text holds, when that was read as JSON; -1 when there is none
}

// form is the form of a value.
type form uint8

const (
	formNull form = iota
	formBool
	formNumber
	formString
	formBare // text without quotes
	formArray
	formObject
	formEmpty // an XML element without content
)

// fixes is a set of repairs of the notation: bit by bit those that repair begins with.
type fixes uint16

const (
	fixComma fixes = 1 << iota
	fixColon
	fixBracket
	fixTruncated
	fixCut
	fixComment
	fixQuotes
	fixEscape
	fixLiteral
	fixNumber
	fixDropped
	fixMarkup
	fixText
	fixCollected
)

var trees = sync.Pool{New: func() any { return new(tree) }}

// newTree returns a tree for a text of that length.
func newTree(textLen int) *tree {
	t := trees.Get().(*tree)
	t.values, t.known = append(slices.Grow(t.values[:0], 16+textLen/24), value{}), 0
	return t
}

// release keeps t for another text, unless it has grown large.
func (t *tree) release() {
	if cap(t.values) <= largeTree {
		clear(t.values)
		trees.Put(t)
	}
}

// add appends a value to what parent holds; parent 0 makes it a root.
func (t *tree) add(parent int32, v *value) int32 {
	i := int32(len(t.values))
	t.values = append(t.values, *v)
	if parent == 0 {
		return i
	}
	p := &t.values[parent]
	if p.first == 0 {
		p.first = i
	} else {
		t.values[p.last].next = i
	}
	p.last = i
	p.count++
	return i
}

func (t *tree) at(i int32) *value { return &t.values[i] }

// isNumeral reports whether v is text without quotes that is a number in another notation than JSON's.
func (v *value) numeral() (literal string, ok bool) {
	if v.form != formBare {
		return "", false
	}
	n, ok := readNumeral(v.text)
	if !ok || n.percent || n.currency {
		return "", false
	}
	return n.literal, true
}

// string returns the text of a string.
func (v *value) string() string {
	switch {
	case !v.escaped:
		return v.text
	case v.plain:
		return unescape(v.text, true)
	}
	return string(appendUnescaped(nil, v.text, quotes[v.quoting]))
}

// appendString appends a string as JSON.
func (v *value) appendString(dst []byte) []byte {
	dst = append(dst, '"')
	switch {
	case v.plain:
		dst = append(dst, v.text...)
	case v.escaped:
		dst = appendReescaped(dst, v.text, quotes[v.quoting])
	default:
		dst = appendEscaped(dst, v.text)
	}
	return append(dst, '"')
}

// describe words a value for a message.
func (v *value) describe() string {
	switch v.form {
	case formNull:
		return "null"
	case formArray:
		return "an array"
	case formObject:
		return "an object"
	case formString, formBare:
		return showText(v.string())
	case formEmpty:
		return "nothing"
	}
	return showNumber(v.text)
}

// takes are the types that a schema may name for v. Text without quotes may be of any scalar type.
func (v *value) kinds() kinds {
	switch v.form {
	case formNull:
		return kindNull
	case formBool:
		return kindBool
	case formNumber:
		return kindsNumeric
	case formArray:
		return kindArray
	case formObject:
		return kindObject
	}
	return kindString
}

// lastOfEach returns the last member of each key, or nil if no key comes twice.
func (t *tree) lastOfEach(v *value) map[string]int32 {
	if v.count < fewKeys {
		twice := false
		for c := v.first; c != 0 && !twice; c = t.at(c).next {
			for d := t.at(c).next; d != 0 && !twice; d = t.at(d).next {
				twice = t.at(c).key == t.at(d).key
			}
		}
		if !twice {
			return nil
		}
	}
	last := make(map[string]int32, v.count)
	for c := v.first; c != 0; c = t.at(c).next {
		last[t.at(c).key] = c
	}
	if len(last) == int(v.count) {
		return nil
	}
	return last
}
