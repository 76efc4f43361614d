package health_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/observe/health"
	"github.com/alloygen/alloygen/runtime/provider"
)

// What a monitor says of calls that really ran.
func TestScriptedRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := health.New()
		model := alloytest.New(
			alloytest.Reply("fine").After(2*time.Second),
			alloytest.Fail(500).After(time.Second), // server
			alloytest.Hang(),                       // attempt timeout
			alloytest.Cut("half an").After(time.Second),
			alloytest.Reply("at last").After(4*time.Second),
			alloytest.Fail(429).RetryAfter(3*time.Second),
			alloytest.Refuse("I would rather not"),
			alloytest.Fail(409),
			alloytest.Fail(400),
			alloytest.FailWith(&provider.ConfigError{Message: "no key"}),
			alloytest.Hang(), // the caller gives up
		).For(t)
		client, err := alloy.New(
			alloy.WithProvider(model), alloy.WithModel(gpt), alloy.WithObserver(m), alloy.WithAttemptTimeout(10*time.Second),
			alloy.WithRetry(alloy.Retry{Attempts: 4, Base: time.Second, Jitter: alloy.NoJitter}),
		)
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), client)

		_, err = alloy.Ask(ctx, "1")
		require.NoError(t, err)
		require.Equal(t, health.Healthy, m.Status(gpt).State)

		_, err = alloy.Ask(ctx, "2: 500, silence, a cut, an answer")
		require.NoError(t, err)
		require.Equal(t, health.Status{
			Model: gpt, Provider: "openai", State: health.Critical, Calls: 5, Failures: 3, ErrorRate: 0.6,
			Average: 3600 * time.Millisecond, P50: 2 * time.Second, P95: 10 * time.Second, P99: 10 * time.Second,
			LastError: alloy.KindNetwork,
		}, m.Status(gpt))
		require.True(t, m.Critical(gpt))

		_, err = alloy.Ask(ctx, "3: 429, a refusal")
		require.Error(t, err)
		_, err = alloy.Ask(ctx, "4: 409, 400")
		require.Error(t, err)
		_, err = alloy.Ask(ctx, "5: no key")
		require.Error(t, err)
		hasty, cancel := context.WithCancel(ctx)
		time.AfterFunc(time.Second, cancel)
		_, err = alloy.Ask(hasty, "6")
		require.ErrorIs(t, err, context.Canceled)

		s := m.Status(gpt)
		require.Equal(t, 9, s.Calls, "a missing key and the caller's end are no calls")
		require.Equal(t, 3, s.Failures)
		require.Equal(t, health.Degraded, s.State)
		require.Equal(t, alloy.KindInvalid, s.LastError)

		// F183: 1+2+4 s in the second call, 3 s (and up to a tenth more) in the third, 1 s in the fourth.
		totals := m.Report().Totals
		require.EqualValues(t, 5, totals.Requests.Retries)
		require.InDelta(t, 11.15, totals.Requests.Delay.Seconds(), 0.15)
		require.Zero(t, totals.Tools)

		time.Sleep(5 * time.Minute)
		require.Equal(t, health.Healthy, m.Status(gpt).State)
		require.EqualValues(t, 5, m.Report().Totals.Requests.Retries, "totals have no window")
	})
}

// F183: repeats of a tool are its own.
func TestRetriesOfTools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, runs := health.New(), 0
		flaky := alloy.Tool{
			Name:  "flaky",
			Input: &alloy.Schema{Name: "flaky", JSON: `{"type":"object","properties":{},"additionalProperties":false}`},
			Retry: alloy.Retry{Attempts: 3, Base: 200 * time.Millisecond, Jitter: alloy.NoJitter},
			Run: func(context.Context, []byte) (any, error) {
				if runs++; runs < 3 {
					return nil, errDown
				}
				return "done", nil
			},
		}
		model := alloytest.New(alloytest.ToolCall("flaky", nil), alloytest.Reply("ok")).For(t)
		_, err := alloy.Ask(t.Context(), "go", alloy.WithProvider(model), alloy.WithObserver(m), alloy.WithTools(flaky))
		require.NoError(t, err)
		require.Equal(t, health.Waits{Retries: 2, Delay: 600 * time.Millisecond}, m.Report().Totals.Tools)
		require.Zero(t, m.Report().Totals.Requests)
	})
}

// Many calls at once, and readers beside them: the race detector looks on.
func TestManyGoroutines(t *testing.T) {
	m := health.New()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for i := range 200 {
				show(m, 1, answered(time.Duration(i)*time.Millisecond))
				show(m, 1, failed(alloy.KindServer))
				show(m, 1, alloy.RequestFinished{Model: string(rune('a' + i%26)), Err: errDown, Kind: alloy.KindNetwork})
				show(m, 1, alloy.RetryScheduled{Operation: "request", Delay: time.Millisecond})
			}
		})
		all.Go(func() {
			for range 20 {
				_ = m.Critical(gpt)
				s := m.Status(gpt)
				_, _ = get(m)
				if r := m.Report(); len(r.Models) > 27 || s.Failures > s.Calls || s.Calls > 100 {
					t.Errorf("impossible: %+v %+v", s, r)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 10_000, m.Report().Totals.Requests.Retries)
	require.Equal(t, 10*time.Second, m.Report().Totals.Requests.Delay)
	require.Equal(t, 100, m.Status(gpt).Calls)
	require.Equal(t, health.Critical, m.Status("a").State)
}
