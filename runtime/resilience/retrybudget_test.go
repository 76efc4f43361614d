package resilience_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// retries is how many the budget still has.
func retries(b *resilience.RetryBudget) (n int) {
	for b.Retry() {
		n++
	}
	return n
}

func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b resilience.RetryBudget
		require.Equal(t, 10, retries(&b), "the floor")
		for range 54 {
			b.Request()
		}
		require.Equal(t, 0, retries(&b))
		b.Request()
		require.Equal(t, 1, retries(&b), "a fifth of 55")
		time.Sleep(9 * time.Second)
		require.Equal(t, 0, retries(&b))
		time.Sleep(time.Second)
		require.Equal(t, 10, retries(&b))
	})
}

// X70: a target is down, and a thousand callers would retry five times each.
func TestX70RetryStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b resilience.RetryBudget
		var mu sync.Mutex
		requests, retried := 0, 0
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * ms)
				for attempt := range 6 {
					if attempt > 0 && !b.Retry() {
						return
					}
					mu.Lock()
					if attempt == 0 {
						b.Request()
						requests++
					} else {
						retried++
					}
					mu.Unlock()
					time.Sleep(100 * ms)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1000, requests)
		require.LessOrEqual(t, retried, 200+10)
		require.GreaterOrEqual(t, retried, 190)
	})
}

func TestRetryBudgetUnderAnotherClock(t *testing.T) {
	var b resilience.RetryBudget
	for range 3 {
		require.Equal(t, 10, retries(&b))
		synctest.Test(t, func(t *testing.T) { require.Equal(t, 10, retries(&b)) })
	}
}

func TestRetryBudgetDoesNotAllocate(t *testing.T) {
	var b resilience.RetryBudget
	require.Zero(t, testing.AllocsPerRun(100, func() { b.Request(); b.Retry() }))
}

// The budget is what one would count by hand.
func TestRetryBudgetEqualsTheCount(t *testing.T) {
	type step struct {
		requests int
		pause    time.Duration
	}
	draw := rapid.Custom(func(t *rapid.T) step {
		return step{rapid.IntRange(0, 80).Draw(t, "requests"), time.Duration(rapid.IntRange(0, 3000).Draw(t, "pause")) * ms}
	})
	run := func(steps []step) error {
		var b resilience.RetryBudget
		var requests, retried []int64 // the second of each
		within := func(all []int64) (n int) {
			for _, at := range all {
				if at > time.Now().Unix()-10 {
					n++
				}
			}
			return n
		}
		for i, s := range steps {
			time.Sleep(s.pause)
			for range s.requests {
				b.Request()
				requests = append(requests, time.Now().Unix())
			}
			for range 7 {
				want := within(retried)+1 <= max(10, within(requests)*20/100)
				if got := b.Retry(); got != want {
					return fmt.Errorf("step %d: %v, want %v", i, got, want)
				}
				if want {
					retried = append(retried, time.Now().Unix())
				}
			}
		}
		return nil
	}
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(draw, 1, 60).Draw(rt, "steps")
		var err error
		synctest.Test(t, func(*testing.T) { err = run(steps) })
		require.NoError(rt, err)
	})
}
