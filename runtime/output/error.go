package output

import (
	"strconv"
	"unicode/utf8"
)

// ErrorKind says why no answer came out of a text.
type ErrorKind string

// The kinds of errors.
const (
	KindEmpty    ErrorKind = "empty"     // the text is blank
	KindParse    ErrorKind = "parse"     // there is no JSON in the text, or it is broken
	KindSchema   ErrorKind = "schema"    // there is JSON, but it does not fit the schema
	KindTooLarge ErrorKind = "too_large" // the text is longer than MaxSize, nests deeper than MaxDepth, or is too ambiguous
)

// Error is an answer that does not fit. Its message is written for the model: it says where, what was wanted and what was
// found there.
type Error struct {
	Path    string // where in the answer: $.items[2].price
	Kind    ErrorKind
	Message string // $.score: want a number of at most 1, got 1.5
	Snippet string // the first 120 characters of the text, with an ellipsis when there are more
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// errQuiet and errSyntax stand for errors that nobody will read: of a branch or a candidate that was only tried.
var (
	errQuiet  = &Error{Path: "$", Kind: KindSchema, Message: "does not fit"}
	errSyntax = &Error{Path: "$", Kind: KindParse, Message: "is not JSON"}
)

// brokenJSON is the error of text that is not JSON at the position bad, where something else was wanted.
func brokenJSON(path, text string, bad int, wanted string) *Error {
	e := &Error{Path: path, Kind: KindParse}
	if wanted == depthWanted {
		e.Kind = KindTooLarge
	}
	if bad >= len(text) {
		e.Message = at(path, "the JSON breaks off: want "+wanted+", got the end of the text")
		return e
	}
	place := strconv.Itoa(utf8.RuneCountInString(text[:bad]) + 1)
	e.Message = at(path, "the JSON is broken at character "+place+": want "+wanted+", got "+showText(shorten(text[bad:], 20)))
	return e
}

func tooLarge(text string) *Error {
	return &Error{
		Path:    "$",
		Kind:    KindTooLarge,
		Message: "want at most " + strconv.Itoa(MaxSize) + " bytes, got " + strconv.Itoa(len(text)),
		Snippet: snippet(text),
	}
}

// at prefixes a message with its path, unless that is the root.
func at(path, message string) string {
	if path == "$" {
		return message
	}
	return path + ": " + message
}
