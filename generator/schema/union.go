package schema

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
)

// variant is an implementation of a sealed interface.
type variant struct {
	tag   string // value of the type property
	named *types.Named
	typ   types.Type // named, or a pointer to it
}

// sealed reports whether only its own package can implement an interface.
func sealed(iface *types.Interface) bool {
	for m := range iface.Methods() {
		if !m.Exported() {
			return true
		}
	}
	return false
}

// union is the schema of a sealed interface: any of its implementations, told apart by the property "type".
func (w *walker) union(t *types.Named, iface *types.Interface) node {
	obj := t.Obj()
	if !sealed(iface) {
		hint := "give it an unexported method, so that only its own package can implement it, or use a struct"
		if !w.own(obj) {
			hint = "use a struct, or " + w.without()
		}
		return w.refuse(obj, w.g.typeName(t)+" is an open interface: any type can implement it, so there is no list to choose from", hint)
	}
	variants := w.g.variants(t, iface)
	if len(variants) == 0 {
		return w.refuse(obj, fmt.Sprintf("no type of package %s implements %s", obj.Pkg().Name(), w.g.typeName(t)),
			"declare struct types with its methods, in the same package")
	}
	return w.define(t, func(d *walker) node {
		var any []node
		tags := map[string]*types.Named{}
		for _, v := range variants {
			if other := tags[v.tag]; other != nil {
				d.problem(v.named.Obj(), diag.UnsupportedType,
					fmt.Sprintf("%s and %s are both called %q in the property that tells the implementations of %s apart",
						d.g.typeName(other), d.g.typeName(v.named), v.tag, d.g.typeName(t)), "rename one of them")
			}
			tags[v.tag] = v.named
			any = append(any, d.variant(t, v))
		}
		return describe(node{"anyOf": any}, w.g.cfg.Doc(obj))
	})
}

func (w *walker) variant(union *types.Named, v variant) node {
	w = w.below("("+w.g.typeName(v.typ)+")", v.named.Obj())
	s, ok := v.named.Underlying().(*types.Struct)
	if c := w.g.customOf(v.named); !ok || c.json != "" || c.text {
		why := "is not a struct"
		if ok {
			why = "has its own JSON form"
		}
		return w.refuse(v.named.Obj(),
			fmt.Sprintf("%s implements %s and %s, so it cannot have the property \"type\"", w.g.typeName(v.named), w.g.typeName(union), why),
			"make it a struct with a field for the value")
	}
	n := w.object(s, v.named, v.named.Obj())
	props, _ := n["properties"].([]property)
	// encoding/json reads a property into a field whatever the case of its letters.
	if i := slices.IndexFunc(props, func(p property) bool { return strings.EqualFold(p.name, "type") }); i >= 0 {
		w.problem(v.named.Obj(), diag.UnsupportedType,
			fmt.Sprintf("%s has a property %q, but \"type\" tells the implementations of %s apart", w.g.typeName(v.named), props[i].name, w.g.typeName(union)),
			"give the field another name in its json tag")
		return n
	}
	n = n.clone()
	n["properties"] = append([]property{{"type", node{"type": "string", "const": v.tag}}}, props...)
	required, _ := n["required"].([]any)
	n["required"] = append([]any{"type"}, required...)
	return n
}

// variants returns the types of the interface's package that implement it, in the order of their declaration.
// Unexported ones count in the package that code is generated for; those that some builds lack, test doubles among them,
// never do.
func (g *Generator) variants(t *types.Named, iface *types.Interface) []variant {
	pkg := t.Obj().Pkg()
	if t.TypeArgs().Len() == 0 {
		if v, ok := g.unions[t.Obj()]; ok {
			return v
		}
	}
	var names []*types.TypeName
	for _, name := range pkg.Scope().Names() {
		obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
		if ok && !obj.IsAlias() && (obj.Exported() || pkg == g.cfg.Package) && !g.partial(obj, t.Obj()) {
			names = append(names, obj)
		}
	}
	slices.SortStableFunc(names, func(a, b *types.TypeName) int { return compareDeclared(g.cfg.Fset, a, b) })
	var all []variant
	for _, obj := range names {
		named, ok := obj.Type().(*types.Named)
		if !ok || named.TypeParams().Len() > 0 || types.IsInterface(named) {
			continue
		}
		v := variant{tag: strings.Trim(Snake(obj.Name()), "_"), named: named, typ: named}
		if !types.Implements(named, iface) {
			v.typ = types.NewPointer(named)
			if !types.Implements(v.typ, iface) {
				continue
			}
		}
		all = append(all, v)
	}
	if t.TypeArgs().Len() == 0 {
		g.unions[t.Obj()] = all
	}
	return all
}
