package schema

import (
	"encoding/json"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
)

// walker makes the schema of one definition, or of one root.
type walker struct {
	g    *Generator
	form form
	def  *definition // whose references and strictness are noted
	at   token.Pos   // of what uses the type; not valid in a definition, which may be used many times
	path []string    // of fields, from the definition to here
	// inside is the field of the package itself that this is a part of, if there is one in the definition.
	inside token.Pos
}

// problem notes what is wrong here. obj is the field or type at hand; it may be nil.
func (w *walker) problem(obj types.Object, code diag.Code, message, hint string) {
	p := problem{Problem: Problem{Code: code, Message: message, Hint: hint}, path: w.path, at: w.at}
	switch {
	case w.own(obj):
		p.Pos = obj.Pos()
	case w.inside.IsValid():
		p.Pos = w.inside
	}
	w.def.problems = append(w.def.problems, p)
}

// own reports whether an object is declared in the package that code is generated for.
func (w *walker) own(obj types.Object) bool {
	return obj != nil && obj.Pkg() == w.g.cfg.Package && obj.Pos().IsValid()
}

// refuse reports a type without a schema.
func (w *walker) refuse(obj types.Object, message, hint string) node {
	w.problem(obj, diag.UnsupportedType, message, hint)
	return node{}
}

// below returns a walker for a part of the current type, whose problems are reported at obj.
func (w *walker) below(name string, obj types.Object) *walker {
	c := *w
	c.path = append(slices.Clone(w.path), name)
	if w.own(obj) {
		c.inside = obj.Pos()
	}
	return &c
}

// element returns a walker for the elements of a list or map.
func (w *walker) element() *walker {
	c := *w
	c.path = slices.Clone(w.path)
	if len(c.path) == 0 {
		c.path = []string{"[]"}
	} else {
		c.path[len(c.path)-1] += "[]"
	}
	return &c
}

const useInstead = "use a struct, a map[string]T, a sealed interface (one with an unexported method), or json.RawMessage for any JSON"

// without says how to do without a type that has no schema.
func (w *walker) without() string {
	switch {
	case !w.at.IsValid() || w.inside.IsValid() || len(w.path) > 1:
		return "leave the field out with `json:\"-\"`"
	case w.form == input:
		return "let the receiver of a method hold it: parameters come as JSON here"
	}
	return "return what has one"
}

// typ returns the schema of a type. A pointer has that of its element; whether it may be null or absent is up to its
// field.
func (w *walker) typ(t types.Type) node {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return w.basic(t)
	case *types.Named:
		return w.named(t)
	case *types.Pointer:
		return w.typ(t.Elem())
	case *types.Slice:
		if isByte(t.Elem()) {
			return node{"type": "string", "contentEncoding": "base64"}
		}
		return node{"type": "array", "items": w.element().typ(t.Elem())}
	case *types.Array:
		n := json.Number(strconv.FormatInt(t.Len(), 10))
		return node{"type": "array", "items": w.element().typ(t.Elem()), "minItems": n, "maxItems": n}
	case *types.Map:
		return w.mapping(t)
	case *types.Struct:
		if c := w.g.customOf(t); c.json != "" {
			return w.refuse(nil,
				"a struct without a name has the method "+c.json+" through an embedded type, so its schema is not known",
				"give the struct a name and a //alloy:schema directive, or do not embed")
		}
		return w.object(t, t, nil)
	case *types.Interface:
		if t.Empty() {
			return w.refuse(nil, w.g.typeName(t)+" can hold anything, so a model cannot be told what to write", useInstead)
		}
		return w.refuse(nil, "an interface without a name has no list of implementations",
			"declare it as a type with an unexported method")
	case *types.TypeParam:
		return w.refuse(nil, "the schema of type parameter "+t.Obj().Name()+" is not known when generating",
			"use a type without type parameters, or an instance such as Page[Item]")
	case *types.Signature:
		return w.refuse(nil, "a func has no JSON form", w.without())
	case *types.Chan:
		return w.refuse(nil, "a chan has no JSON form", "use a slice, or "+w.without())
	}
	return w.refuse(nil, w.g.typeName(t)+" has no JSON form", useInstead)
}

var integerBounds = map[types.BasicKind][2]json.Number{
	types.Int8:    {"-128", "127"},
	types.Int16:   {"-32768", "32767"},
	types.Int32:   {"-2147483648", "2147483647"},
	types.Uint8:   {"0", "255"},
	types.Uint16:  {"0", "65535"},
	types.Uint32:  {"0", "4294967295"},
	types.Uint:    {"0", ""},
	types.Uint64:  {"0", ""},
	types.Uintptr: {"0", ""},
}

