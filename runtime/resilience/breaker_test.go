package resilience_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/runtime/resilience"
)

const (
	success = resilience.Success
	failure = resilience.Failure
	ignored = resilience.Ignored
	closed  = resilience.Closed
	open    = resilience.Open
	half    = resilience.HalfOpen
)

func allow(t *testing.T, b *resilience.Breaker) resilience.Permit {
	t.Helper()
	p, err := b.Allow()
	require.NoError(t, err)
	return p
}

// refused asks for a permit that there is not, and returns the wait.
func refused(t *testing.T, b *resilience.Breaker) time.Duration {
	t.Helper()
	ready, wait := b.Ready()
	require.False(t, ready)
	p, err := b.Allow()
	open, ok := errors.AsType[*resilience.OpenError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, wait, open.Wait)
	changed, _, _ := p.Done(failure)
	require.False(t, changed, "what was not given cannot come back")
	return wait
}

// calls makes calls with these outcomes: s, f, or i for ignored.
func calls(t *testing.T, b *resilience.Breaker, outcomes string) {
	t.Helper()
	for _, o := range outcomes {
		allow(t, b).Done(map[rune]resilience.Outcome{'s': success, 'f': failure, 'i': ignored}[o])
	}
}

func TestBreakerOpens(t *testing.T) {
	for _, tc := range []struct {
		name, outcomes string
		settings       resilience.BreakerSettings
		want           resilience.State
	}{
		{"five failures in a row", "fffff", resilience.BreakerSettings{}, open},
		{"four", "ffff", resilience.BreakerSettings{}, closed},
		{"a success between", "ffffsffff", resilience.BreakerSettings{}, closed},
		{"ignored ones between", "ffiffiif", resilience.BreakerSettings{}, open},
		{"one is enough", "f", resilience.BreakerSettings{Failures: 1}, open},
		{"half of ten", "fsfsfsfssf", resilience.BreakerSettings{}, open},
		{"half of nine and a bit", "fsfsfsfsf", resilience.BreakerSettings{}, closed},
		{"under half of many", "fssfssfssfssfssfssfs", resilience.BreakerSettings{}, closed},
		{"a success does not open", "fsfsfsfsfs", resilience.BreakerSettings{}, closed},
		{"the next failure does", "fsfsfsfsfsf", resilience.BreakerSettings{}, open},
		{"ignored ones do not count", "fsfsiiiifsfsi", resilience.BreakerSettings{}, closed},
		{"many in a row asked for", "fffffffff", resilience.BreakerSettings{Failures: 100}, closed},
		{"but ten are ten", "ffffffffff", resilience.BreakerSettings{Failures: 100}, open},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := resilience.NewBreaker(tc.settings)
			calls(t, b, tc.outcomes)
			require.Equal(t, tc.want, b.State())
		})
	}
}

func TestBreakerWindowRolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := resilience.NewBreaker(resilience.BreakerSettings{Failures: 100, Window: 10 * time.Second})
		calls(t, b, "fffffffff")
		time.Sleep(10 * time.Second)
		calls(t, b, "fffffffff")
		require.Equal(t, closed, b.State(), "the first nine have left")
		time.Sleep(9 * time.Second)
		calls(t, b, "f")
		require.Equal(t, open, b.State())
	})
}

func TestBreakerCooldown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := resilience.NewBreaker(resilience.BreakerSettings{})
		calls(t, b, "ffff")
		changed, from, to := allow(t, b).Done(failure)
		require.Equal(t, []any{true, closed, open}, []any{changed, from, to})
		cooldown := 30 * time.Second
		for range 6 { // 30 s, 1 m, 2 m, 4 m, 5 m, 5 m
			require.Equal(t, cooldown, refused(t, b))
			time.Sleep(cooldown - 1)
			require.Equal(t, time.Duration(1), refused(t, b))
			time.Sleep(1 * time.Nanosecond)
			ready, wait := b.Ready()
			require.Equal(t, []any{true, time.Duration(0), open}, []any{ready, wait, b.State()}, "a look changes nothing")
			probe := allow(t, b)
			require.Equal(t, half, b.State())
			require.Zero(t, refused(t, b))
			time.Sleep(time.Minute)
			changed, from, to = probe.Done(failure)
			require.Equal(t, []any{true, half, open}, []any{changed, from, to})
			cooldown = min(2*cooldown, 5*time.Minute)
		}
		time.Sleep(cooldown)
		changed, from, to = allow(t, b).Done(success)
		require.Equal(t, []any{true, half, closed}, []any{changed, from, to})
		calls(t, b, "ffff")
		require.Equal(t, closed, b.State(), "it begins anew")
		calls(t, b, "f")
		require.Equal(t, 30*time.Second, refused(t, b), "the cooldown too")
	})
}

func TestBreakerForgetsWhenItCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := resilience.NewBreaker(resilience.BreakerSettings{Failures: 10, Cooldown: time.Second})
		calls(t, b, "fffffffff")
		b.Trip()
		time.Sleep(time.Second)
		calls(t, b, "sfffffffff")
		require.Equal(t, closed, b.State())
	})
}

func TestBreakerLongCooldownDoesNotShrink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := resilience.NewBreaker(resilience.BreakerSettings{Failures: 1, Cooldown: time.Hour})
		calls(t, b, "f")
		time.Sleep(time.Hour)
		calls(t, b, "f")
		require.Equal(t, time.Hour, refused(t, b))
	})
}

// X65: a result that began before the last change of state says nothing.
func TestX65LateResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := resilience.NewBreaker(resilience.BreakerSettings{Failures: 1})
		late := []resilience.Permit{allow(t, b), allow(t, b), allow(t, b), allow(t, b), allow(t, b)}
		calls(t, b, "f")
		none := func(p resilience.Permit, o resilience.Outcome) {
			t.Helper()
			before := b.State()
			changed, from, to := p.Done(o)
			require.Equal(t, []any{false, before, before}, []any{changed, from, to})
		}
		none(late[0], success)
		require.Equal(t, 30*time.Second, refused(t, b), "X65_late_success: still open")
		time.Sleep(30 * time.Second)
		probe := allow(t, b)
		none(late[1], success)
		none(late[2], failure)
		require.Zero(t, refused(t, b), "the probe is still out")
		changed, _, _ := probe.Done(success)
		require.True(t, changed)
		none(late[3], failure)
		require.Equal(t, closed, b.State(), "X65_late_failure")
		none(probe, failure)

		calls(t, b, "f")
		time.Sleep(30 * time.Second)
		probe = allow(t, b)
		require.True(t, b.Trip())
		none(probe, success)
		require.Equal(t, open, b.State(), "a probe that was sent before Trip")
		none(late[4], ignored)
	})
}

// X66: a probe that says nothing leaves its place to the next.
func TestX66ProbeThatSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := resilience.NewBreaker(resilience.BreakerSettings{Failures: 1})
		calls(t, b, "f")
		time.Sleep(30 * time.Second)
		for range 3 {
			changed, from, to := allow(t, b).Done(ignored)
			require.Equal(t, []any{false, half, half}, []any{changed, from, to})
			ready, wait := b.Ready()
			require.True(t, ready)
			require.Zero(t, wait)
		}
		func() { // whatever panics
			defer func() { require.NotNil(t, recover()) }()
			defer allow(t, b).Done(ignored)
			panic("in the call")
		}()
		calls(t, b, "f")
		require.Equal(t, time.Minute, refused(t, b))
	})
}

// X67: a hundred goroutines at the edge: one probe.
func TestX67OneProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := resilience.NewBreaker(resilience.BreakerSettings{Failures: 1})
		for round := range 20 {
			if b.State() == closed {
				calls(t, b, "f")
			}
			time.Sleep(5 * time.Minute)
			var mu sync.Mutex
			var probes []resilience.Permit
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					if p, err := b.Allow(); err == nil {
						mu.Lock()
						defer mu.Unlock()
						probes = append(probes, p)
					}
				})
			}
			wg.Wait()
			require.Len(t, probes, 1)
			probes[0].Done(resilience.Outcome(round % 3))
		}
	})
}

func TestPermitIsDoneOnce(t *testing.T) {
	b := resilience.NewBreaker(resilience.BreakerSettings{Failures: 3})
	p := allow(t, b)
	p.Done(failure)
	copied := p
	for range 5 {
		p.Done(failure)
		copied.Done(failure)
	}
	require.Equal(t, closed, b.State())
	again := allow(t, b) // in the same place
	p.Done(failure)
	again.Done(failure)
	require.Equal(t, closed, b.State())
	calls(t, b, "f")
	require.Equal(t, open, b.State())

	changed, from, to := resilience.Permit{}.Done(failure)
	require.Equal(t, []any{false, closed, closed}, []any{changed, from, to})
}

func TestTripOpensFromOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := resilience.NewBreaker(resilience.BreakerSettings{Cooldown: time.Second})
		require.True(t, b.Trip())
		require.False(t, b.Trip())
		require.Equal(t, time.Second, refused(t, b))
		time.Sleep(time.Second)
		allow(t, b)
		require.True(t, b.Trip(), "half open is not open")
		require.Equal(t, time.Second, refused(t, b))
	})
}

// A breaker that was opened in a future that is further away than its cooldown was opened by another clock.
func TestBreakerUnderAnotherClock(t *testing.T) {
	b := resilience.NewBreaker(resilience.BreakerSettings{Failures: 1})
	calls(t, b, "f")
	require.Equal(t, open, b.State())
	synctest.Test(t, func(t *testing.T) { calls(t, b, "s") })
	require.Equal(t, closed, b.State())
	synctest.Test(t, func(t *testing.T) { calls(t, b, "f") })
	calls(t, b, "s")
	require.Equal(t, closed, b.State())
}

func TestBreakerNames(t *testing.T) {
	require.Equal(t, "closed open half_open State(9)", fmt.Sprint(closed, open, half, resilience.State(9)))
	require.EqualError(t, &resilience.OpenError{Wait: time.Second}, "the breaker is open: the next call may go in 1s")
	require.EqualError(t, &resilience.OpenError{}, "the breaker is open, and a probe is under way")
}

func TestBreakerDoesNotAllocate(t *testing.T) {
	b := resilience.NewBreaker(resilience.BreakerSettings{})
	for _, o := range []resilience.Outcome{success, ignored, failure} { // the failures open it: 0 allocations for that too
		require.Zero(t, testing.AllocsPerRun(3, func() {
			if p, err := b.Allow(); err == nil {
				p.Done(o)
			}
		}))
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { b.Ready() }))
}

// machine is a breaker as one would write it down.
type machine struct {
	failures         int
	window, cooldown time.Duration

	state    resilience.State
	since    time.Time // of the state
	changes  int
	now      time.Duration // the present cooldown
	probing  bool
	outcomes []outcome // while closed
}

type outcome struct {
	at     time.Time
	failed bool
}

func (m *machine) turn(s resilience.State) {
	m.state, m.since, m.probing, m.outcomes = s, time.Now(), false, nil
	m.changes++
}

func (m *machine) ready() (bool, time.Duration) {
	if m.state == open {
		wait := m.now - time.Since(m.since)
		return wait <= 0, max(wait, 0)
	}
	return !m.probing, 0
}

func (m *machine) allow() {
	if m.state == open {
		m.turn(half)
	}
	m.probing = m.state == half
}

func (m *machine) done(changes int, o resilience.Outcome) {
	if changes != m.changes {
		return
	}
	m.probing = false
	switch {
	case o == ignored:
	case m.state == half && o == success:
		m.now = m.cooldown
		m.turn(closed)
	case m.state == half:
		m.now = min(2*m.now, 5*time.Minute)
		m.turn(open)
	default:
		m.outcomes = append(m.outcomes, outcome{time.Now(), o == failure})
		if o == failure && m.fails() {
			m.turn(open)
		}
	}
}

// fails says whether the outcomes so far, with a failure at the end, open it.
func (m *machine) fails() bool {
	inARow := 0
	for i := len(m.outcomes) - 1; i >= 0 && m.outcomes[i].failed; i-- {
		inARow++
	}
	part := func(at time.Time) int64 { return at.UnixNano() / int64(m.window/10) }
	var all, failed int
	for _, o := range m.outcomes {
		if part(o.at) > part(time.Now())-10 {
			all++
			if o.failed {
				failed++
			}
		}
	}
	return inARow >= m.failures || all >= 10 && failed*100 >= all*50
}

