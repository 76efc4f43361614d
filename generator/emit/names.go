package emit

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alloygen/alloygen/generator/model"
)

// scope hands out names that are not taken. A name that is taken gets the first numeral, from 2, that makes it free.
type scope map[string]bool

func newScope(taken ...[]string) scope {
	s := scope{}
	for _, names := range taken {
		for _, n := range names {
			s.add(n)
		}
	}
	return s
}

func (s scope) add(name string) { s[name] = true }

func (s scope) names() []string { return slices.Sorted(maps.Keys(s)) }

// pick takes want, or the nearest free name. Keywords are never free; predeclared names are, for they may be shadowed
// where nothing uses them.
func (s scope) pick(want string) string {
	name := want
	for n := 2; s[name] || token.IsKeyword(name); n++ {
		name = want + strconv.Itoa(n)
	}
	s.add(name)
	return name
}

// decls are the package-level names that the files of a package declare.
type decls struct {
	all      scope
	call     map[*model.Func]string        // of a command: triageCall; of a tool: the function that checks its contracts
	input    map[*model.Func]string        // the input schema of a tool, or of a command that is served
	require  map[*model.Func]string        // of a tool that needs approval: the function that makes its preconditions
	make     map[string]string             // the function that makes a tool, by the tool's variable: lookupOrderTool
	output   map[*model.Func]string        // the schema of a command that is validated in full, or served
	asTool   map[*model.CommandTool]string // summarizeAsTool
	asInput  map[*model.CommandTool]string // the schema of its input
	rename   map[*model.File]map[string]string
	decode   map[*model.File]map[string]string // by codec
	encode   map[*model.File]map[string]string
	received map[string]scope // names of generated methods, by receiver type
	free     freeNames
}

// declare solves the package-level names of all files together. The names that users see are fixed; the others give way to
// every identifier that a signature, type or contract of the package uses, and to those declared before.
func declare(p *model.Package) *decls {
	d := &decls{
		all:     newScope(p.Taken),
		call:    map[*model.Func]string{},
		input:   map[*model.Func]string{},
		require: map[*model.Func]string{},
		make:    map[string]string{},
		output:  map[*model.Func]string{},
		asTool:  map[*model.CommandTool]string{},
		asInput: map[*model.CommandTool]string{},
		rename:  map[*model.File]map[string]string{},
		decode:  map[*model.File]map[string]string{},
		encode:  map[*model.File]map[string]string{},

		received: map[string]scope{},
		free:     freeNames{},
	}
	free := newScope(p.Taken, p.Imports) // what unexported names avoid
	pick := func(want string) string {
		name := free.pick(want)
		d.all.add(name)
		return name
	}
	// Files that are part of every build come first: what is in them must not depend on what else this build has.
	always, sometimes := byConstraint(p.Files)
	for _, files := range [][]*model.File{always, sometimes} {
		for _, f := range files {
			for _, name := range append(d.free.ofFile(f), fixedNames(f)...) {
				free.add(name)
			}
			for _, name := range fixedNames(f) {
				d.all.add(name)
			}
		}
		for _, f := range files {
			d.declareFile(f, pick)
		}
	}
	return d
}

// byConstraint parts files without a build constraint from those that have one.
func byConstraint(files []model.File) (always, sometimes []*model.File) {
	for i := range files {
		if f := &files[i]; f.Constraint == "" {
			always = append(always, f)
		} else {
			sometimes = append(sometimes, f)
		}
	}
	return always, sometimes
}

func (d *decls) declareFile(f *model.File, pick func(string) string) {
	for i := range f.Commands {
		c := &f.Commands[i]
		d.call[&c.Func] = d.member(c.Recv, unexported(c.Name)+"Call", pick)
		stem := unexported(strings.TrimSuffix(commandVar(c), "Command"))
		if c.Result.Schema != nil && (c.Result.Schema.Raw || c.HTTP != nil) {
			d.output[&c.Func] = pick(stem + "Schema")
		}
		if c.HTTP != nil && c.HTTP.Input != nil {
			d.input[&c.Func] = pick(stem + "Parameters")
		}
	}
	for i := range f.Tools {
		t := &f.Tools[i]
		if !t.Export {
			d.call[&t.Func] = d.member(t.Recv, unexported(t.Name)+"Checked", pick)
		}
		if asksFirst(t) {
			d.require[&t.Func] = d.member(t.Recv, unexported(t.Name)+"Requires", pick)
		}
		stem := unexported(t.Name)
		if t.Recv == nil {
			d.make[t.Exported+"Tool"] = pick(stem + "Tool")
		} else {
			stem = unexported(t.Recv.Type) + exported(t.Name)
		}
		d.input[&t.Func] = pick(stem + "Input")
	}
	for i := range f.CommandTools {
		t := &f.CommandTools[i]
		d.asTool[t] = d.member(t.Recv, t.Name, pick)
		stem := strings.TrimSuffix(t.Name, "AsTool")
		if t.Recv != nil {
			stem = unexported(t.Recv.Type) + exported(stem)
		}
		d.asInput[t] = pick(stem + "Input")
	}
	rename, decode, encode := map[string]string{}, map[string]string{}, map[string]string{}
	for _, c := range f.Codecs {
		rename[c.Name] = pick(c.Name)
		stem := exported(strings.TrimSuffix(c.Name, "JSON"))
		if rest, ok := strings.CutPrefix(stem, "Url"); ok && (rest == "" || isUpper(rest[:1])) {
			stem = "URL" + rest
		}
		decode[c.Name], encode[c.Name] = pick("decode"+stem), pick("encode"+stem)
	}
	d.rename[f], d.decode[f], d.encode[f] = rename, decode, encode
}

