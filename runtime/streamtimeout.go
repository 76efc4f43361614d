package alloy

import (
	"context"
	"fmt"
	"time"
)

// StreamTimeout limits how long a stream may be silent. What keeps a connection alive without content, as comments of Server-Sent
// Events and pings do, is silence; the time in which the reader deals with a piece is not. Passing a limit is a failure of kind
// timeout.
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

// streamClock ends a request of a stream that is silent, or takes, too long. It stands still while the reader is at work.
type streamClock struct {
	end     context.CancelCauseFunc
	idle    time.Duration
	silence *time.Timer // nil: no limit
	spoken  bool        // something has come
	attempt *time.Timer // nil: no limit
	left    time.Duration
	since   time.Time // when that much was left
}

// startClock returns a context that ends with a *silence, or with context.DeadlineExceeded for the attempt timeout.
func (c *call) startClock(ctx context.Context) (context.Context, *streamClock) {
	ctx, end := context.WithCancelCause(ctx)
	k := &streamClock{end: end, idle: orDefault(c.set.streamTimeout.Idle)}
	if first := orDefault(c.set.streamTimeout.First); first > 0 {
		k.silence = time.AfterFunc(first, func() { end(&silence{first: true, limit: first}) })
	}
	if c.set.attemptTimeout > 0 {
		k.left, k.since = c.set.attemptTimeout, time.Now()
		k.attempt = time.AfterFunc(k.left, func() { end(context.DeadlineExceeded) })
	}
	return ctx, k
}

func orDefault(d time.Duration) time.Duration {
	if d == 0 {
		return DefaultStreamTimeout
	}
	return d
}

func (k *streamClock) pause() {
	if k.silence != nil {
		k.silence.Stop()
	}
	if k.attempt != nil {
		k.attempt.Stop()
		k.left -= time.Since(k.since)
	}
}

// goOn starts the time to the next piece.
func (k *streamClock) goOn() {
	switch {
	case !k.spoken && k.idle > 0:
		k.silence = time.AfterFunc(k.idle, func() { k.end(&silence{limit: k.idle}) })
	case !k.spoken:
		k.silence = nil
	case k.silence != nil:
		k.silence.Reset(k.idle)
	}
	k.spoken = true
	if k.attempt != nil {
		k.since = time.Now()
		k.attempt.Reset(k.left)
	}
}

func (k *streamClock) stop() {
	k.pause()
	k.end(nil)
}
