package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/load"
)

// Parse reads the directives of a package. It returns what it could read, and everything that is wrong, in any order.
func Parse(pkg *load.Package) (*Package, diag.List) {
	c := &collector{
		pkg:     pkg,
		result:  &Package{Load: pkg},
		clause:  newTarget(),
		structs: map[string]*target{},
		read:    map[*ast.CommentGroup]bool{},
	}
	for _, file := range pkg.Files {
		c.file(file)
	}
	c.finish()
	return c.result, c.diagnostics
}

// collector goes through the files of a package.
type collector struct {
	pkg         *load.Package
	result      *Package
	clause      *target            // the package clauses of all files
	structs     map[string]*target // the struct types with settings
	read        map[*ast.CommentGroup]bool
	diagnostics diag.List
}

func newTarget() *target {
	return &target{settings: &Settings{}, seen: map[string]token.Pos{}}
}

func (c *collector) report(at token.Pos, code diag.Code, message, hint string) {
	c.diagnostics.Add(c.pkg.Position(at), code, message, hint)
}

// duplicate reports something that stands at first already.
func (c *collector) duplicate(at token.Pos, what string, first token.Pos) {
	where := c.pkg.Position(first)
	message := fmt.Sprintf("%s is given twice; first in line %d", what, where.Line)
	if here := c.pkg.Position(at); here.Filename != where.Filename {
		message = fmt.Sprintf("%s is given twice; first in %s, line %d", what, base(where.Filename), where.Line)
	}
	c.report(at, diag.DuplicateDirective, message, "remove one of them")
}

func base(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

func (c *collector) file(file *load.File) {
	c.packageClause(file)
	for _, decl := range file.Syntax.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			c.function(file, decl)
		case *ast.GenDecl:
			if decl.Tok == token.TYPE {
				c.types(file, decl)
			}
		}
	}
	for _, group := range file.Syntax.Comments {
		for _, comment := range group.List {
			if l, ok := readLine(comment); !ok {
				c.nearMiss(comment)
			} else if !c.read[group] {
				c.detached(file, group, l)
			}
		}
	}
}

// lines returns the directives of a doc comment, and marks it as read.
func (c *collector) lines(doc *ast.CommentGroup) []line {
	if doc == nil {
		return nil
	}
	c.read[doc] = true
	var all []line
	for _, comment := range doc.List {
		if l, ok := readLine(comment); ok {
			all = append(all, l)
		}
	}
	return all
}

// known returns the definition of a line's directive, or nil after reporting that there is none.
func (c *collector) known(l line) *definition {
	def := find(l.name)
	if def == nil {
		hint := Suggest(l.name, names)
		if hint == "" {
			hint = "alloygen help directives lists all of them"
		}
		c.report(l.nameAt, diag.UnknownDirective, fmt.Sprintf("unknown directive %q", l.name), hint)
	}
	return def
}

// apply reads one line into a target.
func (c *collector) apply(file *load.File, def *definition, l line, place Place, to *target) {
	first, again := to.seen[l.name]
	switch {
	case !again:
		to.seen[l.name] = l.pos
	case !def.Repeatable:
		c.duplicate(l.pos, l.name, first)
		return
	case place == OnPackage && def.Setting && c.pkg.FileOf(first) != file:
		c.duplicate(l.pos, l.name, first) // no order between files
		return
	}
	def.read(&reader{collector: c, def: def, line: l, place: place, file: file}, to)
}

// complete checks what only all lines together can show.
func (c *collector) complete(to *target) {
	if system := to.settings.System; system != nil && strings.TrimSpace(system.V.Text) == "" {
		c.report(to.seen["system"], diag.MissingArgument, "system lacks its argument", "write //alloy:system TEXT | @FILE")
		to.settings.System = nil
	}
}

func (c *collector) packageClause(file *load.File) {
	for _, l := range c.lines(file.Syntax.Doc) {
		def := c.known(l)
		if def == nil {
			continue
		}
		if def.Places&OnPackage == 0 {
			c.misplaced(l, def, "a package clause")
			continue
		}
		c.apply(file, def, l, OnPackage, c.clause)
	}
}

