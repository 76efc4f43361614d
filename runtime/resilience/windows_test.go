package resilience_test

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/runtime/resilience"
)

const ms = time.Millisecond

// drain takes one at a time from begin to before end, as soon as each is OK, and returns when each was.
func drain(t *testing.T, w *resilience.Windows, begin, end time.Duration) []time.Duration {
	t.Helper()
	var all []time.Duration
	for now := begin; ; {
		v := w.Take(now, 1, 0)
		switch {
		case v.OK:
			all = append(all, now)
			continue
		case now+v.Wait >= end:
			return all
		}
		require.Positive(t, v.Wait)
		now += v.Wait
	}
}

// mostWithin is the largest count of an interval of length per.
func mostWithin(all []time.Duration, per time.Duration) (most int) {
	first := 0
	for i := range all {
		for all[first]+per <= all[i] {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// F157: the bucket starts full and is refilled at the configured rate.
func TestF157BurstThenPace(t *testing.T) {
	w := resilience.NewWindows(resilience.Limit{Rates: rates{perSecond(10)}, Burst: 20})
	for i := range 20 {
		require.Equal(t, resilience.Verdict{OK: true, Left: int64(19 - i)}, w.Take(0, 1, 0))
	}
	require.Equal(t, resilience.Verdict{Wait: 100 * ms}, w.Take(0, 1, 0))
	require.Equal(t, resilience.Verdict{Wait: 40 * ms}, w.Take(60*ms, 1, 0))
	require.Equal(t, resilience.Verdict{OK: true, At: 100 * ms}, w.Take(100*ms, 1, 0))
	require.Equal(t, resilience.Verdict{Wait: 100 * ms}, w.Take(100*ms, 1, 0))
	require.Equal(t, int64(20), w.Take(time.Hour, 0, 0).Left, "never above the burst")

	byDefault := resilience.NewWindows(resilience.Limit{Rates: rates{perMinute(600)}})
	require.Equal(t, resilience.Verdict{OK: true}, byDefault.Take(0, 10, 0))
	require.Equal(t, resilience.Verdict{Wait: 100 * ms}, byDefault.Take(0, 1, 0))
}

// F158: all windows hold at once.
func TestF158AllWindowsHold(t *testing.T) {
	w := resilience.NewWindows(resilience.Limit{Rates: rates{perSecond(10), perMinute(60), perHour(700)}})
	all := drain(t, w, 0, 2*time.Hour)
	count := func(until time.Duration) (n int) {
		for _, at := range all {
			if at < until {
				n++
			}
		}
		return n
	}
	require.Equal(t, 10, count(time.Second))
	require.Equal(t, 60, count(time.Minute))
	require.Equal(t, 120, count(2*time.Minute))
	require.Equal(t, 700, count(time.Hour))
	require.Equal(t, 1400, count(2*time.Hour))
}

// F159: a real window: what a large burst took counts in every interval, not only in the minute of the clock.
func TestF159RealWindows(t *testing.T) {
	for _, tc := range []struct {
		limit resilience.Limit
		most  int // in any minute
	}{
		{resilience.Limit{Rates: rates{perMinute(500)}, Burst: 500}, 500},
		{resilience.Limit{Rates: rates{perMinute(500)}, Burst: 120}, 500},
		{resilience.Limit{Rates: rates{perSecond(100), perMinute(500)}, Burst: 400}, 500}, // 100/s is the one that bends
		{resilience.Limit{Rates: rates{perMinute(500)}, Burst: 700}, 500 + 700},
	} {
		w := resilience.NewWindows(tc.limit)
		drain(t, w, 0, 10*time.Second)
		all := drain(t, w, 59*time.Second, 10*time.Minute)
		require.LessOrEqual(t, mostWithin(all, time.Minute), tc.most)
		require.Greater(t, len(all), 9*499, "and no less than the rate")
	}
}

// F160: how many are left is known, and grows again.
func TestF160Left(t *testing.T) {
	w := resilience.NewWindows(resilience.Limit{Rates: rates{perSecond(4), perMinute(6)}, Burst: 4, Weights: rates{perMinute(100)}})
	left := func(now time.Duration) int64 { return w.Take(now, 0, 0).Left }
	require.Equal(t, int64(4), left(0))
	require.Equal(t, int64(1), w.Take(0, 3, 0).Left)
	require.Equal(t, int64(1), left(500*ms), "the bucket has 3, the window 1")
	require.Equal(t, int64(3), left(time.Second), "the minute has 3")
	require.Equal(t, int64(2), w.Take(time.Second, 1, 98).Left)
	require.Equal(t, int64(2), left(2*time.Second))
	require.Equal(t, int64(1), w.Take(2*time.Second, 0, 1).Left, "one of weight 1")
	w.Correct(2*time.Second, 500)
	require.Equal(t, resilience.Verdict{Wait: 60 * time.Second}, w.Take(2*time.Second, 0, 0), "the weights are in debt")
	require.Equal(t, int64(4), left(10*time.Hour))
}

// F161: what never fits is refused at once.
func TestF161MoreThanFits(t *testing.T) {
	limit := resilience.Limit{Rates: rates{perSecond(10), perMinute(15)}, Burst: 20, Weights: rates{perMinute(1000), perSecond(100)}}
	for _, tc := range []struct {
		name      string
		n, weight int64
		never     bool
	}{
		{"all", 15, 100, false},
		{"over the second rate", 16, 0, true},
		{"over the burst", 21, 0, true},
		{"over a weight", 1, 101, true},
		{"far over", 1 << 62, 1 << 62, true},
		{"negative", -5, -5, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := resilience.NewWindows(limit)
			v := w.Take(0, tc.n, tc.weight)
			require.Equal(t, tc.never, v.Never)
			require.Equal(t, !tc.never, v.OK)
			require.Zero(t, v.Wait)
			if tc.never {
				require.Equal(t, int64(15), v.Left, "nothing is lost by asking")
			}
		})
	}
	w := resilience.NewWindows(resilience.Limit{Rates: rates{perMinute(500)}})
	require.True(t, w.Take(0, 11, 0).Never, "more than the default burst")
}

// X68: if the third rate refuses, the first two have lost nothing.
func TestX68AllOrNone(t *testing.T) {
	limit := resilience.Limit{Rates: rates{perSecond(10), perMinute(100), perHour(3)}, Weights: rates{perSecond(1000), perHour(100)}}
	w := resilience.NewWindows(limit)
	require.True(t, w.Take(0, 3, 40).OK)
	before := w.Clone()
	for i := range 1000 {
		require.Equal(t, time.Hour-time.Duration(i)*ms, w.Take(time.Duration(i)*ms, 1, 1).Wait)
	}
	require.Equal(t, before, w.Clone())
	require.True(t, w.Take(time.Hour, 3, 100).OK)
	for range 3 {
		require.Equal(t, time.Hour, w.Take(time.Hour, 0, 1).Wait, "the weight alone refuses")
	}
}

// X69: the clock jumps.
func TestX69ClockJumps(t *testing.T) {
	limit := resilience.Limit{Rates: rates{perSecond(10), perHour(1000)}, Burst: 20}
	start := 100 * time.Hour
	t.Run("forward", func(t *testing.T) {
		for _, jump := range []time.Duration{time.Hour, 8 * time.Hour, 1e5 * time.Hour} {
			w := resilience.NewWindows(limit)
			drain(t, w, start, start+time.Minute)
			require.Len(t, drain(t, w, start+jump, start+jump+1), 20, "no burst above the burst")
		}
	})
	t.Run("back", func(t *testing.T) {
		w := resilience.NewWindows(limit)
		require.True(t, w.Take(start, 20, 0).OK)
		require.Equal(t, resilience.Verdict{Wait: 100 * ms}, w.Take(start, 1, 0))
		require.Equal(t, resilience.Verdict{Wait: 101 * ms}, w.Take(start-ms, 1, 0), "no time has passed, and the wait is true")
		require.Equal(t, resilience.Verdict{Wait: time.Hour + 100*ms}, w.Take(start-time.Hour, 1, 0))
		require.Equal(t, resilience.Verdict{OK: true, At: start + 100*ms}, w.Take(start+100*ms, 1, 0))
	})
	t.Run("another clock", func(t *testing.T) {
		w := resilience.NewWindows(limit)
		require.True(t, w.Take(start, 20, 0).OK)
		w.Correct(start-2*time.Hour, 5)
		question := w.Take(start-2*time.Hour, 0, 0)
		require.Equal(t, resilience.Verdict{OK: true, Left: 20, At: start - 2*time.Hour}, question)
		require.Equal(t, int64(0), w.Take(start, 0, 0).Left, "a question changes nothing")
		require.Equal(t, resilience.Verdict{OK: true, Left: 1, At: start - 2*time.Hour}, w.Take(start-2*time.Hour, 19, 0))
		require.Equal(t, resilience.Verdict{Wait: 100 * ms, Left: 1}, w.Take(start-2*time.Hour, 2, 0))
	})
	t.Run("below zero", func(t *testing.T) {
		w := resilience.NewWindows(limit)
		require.True(t, w.Take(-1500, 20, 0).OK)
		require.Equal(t, resilience.Verdict{Wait: 100 * ms}, w.Take(-1500, 1, 0))
		require.True(t, w.Take(-1500+100*ms, 1, 0).OK)
	})
}

func TestCorrectChangesTheNewestWeights(t *testing.T) {
	limit := resilience.Limit{Rates: rates{perSecond(100)}, Weights: rates{perMinute(1000)}}
	fill := func() *resilience.Windows {
		w := resilience.NewWindows(limit)
		require.True(t, w.Take(0, 1, 300).OK)
		require.True(t, w.Take(time.Second, 1, 300).OK)
		require.True(t, w.Take(2*time.Second, 1, 300).OK)
		return w
	}
	now := 2 * time.Second
	wait := func(w *resilience.Windows, weight int64) time.Duration { return w.Take(now, 0, weight).Wait }

	w := fill()
	w.Correct(now, -200)
	require.Zero(t, wait(w, 300))
	w = fill()
	w.Correct(now, -200)
	require.Equal(t, 58*time.Second, wait(w, 301), "until the oldest has left")
	require.Equal(t, 60*time.Second, wait(w, 1000))

	w = fill()
	w.Correct(now, -400)
	require.Equal(t, 58*time.Second, wait(w, 501))
	require.Equal(t, 59*time.Second, wait(w, 801), "the newest has nothing left, the one before 200")
	require.Equal(t, 59*time.Second, wait(w, 1000))

	w = fill()
	w.Correct(now, -5000)
	require.Zero(t, wait(w, 1000), "no weight is below zero")

	w = fill()
	w.Correct(now, 800)
	require.Equal(t, 60*time.Second, wait(w, 1), "in debt: until the newest has left")
	require.Equal(t, 60*time.Second, wait(w, 0))
	for range 1 << 14 {
		w.Correct(now, 1<<62)
	}
	require.Equal(t, 60*time.Second, wait(w, 1000), "no overflow")

	w = fill()
	w.Correct(62*time.Second, 700)
	require.True(t, w.Take(62*time.Second, 0, 1000).OK, "what has left is not brought back")
	resilience.NewWindows(limit).Correct(0, 5)
}

// However dense the takes are, a log has at most 1026 entries: with this step there are the most.
func TestLogsAreBounded(t *testing.T) {
	for _, per := range []time.Duration{time.Second, 1024 * time.Microsecond, ms, 5 * time.Microsecond, time.Hour} {
		w := resilience.NewWindows(resilience.Limit{Weights: rates{{N: 1e9, Per: per}}})
		step := time.Duration(per.Microseconds()/1024+1) * time.Microsecond
		most := 0
		for i := range 5000 {
			require.True(t, w.Take(time.Duration(i)*step, 0, 1).OK)
			most = max(most, w.LogSizes()[0])
		}
		require.LessOrEqual(t, most, 1026)
		require.GreaterOrEqual(t, most, min(int(per.Microseconds()), 512))
	}
}

// naive is a limit that remembers each take, which counts for Per and slack(Per) more.
type naive struct {
	limit  resilience.Limit
	slack  func(per int64) int64
	takes  []naiveTake
	bucket *big.Rat // how many takes it held at the time of the last one
	last   int64
}

type naiveTake struct {
	at, n   int64
	weight  int64
	weights []int64 // for each of the limit's Weights what is left of it
}

func newNaive(l resilience.Limit, slack func(int64) int64) *naive {
	return &naive{limit: l, slack: slack, bucket: big.NewRat(l.Pace().Burst, 1)}
}

// clock is a time that does not go backwards, how far it was behind, and whether it is another clock's.
func (m *naive) clock(at int64) (now, lag int64, anew bool) {
	var longest time.Duration
	for _, r := range slices.Concat(m.limit.Rates, m.limit.Weights) {
		longest = max(longest, r.Per)
	}
	switch {
	case len(m.takes) == 0 || at >= m.last:
		return at, 0, false
	case m.last-at > longest.Microseconds():
		return at, 0, true
	}
	return m.last, m.last - at, false
}

func (m *naive) counts(take naiveTake, r resilience.Rate, at int64) bool {
	per := r.Per.Microseconds()
	return take.at+per+m.slack(per) > at
}

// level is how many takes the bucket holds.
func (m *naive) level(at int64) *big.Rat {
	p := m.limit.Pace()
	full := big.NewRat(p.Burst, 1)
	if len(m.takes) == 0 {
		return full
	}
	r := m.limit.Rates[p.Rate]
	level := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(at-m.last), big.NewInt(r.N)), big.NewInt(r.Per.Microseconds()))
	if level.Add(level, m.bucket); level.Cmp(full) > 0 {
		return full
	}
	return level
}

