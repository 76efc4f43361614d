package output

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Stream reads one answer while it is written. It is for one goroutine.
type Stream struct {
	p     *Parser
	text  strings.Builder // UTF-8; while the lane is open, what comes before its own
	lead  int             // how much white space it begins with
	ink   int             // where the white space at its end begins, which does not count unless more text comes
	half  string          // the beginning of a rune whose end is to come
	fixed bool            // bytes that were not UTF-8 have been replaced
	size  int             // of all that was written

	lane    lane
	held    []byte  // what the lane has shown, until the finder shows as much
	heldAt  int     // when that is to be looked at
	finder  *finder // once the lane is left
	looked  int     // how many candidates of the finder have been dealt with
	shown   *partial
	shownAt int // which candidate that is

	restarts int
	result   Result
	err      error
	over     bool
}

// Stream returns a reader for an answer that comes in parts.
func (p *Parser) Stream() *Stream {
	return &Stream{p: p, lane: lane{node: p.root}}
}

// Write reads the next part of the text. It may end anywhere, within a rune too. What it costs depends on the part alone,
// not on what came before. After Done it does nothing.
func (s *Stream) Write(delta string) {
	if s.over || s.size+len(delta) > s.p.maxSize() {
		s.size += len(delta)
		return
	}
	s.size += len(delta)
	delta = s.half + delta
	end := len(delta) - halfRune(delta)
	s.half = delta[end:]
	s.take(delta[:end])
}

// take reads on with text that ends with a rune.
func (s *Stream) take(delta string) {
	delta, fixed := soundText(delta)
	s.fixed = s.fixed || fixed
	if s.finder != nil {
		s.append(delta)
		s.find()
		return
	}
	if s.lane.text == "" && len(s.lane.out) == 0 {
		delta = s.skipLead(delta)
	}
	if delta != "" && !s.lane.read(delta) {
		s.leaveLane()
	}
}

// skipLead returns delta without the white space that the text begins with.
func (s *Stream) skipLead(delta string) string {
	rest := delta
	if s.text.Len() == 0 {
		rest = strings.TrimPrefix(rest, "\uFEFF")
	}
	rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
	s.append(delta[:len(delta)-len(rest)])
	s.lead = s.text.Len()
	return rest
}

// leaveLane reads the text again, as what it is: anything.
func (s *Stream) leaveLane() {
	s.held = s.lane.json()
	s.closeLane()
	s.finder = newFinder(newTree(0))
	s.shown = newPartial(s.finder)
	s.find()
}

// closeLane takes over the text that the lane has.
func (s *Stream) closeLane() {
	s.append(string(s.lane.out) + s.lane.text)
	s.lane = lane{}
}

// inked is the text without the white space around it.
func (s *Stream) inked() string { return s.text.String()[s.lead:max(s.lead, s.ink)] }

// catchUp shows what the finder has found once it says all that the lane had said. As each look costs as much as there is
// to see, there is one only when there is twice as much.
func (s *Stream) catchUp() {
	n := len(s.shown.fit.out)
	if s.held == nil || n < s.heldAt && s.shown.state == partOpen {
		return
	}
	if now := s.shown.json(); now != nil && extends(string(s.held), string(now)) {
		s.held = nil
	}
	s.heldAt = 2*n + 1
}

// find reads on in the text, and shows what it finds.
func (s *Stream) find() {
	s.finder.text = s.inked()
	s.finder.run()
	s.show()
	s.finder.tree.known = len(s.finder.tree.values)
	s.catchUp()
}

// append adds to the text.
func (s *Stream) append(delta string) {
	if free := s.text.Cap() - s.text.Len(); free < len(delta) {
		s.text.Grow(max(len(delta), s.text.Cap(), smallAnswer))
	}
	if rest := strings.TrimRightFunc(delta, unicode.IsSpace); rest != "" {
		s.ink = s.text.Len() + len(rest)
	}
	s.text.WriteString(delta)
}

// smallAnswer is the first size of what is kept of an answer, in bytes; it doubles from there.
const smallAnswer = 2 << 10

