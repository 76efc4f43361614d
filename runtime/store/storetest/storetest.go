// Package storetest checks that a store.Store does what its interfaces say, for those of this module and for one of your own.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store"
)

// Run checks a store that open returns. All checks share it, with keys of their own, and call it from many goroutines. They
// run on real time and measure none.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	s := open(t)
	for _, check := range []struct {
		name string
		run  func(*testing.T, store.Store)
	}{
		{"F167_checkpoints", checkpoints},
		{"F169_checkpoints_are_copies", copies},
		{"F124_done_once", doneOnce},
		{"F125_failures_are_not_kept", failures},
		{"lost", lost},
		{"refused", refused},
		{"repeated", repeated},
		{"forget", forget},
		{"duplicates_wait", duplicatesWait},
		{"waiting_ends_with_the_context", waitingEnds},
		{"one_holder_at_a_time", oneHolder},
		{"epoch", epoch},
		{"budgets", budgets},
		{"budgets_by_period", periods},
		{"budgets_of_many", budgetsOfMany},
		{"budget_arguments", budgetArguments},
		{"cooldowns", cooldowns},
		{"limits", limits},
		{"F164_limits_of_many", limitsOfMany},
		{"ended_context", endedContext},
	} {
		t.Run(check.name, func(t *testing.T) { check.run(t, s) })
	}
}

// soon is how long a check waits for what must come, and brief for what must not.
const (
	soon  = 10 * time.Second
	brief = 150 * time.Millisecond
)

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func checkpoints(t *testing.T, s store.Store) {
	ctx, run := within(t, soon), t.Name()
	_, err := s.Load(ctx, run)
	require.ErrorIs(t, err, store.ErrNotFound)
	for i := range 7 {
		require.NoError(t, s.Save(ctx, run, fmt.Appendf(nil, "state %d", i)))
	}
	data, err := s.Load(ctx, run)
	require.NoError(t, err)
	require.Equal(t, "state 6", string(data))
	_, err = s.Load(ctx, run+"2")
	require.ErrorIs(t, err, store.ErrNotFound)
	require.NoError(t, s.Save(ctx, run, nil))
	data, err = s.Load(ctx, run)
	require.NoError(t, err)
	require.Empty(t, data)
}

func copies(t *testing.T, s store.Store) {
	ctx, run := within(t, soon), t.Name()
	data := []byte{0, 'a', 0xff}
	require.NoError(t, s.Save(ctx, run, data))
	data[1] = 'b'
	first, err := s.Load(ctx, run)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 'a', 0xff}, first)
	first[1] = 'c'
	second, err := s.Load(ctx, run)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 'a', 0xff}, second)
}

func begin(t *testing.T, s store.Store, key string, want store.State) store.Claim {
	t.Helper()
	c, err := s.Begin(within(t, soon), key)
	require.NoError(t, err)
	require.Equal(t, want.String(), c.State.String())
	require.Equal(t, key, c.Key)
	if want == store.Mine {
		require.NotEmpty(t, c.Token)
	}
	return c
}

func doneOnce(t *testing.T, s store.Store) {
	ctx, key := within(t, soon), t.Name()
	result := []byte{0, 1, 0xff, '"'}
	require.NoError(t, s.Finish(ctx, begin(t, s, key, store.Mine), result))
	result[1] = 9
	done := begin(t, s, key, store.Done)
	require.Equal(t, []byte{0, 1, 0xff, '"'}, done.Result)
	if len(done.Result) > 0 {
		done.Result[1] = 9
	}
	require.Equal(t, []byte{0, 1, 0xff, '"'}, begin(t, s, key, store.Done).Result)

	require.NoError(t, s.Finish(ctx, begin(t, s, key+" empty", store.Mine), nil))
	require.Empty(t, begin(t, s, key+" empty", store.Done).Result)
}

