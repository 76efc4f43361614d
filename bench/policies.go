package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/alloygen/alloygen/bench/support"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

// Rates that nothing here comes near: what is measured is a call that succeeds at once.
const plenty = 1_000_000_000

// policies are the four that both sides have: retry, rate limit, breaker, and a time for each attempt.
func policies() []alloy.Option {
	return []alloy.Option{
		alloy.WithRetry(alloy.Retry{Attempts: 3}),
		alloy.WithRateLimit("bench", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(plenty)}, Burst: plenty}),
		alloy.WithBreaker(alloy.Breaker{Failures: 5, Window: time.Minute, Cooldown: 30 * time.Second}),
		alloy.WithAttemptTimeout(time.Minute),
	}
}

// guarded are calls in memory whose requests go through failsafe-go's policies.
type guarded struct {
	provider.Provider
	executor failsafe.Executor[*provider.Response]
}

func newGuarded(p provider.Provider) *guarded {
	return &guarded{p, failsafe.With[*provider.Response](
		retrypolicy.NewBuilder[*provider.Response]().WithMaxAttempts(3).WithBackoff(500*time.Millisecond, time.Minute).Build(),
		ratelimiter.NewBurstyBuilder[*provider.Response](plenty, time.Second).WithMaxWaitTime(time.Minute).Build(),
		circuitbreaker.NewBuilder[*provider.Response]().WithFailureThreshold(5).WithDelay(30*time.Second).Build(),
		timeout.New[*provider.Response](time.Minute),
	)}
}

func (g *guarded) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	return g.executor.WithContext(ctx).GetWithExecution(func(e failsafe.Execution[*provider.Response]) (*provider.Response, error) {
		return g.Provider.Do(e.Context(), req, emit)
	})
}

// benchPolicies measures what the policies add to a call that succeeds, ours and failsafe-go's.
func benchPolicies(t *table, s settings) error {
	var ways []way
	for _, w := range []struct {
		name string
		p    provider.Provider
		opts []alloy.Option
	}{
		{"without policies", constant{want.Summary}, nil},
		{"retry, rate limit, breaker, attempt timeout", constant{want.Summary}, policies()},
		{"the same four of failsafe-go", newGuarded(constant{want.Summary}), nil},
	} {
		client, err := alloy.New(append([]alloy.Option{alloy.WithProvider(w.p)}, w.opts...)...)
		if err != nil {
			return err
		}
		ctx := alloy.WithClient(context.Background(), client)
		ways = append(ways, way{w.name, func() error {
			got, err := support.Summarize(ctx, message)
			if err == nil && got != want.Summary {
				err = errors.New("another answer")
			}
			return err
		}})
	}
	costs, err := compare(ways, s.rounds, s.calls*50) // a difference needs more of them than a figure
	if err != nil {
		return err
	}
	t.group("policies: what they add to a text answer in memory")
	ours, theirs := costs[1].cpuAdded, costs[2].cpuAdded
	us := ours.Seconds() * 1e6
	t.add(line{name: "CPU: " + ways[0].name, figure: micros(costs[0].cpu)})
	t.add(line{name: "CPU added by: " + ways[1].name, figure: micros(ours), target: below("2.5 µs", us, 2.5)})
	t.add(line{name: "CPU added by: " + ways[2].name, figure: micros(theirs)})
	t.add(line{name: "failsafe-go, over ours", figure: fmt.Sprintf("%.2f", theirs.Seconds()/ours.Seconds()), target: atLeast("3", theirs.Seconds()/ours.Seconds(), 3)})
	added := costs[1].allocs - costs[0].allocs
	t.add(line{name: "allocations added by: " + ways[1].name, figure: fmt.Sprintf("%.0f", added), target: atMost("8", added, 8)})
	t.add(line{name: "allocations added by: " + ways[2].name, figure: fmt.Sprintf("%.0f", costs[2].allocs-costs[0].allocs)})
	return nil
}
