package resilience

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Taker takes from a limit that lives somewhere else: in a store that replicas share. It may also have a method
// Return(ctx context.Context, at time.Duration, n, weight int64) error, which is that of Windows.
type Taker interface {
	Take(ctx context.Context, n, weight int64) (Verdict, error)
	Correct(ctx context.Context, delta int64) error
}

// Limiter lets many goroutines take from a Limit, in the order in which they come. Only the first of those who wait asks
// whether it may go; when it has gone, or given up, it wakes the next. It starts no goroutine.
type Limiter struct {
	windows *Windows // the state; of a shared limiter what a fresh one is like
	taker   Taker    // nil unless it is shared

	mu          sync.Mutex
	busy        bool          // there is a head: somebody asks, or waits to ask again
	head        waiter        // the head's copy; it is in no list
	until       time.Duration // when the head asks again; 0: at once
	wake        chan struct{} // makes the head ask sooner; nil unless it waits
	credits     uint64        // how often something was given back
	first, last *waiter       // those behind the head
	forecast    forecast
	left        int64 // of the last verdict of a shared limiter
}

// waiter is somebody in the queue.
type waiter struct {
	n, weight  int64
	due        time.Duration // when the forecast has it go
	foreseen   bool          // the forecast includes it
	ready      chan struct{} // closed when it has become the head
	prev, next *waiter
	queued     bool
}

// Grant is what Wait has taken.
type Grant struct {
	Waited time.Duration
	Left   int64         // as in Verdict
	At     time.Duration // as in Verdict
}

// LimitError says that a limit cannot be met: not in the time that is left, or never.
type LimitError struct {
	Wait  time.Duration // how long it would have taken, from what is known; at least that long if others share the limit
	Never bool          // more was asked for than the limit allows at once
	Err   error         // ErrNoTime, unless Never
}

// Error says which of the two it is.
func (e *LimitError) Error() string {
	if e.Never {
		return "the rate limit never allows so much at once: ask for less, or raise its rates or its burst"
	}
	return fmt.Sprintf("the rate limit would let it wait %v: %v", e.Wait, e.Err)
}

// Unwrap returns Err.
func (e *LimitError) Unwrap() error { return e.Err }

// NewLimiter returns a limiter that counts in this process, by the monotonic clock. An invalid limit is refused.
func NewLimiter(l Limit) (*Limiter, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	return &Limiter{windows: NewWindows(l)}, nil
}

// NewSharedLimiter returns a limiter that takes with t, which l describes. Here it asks t for one at a time, in the order
// of arrival; among replicas there is no order. An invalid limit is refused.
func NewSharedLimiter(l Limit, t Taker) (*Limiter, error) {
	limiter, err := NewLimiter(l)
	if err != nil {
		return nil, err
	}
	limiter.taker = t
	limiter.left = limiter.windows.Take(0, 0, 0).Left
	return limiter, nil
}

// Wait takes n, with a weight, as soon as the limit allows it and all who came before have gone. A wait that would not
// end before the deadline of ctx is refused at once with a *LimitError that says how long it would have been, and so is
// what the limit never allows. When ctx ends, Wait does, with the cause; it has taken nothing then. An error of a Taker
// goes to the one who asked.
func (l *Limiter) Wait(ctx context.Context, n, weight int64) (Grant, error) {
	if ctx.Err() != nil {
		return Grant{}, context.Cause(ctx)
	}
	n, weight = max(n, 0), max(weight, 0)
	l.mu.Lock()
	if !l.windows.fits(n, weight) {
		l.mu.Unlock()
		return Grant{}, &LimitError{Never: true}
	}
	if l.busy {
		return l.queue(ctx, n, weight) // unlocks
	}
	if l.taker == nil {
		if v := l.windows.Take(uptime(), n, weight); v.OK {
			l.mu.Unlock()
			return Grant{Left: v.Left, At: v.At}, nil
		}
	}
	l.busy, l.head = true, waiter{n: n, weight: weight}
	l.mu.Unlock()
	return l.lead(ctx, uptime(), n, weight)
}