func failures(t *testing.T, s store.Store) {
	ctx, key := within(t, soon), t.Name()
	first := begin(t, s, key, store.Mine)
	require.NoError(t, s.Release(ctx, first))
	second := begin(t, s, key, store.Mine)
	require.NotEqual(t, first.Token, second.Token)
	require.NoError(t, s.Finish(ctx, second, []byte("ok")))
	require.Equal(t, "ok", string(begin(t, s, key, store.Done).Result))
	require.NoError(t, s.Forget(ctx, key)) // clear_cache
	require.NoError(t, s.Release(ctx, begin(t, s, key, store.Mine)))
}

func lost(t *testing.T, s store.Store) {
	ctx, key := within(t, soon), t.Name()
	c := begin(t, s, key, store.Mine)
	require.NoError(t, s.Lose(ctx, c))
	begin(t, s, key, store.Unknown)
	begin(t, s, key, store.Unknown)
	require.NoError(t, s.Finish(ctx, c, []byte("it was done after all")))
	require.Equal(t, "it was done after all", string(begin(t, s, key, store.Done).Result))

	c = begin(t, s, key+" released", store.Mine)
	require.NoError(t, s.Lose(ctx, c))
	require.NoError(t, s.Release(ctx, c))
	require.NoError(t, s.Release(ctx, begin(t, s, key+" released", store.Mine)))
}

// refused: whoever no longer holds the claim changes nothing.
func refused(t *testing.T, s store.Store) {
	ctx := within(t, soon)
	for _, now := range []struct {
		text string
		do   func(store.Claim) error
		want store.State
	}{
		{"held by another", func(store.Claim) error { return nil }, 0},
		{"done", func(c store.Claim) error { return s.Finish(ctx, c, []byte("second")) }, store.Done},
		{"unknown", func(c store.Claim) error { return s.Lose(ctx, c) }, store.Unknown},
	} {
		key := t.Name() + now.text
		first := begin(t, s, key, store.Mine)
		require.NoError(t, s.Forget(ctx, key))
		second := begin(t, s, key, store.Mine)
		require.NoError(t, now.do(second))
		for op, err := range map[string]error{
			"finish":  s.Finish(ctx, first, []byte("first")),
			"release": s.Release(ctx, first),
			"lose":    s.Lose(ctx, first),
		} {
			var e *store.ClaimError
			require.ErrorAs(t, err, &e, "%s of what is %s", op, now.text)
			require.Equal(t, store.ClaimError{Op: op, Key: key, Now: now.text}, *e)
		}
		if now.want == 0 {
			require.NoError(t, s.Finish(ctx, second, []byte("second")))
			now.want = store.Done
		}
		require.Equal(t, now.want == store.Done, string(begin(t, s, key, now.want).Result) == "second")
	}
}

// repeated: an answer may be lost on the way, so that the holder asks again.
func repeated(t *testing.T, s store.Store) {
	ctx, key := within(t, soon), t.Name()
	c := begin(t, s, key, store.Mine)
	require.NoError(t, s.Release(ctx, c))
	require.NoError(t, s.Release(ctx, c))
	c = begin(t, s, key, store.Mine)
	require.NoError(t, s.Lose(ctx, c))
	require.NoError(t, s.Lose(ctx, c))
	require.NoError(t, s.Finish(ctx, c, []byte("ok")))
	require.NoError(t, s.Finish(ctx, c, []byte("ok")))
	require.Equal(t, "ok", string(begin(t, s, key, store.Done).Result))
	var e *store.ClaimError
	require.ErrorAs(t, s.Release(ctx, c), &e, "what is done stays done")
	require.ErrorAs(t, s.Lose(ctx, c), &e)

	require.NoError(t, s.Forget(ctx, key))
	require.NoError(t, s.Finish(ctx, c, []byte("ok")), "what was forgotten and is known again")
	begin(t, s, key, store.Done)
}

