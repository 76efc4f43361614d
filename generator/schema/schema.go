// Package schema makes JSON Schemas (2020-12) from Go types, and the codecs for types that encoding/json cannot read or
// write as their schema says. It works on go/types alone: descriptions come from doc comments, which reflection cannot
// see.
//
// Two forms are made of each type. In the output of a command every property is required, and a pointer or an omitempty
// field may be null; that is what vendors' strict modes want. In the input of a tool, a pointer or an omitempty field
// may be left out. The rules for what is not obvious:
//
//   - The properties of a struct are those of encoding/json: tags, embedded structs and conflicts included.
//   - A pointer is nullable as a field and as the whole answer. As the element of a list or map it is not: []*T is how Go
//     lists structs, and nobody wants a null among them.
//   - A named string or integer type is an enum if its package has constants of it: the exported ones, or the unexported
//     ones if it has no others and is the package that code is generated for.
//   - A sealed interface has an unexported method. Its implementations are the structs of its package that have its methods,
//     unexported ones only in the package that code is generated for. The property "type" holds the name in snake_case.
//   - Named structs, enums, sealed interfaces and whatever refers to itself stand under $defs, by their names. Where two
//     packages use the same name, one has the package's name before it.
//   - A reference with a description or a constraint is written as anyOf of one: vendors take no key beside $ref.
//   - A map, any JSON, and a schema that somebody wrote turn strict mode off, and so does an optional property of an input.
//   - The comments of the standard library are no descriptions: they change with the version of Go.
//   - A type that marshals itself needs a schema directive or the method JSONSchema() string; one that reads itself from
//     text is a string.
package schema

import (
	"cmp"
	"encoding/json"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/model"
)

// Config is what a Generator needs to know besides the types.
type Config struct {
	Package *types.Package // the package that code is generated for
	Fset    *token.FileSet

	// Doc returns the doc comment and the trailing comment of a type, field or constant.
	Doc func(types.Object) string
	// Directive returns the JSON Schema that a schema directive gives to a type.
	Directive func(*types.TypeName) (text string, ok bool)
	// Partial reports whether obj is missing in some builds that have of: it is declared in a test file, say. Nil means that
	// nothing is. Such constants and implementations do not count, for what is generated must fit every build.
	Partial func(obj, of types.Object) bool
	// Constant returns what a JSONSchema method always returns, if that is known without running it.
	Constant func(*types.Func) (text string, ok bool)
	// Compiled is what the packages of one run share; nil for a package alone.
	Compiled *Compiled
	// Report is told what is wrong.
	Report func(Problem)
}

// Problem is a type, or a part of one, that cannot have a schema.
type Problem struct {
	Pos     token.Pos // of the field, if it is in the package; else of what uses the type
	Code    diag.Code
	Message string
	Hint    string
}

// Generator makes the schemas of one package. It is not safe for use by several goroutines.
type Generator struct {
	cfg      Config
	defs     map[form]map[typeKey]*definition
	enums    map[*types.Package]map[*types.TypeName][]*types.Const
	unions   map[*types.TypeName][]variant
	customs  map[typeKey]custom
	shadowed map[typeKey]bool // whether it needs a codec
	told     map[Problem]bool // problems of the package's own types
}

// New returns a Generator.
func New(cfg Config) *Generator {
	if cfg.Compiled == nil {
		cfg.Compiled = &Compiled{}
	}
	return &Generator{
		cfg:      cfg,
		defs:     map[form]map[typeKey]*definition{output: {}, input: {}},
		enums:    map[*types.Package]map[*types.TypeName][]*types.Const{},
		unions:   map[*types.TypeName][]variant{},
		customs:  map[typeKey]custom{},
		shadowed: map[typeKey]bool{},
		told:     map[Problem]bool{},
	}
}

// form is what a schema is for.
type form int

const (
	output form = iota // of a command: everything is required
	input              // of a tool
)

// definition is a type that schemas refer to by name.
type definition struct {
	typ      types.Type
	own      bool   // of the package that code is generated for
	path     string // of its package
	base     string // its name, before clashes are solved
	name     string // in the schema that is being written
	body     node
	raw      json.RawMessage // somebody's own schema, in place of body
	refs     []reference
	problems []problem
	loose    bool      // holds something that strict modes do not take
	compiled bool      // with all that it refers to
	runtime  *model.Go // its schema is known at run time only: the type that has the JSONSchema method
}

// reference is the first place in a definition that refers to another one.
type reference struct {
	to   *definition
	path []string  // of fields, from the definition that refers
	at   token.Pos // what to report problems of other packages' types at, if it is not where the definition is used
}

// problem is something wrong in a definition.
type problem struct {
	Problem          // Pos is set if it is that of a field or type of the package itself
	path    []string // of fields, from the definition
	at      token.Pos
}

