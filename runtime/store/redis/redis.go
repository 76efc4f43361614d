// Package redis shares rate limits, cooldowns, budgets, results and checkpoints between replicas, through a Redis server, 5 or
// newer, or a cluster. Each change is one Lua script, by the server's clock.
//
// When Redis is away, limits and cooldowns go on in this process, with a share of the limit; see WithReplicas. Results,
// budgets and checkpoints are refused with a *store.UnavailableError. A server that is being loaded, a replica that was taken for
// the primary, a cluster that is down and a memory that is full are away too. What comes back is used again, without a restart.
//
// What Redis keeps is as safe as its settings make it. Side effects that must not run twice want appendonly yes and
// maxmemory-policy noeviction: without a log each restart of the server forgets what was done and what was open, which the new
// epoch tells. A machine that dies loses up to a second of the log under appendfsync everysec, and a failover what the replica had
// not got yet; neither is noticed.
//
// go-redis itself writes a line to the standard error stream for a connection that fails; its SetLogger changes that for the
// whole program.
package redis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/alloygen/alloygen/runtime/store"
	"github.com/alloygen/alloygen/runtime/store/internal/limiters"
)

// Store is a store.Store in Redis. Close it when it is no longer used.
type Store struct {
	client   redis.UniversalClient
	bulk     redis.UniversalClient // the same, for large values, which have time by their size
	own      bool                  // the client is the store's to close
	prefix   string
	replicas int64
	ttl      time.Duration
	lease    time.Duration
	patience time.Duration
	least    time.Duration // that an answer may take

	gate     gate
	limiters limiters.Table
	local    *store.MemoryStore // its cooldowns
	doubts   doubts
	holding  holding
	closing  sync.Once
}

var _ store.Store = (*Store)(nil)

// Option changes how a Store works.
type Option func(*Store)

// WithPrefix begins all keys. Default: "alloy:".
func WithPrefix(prefix string) Option { return func(s *Store) { s.prefix = prefix } }

// WithReplicas says how many processes share the limits: each goes on with an n-th of a limit, at least 1 per rate, while
// Redis is away. Default: 1, the whole limit each.
func WithReplicas(n int) Option { return func(s *Store) { s.replicas = max(int64(n), 1) } }

// WithTTL is how long checkpoints and results are kept after they were stored. Default: 7 days; 0 keeps them for ever. What is
// pending or Unknown stays until it is finished or forgotten.
func WithTTL(d time.Duration) Option { return func(s *Store) { s.ttl = d } }

// WithLease is how long a holder of a claim is taken to be alive after it was last heard of, at least 100 ms. Default: 10 s. It is
// heard of three times in that time.
func WithLease(d time.Duration) Option {
	return func(s *Store) { s.lease = max(d, 100*time.Millisecond) }
}

// WithPatience is how long a limit or a cooldown waits for Redis before it goes on without, and how long Open's client waits for
// a connection, or an answer. Default: 100 ms.
func WithPatience(d time.Duration) Option {
	return func(s *Store) { s.patience = max(d, time.Millisecond) }
}

// Open returns a store at a URL such as redis://user:password@host:6379/0, rediss:// for TLS. It does not connect: a server that
// is away is noticed when it is used. Where the URL does not say otherwise (dial_timeout, read_timeout, write_timeout,
// pool_timeout, max_retries), nothing is tried twice and nothing waits longer than WithPatience says; large values have a second
// more for each 10 MB. Measured with go-redis 9.23.0: a refused call costs 0.2 ms (by its defaults 1.7 s), a server that does not
// answer 100 ms or what the context leaves (by its defaults 5 s, whatever the context says).
func Open(address string, opts ...Option) (*Store, error) {
	s := settings(opts)
	o, err := redis.ParseURL(address)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the URL, which may have a password in it
		}
		return nil, fmt.Errorf("store: the URL of Redis: %w", err)
	}
	if o.MaxRetries == 0 {
		o.MaxRetries = -1
	}
	for _, d := range []*time.Duration{&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout} {
		if *d == 0 {
			*d = s.patience
		}
	}
	if o.PoolTimeout == 0 {
		o.PoolTimeout = time.Second // many may come at once
	}
	o.DialerRetries = 1
	o.ContextTimeoutEnabled = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled} // one round less for a connection
	o.DisableIdentity = true
	s.own = true
	return s.with(redis.NewClient(o)), nil
}

// New returns a store with a client of your own: a cluster, a failover by sentinels, or other settings. It must have
// ContextTimeoutEnabled, or no deadline would hold; take MaxRetries: -1 and DialerRetries: 1 as well, and short timeouts,
// as Open does. Close leaves the client open.
func New(client redis.UniversalClient, opts ...Option) (*Store, error) {
	if !keepsDeadlines(client) {
		return nil, errors.New("store: the Redis client ignores deadlines: set ContextTimeoutEnabled in its options")
	}
	return settings(opts).with(client), nil
}

func settings(opts []Option) *Store {
	s := &Store{
		local: store.NewMemory(), prefix: "alloy:", replicas: 1,
		ttl: 7 * 24 * time.Hour, lease: 10 * time.Second, patience: 100 * time.Millisecond,
	}
	for _, o := range opts {
		o(s)
	}
	return s
}

func (s *Store) with(client redis.UniversalClient) *Store {
	s.client, s.bulk, s.least = client, client, s.patience
	if c, ok := client.(*redis.Client); ok {
		s.bulk = c.WithTimeout(time.Hour) // its contexts are shorter
		s.least = max(s.patience, c.Options().ReadTimeout, c.Options().WriteTimeout)
	}
	return s
}

// sized gives a value of n bytes the time of any other, and a second for each 10 MB.
func (s *Store) sized(ctx context.Context, n int64) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.least+time.Duration(n)*100*time.Nanosecond)
}

func keepsDeadlines(client redis.UniversalClient) bool {
	switch c := client.(type) {
	case *redis.Client:
		return c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		return c.Options().ContextTimeoutEnabled
	case *redis.Ring:
		return c.Options().ContextTimeoutEnabled
	}
	return true
}

// Close no longer renews the claims that are still held, which become Unknown when their lease ends, and closes the client
// that Open made.
func (s *Store) Close() (err error) {
	s.closing.Do(func() {
		s.holding.end()
		if s.own {
			err = s.client.Close()
		}
	})
	return err
}

// do runs what needs Redis, or says why it was not done.
func (s *Store) do(ctx context.Context, op, key string, run func(context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := run(ctx)
	switch {
	case err == nil || errors.Is(err, redis.Nil):
		s.gate.reached()
		return err
	case ended(ctx):
		return fmt.Errorf("store: redis: %s of %q: %w", op, key, context.Cause(ctx))
	case away(err):
		s.gate.missed()
		return &store.UnavailableError{Store: "redis", Op: op, Key: key, Err: err}
	}
	return fmt.Errorf("store: redis: %s of %q: %w", op, key, err)
}
