package resilience_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/resilience"
)

type rates = []resilience.Rate

func perSecond(n int64) resilience.Rate { return resilience.Rate{N: n, Per: time.Second} }
func perMinute(n int64) resilience.Rate { return resilience.Rate{N: n, Per: time.Minute} }
func perHour(n int64) resilience.Rate   { return resilience.Rate{N: n, Per: time.Hour} }
func perDay(n int64) resilience.Rate    { return resilience.Rate{N: n, Per: 24 * time.Hour} }

func TestValidateLimit(t *testing.T) {
	const year = 366 * 24 * time.Hour
	for _, tc := range []struct {
		name  string
		limit resilience.Limit
		want  string // "" if it is valid
	}{
		{"F158 no rate", resilience.Limit{Burst: 3}, "a limit needs at least one rate"},
		{"one rate", resilience.Limit{Rates: rates{perSecond(1)}}, ""},
		{"weights alone", resilience.Limit{Weights: rates{perMinute(60_000)}}, ""},
		{"no takes", resilience.Limit{Rates: rates{perSecond(0)}}, "the rate of 0 per 1s is none: give it a number from 1 to 1000000000000"},
		{"no weight", resilience.Limit{Rates: rates{perSecond(1)}, Weights: rates{perSecond(-5)}}, "the rate of -5 per 1s is none: give it a number from 1 to 1000000000000"},
		{"too many", resilience.Limit{Rates: rates{perSecond(1e12 + 1)}}, "the rate of 1000000000001 per 1s is none: give it a number from 1 to 1000000000000"},
		{"no time", resilience.Limit{Rates: rates{{N: 1}}}, "the rate of 1 per 0s is none: give it a time from 1µs to 8784h0m0s"},
		{"too short", resilience.Limit{Rates: rates{{N: 1, Per: 999}}}, "the rate of 1 per 999ns is none: give it a time from 1µs to 8784h0m0s"},
		{"too long", resilience.Limit{Rates: rates{{N: 1, Per: year + 1}}}, "the rate of 1 per 8784h0m0.000000001s is none: give it a time from 1µs to 8784h0m0s"},
		{"too fine", resilience.Limit{Rates: rates{{N: 1, Per: 1500}}}, "the rate of 1 per 1.5µs is finer than a microsecond: round its time"},
		{"negative burst", resilience.Limit{Rates: rates{perSecond(1)}, Burst: -1}, "the burst is -1: give it at least 1, or 0 for the default"},
		{"burst too big", resilience.Limit{Rates: rates{perDay(1), perDay(2)}, Burst: 104_250}, "the burst is 104250: with a rate per 24h0m0s it can be at most 104249"},
		{"largest", resilience.Limit{Rates: rates{{N: 1e12, Per: year}, perDay(1e12)}, Burst: 104_249}, ""},
		{"burst without a rate to pace", resilience.Limit{Weights: rates{perDay(1)}, Burst: math.MaxInt64}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.limit.Validate()
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tc.want)
			w := resilience.NewWindows(tc.limit)
			require.Equal(t, resilience.Verdict{Never: true}, w.Take(0, 1, 1), "what is not valid lets nothing through")
			w.Correct(0, 1)
		})
	}
}

func TestPaceIsThatOfTheFastestRate(t *testing.T) {
	for _, tc := range []struct {
		name  string
		limit resilience.Limit
		want  resilience.Pace
	}{
		{"F157 default burst", resilience.Limit{Rates: rates{perSecond(50), perMinute(500)}}, resilience.Pace{Burst: 10}},
		{"default burst of a small rate", resilience.Limit{Rates: rates{perHour(500), perSecond(3)}}, resilience.Pace{Rate: 1, Burst: 3}},
		{"equals: the shortest", resilience.Limit{Rates: rates{perMinute(600), perSecond(10), perHour(36_000)}, Burst: 10}, resilience.Pace{Rate: 1, Burst: 10}},
		{"over its window", resilience.Limit{Rates: rates{perMinute(60), perHour(20)}, Burst: 61}, resilience.Pace{Burst: 61, Alone: true}},
		{"large", resilience.Limit{Rates: rates{{N: 1e12, Per: 8784 * time.Hour}, {N: 1e12, Per: 8784*time.Hour - 1000}}}, resilience.Pace{Rate: 1, Burst: 10}},
		{"weights are not paced", resilience.Limit{Weights: rates{perSecond(10)}, Burst: 7}, resilience.Pace{Rate: -1}},
	} {
		t.Run(tc.name, func(t *testing.T) { require.Equal(t, tc.want, tc.limit.Pace()) })
	}
}

func TestIdleIsWhenNothingIsLeft(t *testing.T) {
	require.Equal(t, time.Hour, resilience.Limit{Rates: rates{perSecond(1), perMinute(1)}, Weights: rates{perHour(1)}}.Idle())
	require.Equal(t, 7*time.Second/3+1*time.Microsecond-333, resilience.Limit{Rates: rates{perSecond(3)}, Burst: 7}.Idle(), "rounded up")
}
