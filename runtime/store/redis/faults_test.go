package redis_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/internal/redistest"
	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store"
	redisstore "github.com/alloygen/alloygen/runtime/store/redis"
)

var hourly = resilience.Limit{Rates: []resilience.Rate{{N: 8, Per: time.Hour}}, Burst: 8, Weights: []resilience.Rate{{N: 1000, Per: time.Hour}}}

func try(t *testing.T, s *redisstore.Store, weight int64) resilience.Verdict {
	t.Helper()
	l, err := s.Limiter("k", hourly)
	require.NoError(t, err)
	v, err := l.Try(t.Context(), 1, weight)
	require.NoError(t, err)
	return v
}

// failsClosed: what must not go on without Redis says so.
func failsClosed(t *testing.T, s *redisstore.Store) {
	t.Helper()
	ctx := t.Context()
	for op, do := range map[string]func() error{
		"begin":   func() error { _, err := s.Begin(ctx, "k"); return err },
		"forget":  func() error { return s.Forget(ctx, "k") },
		"epoch":   func() error { _, err := s.Epoch(ctx); return err },
		"reserve": func() error { _, _, err := s.Reserve(ctx, "k", 0, 10, 1); return err },
		"settle":  func() error { return s.Settle(ctx, "k", 0, 1) },
		"save":    func() error { return s.Save(ctx, "k", nil) },
		"load":    func() error { _, err := s.Load(ctx, "k"); return err },
	} {
		err := do()
		var e *store.UnavailableError
		require.ErrorAs(t, err, &e, op)
		require.Equal(t, op, e.Op)
		require.Equal(t, "redis", e.Store)
		require.ErrorContains(t, err, "redis cannot be reached, so "+op+" of ")
		require.NotErrorIs(t, err, store.ErrNotFound)
	}
}

// X75: Redis refuses. Limits go on within 100 ms with a share of the limit; the rest says that it cannot be reached.
func TestX75Refused(t *testing.T) {
	s := open(t, refused(t), redisstore.WithReplicas(4))
	l, err := s.Limiter("k", hourly)
	require.NoError(t, err)
	for range 2 { // 8 by 4 replicas
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		_, err = l.Wait(ctx, 1, 10)
		cancel()
		require.NoError(t, err)
	}
	v := try(t, s, 10)
	require.False(t, v.OK)
	require.Greater(t, v.Wait, 50*time.Minute)
	require.NoError(t, l.Correct(t.Context(), -5))

	require.Zero(t, s.Cooling(t.Context(), "m"))
	s.CoolDown(t.Context(), "m", time.Hour)
	require.Greater(t, s.Cooling(t.Context(), "m"), 50*time.Minute)

	failsClosed(t, s)
}

// X75: what takes more than a share, though not more than the limit, takes all of the share.
func TestX75MoreThanAShare(t *testing.T) {
	s := open(t, refused(t), redisstore.WithReplicas(4))
	require.True(t, try(t, s, 1000).OK)
	require.False(t, try(t, s, 1).OK)
	l, err := s.Limiter("k", hourly)
	require.NoError(t, err)
	v, err := l.Try(t.Context(), 1, 1001)
	require.NoError(t, err)
	require.True(t, v.Never)
}

// X75: what was not used is given back, wherever it was taken.
func TestX75Return(t *testing.T) {
	away := open(t, refused(t))
	there := open(t, redistest.Start(t).URL, patient)
	for _, s := range []*redisstore.Store{away, there} {
		l, err := s.Limiter("k", hourly)
		require.NoError(t, err)
		var last resilience.Grant
		for range 8 {
			last, err = l.Wait(t.Context(), 1, 100)
			require.NoError(t, err)
		}
		require.False(t, try(t, s, 0).OK)
		require.NoError(t, l.Return(t.Context(), last.At, 1, 100))
		require.True(t, try(t, s, 300).OK)
		require.False(t, try(t, s, 0).OK)
	}
}

// X75: a server that is away does not cost each call its patience.
func TestX75TriesAreSpaced(t *testing.T) {
	p := startProxy(t, "")
	s := open(t, p.url)
	for range 50 {
		try(t, s, 0)
		s.Cooling(t.Context(), "m")
		s.CoolDown(t.Context(), "m", time.Second)
	}
	require.Less(t, p.accepted.Load(), int32(20), "of 150 calls")
	require.NotZero(t, p.accepted.Load())
}

