package directive

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/load"
)

// line is one directive as it stands in the source.
type line struct {
	pos      token.Pos // of the slashes
	name     string
	nameAt   token.Pos
	args     string // without blanks around
	argsAt   token.Pos
	verbatim string // as args, but only the blank after the name is cut off, and blanks at the end
	textAt   token.Pos
}

// readLine splits a comment, or returns false if it is not a directive of alloygen.
func readLine(c *ast.Comment) (line, bool) {
	d, ok := ast.ParseDirective(c.Slash, c.Text)
	if !ok || d.Tool != "alloy" {
		return line{}, false
	}
	prefix := len("//alloy:") + len(d.Name)
	rest := c.Text[prefix:]
	if r, size := utf8.DecodeRuneInString(rest); unicode.IsSpace(r) {
		rest, prefix = rest[size:], prefix+size
	}
	return line{
		pos: c.Slash, name: d.Name, nameAt: c.Slash + token.Pos(len("//alloy:")),
		args: d.Args, argsAt: d.ArgsPos,
		verbatim: strings.TrimRightFunc(rest, unicode.IsSpace), textAt: c.Slash + token.Pos(prefix),
	}, true
}

// reader reads one line by its definition.
type reader struct {
	*collector
	def   *definition
	line  line
	place Place
	file  *load.File
}

// fail reports what is wrong with an argument.
func (r *reader) fail(at token.Pos, code diag.Code, message, hint string) {
	r.report(at, code, message, hint)
}

func (r *reader) words() ([]word, bool) {
	l := lexer{rest: r.line.args, pos: r.line.argsAt, fail: r.fail}
	return l.words()
}

// usage is a hint.
func (r *reader) usage() string {
	return strings.TrimSpace("write //alloy:" + r.def.Name + " " + r.def.Arguments)
}

// name is what a message calls a value.
func (r *reader) name(w word) string {
	if w.key.text == "" {
		return r.def.Name
	}
	return r.def.Name + " " + w.key.text
}

// missing reports that the directive has no arguments.
func (r *reader) missing() {
	r.fail(r.line.pos, diag.MissingArgument, r.def.Name+" lacks its argument", r.usage())
}

// only returns the one word without a key that the directive takes. hint is for those who wrote more.
func (r *reader) only(hint string) (word, bool) {
	words, ok := r.words()
	switch {
	case !ok:
	case len(words) == 0:
		r.missing()
	case words[0].key.text != "":
		r.unknownKey(words[0])
	case len(words) > 1:
		r.fail(words[1].pos(), diag.UnexpectedArgument, fmt.Sprintf("%s takes no second argument", r.def.Name), hint)
	default:
		return words[0], true
	}
	return word{}, false
}

func (r *reader) unknownKey(w word) {
	var keys []string
	for _, k := range r.def.Keys {
		keys = append(keys, k.Name)
	}
	hint := Suggest(w.key.text, keys)
	switch {
	case hint != "":
	case len(keys) > 0:
		hint = "its keys are " + strings.Join(keys, ", ")
	default:
		hint = "it has no keys; quote a value that holds an equals sign"
	}
	r.fail(w.key.pos, diag.UnknownKey, fmt.Sprintf("%s has no key %q", r.def.Name, w.key.text), hint)
}

// readFile reads the file that a directive names after an @. at is the position of the name.
func (r *reader) readFile(name string, at token.Pos) (string, bool) {
	fail := func(message, hint string) (string, bool) {
		r.fail(at, diag.UnreadableFile, fmt.Sprintf("%s: %s %q", r.def.Name, message, name), hint)
		return "", false
	}
	switch {
	case name == "":
		return fail("no file is named:", r.usage())
	case strings.Contains(name, `\`) || !fs.ValidPath(name):
		return fail("not a path inside of the package:", "write it relative to the package's directory, with slashes and without ..")
	}
	content, err := r.pkg.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail("no such file:", "the path is relative to the package's directory, "+r.pkg.Path)
	case err != nil:
		return fail("cannot read", err.Error())
	case !utf8.Valid(content):
		return fail("not UTF-8 text:", "")
	}
	return string(content), true
}
