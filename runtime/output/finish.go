package output

import (
	"errors"
	"slices"
)

// finish does what needs all nodes: it gives unions their kinds and their ways to choose a branch, words what each node
// wants, and settles what stands for missing keys.
func (c *compiler) finish() error {
	if c.circular() {
		return errors.New("an anyOf or oneOf refers to itself without an array or object in between")
	}
	for _, n := range c.all {
		n.flatten()
	}
	for _, n := range c.all {
		if n.union != nil && !n.union.prepare() {
			c.complete = false
		}
	}
	for _, n := range c.all {
		if n.union == nil && n.want == "" {
			n.want = n.describe()
		}
	}
	for _, n := range c.all {
		if n.union != nil {
			n.want = n.union.describe()
		}
	}
	for _, n := range c.all {
		if n.object != nil {
			n.object.settleFallbacks()
		}
	}
	return nil
}

// circular reports whether a union is a branch of itself, at any remove: no value could ever be fitted to it.
func (c *compiler) circular() bool {
	done := map[*node]bool{} // false while its branches are being visited
	var visit func(*node) bool
	visit = func(n *node) bool {
		if n.union == nil {
			return false
		}
		if finished, seen := done[n]; seen {
			return !finished
		}
		done[n] = false
		for _, b := range n.union.branches {
			if visit(b) {
				return true
			}
		}
		done[n] = true
		return false
	}
	return slices.ContainsFunc(c.all, visit)
}

// flatten gives a union its kinds, and puts the branches of an anyOf within an anyOf in its place.
func (n *node) flatten() {
	u := n.union
	if u == nil || u.flat {
		return
	}
	u.flat = true
	var branches []*node
	n.kinds = 0
	for _, b := range u.branches {
		b.flatten()
		n.kinds |= b.kinds
		inner := []*node{b}
		if b.union != nil && !b.union.exclusive && !u.exclusive {
			inner = b.union.branches
		}
		for _, b := range inner {
			if u.exclusive || !slices.Contains(branches, b) {
				branches = append(branches, b)
			}
		}
	}
	u.branches = branches
}

// prepare sorts the branches by the types that they take and looks for a tag. It reports whether the way in which a branch
// is chosen is all there is to say: a oneOf whose branches overlap needs to be validated further.
func (u *union) prepare() bool {
	for _, b := range u.branches {
		for t, k := range typeKinds {
			if b.kinds&k != 0 {
				u.byType[t] = append(u.byType[t], b)
			}
		}
	}
	u.findTag()
	u.findOptional()
	if !u.exclusive {
		return true
	}
	for i, a := range u.branches {
		for _, b := range u.branches[i+1:] {
			if u.overlap(a, b) {
				return false
			}
		}
	}
	return true
}

// findOptional looks whether the union is one schema or null.
func (u *union) findOptional() {
	if len(u.branches) != 2 {
		return
	}
	for i, b := range u.branches {
		if other := u.branches[1-i]; b.kinds == kindNull && other.kinds&kindNull == 0 {
			u.optional, u.null = other, b
		}
	}
}

// overlap reports whether some value may fit both a and b.
func (u *union) overlap(a, b *node) bool {
	both := a.kinds & b.kinds
	if u.tag != "" {
		both &^= kindObject
	}
	if both == kindString && a.values != nil && b.values != nil {
		return slices.ContainsFunc(a.values.strings, func(s string) bool { return slices.Contains(b.values.strings, s) })
	}
	return both != 0
}

// findTag looks for a property that all branches with objects require, and that has its own strings in each. One that is
// called type is looked at first.
func (u *union) findTag() {
	objects := u.byType[typeObject]
	if len(objects) < 2 || objects[0].object == nil {
		return
	}
	names := []string{"type"}
	for _, p := range objects[0].object.props {
		names = append(names, p.name)
	}
	for _, name := range names {
		byTag := map[string]*node{}
		all := newValues()
		if !slices.ContainsFunc(objects, func(n *node) bool { return !n.addTags(name, byTag, all) }) {
			all.sort()
			u.tag, u.byTag, u.tagged = name, byTag, all
			return
		}
	}
}

// addTags adds the strings that the property of that name may have. It reports false when they do not identify n.
func (n *node) addTags(name string, byTag map[string]*node, all *values) bool {
	if n.object == nil {
		return false
	}
	i, ok := n.object.index[name]
	if !ok || !n.object.props[i].required {
		return false
	}
	tag := n.object.props[i].node
	if tag.kinds != kindString || tag.values == nil {
		return false
	}
	for _, s := range tag.values.strings {
		if byTag[s] != nil {
			return false
		}
		byTag[s] = n
		all.add(s)
	}
	return true
}

// settleFallbacks keeps the defaults that fit, and lets null stand for a missing value that may be null.
func (o *objectRules) settleFallbacks() {
	for i := range o.props {
		p := &o.props[i]
		if !p.required || p.fallback != "" && p.node.fits(p.fallback) {
			continue
		}
		p.fallback = ""
		if !p.node.free && p.node.fits("null") {
			p.fallback = "null"
		}
	}
}

// fits reports whether json fits n as it is.
func (n *node) fits(json string) bool {
	return fitsStrictly(n, json)
}
