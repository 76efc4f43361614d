package redis_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/internal/redistest"
	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store/internal/spending"
	redisstore "github.com/alloygen/alloygen/runtime/store/redis"
)

// micros draws a time, of a microsecond up to most, as often short as long.
func micros(t *rapid.T, most time.Duration, label string) time.Duration {
	scale := rapid.SampledFrom([]time.Duration{10, 5000, 2_000_000, 1 << 62}).Draw(t, label+" scale")
	return time.Microsecond * time.Duration(rapid.Int64Range(1, int64(min(scale, most/time.Microsecond))).Draw(t, label))
}

// number draws 1 … most, as often small as large.
func number(t *rapid.T, most int64, label string) int64 {
	return rapid.Int64Range(1, min(rapid.SampledFrom([]int64{3, 20, 1000, 1 << 62}).Draw(t, label+" scale"), most)).Draw(t, label)
}

func drawLimit(t *rapid.T) resilience.Limit {
	rates := func(label string) (all []resilience.Rate) {
		for range rapid.IntRange(0, 3).Draw(t, label) {
			all = append(all, resilience.Rate{N: number(t, 1e12, label+" N"), Per: micros(t, 366*24*time.Hour, label+" Per")})
		}
		return all
	}
	l := resilience.Limit{Rates: rates("rates"), Weights: rates("weights")}
	if rapid.Bool().Draw(t, "burst given") {
		l.Burst = number(t, 1<<53, "burst")
	}
	if l.Validate() != nil {
		l.Burst = 0
	}
	if l.Validate() != nil {
		l.Rates = append(l.Rates, resilience.Rate{N: 5, Per: time.Second})
	}
	return l
}

// The local and the Redis limiter are equal on the same trace: of takes, questions, corrections and returns, at times that also
// go back a little, or far.
func TestScriptIsWindows(t *testing.T) {
	s := open(t, redistest.Start(t).URL, patient)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		l := drawLimit(t)
		if err := l.Validate(); err != nil {
			t.Skip(err)
		}
		here, there := resilience.NewWindows(l), s.Windows(fmt.Sprint(n), l)
		longest := time.Microsecond
		for _, r := range append(append([]resilience.Rate(nil), l.Rates...), l.Weights...) {
			longest = max(longest, r.Per)
		}
		now := rapid.SampledFrom([]time.Duration{0, 1_700_000_000 * time.Second}).Draw(t, "epoch")
		var taken []time.Duration
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 12).Draw(t, "time") {
			case 0, 1:
			case 10, 11: // the edges of windows and of entries
				r := rapid.SampledFrom(append(append([]resilience.Rate(nil), l.Rates...), l.Weights...)).Draw(t, "edge of")
				edge := rapid.SampledFrom([]time.Duration{r.Per, r.Per / 1024, r.Per / 2}).Draw(t, "edge")
				if len(taken) > 0 && rapid.Bool().Draw(t, "after the newest") {
					now = taken[len(taken)-1]
				}
				now += edge.Truncate(time.Microsecond) + time.Microsecond*time.Duration(rapid.IntRange(0, 1).Draw(t, "past it"))
			case 2:
				now = max(now-micros(t, longest, "back"), 0)
			case 3:
				now = max(now-longest-micros(t, longest, "far back"), 0)
			case 4:
				now += micros(t, 2*longest, "far on")
			default:
				now += micros(t, max(longest/100, time.Microsecond), "on")
			}
			amount, weight := rapid.Int64Range(0, 3).Draw(t, "n"), rapid.Int64Range(0, 3).Draw(t, "weight")
			if rapid.IntRange(0, 4).Draw(t, "size") == 0 {
				amount, weight = number(t, 1e12, "large n"), number(t, 1e12, "large weight")
			}
			switch rapid.IntRange(0, 9).Draw(t, "op") {
			case 0:
				delta := rapid.Int64Range(-2e12, 2e12).Draw(t, "delta")
				if rapid.Bool().Draw(t, "small") {
					delta %= 10
				}
				here.Correct(now, delta)
				there.Correct(now, delta)
			case 1:
				if len(taken) > 0 {
					at := taken[rapid.IntRange(0, len(taken)-1).Draw(t, "which")]
					here.Return(at, amount, weight)
					there.Return(at, amount, weight)
				}
			case 2:
				require.Equal(t, here.Take(now, 0, 0), there.Take(now, 0, 0), "question at step %d of %+v", i, l)
			default:
				v := here.Take(now, amount, weight)
				require.Equal(t, v, there.Take(now, amount, weight), "step %d: %d of weight %d at %v of %+v", i, amount, weight, now, l)
				if v.OK {
					taken = append(taken, v.At)
				} else if !v.Never && rapid.Bool().Draw(t, "wait") {
					now += v.Wait
				}
			}
		}
	})
}

// X68: a take that one of the rates refuses is taken from none.
func TestX68AllOrNone(t *testing.T) {
	s := open(t, redistest.Start(t).URL, patient)
	w := s.Windows("k", resilience.Limit{Rates: []resilience.Rate{{N: 5, Per: time.Second}, {N: 2, Per: time.Minute}}})
	require.True(t, w.Take(0, 2, 0).OK)
	for i := range time.Duration(100) {
		require.False(t, w.Take(time.Second+i, 1, 0).OK)
	}
	require.EqualValues(t, 2, w.Take(time.Minute, 0, 0).Left)
}

// The script for budgets is spending.Account on the same trace.
func TestScriptIsAccount(t *testing.T) {
	s := open(t, redistest.Start(t).URL, patient)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		per := rapid.SampledFrom([]time.Duration{0, time.Millisecond, 300 * time.Millisecond, time.Hour, 24 * 365 * time.Hour}).Draw(t, "per")
		now := time.Unix(1_700_000_000, 0)
		var here spending.Account
		amounts := rapid.OneOf(rapid.Int64Range(0, 100), rapid.Int64Range(0, spending.Max), rapid.Int64Range(spending.Max-2, spending.Max))
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(-2*int64(per+1), 3*int64(per+1)).Draw(t, "time")) / 2)
			amount := amounts.Draw(t, "amount")
			if rapid.Bool().Draw(t, "settle") {
				if rapid.Bool().Draw(t, "less") {
					amount = -amount
				}
				here.Settle(now, per, amount)
				_, spent := s.SpendAt(now, "settle", fmt.Sprint(n), per, 0, amount)
				require.Equal(t, here.Spent, spent)
				continue
			}
			limit := amounts.Draw(t, "limit")
			want := here.Reserve(now, per, limit, amount)
			ok, spent := s.SpendAt(now, "reserve", fmt.Sprint(n), per, limit, amount)
			require.Equal(t, want, ok)
			require.Equal(t, here.Spent, spent)
		}
	})
}

// A share is valid, and no more than the limit.
func TestShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t)
		n := rapid.Int64Range(1, 1000).Draw(t, "replicas")
		if l.Validate() != nil {
			t.Skip()
		}
		share := redisstore.Share(l, n)
		require.NoError(t, share.Validate())
		for i, r := range share.Rates {
			require.Equal(t, max(l.Rates[i].N/n, 1), r.N)
		}
		for i, r := range share.Weights {
			require.Equal(t, max(l.Weights[i].N/n, 1), r.N)
		}
		if len(l.Rates) > 0 {
			require.LessOrEqual(t, share.Burst, max(l.Pace().Burst/n, 1))
			require.True(t, l.Pace().Alone || !share.Pace().Alone)
		}
	})
}
