package store_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store"
	"github.com/alloygen/alloygen/runtime/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return store.NewMemory() })
}

// F167: the last five states of a run are kept; F197: and the last thousand runs.
func TestF167History(t *testing.T) {
	s, ctx := store.NewMemory(), t.Context()
	require.Empty(t, s.History("r"))
	for i := range 7 {
		require.NoError(t, s.Save(ctx, "r", fmt.Append(nil, i)))
	}
	require.Equal(t, "2 3 4 5 6", fmt.Sprintf("%s", s.History("r"))[1:10])
	s.History("r")[4][0] = 'x'
	data, err := s.Load(ctx, "r")
	require.NoError(t, err)
	require.Equal(t, "6", string(data))

	for i := range 999 {
		require.NoError(t, s.Save(ctx, fmt.Sprint("other", i), nil))
	}
	require.NoError(t, s.Save(ctx, "r", []byte("newest")))
	require.NoError(t, s.Save(ctx, "one more", nil))
	require.Len(t, s.History("r"), 5)
	_, err = s.Load(ctx, "other0")
	require.ErrorIs(t, err, store.ErrNotFound, "the one that was not saved for the longest time")
	_, err = s.Load(ctx, "other1")
	require.NoError(t, err)
}

// F197: results are bounded, and the epoch tells that some were dropped. What is Unknown stays.
func TestF197Results(t *testing.T) {
	s, ctx := store.NewMemory(), t.Context()
	lost, err := s.Begin(ctx, "lost")
	require.NoError(t, err)
	require.NoError(t, s.Lose(ctx, lost))
	first, err := s.Epoch(ctx)
	require.NoError(t, err)
	do := func(i int) {
		c, err := s.Begin(ctx, fmt.Sprint(i))
		if err != nil || c.State != store.Mine || s.Finish(ctx, c, nil) != nil {
			t.Fatal(i, c, err)
		}
	}
	for i := range 100_000 {
		do(i)
	}
	epoch, err := s.Epoch(ctx)
	require.NoError(t, err)
	require.Equal(t, first, epoch)
	do(100_000)
	epoch, err = s.Epoch(ctx)
	require.NoError(t, err)
	require.NotEqual(t, first, epoch)
	for key, want := range map[string]store.State{"0": store.Mine, "9999": store.Mine, "10000": store.Done, "100000": store.Done, "lost": store.Unknown} {
		c, err := s.Begin(ctx, key)
		require.NoError(t, err)
		require.Equal(t, want, c.State, key)
	}
}

func TestStates(t *testing.T) {
	require.Equal(t, "mine done unknown State(0)", fmt.Sprint(store.Mine, store.Done, store.Unknown, store.State(0)))
}

// A period begins with the clock, not with the first amount; a clock that is set back a little does not open the last one again.
func TestPeriods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it begins at midnight
		s, ctx := store.NewMemory(), t.Context()
		reserve := func(amount int64) (bool, int64) {
			ok, spent, err := s.Reserve(ctx, "k", 24*time.Hour, 10, amount)
			require.NoError(t, err)
			return ok, spent
		}
		time.Sleep(23 * time.Hour)
		ok, spent := reserve(8)
		require.True(t, ok)
		require.EqualValues(t, 8, spent)
		time.Sleep(time.Hour - time.Nanosecond)
		ok, spent = reserve(3)
		require.False(t, ok)
		require.EqualValues(t, 8, spent)
		time.Sleep(time.Nanosecond)
		ok, spent = reserve(3)
		require.True(t, ok)
		require.EqualValues(t, 3, spent)
		require.NoError(t, s.Settle(ctx, "k", 24*time.Hour, -5)) // 3 of it of yesterday
		_, spent = reserve(0)
		require.Zero(t, spent)
	})
}

func TestCooldownEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := store.NewMemory(), t.Context()
		s.CoolDown(ctx, "k", time.Minute)
		time.Sleep(20 * time.Second)
		require.Equal(t, 40*time.Second, s.Cooling(ctx, "k"))
		s.CoolDown(ctx, "k", 30*time.Second)
		require.Equal(t, 40*time.Second, s.Cooling(ctx, "k"))
		s.CoolDown(ctx, "k", 50*time.Second)
		time.Sleep(50*time.Second - 1)
		require.Equal(t, time.Nanosecond, s.Cooling(ctx, "k"))
		time.Sleep(time.Nanosecond)
		require.Zero(t, s.Cooling(ctx, "k"))
	})
}

// A store that was used by the clock of a test's bubble is not closed to those outside of it.
func TestClockOfABubble(t *testing.T) {
	s := store.NewMemory()
	s.CoolDown(t.Context(), "real", time.Hour)
	ok, _, err := s.Reserve(t.Context(), "k", time.Hour, 10, 10)
	require.NoError(t, err)
	require.True(t, ok)
	synctest.Test(t, func(t *testing.T) {
		require.Zero(t, s.Cooling(t.Context(), "real"))
		ok, _, err := s.Reserve(t.Context(), "k", time.Hour, 10, 10)
		require.NoError(t, err)
		require.True(t, ok)
		s.CoolDown(t.Context(), "bubble", time.Hour)
	})
	require.Zero(t, s.Cooling(t.Context(), "bubble"))
}

// F160: the limiter of a store waits by the clock.
func TestLimiterWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		l, err := s.Limiter("k", resilience.Limit{Rates: []resilience.Rate{{N: 2, Per: time.Minute}}})
		require.NoError(t, err)
		var waited time.Duration
		for range 3 {
			g, err := l.Wait(t.Context(), 1, 0)
			require.NoError(t, err)
			waited += g.Waited
		}
		require.Equal(t, time.Minute, waited)
	})
}