// halfRune returns the length of the beginning of a rune at the end of text.
func halfRune(text string) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if c := text[len(text)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRuneInString(text[len(text)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// Partial returns what is known of the answer so far: JSON that fits the schema but for the parts that have not come.
// Numbers, booleans, enums and strings with a pattern or a format are there when they are complete, other strings grow.
// What was there stays, unless a later candidate proves to be the answer; Restarts counts that. It is nil before anything
// is known, and the whole answer after Done. The bytes are valid until the next Write.
func (s *Stream) Partial() []byte {
	switch {
	case s.over:
		return s.result.JSON
	case s.finder == nil:
		return s.lane.json()
	case s.held != nil:
		return s.held
	}
	return s.shown.json()
}

// Settled returns the part of Partial that the text itself has, without the quotes and brackets that Partial closes: what is
// closed in it is complete. It is nil before anything is known, while a reading is doubtful, and where the answer needs more
// repair than it may. It grows as long as reading is the same; another reading may write the same values in another way. The
// bytes are valid until the next Write.
func (s *Stream) Settled() (settled []byte, reading int) {
	allowed := s.p.options.Leniency.allowed()
	switch {
	case s.over:
		return s.result.JSON, -1
	case s.finder == nil:
		return s.lane.out, 0
	case s.held != nil, allowed == 0, s.shown.fit.kinds&^allowed != 0:
		return nil, 1 + s.restarts
	}
	return s.shown.fit.out, 1 + s.restarts
}

// Restarts returns how often what Partial had returned was taken back.
func (s *Stream) Restarts() int { return s.restarts }

// Done ends the text. The result and the error are those of Parse for all of it.
func (s *Stream) Done() (Result, error) {
	if s.over {
		return s.result, s.err
	}
	before := s.Partial()
	if limit := s.p.maxSize(); s.size > limit {
		s.closeLane()
		return s.end(Result{}, tooLarge(s.text.String(), s.size, limit))
	}
	if s.half != "" {
		s.take(s.half)
	}
	if s.finder == nil && !s.fixed && s.lane.state == laneDone { // Parse would say the same
		return s.end(Result{JSON: before}, nil)
	}
	if s.finder == nil {
		s.closeLane()
	} else {
		s.finder.text = s.inked()
	}
	r, err := s.p.parse(s.text.String(), s.fixed, s.finder)
	if err != nil {
		e := *err
		e.Snippet = snippet(s.text.String())
		return s.end(Result{}, &e)
	}
	if before != nil && !bytes.Equal(before, r.JSON) && !extends(string(before), string(r.JSON)) {
		s.restarts++
	}
	return s.end(r, nil)
}

// end keeps what Done returns, and lets go of what led to it.
func (s *Stream) end(r Result, err error) (Result, error) {
	s.over, s.result, s.err = true, r, err
	s.finder, s.shown, s.held = nil, nil, nil
	return r, err
}

// show brings what is shown up to date with what the finder has found.
func (s *Stream) show() {
	found := s.finder.found
	for ; s.looked < len(found); s.looked++ {
		c := &found[s.looked]
		open := s.finder.inside && s.looked == len(found)-1
		if !open || s.ready(c) {
			s.consider(c, open)
		}
		if open {
			return
		}
	}
}

// ready reports whether a candidate that is being read can no longer turn out to be none.
func (s *Stream) ready(c *candidate) bool {
	v := s.finder.tree.at(c.root)
	if v.form == formArray {
		return !s.finder.doubtful
	}
	return v.first != 0 || !s.finder.doubtful && len(s.finder.stack) == 1 && s.finder.top().state == wantValue
}

// consider shows the candidate that is looked at, if there is nothing better to show.
func (s *Stream) consider(c *candidate, open bool) {
	switch {
	case c.thought || !s.meant(c, open):
		return
	case s.shown.root != 0 && s.shownAt == s.looked: // it is shown already
	case s.shown.root == 0 || s.shown.state == partBroken || s.finder.found[s.shownAt].thought:
		s.replace(c)
	case open: // another one has been shown to its end; whether this one is better shows at its own
		return
	default:
		cost, ok := s.cost(c)
		if best, _ := s.cost(&s.finder.found[s.shownAt]); !ok || cost >= best {
			return
		}
		s.replace(c)
	}
	s.shown.advance()
}

// cost returns what a candidate that is complete costs, as Parse has it.
func (s *Stream) cost(c *candidate) (cost int, ok bool) {
	cost, ok = s.shown.fit.costOf(s.p.root, c.root)
	place, _ := c.place(s.finder.text)
	return cost + place, ok
}

// meant reports whether the candidate c is meant as the answer, as far as can be told.
func (s *Stream) meant(c *candidate, open bool) bool {
	switch {
	case !s.p.takesText():
		return true
	case !open:
		return s.p.meant(s.shown.fit, c.root)
	case s.finder.tree.at(c.root).count > fewKeys: // looked at often enough
		return s.shown.root != 0 && s.shownAt == s.looked
	}
	return s.shown.fit.sharesKey(s.p.root, c.root)
}

// replace shows another candidate in place of the one that is shown, from its beginning.
func (s *Stream) replace(c *candidate) {
	if len(s.shown.fit.out) > 0 || s.held != nil && s.shown.root != 0 {
		s.restarts++
		s.held = nil
	}
	s.shown.begin(s.p.root, c.root)
	s.shownAt = s.looked
}