// X75: what this process took from Redis before is used of its share when Redis goes away.
func TestX75SwitchOver(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, server.URL, patient, redisstore.WithReplicas(2))
	other := open(t, server.URL, patient, redisstore.WithReplicas(2))
	for range 3 {
		require.True(t, try(t, s, 0).OK)
	}
	require.EqualValues(t, 4, try(t, other, 0).Left)
	server.Kill()
	require.True(t, try(t, s, 0).OK, "the fourth of four")
	require.False(t, try(t, s, 0).OK)
	for range 3 {
		require.True(t, try(t, other, 0).OK)
	}
	require.False(t, try(t, other, 0).OK)
}

// X76: a server that accepts and never answers does not hold anybody beyond the context, however patient the client is.
func TestX76BlackHole(t *testing.T) {
	s := open(t, startProxy(t, "").url, redisstore.WithPatience(time.Hour))
	l, err := s.Limiter("k", hourly)
	require.NoError(t, err)
	for name, do := range map[string]func(context.Context) error{
		"begin":    func(ctx context.Context) error { _, err := s.Begin(ctx, "k"); return err },
		"forget":   func(ctx context.Context) error { return s.Forget(ctx, "k") },
		"epoch":    func(ctx context.Context) error { _, err := s.Epoch(ctx); return err },
		"reserve":  func(ctx context.Context) error { _, _, err := s.Reserve(ctx, "k", 0, 10, 1); return err },
		"settle":   func(ctx context.Context) error { return s.Settle(ctx, "k", 0, 1) },
		"save":     func(ctx context.Context) error { return s.Save(ctx, "k", nil) },
		"load":     func(ctx context.Context) error { _, err := s.Load(ctx, "k"); return err },
		"limit":    func(ctx context.Context) error { _, err := l.Wait(ctx, 1, 0); return err },
		"cooldown": func(ctx context.Context) error { s.CoolDown(ctx, "k", time.Hour); return context.Cause(ctx) },
		"cooling":  func(ctx context.Context) error { s.Cooling(ctx, "k"); return context.Cause(ctx) },
	} {
		if name == "begin" {
			continue // it takes its patience to release; see below
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		require.ErrorIs(t, do(ctx), context.DeadlineExceeded, name)
		cancel()
	}

	s = open(t, startProxy(t, "").url) // 100 ms, and as much to release
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = s.Begin(ctx, "k")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	failsClosed(t, s)
}

// X77: Redis is killed and started again in the middle of a run: an outcome waits for it, and all goes on without a restart of
// the program.
func TestX77KillAndRestart(t *testing.T) {
	server := redistest.Start(t, "--appendonly", "yes")
	s, other := open(t, server.URL, patient), open(t, server.URL, patient)
	ctx := t.Context()
	claim, err := s.Begin(ctx, "k")
	require.NoError(t, err)
	require.True(t, try(t, s, 0).OK)
	require.NoError(t, s.Save(ctx, "r", []byte("state")))
	server.Kill()
	failsClosed(t, s)
	require.True(t, try(t, s, 0).OK, "the local share")

	finished := make(chan error)
	go func() { finished <- s.Finish(ctx, claim, []byte("done")) }()
	server.Restart()
	require.NoError(t, <-finished)
	c, err := other.Begin(ctx, "k")
	require.NoError(t, err)
	require.Equal(t, store.Done, c.State)
	data, err := s.Load(ctx, "r")
	require.NoError(t, err)
	require.Equal(t, "state", string(data))

	left := try(t, other, 0).Left
	require.EqualValues(t, 6, left, "what was taken before is known; what was taken locally is not")
	require.True(t, try(t, s, 0).OK)
	require.EqualValues(t, 4, try(t, other, 0).Left, "Redis is asked again")
}

// X77: a restart of Redis is tried again by limits alone, too.
func TestX77LimitsComeBack(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, server.URL, patient)
	server.Kill()
	require.True(t, try(t, s, 0).OK)
	server.Restart()
	require.Eventually(t, func() bool {
		try(t, s, 0)
		return server.Do("DBSIZE") != ":0"
	}, 20*time.Second, 100*time.Millisecond)
}

