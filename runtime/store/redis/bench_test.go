package redis_test

import (
	"context"
	"testing"
	"time"

	"github.com/alloygen/alloygen/internal/redistest"
	"github.com/alloygen/alloygen/runtime/resilience"
)

func BenchmarkStore(b *testing.B) {
	s, ctx := open(b, redistest.Start(b).URL, patient), context.Background()
	rate := func(n int64, per time.Duration) resilience.Rate { return resilience.Rate{N: n, Per: per} }
	l, err := s.Limiter("k", resilience.Limit{Rates: []resilience.Rate{rate(1e6, time.Second), rate(1e8, time.Minute)}, Burst: 1e6})
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name string
		run  func() error
	}{
		{"take", func() error { _, err := l.Wait(ctx, 1, 0); return err }},
		{"cooling", func() error { s.Cooling(ctx, "k"); return nil }},
		{"reserve", func() error { _, _, err := s.Reserve(ctx, "k", 0, 1<<50, 1); return err }},
		{"begin and release", func() error {
			c, err := s.Begin(ctx, "k")
			if err != nil {
				return err
			}
			return s.Release(ctx, c)
		}},
		{"save 100KB", func() error { return s.Save(ctx, "k", make([]byte, 100<<10)) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				if err := bench.run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
