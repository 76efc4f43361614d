package resilience_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// granted is who went, and when, in that order.
type granted struct {
	mu  sync.Mutex
	who []int
	at  []time.Duration
}

func (g *granted) add(who int, at time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.who, g.at = append(g.who, who), append(g.at, at)
}

// went is who has gone so far, by the time at which they went; of those who went at the same time, the first to come is first.
func (g *granted) went() []int {
	g.mu.Lock()
	defer g.mu.Unlock()
	order := slices.Clone(g.who)
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(g.at[slices.Index(g.who, a)], g.at[slices.Index(g.who, b)]), cmp.Compare(a, b))
	})
	return order
}

// queue starts a goroutine for each that waits for one take, in order, and returns when all of them wait or have gone.
func queue(t *testing.T, limiter *resilience.Limiter, n int) *granted {
	t.Helper()
	g, begin := &granted{}, time.Now()
	for i := range n {
		go func() {
			if _, err := limiter.Wait(t.Context(), 1, 0); err == nil {
				g.add(i, time.Since(begin))
			}
		}()
		synctest.Wait()
	}
	return g
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestF157LimiterBurstThenPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, resilience.Limit{Rates: rates{perSecond(10)}, Burst: 20})
		begin := time.Now()
		for i := range 20 {
			g, err := limiter.Wait(t.Context(), 1, 0)
			require.NoError(t, err)
			require.Zero(t, g.Waited)
			require.Equal(t, int64(19-i), g.Left)
		}
		g, err := limiter.Wait(t.Context(), 1, 0)
		require.NoError(t, err)
		require.Equal(t, 100*ms, g.Waited)
		require.Equal(t, 100*ms, time.Since(begin))
	})
}

func TestLimiterRefusesAnInvalidLimit(t *testing.T) {
	_, err := resilience.NewLimiter(resilience.Limit{})
	require.EqualError(t, err, "a limit needs at least one rate")
	_, err = resilience.NewSharedLimiter(resilience.Limit{}, nil)
	require.EqualError(t, err, "a limit needs at least one rate")
}

func TestF160TryAndAvailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, resilience.Limit{Rates: rates{perSecond(2)}})
		try := func() resilience.Verdict {
			v, err := limiter.Try(t.Context(), 1, 0)
			require.NoError(t, err)
			return v
		}
		require.Equal(t, int64(2), limiter.Available())
		require.True(t, try().OK)
		require.Equal(t, int64(1), limiter.Available())
		require.True(t, try().OK)
		require.Equal(t, time.Second, try().Wait)
		require.Equal(t, int64(0), limiter.Available())
		time.Sleep(time.Second)
		require.Equal(t, int64(2), limiter.Available(), "it refills")
		require.True(t, try().OK)

		// Three wait for the second, the third and the fourth take from here on.
		g := queue(t, limiter, 4)
		require.Equal(t, []int{0}, g.went())
		require.Equal(t, 2*time.Second, try().Wait, "behind those who wait: two go after 1 s, the third and this one after 2 s")
		time.Sleep(1500 * ms)
		require.Equal(t, []int{0, 1, 2}, g.went())
		require.Equal(t, int64(0), limiter.Available())
		require.False(t, try().OK, "it does not overtake")
		v, err := limiter.Try(t.Context(), 3, 0)
		require.NoError(t, err)
		require.True(t, v.Never)
		time.Sleep(500 * ms)
		synctest.Wait()
		require.Equal(t, []int{0, 1, 2, 3}, g.went())
		require.True(t, try().OK)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("gone"))
		_, err = limiter.Try(ctx, 1, 0)
		require.EqualError(t, err, "gone")
	})
}

