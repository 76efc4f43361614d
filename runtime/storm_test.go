package alloy_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
)

// A storm: very many callers ask a server that is down for two minutes, and up then, again and again. Over net/http.

const (
	stormRound = 30 * time.Second // each caller calls once in it
	stormDown  = 2 * time.Minute
	stormSlots = 64
	stormReply = 50 * time.Millisecond
)

type storm struct {
	callers int
	rounds  int
	apart   bool // the callers come one after the other within a round, not all at once

	site   *site
	client context.Context
	begin  time.Time
	down   atomic.Bool
	asked  atomic.Int64 // requests that the server got
	calls  atomic.Int64

	mu         sync.Mutex
	last       time.Time // when the last of those calls began that failed
	successful []int     // calls of each caller since the server is up
	opened     []alloy.BreakerChanged
}

// brew opens a server that is down, and a client whose calls go to it. Goroutines that are left when the test ends fail it: they are
// of its bubble.
func brew(t *testing.T, rounds int, apart bool, opts ...alloy.Option) *storm {
	st := &storm{callers: 2000, rounds: rounds, apart: apart}
	if raced {
		st.callers = 400
	}
	st.successful = make([]int, st.callers)
	st.down.Store(true)
	st.site = open(t, func(model string, _ int) handler {
		st.asked.Add(1)
		st.site.models, st.site.bodies, st.site.times = nil, nil, nil // the site would keep them all
		if st.down.Load() {
			return slowly(stormReply, says(500, nil, ""))
		}
		return slowly(stormReply, byModel("", nil, 0)(model, 0))
	})
	st.site.client.Transport.(*http.Transport).MaxIdleConnsPerHost = stormSlots
	st.client = st.site.own(t, append([]alloy.Option{
		alloy.WithRetry(alloy.Retry{Attempts: 3}), alloy.WithTimeout(stormRound / 2), alloy.WithObserver(st),
		alloy.WithConcurrency("storm", stormSlots),
		alloy.WithRateLimit("storm", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(600)}, Burst: stormSlots}),
	}, opts...)...)
	st.begin = time.Now()
	return st
}

// Observe keeps the changes of the breaker.
func (st *storm) Observe(_ context.Context, e alloy.Event) {
	if e, ok := e.(alloy.BreakerChanged); ok && e.To == "open" {
		st.mu.Lock()
		defer st.mu.Unlock()
		st.opened = append(st.opened, e)
	}
}

// at waits until the storm is that old.
func (st *storm) at(d time.Duration) {
	time.Sleep(time.Until(st.begin.Add(d)))
	synctest.Wait()
}

// call is the n-th caller.
func (st *storm) call(t *testing.T, v vendor, n int) {
	var offset time.Duration
	if st.apart {
		offset = stormRound * time.Duration(n) / time.Duration(st.callers)
	}
	for round := range st.rounds {
		time.Sleep(time.Until(st.begin.Add(time.Duration(round)*stormRound + offset)))
		began := time.Now()
		st.calls.Add(1)
		got, err := triaged(st.client, v)
		st.note(n, began, err)
		switch e, ok := errors.AsType[*alloy.CommandError](err); {
		case err == nil && got.Summary != late.Summary:
			t.Errorf("an answer that nobody gave: %+v", got)
		case err != nil && !ok:
			t.Errorf("%T is no CommandError: %v", err, err)
		case err != nil && e.Kind != alloy.KindServer && e.Kind != alloy.KindBreakerOpen:
			t.Error(err)
		}
	}
}

func (st *storm) note(n int, began time.Time, err error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case err == nil:
		st.successful[n]++
	case began.After(st.last):
		st.last = began
	}
}

// blow lets all callers call, and returns when they have done with it. measure looks at the end of the two minutes.
func (st *storm) blow(t *testing.T, v vendor, measure func()) {
	var all sync.WaitGroup
	for n := range st.callers {
		all.Go(func() { st.call(t, v, n) })
	}
	st.at(stormDown/2 - time.Millisecond)
	middle := st.size()
	st.at(stormDown - time.Millisecond)
	measure()
	end := st.size()
	st.down.Store(false)
	all.Wait()

	// Nothing grows: neither while the server is down nor afterwards.
	require.LessOrEqual(t, end.goroutines, middle.goroutines+8)
	require.LessOrEqual(t, end.heap, middle.heap+1<<20)
	gone := st.size()
	require.LessOrEqual(t, gone.goroutines, middle.goroutines)
	require.LessOrEqual(t, gone.heap, middle.heap+1<<20)
}

