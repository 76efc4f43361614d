package redis_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/internal/redistest"
	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store"
	redisstore "github.com/alloygen/alloygen/runtime/store/redis"
	"github.com/alloygen/alloygen/runtime/store/storetest"
)

// patient keeps a machine that is slow from looking like a server that is away.
var patient = redisstore.WithPatience(5 * time.Second)

func TestMain(m *testing.M) {
	redis.SetLogger(silent{}) // a line for each connection that fails
	m.Run()
}

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func open(t testing.TB, url string, opts ...redisstore.Option) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open(url, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// ask is a client for looking at what is in a server.
func ask(t testing.TB, server *redistest.Server) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestRedis(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, redistest.Start(t).URL, patient) })
}

func TestRedisCluster(t *testing.T) {
	server := redistest.Start(t, "--cluster-enabled", "yes")
	if answer := server.Do("CLUSTER ADDSLOTSRANGE 0 16383"); answer != "+OK" {
		t.Skipf("skipped: redis-server before 7: %s", answer)
	}
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.Addr}, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = c.Close() })
	require.Eventually(t, func() bool {
		info, err := c.ClusterInfo(t.Context()).Result()
		return err == nil && strings.Contains(info, "cluster_state:ok")
	}, 20*time.Second, 20*time.Millisecond)
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := redisstore.New(c, patient)
		require.NoError(t, err)
		return s
	})
}

func TestOpen(t *testing.T) {
	_, err := redisstore.Open("redis://:secret word@localhost")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "secret")
	_, err = redisstore.Open("http://localhost")
	require.ErrorContains(t, err, "store: the URL of Redis")

	_, err = redisstore.New(redis.NewClient(&redis.Options{}))
	require.ErrorContains(t, err, "ContextTimeoutEnabled")
	_, err = redisstore.New(redis.NewClusterClient(&redis.ClusterOptions{}))
	require.ErrorContains(t, err, "ContextTimeoutEnabled")
	_, err = redisstore.New(redis.NewRing(&redis.RingOptions{}))
	require.ErrorContains(t, err, "ContextTimeoutEnabled")
}

// What is stored has a prefix, and does not stay for ever.
func TestKeys(t *testing.T) {
	server := redistest.Start(t)
	s, c, ctx := open(t, server.URL, patient, redisstore.WithPrefix("p:"), redisstore.WithTTL(time.Hour)), ask(t, server), t.Context()
	require.NoError(t, s.Save(ctx, "r", []byte("x")))
	claim, err := s.Begin(ctx, "k")
	require.NoError(t, err)
	require.EqualValues(t, -1, c.PTTL(ctx, "p:result:k").Val(), "what is pending stays")
	require.NoError(t, s.Finish(ctx, claim, nil))
	claim, err = s.Begin(ctx, "lost")
	require.NoError(t, err)
	require.NoError(t, s.Lose(ctx, claim))
	_, _, err = s.Reserve(ctx, "b", time.Hour, 10, 1)
	require.NoError(t, err)
	_, _, err = s.Reserve(ctx, "b", 0, 10, 1)
	require.NoError(t, err)
	s.CoolDown(ctx, "m", time.Minute)
	l, err := s.Limiter("l", resilience.Limit{Rates: []resilience.Rate{{N: 5, Per: time.Second}, {N: 50, Per: time.Minute}}})
	require.NoError(t, err)
	_, err = l.Wait(ctx, 1, 0)
	require.NoError(t, err)

	limitKeys := 0
	for _, key := range c.Keys(ctx, "*").Val() {
		most := time.Hour
		switch {
		case key == "p:cool:m":
			most = time.Minute
		case key == "p:result:lost", key == "p:budget:b:0s": // until somebody looks; for ever
			require.EqualValues(t, -1, c.PTTL(ctx, key).Val(), key)
			continue
		case key == "p:budget:b:1h0m0s":
			most = 2*time.Hour + time.Second
		case strings.HasPrefix(key, "p:limit:{") && strings.Contains(key, "}:l"):
			limitKeys++
			most = 2 * time.Minute
		}
		left := c.PTTL(ctx, key).Val()
		require.Greater(t, left, most/2, key)
		require.LessOrEqual(t, left, most, key)
	}
	require.Equal(t, 3, limitKeys)
}

// A large result takes the way that has more time.
func TestLargeResult(t *testing.T) {
	s, ctx := open(t, redistest.Start(t).URL, patient), t.Context()
	large := []byte(strings.Repeat("x", 3<<20))
	c, err := s.Begin(ctx, "k")
	require.NoError(t, err)
	require.NoError(t, s.Finish(ctx, c, large))
	c, err = s.Begin(ctx, "k")
	require.NoError(t, err)
	require.Equal(t, store.Done, c.State)
	require.Equal(t, large, c.Result)
	require.NoError(t, s.Save(ctx, "r", large))
	data, err := s.Load(ctx, "r")
	require.NoError(t, err)
	require.Equal(t, large, data)
}

// refused is an address at which nobody listens.
func refused(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return "redis://" + l.Addr().String()
}
