package output

import (
	"math"
	"strconv"
	"strings"
)

// What is known of a member of an object: the property that it is, or one of these.
const (
	otherKey = -1 - iota // of a key that the schema does not name
	deadKey              // left out
)

// fitObject fits the members of an object. matched reports whether one of its keys is a property of the schema.
func (f *fitter) fitObject(n *node, i int32) (matched bool, err *Error) {
	v := f.tree.at(i)
	if n.kinds&kindObject == 0 {
		return false, f.misfits(n, v)
	}
	start := len(f.out)
	if n.values != nil {
		defer func(mute bool) { f.mute = mute }(f.mute)
		f.mute = false
	}
	if n.object == nil {
		f.writeAnyObject(v)
	} else if matched, err = f.fitMembers(n.object, v); err != nil {
		return matched, err
	}
	return matched, f.checkWhole(n, start, "an object")
}

// checkWhole compares the array or object that was written from start on with the values that the schema lists.
func (f *fitter) checkWhole(n *node, start int, got string) *Error {
	if n.values == nil || n.values.other(string(f.out[start:])) {
		return nil
	}
	return f.misfit(n.want, got+" that is not among them")
}

// other reports whether an array or object is among the values.
func (v *values) other(json string) bool {
	if len(v.others) == 0 {
		return false
	}
	canonical := string(appendCanonical(nil, json))
	for _, o := range v.others {
		if o == canonical {
			return true
		}
	}
	return false
}

func (f *fitter) fitMembers(o *objectRules, v *value) (matched bool, err *Error) {
	base := len(f.slots)
	defer func() { f.slots = f.slots[:base] }()
	for range len(o.props) + int(v.count) {
		f.slots = append(f.slots, 0)
	}
	matched = f.assign(o, v, base)
	var last map[string]int32
	if !o.closed {
		last = f.tree.lastOfEach(v)
	}
	f.write("{")
	written := 0
	for c, k := v.first, 0; c != 0; c, k = f.tree.at(c).next, k+1 {
		kept, err := f.fitMember(o, c, f.slots[base+len(o.props)+k], f.slots[base:base+len(o.props)], last, written)
		if err != nil {
			return matched, err
		}
		if kept {
			written++
		}
	}
	if written, err = f.addMissing(o, f.slots[base:base+len(o.props)], written); err != nil {
		if v.fixes&fixTruncated != 0 && !f.quiet {
			return matched, breaksOff(err)
		}
		return matched, err
	}
	f.write("}")
	if want := o.wrongCount(written); want != "" {
		return matched, f.misfit(want, strconv.Itoa(written))
	}
	return matched, nil
}

// wrongCount returns what is wanted instead of n keys, or "".
func (o *objectRules) wrongCount(n int) string {
	if n < o.minProps {
		return "at least " + count(o.minProps, "key")
	}
	if o.maxProps >= 0 && n > o.maxProps {
		return "at most " + count(o.maxProps, "key")
	}
	return ""
}

// assign finds the property that each member is. The last of equal keys counts, as in encoding/json. A key that is spelled in
// another way counts when there is no right one, and one such key only.
func (f *fitter) assign(o *objectRules, v *value, base int) (matched bool) {
	props, members := f.slots[base:base+len(o.props)], f.slots[base+len(o.props):]
	next, others := 0, 0
	for c, k := v.first, 0; c != 0; k++ {
		m := f.tree.at(c)
		switch j := o.find(m.key, next); {
		case m.keyFixes&fixDropped != 0:
			members[k] = deadKey
		case j >= 0:
			props[j], members[k] = c, int32(j)
			next, matched = j+1, true
		default:
			members[k] = otherKey
			others++
		}
		c = m.next
	}
	if others == 0 || !o.closed {
		return matched
	}
	for c, k := v.first, 0; c != 0; c, k = f.tree.at(c).next, k+1 {
		if members[k] != otherKey {
			continue
		}
		j := o.findFolded(f.tree.at(c).key)
		if j < 0 || props[j] > 0 {
			continue
		}
		members[k] = int32(j)
		if props[j] == 0 {
			props[j], matched = -c, true
		} else {
			props[j] = severalKeys
		}
	}
	for j, c := range props {
		if c == severalKeys {
			props[j] = 0
		} else if c < 0 {
			props[j] = -c
		}
	}
	return matched
}

// severalKeys is the slot of a property that comes under several names, none of which is right.
const severalKeys = math.MinInt32

