package alloy_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/store"
)

// perMillion makes a price of whole dollars, so that sums are easy to check.
var perMillion = alloy.Price{Input: 1, Cached: 0.1, Output: 10}

// A report has the cost of all requests. What nobody knows is no nothing.
func TestCostOfACall(t *testing.T) {
	var report alloy.Report
	m := play(t,
		alloytest.Fail(500).Usage(provider.Usage{InputTokens: 1000}),
		alloytest.Reply("").Usage(provider.Usage{InputTokens: 1_000_000, OutputTokens: 100_000}),
		alloytest.Reply("done").Usage(provider.Usage{InputTokens: 2_000_000, CachedTokens: 1_000_000}))
	_, err := run(t, reply, m, alloy.WithRetry(alloy.Retry{Attempts: 2, Base: 1}),
		alloy.WithPrice(alloy.DefaultModel, perMillion), alloy.WithReport(&report))
	require.NoError(t, err)
	require.InDelta(t, 0.001+2+1.1, report.Cost, 1e-9)
	require.Zero(t, report.Unpriced)

	_, err = run(t, reply, play(t, alloytest.Reply("done").Usage(provider.Usage{InputTokens: 5})),
		alloy.WithModel("openai/of-my-own"), alloy.WithReport(&report))
	require.NoError(t, err)
	require.Zero(t, report.Cost)
	require.Equal(t, 1, report.Unpriced)

	_, err = run(t, reply, play(t, alloytest.Reply("done").Usage(provider.Usage{InputTokens: 1_000_000})),
		alloy.WithReport(&report), alloy.WithModel("gpt-5"))
	require.NoError(t, err)
	require.InDelta(t, 1.25, report.Cost, 1e-9, "the built-in price")
}

// The request that would pass the budget is not sent, and no other model is asked.
func TestBudgetOfACall(t *testing.T) {
	for name, tc := range map[string]struct {
		budget alloy.Budget
		says   string
	}{
		"tokens":  {alloy.Budget{Tokens: 3000}, "tokens, 2500 of the budget of 3000 are spent"},
		"dollars": {alloy.Budget{USD: 0.02}, "$0.016 of the budget of $0.02 are spent"},
	} {
		t.Run(name, func(t *testing.T) {
			var report alloy.Report
			usage := provider.Usage{InputTokens: 1000, OutputTokens: 1500}
			m := play(t, alloytest.ToolCall("lookup_order", order("1")).Usage(usage))
			_, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithPrice(alloy.DefaultModel, perMillion),
				alloy.WithBudget(tc.budget), alloy.WithMaxTokens(500),
				alloy.WithFallback("o3"), alloy.WithRetryOn(alloy.All), times(3), alloy.WithReport(&report))
			require.Equal(t, alloy.KindBudget, failed(t, err).Kind)
			require.ErrorContains(t, err, tc.says)
			require.Equal(t, 1, report.Requests)
			require.Equal(t, 1, report.Refused)
		})
	}
}

// A budget is not passed by requests at the same time, nor by those that fail without a word of what they cost.
func TestSharedBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := alloy.New(alloy.WithBudget(alloy.Budget{Tokens: 10_000, Per: time.Hour, Key: "support"}),
			alloy.WithMaxTokens(990), alloy.WithProvider(alloytest.New(alloytest.Reply("done").
				After(time.Second).Usage(provider.Usage{InputTokens: 10, OutputTokens: 990}).Forever())))
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), client)
		results := make(chan error, 30)
		for range 30 {
			go func() {
				_, err := reply.Run(ctx, saying[string]("Where is order 4392?"), nil)
				results <- err
			}()
		}
		ok := 0
		for range 30 {
			if err := <-results; err == nil {
				ok++
			} else if e, is := errors.AsType[*alloy.CommandError](err); !is || e.Kind != alloy.KindBudget {
				t.Error(err)
			}
		}
		require.Equal(t, 10, ok)
		_, err = reply.Run(ctx, saying[string]("hello"), nil)
		require.ErrorContains(t, err, "of the budget support of 10000 per 1h0m0s are spent")
		time.Sleep(time.Hour)
		_, err = reply.Run(ctx, saying[string]("hello"), nil)
		require.NoError(t, err)
	})
}

