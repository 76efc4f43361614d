package alloy

import (
	"context"
	"fmt"
	"time"
)

// StreamTimeout limits how long a stream may be silent. What keeps a connection alive without content, as comments of Server-Sent Events and
// pings do, is silence. Passing a limit is a failure of kind timeout.
type StreamTimeout struct {
	First time.Duration // to the first piece of the answer, or of the thoughts before it; 0 means 60 s, below 0 no limit
	Idle  time.Duration // between pieces; 0 means 60 s, below 0 no limit
}

// DefaultStreamTimeout is how long a stream may be silent unless it is set.
const DefaultStreamTimeout = 60 * time.Second

// WithStreamTimeout limits the silence of streams. Plain calls have none of it.
func WithStreamTimeout(t StreamTimeout) Option {
	return option(func(s *settings) { s.streamTimeout = t })
}

// silence is the cause with which the context of a silent stream ends.
type silence struct {
	first bool
	limit time.Duration
}

func (e *silence) Error() string {
	if e.first {
		return fmt.Sprintf("no piece of the answer within %v", e.limit)
	}
	return fmt.Sprintf("no further piece of the answer within %v", e.limit)
}

// silenceWatch ends a stream that is silent for too long.
type silenceWatch struct {
	idle  time.Duration
	end   context.CancelCauseFunc
	timer *time.Timer
}

// watch returns a context that ends with a *silence.
func (t StreamTimeout) watch(ctx context.Context) (context.Context, *silenceWatch) {
	ctx, end := context.WithCancelCause(ctx)
	w := &silenceWatch{idle: orDefault(t.Idle), end: end}
	w.after(orDefault(t.First), true)
	return ctx, w
}

func orDefault(d time.Duration) time.Duration {
	if d == 0 {
		return DefaultStreamTimeout
	}
	return d
}

func (w *silenceWatch) after(d time.Duration, first bool) {
	if d > 0 {
		w.timer = time.AfterFunc(d, func() { w.end(&silence{first: first, limit: d}) })
	}
}

// beat is called for each piece.
func (w *silenceWatch) beat() {
	if w.timer != nil {
		w.timer.Stop()
	}
	w.after(w.idle, false)
}

func (w *silenceWatch) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
	w.end(nil)
}
