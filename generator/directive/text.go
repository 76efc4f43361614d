package directive

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/scanner"
	"go/token"
	"strconv"
	"strings"
	"unicode"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/generator/diag"
)

// system is the system prompt: verbatim text, or a file.
func system(help string) *definition {
	d := Directive{Name: "system", Places: OnCommand, Arguments: "TEXT | @FILE", Help: help, Repeatable: true}
	return setting(d, func(s *Settings) **Value[System] { return &s.System }, readSystem)
}

func readSystem(r *reader, to *target) {
	text := r.line.verbatim
	var file *Value[string]
	if name, ok := strings.CutPrefix(text, "@"); ok {
		file = &Value[string]{V: name, Pos: r.line.textAt + 1, Place: r.place}
		if text, ok = r.readFile(name, file.Pos); !ok {
			return
		}
		text = strings.TrimRight(text, "\r\n")
		if strings.TrimSpace(text) == "" {
			r.fail(file.Pos, diag.InvalidValue, fmt.Sprintf("system: the file %q is blank", name), "")
			return
		}
	}
	if v := to.settings.System; v != nil {
		v.V.Text += "\n" + text
	} else {
		to.settings.System = &Value[System]{V: System{Text: text}, Pos: r.line.textAt, Place: r.place}
	}
	if file != nil {
		to.settings.System.V.Files = append(to.settings.System.V.Files, *file)
	}
}

// param is the description of a parameter: its name, then verbatim text.
func param(help string) *definition {
	return &definition{
		Directive: Directive{Name: "param", Places: callable, Arguments: "NAME TEXT", Help: help, Repeatable: true},
		read:      readParam,
	}
}

func readParam(r *reader, to *target) {
	name, text, at := cutWord(r.line.args, r.line.argsAt)
	switch {
	case name == "":
		r.missing()
		return
	case !token.IsIdentifier(name):
		r.fail(r.line.argsAt, diag.InvalidValue, fmt.Sprintf("param: want the name of a parameter, not %q", name), r.usage())
		return
	case text == "":
		r.fail(r.line.argsAt, diag.MissingArgument, fmt.Sprintf("param %s has no text", name), r.usage())
		return
	}
	for _, other := range to.params {
		if other.Name.V == name {
			r.duplicate(r.line.argsAt, "param "+name, other.Name.Pos)
			return
		}
	}
	to.params = append(to.params, &ParamText{
		Name: Value[string]{V: name, Pos: r.line.argsAt, Place: r.place},
		Text: Value[string]{V: text, Pos: at, Place: r.place},
	})
}

// cutWord splits off the first word. at is the position of s, then that of the rest.
func cutWord(s string, at token.Pos) (first, rest string, restAt token.Pos) {
	end := strings.IndexFunc(s, unicode.IsSpace)
	if end < 0 {
		return s, "", at + token.Pos(len(s))
	}
	rest = strings.TrimLeftFunc(s[end:], unicode.IsSpace)
	return s[:end], rest, at + token.Pos(len(s)-len(rest))
}

// contract is a Go expression, a comma and a Go string.
func contract(kind contracts.Kind, places Place, help string) *definition {
	what := `"MESSAGE"`
	if kind == contracts.Check {
		what = `"NAME"`
	}
	return &definition{
		Directive: Directive{Name: string(kind), Places: places, Arguments: "EXPR, " + what, Help: help, Repeatable: true},
		read:      func(r *reader, to *target) { readContract(r, to, kind, what) },
	}
}

func readContract(r *reader, to *target, kind contracts.Kind, what string) {
	args := r.line.args
	if args == "" {
		r.missing()
		return
	}
	comma, literal := splitContract(args)
	if literal < 0 {
		r.fail(r.line.argsAt+token.Pos(len(args)), diag.MissingArgument, fmt.Sprintf("%s lacks its %s", kind, what), r.usage())
		return
	}
	messageAt := r.line.argsAt + token.Pos(literal)
	message, err := strconv.Unquote(args[literal:])
	switch {
	case err != nil: // a literal that Go's scanner accepts does not come here
		r.fail(messageAt, diag.InvalidValue, fmt.Sprintf("%s: %s is not a Go string literal", kind, what), r.usage())
		return
	case strings.TrimSpace(message) == "":
		r.fail(messageAt, diag.InvalidValue, fmt.Sprintf("%s: %s is blank", kind, what), "")
		return
	}
	expr := strings.TrimRightFunc(args[:comma], unicode.IsSpace)
	if expr == "" {
		r.fail(r.line.argsAt, diag.MissingArgument, fmt.Sprintf("%s lacks its expression", kind), r.usage())
		return
	}
	to.contracts = append(to.contracts, Contract{
		Kind: kind, Expr: expr, Pos: r.line.argsAt, Message: message, MessagePos: messageAt,
	})
}