func (c *collector) types(file *load.File, decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		spec := spec.(*ast.TypeSpec)
		doc := spec.Doc
		if !decl.Lparen.IsValid() {
			doc = decl.Doc
		}
		if lines := c.lines(doc); len(lines) > 0 {
			c.typ(file, spec, lines)
		}
	}
}

func (c *collector) typ(file *load.File, spec *ast.TypeSpec, lines []line) {
	to := newTarget()
	for _, l := range lines {
		def := c.known(l)
		switch {
		case def == nil:
		case def.Places&OnType == 0:
			c.misplaced(l, def, "a type")
		case def.Setting && !c.isStruct(spec):
			c.misplaced(l, def, "a type that is not a struct")
		default:
			c.apply(file, def, l, OnType, to)
		}
	}
	c.complete(to)
	for _, s := range to.schemas {
		s.Decl, s.Type = spec, Value[string]{V: spec.Name.Name, Pos: spec.Name.Pos(), Place: OnType}
	}
	c.result.Schemas = append(c.result.Schemas, to.schemas...)
	if *to.settings != (Settings{}) {
		c.structs[spec.Name.Name] = to
		c.result.Types = append(c.result.Types, &Type{Spec: spec, File: file, Settings: *to.settings})
	}
}

func (c *collector) isStruct(spec *ast.TypeSpec) bool {
	if _, ok := spec.Type.(*ast.StructType); ok {
		return !spec.Assign.IsValid() // methods of an alias belong to the type behind it
	}
	if c.pkg.Info == nil || spec.Assign.IsValid() {
		return false
	}
	obj := c.pkg.Info.Defs[spec.Name]
	if obj == nil {
		return false
	}
	_, ok := obj.Type().Underlying().(*types.Struct)
	return ok
}

func (c *collector) function(file *load.File, decl *ast.FuncDecl) {
	lines := c.lines(decl.Doc)
	if len(lines) == 0 {
		return
	}
	place, uncertain := c.marked(lines, decl.Doc)
	to := newTarget()
	for _, l := range lines {
		def := c.known(l)
		switch {
		case def == nil:
		case def.Places&callable == 0:
			c.misplaced(l, def, "a function")
		case place == 0 && !uncertain:
			c.report(l.pos, diag.UselessDirective,
				fmt.Sprintf("%s has no effect: %s is neither a command nor a tool", l.name, decl.Name.Name),
				"add //alloy:command or //alloy:tool, or remove it")
		case place == 0:
		case def.Places&place == 0 && find(l.name).isMarker():
			c.report(l.pos, diag.MisplacedDirective, decl.Name.Name+" cannot be both a command and a tool",
				"a command can be offered to a model as it is: name it in a tools directive")
		case def.Places&place == 0:
			c.misplaced(l, def, "a "+place.String())
		default:
			c.apply(file, def, l, place, to)
		}
	}
	c.complete(to)
	if place != 0 {
		c.add(file, decl, place, to)
	}
}

func (d *definition) isMarker() bool { return d.Name == "command" || d.Name == "tool" }

// marked returns what the first marker among the lines makes of the function, or 0. It is uncertain that nothing does if
// some line may be a marker that was mistyped.
func (c *collector) marked(lines []line, doc *ast.CommentGroup) (place Place, uncertain bool) {
	for _, l := range lines {
		switch def := find(l.name); {
		case def == nil:
			uncertain = true
		case def.isMarker():
			return def.Places, false
		}
	}
	for _, comment := range doc.List {
		if _, ok := readLine(comment); !ok && load.LooksLike(comment.Text) {
			uncertain = true
		}
	}
	return 0, uncertain
}

func (c *collector) misplaced(l line, def *definition, where string) {
	c.report(l.pos, diag.MisplacedDirective, fmt.Sprintf("%s may not stand on %s", l.name, where), "it belongs on "+def.Places.prose())
}

// add checks what a function's directives say against its declaration.
func (c *collector) add(file *load.File, decl *ast.FuncDecl, place Place, to *target) {
	f := &Func{
		Decl: decl, File: file, Pos: to.mark.pos, Name: to.mark.name,
		Settings: *to.settings, Contracts: to.contracts, Params: to.params,
	}
	params := c.parameters(decl)
	f.Params = slices.DeleteFunc(f.Params, func(p *ParamText) bool {
		return !c.isParameter(decl, params, p.Name, "param")
	})
	if redact := f.Settings.Redact; redact != nil {
		redact.V = slices.DeleteFunc(redact.V, func(v Value[string]) bool {
			return !c.isParameter(decl, params, v, "redact")
		})
	}
	if place == OnTool {
		c.result.Tools = append(c.result.Tools, f)
		return
	}
	c.wrapperName(f)
	c.result.Commands = append(c.result.Commands, f)
}