// queue waits to become the head. The caller holds mu.
func (l *Limiter) queue(ctx context.Context, n, weight int64) (Grant, error) {
	begin := uptime()
	if deadline, ok := ctx.Deadline(); ok {
		if wait := l.expect(begin, n, weight); wait > 0 && wait >= time.Until(deadline) {
			l.mu.Unlock()
			return Grant{}, &LimitError{Wait: wait, Err: ErrNoTime}
		}
	}
	w := &waiter{n: n, weight: weight, ready: make(chan struct{})}
	l.push(w)
	l.mu.Unlock()
	select {
	case <-w.ready:
	case <-ctx.Done():
		if l.giveUp(w) {
			return Grant{}, context.Cause(ctx)
		}
		// It has become the head meanwhile: lead hands that on.
	}
	return l.lead(ctx, begin, n, weight)
}

// lead is what the head does: it asks, waits, and asks again. Whatever ends it, the next is the head then.
func (l *Limiter) lead(ctx context.Context, begin time.Duration, n, weight int64) (g Grant, err error) {
	took := false
	defer func() { l.pass(took) }()
	for {
		if ctx.Err() != nil {
			return Grant{}, context.Cause(ctx)
		}
		v, wake, err := l.ask(ctx, n, weight)
		switch {
		case err != nil:
			return Grant{}, err
		case v.OK:
			took = true
			return Grant{Waited: uptime() - begin, Left: v.Left, At: v.At}, nil
		case v.Never:
			return Grant{}, &LimitError{Never: true}
		}
		if wake != nil {
			err = sleep(ctx, v.Wait, wake)
		}
		switch {
		case err == ErrNoTime:
			return Grant{}, &LimitError{Wait: v.Wait, Err: err}
		case err != nil:
			return Grant{}, err
		}
	}
}

// leastWait keeps a Taker that says no, and names no time, from being asked without a pause.
const leastWait = time.Millisecond

// ask takes for the head. When the answer is to wait, wake ends that wait early; it is nil if that has happened already.
func (l *Limiter) ask(ctx context.Context, n, weight int64) (v Verdict, wake <-chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	credits := l.credits
	l.wake, l.until = nil, 0
	if l.taker == nil {
		v = l.windows.Take(uptime(), n, weight)
	} else if v, err = l.takeShared(ctx, n, weight); err != nil {
		return v, nil, err
	}
	l.left = v.Left
	now := uptime()
	switch {
	case v.OK:
		l.forecast.check(now, &l.head)
		return v, nil, nil
	case v.Never:
		return v, nil, nil
	}
	if v.Wait <= 0 {
		v.Wait = leastWait
	}
	l.until = now + v.Wait
	if credits == l.credits {
		l.wake = make(chan struct{}, 1)
	}
	return v, l.wake, nil
}

// takeShared asks the taker, without mu, which the caller holds.
func (l *Limiter) takeShared(ctx context.Context, n, weight int64) (v Verdict, err error) {
	l.mu.Unlock()
	defer l.mu.Lock()
	return l.takeFrom(ctx, n, weight)
}

func (l *Limiter) takeFrom(ctx context.Context, n, weight int64) (v Verdict, err error) {
	defer recovered(&err)
	return l.taker.Take(ctx, n, weight)
}

// pass makes the next the head.
func (l *Limiter) pass(took bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake, l.until = nil, 0
	if !took && l.head.foreseen {
		l.forecast.valid = false
	}
	next := l.first
	if next == nil {
		l.busy, l.head, l.forecast.valid = false, waiter{}, false
		return
	}
	if l.forecast.valid && l.forecast.next == next {
		l.forecast.extend()
	}
	l.unlink(next)
	l.head = *next
	close(next.ready)
}

// giveUp takes w out of the queue. It reports whether w was still in it.
func (l *Limiter) giveUp(w *waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !w.queued {
		return false
	}
	if w.foreseen {
		l.forecast.valid = false // those behind move up
	}
	if l.forecast.next == w {
		l.forecast.next = w.next
	}
	l.unlink(w)
	return true
}