func (m *naive) ok(at, n, weight int64) bool {
	p := m.limit.Pace()
	for i, r := range m.limit.Rates {
		sum := n
		for _, take := range m.takes {
			if m.counts(take, r, at) {
				sum += take.n
			}
		}
		if sum > r.N && !(i == p.Rate && p.Alone) {
			return false
		}
	}
	for i, r := range m.limit.Weights {
		sum := weight
		for _, take := range m.takes {
			if m.counts(take, r, at) {
				sum += take.weights[i]
			}
		}
		if sum > r.N {
			return false
		}
	}
	return p.Rate < 0 || m.level(at).Cmp(big.NewRat(n, 1)) >= 0
}

func (m *naive) take(at, n, weight int64) {
	if n == 0 && weight == 0 {
		return
	}
	if m.limit.Pace().Rate >= 0 {
		m.bucket = new(big.Rat).Sub(m.level(at), big.NewRat(n, 1))
	}
	m.last = at
	m.takes = append(m.takes, naiveTake{at, n, weight, slices.Repeat([]int64{weight}, len(m.limit.Weights))})
}

func (m *naive) correct(at, delta int64) {
	for i, r := range m.limit.Weights {
		rest := delta
		for _, take := range slices.Backward(m.takes) {
			if take.weight > 0 && m.counts(take, r, at) && rest != 0 {
				change := max(rest, -take.weights[i])
				take.weights[i] += change
				rest -= change
			}
		}
	}
}

