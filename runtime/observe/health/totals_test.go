package health_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/observe/health"
)

// F183: the sums of scripted events.
func TestTotals(t *testing.T) {
	const ms = time.Millisecond
	m := health.New()
	for _, e := range []alloy.Event{
		alloy.CallStarted{},
		alloy.RateLimitAcquired{Operation: "request", Name: gpt, Remaining: 9},
		alloy.RetryScheduled{Operation: "request", Name: gpt, Delay: 500 * ms},
		alloy.RateLimitAcquired{Operation: "request", Name: gpt, Waited: 250 * ms},
		alloy.RetryScheduled{Operation: "request", Name: gpt, Delay: 1000 * ms},
		alloy.RateLimitAcquired{Operation: "request", Name: "o3", Waited: 2000 * ms},
		alloy.RetryScheduled{Operation: "tool", Name: "lookup_order", Delay: 100 * ms},
		alloy.RateLimitAcquired{Operation: "tool", Name: "lookup_order", Waited: 30 * ms},
		alloy.RetryScheduled{Operation: "of a later version", Delay: time.Hour},
		alloy.RateLimitAcquired{Operation: "of a later version", Waited: time.Hour},
		alloy.RequestRefused{Model: gpt, Kind: alloy.KindBreakerOpen},
		alloy.FallbackStarted{From: gpt, To: "o3"},
		alloy.FallbackStarted{From: "o3", To: "o4-mini"},
		alloy.HedgeStarted{Model: gpt, Number: 1},
		alloy.CooldownStarted{Model: gpt, Duration: time.Minute},
		alloy.BreakerChanged{Model: gpt, From: "closed", To: "open"},
		alloy.BreakerChanged{Model: gpt, From: "open", To: "half_open"},
		alloy.BreakerChanged{Model: gpt, From: "half_open", To: "open"},
		alloy.BreakerChanged{Model: gpt, From: "half_open", To: "closed"},
		alloy.CallFinished{},
	} {
		show(m, 1, e)
	}
	require.Equal(t, health.Totals{
		Requests:  health.Waits{Retries: 2, Delay: 1500 * ms, Permits: 3, RateLimited: 2, Waited: 2250 * ms},
		Tools:     health.Waits{Retries: 1, Delay: 100 * ms, Permits: 1, RateLimited: 1, Waited: 30 * ms},
		Refused:   1,
		Fallbacks: 2,
		Hedges:    1,
		Cooldowns: 1,
		Openings:  2,
	}, m.Report().Totals)
	require.Empty(t, m.Report().Models, "none of these is a call")
}

func TestSumsDoNotOverflow(t *testing.T) {
	m := health.New()
	show(m, 4, alloy.RetryScheduled{Operation: "request", Delay: 1 << 62})
	show(m, 1, alloy.RetryScheduled{Operation: "request", Delay: -time.Hour})
	require.Equal(t, time.Duration(1<<63-1), m.Report().Totals.Requests.Delay)
	require.EqualValues(t, 5, m.Report().Totals.Requests.Retries)
}