// The breaker is the same as the machine, whatever happens in which order.
func TestBreakerEqualsTheMachine(t *testing.T) {
	type step struct {
		what    string
		permit  int // which of those that are out, or were
		outcome resilience.Outcome
		pause   time.Duration
	}
	draw := rapid.Custom(func(t *rapid.T) step {
		s := step{what: rapid.SampledFrom([]string{"allow", "allow", "done", "done", "done", "call", "call", "pause", "trip"}).Draw(t, "what")}
		s.permit = rapid.IntRange(0, 6).Draw(t, "permit")
		s.outcome = rapid.SampledFrom([]resilience.Outcome{success, failure, failure, ignored}).Draw(t, "outcome")
		if s.what == "pause" {
			s.pause = rapid.SampledFrom([]time.Duration{1, 100 * ms, time.Second, 10 * time.Second, 2 * time.Minute}).Draw(t, "pause") * time.Duration(rapid.IntRange(1, 7).Draw(t, "times"))
		}
		if s.what == "trip" && rapid.IntRange(0, 4).Draw(t, "really") > 0 {
			s.what = "call"
		}
		return s
	})
	type held struct {
		resilience.Permit
		changes int
		spent   bool
	}
	run := func(settings resilience.BreakerSettings, steps []step) error {
		b := resilience.NewBreaker(settings)
		m := &machine{failures: settings.Failures, window: settings.Window, cooldown: settings.Cooldown, now: settings.Cooldown}
		var permits []*held
		allow := func() (*held, error) {
			p, err := b.Allow()
			if ok, wait := m.ready(); !ok {
				if e, refused := errors.AsType[*resilience.OpenError](err); !refused || e.Wait != wait {
					return nil, fmt.Errorf("allow: %v, want a wait of %v", err, wait)
				}
				return nil, nil
			}
			if err != nil {
				return nil, fmt.Errorf("allow: %w", err)
			}
			m.allow()
			permits = append(permits, &held{Permit: p, changes: m.changes})
			return permits[len(permits)-1], nil
		}
		done := func(p *held, o resilience.Outcome) error {
			before := m.state
			if !p.spent {
				m.done(p.changes, o)
				p.spent = true
			}
			if changed, from, to := p.Done(o); changed != (before != m.state) || from != before || to != m.state {
				return fmt.Errorf("done: %v from %v to %v, want %v to %v", changed, from, to, before, m.state)
			}
			return nil
		}
		for i, s := range steps {
			var err error
			switch s.what {
			case "allow":
				_, err = allow()
			case "call":
				var p *held
				if p, err = allow(); p != nil {
					err = done(p, s.outcome)
				}
			case "done":
				if len(permits) > s.permit {
					err = done(permits[len(permits)-1-s.permit], s.outcome)
				}
			case "pause":
				time.Sleep(s.pause)
			case "trip":
				was := m.state
				if was != open {
					m.turn(open)
				}
				if b.Trip() != (was != open) {
					err = errors.New("trip")
				}
			}
			ok, wait := b.Ready()
			wantOK, wantWait := m.ready()
			if err == nil && (b.State() != m.state || ok != wantOK || wait != wantWait) {
				err = fmt.Errorf("%v, ready %v %v, want %v, %v %v", b.State(), ok, wait, m.state, wantOK, wantWait)
			}
			if err != nil {
				return fmt.Errorf("step %d (%s): %w", i, s.what, err)
			}
		}
		return nil
	}
	rapid.Check(t, func(rt *rapid.T) {
		settings := resilience.BreakerSettings{
			Failures: rapid.IntRange(1, 12).Draw(rt, "failures"),
			Window:   time.Duration(rapid.IntRange(1, 20).Draw(rt, "window")) * time.Second,
			Cooldown: time.Duration(rapid.IntRange(1, 100).Draw(rt, "cooldown")) * time.Second,
		}
		steps := rapid.SliceOfN(draw, 1, 120).Draw(rt, "steps")
		var err error
		synctest.Test(t, func(*testing.T) { err = run(settings, steps) })
		require.NoError(rt, err)
	})
}

// Permits come back whatever happens in the call: the probe's place is never lost.
func TestPermitsAreConserved(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ends := rapid.SliceOfN(rapid.SampledFrom([]string{"returns", "panics", "succeeds"}), 1, 40).Draw(rt, "ends")
		var left int
		var err error
		synctest.Test(t, func(*testing.T) {
			b := resilience.NewBreaker(resilience.BreakerSettings{Failures: 1, Cooldown: time.Second})
			b.Trip()
			time.Sleep(time.Second)
			var wg sync.WaitGroup
			for _, end := range ends {
				wg.Go(func() {
					defer func() { _ = recover() }()
					p, err := b.Allow()
					if err != nil {
						return
					}
					outcome := ignored
					defer func() { p.Done(outcome) }()
					switch end {
					case "panics":
						panic("in the call")
					case "succeeds":
						outcome = success
					}
				})
			}
			wg.Wait()
			var p resilience.Permit
			if p, err = b.Allow(); err == nil {
				p.Done(ignored)
			}
			left = b.PermitsOut()
		})
		require.NoError(rt, err)
		require.Zero(rt, left)
	})
}
