// Package limiters keeps one limiter for each key and limit.
package limiters

import (
	"slices"
	"sync"
	"time"
	"weak"

	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store/internal/bounded"
)

// Table has the limiters. The zero Table is ready.
type Table struct {
	mu    sync.Mutex
	known map[string][]*entry
	sweep int
}

// entry is one limiter. It is dropped when nothing is left of what was taken from it and nobody else keeps it, so that nobody
// ever sees a second one beside it.
type entry struct {
	limit resilience.Limit
	asked time.Time
	kept  *resilience.Limiter // nil: only others may keep it
	weak  weak.Pointer[resilience.Limiter]
}

// Get returns the limiter of key and l. The first time it is made with a copy of l.
func (t *Table) Get(key string, l resilience.Limit, make func(resilience.Limit) (*resilience.Limiter, error)) (*resilience.Limiter, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for _, e := range t.known[key] {
		if same(e.limit, l) {
			if limiter := e.weak.Value(); limiter != nil {
				e.kept, e.asked = limiter, now
				return limiter, nil
			}
		}
	}
	l.Rates, l.Weights = slices.Clone(l.Rates), slices.Clone(l.Weights)
	limiter, err := make(l)
	if err != nil {
		return nil, err
	}
	t.add(key, &entry{limit: l, asked: now, kept: limiter, weak: weak.Make(limiter)})
	return limiter, nil
}

func (t *Table) add(key string, e *entry) {
	gone := func(e2 *entry) bool { return e2.gone(e.asked) }
	bounded.Sweep(t.known, &t.sweep, func(key string, all []*entry) bool {
		t.known[key] = slices.DeleteFunc(all, gone)
		return len(t.known[key]) == 0
	})
	if t.known == nil {
		t.known = map[string][]*entry{}
	}
	t.known[key] = append(slices.DeleteFunc(t.known[key], gone), e)
}

// gone lets go of a limiter that has long not been asked for, and says whether nobody keeps it.
func (e *entry) gone(now time.Time) bool {
	if now.Sub(e.asked) > e.limit.Idle() {
		e.kept = nil
	}
	return e.kept == nil && e.weak.Value() == nil
}

func same(a, b resilience.Limit) bool {
	return a.Burst == b.Burst && slices.Equal(a.Rates, b.Rates) && slices.Equal(a.Weights, b.Weights)
}