func forget(t *testing.T, s store.Store) {
	ctx, run := within(t, soon), t.Name()+"*[a-z]?\\" // nothing in it is a pattern
	other := t.Name() + "*b1\\/"
	for _, key := range []string{run + "/1", run + "/2", run + "/3", run, other} {
		c := begin(t, s, key, store.Mine)
		switch key {
		case run + "/2":
			require.NoError(t, s.Lose(ctx, c))
		case run + "/3": // pending
		default:
			require.NoError(t, s.Finish(ctx, c, nil))
		}
	}
	require.NoError(t, s.Forget(ctx, run+"/"))
	begin(t, s, run, store.Done)
	begin(t, s, other, store.Done)
	for _, key := range []string{run + "/1", run + "/2", run + "/3"} {
		require.NoError(t, s.Release(ctx, begin(t, s, key, store.Mine)))
	}
	require.NoError(t, s.Forget(ctx, t.Name()+" of which there is none"))
}

func duplicatesWait(t *testing.T, s store.Store) {
	for _, end := range []struct {
		name string
		do   func(context.Context, store.Claim) error
		want store.State
	}{
		{"finish", func(ctx context.Context, c store.Claim) error { return s.Finish(ctx, c, []byte("once")) }, store.Done},
		{"lose", s.Lose, store.Unknown},
		{"release", s.Release, store.Mine},
		{"forget", func(ctx context.Context, c store.Claim) error { return s.Forget(ctx, c.Key) }, store.Mine},
	} {
		t.Run(end.name, func(t *testing.T) {
			ctx, key := within(t, soon), t.Name()
			holder := begin(t, s, key, store.Mine)
			var ended atomic.Bool
			var wg sync.WaitGroup
			states := make(chan store.State, 5)
			for range cap(states) {
				wg.Go(func() {
					c, err := s.Begin(ctx, key)
					if err != nil || !ended.Load() {
						t.Errorf("begin: %v, after the holder's end: %v", err, ended.Load())
					}
					states <- c.State
					if c.State == store.Mine {
						_ = s.Finish(ctx, c, []byte("second"))
					}
				})
			}
			time.Sleep(brief / 3)
			ended.Store(true)
			require.NoError(t, end.do(ctx, holder))
			wg.Wait()
			close(states)
			count := map[store.State]int{}
			for state := range states {
				count[state]++
			}
			if end.want == store.Mine {
				require.Equal(t, map[store.State]int{store.Mine: 1, store.Done: 4}, count)
			} else {
				require.Equal(t, map[store.State]int{end.want: 5}, count)
			}
		})
	}
}

func waitingEnds(t *testing.T, s store.Store) {
	key, cause := t.Name(), errors.New("the caller has gone")
	holder := begin(t, s, key, store.Mine)
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(brief/3, func() { cancel(cause) })
	_, err := s.Begin(ctx, key)
	require.ErrorIs(t, err, cause)
	_, err = s.Begin(within(t, brief/3), key)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, s.Finish(t.Context(), holder, nil))
	begin(t, s, key, store.Done)
}

// oneHolder: of many who claim, do and fail, one at a time is at work, and what succeeds is done once.
func oneHolder(t *testing.T, s store.Store) {
	ctx, key := within(t, soon), t.Name()
	var atWork, tries, done atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c, err := s.Begin(ctx, key)
			switch {
			case err != nil:
				t.Error(err)
			case c.State == store.Done:
				done.Add(1)
			case c.State == store.Mine:
				if atWork.Add(1) != 1 {
					t.Error("two holders at once")
				}
				try := tries.Add(1)
				atWork.Add(-1)
				if try < 3 {
					err = s.Release(ctx, c)
				} else {
					err = s.Finish(ctx, c, []byte("third"))
				}
				if err != nil {
					t.Error(err)
				}
			default:
				t.Errorf("state %v", c.State)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 3, tries.Load())
	require.EqualValues(t, 5, done.Load())
}

func epoch(t *testing.T, s store.Store) {
	first, err := s.Epoch(within(t, soon))
	require.NoError(t, err)
	require.NotEmpty(t, first)
	again, err := s.Epoch(within(t, soon))
	require.NoError(t, err)
	require.Equal(t, first, again)
}

func reserve(t *testing.T, s store.Store, key string, per time.Duration, limit, amount int64) (bool, int64) {
	t.Helper()
	ok, spent, err := s.Reserve(within(t, soon), key, per, limit, amount)
	require.NoError(t, err)
	return ok, spent
}

