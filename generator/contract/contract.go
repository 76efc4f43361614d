// Package contract type-checks the Go expressions of require, ensure and check directives in the scope of their
// function, and writes them down as generated code will have them.
package contract

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alloygen/alloygen/generator/model"
)

// Scope is where expressions of one function are checked. It may be used for any number of them, by one goroutine.
type Scope struct {
	Package *types.Package // of the function
	File    *types.Scope   // of the function's file: its imports
	// Vars are the parameters, and the result where it may be used. They hide what has the same name outside.
	Vars []*types.Var
	// Context is the function's context, or nil.
	Context *types.Var
	// UsesContext is set by Check when an expression uses the context.
	UsesContext bool
	// TypeParams are those of a method's receiver, by the names that the method gives them.
	TypeParams []*types.TypeName
	// Missing reports whether a name of the package is declared in a test file, and the function is not. Nil means that
	// none is.
	Missing func(types.Object) bool
	// Import finds a package of the standard library that the file does not import.
	Import func(path string) (*types.Package, error)
}

// Error is what is wrong with an expression.
type Error struct {
	Offset  int // of the faulty part, in bytes from the start of the expression
	Message string
	Hint    string
}

func (e *Error) Error() string { return e.Message }

// Check returns the expression as generated code has it: a boolean, with its imports marked. The error is an *Error.
func (s *Scope) Check(expr string) (model.Go, error) {
	c, err := s.parse(expr)
	if err != nil {
		return "", err
	}
	return c.check()
}

// Resolve returns what a name of the form X, pkg.X or *pkg.X stands for in the scope: its type, its source with imports
// marked, and whether it is a type. The error is an *Error.
func (s *Scope) Resolve(expr string) (typ types.Type, source model.Go, isType bool, err error) {
	c, err := s.parse(expr)
	if err != nil {
		return nil, "", false, err
	}
	tv, err := c.types()
	if err != nil {
		return nil, "", false, err
	}
	return tv.Type, c.marked(), tv.IsType(), nil
}

func (s *Scope) parse(expr string) (*checker, error) {
	if at := comment(expr); at >= 0 {
		return nil, &Error{Offset: at, Message: "a comment cannot stand here", Hint: "put it above the directive"}
	}
	fset := token.NewFileSet()
	base := fset.Base() // of the only file
	parsed, err := parser.ParseExprFrom(fset, "", expr, parser.SkipObjectResolution)
	if err != nil {
		return nil, syntaxError(expr, err)
	}
	return &checker{scope: s, fset: fset, source: expr, expr: parsed, base: token.Pos(base), seen: map[string]bool{}}, nil
}

// comment is where the first comment of an expression begins, or -1. Generated code could not hold it within a line.
func comment(expr string) int {
	if !strings.Contains(expr, "//") && !strings.Contains(expr, "/*") {
		return -1
	}
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(expr))
	s.Init(file, []byte(expr), func(token.Position, string) {}, scanner.ScanComments)
	for {
		switch pos, tok, _ := s.Scan(); tok {
		case token.COMMENT:
			return file.Offset(pos)
		case token.EOF:
			return -1
		}
	}
}

// Standard returns the import paths that an expression may need without an import: those of the standard library whose
// names it selects from. A text that is no expression has none.
func Standard(expr string) []string {
	parsed, err := parser.ParseExpr(expr)
	if err != nil {
		return nil
	}
	var paths []string
	for name := range qualifiers(parsed) {
		if found := standardPaths(name); len(found) == 1 {
			paths = append(paths, found[0])
		}
	}
	slices.Sort(paths)
	return paths
}

func syntaxError(expr string, err error) *Error {
	var list scanner.ErrorList
	if !errors.As(err, &list) || len(list) == 0 {
		return &Error{Message: err.Error()}
	}
	message := list[0].Msg
	if i := strings.Index(message, " (and "); i >= 0 {
		message = message[:i]
	}
	return &Error{
		Offset:  min(max(list[0].Pos.Offset, 0), len(expr)),
		Message: message,
		Hint:    "a contract is one Go expression, then a comma and a string",
	}
}

type checker struct {
	scope   *Scope
	fset    *token.FileSet
	source  string
	expr    ast.Expr
	base    token.Pos // of the source
	seen    map[string]bool
	info    *types.Info
	own     *types.Package // the detached package
	context types.Object   // the function's context, if the expression has its name
}