func (w *walker) basic(t *types.Basic) node {
	switch info := t.Info(); {
	case info&types.IsBoolean != 0:
		return node{"type": "boolean"}
	case info&types.IsString != 0:
		return node{"type": "string"}
	case info&types.IsInteger != 0:
		n := node{"type": "integer"}
		if b, ok := integerBounds[t.Kind()]; ok {
			n["minimum"] = b[0]
			if b[1] != "" {
				n["maximum"] = b[1]
			}
		}
		return n
	case info&types.IsFloat != 0:
		return node{"type": "number"}
	case info&types.IsComplex != 0:
		return w.refuse(nil, t.Name()+" has no JSON form", "use a struct with two float64 fields")
	case t.Kind() == types.UnsafePointer:
		return w.refuse(nil, "unsafe.Pointer has no JSON form", w.without())
	}
	return w.refuse(nil, w.g.typeName(t)+" has no JSON form", useInstead)
}

// mapping is the schema of a map. Its keys are not known, so strict modes do not take it.
func (w *walker) mapping(t *types.Map) node {
	w.def.loose = true
	n := node{"type": "object", "additionalProperties": w.element().typ(t.Elem())}
	if keys := w.keys(t.Key()); keys != nil {
		n["propertyNames"] = keys
	}
	return n
}

// keys is the schema of a map's keys, or nil if any string will do.
func (w *walker) keys(t types.Type) node {
	named, _ := types.Unalias(t).(*types.Named)
	if named != nil && w.g.customOf(named).text {
		return nil
	}
	basic, ok := t.Underlying().(*types.Basic)
	switch {
	case ok && basic.Info()&types.IsString != 0:
		if named != nil {
			if values, _ := w.g.enum(named); len(values) > 0 {
				return w.typ(named)
			}
		}
		return nil
	case ok && basic.Info()&types.IsUnsigned != 0:
		return node{"pattern": "^[0-9]+$"}
	case ok && basic.Info()&types.IsInteger != 0:
		return node{"pattern": "^-?[0-9]+$"}
	}
	return w.refuse(nil, "a map with keys of type "+w.g.typeName(t)+" has no JSON form", "use string or integer keys")
}

// named returns the schema of a named type, or a reference to it.
func (w *walker) named(t *types.Named) node {
	if n, ok := w.wellKnown(t); ok {
		return n
	}
	obj := t.Obj()
	custom := w.g.customOf(t)
	if own, ok := w.ownSchema(t, custom); ok {
		return own
	}
	if iface, ok := t.Underlying().(*types.Interface); ok {
		return w.union(t, iface)
	}
	if custom.json != "" {
		return w.refuse(obj,
			fmt.Sprintf("%s has the method %s, so its JSON is not what its fields say", w.g.typeName(t), custom.json), schemaHint(t, w.g.cfg.Package))
	}
	if custom.text {
		n := node{"type": "string"}
		if format := textFormats[obj.Pkg().Path()+"."+obj.Name()]; format != "" {
			n["format"] = format
		}
		return describe(n, w.g.cfg.Doc(obj))
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		return w.define(t, func(d *walker) node { return d.object(u, t, obj) })
	case *types.Basic:
		if values, doc := w.g.enum(t); len(values) > 0 {
			return w.define(t, func(d *walker) node {
				n := node{"type": d.basic(u)["type"], "enum": values}
				return describe(n, doc)
			})
		}
		return describe(w.basic(u), w.g.cfg.Doc(obj))
	default:
		if reaches(u, t) {
			return w.define(t, func(d *walker) node { return describe(d.typ(u), w.g.cfg.Doc(obj)) })
		}
		return describe(w.typ(u), w.g.cfg.Doc(obj))
	}
}

// define returns a reference to t, whose schema is made by body unless it is there already.
func (w *walker) define(t *types.Named, body func(*walker) node) node {
	key := keyOf(t)
	d, ok := w.g.defs[w.form][key]
	if !ok {
		d = &definition{typ: t, base: baseName(t)}
		if p := t.Obj().Pkg(); p != nil {
			d.path, d.own = p.Path(), p == w.g.cfg.Package
		}
		w.g.defs[w.form][key] = d
		d.body = body(&walker{g: w.g, form: w.form, def: d})
	}
	return w.ref(d)
}

func (w *walker) ref(d *definition) node {
	if !slices.ContainsFunc(w.def.refs, func(r reference) bool { return r.to == d }) {
		at := w.at
		if w.inside.IsValid() {
			at = w.inside
		}
		w.def.refs = append(w.def.refs, reference{to: d, path: w.path, at: at})
	}
	return node{"$ref": d}
}

// object is the schema of a struct; obj is its type's name, if it has one.
func (w *walker) object(s *types.Struct, t types.Type, obj *types.TypeName) node {
	fields := structFields(t)
	if len(fields) == 0 && s.NumFields() > 0 && !emptyOnPurpose(s) {
		return w.refuse(typeObject(obj), w.g.typeName(t)+" has no exported field, so nothing of it would be filled",
			"export its fields, or give it a //alloy:schema directive and UnmarshalJSON")
	}
	var props []property
	required := []any{}
	for i := range fields {
		f := &fields[i]
		n, optional := w.field(f)
		props = append(props, property{f.name, n})
		if !optional || w.form == output {
			required = append(required, f.name)
		} else {
			w.def.loose = true
		}
	}
	n := object(props, required)
	if obj != nil {
		n = describe(n, w.g.cfg.Doc(obj))
	}
	return n
}

