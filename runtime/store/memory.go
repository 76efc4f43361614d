package store

import (
	"crypto/rand"

	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store/internal/spending"
)

// MemoryStore is a Store of this process: what it holds ends with it. Its memory is bounded: it keeps the last 1,000 runs with
// 5 states each and the last 100,000 results, and drops limiters, cooldowns and budgets that no longer matter. A holder
// cannot vanish without the process, so its claims become Unknown by Lose alone.
type MemoryStore struct {
	memoryRuns
	memoryResults
	memoryLimits
	memoryCooldowns
	memoryBudgets
}

var _ Store = (*MemoryStore)(nil)

// NewMemory returns an empty MemoryStore.
func NewMemory() *MemoryStore {
	s := &MemoryStore{}
	s.runs = map[string]*memoryRun{}
	s.records = map[string]*memoryRecord{}
	s.epoch = rand.Text()
	s.cooling = map[string]*resilience.Cooldown{}
	s.accounts = map[budget]*spending.Account{}
	return s
}