func (c *checker) offset(pos token.Pos) int {
	return min(max(int(pos-c.base), 0), len(c.source))
}

func (c *checker) fail(pos token.Pos, hint, format string, args ...any) *Error {
	return &Error{Offset: c.offset(pos), Message: fmt.Sprintf(format, args...), Hint: hint}
}

func (c *checker) check() (model.Go, error) {
	tv, err := c.types()
	if err != nil {
		return "", err
	}
	const hint = "a contract is an expression that is true or false for each call"
	switch {
	case tv.IsType():
		return "", c.fail(c.expr.Pos(), hint, "this is a type, not a boolean")
	case !tv.IsValue():
		return "", c.fail(c.expr.Pos(), hint, "this is not a boolean value")
	case !isBoolean(tv.Type):
		return "", c.fail(c.expr.Pos(), hint, "this is not a boolean, but %s", c.typeString(tv.Type))
	case tv.Value != nil:
		return "", c.fail(c.expr.Pos(), hint, "this is always %s", tv.Value)
	}
	source := c.marked()
	if basic, ok := types.Unalias(tv.Type).(*types.Basic); !ok || basic.Info()&types.IsBoolean == 0 {
		source = "bool(" + source + ")" // of a named boolean type
	}
	return source, nil
}

func isBoolean(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

func (c *checker) typeString(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == c.scope.Package.Path() {
			return ""
		}
		return p.Name()
	})
}

// types checks the expression in a package of its own, which has the path of the function's package, so that unexported
// fields and methods can be used, and holds what the expression's names mean to the function.
func (c *checker) types() (tv types.TypeAndValue, err error) {
	c.own = types.NewPackage(c.scope.Package.Path(), c.scope.Package.Name())
	if err := c.fill(); err != nil {
		return tv, err
	}
	c.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	defer func() {
		if p := recover(); p != nil { // go/types has bugs; a contract must not end the run
			err = &Error{Message: fmt.Sprintf("the type checker failed: %v", p),
				Hint: "simplify the expression, or move it into a function"}
		}
	}()
	if err := types.CheckExpr(c.fset, c.own, token.NoPos, c.expr, c.info); err != nil {
		var typeError types.Error
		if errors.As(err, &typeError) {
			message := c.message(typeError.Msg)
			return tv, c.fail(typeError.Pos, c.hint(message), "%s", message)
		}
		return tv, &Error{Message: err.Error()}
	}
	for id := range identifiers(c.expr) {
		if c.context != nil && c.info.Uses[id] == c.context {
			c.scope.UsesContext = true
		}
	}
	return c.info.Types[c.expr], nil
}

// declaredAt is a position in a message, of which only the line within the expression is known.
var declaredAt = regexp.MustCompile(` \(declared at [^)]*\)`)

// message is one of the type checker's, which takes the function's own package for another one.
func (c *checker) message(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	text = declaredAt.ReplaceAllString(text, "")
	own := c.scope.Package.Name() + "."
	for i := 0; ; {
		at := strings.Index(text[i:], own)
		if at < 0 {
			return text
		}
		i += at
		if r, _ := utf8.DecodeLastRuneInString(text[:i]); unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '.' || r == '/' {
			i += len(own)
			continue
		}
		text = text[:i] + text[i+len(own):]
	}
}

// hint explains the message of an unknown name.
func (c *checker) hint(message string) string {
	name, ok := strings.CutPrefix(message, "undefined: ")
	if !ok || strings.Contains(name, ".") { // of a package that is known
		return ""
	}
	var names []string
	for _, v := range c.scope.Vars {
		if v.Name() != "" && v.Name() != "_" {
			names = append(names, v.Name())
		}
	}
	const scope = "a contract may use the parameters, the names of the package, the imports of the file and the standard library"
	switch {
	case name == "result":
		return "result is known in ensure and check only, and only if there is one"
	case len(names) == 0:
		return scope
	}
	return scope + "; the parameters here are " + strings.Join(names, ", ")
}

