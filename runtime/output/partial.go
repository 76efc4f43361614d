package output

import (
	"strings"
	"unicode/utf16"
)

// partial writes the answer while it is read: containers as soon as it is clear what the schema wants there, strings as they
// grow, all else when it is complete. It only appends, so that what it costs depends on what has come, not on what is there.
type partial struct {
	fit    *fitter // writes; without a word
	finder *finder
	node   *node
	root   int32 // 0 when nothing is shown
	state  partState
	open   []openPart
	str    openString

	tagless int32 // an object whose tag has not come
	seen    int32 // the last of its values that was looked at
}

type partState uint8

const (
	partOpen     partState = iota
	partComplete           // the whole value is written
	partBroken             // the value does not fit
)

// openPart is an array or object that is written in part.
type openPart struct {
	node   *node
	object *objectRules
	array  *arrayRules
	index  int32
	start  int   // where it begins in the output
	last   int32 // the last of its values that was dealt with
	count  int   // how many were written
	props  []int32
	others map[string]bool
	known  bool // one of its keys is a property

	key string // that was looked up last, and the property that it is
	at  int
}

// openString is a string that is written in part.
type openString struct {
	active bool
	from   int // where it begins in the text
	to     int // up to where it is written
	length int // of what is written, unescaped
}

func newPartial(f *finder) *partial {
	return &partial{finder: f, fit: &fitter{tree: f.tree, quiet: true}}
}

// begin starts over with another value.
func (p *partial) begin(n *node, root int32) {
	f := p.fit
	f.out, f.path, f.kinds, f.cost = f.out[:0], f.path[:0], 0, 0
	*p = partial{fit: f, finder: p.finder, node: n, root: root}
}

// json returns what is written, with the brackets that are missing; nil if nothing is.
func (p *partial) json() []byte {
	if len(p.fit.out) == 0 {
		return nil
	}
	b := p.fit.out
	if p.str.active {
		b = append(b, '"')
	}
	for i := len(p.open) - 1; i >= 0; i-- {
		if p.open[i].array != nil {
			b = append(b, ']')
		} else {
			b = append(b, '}')
		}
	}
	p.fit.out = b[:len(p.fit.out)]
	return b
}

// advance writes what has come.
func (p *partial) advance() {
	if p.state != partOpen {
		return
	}
	if len(p.open) == 0 {
		if v := p.fit.tree.at(p.root); !v.open {
			if p.whole(p.node, p.root) {
				p.state = partComplete
			}
			return
		}
		if !p.enter(p.node, p.root) {
			return
		}
	}
	for p.state == partOpen {
		if !p.step() {
			return
		}
	}
}

// whole writes the value i, which is complete, if it fits.
func (p *partial) whole(n *node, i int32) bool {
	out := len(p.fit.out)
	if p.fit.fitAnew(n, i) != nil {
		p.fit.out, p.fit.path = p.fit.out[:out], p.fit.path[:0]
		p.state = partBroken
		return false
	}
	return true
}

// step deals with the next value of the innermost part, or with its end. It is false when neither has come.
func (p *partial) step() bool {
	top := &p.open[len(p.open)-1]
	v := p.fit.tree.at(top.index)
	next := v.first
	if top.last != 0 {
		next = p.fit.tree.at(top.last).next
	}
	switch {
	case next != 0:
		return p.value(top, next)
	case !v.open:
		p.leave(top, v)
		return true
	}
	p.growString(top)
	return false
}

// value writes the value c, which is complete, or enters it.
func (p *partial) value(top *openPart, c int32) bool {
	v := p.fit.tree.at(c)
	if p.str.active {
		p.endString(v)
		top.last = c
		return true
	}
	n, ok := p.wanted(top, v)
	if !ok {
		if !v.open {
			top.last = c
		}
		return !v.open
	}
	out := len(p.fit.out)
	if v.open {
		p.before(top, v.key)
		if p.enter(n, c) {
			return true
		}
		p.fit.out = p.fit.out[:out]
		return false
	}
	p.take(top, v, c)
	top.last = c
	if v.form == formNull && top.object != nil && n.kinds&kindNull == 0 && p.optional(top, v.key) {
		p.fit.repair(byNull) // as the fitter drops it
		return true
	}
	p.before(top, v.key)
	if !p.whole(n, c) {
		p.fit.out = p.fit.out[:out]
		return false
	}
	top.count++
	return true
}

