package resilience_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/runtime/resilience"
)

const second = time.Second

func waits(b resilience.Backoff, n int) []time.Duration {
	all := make([]time.Duration, n)
	for k := range all {
		all[k] = b.Wait(k, nil)
	}
	return all
}

// F76, F78: the waits of each strategy.
func TestWaitsOfEachStrategy(t *testing.T) {
	for _, tc := range []struct {
		name string
		b    resilience.Backoff
		want []time.Duration
	}{
		{"F76 default base", resilience.Backoff{Base: 500 * time.Millisecond, Max: 60 * second}, []time.Duration{second / 2, second, 2 * second}},
		{"F78 exponential", resilience.Backoff{Base: second, Max: 60 * second}, []time.Duration{second, 2 * second, 4 * second, 8 * second, 16 * second, 32 * second, 60 * second, 60 * second}},
		{"F78 linear", resilience.Backoff{Strategy: resilience.Linear, Base: 2 * second, Max: 7 * second}, []time.Duration{2 * second, 4 * second, 6 * second, 7 * second}},
		{"F78 constant", resilience.Backoff{Strategy: resilience.Constant, Base: 5 * second, Max: 60 * second}, []time.Duration{5 * second, 5 * second, 5 * second}},
		{"constant over the cap", resilience.Backoff{Strategy: resilience.Constant, Base: 5 * second, Max: second}, []time.Duration{second, second}},
		{"no cap", resilience.Backoff{Base: 40 * second}, []time.Duration{40 * second, 80 * second, 160 * second}},
		{"no base", resilience.Backoff{Max: second, Jitter: 1}, []time.Duration{0, 0, 0}},
		{"negative base", resilience.Backoff{Base: -second, Max: second, Full: true}, []time.Duration{0, 0, 0}},
	} {
		t.Run(tc.name, func(t *testing.T) { require.Equal(t, tc.want, waits(tc.b, len(tc.want))) })
	}
}

func TestWaitDoesNotOverflow(t *testing.T) {
	for _, s := range []resilience.Strategy{resilience.Exponential, resilience.Linear, resilience.Constant} {
		for _, k := range []int{-1, 62, 63, 64, 1000, math.MaxInt} {
			t.Run(fmt.Sprint(s, k), func(t *testing.T) {
				capped := resilience.Backoff{Strategy: s, Base: second, Max: 60 * second, Jitter: 0.25}
				require.LessOrEqual(t, capped.Wait(k, nil), 60*second)
				require.GreaterOrEqual(t, capped.Wait(k, nil), second*3/4)
				uncapped := resilience.Backoff{Strategy: s, Base: math.MaxInt64, Jitter: 1}
				require.GreaterOrEqual(t, uncapped.Wait(k, nil), time.Duration(0))
			})
		}
	}
	require.Equal(t, 60*second, resilience.Backoff{Base: second, Max: 60 * second}.Wait(1000, nil))
	require.Zero(t, resilience.Backoff{Max: second}.Wait(1000, nil), "zero times anything is zero")
}

// F79: jitter is uniform in ±25 %, and never negative.
func TestJitterSpreadsAroundTheWait(t *testing.T) {
	b := resilience.Backoff{Base: second, Max: 60 * second, Jitter: 0.25}
	rnd := rand.New(rand.NewPCG(1, 2)).Float64
	var sum time.Duration
	low, high := time.Duration(math.MaxInt64), time.Duration(0)
	for range 1000 {
		w := b.Wait(1, rnd) // 2 s before jitter
		require.GreaterOrEqual(t, w, 1500*time.Millisecond)
		require.LessOrEqual(t, w, 2500*time.Millisecond)
		low, high, sum = min(low, w), max(high, w), sum+w
	}
	require.InDelta(t, 2*second, sum/1000, float64(40*time.Millisecond))
	require.Less(t, low, 1510*time.Millisecond, "the whole range is used")
	require.Greater(t, high, 2490*time.Millisecond, "the whole range is used")
}

