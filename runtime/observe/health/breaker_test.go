package health_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/observe/health"
)

// F182: the breaker opens when more than half of the last calls have failed. It has no reason of its own to: never do two
// requests fail in a row, nor ten come within its window of a minute.
func TestHealthOpensTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steps []alloytest.Step
		for range 10 {
			steps = append(steps, alloytest.Fail(500), alloytest.Reply("ok"))
		}
		steps = append(steps, alloytest.Fail(500))
		m := health.New(health.WithMinCalls(20))
		client, err := alloy.New(alloy.WithProvider(alloytest.New(steps...).For(t)), alloy.WithModel(gpt),
			alloy.WithObserver(m), alloy.WithHealthBreaker(m))
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), client)
		for range 10 {
			_, err = alloy.Ask(ctx, "fails")
			require.Error(t, err)
			time.Sleep(10 * time.Second)
			_, err = alloy.Ask(ctx, "is answered")
			require.NoError(t, err)
			time.Sleep(10 * time.Second)
		}
		require.Equal(t, health.Degraded, m.Status(gpt).State, "10 of 20")
		require.Zero(t, m.Report().Totals.Openings)

		_, err = alloy.Ask(ctx, "fails")
		require.Error(t, err)
		require.Equal(t, health.Critical, m.Status(gpt).State, "11 of 21")
		require.EqualValues(t, 1, m.Report().Totals.Openings)

		_, err = alloy.Ask(ctx, "is not sent")
		var failed *alloy.CommandError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, alloy.KindBreakerOpen, failed.Kind)
		require.Equal(t, 21, m.Status(gpt).Calls)
		require.EqualValues(t, 1, m.Report().Totals.Refused)
	})
}

// F183: two go at once, and the third 100 ms later.
func TestWaitsForRateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := health.New()
		client, err := alloy.New(alloy.WithProvider(alloytest.New(alloytest.Reply("ok").Times(4)).For(t)), alloy.WithObserver(m),
			alloy.WithRateLimit("mine", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(10)}, Burst: 2}))
		require.NoError(t, err)
		for range 4 {
			_, err = alloy.Ask(alloy.WithClient(t.Context(), client), "hello")
			require.NoError(t, err)
		}
		require.Equal(t, health.Waits{Permits: 4, RateLimited: 2, Waited: 200 * time.Millisecond}, m.Report().Totals.Requests)
		require.Equal(t, time.Duration(0), m.Status(alloy.DefaultModel).Average, "the wait is before the request")
	})
}