func (p *partial) optional(top *openPart, key string) bool {
	j := top.property(key)
	return j >= 0 && !top.object.props[j].required
}

// property returns the property that a key of the part is, or -1.
func (o *openPart) property(key string) int {
	if key == o.key && o.at != 0 {
		return o.at - 2
	}
	j := o.object.find(key, max(o.at-1, 0))
	if j < 0 {
		j = o.object.findFolded(key)
	}
	o.key, o.at = key, j+2 // 0 is none yet
	return j
}

// wanted returns the node of a value in top. It is not ok for one that is left out.
func (p *partial) wanted(top *openPart, v *value) (*node, bool) {
	if top.array != nil {
		if top.array.maxItems >= 0 && top.count >= top.array.maxItems {
			p.state = partBroken
			return nil, false
		}
		return top.array.item(top.count), true
	}
	return p.wantedKey(top, v.key, v.keyFixes)
}

func (p *partial) wantedKey(top *openPart, key string, f fixes) (*node, bool) {
	o := top.object
	j := top.property(key)
	switch {
	case f&fixDropped != 0:
		p.fit.kinds |= byDropped.set()
		return nil, false
	case j >= 0:
		if top.props[j] != 0 {
			p.fit.kinds |= byDuplicate.set()
			return nil, false // it is shown already
		}
		if o.props[j].name != key {
			p.fit.kinds |= byKey.set()
		}
		return o.props[j].node, true
	case o.closed:
		p.fit.kinds |= byUnknown.set()
		return nil, false
	case o.names != nil && o.names.wrongName(key) != "":
		p.state = partBroken
		return nil, false
	}
	if top.others[key] {
		p.fit.kinds |= byDuplicate.set()
		return nil, false
	}
	if o.other != nil {
		return o.other, true
	}
	return freeNode, true
}

// take notes that a value of an object has come.
func (p *partial) take(top *openPart, v *value, c int32) {
	if top.object == nil {
		return
	}
	p.fit.mend(v.keyFixes)
	if j := top.property(v.key); j >= 0 {
		top.props[j], top.known = c, true
		return
	}
	if top.others == nil {
		top.others = map[string]bool{}
	}
	top.others[v.key] = true
}

// before writes what comes before a value of top: a comma and the key.
func (p *partial) before(top *openPart, key string) {
	f := p.fit
	if top.count > 0 {
		f.out = append(f.out, ',')
	}
	if top.array != nil {
		return
	}
	if j := top.property(key); j >= 0 {
		f.out = append(f.out, top.object.props[j].quoted...)
		return
	}
	f.writeKey(key)
}

// enter begins to write the container i, which is being read, if it is clear what the schema wants there.
func (p *partial) enter(n *node, i int32) bool {
	v := p.fit.tree.at(i)
	if n.union != nil {
		if n = p.branch(n.union, i); n == nil {
			return false
		}
	}
	part := openPart{node: n, index: i, start: len(p.fit.out)}
	switch {
	case n.values != nil || n.union != nil:
		return false
	case v.form == formObject && n.kinds&kindObject != 0:
		if part.object = n.object; part.object == nil {
			part.object = anyObject
		}
		part.props = make([]int32, len(part.object.props))
		p.fit.out = append(p.fit.out, '{')
	case v.form == formArray && n.kinds&kindArray != 0:
		if part.array = n.array; part.array == nil {
			part.array = anyArray
		}
		if part.array.unique {
			return false // whether an item comes twice shows at the end
		}
		p.fit.out = append(p.fit.out, '[')
	default:
		return false
	}
	if len(p.open) > 0 {
		p.take(&p.open[len(p.open)-1], v, i)
	}
	p.open = append(p.open, part)
	return true
}

var (
	anyObject = &objectRules{maxProps: -1}
	anyArray  = &arrayRules{maxItems: -1}
)

// branch returns the branch of a union that a container which is being read fits, or nil when that is not clear yet.
func (p *partial) branch(u *union, i int32) *node {
	t := typeObject
	if p.fit.tree.at(i).form == formArray {
		t = typeArray
	} else if u.tag != "" {
		return p.tagged(u, i)
	}
	if len(u.byType[t]) == 1 {
		return u.byType[t][0]
	}
	return nil
}

