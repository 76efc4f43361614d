package alloy

import (
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// Breaker says when a model is not asked for a while, because it keeps failing: after Failures failures in a row, or when at
// least half of at least ten requests within Window have failed. After Cooldown one request is let through as a probe: when it
// succeeds the model is asked again as before, when it fails the cooldown doubles, up to 5 minutes. What counts is the model's
// fault: network, timeout, server (not 408 and 409), overloaded, malformed replies. A zero field stands for its default.
type Breaker struct {
	Failures int           // in a row; 0 means 5, below 0 no breaker
	Window   time.Duration // 0 means 1 minute
	Cooldown time.Duration // 0 means 30 s
}

// NoBreaker is a Breaker for WithBreaker that removes one of a level further away.
var NoBreaker = Breaker{Failures: -1}

// WithBreaker stops asking a model that keeps failing; the call goes to the next model at once, or fails with kind
// breaker_open. There is one breaker for each provider and model of a client. Default: none.
func WithBreaker(b Breaker) Option {
	return option(func(s *settings) {
		if b.Window < 0 || b.Cooldown < 0 {
			s.refuse("breaker", "want durations of at least 0, got %+v", b)
			return
		}
		s.breaker, s.hasBreaker = b, b.Failures >= 0
		s.guarded++
	})
}

// WithHealthBreaker opens the breaker of a model as soon as h finds it critical after a failed request, beside the breaker's
// own reasons. h is, for example, a health.Monitor that observes the calls as well. A breaker with the default settings is
// there if WithBreaker sets none. nil removes it.
func WithHealthBreaker(h interface{ Critical(model string) bool }) Option {
	return option(func(s *settings) {
		s.health = h
		s.guarded++
	})
}

func (b Breaker) settings() resilience.BreakerSettings {
	return resilience.BreakerSettings{Failures: b.Failures, Window: b.Window, Cooldown: b.Cooldown}
}

// countsForBreaker is the column "breaker" of the classes: whether a failure is the model's fault. The end of the whole call
// is not: how long that may take is the caller's choice.
func (f *failure) countsForBreaker() bool {
	if f.ended {
		return false
	}
	switch f.kind {
	case KindNetwork:
		return !f.reused // a connection that the server had closed while it was idle says nothing of the model
	case KindServer:
		return f.status != 408 && f.status != 409
	case KindTimeout, KindOverloaded, KindMalformed:
		return true
	}
	return false
}
