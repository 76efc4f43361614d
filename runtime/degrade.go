package alloy

import (
	"context"
	"time"
)

// degrade lets the command's degrade function answer in place of the models. It reports whether there is a value; if not, the
// function's own error joins f. It is not asked about a mistake in the program, about a call that a tool or the caller has
// ended, nor where nobody knows what a tool has done: a value would hide that.
func (c *call) degrade(ctx context.Context, f *failure) bool {
	switch {
	case !c.typed.degrades(), f.config != nil, f.kind == KindStopped, f.unsafe(), f.final, c.sink != nil && c.sink.left, ctx.Err() != nil:
		return false
	}
	cause := c.failed(f)
	began := time.Now()
	err := c.typed.degrade(ctx, cause)
	if c.observed() {
		c.emit(ctx, DegradeFinished{Meta: c.meta(), Cause: cause, Duration: time.Since(began), Err: c.secrets.hideError(err), Stack: stackOf(err)})
	}
	if err == nil {
		c.void(ctx)
		return true
	}
	f.degraded = err
	return false
}