// X77: after a failover the client may still talk to the old primary, which is a replica now.
func TestX77ReadOnly(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, server.URL, patient)
	require.True(t, try(t, s, 0).OK)
	require.Equal(t, "+OK", server.Do("REPLICAOF 127.0.0.1 1"))
	var e *store.UnavailableError
	_, _, err := s.Reserve(t.Context(), "k", 0, 10, 1)
	require.ErrorAs(t, err, &e)
	require.ErrorContains(t, err, "READONLY")
	_, err = s.Begin(t.Context(), "k")
	require.ErrorAs(t, err, &e)
	require.ErrorAs(t, s.Save(t.Context(), "k", nil), &e)
	require.True(t, try(t, s, 0).OK, "the local share")

	require.Equal(t, "+OK", server.Do("REPLICAOF NO ONE"))
	ok, _, err := s.Reserve(t.Context(), "k", 0, 10, 1)
	require.NoError(t, err)
	require.True(t, ok)
}

// X77: a server that hangs for a while.
func TestX77Frozen(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, server.URL, redisstore.WithPatience(300*time.Millisecond))
	claim, err := s.Begin(t.Context(), "k2")
	require.NoError(t, err)
	server.Freeze()
	failsClosed(t, s)
	require.True(t, try(t, s, 0).OK)
	finished := make(chan error)
	go func() { finished <- s.Finish(t.Context(), claim, nil) }()
	server.Thaw()
	require.NoError(t, <-finished)
	_, _, err = s.Reserve(t.Context(), "k3", 0, 10, 1)
	require.NoError(t, err)
}

// X77: the server has forgotten the scripts.
func TestX77ScriptFlush(t *testing.T) {
	server := redistest.Start(t)
	s, ctx := open(t, server.URL, patient), t.Context()
	for i := range 3 {
		require.EqualValues(t, 7-i, try(t, s, 0).Left)
		_, spent, err := s.Reserve(ctx, "k", 0, 10, 1)
		require.NoError(t, err)
		require.EqualValues(t, i+1, spent)
		c, err := s.Begin(ctx, "k")
		require.NoError(t, err)
		require.NoError(t, s.Release(ctx, c))
		s.CoolDown(ctx, "k", time.Hour)
		require.Equal(t, "+OK", server.Do("SCRIPT FLUSH"))
	}
}

// X78: with a log the epoch stays over a restart, and changes when what is stored is thrown away. Without one, a restart
// changes it: what was pending or done is not known any more.
func TestX78Epoch(t *testing.T) {
	ctx := t.Context()
	logged := redistest.Start(t, "--appendonly", "yes")
	s := open(t, logged.URL, patient)
	first, err := s.Epoch(ctx)
	require.NoError(t, err)
	logged.Restart()
	again, err := s.Epoch(ctx)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, "+OK", logged.Do("FLUSHALL"))
	again, err = s.Epoch(ctx)
	require.NoError(t, err)
	require.NotEqual(t, first, again)

	plain := redistest.Start(t)
	s = open(t, plain.URL, patient)
	first, err = s.Epoch(ctx)
	require.NoError(t, err)
	claim, err := s.Begin(ctx, "k")
	require.NoError(t, err)
	plain.Restart()
	again, err = s.Epoch(ctx)
	require.NoError(t, err)
	require.NotEqual(t, first, again)
	c, err := open(t, plain.URL, patient).Begin(ctx, "other")
	require.NoError(t, err)
	require.Equal(t, store.Mine, c.State)
	require.NoError(t, s.Finish(ctx, claim, []byte("done")), "the holder lives, and knows")
	c, err = s.Begin(ctx, "k")
	require.NoError(t, err)
	require.Equal(t, store.Done, c.State)
}

// An answer that says what is wrong is no absence: it is not hidden behind the local share.
func TestWrongAnswer(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, server.URL, patient)
	require.Equal(t, "+OK", server.Do("CONFIG SET requirepass secret"))
	_, err := s.Begin(t.Context(), "k")
	require.ErrorContains(t, err, "NOAUTH")
	require.False(t, errors.As(err, new(*store.UnavailableError)))
	l, err := s.Limiter("k", hourly)
	require.NoError(t, err)
	_, err = l.Try(t.Context(), 1, 0)
	require.ErrorContains(t, err, `the limit of "k"`)
}