// member picks the name of a function, or of a method of recv.
func (d *decls) member(recv *model.Recv, want string, pick func(string) string) string {
	if recv == nil {
		return pick(want)
	}
	s, ok := d.received[recv.Type]
	if !ok {
		s = newScope(recv.Taken)
		d.received[recv.Type] = s
	}
	return s.pick(want)
}

// fixedNames are the package-level names of a file that users rely on.
func fixedNames(f *model.File) []string {
	var names []string
	for i := range f.Commands {
		c := &f.Commands[i]
		names = append(names, commandVar(c))
		if c.Recv != nil {
			continue
		}
		names = append(names, c.Exported, c.Exported+"Request")
		if c.Stream {
			names = append(names, c.Exported+"Stream")
		}
		if c.HTTP != nil {
			names = append(names, c.Exported+"Endpoint", c.Exported+"Handler", "Handlers")
		}
	}
	for i := range f.Tools {
		if t := &f.Tools[i]; t.Recv == nil {
			names = append(names, t.Exported, t.Exported+"Tool")
		}
	}
	return names
}

// commandVar is the name of a command's value: TriageCommand, AgentTriageCommand.
func commandVar(c *model.Command) string {
	if c.Recv == nil {
		return c.Exported + "Command"
	}
	return c.Recv.Type + exported(c.Exported) + "Command"
}

// ofFile are all names that the signatures, types and expressions of a file use or declare.
func (c freeNames) ofFile(f *model.File) []string {
	names := newScope([]string{"result"})
	fn := func(fn *model.Func) {
		if r := fn.Recv; r != nil {
			names.add(r.Name)
			names.add(r.Type)
			for _, t := range r.TypeParams {
				names.add(t)
			}
		}
		for _, p := range fn.Params {
			names.add(p.Name)
		}
		names.add(fn.Name)
	}
	for i := range f.Commands {
		fn(&f.Commands[i].Func)
	}
	for i := range f.Tools {
		fn(&f.Tools[i].Func)
	}
	for i := range f.CommandTools {
		fn(&model.Func{Recv: f.CommandTools[i].Recv, Params: f.CommandTools[i].Params})
	}
	visitGo(f, func(g model.Go) {
		for name := range c.of(g) {
			names.add(name)
		}
	})
	delete(names, "")
	delete(names, "_")
	return names.names()
}

// freeNames remembers the identifiers of pieces of Go that are not selected from something, with whether each stands
// anywhere but as the key of a composite literal, where it may be the name of a field.
type freeNames map[model.Go]map[string]bool

func (c freeNames) of(g model.Go) map[string]bool {
	names, ok := c[g]
	if !ok {
		names = parseNames(g)
		c[g] = names
	}
	return names
}

func parseNames(g model.Go) map[string]bool {
	names := map[string]bool{}
	if token.IsIdentifier(string(g)) {
		names[string(g)] = true
		return names
	}
	expr, err := parser.ParseExpr(g.Resolve(func(string, string) string { return "_" }))
	if err != nil {
		return names
	}
	keys := map[*ast.Ident]bool{}
	var visit func(n ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			ast.Inspect(n.X, visit)
			return false
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if id, ok := kv.Key.(*ast.Ident); ok {
						keys[id] = true
					}
				}
			}
		case *ast.Ident:
			if n.Name != "_" {
				names[n.Name] = names[n.Name] || !keys[n]
			}
		}
		return true
	}
	ast.Inspect(expr, visit)
	return names
}

// exported returns name with its first letter in upper case.
func exported(name string) string {
	r, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[size:]
}

// unexported returns name as an unexported one: triage for Triage, urlCheck for URLCheck.
func unexported(name string) string {
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsUpper(r) || i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes)
}