// wrapperName reports a command whose wrapper cannot have the name that it would get.
func (c *collector) wrapperName(f *Func) {
	own := f.Decl.Name
	if f.Name != nil {
		if f.Name.V == own.Name {
			c.report(f.Name.Pos, diag.InvalidValue, fmt.Sprintf("command name: %q is the function itself", own.Name), "give the generated function another name")
		}
		return
	}
	if Exported(own.Name) != own.Name {
		return
	}
	why, hint := "has no letter to capitalize", ""
	if own.IsExported() {
		why, hint = "begins with a capital letter already", ", or call the function "+unexported(own.Name)
	}
	c.report(f.Pos, diag.NeedsName, own.Name+" "+why+", so the generated function needs a name", "write //alloy:command name=…"+hint)
}

// Exported returns the name of what is generated for a function when the directive gives none: its first letter in upper
// case. It is the same name if there is no such letter.
func Exported(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}

func unexported(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(first)) + name[size:]
}

// parameters returns the names of a function's parameters that a directive can speak of: not those without a name, and
// not the context.
func (c *collector) parameters(decl *ast.FuncDecl) []string {
	var all []string
	for i, field := range decl.Type.Params.List {
		if i == 0 && c.isContext(field.Type) {
			continue
		}
		for _, name := range field.Names {
			if name.Name != "_" {
				all = append(all, name.Name)
			}
		}
	}
	return all
}

func (c *collector) isContext(expr ast.Expr) bool {
	if c.pkg.Info != nil {
		if named, ok := types.Unalias(c.pkg.Info.TypeOf(expr)).(*types.Named); ok {
			obj := named.Obj()
			return obj.Pkg() != nil && obj.Pkg().Path() == "context" && obj.Name() == "Context"
		}
	}
	return false
}

func (c *collector) isParameter(decl *ast.FuncDecl, params []string, v Value[string], directive string) bool {
	if slices.Contains(params, v.V) {
		return true
	}
	hint := Suggest(v.V, params)
	if hint == "" && len(params) > 0 {
		hint = "its parameters are " + strings.Join(params, ", ")
	}
	c.report(v.Pos, diag.UnknownParameter, fmt.Sprintf("%s: %s has no parameter %q", directive, decl.Name.Name, v.V), hint)
	return false
}

// finish hands the settings of types and of the package clause down to the commands.
func (c *collector) finish() {
	c.complete(c.clause)
	r := c.result
	r.Settings = *c.clause.settings
	r.Schemas = append(r.Schemas, c.clause.schemas...)

	used := map[*target]bool{}
	redacted := map[token.Pos]bool{}
	for _, f := range r.Commands {
		params := c.parameters(f.Decl)
		if t := c.structs[f.Receiver()]; t != nil {
			used[t] = true
			f.Settings.inherit(t.settings, params, redacted)
		}
		used[c.clause] = true
		f.Settings.inherit(c.clause.settings, params, redacted)
	}
	for _, t := range r.Types {
		name := t.Spec.Name.Name
		c.useless(c.structs[name], used, "no command is a method of "+name, redacted)
	}
	c.useless(c.clause, used, "the package has no command", redacted)
}

// useless reports the settings of a type or package clause that reach no command, in no build.
func (c *collector) useless(t *target, used map[*target]bool, why string, redacted map[token.Pos]bool) {
	for _, def := range table {
		pos, ok := t.seen[def.Name]
		if ok && def.Setting && !used[t] && len(c.pkg.Skipped) == 0 {
			c.report(pos, diag.UselessDirective, def.Name+" has no effect: "+why, "")
		}
	}
	if t.settings.Redact == nil || !used[t] || len(c.pkg.Skipped) > 0 {
		return
	}
	for _, v := range t.settings.Redact.V {
		if !redacted[v.Pos] {
			c.report(v.Pos, diag.UnknownParameter, fmt.Sprintf("redact: no command here has a parameter %q", v.V), "")
		}
	}
}
