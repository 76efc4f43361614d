package store

import (
	"fmt"

	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store/internal/limiters"
)

// memoryLimits is the Limits of a MemoryStore.
type memoryLimits struct{ limiters limiters.Table }

// Limiter implements Limits.
func (m *memoryLimits) Limiter(key string, l resilience.Limit) (*resilience.Limiter, error) {
	limiter, err := m.limiters.Get(key, l, resilience.NewLimiter)
	if err != nil {
		return nil, fmt.Errorf("store: the limit of %q: %w", key, err)
	}
	return limiter, nil
}
