package resilience_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// Who waits goes in order of arrival, whoever is cancelled leaves the queue at once and takes nothing, and slots come back whatever
// panics.
func TestBulkhead(t *testing.T) {
	type visit struct {
		pause, stays, cancel time.Duration
		panics               bool

		entered bool
		at      time.Duration
	}
	rapid.Check(t, func(rt *rapid.T) {
		places := rapid.IntRange(1, 4).Draw(rt, "places")
		visits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) visit {
			v := visit{pause: time.Duration(rapid.IntRange(0, 50).Draw(t, "pause")) * ms, panics: rapid.Bool().Draw(t, "panics")}
			v.stays = time.Duration(rapid.IntRange(0, 200).Draw(t, "stays")) * ms
			if rapid.Bool().Draw(t, "is cancelled") {
				v.cancel = time.Duration(rapid.IntRange(1, 200).Draw(t, "cancel")) * ms
			}
			return v
		}), 1, 40).Draw(rt, "visits")
		most, free := 0, false
		synctest.Test(t, func(t *testing.T) {
			s := resilience.NewBulkhead(places)
			begin := time.Now()
			var mu sync.Mutex
			inside := 0
			count := func(n int) {
				mu.Lock()
				defer mu.Unlock()
				inside += n
				most = max(most, inside)
			}
			var wg sync.WaitGroup
			for i := range visits {
				v := &visits[i]
				time.Sleep(v.pause)
				wg.Go(func() {
					defer func() { _ = recover() }()
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if v.cancel > 0 {
						time.AfterFunc(v.cancel, cancel)
					}
					arrived := time.Now()
					if err := s.Acquire(ctx); err != nil {
						if !errors.Is(err, context.Canceled) || time.Since(arrived) != v.cancel {
							t.Errorf("%v after %v, want it after %v", err, time.Since(arrived), v.cancel)
						}
						return
					}
					defer s.Release()
					v.entered, v.at = true, time.Since(begin)
					count(1)
					defer count(-1)
					time.Sleep(v.stays)
					if v.panics {
						panic("inside")
					}
				})
				synctest.Wait()
			}
			wg.Wait()
			free = true
			for range places {
				free = s.TryAcquire() && free
			}
			free = free && !s.TryAcquire()
		})
		require.LessOrEqual(rt, most, places)
		require.True(rt, free, "a slot is lost, or there is one more")
		var last time.Duration
		for _, v := range visits {
			if v.entered {
				require.GreaterOrEqual(rt, v.at, last, "somebody was overtaken")
				last = v.at
			}
		}
	})
}
