package output

import "strings"

// shape is another form of a value that means the same.
type shape struct {
	as    shapeKind
	node  *node // that what is meant is fitted to
	value int32 // what is meant
	cost  int
}

type shapeKind uint8

const (
	asItIs    shapeKind = iota
	asMember            // the one value of an object or array is meant, not what is around it
	asItem              // the value is the only item of the array that is wanted
	asContent           // the value is the only property of the object that is wanted
	asJSON              // the text of a string is the JSON that is wanted
	asNothing           // an element without content is an empty array, object or string
)

// mostHops bounds how many schemas one value is given to in turn: of a property, of an item of an array.
const mostHops = 8

// bestShape returns the form of the value i that fits n at the least cost, or asItIs if none does.
func (f *fitter) bestShape(n *node, i int32) shape {
	var best shape
	try := func(as shapeKind, n *node, i int32) {
		s, ok := shape{as: as, node: n, value: i}, true
		if as != asNothing {
			s.cost, ok = f.costOf(n, i)
		}
		if s.cost += repairs[s.repair()].cost; ok && (best.as == asItIs || s.cost < best.cost) {
			best = s
		}
	}
	f.hops++
	defer func() { f.hops-- }()
	v := *f.tree.at(i)
	if (v.form == formObject || v.form == formArray && n.kinds&kindArray == 0 && n.kinds&kindObject != 0) && v.count == 1 {
		m := f.tree.at(v.first)
		if m.keyFixes&fixDropped == 0 && (v.form == formObject || m.form == formObject) {
			f.inner(func() { try(asMember, n, v.first) })
		}
	}
	if f.hops > mostHops {
		return best
	}
	if n.kinds&(kindArray|kindObject) != 0 && (v.form == formString || v.form == formBare) {
		if inner := f.readInner(i); inner > 0 {
			f.inner(func() { try(asJSON, n, inner) })
			if best.as == asJSON && f.tree.at(inner).form == formArray {
				return best // no one means a list of one string that is a list
			}
		}
	}
	if n.kinds&kindArray != 0 && n.array != nil && n.array.wrongCount(1) == "" && v.form != formArray && v.form != formNull && v.form != formEmpty {
		try(asItem, n.array.item(0), i)
	}
	if p := n.object.only(); p != nil && n.kinds&kindObject != 0 && (n.wrapper || f.isContent(p.node, i)) {
		try(asContent, p.node, i)
	}
	if v.form == formEmpty && n.takesNothing() {
		try(asNothing, n, i)
	}
	return best
}

// unwraps reports whether the only member of an object, which has no key that n names, is what n wants.
func (f *fitter) unwraps(n *node, i int32) bool {
	v := f.tree.at(i)
	if v.count != 1 || f.tree.at(v.first).form != formObject || !f.sharesKey(n, v.first) {
		return false
	}
	ok := false
	first := v.first
	f.inner(func() { _, ok = f.costOf(n, first) })
	return ok
}

// inner runs do for a value that is not the one at hand.
func (f *fitter) inner(do func()) {
	hops := f.hops
	f.hops = 0
	do()
	f.hops = hops
}

// isContent reports whether the value i, which stands where an object with one property is wanted, may be meant as that
// property. Text may be anything, and so may an object that has no key in common with what is wanted.
func (f *fitter) isContent(n *node, i int32) bool {
	switch v := f.tree.at(i); v.form {
	case formBool, formNumber:
		return true
	case formArray:
		return v.count > 0
	case formObject:
		return f.sharesAnyKey(n, i, mostHops)
	}
	return false
}

// sharesAnyKey reports whether an object has a key that n, one of its branches or the items of one name.
func (f *fitter) sharesAnyKey(n *node, i int32, depth int) bool {
	branches := []*node{n}
	if n.union != nil {
		branches = n.union.branches
	}
	for _, b := range branches {
		if f.sharesKey(b, i) || depth > 0 && b.array != nil && b.array.items != nil && f.sharesAnyKey(b.array.items, i, depth-1) {
			return true
		}
	}
	return false
}

// only returns the property of an object that has no other.
func (o *objectRules) only() *property {
	if o == nil || len(o.props) != 1 || !o.closed {
		return nil
	}
	return &o.props[0]
}

func (s shape) repair() repair {
	switch s.as {
	case asMember:
		return byUnwrapped
	case asItem:
		return bySingle
	case asContent:
		return byWrapped
	case asJSON:
		return byNested
	}
	return byCoerced
}

// fitShape fits the value i to n in another form.
func (f *fitter) fitShape(n *node, i int32, s shape) *Error {
	switch f.repair(s.repair()); s.as {
	case asMember, asJSON:
		return f.fitAnew(n, s.value)
	case asNothing:
		f.write(emptyOf(n))
		return nil
	case asItem:
		return f.fitOnlyItem(n, i)
	}
	p := n.object.only()
	f.hops++
	f.write("{")
	f.write(p.quoted)
	f.pushKey(p.name)
	if err := f.fit(p.node, i); err != nil {
		return err
	}
	f.pop()
	f.write("}")
	f.hops--
	return nil
}

func (f *fitter) fitOnlyItem(n *node, i int32) *Error {
	f.hops++
	f.write("[")
	f.path = append(f.path, step{index: 0})
	if err := f.fit(n.array.item(0), i); err != nil {
		return err
	}
	f.pop()
	f.write("]")
	f.hops--
	return nil
}

func emptyOf(n *node) string {
	if n.kinds&kindArray != 0 {
		return "[]"
	}
	return "{}"
}

// takesNothing reports whether an array or object without content fits n.
func (n *node) takesNothing() bool {
	switch {
	case n.values != nil:
		return false
	case n.kinds&kindArray != 0:
		return n.array == nil || n.array.wrongCount(0) == ""
	case n.kinds&kindObject != 0:
		return n.object == nil || n.object.required == 0 && n.object.wrongCount(0) == ""
	}
	return false
}

// readInner reads the text of the string i as JSON. It returns the array, object or string in it, or -1. A string in a
// string is shorter by its escapes, so that there is an end to it.
func (f *fitter) readInner(i int32) int32 {
	v := f.tree.at(i)
	if v.inner != 0 {
		return v.inner
	}
	v.inner = -1
	text := strings.TrimSpace(v.string())
	if text == "" || strings.IndexByte("{[`\"", text[0]) < 0 {
		return -1
	}
	if text[0] == '"' { // JSON in a string in a string
		if v, ok := quotedWhole(text); ok {
			f.tree.at(i).inner = f.tree.add(0, &v)
		}
		return f.tree.at(i).inner
	}
	found := newFinder(f.tree)
	found.text, found.final, found.below = text, true, len(f.path)
	if s := found.run(); s != done || len(found.found) == 0 || text[0] != '`' && found.found[0].start != 0 {
		return -1
	}
	f.tree.at(i).inner = found.found[0].root
	return found.found[0].root
}
