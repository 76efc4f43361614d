package store

import (
	"context"
	"sync"
	"time"

	"github.com/alloygen/alloygen/runtime/store/internal/bounded"
	"github.com/alloygen/alloygen/runtime/store/internal/spending"
)

// memoryBudgets is the Budgets of a MemoryStore. What was spent for ever is kept for ever.
type memoryBudgets struct {
	budgetsMu    sync.Mutex
	accounts     map[budget]*spending.Account
	budgetsSweep int
}

var _ [MaxAmount]struct{} = [spending.Max]struct{}{} // one figure

type budget struct {
	key string
	per time.Duration
}

// Reserve implements Budgets.
func (m *memoryBudgets) Reserve(ctx context.Context, key string, per time.Duration, limit, amount int64) (ok bool, spent int64, err error) {
	if ctx.Err() != nil {
		return false, 0, context.Cause(ctx)
	}
	if err := spending.CheckReserve(per, limit, amount); err != nil {
		return false, 0, err
	}
	m.budgetsMu.Lock()
	defer m.budgetsMu.Unlock()
	now := time.Now()
	a := m.account(budget{key, per}, now)
	ok = a.Reserve(now, per, limit, amount)
	return ok, a.Spent, nil
}

// Settle implements Budgets, whatever has become of the caller's context.
func (m *memoryBudgets) Settle(_ context.Context, key string, per time.Duration, delta int64) error {
	if err := spending.Check(per, 0, delta); err != nil {
		return err
	}
	m.budgetsMu.Lock()
	defer m.budgetsMu.Unlock()
	now := time.Now()
	m.account(budget{key, per}, now).Settle(now, per, delta)
	return nil
}

func (m *memoryBudgets) account(b budget, now time.Time) *spending.Account {
	a := m.accounts[b]
	if a == nil {
		bounded.Sweep(m.accounts, &m.budgetsSweep, func(b budget, a *spending.Account) bool { return a.Over(now, b.per) })
		a = &spending.Account{}
		m.accounts[b] = a
	}
	return a
}
