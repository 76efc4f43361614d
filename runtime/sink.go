package alloy

import (
	"context"
	"sync"

	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/provider"
)

// sink is the reader of a stream, as the pipeline sees it: one of three functions, which report false when the reader has
// left. They run the body of the reader's loop, and so in its goroutine alone.
type sink struct {
	text    func(string) bool
	partial func(any) bool
	event   func(Event) bool
	items   *items // nil unless partial yields lists of elements

	left     bool        // the reader
	leave    func()      // ends the call
	panicked *panicError // the loop's body

	pieces  int            // of text, of the request under way
	bytes   int            // of text, of the request under way
	answer  *output.Stream // for partials of a typed command
	written []byte         // for those of a text command
	shown   int            // how long the answer was when the last partial was yielded

	mu    sync.Mutex
	queue []Event       // of goroutines that are not the reader's too
	came  chan struct{} // says that there are some
}

// pass runs the body of the loop. What panics there is not ours to recover, nor to lose: it is kept until the call has ended
// in order.
func (s *sink) pass(body func() bool) bool {
	if s.left {
		return false
	}
	ok := false
	defer func() { // the body may panic, or end the goroutine
		if ok {
			return
		}
		s.left = true
		if p := recover(); p != nil {
			s.panicked = &panicError{value: p}
		}
		if s.leave != nil {
			s.leave()
		}
	}()
	ok = body()
	return ok
}

// beginAnswer is told that a request begins: what was shown of the answer of the one before counts no more.
func (c *call) beginAnswer(ctx context.Context) *ConfigurationError {
	s := c.sink
	if s.pieces > 0 && s.text == nil && c.observed() {
		c.emit(ctx, Restarted{Meta: c.meta(), Model: c.target.model})
	}
	s.pieces, s.bytes, s.answer, s.shown = 0, 0, nil, 0
	s.written = s.written[:0]
	if s.partial != nil && c.cmd.form == formTyped {
		parser, err := c.cmd.parser()
		if err != nil {
			return err
		}
		s.answer = parser.With(c.set.reading).Stream()
	}
	return nil
}

// deliver gives a delta, or a whole answer, to the reader. It is the emit of the providers.
func (c *call) deliver(ctx context.Context, d provider.Delta, whole bool) error {
	s := c.sink
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.left {
		return errLeft
	}
	if d.Text == "" || c.toldTools() && !c.closed && !whole { // it may become a call of a tool
		return nil
	}
	s.pieces++
	s.bytes += len(d.Text)
	if c.observed() {
		c.emitDelta(ctx, d.Text)
	}
	switch {
	case s.text != nil:
		s.pass(func() bool { return s.text(d.Text) })
	case s.items != nil:
		c.showItems(d.Text)
	case s.partial != nil:
		c.showPartial(d.Text)
	}
	if s.left {
		return errLeft
	}
	return nil
}

// emitDelta tells the observers of a piece of text. Where secrets are to be hidden, which may stand across two pieces, only
// the reader, who has them anyway, gets it.
func (c *call) emitDelta(ctx context.Context, text string) {
	e := TextDelta{Meta: c.meta(), Model: c.target.model, Text: text}
	if !c.hides() {
		c.emit(ctx, e)
	} else if s := c.sink; s.event != nil {
		s.pass(func() bool { return s.event(e) })
	}
}

// partialShare is how much longer an answer must have become before it is decoded and shown again: by this part of it.
const partialShare = 64

func (c *call) showPartial(text string) {
	s := c.sink
	if c.cmd.form == formText {
		s.written = append(s.written, text...)
		if len(s.written)-s.shown > s.shown/partialShare {
			s.shown = len(s.written)
			s.pass(func() bool { return s.partial(string(s.written)) })
		}
		return
	}
	if s.answer == nil { // no answer is wanted
		return
	}
	before := s.answer.Restarts()
	s.answer.Write(text)
	known := s.answer.Partial()
	if known == nil || s.answer.Restarts() == before && len(known)-s.shown <= s.shown/partialShare {
		return
	}
	s.shown = len(known)
	if v, ok := c.cmd.partial(known, c.typed); ok {
		s.pass(func() bool { return s.partial(v) })
	}
}

// partial is the value of what is known of an answer. There may be none yet: of a union whose type is not known, say.
func (c *command) partial(known []byte, t typed) (v any, ok bool) {
	var err error
	defer recovered(&err) // of an UnmarshalJSON
	if c.wrapped {
		if known, err = unwrap(known); err != nil || known == nil {
			return nil, false
		}
	}
	v, err = t.partial(known)
	return v, err == nil
}

// showResult yields the last partial, which is the result; and a text or a list that came in no pieces.
func (c *call) showResult() {
	s := c.sink
	switch {
	case s == nil:
	case s.items != nil && s.items.whole:
	case s.partial != nil:
		s.pass(func() bool { return s.partial(c.typed.value()) })
	case s.text != nil && s.bytes == 0 && c.cmd.form == formText:
		s.pass(func() bool { return s.text(c.typed.value().(string)) })
	}
}

// isFinal reports whether a failed request, or a rejected answer, ends the call because of what has been delivered of it.
func (c *call) isFinal() bool {
	s := c.sink
	return s != nil && (s.left || s.text != nil && s.bytes > 0 || s.items != nil && len(s.items.yielded) > 0)
}

// interrupted is the failure of a request, or of an answer, of which something has been delivered: it ends the call.
func (c *call) interrupted(f *failure) *failure {
	if f == nil || f.ended || f.final || !c.isFinal() {
		return f
	}
	f.final = true
	if f.config == nil {
		f.err = &StreamInterrupted{Delivered: c.sink.bytes, Err: f.err}
	}
	return f
}

// Observe makes the reader of events one of the call's observers.
func (s *sink) Observe(_ context.Context, e Event) {
	s.mu.Lock()
	s.queue = append(s.queue, e)
	s.mu.Unlock()
	select {
	case s.came <- struct{}{}:
	default: // nobody waits, or is told already
	}
}

// await yields events until done is closed.
func (s *sink) await(done <-chan struct{}) {
	for {
		s.flush()
		select {
		case <-done:
			s.flush()
			return
		case <-s.came:
		}
	}
}

// flush yields the events that have come since.
func (s *sink) flush() {
	for s.event != nil {
		s.mu.Lock()
		queue := s.queue
		s.queue = nil
		s.mu.Unlock()
		if len(queue) == 0 {
			return
		}
		for _, e := range queue {
			if !s.pass(func() bool { return s.event(e) }) {
				return
			}
		}
	}
}
