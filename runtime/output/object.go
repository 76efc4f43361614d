package output

import "strconv"

// member is one key of an object, with its value: where it stands in the output, and whether it stays there.
type member struct {
	start, end int
	key        string // of a key that the schema does not name, and only then
	other      bool   // the schema does not name the key
	alias      bool   // the key was spelled in another way
	dead       bool   // to be left out
}

// ambiguous is the slot of a property that several other spellings were found of.
const ambiguous = -1

// object is an object while it is read.
type object struct {
	*objectRules
	members, slots int            // where its own begin
	next           int            // the property that is likely to come next
	missing        int            // required properties that have not come yet
	dead           int            // members that will be left out
	others         map[string]int // members of other keys by key, once there are many
	aliasErr       *Error         // why the other spelling of a property did not fit
	aliasProp      int
}

const fewKeys = 16

func (f *fitter) fitObject(n *node) *Error {
	if n.kinds&kindObject == 0 {
		return f.misfit(n.want, "an object")
	}
	start := f.written()
	if n.object == nil {
		if !f.skipObject(MaxDepth - f.depth) {
			return f.syntax()
		}
	} else if err := f.readObject(n); err != nil {
		return err
	}
	return f.checkWhole(n, start, "an object")
}

// checkWhole compares the array or object that was written from start on with the values that the schema lists.
func (f *fitter) checkWhole(n *node, start int, got string) *Error {
	if n.values == nil {
		return nil
	}
	f.flush(f.pos)
	canonical := string(appendCanonical(nil, string(f.out[start:])))
	for _, v := range n.values.others {
		if v == canonical {
			return nil
		}
	}
	return f.misfit(n.want, got+" that is not among them")
}

func (f *fitter) readObject(n *node) *Error {
	if err := f.enter(); err != nil {
		return err
	}
	start := f.written()
	o := object{objectRules: n.object, members: len(f.members), slots: len(f.slots), missing: n.object.required, aliasProp: -1}
	for range o.props {
		f.slots = append(f.slots, 0)
	}
	f.pos++
	if f.peek() != '}' {
		for {
			if err := f.readMember(&o); err != nil {
				return err
			}
			if f.peek() == '}' {
				break
			}
			if !f.accept(',', "a comma or } after the value") {
				return f.syntax()
			}
		}
	}
	if err := f.closeObject(&o, start); err != nil {
		return err
	}
	f.pos++
	f.members, f.slots = f.members[:o.members], f.slots[:o.slots]
	f.depth--
	return nil
}

func (f *fitter) readMember(o *object) *Error {
	f.space()
	keyPos := f.pos
	m := member{start: f.written()}
	body, escaped, ok := f.key()
	if !ok {
		return f.syntax()
	}
	name := unescape(body, escaped)
	if i := o.find(name); i >= 0 {
		return f.readProperty(o, i, m)
	}
	if i := o.findFolded(name); i >= 0 {
		if done, err := f.readAlias(o, i, m, keyPos, keyPos+len(body)+2, name); done || err != nil {
			return err
		}
	}
	return f.readOther(o, m, name)
}

// readProperty reads the value of the property i under its own name. It takes the place of what was read for it before.
func (f *fitter) readProperty(o *object, i int, m member) *Error {
	p := &o.props[i]
	o.next = i + 1
	slot := &f.slots[o.slots+i]
	if *slot > 0 {
		f.members[*slot-1].dead = true
		o.dead++
		f.pushKey(p.name)
		f.repair(RepairDuplicate)
		f.pop()
	} else if p.required {
		o.missing--
	}
	if o.names != nil {
		if err := f.checkName(o.names, p.name); err != nil {
			return err
		}
	}
	f.pushKey(p.name)
	if f.peek() == 'n' && !p.required && p.node.kinds&kindNull == 0 {
		*slot = 0
		return f.dropNull(o, m)
	}
	if err := f.fit(p.node); err != nil {
		return err
	}
	f.pop()
	f.slots[o.slots+i] = f.add(m)
	return nil
}

// dropNull leaves out an optional property that may not be null: models write null for what they leave open.
func (f *fitter) dropNull(o *object, m member) *Error {
	if !f.skip(MaxDepth - f.depth) {
		return f.syntax()
	}
	f.repair(RepairNull)
	f.pop()
	m.dead = true
	o.dead++
	f.add(m)
	return nil
}

// add takes m, which ends here, among the members, and returns its slot.
func (f *fitter) add(m member) int32 {
	m.end = f.written()
	f.members = append(f.members, m)
	return int32(len(f.members))
}

// readAlias reads the value of a key that is another spelling of the property i. It is not done when the property has
// come already, or the value does not fit it.
func (f *fitter) readAlias(o *object, i int, m member, keyPos, keyEnd int, name string) (done bool, err *Error) {
	p := &o.props[i]
	switch slot := f.slots[o.slots+i]; {
	case slot == ambiguous:
		return false, nil
	case slot > 0 && !f.members[slot-1].alias:
		return false, nil
	case slot > 0: // two spellings, neither of them right
		f.members[slot-1].dead = true
		o.dead++
		f.slots[o.slots+i] = ambiguous
		if p.required {
			o.missing++
		}
		return false, nil
	}
	f.flush(keyPos) // before the mark, so that no reset undoes it
	before := f.mark()
	f.pushKey(name)
	f.repair(RepairKey)
	f.pop()
	valuePos := f.pos
	f.out = appendQuoted(f.out, p.name)
	f.from = keyEnd
	f.pushKey(p.name)
	if err := f.fit(p.node); err != nil {
		if err.Kind != KindSchema {
			return false, err
		}
		spent := f.pos - valuePos
		f.reset(before)
		o.aliasErr, o.aliasProp = err, i
		return false, f.spend(spent)
	}
	f.pop()
	m.alias = true
	f.slots[o.slots+i] = f.add(m)
	if p.required {
		o.missing--
	}
	return true, nil
}

