// Package resilience decides when something may be done: how long to wait before it is tried again (Backoff, Sleep), how
// often it may be done at all (Limiter) and again (RetryBudget), whether it is worth a try (Breaker), and whether to try
// it once more beside (Hedge). It knows nothing of models, prompts or providers. Only Hedge starts goroutines, and it
// waits for them.
package resilience

import (
	"math"
	"math/rand/v2"
	"time"
)

// Strategy says how waits grow from one repeat to the next.
type Strategy uint8

const (
	Exponential Strategy = iota // Base, 2·Base, 4·Base …
	Linear                      // Base, 2·Base, 3·Base …
	Constant                    // Base, Base, Base …
)

// Backoff computes the waits between the attempts of one operation. It is a value: copy it, change it, share it. The
// zero value never waits.
type Backoff struct {
	Strategy Strategy      // Exponential unless set
	Base     time.Duration // the wait before the first repeat, before jitter; below zero counts as zero
	Max      time.Duration // no wait is longer, jitter included; zero or less: no cap
	Jitter   float64       // 0.25 moves a wait by up to 25 % either way; cut to 0 … 1
	Full     bool          // draw from zero to the wait instead; Jitter is then ignored
}

// Wait returns the wait before repeat k, where k = 0 is the first repeat. Jitter is uniform: between (1−Jitter) and
// (1+Jitter) times the wait, cut at Max, so that Max holds after jitter too. rnd returns a number in [0, 1), as
// rand.Float64 does, which is used when rnd is nil. Wait does not allocate.
func (b Backoff) Wait(k int, rnd func() float64) time.Duration {
	wait := b.plain(k)
	switch {
	case wait == 0:
		return 0
	case b.Full:
		return uniform(0, wait, rnd)
	case b.Jitter > 0:
		j := min(b.Jitter, 1)
		return uniform(scale(wait, 1-j), min(scale(wait, 1+j), b.limit()), rnd)
	}
	return wait
}

// Floor returns wait, raised to what a server asked for with Retry-After. Everyone whom that server turned away heard the
// same figure, so up to 10 % is added to it at random: within Max where retryAfter leaves room, and never less than
// retryAfter. A wait that is longer by itself has its own jitter and stays. rnd is as in Wait.
func (b Backoff) Floor(wait, retryAfter time.Duration, rnd func() float64) time.Duration {
	if retryAfter <= 0 || wait > retryAfter {
		return wait
	}
	return uniform(retryAfter, max(retryAfter, min(scale(retryAfter, 1.1), b.limit())), rnd)
}

// plain is the wait without jitter.
func (b Backoff) plain(k int) time.Duration {
	base, limit := max(b.Base, 0), b.limit()
	k = max(k, 0)
	switch b.Strategy {
	case Exponential:
		if k >= 63 || base > limit>>k {
			return capped(base, limit)
		}
		return base << k
	case Linear:
		if k == math.MaxInt || base > limit/time.Duration(k+1) {
			return capped(base, limit)
		}
		return base * time.Duration(k+1)
	}
	return min(base, limit)
}

// capped is a product with base that is over the limit, unless base is zero.
func capped(base, limit time.Duration) time.Duration {
	if base == 0 {
		return 0
	}
	return limit
}

func (b Backoff) limit() time.Duration {
	if b.Max <= 0 {
		return math.MaxInt64
	}
	return b.Max
}

// scale is factor·d without overflow; factor is not negative.
func scale(d time.Duration, factor float64) time.Duration {
	if f := float64(d) * factor; f < math.MaxInt64 {
		return time.Duration(f)
	}
	return math.MaxInt64
}

// uniform draws from [low, high].
func uniform(low, high time.Duration, rnd func() float64) time.Duration {
	if rnd == nil {
		rnd = rand.Float64
	}
	return min(low+scale(high-low, rnd()), high)
}
