package diag

import (
	"encoding/json"
	"fmt"
	"go/token"
	"io"
	"path/filepath"
	"strings"
)

// Format is a way to print a List.
type Format string

const (
	Text   Format = "text"   // path:line:col: message, the hint indented below
	JSON   Format = "json"   // an array of objects
	GitHub Format = "github" // workflow commands: annotations on a pull request
)

// Print writes the sorted findings to w. Paths below dir are written relative to it, with slashes on every system; an
// empty dir leaves them as they are. An unknown format is an error.
func (l List) Print(w io.Writer, format Format, dir string) error {
	switch format {
	case Text:
		return l.printText(w, dir)
	case JSON:
		return l.printJSON(w, dir)
	case GitHub:
		return l.printGitHub(w, dir)
	}
	return fmt.Errorf("unknown format %q: want %s, %s or %s", format, Text, JSON, GitHub)
}

func (l List) printText(w io.Writer, dir string) error {
	var b strings.Builder
	for _, d := range l.Sorted() {
		writeText(&b, d, dir)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeText(b *strings.Builder, d Diagnostic, dir string) {
	if at := place(d.Pos, dir); at != "" {
		b.WriteString(at)
		b.WriteString(": ")
	}
	b.WriteString(d.Message)
	b.WriteByte('\n')
	if d.Hint != "" {
		b.WriteString("\thint: ")
		b.WriteString(strings.ReplaceAll(d.Hint, "\n", "\n\t      "))
		b.WriteByte('\n')
	}
}

// place is path:line:col, without the parts that are not known.
func place(pos token.Position, dir string) string {
	pos.Filename = relative(pos.Filename, dir)
	if !pos.IsValid() {
		return pos.Filename
	}
	return pos.String()
}

func relative(name, dir string) string {
	if name == "" {
		return ""
	}
	if dir != "" && filepath.IsAbs(name) {
		if rel, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(rel) {
			name = rel
		}
	}
	return filepath.ToSlash(name)
}

func (l List) printJSON(w io.Writer, dir string) error {
	type object struct {
		File    string `json:"file,omitempty"`
		Line    int    `json:"line,omitempty"`
		Column  int    `json:"column,omitempty"`
		Code    Code   `json:"code"`
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
	}
	objects := make([]object, 0, len(l)) // an empty list prints as [], not null
	for _, d := range l.Sorted() {
		objects = append(objects, object{
			File: relative(d.Pos.Filename, dir), Line: d.Pos.Line, Column: d.Pos.Column,
			Code: d.Code, Message: d.Message, Hint: d.Hint,
		})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(objects)
}

// Escapes of GitHub's workflow commands: github.com/actions/toolkit, packages/core/src/command.ts.
var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func (l List) printGitHub(w io.Writer, dir string) error {
	var b strings.Builder
	for _, d := range l.Sorted() {
		b.WriteString("::error ")
		if d.Pos.Filename != "" {
			fmt.Fprintf(&b, "file=%s,", escapeProperty.Replace(relative(d.Pos.Filename, dir)))
		}
		if d.Pos.IsValid() {
			fmt.Fprintf(&b, "line=%d,col=%d,", d.Pos.Line, d.Pos.Column)
		}
		message := d.Message
		if d.Hint != "" {
			message += "\nhint: " + d.Hint
		}
		fmt.Fprintf(&b, "title=alloygen %s::%s\n", escapeProperty.Replace(string(d.Code)), escapeData.Replace(message))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