// readOther reads the value of a key that the schema does not name.
func (f *fitter) readOther(o *object, m member, name string) *Error {
	if o.names != nil && !o.closed {
		if err := f.checkName(o.names, name); err != nil {
			return err
		}
	}
	f.pushKey(name)
	if o.closed {
		f.repair(RepairUnknown)
		if !f.skip(MaxDepth - f.depth) {
			return f.syntax()
		}
		m.dead = true
		o.dead++
		f.pop()
		f.add(m)
		return nil
	}
	if o.other == nil {
		if !f.skip(MaxDepth - f.depth) {
			return f.syntax()
		}
	} else if err := f.fit(o.other); err != nil {
		return err
	}
	m.key, m.other = name, true
	f.dropEqual(o, name)
	f.pop()
	f.add(m)
	return nil
}

// dropEqual leaves out an earlier member of the same key.
func (f *fitter) dropEqual(o *object, name string) {
	if o.others == nil {
		own := f.members[o.members:]
		if len(own) < fewKeys {
			for i := range own {
				if own[i].other && own[i].key == name && !own[i].dead {
					f.dropDuplicate(o, i)
				}
			}
			return
		}
		o.others = make(map[string]int, 2*len(own))
		for i := range own {
			if own[i].other && !own[i].dead {
				o.others[own[i].key] = i
			}
		}
	}
	if i, ok := o.others[name]; ok {
		f.dropDuplicate(o, i)
	}
	o.others[name] = len(f.members) - o.members
}

func (f *fitter) dropDuplicate(o *object, i int) {
	f.members[o.members+i].dead = true
	o.dead++
	f.repair(RepairDuplicate)
}

// closeObject leaves out what does not stay, adds what can be added and looks for what is missing. The current position
// is the closing brace.
func (f *fitter) closeObject(o *object, start int) *Error {
	if o.dead > 0 {
		f.compact(o, start)
	}
	live := len(f.members) - o.members - o.dead
	if o.missing > 0 {
		for i := range o.props {
			p := &o.props[i]
			if !p.required || f.slots[o.slots+i] > 0 {
				continue
			}
			if err := f.addMissing(o, i, live); err != nil {
				return err
			}
			live++
		}
	}
	if live < o.minProps {
		return f.misfit("at least "+count(o.minProps, "key"), strconv.Itoa(live))
	}
	if o.maxProps >= 0 && live > o.maxProps {
		return f.misfit("at most "+count(o.maxProps, "key"), strconv.Itoa(live))
	}
	return nil
}

func (f *fitter) addMissing(o *object, i, live int) *Error {
	p := &o.props[i]
	if p.fallback == "" {
		if o.aliasProp == i {
			return o.aliasErr
		}
		f.pushKey(p.name)
		return f.misfit(p.node.want, "nothing: the key is missing")
	}
	f.flush(f.pos)
	if live > 0 {
		f.out = append(f.out, ',')
	}
	f.out = appendQuoted(f.out, p.name)
	f.out = append(f.out, ':')
	f.out = append(f.out, p.fallback...)
	f.pushKey(p.name)
	f.repair(RepairMissing)
	f.pop()
	return nil
}

// compact rewrites the object, which begins at start in the output, without its dead members.
func (f *fitter) compact(o *object, start int) {
	f.flush(f.pos)
	end := start + 1
	for _, m := range f.members[o.members:] {
		if m.dead {
			continue
		}
		if end > start+1 {
			f.out[end] = ','
			end++
		}
		end += copy(f.out[end:], f.out[m.start:m.end])
	}
	f.out = f.out[:end]
}

// checkName checks a key against the schema of keys.
func (f *fitter) checkName(n *node, name string) *Error {
	if _, ok := n.values.text(name); n.values != nil && !ok {
		return f.misfit("keys that are "+n.want, showText(name))
	}
	if want := n.text.broken(name); want != "" {
		return f.misfit("keys that are "+want, showText(name))
	}
	return nil
}

// find returns the property of that name, or -1.
func (o *object) find(name string) int {
	if o.next < len(o.props) && o.props[o.next].name == name {
		return o.next
	}
	if i, ok := o.index[name]; ok {
		return i
	}
	return -1
}

// findFolded returns the one property whose name differs from name only in its spelling, or -1. Where other keys are
// allowed, such a key is one of them.
func (o *object) findFolded(name string) int {
	if !o.closed || len(name) > 256 {
		return -1
	}
	var buf [64]byte
	if i, ok := o.folded[string(appendFolded(buf[:0], name))]; ok {
		return i
	}
	return -1
}
