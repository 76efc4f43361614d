package redis_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/alloygen/alloygen/internal/redistest"
	"github.com/alloygen/alloygen/runtime/store"
	redisstore "github.com/alloygen/alloygen/runtime/store/redis"
)

// A holder that lives keeps its claim for longer than a lease; one that dies leaves it Unknown, until it is known after all.
func TestLease(t *testing.T) {
	server := redistest.Start(t)
	lease := redisstore.WithLease(400 * time.Millisecond)
	holder, other := open(t, server.URL, patient, lease), open(t, server.URL, patient, lease)
	ctx := t.Context()
	claim, err := holder.Begin(ctx, "k")
	require.NoError(t, err)
	require.Equal(t, store.Mine, claim.State)

	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err = other.Begin(short, "k")
	require.ErrorIs(t, err, context.DeadlineExceeded, "the holder is alive")

	require.NoError(t, holder.Close()) // nobody renews any more
	for range 2 {
		c, err := other.Begin(ctx, "k")
		require.NoError(t, err)
		require.Equal(t, store.Unknown, c.State)
	}
	require.NoError(t, other.Finish(ctx, claim, []byte("done")), "whoever has the token knows")
	c, err := other.Begin(ctx, "k")
	require.NoError(t, err)
	require.Equal(t, store.Done, c.State)
	require.Equal(t, "done", string(c.Result))
}

// The goroutine of a claim ends with it.
func TestRenewalEnds(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, server.URL, patient)
	require.NoError(t, s.Save(t.Context(), "r", nil))
	before := goleak.IgnoreCurrent()
	for _, end := range []func(store.Claim) error{
		func(c store.Claim) error { return s.Finish(t.Context(), c, nil) },
		func(c store.Claim) error { return s.Release(t.Context(), c) },
		func(c store.Claim) error { return s.Lose(t.Context(), c) },
		func(store.Claim) error { return s.Close() },
	} {
		require.NoError(t, s.Forget(t.Context(), ""))
		c, err := s.Begin(t.Context(), "k")
		require.NoError(t, err)
		require.NoError(t, end(c))
		goleak.VerifyNone(t, before)
	}
}

// An outcome is stored although the caller's context has ended.
func TestOutcomeOutlivesTheContext(t *testing.T) {
	s := open(t, redistest.Start(t).URL, patient)
	ctx, cancel := context.WithCancel(t.Context())
	claim, err := s.Begin(ctx, "k")
	require.NoError(t, err)
	_, _, err = s.Reserve(ctx, "b", 0, 10, 7)
	require.NoError(t, err)
	cancel()
	require.NoError(t, s.Finish(ctx, claim, []byte("done")))
	require.NoError(t, s.Settle(ctx, "b", 0, -4))
	c, err := s.Begin(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, store.Done, c.State)
	_, spent, err := s.Reserve(t.Context(), "b", 0, 10, 0)
	require.NoError(t, err)
	require.EqualValues(t, 3, spent)
}

// A claim whose answer was lost is not Unknown: nobody can have done anything.
func TestAnswerOfBeginIsLost(t *testing.T) {
	server := redistest.Start(t)
	p := startProxy(t, server.Addr)
	s, ctx := open(t, p.url, redisstore.WithPatience(time.Second)), t.Context()
	c, err := s.Begin(ctx, "k") // the server knows the script then
	require.NoError(t, err)
	require.NoError(t, s.Release(ctx, c))
	p.swallow.Store(true)
	_, err = s.Begin(ctx, "k")
	require.ErrorAs(t, err, new(*store.UnavailableError))
	require.Equal(t, ":1", server.Do("EXISTS alloy:result:k"), "it had come through")
	p.swallow.Store(false)
	c, err = s.Begin(ctx, "k")
	require.NoError(t, err)
	require.Equal(t, store.Mine, c.State)
	require.NoError(t, s.Finish(ctx, c, nil))

	// A caller that has too little time is no server that is away: the claim is released at once, for others too.
	p.delay.Store(int64(400 * time.Millisecond))
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, err = s.Begin(short, "k2")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	c, err = open(t, server.URL, patient).Begin(ctx, "k2")
	require.NoError(t, err)
	require.Equal(t, store.Mine, c.State)
}
