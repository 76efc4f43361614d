package output

import (
	"math/bits"
	"strconv"
	"sync"
)

// fitter fits values of one text to a schema. It writes what fits as JSON, and lists what it changed.
type fitter struct {
	tree *tree
	out  []byte
	path []step

	repairs []foundRepair
	paths   []byte    // of the repairs
	kinds   repairSet // of all repairs, listed or not
	cost    int       // of all repairs

	mute  bool // nothing is written
	quiet bool // nothing is listed, and errors are not worded

	slots []int32 // of the objects that are open: their members by property, and the properties of their members
	costs map[attempt]int32
	hops  int // how often the value at hand has been given to another schema
}

// attempt is a value that is tried with a schema.
type attempt struct {
	node  *node
	value int32
}

type step struct {
	key   string
	index int // of an array, when key is not set
	isKey bool
}

var fitters = sync.Pool{New: func() any { return new(fitter) }}

func newFitter(t *tree) *fitter {
	f := fitters.Get().(*fitter)
	f.tree = t
	return f
}

// What is kept for another text.
const (
	largeOutput = 64 << 10 // bytes
	largeTree   = 16 << 10 // values
)

// release keeps f for another text, unless it has grown large.
func (f *fitter) release() {
	f.tree.release()
	if cap(f.out) > largeOutput || cap(f.slots) > largeOutput/4 {
		return
	}
	clear(f.path[:cap(f.path)])
	*f = fitter{out: f.out[:0], slots: f.slots[:0], path: f.path[:0], repairs: f.repairs[:0], paths: f.paths[:0]}
	fitters.Put(f)
}

// foundRepair is a repair, and where its path ends among paths.
type foundRepair struct {
	repair repair
	end    int
}

// list returns the repairs that were made.
func (f *fitter) list() []Repair {
	if len(f.repairs) == 0 {
		return nil
	}
	paths, at := string(f.paths), 0
	all := make([]Repair, len(f.repairs))
	for i, r := range f.repairs {
		all[i] = Repair{Path: paths[at:r.end], Kind: repairs[r.repair].kind}
		at = r.end
	}
	return all
}

// result returns what was written.
func (f *fitter) result() Result {
	r := Result{JSON: f.out, Repairs: f.list(), made: f.kinds}
	if cap(f.out) > largeOutput || cap(f.out) > 2*len(f.out) {
		r.JSON = append([]byte(nil), f.out...)
	} else {
		f.out = nil // it is the caller's now
	}
	return r
}

// mark is a state to return to.
type mark struct {
	out, path, repairs, cost, hops int
	kinds                          repairSet
}

func (f *fitter) mark() mark {
	return mark{len(f.out), len(f.path), len(f.repairs), f.cost, f.hops, f.kinds}
}

func (f *fitter) goBack(m mark) {
	f.out, f.path, f.repairs, f.cost, f.hops, f.kinds = f.out[:m.out], f.path[:m.path], f.repairs[:m.repairs], m.cost, m.hops, m.kinds
	f.paths = f.paths[:f.pathsEnd()]
}

// pathsEnd is where the path of the last repair ends.
func (f *fitter) pathsEnd() int {
	if n := len(f.repairs); n > 0 {
		return f.repairs[n-1].end
	}
	return 0
}

// costOf returns what fitting the value i to n costs. It is not ok when it does not fit. Each pair is tried once, which
// keeps the time for a text linear in its size, whatever the schema.
func (f *fitter) costOf(n *node, i int32) (cost int, ok bool) {
	a := attempt{n, i}
	if c, known := f.costs[a]; known {
		return int(c), c >= 0
	}
	if f.costs == nil {
		f.costs = map[attempt]int32{}
	}
	f.costs[a] = -1 // while it is tried, it is no way to fit itself
	before, mute, quiet := f.mark(), f.mute, f.quiet
	f.mute, f.quiet, f.cost = true, true, 0
	if err := f.fit(n, i); err == nil {
		cost, ok = f.cost, true
		f.costs[a] = int32(cost)
	}
	f.mute, f.quiet = mute, quiet
	f.goBack(before)
	return cost, ok
}

// fit fits the value i to n, in the form that it has or in another that means the same.
func (f *fitter) fit(n *node, i int32) *Error {
	if n.union != nil {
		return f.fitUnion(n, i)
	}
	before := f.mark()
	v := f.tree.at(i)
	f.mend(v.fixes)
	if n.free {
		f.writeAny(i)
		return nil
	}
	matched := false
	var err *Error
	switch v.form {
	case formArray:
		err = f.fitArray(n, i)
	case formObject:
		matched, err = f.fitObject(n, i)
	default:
		err = f.fitScalar(n, v)
	}
	if err == nil && !matched && v.form == formObject && n.object != nil && n.object.closed {
		if f.unwraps(n, i) { // all that was said would be dropped
			f.goBack(before)
			f.repair(byUnwrapped)
			return f.fitAnew(n, f.tree.at(i).first)
		}
	}
	if err == nil || matched {
		return err
	}
	if s := f.bestShape(n, i); s.as != asItIs {
		f.goBack(before)
		if f.mute && f.quiet { // only the cost is asked for
			f.cost += s.cost
			return nil
		}
		return f.fitShape(n, i, s)
	}
	if n.wrapper && !f.quiet { // it is the value that does not fit
		f.goBack(before)
		return f.fitShape(n, i, shape{as: asContent})
	}
	return err
}

