package alloy_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/internal/redistest"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/store"
	redisstore "github.com/alloygen/alloygen/runtime/store/redis"
)

// The rows of the matrix about Redis, under calls. Real time: nothing here asserts how long something took, only what came of it.

func openRedis(t *testing.T, addr string, opts ...redisstore.Option) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open("redis://"+addr, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// blackHole takes connections and never says anything.
func blackHole(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var conns []net.Conn
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, c)
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		accepting.Wait()
		for _, c := range conns {
			_ = c.Close()
		}
	})
	return l.Addr().String()
}

// refused is an address where nobody listens.
func refusedAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// X75, X76: without Redis the limits of this process are its share of the whole; what must not go wrong twice is refused. No
// call waits for Redis.
func TestFaultsOfRedisThatIsAway(t *testing.T) {
	for name, addr := range map[string]func(*testing.T) string{"X75_refused": refusedAddr, "X76_black_hole": blackHole} {
		t.Run(name, func(t *testing.T) {
			s := openRedis(t, addr(t), redisstore.WithReplicas(2))
			shared := alloy.WithStore(s)
			quick := alloy.WithTimeout(2 * time.Second)
			limit := alloy.WithRateLimit("support", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerHour(4)}})
			for range 2 {
				_, err := run(t, reply, play(t, alloytest.Reply("done")), shared, quick, limit)
				require.NoError(t, err)
			}
			_, err := run(t, reply, play(t), shared, quick, limit)
			require.Equal(t, alloy.KindRateLimit, failed(t, err).Kind, "half of the limit is ours")

			_, err = run(t, reply, play(t), shared, quick, alloy.WithBudget(alloy.Budget{Tokens: 1_000_000, Per: time.Hour,
				Key: "support"}))
			require.Equal(t, alloy.KindStore, failed(t, err).Kind)
			as[*store.UnavailableError](t, err)

			var l lookup
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			_, err = reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(alloytest.New(alloytest.ToolCall("lookup_order", order("1")))), shared, alloy.WithTools(idempotent(&l)), alloy.WithRunID("r1")})
			require.Error(t, err)
			require.Empty(t, l.ran, "nobody would know that it ran")
		})
	}
}

// X77: Redis is killed and started again, more than once, while a run of ten tools goes on; its scripts are forgotten. Each
// effect happens once, or the run says that it does not know.
func TestFaultX77RedisKilledInMidRun(t *testing.T) {
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	s := openRedis(t, server.Addr, redisstore.WithLease(2*time.Second))
	for i := range 6 {
		once := i%2 == 0
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("X77_%d_once=%v", i, once), func(t *testing.T) {
			t.Logf("seed %d", seed)
			rnd := rand.New(rand.NewPCG(seed, 0))
			id := fmt.Sprintf("r%d", i)
			dir := t.TempDir()
			var mu sync.Mutex
			disturb := func() {
				mu.Lock()
				defer mu.Unlock()
				switch rnd.IntN(4) {
				case 0:
					server.Kill()
					server.Restart()
				case 1:
					server.Do("SCRIPT FLUSH")
				}
			}
			tool := tenSteps(once, func(n int) error {
				disturb()
				defer disturb()
				return effect(dir, n)
			})
			opts := []alloy.Option{alloy.WithProvider(tenTurns()), alloy.WithTools(tool), alloy.WithStore(s),
				alloy.WithRunID(id), alloy.WithRateLimit("steps", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(1000)}})}
			for range 20 {
				got, err := reply.Run(t.Context(), saying[string]("go"), opts)
				if err == nil {
					require.Equal(t, "done 0, done 1, done 2, done 3, done 4, done 5, done 6, done 7, done 8, done 9", got)
					break
				}
				unknown := as[*alloy.UnknownOutcome](t, err)
				if strings.Contains(effects(dir), "step "+stepOf(unknown)+"\n") {
					require.NoError(t, unknown.Settle(t.Context(), s, "done "+stepOf(unknown)))
				} else {
					require.NoError(t, unknown.Forget(t.Context(), s))
				}
			}
			require.Len(t, alreadyIn(effects(dir)), crashTools)
			require.Equal(t, crashTools, strings.Count(effects(dir), "\n"), "%s", effects(dir))
		})
	}

	t.Run("X77_readonly", func(t *testing.T) {
		server.Do("REPLICAOF 127.0.0.1 1")
		_, err := run(t, reply, play(t), alloy.WithStore(s), alloy.WithBudget(alloy.Budget{Tokens: 1_000_000, Per: time.Hour,
			Key: "support"}))
		require.Equal(t, alloy.KindStore, failed(t, err).Kind)
		server.Do("REPLICAOF NO ONE")
		_, err = run(t, reply, play(t, alloytest.Reply("done")), alloy.WithStore(s),
			alloy.WithBudget(alloy.Budget{Tokens: 1_000_000, Per: time.Hour, Key: "support"}))
		require.NoError(t, err)
	})
}

// X78: Redis without a log has lost everything, in the middle of a round of tools. Whoever kept the checkpoint elsewhere
// learns that nobody knows; the tool does not run again.
func TestFaultX78RedisLostTheResults(t *testing.T) {
	server := redistest.Start(t)
	s := openRedis(t, server.Addr)
	kept := onlyCheckpoints{store.NewMemory()}
	var l lookup
	tool := idempotent(&l)
	inner := tool.Run
	ctx, cancel := context.WithCancel(t.Context())
	tool.Run = func(ctx context.Context, input []byte) (any, error) {
		out, err := inner(ctx, input)
		server.Kill()
		server.Restart()
		cancel() // and so is the process
		return out, err
	}
	opts := []alloy.Option{alloy.WithTools(tool), alloy.WithCheckpointer(kept), alloy.WithRunID("r1"), alloy.WithStore(s)}
	_, err := reply.Run(ctx, saying[string]("hello"), append(opts,
		alloy.WithProvider(play(t, alloytest.ToolCall("lookup_order", order("1"))))))
	require.ErrorIs(t, err, context.Canceled)
	server.Do("FLUSHALL")
	_, err = run(t, reply, play(t), opts...)
	as[*alloy.UnknownOutcome](t, err)
	require.Len(t, l.ran, 1)
}