// giveBack undoes the newest take of a time.
func (m *naive) giveBack(at, n, weight int64) {
	for k, take := range slices.Backward(m.takes) {
		if take.at != at || take.n != n || take.weight != weight {
			continue
		}
		if at == m.last && m.limit.Pace().Rate >= 0 {
			m.bucket.Add(m.bucket, big.NewRat(n, 1))
		}
		m.takes[k].n, m.takes[k].weight = 0, -1
		clear(take.weights)
		return
	}
}

func drawRates(t *rapid.T, name string, least int, pers []time.Duration) rates {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) resilience.Rate {
		per := rapid.SampledFrom(pers).Draw(t, "unit") * time.Duration(rapid.IntRange(1, 9).Draw(t, "units"))
		return resilience.Rate{N: rapid.Int64Range(1, 30).Draw(t, "n"), Per: per}
	}), least, 3).Draw(t, name)
}

func drawLimit(t *rapid.T, pers []time.Duration) resilience.Limit {
	l := resilience.Limit{Rates: drawRates(t, "rates", 0, pers), Burst: rapid.Int64Range(0, 40).Draw(t, "burst")}
	l.Weights = drawRates(t, "weights", 1-min(len(l.Rates), 1), pers)
	return l
}

// No rate is exceeded in any interval, and nothing is refused for longer than Per/1024 that would have fitted, whatever is
// taken, corrected and asked, and however the clock behaves. With Per under 1024 µs the two bounds are one.
func TestNoWindowIsEverExceeded(t *testing.T) {
	for name, pers := range map[string][]time.Duration{
		"exact":  {time.Microsecond, 7 * time.Microsecond, 100 * time.Microsecond},
		"merged": {100 * time.Microsecond, 2 * ms, time.Second, time.Minute},
	} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			l := drawLimit(t, pers)
			require.NoError(t, l.Validate())
			w := resilience.NewWindows(l)
			strict := newNaive(l, func(int64) int64 { return 0 })
			lax := newNaive(l, func(per int64) int64 { return per / 1024 })
			corrects := rapid.Bool().Draw(t, "corrects") // or gives back: of both together a sum does not say whose weight is left
			type used struct {
				resilience.Verdict
				n, weight int64
			}
			var taken []used
			now := time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "epoch"))
			for range rapid.IntRange(1, 60).Draw(t, "steps") {
				now += time.Duration(rapid.Int64Range(-200, 2000).Draw(t, "moved")) * rapid.SampledFrom(pers).Draw(t, "by") / 1000
				if rapid.IntRange(0, 50).Draw(t, "jump") == 0 {
					now += time.Duration(rapid.Int64Range(-3600e9, 3600e9).Draw(t, "far"))
				}
				at, lag, anew := strict.clock(floorMicros(now))
				if corrects && rapid.IntRange(0, 9).Draw(t, "correct") == 0 {
					delta := rapid.Int64Range(-30, 30).Draw(t, "delta")
					w.Correct(now, delta)
					if !anew {
						strict.correct(at, delta)
						lax.correct(at, delta)
					}
					continue
				}
				if !corrects && len(taken) > 0 && rapid.IntRange(0, 9).Draw(t, "return") == 0 {
					i := rapid.IntRange(0, len(taken)-1).Draw(t, "which")
					w.Return(taken[i].At, taken[i].n, taken[i].weight)
					strict.giveBack(floorMicros(taken[i].At), taken[i].n, taken[i].weight)
					lax.giveBack(floorMicros(taken[i].At), taken[i].n, taken[i].weight)
					taken = slices.Delete(taken, i, i+1)
					continue
				}
				n, weight := rapid.Int64Range(0, 4).Draw(t, "n"), rapid.Int64Range(0, 12).Draw(t, "weight")
				before := w.Clone()
				v := w.Take(now, n, weight)
				if anew && v.OK && n+weight > 0 {
					strict, lax, taken = newNaive(l, strict.slack), newNaive(l, lax.slack), nil
				}
				switch {
				case v.OK && anew && n+weight == 0:
				case v.OK:
					require.True(t, strict.ok(at, n, weight), "a window is exceeded")
					strict.take(at, n, weight)
					lax.take(at, n, weight)
					taken = append(taken, used{v, n, weight})
				case v.Never:
					require.False(t, newNaive(l, lax.slack).ok(at, n, weight))
				default:
					require.False(t, lax.ok(at, n, weight), "it would have fitted")
					require.Positive(t, v.Wait)
					wait := v.Wait.Microseconds() - lag
					require.False(t, lax.ok(at+wait-1, n, weight), "the wait is too long")
					require.True(t, strict.ok(at+wait, n, weight), "the wait is too short")
					require.True(t, w.Clone().Take(now+v.Wait, n, weight).OK, "the wait is too short")
					require.False(t, w.Clone().Take(now+v.Wait-1000, n, weight).OK, "the wait is too long")
				}
				if !v.OK {
					require.Equal(t, before, w.Clone(), "a refused take has changed something")
				}
				probe := w.Clone()
				for range v.Left {
					require.True(t, probe.Take(now, 1, 1).OK)
				}
				require.False(t, probe.Take(now, 1, 1).OK)
			}
		}))
	}
}

func floorMicros(d time.Duration) int64 {
	return int64((d - ((d%1000)+1000)%1000) / 1000)
}

// A retry loop that is told to wait waits once: the sum of its waits is what the first verdict said.
func TestTheFirstWaitIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t, []time.Duration{ms, time.Second})
		w := resilience.NewWindows(l)
		now := time.Duration(0)
		for range rapid.IntRange(1, 200).Draw(t, "takes") {
			v := w.Take(now, 1, 1)
			if v.Wait > 0 {
				require.LessOrEqual(t, v.Wait, l.Idle()+l.Idle()/1024)
				now += v.Wait
				require.True(t, w.Take(now, 1, 1).OK)
			}
		}
	})
}
