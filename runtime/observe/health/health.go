// Package health watches how models do. A Monitor is an observer of calls: it says of each model whether it is healthy, slow,
// degraded or critical, it answers readiness checks, and it can feed the breaker of package alloy.
//
//	monitor := health.New()
//	err := alloy.Configure(alloy.WithObserver(monitor))
//	http.Handle("GET /readyz", monitor)
//
// A model is judged by its last calls: at most 100, none older than 5 minutes. A call is here one request to the model, repeats
// and hedges included.
//
//	critical  more than half of the calls have failed
//	degraded  more than a tenth have
//	slow      they took more than 5 s on average
//	healthy   anything else, and no calls at all
//
// A call has failed if that is the fault of the model or of the way to it: kinds network (a cut stream included), timeout
// (whoever set it), overloaded, malformed, and server but for HTTP 408 and 409. Those are the failures that count for a breaker
// too. What the model turns down (rate_limit, quota, invalid, context_window), refusals and answers over the size limit are calls
// that did not fail. No calls are requests that the caller gave up, that lost to their hedge, or that were never sent, and those
// on a connection that the server had closed while it was idle.
package health

import (
	"context"
	"slices"
	"sync"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
)

// Monitor keeps the last calls of each model. It is an alloy.Observer and an http.Handler. The zero Monitor is one without
// options; do not copy it. Safe for use by many goroutines; it starts none, and holds about 1.5 MB at most.
//
// Models are told apart by their name and provider. When there are more than 256, the one that was not asked for the longest
// time is forgotten.
type Monitor struct {
	least  int      // calls before a model is judged
	matter []string // models that readiness depends on; empty: all

	mu      sync.Mutex
	latest  time.Time // the clock when it was last read
	windows map[model]*window
	totals  Totals
}

// model is who is watched.
type model struct{ name, provider string }

// mostModels is how many are watched at once.
const mostModels = 256

// Option is a setting of a Monitor.
type Option func(*Monitor)

// WithModels says which models readiness depends on, by their names in the settings: the handler shows these alone, in this
// order, whether they have been asked or not. Default: all that have been asked, fallbacks included.
func WithModels(models ...string) Option {
	return func(m *Monitor) {
		for _, name := range models {
			if !slices.Contains(m.matter, name) {
				m.matter = append(m.matter, name)
			}
		}
	}
}

// WithMinCalls leaves a model healthy while its window holds fewer than n calls, so that one early failure does not make a
// program unready. Default: 1, which judges from the first call on. At most 100.
func WithMinCalls(n int) Option {
	return func(m *Monitor) { m.least = min(n, windowCalls) }
}

// New returns a monitor that has seen nothing.
func New(opts ...Option) *Monitor {
	m := new(Monitor)
	for _, o := range opts {
		if o != nil {
			o(m)
		}
	}
	return m
}

var _ alloy.Observer = (*Monitor)(nil)

// Observe adds an event. Give the monitor to alloy.WithObserver, once: a monitor that is there twice counts twice.
func (m *Monitor) Observe(_ context.Context, e alloy.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := e.(alloy.RequestFinished); ok {
		if call, failed := judge(&e); call {
			now := m.now()
			m.window(model{e.Model, e.Provider}).add(sample{at: now, took: max(e.Duration, 0), kind: e.Kind, failed: failed})
		}
		return
	}
	m.totals.add(e)
}

// now reads the clock. One that goes back is another clock, as in tests with virtual time: the windows begin anew.
func (m *Monitor) now() time.Time {
	now := time.Now()
	if now.Before(m.latest) {
		clear(m.windows)
	}
	m.latest = now
	return now
}

// window returns the calls of a model, which may be new.
func (m *Monitor) window(of model) *window {
	w := m.windows[of]
	if w != nil {
		return w
	}
	if m.windows == nil {
		m.windows = make(map[model]*window)
	}
	if len(m.windows) == mostModels {
		m.forget()
	}
	w = new(window)
	m.windows[of] = w
	return w
}

// forget drops the model that was not asked for the longest time.
func (m *Monitor) forget() {
	var oldest model
	var last time.Time
	for of, w := range m.windows {
		if last.IsZero() || w.last.Before(last) {
			oldest, last = of, w.last
		}
	}
	delete(m.windows, oldest)
}
