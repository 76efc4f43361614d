package output

import (
	"strconv"
	"strings"
)

// ErrorKind says why no answer came out of a text.
type ErrorKind string

// The kinds of errors.
const (
	KindEmpty    ErrorKind = "empty"     // the text is blank
	KindParse    ErrorKind = "parse"     // there is no JSON in the text, or it is broken
	KindSchema   ErrorKind = "schema"    // there is JSON, but it does not fit the schema
	KindTooLarge ErrorKind = "too_large" // the text is longer than it may be, nests deeper than MaxDepth, or holds more than MaxValues
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

// errQuiet stands for errors that nobody will read: of a branch or a candidate that was only tried.
var errQuiet = &Error{Path: "$", Kind: KindSchema, Message: "does not fit"}

// tooLarge is the error of a text of that size, of which start is the beginning.
func tooLarge(start string, size, limit int) *Error {
	return &Error{
		Path:    "$",
		Kind:    KindTooLarge,
		Message: "want at most " + strconv.Itoa(limit) + " bytes, got " + strconv.Itoa(size),
		Snippet: snippet(start),
	}
}

// at prefixes a message with its path, unless that is the root.
func at(path, message string) string {
	if path == "$" {
		return message
	}
	if len(path) > longestPath {
		path = shorten(path, longestPath/2) + strings.ToValidUTF8(path[len(path)-longestPath/2:], "")
	}
	return path + ": " + message
}

// longestPath bounds the path in a message, in bytes.
const longestPath = 400