// resilience.md: budgets fail closed when the store is away.
func TestBudgetWithoutItsStore(t *testing.T) {
	away := alloy.WithStore(awayStore{store.NewMemory()})
	_, err := run(t, reply, play(t), away, alloy.WithBudget(alloy.Budget{Tokens: 10_000, Per: time.Hour, Key: "support"}))
	require.Equal(t, alloy.KindStore, failed(t, err).Kind)
	unavailable := as[*store.UnavailableError](t, err)
	require.Equal(t, "reserve", unavailable.Op)
	_, err = run(t, reply, play(t, alloytest.Reply("done")), away, alloy.WithBudget(alloy.Budget{Tokens: 10_000}))
	require.NoError(t, err, "a call's own budget needs no store")
}

// awayStore is a shared store that cannot be reached.
type awayStore struct{ store.Store }

func (awayStore) Reserve(_ context.Context, key string, _ time.Duration, _, _ int64) (bool, int64, error) {
	return false, 0, &store.UnavailableError{Store: "redis", Op: "reserve", Key: key, Err: errors.New("connection refused")}
}

func TestBudgetsThatMakeNoSense(t *testing.T) {
	for name, opt := range map[string]alloy.Option{
		"negative":      alloy.WithBudget(alloy.Budget{USD: -1}),
		"not a number":  alloy.WithBudget(alloy.Budget{USD: math.NaN()}),
		"key, no per":   alloy.WithBudget(alloy.Budget{Tokens: 1, Key: "a"}),
		"breaker":       alloy.WithBreaker(alloy.Breaker{Window: -1}),
		"hedge of one":  alloy.WithHedge(alloy.Hedge{After: 1, Max: 1}),
		"concurrency":   alloy.WithConcurrency("a", -1),
		"rate":          alloy.WithRateLimit("a", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(0)}}),
		"price":         alloy.WithPrice("gpt-5", alloy.Price{Input: -1}),
		"unknown price": alloy.WithBudget(alloy.Budget{USD: 1}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := run(t, reply, play(t), opt, alloy.WithModel("openai/of-my-own"))
			as[*alloy.ConfigurationError](t, err)
		})
	}
}

// F94, F157: a tool's own rate limit; what waits too long is an error that the model reads.
func TestRateLimitOfATool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := alloy.New()
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), client)
		var l lookup
		tool := l.tool()
		tool.Limit = &alloy.RateLimit{Requests: []alloy.Rate{alloy.PerMinute(2)}}
		tool.Timeout = 10 * time.Second
		m := play(t, alloytest.ToolCall("lookup_order", order("1")).Times(3), alloytest.Reply("done"))
		_, err = reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(m), alloy.WithTools(tool)})
		require.NoError(t, err)
		require.Len(t, l.ran, 2)
		require.Contains(t, results(m.Requests()[3])[2].Content, "not run: the rate limit tool/lookup_order: the rate limit would let it wait 1m0s")

		// Retries of the tool take a place each (F163).
		l = lookup{err: errors.New("away")}
		tool = l.tool()
		tool.Limit, tool.Timeout, tool.Retry = &alloy.RateLimit{Key: "other",
			Requests: []alloy.Rate{alloy.PerMinute(2)}}, time.Hour, alloy.Retry{Attempts: 3}
		begin := time.Now()
		var report alloy.Report
		_, err = reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Reply("done"))), alloy.WithTools(tool), alloy.WithReport(&report)})
		require.NoError(t, err)
		require.Len(t, l.ran, 3)
		require.GreaterOrEqual(t, time.Since(begin), time.Minute)
		require.NotZero(t, report.Waited)
	})
}
