package resilience

import (
	"fmt"
	"sync"
	"time"
)

// State is what a Breaker does with those who ask.
type State uint8

// The states of a Breaker.
const (
	Closed   State = iota // all may go
	Open                  // nobody may go until the cooldown is over
	HalfOpen              // one may go at a time, as a probe
)

// String returns closed, open or half_open.
func (s State) String() string {
	switch s {
	case Closed:
		return "closed"
	case Open:
		return "open"
	case HalfOpen:
		return "half_open"
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// Outcome is how something ended that a Breaker had allowed.
type Outcome uint8

// The outcomes.
const (
	Ignored Outcome = iota // it says nothing: cancelled, or the caller's own mistake. A probe's place is free again
	Success
	Failure
)

// BreakerSettings says when a Breaker opens and for how long. A field of zero or less stands for its default.
type BreakerSettings struct {
	Failures int           // in a row open it; 5
	Window   time.Duration // half of at least ten calls within it open it too; 1 minute
	Cooldown time.Duration // until the first probe; 30 s. Each failed probe doubles it, up to 5 minutes
}

const (
	leastCalls  = 10 // in the window, before half of them count
	maxCooldown = 5 * time.Minute
)

// Breaker keeps calls away from something that fails. It opens at so many failures in a row, or when a failure makes half
// of at least ten calls within the window failed ones. After the cooldown it lets one call through as a probe, and no
// other until that has ended: success closes it, failure opens it again for twice as long. It is safe for many
// goroutines, and Allow and Done do not allocate.
//
// A call that was allowed before the last change of state says nothing any more, however it ends.
type Breaker struct {
	settings BreakerSettings

	mu         sync.Mutex
	state      State
	generation uint64 // the number of changes of state
	inARow     int    // failures
	window     calls
	opened     time.Duration // when
	cooldown   time.Duration // from then on
	probing    bool          // the probe is out
	permits    permits
}

// NewBreaker returns a closed breaker.
func NewBreaker(s BreakerSettings) *Breaker {
	if s.Failures <= 0 {
		s.Failures = 5
	}
	if s.Window <= 0 {
		s.Window = time.Minute
	}
	if s.Cooldown <= 0 {
		s.Cooldown = 30 * time.Second
	}
	b := &Breaker{settings: s, cooldown: s.Cooldown}
	b.window.width = max(s.Window/buckets, 1)
	return b
}

// OpenError says that a Breaker does not let a call through.
type OpenError struct {
	Wait time.Duration // until the next probe; 0 while one is under way
}

// Error says when to come back.
func (e *OpenError) Error() string {
	if e.Wait <= 0 {
		return "the breaker is open, and a probe is under way"
	}
	return fmt.Sprintf("the breaker is open: the next call may go in %v", e.Wait)
}

// Ready says whether Allow would let a call through now, and if not, after how long it may; 0: when the probe that is
// under way has ended. It takes nothing.
func (b *Breaker) Ready() (ok bool, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ready(uptime())
}

func (b *Breaker) ready(now time.Duration) (bool, time.Duration) {
	switch b.state {
	case Open:
		since := now - b.opened
		if since >= b.cooldown || since < -b.cooldown { // opened so far in the future: by another clock
			return true, 0
		}
		return false, b.cooldown - since
	case HalfOpen:
		return !b.probing, 0
	}
	return true, 0
}

// Allow lets a call through, or returns an *OpenError. Whoever gets a permit calls its Done, however the call ends.
func (b *Breaker) Allow() (Permit, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state != Closed {
		if ok, wait := b.ready(uptime()); !ok {
			return Permit{}, &OpenError{Wait: wait}
		}
		if b.state == Open {
			b.become(HalfOpen)
		}
		b.probing = true
	}
	slot, serial := b.permits.issue(b.generation)
	return Permit{b, slot, serial}, nil
}

// Done says how the call ended, and whether that changed the state. A second Done does nothing, not even with a copy of
// the permit, nor does that of the zero Permit.
func (p Permit) Done(o Outcome) (changed bool, from, to State) {
	b := p.breaker
	if b == nil {
		return false, Closed, Closed
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	from = b.state
	if generation, ok := b.permits.redeem(p.slot, p.serial); ok && generation == b.generation {
		b.count(o)
	}
	return b.state != from, from, b.state
}

// count takes note of an outcome that belongs to the present state, which is not Open.
func (b *Breaker) count(o Outcome) {
	probe := b.state == HalfOpen
	if probe {
		b.probing = false
	}
	switch {
	case o == Ignored:
	case probe && o == Success:
		b.cooldown = b.settings.Cooldown
		b.become(Closed)
	case probe:
		b.cooldown = max(b.cooldown, min(2*b.cooldown, maxCooldown))
		b.become(Open)
	case o == Success:
		b.inARow = 0
		b.window.count(uptime(), 0)
	default:
		b.inARow++
		all, failed := b.window.count(uptime(), 1)
		if b.inARow >= b.settings.Failures || all >= leastCalls && 2*failed >= all {
			b.become(Open)
		}
	}
}

// become changes the state.
func (b *Breaker) become(s State) {
	b.state, b.probing = s, false
	b.generation++
	switch s {
	case Open:
		b.opened = uptime()
	case Closed:
		b.inARow = 0
		b.window.tallies = [buckets]tally{}
	}
}

// Trip opens the breaker from outside, for the cooldown that comes next anyhow. It reports whether it was not open yet.
func (b *Breaker) Trip() (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == Open {
		return false
	}
	b.become(Open)
	return true
}

// State returns the state: Open also when the cooldown is over, until somebody is let through.
func (b *Breaker) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// calls are those within a window.
type calls struct {
	rolling
	tallies [buckets]tally
}

type tally struct{ all, failed int }

// count adds a call with so many failures, and returns the sums of the window.
func (c *calls) count(now time.Duration, failed int) (all, failedAll int) {
	bucket := c.advance(now, func(i int) { c.tallies[i] = tally{} })
	c.tallies[bucket].all++
	c.tallies[bucket].failed += failed
	for _, t := range c.tallies {
		all, failedAll = all+t.all, failedAll+t.failed
	}
	return all, failedAll
}