type size struct {
	goroutines int
	heap       uint64 // in bytes
}

func (*storm) size() size {
	var stats runtime.MemStats
	for range 2 { // what a pool holds goes with the second
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return size{runtime.NumGoroutine(), stats.HeapAlloc}
}

// slotsAreFree makes as many calls as there may be at once. The server answers none of them before all are there.
func (st *storm) slotsAreFree(t *testing.T, v vendor) {
	g := newGate(stormSlots)
	st.site.mu.Lock()
	st.site.handle = func(string, int) handler {
		return func(w http.ResponseWriter, r *http.Request) {
			g.pass(r.Context())
			v.good()(w, r)
		}
	}
	st.site.mu.Unlock()
	var all sync.WaitGroup
	for range stormSlots {
		all.Go(func() {
			if _, err := triaged(st.client, v, alloy.WithRetry(alloy.Retry{})); err != nil {
				t.Error("a slot is lost: ", err)
			}
		})
	}
	all.Wait()
}

// gate lets nobody pass before so many are there, unless their time is over.
type gate struct {
	missing atomic.Int64
	open    chan struct{}
}

func newGate(n int) *gate {
	g := &gate{open: make(chan struct{})}
	g.missing.Store(int64(n))
	return g
}

func (g *gate) pass(ctx context.Context) {
	if g.missing.Add(-1) == 0 {
		close(g.open)
	}
	select {
	case <-g.open:
	case <-ctx.Done():
	}
}

// F93, X70: without a breaker the retries stay a fifth of the requests, and as soon as the server is up every caller has an
// answer.
func TestStormOfRetries(t *testing.T) {
	vendorKeys(t)
	synctest.Test(t, func(t *testing.T) {
		const before, after = int(stormDown / stormRound), 1
		st := brew(t, before+after, false)
		st.blow(t, openAI, func() {
			first, all := st.calls.Load(), st.asked.Load()
			require.Equal(t, int64(st.callers*before), first)
			require.LessOrEqual(t, all, first+first/5+10*int64(stormDown/(10*time.Second)))
			require.Greater(t, all, first+first/10, "there are retries")
		})
		require.Less(t, st.last, st.begin.Add(stormDown), "no call failed that began when the server was up")
		for n, successful := range st.successful {
			require.Equal(t, after, successful, "caller %d", n)
		}
		st.slotsAreFree(t, openAI)
	})
}

// F93, X67: with a breaker the server gets a few probes while it is down, and all callers have answers at the latest one
// cooldown after it is up.
func TestStormAndTheBreaker(t *testing.T) {
	vendorKeys(t)
	synctest.Test(t, func(t *testing.T) {
		const cooldown = 10 * time.Second // and then 20, 40, 80 s
		st := brew(t, int((stormDown+8*cooldown)/stormRound)+2, true, alloy.WithBreaker(alloy.Breaker{Cooldown: cooldown}))
		var early int64
		time.AfterFunc(time.Second, func() { early = st.asked.Load() })
		st.blow(t, anthropic, func() {
			require.LessOrEqual(t, early, int64(5+stormSlots), "what was under way when the breaker opened")
			require.Equal(t, int64(3), st.asked.Load()-early, "a probe after each cooldown")
		})
		require.Len(t, st.opened, 4)
		opened := st.opened[3]
		require.Equal(t, 8*cooldown, opened.Wait)
		require.Less(t, st.last, st.begin.Add(stormDown+opened.Wait), "recovered within one cooldown")
		require.WithinDuration(t, opened.Time.Add(opened.Wait), st.last, time.Second, "as soon as the probe had succeeded")
		for n, successful := range st.successful {
			require.Positive(t, successful, "caller %d", n)
		}
		st.slotsAreFree(t, anthropic)
	})
}
