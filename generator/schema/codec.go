package schema

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/model"
)

// Codecs are the codecs of one generated file.
type Codecs struct {
	g     *Generator
	free  func(name string) bool
	names map[typeKey]string
	told  map[*types.TypeName]bool
	list  []*model.Codec
}

// NewCodecs returns an empty set. free reports whether a name is not declared in the package yet, and takes it.
func (g *Generator) NewCodecs(free func(name string) bool) *Codecs {
	return &Codecs{g: g, free: free, names: map[typeKey]string{}, told: map[*types.TypeName]bool{}}
}

// All returns the codecs in the order of their names.
func (c *Codecs) All() []model.Codec {
	all := make([]model.Codec, len(c.list))
	for i, codec := range c.list {
		all[i] = *codec
	}
	slices.SortFunc(all, func(a, b model.Codec) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Of returns the name of the codec of a type, or an empty string if encoding/json reads and writes it as its schema
// says. at is where a problem is reported.
func (c *Codecs) Of(t types.Type, at token.Pos) string {
	if !c.g.shadows(t) {
		return ""
	}
	t = types.Unalias(t)
	key := keyOf(t)
	if name, ok := c.names[key]; ok {
		return name
	}
	codec := &model.Codec{Name: c.name(codecName(t)), Type: GoType(t, c.g.cfg.Package)}
	c.names[key] = codec.Name
	c.list = append(c.list, codec)
	c.nameable(t, at)
	switch qualifiedName(t) {
	case "time.Duration":
		codec.Kind = model.CodecDuration
		return codec.Name
	case "net/url.URL":
		codec.Kind = model.CodecURL
		return codec.Name
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		c.copyable(t, at)
		codec.Kind = model.CodecStruct
		codec.Fields = c.fields(u, at)
	case *types.Pointer:
		codec.Kind, codec.Elem = model.CodecPointer, c.Of(u.Elem(), at)
	case *types.Slice:
		codec.Kind, codec.Elem = model.CodecSlice, c.Of(u.Elem(), at)
	case *types.Array:
		codec.Kind, codec.Elem, codec.Len = model.CodecArray, c.Of(u.Elem(), at), u.Len()
	case *types.Map:
		codec.Kind, codec.Elem, codec.Key = model.CodecMap, c.Of(u.Elem(), at), GoType(u.Key(), c.g.cfg.Package)
	case *types.Interface:
		codec.Kind, codec.Nullable = model.CodecUnion, true
		for _, v := range c.g.variants(t.(*types.Named), u) {
			codec.Union = append(codec.Union,
				model.Variant{Tag: v.tag, Type: GoType(v.typ, c.g.cfg.Package), Codec: c.Of(v.named, at)})
		}
	}
	return codec.Name
}

// Input returns the name of the codec of a tool's parameters, or an empty string.
func (c *Codecs) Input(tool string, params []Param) string {
	if !slices.ContainsFunc(params, func(p Param) bool { return c.g.shadows(p.Type) }) {
		return ""
	}
	codec := &model.Codec{Kind: model.CodecInput, Name: c.name(lowerFirst(tool) + "InputJSON")}
	c.list = append(c.list, codec)
	for _, p := range params {
		codec.Fields = append(codec.Fields, model.CodecField{
			Name: p.Name, JSON: p.Name, Type: GoType(p.Type, c.g.cfg.Package), Codec: c.Of(p.Type, p.Pos),
		})
	}
	return codec.Name
}

// fields are the fields of a shadow struct: those that encoding/json sees, with embedded structs left embedded.
func (c *Codecs) fields(s *types.Struct, at token.Pos) []model.CodecField {
	var fields []model.CodecField
	for i := range s.NumFields() {
		f, embedded := structField(s, i, level{})
		if f == nil || embedded != nil && len(structFields(embedded.typ)) == 0 {
			continue // an embedded struct without properties may have a name that cannot be written down here
		}
		c.nameable(f.obj.Type(), at)
		cf := model.CodecField{
			Name: f.obj.Name(), Type: GoType(f.obj.Type(), c.g.cfg.Package), Embedded: embedded != nil,
		}
		if embedded != nil {
			cf.Codec = c.Of(embedded.typ, at)
		} else {
			cf.Codec = c.Of(f.obj.Type(), at)
			cf.JSON, cf.Options = f.name, strings.Join(shadowOptions(f, cf.Codec), ",")
		}
		fields = append(fields, cf)
	}
	return fields
}

// shadowOptions are the options of a field's json tag that its shadow keeps. A duration is text already.
func shadowOptions(f *field, codec string) []string {
	if codec == "" {
		return f.options
	}
	return slices.DeleteFunc(slices.Clone(f.options), func(o string) bool { return o == "string" })
}

// nameable reports a type that generated code cannot write down.
func (c *Codecs) nameable(t types.Type, at token.Pos) {
	hidden := c.hidden(t)
	if hidden == nil || c.told[hidden.Obj()] {
		return
	}
	c.told[hidden.Obj()] = true
	c.g.cfg.Report(Problem{Pos: at, Code: diag.UnsupportedType,
		Message: fmt.Sprintf("%s holds a value that encoding/json cannot read by itself, and the code that could cannot name it: it is not exported",
			c.g.typeName(hidden)),
		Hint: "use a type of your own"})
}

// copyable reports a struct with a lock, as go vet does: the code that converts it passes it on by value.
func (c *Codecs) copyable(t types.Type, at token.Pos) {
	lock := findLock(t)
	if lock == nil || c.told[lock.Obj()] {
		return
	}
	c.told[lock.Obj()] = true
	c.g.cfg.Report(Problem{Pos: at, Code: diag.UnsupportedType,
		Message: fmt.Sprintf("%s holds %s, which must not be copied, beside a value that encoding/json cannot read by itself",
			c.g.typeName(t), c.g.typeName(lock)),
		Hint: "use a struct without the lock"})
}

// findLock returns a type that t holds by value and whose pointer, but not itself, can be locked; or nil.
func findLock(t types.Type) *types.Named {
	if named, ok := types.Unalias(t).(*types.Named); ok && !types.IsInterface(named) {
		has := func(t types.Type, method string) bool {
			return types.NewMethodSet(t).Lookup(named.Obj().Pkg(), method) != nil
		}
		if p := types.NewPointer(named); has(p, "Lock") && has(p, "Unlock") && !has(named, "Lock") {
			return named
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		return findLock(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if lock := findLock(f.Type()); lock != nil {
				return lock
			}
		}
	}
	return nil
}

// hidden finds a named type in t that is not exported to the package, or whose package it cannot import.
func (c *Codecs) hidden(t types.Type) *types.Named {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if obj := t.Obj(); obj.Pkg() != nil && obj.Pkg().Path() != c.g.cfg.Package.Path() &&
			(!obj.Exported() || !importable(obj.Pkg().Path(), c.g.cfg.Package.Path())) {
			return t
		}
		for arg := range t.TypeArgs().Types() {
			if h := c.hidden(arg); h != nil {
				return h
			}
		}
	case *types.Pointer:
		return c.hidden(t.Elem())
	case *types.Slice:
		return c.hidden(t.Elem())
	case *types.Array:
		return c.hidden(t.Elem())
	case *types.Map:
		return cmp.Or(c.hidden(t.Key()), c.hidden(t.Elem()))
	case *types.Struct:
		for f := range t.Fields() {
			if h := c.hidden(f.Type()); h != nil {
				return h
			}
		}
	}
	return nil
}

// importable is the go command's rule for internal packages (go.dev/s/go14internal).
func importable(path, from string) bool {
	i := strings.LastIndex("/"+path+"/", "/internal/")
	if i < 0 {
		return true
	}
	parent := strings.TrimSuffix(("/" + path)[1:max(i, 1)], "/")
	from = strings.TrimSuffix(from, "_test") // an external test package is in the same place
	return parent == from || strings.HasPrefix(from, parent+"/")
}

func (c *Codecs) name(base string) string {
	name := base
	for i := 2; !c.free(name); i++ {
		name = base + strconv.Itoa(i)
	}
	return name
}

// codecName is the name of a type's shadow: ticketJSON, ticketListJSON.
func codecName(t types.Type) string { return lowerFirst(codecStem(t)) + "JSON" }

func codecStem(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		return baseName(t)
	case *types.Pointer:
		return codecStem(t.Elem()) + "Pointer"
	case *types.Slice:
		return codecStem(t.Elem()) + "List"
	case *types.Array:
		return codecStem(t.Elem()) + "Array"
	case *types.Map:
		return codecStem(t.Elem()) + "Map"
	}
	return "object"
}

// lowerFirst makes a name an unexported one: ticket of Ticket, url of URL, httpServer of HTTPServer.
func lowerFirst(s string) string {
	runes := []rune(s)
	for i, r := range runes {
		if !unicode.IsUpper(r) || i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes)
}

func qualifiedName(t types.Type) string {
	if named, ok := t.(*types.Named); ok {
		return qualified(named.Obj())
	}
	return ""
}

// shadows reports whether a type is, or holds, something that encoding/json does not read or write as its schema says.
func (g *Generator) shadows(t types.Type) bool {
	if known, ok := g.shadowed[keyOf(t)]; ok {
		return known
	}
	seen := map[typeKey]bool{}
	found := g.findShadow(t, seen)
	if found {
		g.shadowed[keyOf(t)] = true
		return true
	}
	for key := range seen {
		g.shadowed[key] = false // nothing was found anywhere below
	}
	return false
}

func (g *Generator) findShadow(t types.Type, seen map[typeKey]bool) bool {
	t = types.Unalias(t)
	key := keyOf(t)
	if known, ok := g.shadowed[key]; ok {
		return known
	}
	if seen[key] {
		return false
	}
	seen[key] = true
	if named, ok := t.(*types.Named); ok {
		switch qualified(named.Obj()) {
		case "time.Duration", "net/url.URL":
			return true
		case "time.Time":
			return false
		}
		c := g.customOf(named)
		if _, own := g.cfg.Directive(named.Obj()); own || c.schema != nil || c.json != "" || c.text {
			return false
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Interface:
		_, named := t.(*types.Named)
		return named && sealed(u)
	case *types.Pointer:
		return g.findShadow(u.Elem(), seen)
	case *types.Slice:
		return g.findShadow(u.Elem(), seen)
	case *types.Array:
		return g.findShadow(u.Elem(), seen)
	case *types.Map:
		return g.findShadow(u.Elem(), seen)
	case *types.Struct:
		for _, f := range structFields(t) {
			if g.findShadow(f.obj.Type(), seen) {
				return true
			}
		}
	}
	return false
}