// write appends text to the JSON.
func (f *fitter) write(json string) {
	if !f.mute {
		f.out = append(f.out, json...)
	}
}

// mend lists what it took to read a value.
func (f *fitter) mend(x fixes) {
	for x != 0 {
		b := bits.TrailingZeros16(uint16(x))
		f.repair(repair(b))
		x &^= 1 << b
	}
}

// repair lists a repair at the current path.
func (f *fitter) repair(r repair) {
	f.cost += repairs[r].cost
	f.kinds |= r.set()
	if !f.quiet && len(f.repairs) < MaxRepairs {
		f.paths = f.appendWhere(f.paths)
		f.repairs = append(f.repairs, foundRepair{r, len(f.paths)})
	}
}

// repairAt lists a repair below the current path.
func (f *fitter) repairAt(key string, r repair) {
	f.pushKey(key)
	f.repair(r)
	f.pop()
}

func (f *fitter) pushKey(key string) { f.path = append(f.path, step{key: key, isKey: true}) }

func (f *fitter) pop() { f.path = f.path[:len(f.path)-1] }

// where is the current path.
func (f *fitter) where() string {
	if len(f.path) == 0 {
		return "$"
	}
	return string(f.appendWhere(nil))
}

func (f *fitter) appendWhere(b []byte) []byte {
	b = append(b, '$')
	for i := range f.path {
		b = f.path[i].append(b)
	}
	return b
}

func (s *step) append(b []byte) []byte {
	switch {
	case !s.isKey:
		b = append(b, '[')
		b = strconv.AppendInt(b, int64(s.index), 10)
		return append(b, ']')
	case isIdentifier(s.key):
		b = append(b, '.')
		return append(b, s.key...)
	}
	b = append(b, '[')
	b = appendQuoted(b, shorten(s.key, 60))
	return append(b, ']')
}

func isIdentifier(s string) bool {
	if s == "" || len(s) > 60 || isDigit(s[0]) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '_' && !isDigit(c) && !isLetter(c) {
			return false
		}
	}
	return true
}

// misfit is the error of a value that is not what the schema wants. got is a description of it.
func (f *fitter) misfit(want, got string) *Error {
	if f.quiet {
		return errQuiet
	}
	path := f.where()
	return &Error{Path: path, Kind: KindSchema, Message: at(path, "want "+want+", got "+got)}
}

// misfits is the error of the value v.
func (f *fitter) misfits(n *node, v *value) *Error {
	if f.quiet {
		return errQuiet
	}
	return f.misfit(n.want, v.describe())
}

// writeAny writes a value of which the schema says nothing.
func (f *fitter) writeAny(i int32) {
	v := f.tree.at(i)
	switch v.form {
	case formArray:
		f.write("[")
		for c, n := v.first, 0; c != 0; c, n = f.tree.at(c).next, n+1 {
			if n > 0 {
				f.write(",")
			}
			f.path = append(f.path, step{index: n})
			f.mend(f.tree.at(c).fixes)
			f.writeAny(c)
			f.pop()
		}
		f.write("]")
	case formObject:
		f.writeAnyObject(v)
	case formNull, formEmpty:
		f.write("null")
	case formBool:
		f.write(boolWord(v.text[0]|0x20 == 't'))
	case formNumber:
		f.write(v.text)
	case formBare:
		if literal, ok := v.numeral(); ok {
			f.repair(byNumber)
			f.write(literal)
			return
		}
		f.writeString(v)
	default:
		f.writeString(v)
	}
}

func (f *fitter) writeString(v *value) {
	if !f.mute {
		f.out = v.appendString(f.out)
	}
}

func (f *fitter) writeAnyObject(v *value) {
	f.write("{")
	last := f.tree.lastOfEach(v)
	first := true
	for c := v.first; c != 0; {
		m := f.tree.at(c)
		f.pushKey(m.key)
		switch {
		case m.keyFixes&fixDropped != 0:
			f.repair(byDropped)
		case last != nil && last[m.key] != c:
			f.repair(byDuplicate)
		default:
			if !first {
				f.write(",")
			}
			first = false
			f.mend(m.keyFixes)
			f.writeKey(m.key)
			f.mend(m.fixes)
			f.writeAny(c)
		}
		f.pop()
		c = f.tree.at(c).next
	}
	f.write("}")
}

func (f *fitter) writeKey(key string) {
	if !f.mute {
		f.out = appendQuoted(f.out, key)
		f.out = append(f.out, ':')
	}
}