func budgets(t *testing.T, s store.Store) {
	ctx, key := within(t, soon), t.Name()
	for _, step := range []struct {
		limit, amount, settle int64
		ok                    bool
		spent                 int64
	}{
		{limit: 100, amount: 60, ok: true, spent: 60},
		{limit: 100, amount: 41, spent: 60},
		{limit: 100, amount: 40, ok: true, spent: 100},
		{limit: 100, amount: 0, ok: true, spent: 100},
		{limit: 100, amount: 1, spent: 100},
		{settle: -70, limit: 100, amount: 70, ok: true, spent: 100},
		{settle: 50, limit: 100, amount: 0, spent: 150},
		{settle: -1000, limit: 0, amount: 0, ok: true, spent: 0},
		{limit: 0, amount: 1, spent: 0},
		{limit: 1 << 62, amount: store.MaxAmount - 1, ok: true, spent: store.MaxAmount - 1},
		{limit: 1 << 62, amount: 1, ok: true, spent: store.MaxAmount},
		{limit: 1 << 62, amount: 1, spent: store.MaxAmount},
		{settle: 5, limit: 1 << 62, amount: 0, ok: true, spent: store.MaxAmount},
	} {
		if step.settle != 0 {
			require.NoError(t, s.Settle(ctx, key, 0, step.settle))
		}
		ok, spent := reserve(t, s, key, 0, step.limit, step.amount)
		require.Equal(t, step.ok, ok, "%+v", step)
		require.Equal(t, step.spent, spent, "%+v", step)
	}
	ok, spent := reserve(t, s, key, time.Hour, 10, 10)
	require.True(t, ok, "another period is another budget")
	require.EqualValues(t, 10, spent)
}

func periods(t *testing.T, s store.Store) {
	key, per := t.Name(), 300*time.Millisecond
	reserve(t, s, key, per, 10, 10)
	require.Eventually(t, func() bool {
		ok, spent, err := s.Reserve(t.Context(), key, per, 10, 10)
		return err == nil && ok && spent == 10
	}, soon, per/10, "the next period begins at nothing")
}

func budgetsOfMany(t *testing.T, s store.Store) {
	key := t.Name()
	var granted atomic.Int64
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 10 {
				ok, spent, err := s.Reserve(t.Context(), key, 0, 500, 7)
				if err != nil || spent > 500 {
					t.Errorf("spent %d, %v", spent, err)
				}
				if ok {
					granted.Add(7)
				}
			}
		})
	}
	wg.Wait()
	_, spent := reserve(t, s, key, 0, 500, 0)
	require.Equal(t, granted.Load(), spent)
	require.EqualValues(t, 497, spent)
}

func budgetArguments(t *testing.T, s store.Store) {
	ctx, key := within(t, soon), t.Name()
	for _, wrong := range []struct {
		per           time.Duration
		limit, amount int64
	}{
		{0, 10, -1},
		{0, -1, 1},
		{0, 10, store.MaxAmount + 1},
		{-time.Second, 10, 1},
		{time.Millisecond - 1, 10, 1},
	} {
		_, _, err := s.Reserve(ctx, key, wrong.per, wrong.limit, wrong.amount)
		require.Error(t, err, "%+v", wrong)
	}
	require.Error(t, s.Settle(ctx, key, -1, 1))
	require.Error(t, s.Settle(ctx, key, 0, -store.MaxAmount-1))
	_, spent := reserve(t, s, key, 0, 10, 0)
	require.Zero(t, spent)
}

func cooldowns(t *testing.T, s store.Store) {
	ctx, key := within(t, soon), t.Name()
	require.Zero(t, s.Cooling(ctx, key))
	s.CoolDown(ctx, key, 0)
	s.CoolDown(ctx, key, -time.Second)
	require.Zero(t, s.Cooling(ctx, key))
	s.CoolDown(ctx, key, time.Hour)
	s.CoolDown(ctx, key, time.Minute) // shortens nothing
	left := s.Cooling(ctx, key)
	require.Greater(t, left, 59*time.Minute)
	require.LessOrEqual(t, left, time.Hour)
	s.CoolDown(ctx, key, 2*time.Hour)
	require.Greater(t, s.Cooling(ctx, key), time.Hour)
	require.Zero(t, s.Cooling(ctx, key+"2"))

	s.CoolDown(ctx, key+"3", brief)
	require.Eventually(t, func() bool { return s.Cooling(ctx, key+"3") == 0 }, soon, brief/5)
}

