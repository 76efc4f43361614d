package store

import (
	"context"
	"sync"
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store/internal/bounded"
)

// memoryCooldowns is the Cooldowns of a MemoryStore.
type memoryCooldowns struct {
	cooldownsMu sync.Mutex
	cooling     map[string]*resilience.Cooldown
	coolSweep   int
}

// CoolDown implements Cooldowns.
func (m *memoryCooldowns) CoolDown(_ context.Context, key string, d time.Duration) {
	m.cooldownsMu.Lock()
	defer m.cooldownsMu.Unlock()
	if d <= 0 {
		return
	}
	if m.cooling[key] == nil {
		bounded.Sweep(m.cooling, &m.coolSweep, func(_ string, c *resilience.Cooldown) bool { return c.Left() == 0 })
		m.cooling[key] = new(resilience.Cooldown)
	}
	m.cooling[key].Start(d)
}

// Cooling implements Cooldowns.
func (m *memoryCooldowns) Cooling(_ context.Context, key string) time.Duration {
	m.cooldownsMu.Lock()
	defer m.cooldownsMu.Unlock()
	if c := m.cooling[key]; c != nil {
		return c.Left()
	}
	return 0
}