// tagged returns the branch of the tag of the object i, when that has come. It looks at each value once.
func (p *partial) tagged(u *union, i int32) *node {
	t := p.fit.tree
	if p.tagless != i {
		p.tagless, p.seen = i, 0
	}
	c := t.at(i).first
	if p.seen != 0 {
		c = t.at(p.seen).next
	}
	for ; c != 0; c = t.at(c).next {
		p.seen = c
		if m := t.at(c); m.key == u.tag && m.form == formString {
			return u.byTag[m.string()]
		}
	}
	return nil
}

// leave ends the innermost part.
func (p *partial) leave(top *openPart, v *value) {
	f := p.fit
	if top.object != nil && !top.known && top.node.object != nil && top.object.closed {
		f.out = f.out[:top.start] // what is meant may stand in another form
		if !p.whole(top.node, top.index) {
			f.out = append(f.out, '{')
		}
	} else {
		f.mend(v.fixes)
		p.end(top)
	}
	if p.state == partBroken {
		return
	}
	last := top.index
	p.open = p.open[:len(p.open)-1]
	if len(p.open) == 0 {
		p.state = partComplete
		return
	}
	outer := &p.open[len(p.open)-1]
	outer.last = last
	outer.count++
}

func (p *partial) end(top *openPart) {
	f := p.fit
	if top.array != nil {
		if top.array.wrongCount(top.count) != "" {
			p.state = partBroken
			return
		}
		f.out = append(f.out, ']')
		return
	}
	written, err := f.addMissing(top.object, top.props, top.count)
	if err != nil || top.object.wrongCount(written) != "" {
		p.state = partBroken
		return
	}
	f.out = append(f.out, '}')
}

// growString writes what has come of a string that is being read, if the schema wants any string there.
func (p *partial) growString(top *openPart) {
	r := &p.finder.reader
	if len(r.stack) == 0 || r.top().index != top.index || r.top().state != wantValue || r.quoting == nil || r.quoting.dedent || r.scan == 0 {
		return
	}
	if !p.str.active {
		n, ok := (*node)(nil), true
		if top.array != nil {
			n = top.array.item(top.count)
			ok = top.array.maxItems < 0 || top.count < top.array.maxItems
		} else {
			n, ok = p.wantedKey(top, r.key, r.keyFixes)
		}
		if !ok || !n.takesAnyString() {
			return
		}
		p.before(top, r.key)
		p.fit.out = append(p.fit.out, '"')
		from := r.pos + len(r.quoting.open)
		p.str = openString{active: true, from: from, to: from}
	}
	s := &p.str
	to := r.scan - splitPair(r.text[s.to:r.scan])
	if to <= s.to {
		return
	}
	part := r.text[s.to:to]
	if strings.IndexByte(part, '\\') >= 0 {
		part = string(appendUnescaped(nil, part, r.quoting))
	}
	s.to = to
	s.length += len(part)
	p.fit.out = appendEscaped(p.fit.out, part)
}

// splitPair returns the length of the first half of a surrogate pair at the end of a string, whose second half is to come.
func splitPair(text string) int {
	if n := len(text) - 6; n >= 0 && text[n] == '\\' && text[n+1] == 'u' && escapeLen(text[n:]) == 6 {
		if r := hex4(text[n+2:]); utf16.IsSurrogate(r) && r < 0xDC00 {
			return 6
		}
	}
	return 0
}

// endString writes the rest of the string v.
func (p *partial) endString(v *value) {
	top := &p.open[len(p.open)-1]
	p.take(top, v, 1)
	p.fit.mend(v.fixes)
	text := v.string()
	p.fit.out = appendEscaped(p.fit.out, text[min(p.str.length, len(text)):])
	p.fit.out = append(p.fit.out, '"')
	p.str = openString{}
	top.count++
}

// takesAnyString reports whether any string fits n better than it would fit as anything else.
func (n *node) takesAnyString() bool {
	if n.union == nil {
		return n.free || n.kinds&kindString != 0 && n.text == nil && n.values == nil
	}
	of := n.union.byType[typeString]
	return len(of) == 1 && of[0].takesAnyString()
}
