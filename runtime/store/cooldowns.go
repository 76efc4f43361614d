package store

import (
	"context"
	"sync"
	"time"

	"github.com/alloygen/alloygen/runtime/store/internal/bounded"
)

// memoryCooldowns is the Cooldowns of a MemoryStore.
type memoryCooldowns struct {
	cooldownsMu sync.Mutex
	cooling     map[string]cooldown
	coolSweep   int
}

type cooldown struct{ from, until time.Time }

// left is how much of it is still to come. Before it began it is another clock's, and nothing.
func (c cooldown) left(now time.Time) time.Duration {
	if now.Before(c.from) {
		return 0
	}
	return max(c.until.Sub(now), 0)
}

// CoolDown implements Cooldowns.
func (m *memoryCooldowns) CoolDown(_ context.Context, key string, d time.Duration) {
	m.cooldownsMu.Lock()
	defer m.cooldownsMu.Unlock()
	now := time.Now()
	if d <= m.cooling[key].left(now) || d <= 0 {
		return
	}
	bounded.Sweep(m.cooling, &m.coolSweep, func(_ string, c cooldown) bool { return c.left(now) == 0 })
	m.cooling[key] = cooldown{now, now.Add(d)}
}

// Cooling implements Cooldowns.
func (m *memoryCooldowns) Cooling(_ context.Context, key string) time.Duration {
	m.cooldownsMu.Lock()
	defer m.cooldownsMu.Unlock()
	return m.cooling[key].left(time.Now())
}