// typeObject avoids a typed nil in an interface.
func typeObject(obj *types.TypeName) types.Object {
	if obj == nil {
		return nil
	}
	return obj
}

// emptyOnPurpose reports whether a struct without properties has nothing to hold: all its fields are left out by their
// tags, or are empty structs and blanks themselves.
func emptyOnPurpose(s *types.Struct) bool {
	for i := range s.NumFields() {
		v := s.Field(i)
		if v.Exported() || v.Name() == "_" {
			continue
		}
		inner, ok := v.Type().Underlying().(*types.Struct)
		if !ok || inner.NumFields() > 0 {
			return false
		}
	}
	return true
}

// field returns the schema of a property and whether it may be absent or null.
func (w *walker) field(f *field) (n node, optional bool) {
	w = w.below(f.obj.Name(), f.obj)
	if f.blocked != nil {
		w.problem(f.blocked, diag.UnsupportedType,
			"encoding/json cannot set the embedded pointer to the unexported struct "+f.blocked.Name(),
			"embed the struct itself, or export its type")
	}
	n = w.typ(f.obj.Type())
	if f.has("string") {
		n = w.quoted(f, n)
	}
	n = describe(n, w.g.cfg.Doc(f.obj))
	optional = f.optional() || isPointer(f.obj.Type())
	n, optional = w.constrain(f, n, optional)
	if optional && w.form == output {
		n = nullable(n)
	}
	return n, optional
}

// quoted is the option "string" of a json tag, which works on numbers and booleans.
func (w *walker) quoted(f *field, n node) node {
	t := types.Unalias(f.obj.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	basic, ok := t.Underlying().(*types.Basic)
	if !ok || n["pattern"] == durationPattern {
		return n // encoding/json, or the codec of a duration, ignores the option
	}
	if named, ok := t.(*types.Named); ok {
		if c := w.g.customOf(named); c.json != "" || c.text {
			return n
		}
	}
	switch info := basic.Info(); {
	case info&types.IsBoolean != 0:
		return node{"type": "string", "enum": []any{"true", "false"}}
	case info&types.IsUnsigned != 0:
		return node{"type": "string", "pattern": "^[0-9]+$"}
	case info&types.IsInteger != 0:
		return node{"type": "string", "pattern": "^-?[0-9]+$"}
	case info&types.IsFloat != 0:
		return node{"type": "string", "pattern": `^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$`}
	}
	return w.refuse(f.obj, "the option \"string\" of the json tag means a JSON string inside of a string", "remove the option")
}

// describe adds a description. A reference gets it beside itself: vendors take no other key with $ref.
func describe(n node, text string) node {
	text = strings.TrimSpace(text)
	if text == "" {
		return n
	}
	if _, ok := n["$ref"]; ok {
		n = node{"anyOf": []node{n}}
	} else {
		n = n.clone()
	}
	if hint, ok := n["description"].(string); ok && n["pattern"] == durationPattern {
		text += "\n" + hint
	}
	n["description"] = text
	return n
}

// nullable also allows null.
func nullable(n node) node {
	if len(n) == 0 {
		return n // any JSON
	}
	null := node{"type": "null"}
	if typ, ok := n["type"].(string); ok && n["const"] == nil {
		n = n.clone()
		n["type"] = []any{typ, "null"}
		if values, ok := n["enum"].([]any); ok {
			n["enum"] = append(slices.Clone(values), nil)
		}
		return n
	}
	if any, ok := n["anyOf"].([]node); ok {
		n = n.clone()
		n["anyOf"] = append(slices.Clone(any), null)
		return n
	}
	outer := node{}
	if text, ok := n["description"]; ok {
		n = n.clone()
		delete(n, "description")
		outer["description"] = text
	}
	outer["anyOf"] = []node{n, null}
	return outer
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

func isByte(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.Uint8
}

// reaches reports whether t holds target without a struct that has a name in between: such a type can only be written
// by reference.
func reaches(t types.Type, target *types.Named) bool {
	return reachesBut(t, target, map[types.Type]bool{})
}

func reachesBut(t types.Type, target *types.Named, seen map[types.Type]bool) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if types.Identical(t, target) {
			return true
		}
		if _, isStruct := t.Underlying().(*types.Struct); isStruct || seen[t] {
			return false
		}
		seen[t] = true
		return reachesBut(t.Underlying(), target, seen)
	case *types.Pointer:
		return reachesBut(t.Elem(), target, seen)
	case *types.Slice:
		return reachesBut(t.Elem(), target, seen)
	case *types.Array:
		return reachesBut(t.Elem(), target, seen)
	case *types.Map:
		return reachesBut(t.Elem(), target, seen)
	case *types.Struct:
		for f := range t.Fields() {
			if reachesBut(f.Type(), target, seen) {
				return true
			}
		}
	}
	return false
}
