// Package diag holds what the generator has to say about its input: positions, stable codes, messages and hints, and
// the forms in which they are printed. It imports nothing of alloygen.
package diag

import (
	"cmp"
	"fmt"
	"go/token"
	"slices"
	"strings"
)

// Diagnostic is one finding. All of them are errors: a run that has one writes nothing.
type Diagnostic struct {
	Pos     token.Position // where; Column counts bytes from 1, as the compiler does
	Code    Code           // stable, listed by Codes
	Message string         // one line: what is wrong
	Hint    string         // what to do about it, or empty
}

// String returns the text form with the path as it is in Pos.
func (d Diagnostic) String() string {
	var b strings.Builder
	writeText(&b, d, "")
	return strings.TrimSuffix(b.String(), "\n")
}

// List is the findings of a run, in any order until Sorted.
type List []Diagnostic

// Add appends one finding. hint may be empty.
func (l *List) Add(pos token.Position, code Code, message, hint string) {
	*l = append(*l, Diagnostic{Pos: pos, Code: code, Message: message, Hint: hint})
}

// Addf appends one finding without a hint.
func (l *List) Addf(pos token.Position, code Code, format string, args ...any) {
	l.Add(pos, code, fmt.Sprintf(format, args...), "")
}

// Sorted returns the findings by file, line, column and message, each once.
func (l List) Sorted() List {
	sorted := slices.Clone(l)
	slices.SortFunc(sorted, compare)
	return slices.CompactFunc(sorted, func(a, b Diagnostic) bool {
		a.Pos.Offset, b.Pos.Offset = 0, 0 // absent where the go command reported the position
		return a == b
	})
}

func compare(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Pos.Filename, b.Pos.Filename),
		cmp.Compare(a.Pos.Line, b.Pos.Line),
		cmp.Compare(a.Pos.Column, b.Pos.Column),
		cmp.Compare(a.Message, b.Message),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Hint, b.Hint),
	)
}

// Err returns the list as an error, or nil if it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Error returns the text form of the sorted findings, one or two lines each.
func (l List) Error() string {
	var b strings.Builder
	for _, d := range l.Sorted() {
		writeText(&b, d, "")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
