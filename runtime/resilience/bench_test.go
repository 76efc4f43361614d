package resilience_test

import (
	"testing"
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
)

func newLimiter(t testing.TB, l resilience.Limit) *resilience.Limiter {
	t.Helper()
	limiter, err := resilience.NewLimiter(l)
	if err != nil {
		t.Fatal(err)
	}
	return limiter
}

// ample lets all pass that a benchmark can send, and has logs in their steady state: a window of a millisecond, and a long one.
var ample = resilience.Limit{
	Rates:   rates{{N: 1e6, Per: time.Millisecond}, {N: 1e12, Per: time.Hour}},
	Weights: rates{{N: 1e12, Per: time.Second}},
	Burst:   1e6,
}

// The goal is no allocation.
func BenchmarkWaitUncontended(b *testing.B) {
	limiter := newLimiter(b, ample)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := limiter.Wait(b.Context(), 1, 100); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWaitFromManyGoroutines(b *testing.B) {
	limiter := newLimiter(b, ample)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := limiter.Wait(b.Context(), 1, 100); err != nil {
				b.Error(err)
			}
		}
	})
}

// A refusal looks for the entries that have to leave before: 1,026 at most in each log.
func BenchmarkRefusal(b *testing.B) {
	w := resilience.NewWindows(resilience.Limit{Weights: rates{perSecond(1100)}})
	for i := range 1100 {
		w.Take(time.Duration(i)*977*time.Microsecond, 0, 1)
	}
	b.ReportAllocs()
	for b.Loop() {
		if w.Take(time.Second, 0, 1100).OK {
			b.Fatal("taken")
		}
	}
}

// The goal is no allocation.
func BenchmarkAllowDone(b *testing.B) {
	breaker := resilience.NewBreaker(resilience.BreakerSettings{})
	b.ReportAllocs()
	for b.Loop() {
		permit, err := breaker.Allow()
		if err != nil {
			b.Fatal(err)
		}
		permit.Done(resilience.Success)
	}
}

// The goal is no allocation.
func BenchmarkRetryBudget(b *testing.B) {
	var budget resilience.RetryBudget
	b.ReportAllocs()
	for b.Loop() {
		budget.Request()
		budget.Retry()
	}
}
