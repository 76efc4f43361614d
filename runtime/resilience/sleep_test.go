package resilience_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

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
