package limiters_test

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store/internal/limiters"
)

var perMinute = resilience.Limit{Rates: []resilience.Rate{{N: 5, Per: time.Minute}}}

func get(t *testing.T, table *limiters.Table, key string, made *int) *resilience.Limiter {
	t.Helper()
	l, err := table.Get(key, perMinute, func(l resilience.Limit) (*resilience.Limiter, error) {
		*made++
		return resilience.NewLimiter(l)
	})
	require.NoError(t, err)
	return l
}

// F197: limiters of keys that are no longer used are dropped; those that somebody keeps, or that still count, are not.
func TestF197Limiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var table limiters.Table
		made := 0
		kept := get(t, &table, "kept", &made)
		others := func(from int) {
			for i := range 1100 {
				get(t, &table, fmt.Sprint(from+i), &made)
			}
		}
		others(0)
		runtime.GC()
		get(t, &table, "0", &made)
		require.Equal(t, 1101, made, "it may still count")

		time.Sleep(2 * time.Minute)
		get(t, &table, "1", &made)
		for from := 1; from < 10; from++ {
			others(from * 1100)
			runtime.GC()
			time.Sleep(2 * time.Minute)
		}
		made = 0
		require.Same(t, kept, get(t, &table, "kept", &made))
		require.Zero(t, made)
		get(t, &table, "0", &made)
		require.Equal(t, 1, made, "nobody has kept it")
		runtime.KeepAlive(kept)
	})
}

func TestNoTwoAtOnce(t *testing.T) {
	var table limiters.Table
	made := 0
	a := get(t, &table, "k", &made)
	require.Same(t, a, get(t, &table, "k", &made))
	require.NotSame(t, a, get(t, &table, "k2", &made))
	b, err := table.Get("k", resilience.Limit{Rates: perMinute.Rates, Burst: 3}, resilience.NewLimiter)
	require.NoError(t, err)
	require.NotSame(t, a, b)
	_, err = table.Get("k", resilience.Limit{}, resilience.NewLimiter)
	require.Error(t, err)
}