func TestF161WaitsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, resilience.Limit{Rates: rates{perMinute(5)}, Weights: rates{perMinute(100)}})
		begin := time.Now()
		for _, tc := range []struct{ n, weight int64 }{{6, 0}, {1, 101}, {1 << 62, 0}} {
			_, err := limiter.Wait(t.Context(), tc.n, tc.weight)
			limit, ok := errors.AsType[*resilience.LimitError](err)
			require.True(t, ok)
			require.True(t, limit.Never)
			require.EqualError(t, err, "the rate limit never allows so much at once: ask for less, or raise its rates or its burst")
		}
		require.Zero(t, time.Since(begin))
		require.Equal(t, int64(5), limiter.Available())

		_, err := limiter.Wait(t.Context(), 5, 0)
		require.NoError(t, err)
		cause := errors.New("the user left")
		for _, position := range []string{"head", "behind"} { // X61: in the limiter
			ctx, cancel := context.WithCancelCause(t.Context())
			if position == "behind" {
				queue(t, limiter, 1)
			}
			time.AfterFunc(7*time.Second, func() { cancel(cause) })
			before := time.Now()
			_, err = limiter.Wait(ctx, 1, 0)
			require.Equal(t, cause, err)
			require.Equal(t, 7*time.Second, time.Since(before))
			_, err = limiter.Wait(ctx, 1, 0)
			require.Equal(t, cause, err, "nothing is asked after the end")
		}
		time.Sleep(time.Hour)
		require.Equal(t, int64(5), limiter.Available(), "no token is lost")
	})
}

// A deadline shorter than the wait is refused at once, with the time that it would have taken: behind a queue as well.
func TestDeadlineShorterThanTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, resilience.Limit{Rates: rates{perSecond(1), perMinute(4)}, Weights: rates{perMinute(100)}})
		begin := time.Now()
		refused := func(deadline, want time.Duration, weight int64) {
			t.Helper()
			before := time.Now()
			_, err := limiter.Wait(within(t, deadline), 1, weight)
			limit, ok := errors.AsType[*resilience.LimitError](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, want, limit.Wait)
			require.ErrorIs(t, err, resilience.ErrNoTime)
			require.Equal(t, before, time.Now())
		}
		_, err := limiter.Wait(t.Context(), 1, 60)
		require.NoError(t, err)
		refused(time.Second, time.Second, 0)
		refused(30*time.Second, time.Minute, 50)

		g := queue(t, limiter, 2) // they go after 1 s and 2 s
		refused(3*time.Second, 3*time.Second, 0)
		_, err = limiter.Try(t.Context(), 1, 0)
		require.NoError(t, err)
		refused(59*time.Second, 60*time.Second, 50)
		refused(time.Second, 3*time.Second, 40)
		refused(time.Second, 3*time.Second, 40)
		time.Sleep(1500 * ms)
		refused(1500*ms, 1500*ms, 0)

		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _, _ = limiter.Wait(ctx, 1, 0) }() // after 3 s
		synctest.Wait()
		refused(2*time.Second, 58500*ms, 0) // the minute has four by then
		cancel()
		synctest.Wait()
		refused(time.Second, 1500*ms, 0) // those behind have moved up
		_, err = limiter.Wait(within(t, 2*time.Second), 1, 0)
		require.NoError(t, err)
		require.Equal(t, 3*time.Second, time.Since(begin))
		require.Equal(t, []int{0, 1}, g.went())
	})
}

func TestTenThousandWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 10_000
		limiter := newLimiter(t, resilience.Limit{Rates: rates{perSecond(10), perMinute(500)}})
		begin := time.Now()
		var wg sync.WaitGroup
		var g granted
		for i := range many {
			ctx := t.Context()
			if i%2 == 0 {
				ctx = within(t, 24*time.Hour) // asks for the forecast
			}
			wg.Go(func() {
				if _, err := limiter.Wait(ctx, 1, 0); err == nil {
					g.add(i, time.Since(begin))
				}
			})
		}
		synctest.Wait()
		_, err := limiter.Wait(within(t, time.Minute), 1, 0)
		limit, ok := errors.AsType[*resilience.LimitError](err)
		require.True(t, ok)
		require.Equal(t, many/500*time.Minute, limit.Wait)
		wg.Wait()
		require.Len(t, g.at, many)
		require.LessOrEqual(t, mostWithin(g.at, time.Second), 10)
		require.LessOrEqual(t, mostWithin(g.at, time.Minute), 500)
		require.Equal(t, (many/500-1)*time.Minute+49*time.Second, g.at[many-1])
	})
}

