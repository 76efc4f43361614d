package health

import (
	"math"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
)

// Totals are sums over all calls since New. They have no window.
type Totals struct {
	Requests  Waits // of requests to models
	Tools     Waits // of tools
	Refused   int64 // requests that were not sent: an open breaker, a limit, a budget
	Fallbacks int64 // moves to the next model
	Hedges    int64 // further requests because one was slow
	Cooldowns int64 // vendors asked to wait
	Openings  int64 // breakers opened
}

// Waits are what one operation waited for.
type Waits struct {
	Retries     int64         // repeats that were scheduled
	Delay       time.Duration // the sum of the waits before them, as scheduled
	Permits     int64         // times that rate limits let it go
	RateLimited int64         // … after a wait
	Waited      time.Duration // the sum of those waits
}

// add counts an event, if it is one of those that are counted.
func (t *Totals) add(e alloy.Event) {
	switch e := e.(type) {
	case alloy.RetryScheduled:
		if w := t.waits(e.Operation); w != nil {
			w.Retries++
			w.Delay = plus(w.Delay, e.Delay)
		}
	case alloy.RateLimitAcquired:
		if w := t.waits(e.Operation); w != nil {
			w.Permits++
			if e.Waited > 0 {
				w.RateLimited++
			}
			w.Waited = plus(w.Waited, e.Waited)
		}
	case alloy.RequestRefused:
		t.Refused++
	case alloy.FallbackStarted:
		t.Fallbacks++
	case alloy.HedgeStarted:
		t.Hedges++
	case alloy.CooldownStarted:
		t.Cooldowns++
	case alloy.BreakerChanged:
		if e.To == "open" {
			t.Openings++
		}
	}
}

// waits are those of an operation, as the events name it.
func (t *Totals) waits(operation string) *Waits {
	switch operation {
	case "request":
		return &t.Requests
	case "tool":
		return &t.Tools
	}
	return nil
}

// plus adds a wait to a sum, which thousands of waiters at once can bring to its end within weeks: it then stays there.
func plus(sum, wait time.Duration) time.Duration {
	if wait > math.MaxInt64-sum {
		return math.MaxInt64
	}
	return sum + max(wait, 0)
}