// Output is the schema of a command's result.
type Output struct {
	Schema  model.Schema
	Wrapped bool // the root is {"value": …}, as vendors want an object
}

// Output returns the schema of what a command returns. at is where a problem with a type of another package is reported.
func (g *Generator) Output(t types.Type, at token.Pos) Output {
	root := &definition{typ: t, base: "answer"}
	w := &walker{g: g, form: output, def: root, at: at, path: []string{g.typeName(t)}}
	n := w.typ(t)
	if named, ok := types.Unalias(t).(*types.Named); ok {
		root.base = baseName(named)
	}
	pointer := isPointer(t)
	if body, ok := objectBody(n); ok && !pointer {
		refs := root.refs
		if d, ok := n["$ref"].(*definition); ok {
			refs, root.loose = d.refs, d.loose // its body is the root's, so it is not among the definitions unless it refers to itself
		}
		return Output{Schema: g.finish(root, refs, body, at)}
	}
	if pointer {
		n = nullable(n)
	}
	body := object([]property{{"value", n}}, []any{"value"})
	return Output{Schema: g.finish(root, root.refs, body, at), Wrapped: true}
}

// Param is one property of a tool's input.
type Param struct {
	Name string // of the property
	Type types.Type
	Doc  string
	Pos  token.Pos
}

// Input returns the schema of a tool's arguments: an object with one property per parameter. Pointers may be left out.
func (g *Generator) Input(name string, params []Param, at token.Pos) model.Schema {
	root := &definition{base: name}
	var props []property
	required := []any{}
	for _, p := range params {
		w := &walker{g: g, form: input, def: root, at: p.Pos, path: []string{p.Name}}
		props = append(props, property{p.Name, describe(w.typ(p.Type), p.Doc)})
		if !isPointer(p.Type) {
			required = append(required, p.Name)
		} else {
			root.loose = true
		}
	}
	return g.finish(root, root.refs, object(props, required), at)
}

// object is a closed object.
func object(props []property, required []any) node {
	if required == nil {
		required = []any{}
	}
	return node{"type": "object", "properties": props, "required": required, "additionalProperties": false}
}

// objectBody returns the schema itself if it is an object's, through a reference too.
func objectBody(n node) (node, bool) {
	if d, ok := n["$ref"].(*definition); ok && len(n) == 1 {
		n = d.body
	}
	return n, n["type"] == "object"
}

// finish adds the definitions that body needs, in the order of their names.
func (g *Generator) finish(root *definition, refs []reference, body node, at token.Pos) model.Schema {
	g.report(root, nil, at, map[*definition]bool{})
	body = body.clone()
	s := model.Schema{Name: identifier(root.base), Strict: !root.loose}
	defs := closure(refs)
	nameDefinitions(defs)
	slices.SortFunc(defs, func(a, b *definition) int { return strings.Compare(a.name, b.name) })
	var entries, missing []entry
	for _, d := range defs {
		s.Strict = s.Strict && !d.loose
		switch {
		case d.runtime != nil:
			s.Raw = true
			s.Defs = append(s.Defs, model.Def{Name: d.name, Type: *d.runtime})
			missing = append(missing, entry{d.name, node{}})
		case d.raw != nil:
			s.Raw = true
			entries = append(entries, entry{d.name, d.raw})
		default:
			entries = append(entries, entry{d.name, d.body})
		}
	}
	if len(entries) > 0 {
		body["$defs"] = entries
	}
	s.JSON = body.text()
	body["$defs"] = append(entries, missing...)
	g.compile(s.Name, body, defs, at)
	return s
}

// report tells of all problems of a schema. Those of the package's own types are told once, whatever uses the type;
// those of another package's types, for each use.
func (g *Generator) report(d *definition, path []string, at token.Pos, seen map[*definition]bool) {
	seen[d] = true
	for _, p := range d.problems {
		told := p.Problem
		if told.Pos.IsValid() {
			key := told
			if g.told[key] {
				continue
			}
			g.told[key] = true
		} else {
			told.Pos = cmp.Or(p.at, at)
		}
		told.Message = strings.Join(slices.Concat(path, p.path), ".") + ": " + told.Message
		g.cfg.Report(told)
	}
	for _, r := range d.refs {
		if !seen[r.to] {
			g.report(r.to, slices.Concat(path, r.path), cmp.Or(r.at, at), seen)
		}
	}
}

// closure is everything that is referred to, directly or not, each once.
func closure(refs []reference) []*definition {
	var all []*definition
	seen := map[*definition]bool{}
	queue := slices.Clone(refs)
	for len(queue) > 0 {
		d := queue[0].to
		queue = queue[1:]
		if seen[d] {
			continue
		}
		seen[d] = true
		all = append(all, d)
		queue = append(queue, d.refs...)
	}
	return all
}
