package alloy

import (
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
