package output

import (
	"strconv"
	"strings"
	"sync"
)

// fitter is one pass over one text. What fits is not copied at once: the text from position from on is still to be
// written, so that an answer which needs no repair is copied once, as a whole.
type fitter struct {
	scanner
	depth int

	out  []byte // what is written
	from int    // where in the text the rest begins

	members []member // of the objects that are open
	slots   []int32  // of the objects that are open: for each property 0, or 1 + its place in members, or ambiguous

	path     []step
	repairs  []Repair
	repaired int // how many repairs there were, listed or not
	base     int // how many of repairs are of the text, not of the JSON in it

	work      int // how many bytes may still be read again
	exhausted bool
	quiet     int // above 0, errors are not worded
}

type step struct {
	key   string
	index int // of an array, when key is not set
	isKey bool
}

var fitters = sync.Pool{New: func() any { return new(fitter) }}

func newFitter() *fitter { return fitters.Get().(*fitter) }

// release keeps f for another text, unless it has grown large.
func (f *fitter) release() {
	const large = 64 << 10
	if cap(f.out) > large || cap(f.members) > large/16 || cap(f.slots) > large/4 {
		return
	}
	clear(f.members[:cap(f.members)])
	clear(f.path[:cap(f.path)])
	*f = fitter{out: f.out[:0], members: f.members[:0], slots: f.slots[:0], path: f.path[:0]}
	fitters.Put(f)
}

// begin starts over, with another text.
func (f *fitter) begin(text string) {
	f.scanner = scanner{text: text}
	f.depth, f.from, f.quiet, f.exhausted = 0, 0, 0, false
	f.out, f.members, f.slots, f.path = f.out[:0], f.members[:0], f.slots[:0], f.path[:0]
	f.repairs, f.repaired = f.repairs[:f.base], f.base
	f.work = 32*len(text) + 64<<10
}

// document fits the whole text.
func (f *fitter) document(n *node) *Error {
	if err := f.fit(n); err != nil {
		return err
	}
	if f.peek(); f.pos < len(f.text) {
		f.fail(f.pos, "the end of the text")
		return f.syntax()
	}
	return nil
}

// wraps reports whether the text begins like {"value".
func (f *fitter) wraps() bool { return beginsWrapped(f.text) }

func beginsWrapped(text string) bool {
	rest, ok := strings.CutPrefix(text, "{")
	return ok && strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n"), `"value"`)
}

// wrapped fits the whole text as the value of the key "value".
func (f *fitter) wrapped(n *node) *Error {
	f.repair(RepairWrapped)
	f.out = append(f.out, `{"value":`...)
	f.pushKey("value")
	if err := f.document(n); err != nil {
		return err
	}
	f.pop()
	f.flush(f.pos)
	f.out = append(f.out, '}')
	return nil
}

// result returns what was written.
func (f *fitter) result() Result {
	rest := f.text[f.from:f.pos]
	json := make([]byte, 0, len(f.out)+len(rest))
	json = append(append(json, f.out...), rest...)
	r := Result{JSON: json}
	if len(f.repairs) > 0 {
		r.Repairs = append([]Repair(nil), f.repairs...)
	}
	return r
}

// fit reads one value and writes it as n wants it.
func (f *fitter) fit(n *node) *Error {
	if n.union != nil {
		return f.fitUnion(n)
	}
	start := f.peek()
	switch {
	case n.free:
		if !f.skip(MaxDepth - f.depth) {
			return f.syntax()
		}
		return nil
	case start == '{':
		return f.fitObject(n)
	case start == '[':
		return f.fitArray(n)
	case start == '"':
		return f.fitString(n)
	case start == 't' || start == 'f':
		return f.fitBool(n, start == 't')
	case start == 'n':
		return f.fitNull(n)
	case start == '-' || isDigit(start):
		return f.fitNumber(n)
	}
	f.fail(f.pos, "a JSON value")
	return f.syntax()
}

func (f *fitter) enter() *Error {
	if f.depth++; f.depth > MaxDepth {
		f.fail(f.pos, depthWanted)
		return f.syntax()
	}
	return nil
}

// written is how long the output will be once all is written up to the current position.
func (f *fitter) written() int { return len(f.out) + f.pos - f.from }

// flush writes the text up to end.
func (f *fitter) flush(end int) {
	f.out = append(f.out, f.text[f.from:end]...)
	f.from = end
}

// replace writes json instead of the text from start to the current position.
func (f *fitter) replace(start int, json string) {
	f.flush(start)
	f.out = append(f.out, json...)
	f.from = f.pos
}

// mark is a place to come back to.
type mark struct {
	pos, depth, from, out, members, slots, path, repairs, repaired int
}

func (f *fitter) mark() mark {
	return mark{f.pos, f.depth, f.from, len(f.out), len(f.members), len(f.slots), len(f.path), len(f.repairs), f.repaired}
}

func (f *fitter) reset(m mark) {
	f.pos, f.depth, f.from, f.repaired = m.pos, m.depth, m.from, m.repaired
	f.out, f.members, f.slots = f.out[:m.out], f.members[:m.members], f.slots[:m.slots]
	f.path, f.repairs = f.path[:m.path], f.repairs[:m.repairs]
}

// spend accounts for n bytes that are read once more. It returns an error when that has happened too often, which keeps
// the time for a text linear in its size, whatever the schema.
func (f *fitter) spend(n int) *Error {
	f.work -= n + 16
	if f.work >= 0 {
		return nil
	}
	f.exhausted = true
	return &Error{Path: "$", Kind: KindTooLarge, Message: "the answer fits too many alternatives of the schema in too many ways: want a simpler one"}
}

func (f *fitter) pushKey(key string) { f.path = append(f.path, step{key: key, isKey: true}) }

func (f *fitter) pop() { f.path = f.path[:len(f.path)-1] }

// where is the current path.
func (f *fitter) where() string {
	b := []byte("$")
	for i := range f.path {
		b = f.path[i].append(b)
	}
	return string(b)
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
		if c := s[i]; c != '_' && !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// repair records a repair at the current path.
func (f *fitter) repair(kind RepairKind) {
	f.repaired++
	if len(f.repairs) < MaxRepairs {
		f.repairs = append(f.repairs, Repair{Path: f.where(), Kind: kind})
	}
}

// misfit is the error of a value that is not what the schema wants. got is a description of it.
func (f *fitter) misfit(want, got string) *Error {
	if f.quiet > 0 {
		return errQuiet
	}
	path := f.where()
	return &Error{Path: path, Kind: KindSchema, Message: at(path, "want "+want+", got "+got)}
}

// syntax is the error of text that is not JSON.
func (f *fitter) syntax() *Error {
	if f.quiet > 0 && f.wanted != depthWanted {
		return errSyntax
	}
	return brokenJSON(f.where(), f.text, f.bad, f.wanted)
}
