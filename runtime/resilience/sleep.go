package resilience

import (
	"context"
	"errors"
	"time"
)

// ErrNoTime is the answer to a wait that would not end before the context's deadline.
var ErrNoTime = errors.New("the wait does not fit what is left of the deadline")

// Sleep waits for d. It ends at once when ctx does, with the context's cause. A wait that does not end before the
// deadline of ctx could not be followed by anything, so it is not begun: the error is ErrNoTime.
func Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, d, nil) }

// sleep also ends, with no error, when wake has something.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && d >= time.Until(deadline) {
		return ErrNoTime
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-wake:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
