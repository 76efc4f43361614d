package output

import "slices"

// union is an anyOf or oneOf. The package comment says how a branch is chosen.
type union struct {
	branches []*node
	byType   [typeCount][]*node // those that take a value which begins like that
	tag      string             // the property that tells the objects apart; "" for none
	tagged   *values            // all values of the tag
	byTag    map[string]*node
	optional *node // the only branch beside null
	null     *node // the branch that takes null, beside optional

	exclusive bool // a oneOf
	flat      bool // flatten is done
}

// The types that the first byte of a value tells apart.
const (
	typeNull = iota
	typeBool
	typeNumber
	typeString
	typeArray
	typeObject
	typeCount
)

var typeKinds = [typeCount]kinds{kindNull, kindBool, kindsNumeric, kindString, kindArray, kindObject}

// typeOf returns the type of the value that begins with c, or -1.
func typeOf(c byte) int {
	switch {
	case c == 'n':
		return typeNull
	case c == 't' || c == 'f':
		return typeBool
	case c == '-' || isDigit(c):
		return typeNumber
	case c == '"':
		return typeString
	case c == '[':
		return typeArray
	case c == '{':
		return typeObject
	}
	return -1
}

// fitUnion fits the value i to the branch that it fits at the least cost; among equals, to the first.
func (f *fitter) fitUnion(n *node, i int32) *Error {
	u, v := n.union, f.tree.at(i)
	if u.optional != nil {
		return f.fitOptional(u, i)
	}
	if v.form == formObject && u.tag != "" {
		switch b, found := f.tagged(u, i); {
		case b != nil:
			return f.fit(b, i)
		case found:
			return f.wrongTag(u, i)
		}
	}
	var best *node
	bestCost := 0
	for _, b := range u.branches {
		cost, ok := f.costOf(b, i)
		if ok && (best == nil || cost < bestCost) {
			best, bestCost = b, cost
		}
		if ok && cost == 0 {
			break
		}
	}
	switch {
	case best == nil:
		return f.fitsNone(n, i)
	case f.mute && f.quiet: // only the cost is asked for
		f.cost += bestCost
		return nil
	}
	return f.fit(best, i)
}

func (f *fitter) fitOptional(u *union, i int32) *Error {
	v := f.tree.at(i)
	if v.form == formNull {
		return f.fit(u.null, i)
	}
	before := f.mark()
	err := f.fit(u.optional, i)
	if err == nil || v.form == formArray || v.form == formObject {
		return err
	}
	f.goBack(before)
	if f.fit(u.null, i) == nil {
		return nil
	}
	f.goBack(before)
	return f.fit(u.optional, i) // for its error, with its path
}

// tagged returns the branch of the tag of an object, or nil; found reports whether there is a tag. A key of another
// spelling counts when the right one is absent.
func (f *fitter) tagged(u *union, i int32) (b *node, ok bool) {
	var found *value
	for c := f.tree.at(i).first; c != 0; {
		m := f.tree.at(c)
		if m.key == u.tag {
			found = m
		} else if found == nil && foldTo(foldMarks, m.key) == u.tagFolded() {
			found = m
		}
		c = m.next
	}
	if found == nil || found.form != formString && found.form != formBare && found.form != formBool && found.form != formNumber {
		return nil, false
	}
	text := found.text
	if found.form == formString {
		text = found.string()
	}
	if s, how := u.tagged.match(text); how == exact || how == spelled {
		return u.byTag[s], true
	}
	return nil, found.key == u.tag
}

func (u *union) tagFolded() string { return foldTo(foldMarks, u.tag) }

// fitsNone is the error of a value that fits no branch: that of the branch which comes nearest, or, when it is about the value
// itself, one that names all branches.
func (f *fitter) fitsNone(n *node, i int32) *Error {
	if f.quiet {
		return errQuiet
	}
	u, v := n.union, f.tree.at(i)
	if v.form == formObject && u.tag != "" {
		return f.wrongTag(u, i)
	}
	branches := u.taking(v.kinds())
	if len(branches) == 0 {
		return f.misfit(n.want, v.describe())
	}
	nearest := branches[0]
	if v.form == formObject {
		nearest = slices.MinFunc(branches, func(a, b *node) int { return f.wrongKeys(a, i) - f.wrongKeys(b, i) })
	}
	here := len(f.path)
	err := f.fit(nearest, i)
	if err == nil || len(f.path) == here && len(branches) > 1 || err.Path == "" {
		return f.misfit(n.want, v.describe())
	}
	f.path = f.path[:here]
	if err.Path == f.where() {
		return f.misfit(n.want, v.describe())
	}
	return err
}

// taking returns the branches that take values of some types.
func (u *union) taking(k kinds) []*node {
	var all []*node
	for _, b := range u.branches {
		if b.kinds&k != 0 {
			all = append(all, b)
		}
	}
	return all
}

func (f *fitter) wrongTag(u *union, i int32) *Error {
	got := noKey
	for c := f.tree.at(i).first; c != 0; c = f.tree.at(c).next {
		if m := f.tree.at(c); m.key == u.tag {
			got = m.describe()
		}
	}
	f.pushKey(u.tag)
	defer f.pop()
	return f.misfit(u.tagged.want(), got)
}

// wrongKeys counts the keys that are missing in an object and those that n does not name.
func (f *fitter) wrongKeys(n *node, i int32) int {
	v := f.tree.at(i)
	if n.object == nil {
		return int(v.count)
	}
	wrong := n.object.required
	for c := v.first; c != 0; c = f.tree.at(c).next {
		j := n.object.find(f.tree.at(c).key, 0)
		switch {
		case j < 0:
			wrong++
		case n.object.props[j].required:
			wrong--
		}
	}
	return wrong
}

// sharesKey reports whether an object has a key that n names.
func (f *fitter) sharesKey(n *node, i int32) bool {
	if n.object == nil || f.tree.at(i).form != formObject {
		return false
	}
	for c := f.tree.at(i).first; c != 0; c = f.tree.at(c).next {
		if key := f.tree.at(c).key; n.object.find(key, 0) >= 0 || n.object.findFolded(key) >= 0 {
			return true
		}
	}
	return false
}
