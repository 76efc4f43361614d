package alloy_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/store"
)

type panickingResults struct{ store.Store }

func (panickingResults) Begin(context.Context, string) (store.Claim, error) { panic("oh") }

// A store that panics does not take the call along, nor the program.
func TestPanicOfResults(t *testing.T) {
	require.NotPanics(t, func() {
		tool := idempotent(&lookup{})
		_, err := run(t, reply, alloytest.New(alloytest.ToolCall("lookup_order", order("1")), alloytest.Reply("done")), alloy.WithTools(tool), alloy.WithRunID("r"), alloy.WithStore(panickingResults{store.NewMemory()}))
		t.Log(err)
	})
}

type panickingBudgets struct{ store.Store }

func (panickingBudgets) Settle(context.Context, string, time.Duration, int64) error { panic("oh") }

// A budget whose store panics loses no slot.
func TestPanicOfSettleKeepsTheSlot(t *testing.T) {
	client, err := alloy.New(alloy.WithStore(panickingBudgets{store.NewMemory()}), alloy.WithBudget(alloy.Budget{Tokens: 1 << 40, Per: time.Hour, Key: "k"}), alloy.WithConcurrency("all", 1))
	require.NoError(t, err)
	ctx := alloy.WithClient(t.Context(), client)
	func() {
		defer func() { t.Log("left the call:", recover()) }()
		_, _ = alloy.Ask(ctx, "x", alloy.WithProvider(alloytest.New(alloytest.Reply("y"))))
	}()
	_, err = alloy.Ask(ctx, "x", alloy.WithProvider(alloytest.New(alloytest.Reply("y"))), alloy.WithTimeout(200*time.Millisecond), alloy.WithBudget(alloy.Budget{Per: time.Hour, Key: "k"}))
	require.NoError(t, err)
}

// Who waits for the end of a cooldown waits on when it is prolonged.
func TestProlongedCooldown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		var mu sync.Mutex
		var times []time.Duration
		begin := time.Now()
		m := alloytest.New(alloytest.Func(func(context.Context, *provider.Request) alloytest.Step {
			mu.Lock()
			times = append(times, time.Since(begin))
			mu.Unlock()
			switch n.Add(1) {
			case 1:
				return alloytest.Fail(429).RetryAfter(50 * time.Second).After(5 * time.Second) // asked at 0, answers at 5
			case 2:
				return alloytest.Fail(429).RetryAfter(10 * time.Second) // cooldown until 10
			}
			return alloytest.Reply("ok")
		}).Forever())
		client, err := alloy.New(alloy.WithProvider(m))
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), client)
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				_, _ = alloy.Ask(ctx, "x")
			})
		}
		all.Wait()
		require.Len(t, times, 3)
		require.GreaterOrEqual(t, times[2], 55*time.Second, "the vendor has asked at 5 s to wait until then")
	})
}

// A request that is not sent does not count for the retry budget.
func TestRefusedRequestsDoNotRaiseTheRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		m := alloytest.New(alloytest.Func(func(context.Context, *provider.Request) alloytest.Step { asked.Add(1); return alloytest.Fail(500) }).Forever())
		client, err := alloy.New(alloy.WithProvider(m), alloy.WithRetry(alloy.Retry{Attempts: 5, Base: 1, Jitter: alloy.NoJitter}))
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), client)
		for range 1000 { // refused: the limit allows nothing that big
			_, err := alloy.Ask(ctx, "x", alloy.WithMaxTokens(5000), alloy.WithRateLimit("k", alloy.RateLimit{Tokens: []alloy.Rate{alloy.PerMinute(1)}}))
			require.Equal(t, alloy.KindRateLimit, failed(t, err).Kind)
		}
		require.Zero(t, asked.Load())
		for range 50 {
			_, _ = alloy.Ask(ctx, "x")
		}
		require.LessOrEqual(t, asked.Load(), int32(50+10))
	})
}

// A hedge that is not sent takes no retry out of the budget.
func TestHedgesThatAreNotSentUseNoRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		m := alloytest.New(alloytest.Func(func(context.Context, *provider.Request) alloytest.Step {
			if n.Add(1) <= 10 {
				return alloytest.Reply("ok").After(500 * time.Millisecond)
			}
			if n.Load() == 11 {
				return alloytest.Fail(500)
			}
			return alloytest.Reply("ok")
		}).Forever())
		client, err := alloy.New(alloy.WithProvider(m), alloy.WithConcurrency("k", 1), alloy.WithRetry(alloy.Retry{Attempts: 2}))
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), client)
		for range 10 {
			_, err := alloy.Ask(ctx, "x", alloy.WithHedge(alloy.Hedge{After: 100 * time.Millisecond}))
			require.NoError(t, err)
		}
		_, err = alloy.Ask(ctx, "x")
		require.NoError(t, err, "no retry has been made in the last ten seconds: there are ten left")
	})
}

// Of two limits neither sees a place used later than it counts.
func TestTwoLimitsDoNotBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := plays(alloytest.Reply("ok"))
		client, err := alloy.New(alloy.WithProvider(m))
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), client)
		shared := alloy.WithRateLimit("shared", alloy.RateLimit{Requests: []alloy.Rate{{N: 10, Per: 20 * time.Second}}})
		own := alloy.WithRateLimit("own", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(1)}})
		for range 10 { // another command's
			_, err := alloy.Ask(ctx, "x", shared)
			require.NoError(t, err)
		}
		m.times = nil
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				_, err := alloy.Ask(ctx, "x", own, shared)
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i := 1; i < len(m.times); i++ {
			require.GreaterOrEqual(t, m.times[i].Sub(m.times[i-1]), time.Second, "1 in any second: %v", m.times)
		}
	})
}