// splitContract returns the offsets of the last comma outside of brackets, and of the string literal which is all that
// follows it; or -1.
func splitContract(args string) (comma, literal int) {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(args))
	s.Init(file, []byte(args), func(token.Position, string) {}, scanner.ScanComments)
	depth, comma, literal := 0, -1, -1
	for {
		pos, tok, lit := s.Scan()
		at := file.Offset(pos)
		switch {
		case tok == token.EOF:
			return comma, literal
		case tok == token.SEMICOLON && lit == "\n": // inserted at the end
			continue
		case depth == 0 && tok == token.COMMA:
			comma, literal = at, -1
			continue
		case tok == token.STRING && comma >= 0 && depth == 0 && strings.TrimSpace(args[comma+1:at]) == "" && at+len(lit) == len(args):
			literal = at
			continue
		}
		literal = -1
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		}
	}
}

// schema is a JSON object, inline or in a file; on the package clause after the name of a type.
func schema(help string) *definition {
	return &definition{
		Directive: Directive{
			Name: "schema", Places: OnType | OnPackage, Arguments: "[pkg.Type] @FILE | JSON", Help: help, Repeatable: true,
		},
		read: readSchema,
	}
}

func readSchema(r *reader, to *target) {
	s := &Schema{File: r.file}
	text, at := r.line.args, r.line.argsAt
	if r.place == OnPackage {
		first, rest, restAt := cutWord(text, at)
		n, f := name.parse(first)
		if f != nil {
			r.fail(at, diag.InvalidValue, "schema: want the type first, as pkg.Type", r.usage())
			return
		}
		s.Package, s.Type = n.Package, Value[string]{V: n.Name, Pos: at, Place: r.place}
		text, at = rest, restAt
	}
	if text == "" {
		r.missing()
		return
	}
	for _, other := range to.schemas {
		if other.Package == s.Package && other.Type.V == s.Type.V {
			r.duplicate(r.line.pos, strings.TrimSpace("schema "+Name{s.Package, s.Type.V}.String()), other.JSON.Pos)
			return
		}
	}
	ok := true
	if path, isFile := strings.CutPrefix(text, "@"); isFile {
		s.Path = path
		text, ok = r.readFile(path, at+1)
	}
	if !ok || !r.isSchema(text, s.Path, at) {
		text = "{}" // so that nobody asks for what is there, and wrong
	}
	s.JSON = Value[string]{V: text, Pos: at, Place: r.place}
	to.schemas = append(to.schemas, s)
}

// isSchema reports a text that is not a JSON object. What it says as a schema is checked with the types.
func (r *reader) isSchema(text, path string, at token.Pos) bool {
	var object map[string]json.RawMessage
	err := json.Unmarshal([]byte(text), &object)
	if err == nil && object != nil {
		return true
	}
	syntax, malformed := errors.AsType[*json.SyntaxError](err)
	switch {
	case malformed && path != "":
		before := text[:min(int(syntax.Offset), len(text))]
		message := fmt.Sprintf("schema: line %d of %q is not valid JSON", 1+strings.Count(before, "\n"), path)
		r.fail(at, diag.InvalidValue, message, err.Error())
	case malformed:
		offset := min(max(int(syntax.Offset)-1, 0), len(text))
		r.fail(at+token.Pos(offset), diag.InvalidValue, "schema: not valid JSON", err.Error())
	case path != "":
		r.fail(at, diag.InvalidValue, fmt.Sprintf("schema: want a JSON object in %q", path), "")
	default:
		r.fail(at, diag.InvalidValue, "schema: want a JSON object", r.usage())
	}
	return false
}
