package resilience_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/runtime/resilience"
)

func TestSleepWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		require.NoError(t, resilience.Sleep(t.Context(), 2*time.Second))
		require.Equal(t, 2*time.Second, time.Since(begin))
		require.NoError(t, resilience.Sleep(t.Context(), 0))
		require.NoError(t, resilience.Sleep(t.Context(), -time.Second))
		require.Equal(t, 2*time.Second, time.Since(begin))
	})
}

func TestSleepEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		cause := errors.New("the user left")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cause) })
		require.ErrorIs(t, resilience.Sleep(ctx, time.Hour), cause)
		require.Equal(t, time.Second, time.Since(begin))
		require.ErrorIs(t, resilience.Sleep(ctx, 0), cause, "an ended context is seen before anything else")
	})
}

func TestSleepRefusesWhatDoesNotFitTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.ErrorIs(t, resilience.Sleep(ctx, 10*time.Second), resilience.ErrNoTime)
		require.ErrorIs(t, resilience.Sleep(ctx, time.Hour), resilience.ErrNoTime)
		require.Zero(t, time.Since(begin))
		require.NoError(t, resilience.Sleep(ctx, 9*time.Second))
		require.ErrorIs(t, resilience.Sleep(ctx, time.Second), resilience.ErrNoTime)
		require.Equal(t, 9*time.Second, time.Since(begin))
	})
}

// The waits of a loop that repeats something until there is no time left stay within its deadline, and each within Max.
func TestWaitsOfARetryLoopFitTheDeadline(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := resilience.Backoff{
			Strategy: resilience.Strategy(rapid.IntRange(0, 2).Draw(rt, "strategy")),
			Base:     time.Duration(rapid.Int64Range(100e6, 10e9).Draw(rt, "base")),
			Max:      time.Duration(rapid.Int64Range(100e6, 60e9).Draw(rt, "max")),
			Jitter:   rapid.Float64Range(0, 0.9).Draw(rt, "jitter"),
		}
		deadline := time.Duration(rapid.Int64Range(1, 100e9).Draw(rt, "deadline"))
		var waits []time.Duration
		var took time.Duration
		var err error
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			for k := 0; err == nil; k++ {
				wait := b.Wait(k, nil)
				if err = resilience.Sleep(ctx, wait); err == nil {
					waits = append(waits, wait)
				}
			}
			took = time.Since(begin)
		})
		require.ErrorIs(rt, err, resilience.ErrNoTime)
		var sum time.Duration
		for _, wait := range waits {
			require.LessOrEqual(rt, wait, b.Max)
			sum += wait
		}
		require.Equal(rt, sum, took)
		require.Less(rt, sum, deadline)
	})
}
