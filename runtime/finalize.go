package alloy

import (
	"context"
	"time"
)

// Finalize says on which ends of a call one last request, without tools, asks the model for the best answer that it can
// give with what it knows.
type Finalize struct {
	Limit   bool          // more than max_tool_turns rounds of tools
	Timeout bool          // the call's own time is up (not the caller's)
	Error   bool          // any other failure, once a round of tools has run
	Grace   time.Duration // the time for that request, beyond the call's own; 0 means 15 s
}

// WithFinalize sets when a last request is made. Default: never.
func WithFinalize(f Finalize) Option { return option(func(s *settings) { s.finalize = f }) }

// finalizeText asks for the best answer of a call that would otherwise end without one.
const finalizeText = "No more tools can be called. Give the best answer that you can with what you know now, in the form that was asked for."

// finalize makes the last request that WithFinalize asks for. It reports whether the answer was taken; if not, its failure
// joins f.
func (c *call) finalize(caller context.Context, f *failure) bool {
	reason := c.finalizeReason(f)
	if reason == "" {
		return false
	}
	if c.grace = c.set.finalize.Grace; c.grace <= 0 {
		c.grace = DefaultGrace
	}
	ctx, cancel := c.within(caller, c.grace)
	defer cancel()
	if c.observed() {
		c.emit(ctx, FinalizeStarted{Meta: c.meta(), Reason: reason, Err: c.secrets.hideError(f.err)})
	}
	c.closed = true
	c.say(finalizeText)
	resp, last := c.request(ctx)
	if last == nil {
		last = c.interrupted(c.accept(ctx, resp))
	}
	switch {
	case last == nil:
		return true
	case last.ended && c.sink != nil && c.sink.left:
		*f = *last
	case last.config == nil:
		c.record(last)
		c.answerRejected(ctx, last, false, false)
		f.last, f.final = last.err, last.final
	}
	return false
}

// finalizeReason says why there is to be a last request; empty if there is to be none.
func (c *call) finalizeReason(f *failure) string {
	on := c.set.finalize
	switch {
	case f.config != nil || f.kind == KindStopped || f.unsafe() || f.final || c.sink != nil && c.sink.left || c.caller.Err() != nil:
		return ""
	case f.limit != nil:
		return pick(on.Limit, "limit")
	case f.ended:
		return pick(on.Timeout && c.ownTime(), "timeout")
	}
	return pick(on.Error && c.rounds > 0, "error")
}

func pick(condition bool, word string) string {
	if condition {
		return word
	}
	return ""
}
