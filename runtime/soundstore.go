package alloy

import (
	"context"
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store"
)

// soundStore turns a panic of somebody's store into an error.
type soundStore struct {
	soundCheckpointer
	soundResults
	store store.Store
}

func sound(s store.Store) store.Store { return soundStore{soundCheckpointer{s}, soundResults{s}, s} }

func (s soundStore) Limiter(key string, l resilience.Limit) (limiter *resilience.Limiter, err error) {
	defer recovered(&err)
	return s.store.Limiter(key, l)
}

func (s soundStore) CoolDown(ctx context.Context, key string, d time.Duration) {
	var err error
	defer recovered(&err) // it is best effort
	s.store.CoolDown(ctx, key, d)
}

func (s soundStore) Cooling(ctx context.Context, key string) (left time.Duration) {
	var err error
	defer recovered(&err)
	return s.store.Cooling(ctx, key)
}

func (s soundStore) Reserve(ctx context.Context, key string, per time.Duration, limit, amount int64) (ok bool, spent int64, err error) {
	defer recovered(&err)
	return s.store.Reserve(ctx, key, per, limit, amount)
}

func (s soundStore) Settle(ctx context.Context, key string, per time.Duration, delta int64) (err error) {
	defer recovered(&err)
	return s.store.Settle(ctx, key, per, delta)
}

// soundCheckpointer is the same for what keeps checkpoints alone.
type soundCheckpointer struct{ checkpointer store.Checkpointer }

func (s soundCheckpointer) Save(ctx context.Context, run string, data []byte) (err error) {
	defer recovered(&err)
	return s.checkpointer.Save(ctx, run, data)
}

func (s soundCheckpointer) Load(ctx context.Context, run string) (data []byte, err error) {
	defer recovered(&err)
	return s.checkpointer.Load(ctx, run)
}

// soundResults is the same for what keeps results alone.
type soundResults struct{ results store.Results }

func (s soundResults) Begin(ctx context.Context, key string) (claim store.Claim, err error) {
	defer recovered(&err)
	return s.results.Begin(ctx, key)
}

func (s soundResults) Finish(ctx context.Context, c store.Claim, result []byte) (err error) {
	defer recovered(&err)
	return s.results.Finish(ctx, c, result)
}

func (s soundResults) Release(ctx context.Context, c store.Claim) (err error) {
	defer recovered(&err)
	return s.results.Release(ctx, c)
}

func (s soundResults) Lose(ctx context.Context, c store.Claim) (err error) {
	defer recovered(&err)
	return s.results.Lose(ctx, c)
}

func (s soundResults) Forget(ctx context.Context, prefix string) (err error) {
	defer recovered(&err)
	return s.results.Forget(ctx, prefix)
}

func (s soundResults) Epoch(ctx context.Context) (epoch string, err error) {
	defer recovered(&err)
	return s.results.Epoch(ctx)
}