// fitMember fits the member c, which is the property j, if that is one. It is not kept when it is left out.
func (f *fitter) fitMember(o *objectRules, c, j int32, props []int32, last map[string]int32, written int) (kept bool, err *Error) {
	m := f.tree.at(c)
	switch {
	case j == deadKey:
		f.repair(byDropped)
		return false, nil
	case j == otherKey:
		if last != nil && last[m.key] != c {
			f.repairAt(m.key, byDuplicate)
			return false, nil
		}
		return f.fitOther(o, c, written)
	case props[j] != c:
		kind := byUnknown
		if m.key == o.props[j].name {
			kind = byDuplicate
		}
		f.repairAt(m.key, kind)
		return false, nil
	}
	p := &o.props[j]
	if o.names != nil {
		if want := o.names.wrongName(p.name); want != "" {
			return false, f.misfit(want, showText(p.name))
		}
	}
	if m.key != p.name {
		f.repairAt(m.key, byKey)
	}
	f.pushKey(p.name)
	f.mend(m.keyFixes)
	if m.form == formNull && !p.required && p.node.kinds&kindNull == 0 {
		f.repair(byNull) // models write null for what they leave open
		f.pop()
		return false, nil
	}
	if written > 0 {
		f.write(",")
	}
	f.write(p.quoted)
	if err := f.fitAnew(p.node, c); err != nil {
		return false, err
	}
	f.pop()
	return true, nil
}

// fitAnew fits a value that is not the one at hand.
func (f *fitter) fitAnew(n *node, i int32) *Error {
	hops := f.hops
	f.hops = 0
	err := f.fit(n, i)
	f.hops = hops
	return err
}

// fitOther fits a member whose key the schema does not name.
func (f *fitter) fitOther(o *objectRules, c int32, written int) (kept bool, err *Error) {
	m := f.tree.at(c)
	if o.closed {
		f.repairAt(m.key, byUnknown)
		return false, nil
	}
	key := m.key
	if o.names != nil {
		if want := o.names.wrongName(key); want != "" {
			spelling, how := o.names.values.match(key)
			if how != spelled {
				return false, f.misfit(want, showText(key))
			}
			f.repairAt(key, byKey)
			key = spelling
		}
	}
	f.pushKey(key)
	f.mend(m.keyFixes)
	if written > 0 {
		f.write(",")
	}
	f.writeKey(key)
	other := o.other
	if other == nil {
		other = freeNode
	}
	if err := f.fitAnew(other, c); err != nil {
		return false, err
	}
	f.pop()
	return true, nil
}

// addMissing adds what stands for required properties that did not come.
func (f *fitter) addMissing(o *objectRules, props []int32, written int) (int, *Error) {
	for j := range o.props {
		p := &o.props[j]
		if !p.required || props[j] != 0 {
			continue
		}
		if p.fallback == "" {
			f.pushKey(p.name)
			return written, f.misfit(p.node.want, noKey)
		}
		if written > 0 {
			f.write(",")
		}
		f.write(p.quoted)
		f.write(p.fallback)
		f.repairAt(p.name, byMissing)
		written++
	}
	return written, nil
}

// noKey is what there is where a key is missing.
const noKey = "nothing: the key is missing"

// breaksOff rewords the error of a missing key for an answer that was cut.
func breaksOff(err *Error) *Error {
	e := *err
	e.Kind = KindParse
	e.Message = strings.Replace(e.Message, noKey, "nothing: the answer breaks off before that key", 1)
	return &e
}

// wrongName returns what is wanted instead of a key, or "".
func (n *node) wrongName(name string) string {
	if n.values != nil && !n.values.has(name) {
		return "keys that are " + n.want
	}
	if want := n.text.broken(name); want != "" {
		return "keys that are " + want
	}
	return ""
}

// find returns the property of that name, or -1. next is the one that is likely.
func (o *objectRules) find(name string, next int) int {
	if next < len(o.props) && o.props[next].name == name {
		return next
	}
	if i, ok := o.index[name]; ok {
		return i
	}
	return -1
}

// findFolded returns the one property whose name differs from name only in its spelling, or -1. Where other keys are
// allowed, such a key is one of them.
func (o *objectRules) findFolded(name string) int {
	if !o.closed || len(name) > 256 {
		return -1
	}
	if i, ok := o.folded[foldTo(foldMarks, name)]; ok {
		return i
	}
	return -1
}
