package alloy

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store"
)

// WithStore keeps rate limits, cooldowns, shared budgets, the results of tools and the checkpoints of runs in s, which other
// processes may share: package store/redis; package store/file keeps them for one machine. Default: the memory of the client.
// Breakers, concurrency limits and the retry budget always stay in the client. nil is the default.
func WithStore(s store.Store) Option {
	return option(func(set *settings) {
		if set.store = nil; s != nil {
			set.store = sound(s)
		}
		set.guarded++
	})
}

// memory is the store of a client that has no other.
type memory struct {
	once sync.Once
	store.Store
}

// storage is the store of the call's settings.
func (s *settings) storage(client *Client) store.Store {
	if s.store != nil {
		return s.store
	}
	return client.ownMemory()
}

func (c *Client) ownMemory() store.Store {
	c.memory.once.Do(func() { c.memory.Store = store.NewMemory() })
	return c.memory.Store
}

func (c *call) storage() store.Store { return c.set.storage(c.client) }

// patience is how long a call tries again to reach a store that does not answer, before it gives up.
const patience = 15 * time.Second

// persist does something that must not be left out with a store: again and again, for a while, when the store is away.
func (c *call) persist(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b := resilience.Backoff{Base: 50 * time.Millisecond, Max: time.Second, Jitter: 0.25}
	for k := 0; ; k++ {
		err := do(ctx)
		if _, away := errors.AsType[*store.UnavailableError](err); !away {
			return err
		}
		if resilience.Sleep(ctx, b.Wait(k, nil)) != nil {
			return err
		}
	}
}

// unavailable is the failure of something that a store was needed for.
func (c *call) unavailable(ctx context.Context, what string, err error) *failure {
	if ctx.Err() != nil {
		return c.ended(ctx, err)
	}
	return refusedHere(KindStore, fmt.Sprintf("%s: %v", what, err), err, 0)
}