// F164: one limiter for many goroutines.
func TestF164ManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, resilience.Limit{Rates: rates{perSecond(10), perMinute(200)}, Burst: 5, Weights: rates{perSecond(100)}})
		begin := time.Now()
		var wg sync.WaitGroup
		var g granted
		for i := range 50 {
			wg.Go(func() {
				for k := range 10 {
					weight := int64(1 + (i+k)%20)
					_, err := limiter.Wait(t.Context(), 1, weight)
					require.NoError(t, err)
					g.add(i, time.Since(begin))
					if k%3 == 0 {
						require.NoError(t, limiter.Correct(t.Context(), -weight/2))
					}
					limiter.Available()
				}
			})
		}
		wg.Wait()
		require.Len(t, g.at, 500)
		require.LessOrEqual(t, mostWithin(g.at, time.Second), 10)
		require.LessOrEqual(t, mostWithin(g.at, time.Minute), 200)
		require.LessOrEqual(t, mostWithin(g.at, 100*ms), 6)
	})
}

// arrival is somebody who comes to a limiter, and what became of it.
type arrival struct {
	after            time.Duration // the arrival before
	deadline, cancel time.Duration // 0: none
	n, weight        int64

	grant  resilience.Grant
	err    error
	waited time.Duration
}

func drawArrival(t *rapid.T) arrival {
	a := arrival{n: rapid.Int64Range(0, 2).Draw(t, "n"), weight: rapid.Int64Range(0, 3).Draw(t, "weight")}
	if rapid.Bool().Draw(t, "pause") {
		a.after = time.Duration(rapid.Int64Range(0, 200_000).Draw(t, "after")) * 10 * time.Microsecond
	}
	if rapid.Bool().Draw(t, "has a deadline") {
		a.deadline = time.Duration(rapid.Int64Range(1, 20e9).Draw(t, "deadline"))
	}
	if rapid.Bool().Draw(t, "is cancelled") {
		a.cancel = time.Duration(rapid.Int64Range(1, 9e9).Draw(t, "cancel"))
	}
	return a
}

var errCancelled = errors.New("cancelled")

// arrive has them come, fills in what became of them, and returns who went, and how many more could have at the end.
func arrive(t *testing.T, limiter *resilience.Limiter, arrivals []arrival) (g *granted, end time.Time, left int64) {
	g = &granted{}
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range arrivals {
		a := &arrivals[i]
		time.Sleep(a.after)
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		if a.cancel > 0 {
			time.AfterFunc(a.cancel, func() { cancel(errCancelled) })
		}
		if a.deadline > 0 {
			var stop context.CancelFunc
			ctx, stop = context.WithTimeout(ctx, a.deadline)
			defer stop()
		}
		wg.Go(func() {
			arrived := time.Now()
			a.grant, a.err = limiter.Wait(ctx, a.n, a.weight)
			a.waited = time.Since(arrived)
			if a.err == nil {
				g.add(i, time.Since(begin))
			}
		})
		synctest.Wait()
	}
	wg.Wait()
	return g, time.Now(), limiter.Available()
}