// fill declares in the detached package what the names of the expression stand for.
func (c *checker) fill() error {
	scope := c.own.Scope()
	qualifiers := qualifiers(c.expr)
	for id := range identifiers(c.expr) {
		name := id.Name
		if c.seen[name] || name == "_" {
			continue
		}
		c.seen[name] = true
		if v := c.local(name); v != nil {
			scope.Insert(v)
			continue
		}
		obj := c.outer(name)
		if obj == nil && types.Universe.Lookup(name) == nil && qualifiers[name] {
			pkg, err := c.standard(name)
			if err != nil {
				err.Offset = c.offset(id.Pos())
				return err
			}
			if pkg != nil {
				obj = types.NewPkgName(token.NoPos, c.own, name, pkg)
			}
		}
		if obj != nil && c.scope.Missing != nil && c.scope.Missing(obj) {
			return c.fail(id.Pos(), "declare it in a file that is part of every build", "%s is declared in a test file, and the function is not", name)
		}
		if v, ok := obj.(*types.Var); ok && v.Type() == types.Typ[types.Invalid] {
			return c.fail(id.Pos(), "declare "+name+" with its type", "the type of %s is not known before the code is generated", name)
		}
		if pkgName, ok := obj.(*types.PkgName); ok {
			obj = types.NewPkgName(token.NoPos, c.own, name, pkgName.Imported()) // go/types wants its package to be this one
		}
		if obj != nil {
			scope.Insert(obj)
		}
	}
	return nil
}

// local is a parameter, the result, or a type parameter. A new object is made of it, as an object keeps the scope that
// it was first put into.
func (c *checker) local(name string) types.Object {
	for _, v := range c.scope.Vars {
		if v.Name() == name {
			return types.NewVar(token.NoPos, c.own, name, v.Type())
		}
	}
	if ctx := c.scope.Context; ctx != nil && ctx.Name() == name {
		c.context = types.NewVar(token.NoPos, c.own, name, ctx.Type())
		return c.context
	}
	for _, t := range c.scope.TypeParams {
		if t.Name() == name {
			return types.NewTypeName(token.NoPos, c.own, name, t.Type())
		}
	}
	return nil
}

// outer is an import of the file or a name of the package.
func (c *checker) outer(name string) types.Object {
	if c.scope.File != nil {
		if obj := c.scope.File.Lookup(name); obj != nil {
			return obj
		}
	}
	return c.scope.Package.Scope().Lookup(name)
}

// standard finds a package of the standard library, or the package contracts, by its name. It returns nil if there is
// none.
func (c *checker) standard(name string) (*types.Package, *Error) {
	paths := standardPaths(name)
	switch {
	case len(paths) == 0:
		return nil, nil
	case len(paths) > 1:
		return nil, &Error{
			Message: fmt.Sprintf("%s is the name of more than one package: %s", name, strings.Join(paths, ", ")),
			Hint:    "import the one that is meant, or call a function of this package that uses it",
		}
	}
	pkg, err := c.scope.Import(paths[0])
	if err != nil {
		return nil, &Error{Message: fmt.Sprintf("package %s cannot be loaded: %v", paths[0], err), Hint: "import it in the file"}
	}
	return pkg, nil
}

// marked is the source with the names of imported packages replaced by their marks.
func (c *checker) marked() model.Go {
	type edit struct {
		start, end int
		text       string
	}
	var edits []edit
	for id := range identifiers(c.expr) { // in the order of the source
		start := c.offset(id.Pos())
		obj := c.info.Uses[id]
		if p, ok := obj.(*types.PkgName); ok {
			edits = append(edits, edit{start, start + len(id.Name), model.ImportMark(p.Imported().Path(), p.Imported().Name())})
		} else if c.dotImported(id.Name, obj) {
			edits = append(edits, edit{start, start, model.ImportMark(obj.Pkg().Path(), obj.Pkg().Name()) + "."})
		}
	}
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(c.source[at:e.start])
		b.WriteString(e.text)
		at = e.end
	}
	b.WriteString(c.source[at:])
	return model.Go(b.String())
}

// dotImported reports whether an object is known to the file through a dot import, which the generated file does not
// have.
func (c *checker) dotImported(name string, obj types.Object) bool {
	return obj != nil && obj.Pkg() != nil && obj.Pkg().Path() != c.own.Path() && c.scope.File != nil && c.scope.File.Lookup(name) == obj
}