func (l *Limiter) push(w *waiter) {
	w.queued = true
	if w.prev = l.last; w.prev != nil {
		w.prev.next = w
	} else {
		l.first = w
	}
	l.last = w
	if l.forecast.next == nil {
		l.forecast.next = w
	}
}

func (l *Limiter) unlink(w *waiter) {
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		l.first = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		l.last = w.prev
	}
	w.prev, w.next, w.queued = nil, nil, false
}

// expect is how long somebody who comes now would have to wait behind those who are there. Of a shared limiter only the
// head's wait is known. The caller holds mu.
func (l *Limiter) expect(now time.Duration, n, weight int64) time.Duration {
	if l.taker != nil {
		return max(l.until-now, 0)
	}
	f := &l.forecast
	if !f.valid {
		f.start(l.windows, now, &l.head, l.first)
	}
	for f.next != nil {
		f.extend()
	}
	return f.peek(n, weight) - now
}

// Try takes n, with a weight, if that is possible at once. It does not overtake those who wait: the verdict then says how
// long it would have to wait behind them, as far as that is known. The error is that of ctx, or of a Taker.
func (l *Limiter) Try(ctx context.Context, n, weight int64) (Verdict, error) {
	if ctx.Err() != nil {
		return Verdict{}, context.Cause(ctx)
	}
	n, weight = max(n, 0), max(weight, 0)
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.busy
	if l.taker != nil {
		waiting = l.first != nil || l.wake != nil // a head that is just asking has not been told to wait
	}
	switch {
	case !l.windows.fits(n, weight):
		return Verdict{Never: true, Left: l.available()}, nil
	case waiting:
		return Verdict{Wait: max(l.expect(uptime(), n, weight), leastWait)}, nil
	case l.taker == nil:
		return l.windows.Take(uptime(), n, weight), nil
	}
	v, err := l.takeShared(ctx, n, weight)
	if err == nil {
		l.left = v.Left
	}
	return v, err
}

// Available is how many takes of one, with a weight of one if the limit has Weights, would be OK now if nobody waited. Of
// a shared limiter it is what was left after the last take from here.
func (l *Limiter) Available() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.available()
}

func (l *Limiter) available() int64 {
	if l.taker != nil {
		return l.left
	}
	return l.windows.Take(uptime(), 0, 0).Left
}

// Correct is that of Windows: delta is what the newest takes weighed more, or less, than was estimated.
func (l *Limiter) Correct(ctx context.Context, delta int64) (err error) {
	if l.taker != nil {
		if err := l.correctShared(ctx, delta); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taker == nil {
		l.windows.Correct(uptime(), delta)
	}
	l.changed(delta < 0)
	return nil
}

func (l *Limiter) correctShared(ctx context.Context, delta int64) (err error) {
	defer recovered(&err)
	return l.taker.Correct(ctx, delta)
}

// Return gives back a take that was not used: at is the At of its Grant or Verdict, n and weight are what was taken. A
// Taker that cannot do that is told that the weight was none.
func (l *Limiter) Return(ctx context.Context, at time.Duration, n, weight int64) error {
	if l.taker != nil {
		if err := l.returnShared(ctx, at, n, weight); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taker == nil {
		l.windows.Return(at, n, weight)
	}
	l.changed(true)
	return nil
}

func (l *Limiter) returnShared(ctx context.Context, at time.Duration, n, weight int64) (err error) {
	defer recovered(&err)
	if t, ok := l.taker.(interface {
		Return(ctx context.Context, at time.Duration, n, weight int64) error
	}); ok {
		return t.Return(ctx, at, n, weight)
	}
	if weight <= 0 {
		return nil
	}
	return l.taker.Correct(ctx, -weight)
}

// changed makes the forecast anew when it is needed, and the head ask again if there is more to have than it knew.
func (l *Limiter) changed(more bool) {
	l.forecast.valid = false
	if !more {
		return
	}
	l.credits++
	if l.wake != nil {
		select {
		case l.wake <- struct{}{}:
		default: // it is awake
		}
	}
}