// Order, conservation, truth: random arrivals with random deadlines and cancellations. All who go do so in the order of arrival,
// no window is exceeded by them, who has not gone has taken nothing, and nobody waits past a deadline or only to be refused.
func TestLimiterOrderAndConservation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := drawLimit(rt, []time.Duration{ms, 300 * ms, time.Second})
		arrivals := rapid.SliceOfN(rapid.Custom(drawArrival), 1, 30).Draw(rt, "arrivals")
		var g *granted
		var end time.Time
		var left int64
		synctest.Test(t, func(t *testing.T) { g, end, left = arrive(t, newLimiter(t, l), arrivals) })
		for _, a := range arrivals {
			limit, refused := errors.AsType[*resilience.LimitError](a.err)
			switch {
			case a.err == nil:
				require.Equal(rt, a.waited, a.grant.Waited)
				require.True(rt, a.deadline == 0 || a.waited < a.deadline)
				require.True(rt, a.cancel == 0 || a.waited <= a.cancel)
			case !refused:
				require.ErrorIs(rt, a.err, errCancelled)
				require.Equal(rt, a.cancel, a.waited)
			case limit.Never:
				require.Zero(rt, a.waited)
			default: // nobody gives anything back here, so that a forecast can only become shorter
				require.Zero(rt, a.waited, "refused at once")
				require.GreaterOrEqual(rt, limit.Wait, a.deadline)
			}
		}
		require.True(rt, slices.IsSorted(g.went()), "%v", g.went())
		exact, again := newNaive(l, func(int64) int64 { return 0 }), resilience.NewWindows(l)
		for _, i := range g.went() {
			at, a := arrivals[i].grant.At, arrivals[i]
			require.True(rt, exact.ok(at.Microseconds(), a.n, a.weight), "a window is exceeded")
			exact.take(at.Microseconds(), a.n, a.weight)
			again.Take(at, a.n, a.weight)
		}
		require.Equal(rt, again.Take(time.Duration(end.UnixNano()), 0, 0).Left, left, "who has not gone has taken something")
	})
}

// What a refusal says is how long it takes when there is time.
func TestForecastIsTrue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := drawLimit(rt, []time.Duration{300 * ms, time.Second})
		arrivals := rapid.SliceOfN(rapid.Custom(drawArrival), 1, 30).Draw(rt, "arrivals")
		for i := range arrivals {
			arrivals[i].cancel, arrivals[i].deadline = 0, 0
			arrivals[i].after /= 10
		}
		refused, patient := arrival{deadline: 1, weight: 1, n: 1}, arrival{weight: 1, n: 1}
		arrivals = append(arrivals, refused, patient)
		synctest.Test(t, func(t *testing.T) { arrive(t, newLimiter(t, l), arrivals) })
		refused, patient = arrivals[len(arrivals)-2], arrivals[len(arrivals)-1]
		if limit, ok := errors.AsType[*resilience.LimitError](refused.err); ok {
			require.Equal(rt, patient.waited, limit.Wait)
		}
	})
}

// refusal is what somebody who has no time is told.
func refusal(t *testing.T, limiter *resilience.Limiter, weight int64) time.Duration {
	t.Helper()
	_, err := limiter.Wait(within(t, 1), 1, weight)
	limit, ok := errors.AsType[*resilience.LimitError](err)
	require.True(t, ok, "%v", err)
	return limit.Wait
}

// The forecast is kept, and stays true while people come, go and give up, in it and behind it.
func TestForecastKeepsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, resilience.Limit{Rates: rates{perMinute(1)}, Weights: rates{perHour(1000)}})
		begin := time.Now()
		want := func(free time.Duration) { // from the beginning
			t.Helper()
			synctest.Wait()
			require.Equal(t, free, time.Since(begin)+refusal(t, limiter, 0))
		}
		join := func() context.CancelFunc {
			ctx, cancel := context.WithCancel(t.Context())
			go func() { _, _ = limiter.Wait(ctx, 1, 0) }()
			synctest.Wait()
			return cancel
		}
		join()         // goes at once
		head := join() // after a minute
		want(2 * time.Minute)
		head()
		want(time.Minute)
		head = join()
		join()
		want(3 * time.Minute)
		head() // the other one goes after a minute now
		want(2 * time.Minute)
		join() // the forecast ends before these two
		join()
		time.Sleep(61 * time.Second)
		want(4 * time.Minute)
		first, second := join(), join()
		first() // not foreseen
		want(5 * time.Minute)
		second() // foreseen
		want(4 * time.Minute)
		join()
		join()
		want(6 * time.Minute)

		_, err := limiter.Try(t.Context(), 1, 0)
		require.NoError(t, err)
		want(6 * time.Minute)
		time.Sleep(10 * time.Minute)
		v, err := limiter.Try(t.Context(), 1, 0)
		require.NoError(t, err)
		require.True(t, v.OK)
	})
}

