package health_test

import (
	"testing"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/observe/health"
	"github.com/alloygen/alloygen/runtime/provider"
)

// The goal is no allocation once a model is known.
func BenchmarkObserve(b *testing.B) {
	broken := failed(alloy.KindServer)
	broken.Err = &provider.Error{Class: provider.Server, Status: 500}
	for name, e := range map[string]alloy.Event{
		"answered": answered(time.Second),
		"failed":   broken,
		"retry":    alloy.RetryScheduled{Operation: "request", Delay: time.Second},
		"other":    alloy.TurnFinished{},
	} {
		b.Run(name, func(b *testing.B) {
			m := health.New()
			ctx := b.Context()
			m.Observe(ctx, e)
			b.ReportAllocs()
			for b.Loop() {
				m.Observe(ctx, e)
			}
		})
	}
}

// What a breaker pays after each failure.
func BenchmarkCritical(b *testing.B) {
	m := seen(100, 60)
	b.ReportAllocs()
	for b.Loop() {
		m.Critical(gpt)
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	m := health.New()
	var e alloy.Event = answered(time.Second)
	show(m, 1, e)
	if n := testing.AllocsPerRun(200, func() { m.Observe(t.Context(), e) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