type awayRuns struct{ store.Store }

func (awayRuns) Load(ctx context.Context, run string) ([]byte, error) {
	return nil, &store.UnavailableError{Err: errors.New("away")}
}

// The look-up of a run is a part of the call.
func TestLookUpIsWithinTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		_, err := run(t, reply, alloytest.New(alloytest.Reply("ok")), alloy.WithStore(awayRuns{store.NewMemory()}), alloy.WithRunID("r"), alloy.WithTimeout(time.Second))
		require.Error(t, err)
		require.LessOrEqual(t, time.Since(begin), time.Second)
	})
}

// Who waits for the end of a model's cooldown holds no slot.
func TestCooldownHoldsNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := alloytest.New(alloytest.Func(func(_ context.Context, req *provider.Request) alloytest.Step {
			if req.Model == "o3" {
				return alloytest.Fail(429).RetryAfter(30 * time.Second)
			}
			return alloytest.Reply("ok")
		}).Forever())
		client, err := alloy.New(alloy.WithProvider(m), alloy.WithConcurrency("openai", 1))
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), client)
		_, err = alloy.Ask(ctx, "x", alloy.WithModel("o3"))
		require.Error(t, err)
		go func() { _, _ = alloy.Ask(ctx, "x", alloy.WithModel("o3")) }()
		synctest.Wait()
		begin := time.Now()
		_, err = alloy.Ask(ctx, "x", alloy.WithModel("gpt-5"))
		require.NoError(t, err)
		require.Zero(t, time.Since(begin), "no request is under way")
	})
}

// An observer that ends the goroutine leaves nothing set aside.
func TestGoexitKeepsTheBudget(t *testing.T) {
	s := store.NewMemory()
	client, err := alloy.New(alloy.WithStore(s), alloy.WithBudget(alloy.Budget{Tokens: 1 << 40, Per: time.Hour, Key: "k"}), alloy.WithRateLimit("all", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(10)}}),
		alloy.WithObserver(alloy.ObserverFunc(func(_ context.Context, e alloy.Event) {
			if _, ok := e.(alloy.RateLimitAcquired); ok {
				runtime.Goexit()
			}
		})))
	require.NoError(t, err)
	var done sync.WaitGroup
	done.Go(func() {
		_, _ = alloy.Ask(alloy.WithClient(t.Context(), client), "x", alloy.WithProvider(alloytest.New(alloytest.Reply("y"))))
	})
	done.Wait()
	_, spent, err := s.Reserve(t.Context(), "k:tokens", time.Hour, store.MaxAmount, 0)
	require.NoError(t, err)
	require.Zero(t, spent, "nothing was sent")
}

// In a round of several tools each call has a result with its ID, even when an observer ends the goroutine.
func TestGoexitInARoundOfTools(t *testing.T) {
	var once sync.Once
	m := alloytest.New(alloytest.ToolCalls(alloytest.Call{Name: "lookup_order", Args: order("1")}, alloytest.Call{Name: "lookup_order", Args: order("2")}), alloytest.Reply("done"))
	_, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithObserver(alloy.ObserverFunc(func(_ context.Context, e alloy.Event) {
		if _, ok := e.(alloy.ToolStarted); ok {
			once.Do(runtime.Goexit)
		}
	})))
	t.Log(err)
	require.Len(t, m.Requests(), 2)
	for _, r := range results(m.Requests()[1]) {
		require.NotEmpty(t, r.CallID)
	}
}

// A request that the breaker refuses after its wait for a rate limit gives its place back.
func TestBreakerRefusalGivesTheTokenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := plays(alloytest.Fail(500).After(time.Second))
		client, err := alloy.New(alloy.WithProvider(broken), alloy.WithBreaker(alloy.Breaker{Failures: 1, Cooldown: 10 * time.Minute}),
			alloy.WithRateLimit("k", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerMinute(2)}, Burst: 1}))
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), client)
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() { _, _ = alloy.Ask(ctx, "x") })
		}
		all.Wait() // one was sent; four have waited for the limit, and were refused then
		require.Len(t, broken.times, 1)
		begin := time.Now()
		_, _ = alloy.Ask(ctx, "x", alloy.WithBreaker(alloy.NoBreaker))
		require.Equal(t, time.Second, time.Since(begin), "one request in the last two minutes")
	})
}

// A call with a run ID whose caller has gone is cancelled.
func TestCancelledLookUp(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	left := errors.New("the user left")
	cancel(left)
	_, err := triage.Run(ctx, saying[Ticket]("x"), []alloy.Option{alloy.WithProvider(alloytest.New()), alloy.WithRunID("r")})
	require.Equal(t, alloy.KindCanceled, failed(t, err).Kind)
	require.ErrorIs(t, err, left)
	require.ErrorIs(t, err, context.Canceled)
}

// A hedge that the retry budget refuses gives its place in the rate limit back: 15 requests and the ten hedges that the budget
// has are all that the limit sees.
func TestRefusedHedgeGivesTheTokenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := alloy.New(
			alloy.WithProvider(alloytest.New(alloytest.Reply("ok").After(200*time.Millisecond).Forever())),
			alloy.WithHedge(alloy.Hedge{After: 100 * time.Millisecond}),
			alloy.WithRateLimit("k", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerMinute(25)}, Burst: 25}))
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), client)
		begin, hedges := time.Now(), 0
		for range 15 {
			var report alloy.Report
			_, err := alloy.Ask(ctx, "x", alloy.WithReport(&report))
			require.NoError(t, err)
			hedges += report.Hedges
		}
		require.Equal(t, 10, hedges)
		require.Equal(t, 3*time.Second, time.Since(begin), "nobody had to wait")
	})
}