func TestFullJitterDrawsFromZero(t *testing.T) {
	b := resilience.Backoff{Base: second, Max: 60 * second, Full: true, Jitter: 0.25}
	require.Zero(t, b.Wait(2, func() float64 { return 0 }))
	require.Equal(t, 2*second, b.Wait(2, func() float64 { return 0.5 }))
}

// F80: the cap holds after jitter, for every strategy.
func TestCapHoldsAfterJitter(t *testing.T) {
	for _, s := range []resilience.Strategy{resilience.Exponential, resilience.Linear, resilience.Constant} {
		b := resilience.Backoff{Strategy: s, Base: 7 * second, Max: 10 * second, Jitter: 0.9}
		atCap := 0
		for i := range 10_000 {
			w := b.Wait(i%20, nil)
			require.LessOrEqual(t, w, 10*second)
			if w > 9*second {
				atCap++
			}
		}
		require.NotZero(t, atCap)
	}
}

func TestWaitStaysInItsRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := resilience.Backoff{
			Strategy: resilience.Strategy(rapid.IntRange(0, 2).Draw(t, "strategy")),
			Base:     time.Duration(rapid.Int64().Draw(t, "base")),
			Max:      time.Duration(rapid.Int64().Draw(t, "max")),
		}
		k := rapid.IntRange(0, 2000).Draw(t, "k")
		draw := rapid.Float64Range(0, math.Nextafter(1, 0)).Draw(t, "draw")
		rnd := func() float64 { return draw }

		plain := b.Wait(k, rnd)
		require.GreaterOrEqual(t, plain, time.Duration(0))
		require.GreaterOrEqual(t, b.Wait(k+1, rnd), plain, "waits do not shrink")
		if b.Max > 0 {
			require.LessOrEqual(t, plain, b.Max)
		}

		b.Jitter = rapid.Float64Range(-1, 2).Draw(t, "jitter")
		jittered := b.Wait(k, rnd)
		require.GreaterOrEqual(t, jittered, time.Duration(0))
		if b.Max > 0 {
			require.LessOrEqual(t, jittered, b.Max)
		}

		b.Full = true
		full := b.Wait(k, rnd)
		require.GreaterOrEqual(t, full, time.Duration(0))
		require.LessOrEqual(t, full, plain)
	})
}

func TestRetryAfterIsAFloor(t *testing.T) {
	least, most := func() float64 { return 0 }, func() float64 { return math.Nextafter(1, 0) }
	b := resilience.Backoff{Max: 60 * second}
	for _, tc := range []struct {
		name             string
		wait, retryAfter time.Duration
		low, high        time.Duration
	}{
		{"none", second, 0, second, second},
		{"negative", second, -5 * second, second, second},
		{"longer than the wait", second, 10 * second, 10 * second, 11 * second},
		{"equal to the wait", 10 * second, 10 * second, 10 * second, 11 * second},
		{"shorter than the wait", 10 * second, second, 10 * second, 10 * second},
		{"near the cap", second, 58 * second, 58 * second, 60 * second},
		{"at the cap", second, 60 * second, 60 * second, 60 * second},
		{"over the cap", second, 90 * second, 90 * second, 90 * second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.low, b.Floor(tc.wait, tc.retryAfter, least))
			require.InDelta(t, tc.high, b.Floor(tc.wait, tc.retryAfter, most), 10)
		})
	}
	require.Positive(t, resilience.Backoff{}.Floor(0, math.MaxInt64, most), "no overflow without a cap")
}

func TestWaitDoesNotAllocate(t *testing.T) {
	b := resilience.Backoff{Base: second, Max: 60 * second, Jitter: 0.25}
	require.Zero(t, testing.AllocsPerRun(100, func() { b.Floor(b.Wait(3, nil), second, nil) }))
}

func ExampleBackoff_Wait() {
	b := resilience.Backoff{Base: 500 * time.Millisecond, Max: 3 * time.Second}
	for k := range 5 {
		fmt.Println(b.Wait(k, nil))
	}
	// Output:
	// 500ms
	// 1s
	// 2s
	// 3s
	// 3s
}
