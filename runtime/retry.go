package alloy

import (
	"context"
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// Backoff says how the waits between attempts grow.
type Backoff = resilience.Strategy

const (
	Exponential = resilience.Exponential // Base, 2·Base, 4·Base …; the default
	Linear      = resilience.Linear      // Base, 2·Base, 3·Base …
	Constant    = resilience.Constant    // Base each time
)

// NoJitter is the Jitter of a Retry whose waits are exact.
const NoJitter = -1

// Retry says how often something is attempted and how long to wait in between. A zero field stands for its default, so
// Retry{Attempts: 2} has the default waits.
//
// Attempts counts failures, and it does so for each model: a call gives a model up at its Attempts-th failure, be it a
// failed request or a rejected answer. A failed request is repeated at its turn, after a wait; a rejected answer is asked
// for again at once, in the same conversation. A Retry-After of the server (RFC 9110 §10.2.3) is a floor for the wait; when
// it is over Max, or a wait would not fit what is left of the call's time, there is no wait: the next model is tried, or
// the call fails.
type Retry struct {
	Attempts   int           // in total; 0 means 1
	Backoff    Backoff       // Exponential unless set
	Base       time.Duration // the first wait, before jitter; 0 means 500 ms
	Max        time.Duration // no wait is longer, jitter included; 0 means 60 s
	Jitter     float64       // 0.25 moves each wait by up to 25 % either way; 0 means 0.25, NoJitter none
	FullJitter bool          // draw each wait between zero and its length; Jitter is then ignored
}

func (r Retry) attempts() int { return max(r.Attempts, 1) }

func (r Retry) backoff() resilience.Backoff {
	b := resilience.Backoff{Strategy: r.Backoff, Base: r.Base, Max: r.Max, Jitter: r.Jitter, Full: r.FullJitter}
	if b.Base == 0 {
		b.Base = 500 * time.Millisecond
	}
	if b.Max == 0 {
		b.Max = 60 * time.Second
	}
	switch {
	case b.Jitter == 0:
		b.Jitter = 0.25
	case b.Jitter < 0:
		b.Jitter = 0
	}
	return b
}

// again decides whether the current model gets another chance, and prepares it: a rejected answer is asked for again in the
// conversation, a failed request repeated after a wait.
func (c *call) again(ctx context.Context, f *failure) bool {
	if f.config != nil {
		return false
	}
	free := !f.final && c.isFree(f)
	if free {
		c.followedUp = true
	} else if !f.ended && !f.local {
		c.failures++
	}
	c.record(f)
	retry := !f.ended && !f.final && (free || c.failures < c.set.retry.attempts() && c.retriable(f))
	c.answerRejected(ctx, f, retry, free)
	if !retry {
		return false
	}
	switch {
	case f.rejected():
		c.reask(f)
	case f.limit != nil:
		c.turns = 0
	case f.kind == KindStopped:
	default:
		return c.wait(ctx, f)
	}
	return true
}

// isFree reports whether f is asked for again without counting as a failure: one rejected answer of a call is.
func (c *call) isFree(f *failure) bool {
	if !f.rejected() || c.followedUp || !c.set.autoFinalize {
		return false
	}
	switch f.kind {
	case KindRefusal:
		return false
	case KindTruncated:
		return c.cmd.form == formTyped && !c.lengthened
	}
	return true
}

// retriable reports whether retry_on covers f.
func (c *call) retriable(f *failure) bool {
	switch {
	case f.kind == KindCanceled, f.local:
		return false
	case f.kind == KindMalformed && c.malformed:
		return false
	case f.kind == KindTruncated && f.rejected() && c.lengthened:
		return false
	}
	return matchesAny(c.set.retryOn, f.kind, f.err)
}

// record keeps f for the error that the call may end with.
func (c *call) record(f *failure) {
	if f.ended && !f.sent {
		return
	}
	c.attempts = append(c.attempts, Attempt{
		Model:      c.target.model,
		Kind:       f.kind,
		Message:    c.secrets.hide(f.message),
		RetryAfter: f.retryAfter,
		Refused:    f.local,
		Err:        c.secrets.hideError(f.err),
		Stack:      stackOf(f.err),
	})
}

// reask tells the model why its answer was rejected. The answer has ended the loop of tools, unless it was cut off in a tool
// call.
func (c *call) reask(f *failure) {
	if f.reask == "" {
		return
	}
	c.heard(f.answer)
	c.say(f.reask)
	if f.kind == KindTruncated {
		if !c.lengthened {
			c.maxTokens = moreRoom(c.maxTokens, f.answer.Usage.OutputTokens)
		}
		c.lengthened = true
		c.closed = c.closed || len(f.answer.ToolCalls()) == 0
		return
	}
	c.closed = true
}

// smallLimit is the most tokens that count as a vendor's own limit, as opposed to what the model can write at all.
const smallLimit = 4096

// moreRoom doubles a limit. Where none is set, an answer that was cut off early ran into a limit of the vendor's, as
// Anthropic's is, and gets room in the same way.
func moreRoom(limit, written int) int {
	if limit == 0 && written > 0 && written <= smallLimit {
		limit = written
	}
	return 2 * limit
}

// wait passes the time before a repeat of a failed request. It is false, at once, when waiting makes no sense.
func (c *call) wait(ctx context.Context, f *failure) bool {
	c.malformed = c.malformed || f.kind == KindMalformed
	b := c.set.retry.backoff()
	if f.kind == KindOverloaded {
		b.Base *= 2
	}
	if f.retryAfter > b.Max {
		return false
	}
	d := b.Floor(b.Wait(c.repeats, nil), f.retryAfter, nil)
	c.repeats++
	if deadline, ok := ctx.Deadline(); ok && d > time.Until(deadline)-leastTime {
		return false
	}
	if !c.target.guard.model.retries.Retry() {
		if c.observed() {
			c.emit(ctx, RetryBudgetExhausted{Meta: c.meta(), Model: c.target.model, Err: c.secrets.hideError(f.err)})
		}
		return false
	}
	if c.observed() {
		c.emit(ctx, RetryScheduled{Meta: c.meta(), Operation: "request", Name: c.target.model, Attempt: c.failures,
			Max: c.set.retry.attempts(), Delay: d, Err: c.secrets.hideError(f.err)})
	}
	if resilience.Sleep(ctx, d) == nil {
		return true
	}
	*f = *c.ended(ctx, nil)
	return false
}
