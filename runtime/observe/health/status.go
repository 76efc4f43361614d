package health

import (
	"cmp"
	"slices"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
)

// State is how a model does.
type State string

// The states, best first.
const (
	Healthy  State = "healthy"  // none of the others, or no calls
	Slow     State = "slow"     // the average is over 5 s
	Degraded State = "degraded" // the error rate is over 0.1
	Critical State = "critical" // the error rate is over 0.5
)

const (
	criticalRate = 0.5
	degradedRate = 0.1
	slowAverage  = 5000 * time.Millisecond
)

// Status is what its last calls say of a model.
//
// Times are those of all calls, failed ones included. P50, P95 and P99 are percentiles by nearest rank: of n calls the
// ⌈p·n/100⌉-th shortest, so that each is a time that a call took. Of 100 calls P99 is the second longest; of fewer, the longest.
type Status struct {
	Model     string // as named in the settings
	Provider  string
	State     State
	Calls     int
	Failures  int
	ErrorRate float64 // Failures/Calls; 0 without calls
	Average   time.Duration
	P50       time.Duration
	P95       time.Duration
	P99       time.Duration
	LastError alloy.Kind // of the newest call that the model did not answer, be it a failure or not; empty if there is none
}

// Status returns the status of a model, by its name in the settings. Where several providers have a model of that name, it
// is the worst of theirs. A model that has not been asked is healthy.
func (m *Monitor) Status(model string) Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.MaxFunc(m.named(model), func(a, b Status) int {
		return cmp.Or(cmp.Compare(a.State.rank(), b.State.rank()), cmp.Compare(a.Calls, b.Calls))
	})
}

// Critical reports whether more than half of the last calls of a model failed, by its name in the settings. It is what
// alloy.WithHealthBreaker asks; use WithMinCalls with it, or the first failure of a model opens its breaker.
func (m *Monitor) Critical(model string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	for of, w := range m.windows {
		if of.name != model {
			continue
		}
		w.expire(now)
		if m.judged(w) && state(rate(w.failures(), w.size), 0) == Critical {
			return true
		}
	}
	return false
}

// named returns the statuses of the models of that name: one at least.
func (m *Monitor) named(name string) []Status {
	all := m.statuses(func(other string) bool { return other == name })
	if len(all) == 0 {
		all = append(all, Status{Model: name, State: Healthy})
	}
	return all
}

// statuses returns those of the models that are meant, by name and provider.
func (m *Monitor) statuses(meant func(name string) bool) []Status {
	now := m.now()
	var all []Status
	for of, w := range m.windows {
		if meant(of.name) {
			w.expire(now)
			all = append(all, m.status(of, w))
		}
	}
	slices.SortFunc(all, func(a, b Status) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Provider, b.Provider))
	})
	return all
}

func (m *Monitor) status(of model, w *window) Status {
	s := Status{Model: of.name, Provider: of.provider, State: Healthy, Calls: w.size, Failures: w.failures()}
	if w.size == 0 {
		return s
	}
	var room [windowCalls]time.Duration
	took, sum := room[:0], time.Duration(0)
	for k := range w.size {
		call := w.back(k)
		took = append(took, call.took)
		sum = plus(sum, call.took)
		s.LastError = cmp.Or(s.LastError, call.kind)
	}
	slices.Sort(took)
	s.ErrorRate, s.Average = rate(s.Failures, s.Calls), sum/time.Duration(s.Calls)
	s.P50, s.P95, s.P99 = percentile(took, 50), percentile(took, 95), percentile(took, 99)
	if m.judged(w) {
		s.State = state(s.ErrorRate, s.Average)
	}
	return s
}

// judged reports whether there are enough calls to say more than healthy.
func (m *Monitor) judged(w *window) bool { return w.size >= max(m.least, 1) }

// state judges an error rate and an average. What is exactly at a limit is within it.
func state(errorRate float64, average time.Duration) State {
	switch {
	case errorRate > criticalRate:
		return Critical
	case errorRate > degradedRate:
		return Degraded
	case average > slowAverage:
		return Slow
	}
	return Healthy
}

// rank orders states, the worst last.
func (s State) rank() int { return slices.Index([]State{Healthy, Slow, Degraded, Critical}, s) }

// rate is of one call at least.
func rate(failures, calls int) float64 { return float64(failures) / float64(calls) }

// percentile is by nearest rank; sorted is not empty.
func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[(p*len(sorted)+99)/100-1]
}