func TestForecastKnowsCorrections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, resilience.Limit{Rates: rates{perMinute(10)}, Weights: rates{perHour(100)}})
		_, err := limiter.Wait(t.Context(), 1, 60)
		require.NoError(t, err)
		time.Sleep(10 * time.Minute)
		_, err = limiter.Wait(t.Context(), 1, 30)
		require.NoError(t, err)
		go func() { _, _ = limiter.Wait(t.Context(), 1, 50) }() // when the 60 have left
		synctest.Wait()
		require.Equal(t, 60*time.Minute, refusal(t, limiter, 50), "when the 30 have left too")
		require.NoError(t, limiter.Correct(t.Context(), -30))
		require.Equal(t, 50*time.Minute, refusal(t, limiter, 50), "there are none")
		require.NoError(t, limiter.Correct(t.Context(), 1))
		require.Equal(t, 60*time.Minute, refusal(t, limiter, 50), "there is one")
	})
}

// When the queue lags behind the forecast, because the machine is busy, the forecast is made anew.
func TestForecastIsMadeAnewWhenTheQueueLags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, resilience.Limit{Rates: rates{perMinute(1)}})
		queue(t, limiter, 5) // they go after 0, 1, 2, 3 and 4 minutes
		require.Equal(t, 5*time.Minute, refusal(t, limiter, 0))
		limiter.DistortForecast(90 * time.Second)
		require.Equal(t, 5*time.Minute+30*time.Second, refusal(t, limiter, 0))
		time.Sleep(time.Minute + time.Second)
		require.Equal(t, 4*time.Minute-time.Second, refusal(t, limiter, 0))
	})
}

// The waits of a loop that retries stay within its deadline.
func TestRetryLoopStaysWithinItsDeadline(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := drawLimit(rt, []time.Duration{300 * ms, time.Second})
		deadline := time.Duration(rapid.Int64Range(1, 30e9).Draw(rt, "deadline"))
		var sum, took time.Duration
		synctest.Test(t, func(t *testing.T) {
			limiter := newLimiter(t, l)
			begin, ctx := time.Now(), within(t, deadline)
			for range 500 {
				g, err := limiter.Wait(ctx, 1, 1)
				if err != nil {
					break
				}
				sum += g.Waited
			}
			took = time.Since(begin)
		})
		require.Equal(rt, sum, took)
		require.True(rt, sum < deadline || sum == 0)
	})
}

// A correction downwards lets the head go sooner; one upwards makes those who come later wait.
func TestCorrectWakesTheHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, resilience.Limit{Weights: rates{perMinute(100)}})
		begin := time.Now()
		_, err := limiter.Wait(t.Context(), 1, 90)
		require.NoError(t, err)
		time.AfterFunc(time.Second, func() { _ = limiter.Correct(t.Context(), -10) }) // not enough
		time.AfterFunc(2*time.Second, func() { _ = limiter.Correct(t.Context(), 5) })
		time.AfterFunc(3*time.Second, func() { _ = limiter.Correct(t.Context(), -50) })
		_, err = limiter.Wait(t.Context(), 1, 40)
		require.NoError(t, err)
		require.Equal(t, 3*time.Second, time.Since(begin))
		require.Equal(t, int64(100-35-40), limiter.Available())

		require.NoError(t, limiter.Correct(t.Context(), 1000))
		_, err = limiter.Wait(t.Context(), 1, 0)
		require.NoError(t, err)
		require.Equal(t, 63*time.Second, time.Since(begin), "in debt until the take of the third second has left")
	})
}

func TestReturnGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, resilience.Limit{Rates: rates{perMinute(3)}, Weights: rates{perHour(50)}})
		first, err := limiter.Wait(t.Context(), 2, 20)
		require.NoError(t, err)
		require.NoError(t, limiter.Return(t.Context(), first.At, 2, 20))
		require.Equal(t, int64(3), limiter.Available(), "nobody has taken since: all is as before")

		first, err = limiter.Wait(t.Context(), 1, 20)
		require.NoError(t, err)
		time.Sleep(2 * time.Second)
		_, err = limiter.Wait(t.Context(), 2, 30)
		require.NoError(t, err)
		time.AfterFunc(30*time.Second, func() { _ = limiter.Return(t.Context(), first.At, 1, 20) })
		begin := time.Now()
		_, err = limiter.Wait(t.Context(), 1, 20)
		require.NoError(t, err)
		require.Equal(t, 30*time.Second, time.Since(begin), "the head is woken")
	})
}

// shared is a Taker for tests: a limit behind a round trip.
type shared struct {
	mu      sync.Mutex
	windows *resilience.Windows
	trip    time.Duration
	asking  int
	asked   int
	fail    func(asked int) error
}

func (s *shared) Take(_ context.Context, n, weight int64) (resilience.Verdict, error) {
	s.mu.Lock()
	s.asked++
	s.asking++
	asked, asking := s.asked, s.asking
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.asking--
		s.mu.Unlock()
	}()
	if asking > 1 {
		return resilience.Verdict{}, errors.New("asked by two at once")
	}
	time.Sleep(s.trip)
	if s.fail != nil {
		if err := s.fail(asked); err != nil {
			return resilience.Verdict{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.windows.Take(time.Duration(time.Now().UnixNano()), n, weight), nil
}

func (s *shared) Correct(_ context.Context, delta int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.windows.Correct(time.Duration(time.Now().UnixNano()), delta)
	return nil
}

func newShared(t *testing.T, l resilience.Limit) (*resilience.Limiter, *shared) {
	t.Helper()
	s := &shared{windows: resilience.NewWindows(l), trip: ms}
	limiter, err := resilience.NewSharedLimiter(l, s)
	require.NoError(t, err)
	return limiter, s
}

func TestSharedLimiterAsksForOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter, s := newShared(t, resilience.Limit{Rates: rates{perSecond(10)}, Burst: 10})
		require.Equal(t, int64(10), limiter.Available())
		begin := time.Now()
		var g granted
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				_, err := limiter.Wait(t.Context(), 1, 0)
				require.NoError(t, err)
				g.add(i, time.Since(begin))
			})
		}
		wg.Wait()
		require.Len(t, g.at, 200)
		require.LessOrEqual(t, mostWithin(g.at, time.Second), 10)
		require.Less(t, s.asked, 600, "who waits does not ask")
		require.Zero(t, limiter.Available())
	})
}

func TestSharedLimiterDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter, s := newShared(t, resilience.Limit{Rates: rates{perMinute(1)}})
		_, err := limiter.Wait(t.Context(), 1, 0)
		require.NoError(t, err)
		_, err = limiter.Wait(within(t, 30*time.Second), 1, 0)
		require.ErrorIs(t, err, resilience.ErrNoTime)
		require.EqualError(t, err, "the rate limit would let it wait 59.999s: the wait does not fit what is left of the deadline")

		g := queue(t, limiter, 1)
		time.Sleep(10 * time.Second)
		asked := s.asked
		_, err = limiter.Wait(within(t, 30*time.Second), 1, 0) // behind the head, who has 49.99… s to go
		limit, ok := errors.AsType[*resilience.LimitError](err)
		require.True(t, ok)
		require.InDelta(t, 50*time.Second, limit.Wait, float64(10*ms))
		v, err := limiter.Try(t.Context(), 1, 0)
		require.NoError(t, err)
		require.Equal(t, limit.Wait, v.Wait)
		require.Equal(t, asked, s.asked, "neither has asked")

		begin := time.Now()
		_, err = limiter.Wait(within(t, 55*time.Second), 1, 0) // fits the head's wait; refused when it has become the head
		require.ErrorIs(t, err, resilience.ErrNoTime)
		require.InDelta(t, 50*time.Second, time.Since(begin), float64(10*ms))
		require.Equal(t, []int{0}, g.went())
	})
}

func TestSharedLimiterTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter, s := newShared(t, resilience.Limit{Rates: rates{perMinute(2)}, Weights: rates{perMinute(100)}})
		v, err := limiter.Try(t.Context(), 1, 60)
		require.NoError(t, err)
		require.True(t, v.OK)
		require.Equal(t, int64(1), limiter.Available())
		require.NoError(t, limiter.Return(t.Context(), v.At, 1, 60), "this taker has no Return: the weight alone comes back")
		v, err = limiter.Try(t.Context(), 3, 0)
		require.NoError(t, err)
		require.True(t, v.Never)
		s.fail = func(int) error { return errors.New("away") }
		_, err = limiter.Try(t.Context(), 1, 60)
		require.EqualError(t, err, "away")
		require.Equal(t, int64(1), limiter.Available())
		s.fail = nil
		v, err = limiter.Try(t.Context(), 1, 100)
		require.NoError(t, err)
		require.True(t, v.OK)
		v, err = limiter.Try(t.Context(), 1, 100)
		require.NoError(t, err)
		require.False(t, v.OK)
		require.Positive(t, v.Wait)
	})
}

// A taker that fails, panics or ends the goroutine does so to the one who asked. The next asks then.
func TestFailureOfATakerIsThatOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter, s := newShared(t, resilience.Limit{Rates: rates{perSecond(1000)}})
		s.fail = func(asked int) error {
			switch asked % 4 {
			case 0:
				return errors.New("refused")
			case 1:
				panic(errors.ErrUnsupported)
			case 2:
				runtime.Goexit()
			}
			return nil
		}
		var mu sync.Mutex
		outcomes := map[string]int{}
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				outcome := "exited"
				defer func() {
					mu.Lock()
					defer mu.Unlock()
					outcomes[outcome]++
				}()
				var err error
				if i%2 == 0 {
					_, err = limiter.Wait(t.Context(), 1, 0)
				} else {
					_, err = limiter.Wait(within(t, time.Hour), 1, 0)
				}
				outcome = fmt.Sprint(err)
				if p, ok := errors.AsType[*resilience.PanicError](err); ok {
					require.ErrorIs(t, err, errors.ErrUnsupported)
					require.Contains(t, string(p.Stack), "limiter_test.go")
				}
			})
		}
		wg.Wait()
		require.Equal(t, map[string]int{"<nil>": 10, "refused": 10, "exited": 10, "panic: unsupported operation": 10}, outcomes)
		s.fail = nil
		_, err := limiter.Wait(t.Context(), 1, 0)
		require.NoError(t, err)
	})
}

// giver is a taker that takes back.
type giver struct{ *shared }

func (g giver) Return(_ context.Context, at time.Duration, n, weight int64) error {
	g.windows.Return(at, n, weight)
	return nil
}

func TestSharedLimiterReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resilience.Limit{Rates: rates{perHour(1)}}
		limiter, err := resilience.NewSharedLimiter(l, giver{&shared{windows: resilience.NewWindows(l)}})
		require.NoError(t, err)
		g, err := limiter.Wait(t.Context(), 1, 0)
		require.NoError(t, err)
		require.NoError(t, limiter.Return(t.Context(), g.At, 1, 0))
		_, err = limiter.Wait(t.Context(), 1, 0)
		require.NoError(t, err)
	})
}

