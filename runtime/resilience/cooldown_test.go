package resilience_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/resilience"
)

func TestCooldown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c resilience.Cooldown
		require.Zero(t, c.Left())
		require.False(t, c.Start(0))
		require.True(t, c.Start(20*time.Second))
		require.Equal(t, 20*time.Second, c.Left())
		time.Sleep(5 * time.Second)
		require.False(t, c.Start(15*time.Second), "it is not shortened, nor begun again")
		require.Equal(t, 15*time.Second, c.Left())
		require.True(t, c.Start(16*time.Second))
		time.Sleep(16 * time.Second)
		require.Zero(t, c.Left())
		require.True(t, c.Start(time.Second))
	})
}

// What a virtual clock began counts for nothing by another, years before or after it.
func TestCooldownOfAnotherClock(t *testing.T) {
	var c resilience.Cooldown
	require.True(t, c.Start(time.Hour))
	synctest.Test(t, func(t *testing.T) {
		require.Zero(t, c.Left())
		require.True(t, c.Start(time.Minute))
		require.Equal(t, time.Minute, c.Left())
	})
	require.Zero(t, c.Left())
}
