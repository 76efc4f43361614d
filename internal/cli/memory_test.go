package cli

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCollectLateGivesWay(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	defer func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}()

	collectLate()
	require.EqualValues(t, room, debug.SetMemoryLimit(-1))

	live := make([]byte, room) // more than a run should use
	require.Eventually(t, func() bool {
		runtime.GC()
		return debug.SetMemoryLimit(-1) == math.MaxInt64
	}, time.Minute, time.Millisecond)
	runtime.KeepAlive(live)
	require.Equal(t, 100, debug.SetGCPercent(100))
}

func TestCollectLateLeavesSettingsAlone(t *testing.T) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GOGC", "")
			t.Setenv("GOMEMLIMIT", "")
			t.Setenv(name, "50")
			limit := debug.SetMemoryLimit(-1)
			collectLate()
			require.Equal(t, limit, debug.SetMemoryLimit(-1))
		})
	}
}
