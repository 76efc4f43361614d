package redis

import (
	"context"
	"fmt"
	"time"

	"github.com/alloygen/alloygen/runtime/store/internal/spending"
)

// Reserve implements store.Budgets. An amount whose answer was lost on the way may have been counted, though the error says
// that it was not done: a budget is rather used up too early.
func (s *Store) Reserve(ctx context.Context, key string, per time.Duration, limit, amount int64) (ok bool, spent int64, err error) {
	if err := spending.CheckReserve(per, limit, amount); err != nil {
		return false, 0, err
	}
	answer, err := s.spend(ctx, "reserve", key, per, min(limit, spending.Max), amount)
	if err != nil {
		return false, 0, err
	}
	return answer[0] == 1, answer[1], nil
}

// Settle implements store.Budgets, also when the caller's context has ended.
func (s *Store) Settle(ctx context.Context, key string, per time.Duration, delta int64) error {
	if err := spending.Check(per, 0, delta); err != nil {
		return err
	}
	ctx, cancel := s.lasting(ctx)
	defer cancel()
	_, err := s.spend(ctx, "settle", key, per, 0, delta)
	return err
}

func (s *Store) spend(ctx context.Context, op, key string, per time.Duration, limit, amount int64) (answer []int64, err error) {
	err = s.do(ctx, op, key, func(ctx context.Context) (err error) {
		name := fmt.Sprintf("%sbudget:%s:%v", s.prefix, key, per)
		answer, err = budgetScript.Run(ctx, s.client, []string{name}, op, "", per.Microseconds(), limit, amount).Int64Slice()
		return err
	})
	return answer, err
}

// lasting is a context for what must not be lost with the caller's: once that has ended, there is time for one try.
func (s *Store) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), 2*s.patience)
}