// mute says no and names no time; then never; and panics when it is corrected.
type mute struct{ asked int }

func (m *mute) Take(context.Context, int64, int64) (resilience.Verdict, error) {
	m.asked++
	return resilience.Verdict{Never: m.asked > 5, Wait: -time.Hour}, nil
}

func (*mute) Correct(context.Context, int64) error { panic("corrected") }

func TestStrangeTaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mute{}
		limiter, err := resilience.NewSharedLimiter(resilience.Limit{Rates: rates{perSecond(1)}}, m)
		require.NoError(t, err)
		begin := time.Now()
		_, err = limiter.Wait(t.Context(), 1, 0)
		limit, ok := errors.AsType[*resilience.LimitError](err)
		require.True(t, ok)
		require.True(t, limit.Never)
		require.Equal(t, 5*ms, time.Since(begin), "it is not asked without a pause")
		require.EqualError(t, limiter.Correct(t.Context(), 5), "panic: corrected")
		require.EqualError(t, limiter.Return(t.Context(), 0, 1, 5), "panic: corrected")
		require.NoError(t, limiter.Return(t.Context(), 0, 1, 0))
	})
}

// What is given back while the taker is answering does not wait for the time that it then names.
func TestCreditDuringTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resilience.Limit{Weights: rates{perHour(10)}}
		late := &lateTaker{shared: &shared{windows: resilience.NewWindows(l)}}
		limiter, err := resilience.NewSharedLimiter(l, late)
		require.NoError(t, err)
		_, err = limiter.Wait(t.Context(), 1, 10)
		require.NoError(t, err)
		late.corrects = limiter
		begin := time.Now()
		_, err = limiter.Wait(t.Context(), 1, 10)
		require.NoError(t, err)
		require.Zero(t, time.Since(begin))
	})
}

// lateTaker has its limiter corrected once, after it has decided and before it answers.
type lateTaker struct {
	*shared
	corrects *resilience.Limiter
}

func (l *lateTaker) Take(ctx context.Context, n, weight int64) (resilience.Verdict, error) {
	v, err := l.shared.Take(ctx, n, weight)
	if limiter := l.corrects; limiter != nil {
		l.corrects = nil
		_ = limiter.Correct(ctx, -10)
	}
	return v, err
}

// A limiter may be shared by tests with clocks of their own.
func TestLimiterUnderAnotherClock(t *testing.T) {
	limiter := newLimiter(t, resilience.Limit{Rates: rates{perHour(3)}})
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			for range 6 {
				_, err := limiter.Wait(t.Context(), 1, 0)
				require.NoError(t, err)
			}
		})
		for range 3 {
			v, err := limiter.Try(t.Context(), 1, 0)
			require.NoError(t, err)
			require.True(t, v.OK)
		}
	}
}

func TestWaitDoesNotAllocateUncontended(t *testing.T) {
	limiter, ctx := newLimiter(t, ample), t.Context()
	require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = limiter.Wait(ctx, 1, 1) }))
	require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = limiter.Try(ctx, 1, 1) }))
}

// Real time and real parallelism: for the race detector.
func TestLimiterInParallel(t *testing.T) {
	limiter := newLimiter(t, resilience.Limit{Rates: rates{{N: 100, Per: ms}}, Weights: rates{{N: 1000, Per: ms}}})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 40 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+rand.IntN(int(20*ms))))
				g, err := limiter.Wait(ctx, 1, 5)
				if err == nil && rand.IntN(3) == 0 {
					_ = limiter.Return(ctx, g.At, 1, 5)
				}
				_, _ = limiter.Try(ctx, 1, 1)
				_ = limiter.Correct(ctx, int64(rand.IntN(5)-3))
				cancel()
			}
		})
	}
	wg.Wait()
	_, err := limiter.Wait(t.Context(), 1, 5)
	require.NoError(t, err, "nobody is left who is in the way")
}
