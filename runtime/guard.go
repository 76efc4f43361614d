package alloy

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/resilience"
)

// guard is what stands between a call and a model, as the call's settings say.
type guard struct {
	model    *modelState
	breaker  *resilience.Breaker // nil: none
	slots    []*resilience.Bulkhead
	limits   []limited
	weighted bool // some limit counts tokens
}

// limited is a rate limit that a request, or a tool, has a place in.
type limited struct {
	key string
	*resilience.Limiter
	weighted bool
}

// modelState is what all calls of a client know of one model.
type modelState struct {
	retries resilience.RetryBudget

	mu       sync.Mutex
	breakers map[Breaker]*resilience.Breaker // commands may set them differently
	cooldown resilience.Cooldown
	used     time.Time
}

// breaker returns the breaker with these settings.
func (m *modelState) breaker(b Breaker) *resilience.Breaker {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.breakers == nil {
		m.breakers = map[Breaker]*resilience.Breaker{}
	}
	if m.breakers[b] == nil {
		m.breakers[b] = resilience.NewBreaker(b.settings())
	}
	return m.breakers[b]
}

// coolDown keeps calls away from the model for that long. It reports whether that is news.
func (m *modelState) coolDown(d time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cooldown.Start(d)
}

// coolingDown is how long the cooldown goes on.
func (m *modelState) coolingDown() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cooldown.Left()
}

// protect finds the target's guard.
func (t *target) protect(client *Client, s *settings) *ConfigurationError {
	g := &guard{model: t.models(client, s)}
	if s.hasBreaker || s.health != nil {
		g.breaker = g.model.breaker(s.breaker)
	}
	for _, b := range s.bulkheads {
		if b.n > 0 && t.meantBy(b.key, s) {
			g.slots = append(g.slots, client.slots(b))
		}
	}
	for _, l := range s.limits {
		if len(l.Requests)+len(l.Tokens) == 0 || !t.meantBy(l.Key, s) {
			continue
		}
		limiter, err := s.storage(client).Limiter(l.Key, l.limit())
		if err != nil {
			return &ConfigurationError{Setting: "rate_limit", Message: "rate_limit: " + err.Error(), Err: err}
		}
		g.limits = append(g.limits, limited{l.Key, limiter, len(l.Tokens) > 0})
		g.weighted = g.weighted || len(l.Tokens) > 0
	}
	t.guard = g
	return nil
}

// models finds what the client knows of the target's model: with each provider, and with each HTTP client, it is another.
func (t *target) models(client *Client, s *settings) *modelState {
	if t.instance != nil {
		return t.instance.models.of(t.name)
	}
	if !reflect.TypeOf(s.provider).Comparable() {
		return new(modelState) // nothing to know it again by
	}
	return client.foreign.of(foreignModel{s.provider, t.name})
}

type foreignModel struct {
	provider provider.Provider
	model    string
}

// modelStates are those of many models, by a key.
type modelStates struct {
	mu  sync.Mutex
	all map[any]*modelState
}

// mostModels is how many models are remembered before those that have been idle are forgotten.
const mostModels = 256

func (m *modelStates) of(key any) *modelState {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	found := m.all[key]
	if found == nil {
		if m.all == nil {
			m.all = map[any]*modelState{}
		}
		if len(m.all) >= mostModels {
			m.forget(now)
		}
		found = new(modelState)
		m.all[key] = found
	}
	found.used = now
	return found
}

// forget drops the half that has been idle the longest.
func (m *modelStates) forget(now time.Time) {
	idle := make([]time.Duration, 0, len(m.all))
	for _, s := range m.all {
		idle = append(idle, now.Sub(s.used))
	}
	slices.Sort(idle)
	for key, s := range m.all {
		if now.Sub(s.used) >= idle[len(idle)/2] {
			delete(m.all, key)
		}
	}
}

// meantBy reports whether a limit with that key is for the target: it names its provider or its model, or is a name that
// commands share, which means whatever they ask.
func (t *target) meantBy(key string, s *settings) bool {
	return key == t.provider || key == t.model || key == t.name || key == t.provider+"/"+t.name || !s.namesModels(key)
}

// namesModels reports whether a key is the name of a provider or of a model. What ends in a Go name, as the keys do that
// generated code makes of import paths, is none, however the path begins.
func (s *settings) namesModels(key string) bool {
	if dot := strings.LastIndexByte(key, '.'); dot >= 0 && dot+1 < len(key) && key[dot+1] >= 'A' && key[dot+1] <= 'Z' {
		return false
	}
	if s.knowsProvider(key) {
		return true
	}
	name, _, err := provider.Resolve(key)
	return err == nil && s.knowsProvider(name)
}

// knowsProvider reports whether there is a provider of that name, compatible servers among them.
func (s *settings) knowsProvider(name string) bool {
	if slices.Contains(packaged, name) {
		return true
	}
	_, err := s.registration(name)
	return err == nil
}
