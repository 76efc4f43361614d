package output

import "slices"

// union is an anyOf or oneOf. The package comment says how a branch is chosen.
type union struct {
	branches []*node
	byType   [typeCount][]*node // those that take a value which begins like that without coercion
	scalars  []*node            // those that take any scalar
	tag      string             // the property that tells the objects apart; "" for none
	tagged   *values            // all values of the tag
	byTag    map[string]*node

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

var typeNames = [typeCount]string{"null", "a boolean", "a number", "a string", "an array", "an object"}

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

func (f *fitter) fitUnion(n *node) *Error {
	u := n.union
	t := typeOf(f.peek())
	if t < 0 {
		f.fail(f.pos, "a JSON value")
		return f.syntax()
	}
	branches := u.byType[t]
	switch {
	case t == typeObject && u.tag != "":
		return f.fitTagged(u)
	case t == typeObject && len(branches) > 1:
		var err *Error
		if branches, err = f.rank(branches); err != nil {
			return err
		}
	case len(branches) == 0 || t == typeString && len(u.scalars) > len(branches):
		branches = append(slices.Clip(branches), u.coercing(t)...)
	}
	switch len(branches) {
	case 0:
		return f.misfit(n.want, typeNames[t])
	case 1:
		return f.fit(branches[0])
	}
	return f.try(branches, n)
}

// coercing returns the branches that could take a scalar of type t for another.
func (u *union) coercing(t int) []*node {
	if typeKinds[t]&kindsScalar == 0 || t == typeNull {
		return nil
	}
	var nodes []*node
	for _, b := range u.scalars {
		if !slices.Contains(u.byType[t], b) {
			nodes = append(nodes, b)
		}
	}
	return nodes
}

// try fits the first branch that needs no repair, else the one that needs the fewest. The error is the first branch's.
func (f *fitter) try(branches []*node, n *node) *Error {
	f.flush(f.pos) // before the mark, so that no branch copies the text before it once more
	start := f.mark()
	best, bestRepairs := -1, 0
	var firstErr *Error
	for i, b := range branches {
		if i > 0 {
			f.quiet++
		}
		err := f.fit(b)
		if i > 0 {
			f.quiet--
		}
		repairs := f.repaired - start.repaired
		switch {
		case err == nil && repairs == 0:
			return nil
		case err == nil && (best < 0 || repairs < bestRepairs):
			best, bestRepairs = i, repairs
		case err != nil && (f.exhausted || err.Kind != KindSchema):
			return err
		case err != nil && i == 0:
			firstErr = err
		}
		spent := f.pos - start.pos
		f.reset(start)
		if err := f.spend(spent); err != nil {
			return err
		}
	}
	if best >= 0 {
		return f.fit(branches[best])
	}
	if firstErr != nil && f.quiet == 0 && firstErr.Path == f.where() {
		return f.misfit(n.want, f.found())
	}
	return firstErr
}

// found describes the value that begins here.
func (f *fitter) found() string {
	start := f.mark()
	defer f.reset(start)
	t := typeOf(f.peek())
	if t == typeArray || t == typeObject || !f.skip(1) {
		return typeNames[t]
	}
	return shorten(f.text[start.pos:f.pos], 60)
}

// fitTagged fits the object that begins here to the branch of its tag.
func (f *fitter) fitTagged(u *union) *Error {
	start := f.mark()
	tag, found, ok := f.readTag(u)
	spent := f.pos - start.pos
	f.reset(start)
	if !ok {
		return f.syntax()
	}
	if err := f.spend(spent); err != nil {
		return err
	}
	if spelled, ok := u.tagged.text(tag); found && ok {
		return f.fit(u.byTag[spelled])
	}
	got := "nothing: the key is missing"
	if found {
		got = showText(tag)
	}
	f.pushKey(u.tag)
	return f.misfit(u.tagged.want(), got)
}

// readTag looks for the tag in the object that begins here. A key of another spelling counts when the right one is absent.
func (f *fitter) readTag(u *union) (tag string, found, ok bool) {
	folded := fold(u.tag)
	f.pos++
	for f.peek() != '}' {
		body, escaped, ok := f.key()
		if !ok {
			return "", false, false
		}
		key := unescape(body, escaped)
		exact := key == u.tag
		if (exact || !found && fold(key) == folded) && f.peek() == '"' {
			body, escaped, ok = f.quoted()
			tag, found = unescape(body, escaped), true
		} else {
			ok = f.skip(MaxDepth - f.depth)
		}
		if !ok || exact && found {
			return tag, found, ok
		}
		if f.peek() == '}' {
			break
		}
		if !f.accept(',', "a comma or } after the value") {
			return "", false, false
		}
	}
	return tag, found, true
}

// rank orders branches that take objects by how well the keys of the object that begins here match.
func (f *fitter) rank(branches []*node) ([]*node, *Error) {
	start := f.mark()
	keys, ok := f.readKeys()
	spent := f.pos - start.pos
	f.reset(start)
	if !ok {
		return nil, f.syntax()
	}
	if err := f.spend(spent); err != nil {
		return nil, err
	}
	type ranked struct {
		node  *node
		wrong int
	}
	all := make([]ranked, len(branches))
	for i, b := range branches {
		all[i] = ranked{b, b.wrongKeys(keys)}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return a.wrong - b.wrong })
	nodes := make([]*node, len(all))
	for i := range all {
		nodes[i] = all[i].node
	}
	return nodes, nil
}

// rankedKeys bounds how many keys of an object are looked at to choose a branch.
const rankedKeys = 64

func (f *fitter) readKeys() (keys []string, ok bool) {
	f.pos++
	for f.peek() != '}' && len(keys) < rankedKeys {
		body, escaped, ok := f.key()
		if !ok || !f.skip(MaxDepth-f.depth) {
			return nil, false
		}
		keys = append(keys, unescape(body, escaped))
		if f.peek() == '}' {
			break
		}
		if !f.accept(',', "a comma or } after the value") {
			return nil, false
		}
	}
	return keys, true
}

// wrongKeys counts the keys that are missing and those that n does not name.
func (n *node) wrongKeys(keys []string) int {
	if n.object == nil {
		return len(keys)
	}
	wrong := n.object.required
	for _, k := range keys {
		i, ok := n.object.index[k]
		switch {
		case ok && n.object.props[i].required:
			wrong--
		case !ok:
			wrong++
		}
	}
	return wrong
}
