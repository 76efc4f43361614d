package alloy

import (
	"context"
	"errors"
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

	pieces  int            // of text that were shown, of the answer that the model is at
	bytes   int            // of these
	answer  *output.Stream // for partials of a typed command
	written []byte         // for those of a text command
	shown   int            // how long the answer was when the last partial was yielded

	mu      sync.Mutex
	queue   []Event   // of goroutines that are not the reader's too
	workers int       // goroutines that may still tell of some
	changed sync.Cond // queue or workers
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

// void is told that what was shown of an answer counts no more.
func (c *call) void(ctx context.Context) {
	s := c.sink
	if s == nil {
		return
	}
	c.restarted(ctx, s.pieces > 0 || s.shown > 0)
	s.pieces, s.bytes, s.answer, s.shown = 0, 0, nil, 0
	s.written = s.written[:0]
	if s.items != nil {
		*s.items = items{}
	}
}

func (c *call) restarted(ctx context.Context, shown bool) {
	if shown && c.observed() {
		c.emit(ctx, Restarted{Meta: c.meta(), Model: c.target.model})
	}
}

// beginAnswer is told that a request begins.
func (c *call) beginAnswer(ctx context.Context) *ConfigurationError {
	c.void(ctx)
	if c.sink.partial != nil && c.cmd.form == formTyped {
		parser, err := c.cmd.parser()
		if err != nil {
			return err
		}
		c.sink.answer = parser.With(c.set.reading).Stream()
	}
	return nil
}

// goesOn is told that what was shown is not the answer, and stands all the same: the model goes on after it, with tools or after a
// pause. It is a failure where elements of a list were shown, since the answer has them again.
func (c *call) goesOn() *failure {
	s := c.sink
	if s == nil {
		return nil
	}
	if s.items != nil && len(s.items.yielded) > 0 {
		message := "the model went on after elements of a list, which have been delivered"
		return c.interrupted(&failure{kind: KindSchema, message: message, err: errors.New(message)})
	}
	s.pieces, s.bytes = 0, 0
	return nil
}

// deliver gives a delta to the reader. It is the emit of the providers.
func (c *call) deliver(ctx context.Context, d provider.Delta) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !c.toldTools() || c.closed { // else it may become a call of a tool
		c.show(ctx, d.Text)
	}
	if c.sink.left {
		return errLeft
	}
	return nil
}

// show gives text of the answer to the reader.
func (c *call) show(ctx context.Context, text string) {
	s := c.sink
	if text == "" || s.left {
		return
	}
	s.pieces++
	s.bytes += len(text)
	if c.observed() {
		c.emitDelta(ctx, text)
	}
	switch {
	case s.text != nil:
		s.pass(func() bool { return s.text(text) })
	case s.items != nil:
		c.showItems(text)
	case s.partial != nil:
		c.showPartial(ctx, text)
	}
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

func (c *call) showPartial(ctx context.Context, text string) {
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
	c.restarted(ctx, s.shown > 0 && s.answer.Restarts() != before)
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

// showResult yields what was not shown of the result: the last partial; the rest of a list; the text of a value that came in no
// pieces, from degrade or from a run that had it already.
func (c *call) showResult(ctx context.Context) {
	s := c.sink
	switch {
	case s == nil:
	case s.partial != nil:
		s.pass(func() bool { return s.partial(c.typed.value()) })
	case s.pieces == 0 && c.cmd.form != formNone:
		if text, err := c.example(example{output: c.typed.value()}); err == nil {
			c.show(ctx, text)
		}
	}
}

// isFinal reports whether a failed request, or a rejected answer, ends the call because of what has been delivered of it.
func (c *call) isFinal() bool {
	s := c.sink
	return s != nil && (s.left || s.text != nil && s.bytes > 0 || s.items != nil && len(s.items.yielded) > 0)
}

// interrupted is the failure of a request, or of an answer, of which something has been delivered: it ends the call.
func (c *call) interrupted(f *failure) *failure {
	if f == nil || f.final || !c.isFinal() {
		return f
	}
	f.final = true
	if f.config == nil && !c.sink.left {
		f.err = &StreamInterrupted{Delivered: c.sink.bytes, Err: f.err}
	}
	return f
}

// Observe makes the reader of events one of the call's observers.
func (s *sink) Observe(_ context.Context, e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, e)
	s.changed.Signal()
}

// expect is told of goroutines that may tell of events.
func (s *sink) expect(workers int) {
	s.workers, s.changed.L = workers, &s.mu
}

// ended is told that one of them has ended.
func (s *sink) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.workers--
	s.changed.Signal()
}

// await yields events until all of them have ended.
func (s *sink) await() {
	for over := false; !over; {
		s.flush()
		s.mu.Lock()
		for len(s.queue) == 0 && s.workers > 0 {
			s.changed.Wait()
		}
		over = len(s.queue) == 0
		s.mu.Unlock()
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