func limits(t *testing.T, s store.Store) {
	ctx, key := within(t, soon), t.Name()
	limit := resilience.Limit{Rates: []resilience.Rate{{N: 3, Per: time.Hour}}, Weights: []resilience.Rate{{N: 100, Per: time.Hour}}}
	a, err := s.Limiter(key, limit)
	require.NoError(t, err)
	again := resilience.Limit{Rates: []resilience.Rate{{N: 3, Per: time.Hour}}, Weights: []resilience.Rate{{N: 100, Per: time.Hour}}}
	b, err := s.Limiter(key, again)
	require.NoError(t, err)
	require.Same(t, a, b)
	other, err := s.Limiter(key, resilience.Limit{Rates: limit.Rates})
	require.NoError(t, err)
	require.NotSame(t, a, other)

	for i := range 3 {
		g, err := a.Wait(ctx, 1, 30)
		require.NoError(t, err)
		require.EqualValues(t, 2-i, g.Left)
	}
	v, err := b.Try(ctx, 1, 0)
	require.NoError(t, err)
	require.False(t, v.OK)
	require.Greater(t, v.Wait, 50*time.Minute)
	_, err = b.Wait(within(t, brief), 1, 0)
	var e *resilience.LimitError
	require.ErrorAs(t, err, &e)
	require.Greater(t, e.Wait, 50*time.Minute)
	v, err = a.Try(ctx, 4, 0)
	require.NoError(t, err)
	require.True(t, v.Never)
	v, err = other.Try(ctx, 1, 0)
	require.NoError(t, err)
	require.True(t, v.OK)

	limit.Rates[0].N = 1 // the store has a copy
	c, err := s.Limiter(key, again)
	require.NoError(t, err)
	require.Same(t, a, c)

	_, err = s.Limiter(key, resilience.Limit{})
	require.Error(t, err)
}

// limitsOfMany: the weights are corrected, and many goroutines get what there is, together.
func limitsOfMany(t *testing.T, s store.Store) {
	ctx, key := within(t, soon), t.Name()
	limit := resilience.Limit{Rates: []resilience.Rate{{N: 100, Per: time.Hour}}, Burst: 100, Weights: []resilience.Rate{{N: 1000, Per: time.Hour}}}
	var got atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			l, err := s.Limiter(key, limit)
			if err != nil {
				t.Error(err)
				return
			}
			for range 3 {
				v, err := l.Try(ctx, 1, 5)
				if err != nil {
					t.Error(err)
				}
				if v.OK {
					got.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 100, got.Load())

	key += "2"
	l, err := s.Limiter(key, limit)
	require.NoError(t, err)
	_, err = l.Wait(ctx, 1, 600)
	require.NoError(t, err)
	require.NoError(t, l.Correct(ctx, -200))
	v, err := l.Try(ctx, 1, 600)
	require.NoError(t, err)
	require.True(t, v.OK, "200 came back")
	require.NoError(t, l.Correct(ctx, 1))
	v, err = l.Try(ctx, 1, 0)
	require.NoError(t, err)
	require.False(t, v.OK, "one too many was used")
}

func endedContext(t *testing.T, s store.Store) {
	key, cause := t.Name(), errors.New("the caller has gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	_, err := s.Begin(ctx, key)
	require.ErrorIs(t, err, cause)
	_, _, err = s.Reserve(ctx, key, 0, 10, 1)
	require.ErrorIs(t, err, cause)
	require.ErrorIs(t, s.Save(ctx, key, nil), cause)
	_, err = s.Load(ctx, key)
	require.ErrorIs(t, err, cause)
	begin(t, s, key, store.Mine)
}
