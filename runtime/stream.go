package alloy

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
)

// Stream is a call whose answer is delivered while it is written. It has three views, of which one may be ranged over, once;
// the call runs in the goroutine of that loop, and ends with it: to leave the loop, or to end the context, ends the request. A
// Stream that nobody ranges over costs nothing. Result is what the call has come to.
//
// Everything of a plain call holds: tools run, failed requests are repeated, rejected answers asked for again, models fall
// back. But nothing that Text has delivered is delivered twice: once a request has delivered text, its failure ends the call,
// with a *StreamInterrupted, and so does the rejection of its answer. Partials and Events begin anew in that case, with a
// Restarted event. Streams are not hedged.
//
// A Stream may be handed to another goroutine. It runs once: a second loop, at the same time too, has nothing.
type Stream[T any] struct {
	cmd  Command[T]
	ctx  context.Context
	in   Call[T]
	opts []Option

	state  atomic.Uint32
	result T
	err    error
}

// The states of a stream.
const (
	streamIdle uint32 = iota
	streamRunning
	streamOver
)

// Stream makes a call whose answer is delivered while it is written. Nothing happens before one of the views is ranged over,
// or Result is called. Generated functions call it.
func (c Command[T]) Stream(ctx context.Context, in Call[T], opts []Option) *Stream[T] {
	return &Stream[T]{cmd: c, ctx: ctx, in: in, opts: opts}
}

// AskStream is Ask, with the answer delivered while it is written.
func AskStream(ctx context.Context, prompt string, opts ...Option) *Stream[string] {
	return askCommand.Stream(ctx, asking(prompt), opts)
}

// Text yields the text of the answer piece by piece, as the model writes it: for a typed command that is JSON, or what
// surrounds it. What the model says before it calls tools is yielded as well.
func (s *Stream[T]) Text() iter.Seq[string] {
	return func(yield func(string) bool) {
		s.consume(&sink{text: yield})
	}
}

// Partials yields the answer as far as it is known, again and again: each is a whole value, in which numbers, booleans, enums
// and strings with a format are there when they are complete, other strings grow, and what is still to come is zero. Each has
// at least a 64th more of the answer than the one before, so that the cost of a long answer grows with its length alone. The
// last is the result. A command for text yields the text so far.
func (s *Stream[T]) Partials() iter.Seq[T] {
	return func(yield func(T) bool) {
		s.consume(&sink{partial: func(v any) bool { return yield(v.(T)) }})
	}
}

// Events yields everything that happens in the call, in order, from CallStarted to CallFinished, with a TextDelta for each
// piece of text.
func (s *Stream[T]) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		s.consume(&sink{event: yield})
	}
}

// Result returns what the call has come to: the value of the plain call and its errors. Without a loop before, it makes the
// call. After a loop that was left before the call had come to anything it is a *CommandError of kind canceled. While the loop
// runs it is a *ConfigurationError.
func (s *Stream[T]) Result() (T, error) {
	s.consume(nil)
	if s.state.Load() != streamOver {
		return *new(T), &ConfigurationError{Command: s.cmd.Name, Setting: "stream", Message: "the result is not there before the loop over the stream has ended"}
	}
	return s.result, s.err
}

// consume runs the call, with a sink unless it is nil. A stream runs once: a second loop has nothing.
func (s *Stream[T]) consume(to *sink) {
	if !s.state.CompareAndSwap(streamIdle, streamRunning) {
		return
	}
	defer s.state.Store(streamOver)
	s.err = abandoned(s.cmd.Name) // until the call returns
	s.result, s.err = s.cmd.run(s.ctx, s.in, s.opts, to)
	if to != nil && to.panicked != nil {
		panic(to.panicked.value) // of the loop's body, which is the reader's
	}
}

// StreamInterrupted says that a request, or its answer, failed after some of its text had been delivered. It is the cause of the
// *CommandError.
type StreamInterrupted struct {
	Delivered int   // bytes of that request's text
	Err       error // why
}

// Error says how much was delivered, and why it ended.
func (e *StreamInterrupted) Error() string {
	return fmt.Sprintf("the stream ended after %s of the answer had been delivered: %v", counted(e.Delivered, "byte"), e.Err)
}

// Unwrap returns Err.
func (e *StreamInterrupted) Unwrap() error { return e.Err }

var errLeft = errors.New("the reader left the stream")
