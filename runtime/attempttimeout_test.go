package alloy_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

// The end of the caller's context is no timeout of an attempt, in whatever order the contexts of the call and of its request hear of
// it: nothing is tried again, and the cause is the caller's.
func TestCallerEndsDuringAnAttempt(t *testing.T) {
	for _, order := range []string{"call first", "request first"} {
		synctest.Test(t, func(t *testing.T) {
			ctx := &slowContext{Context: t.Context(), backwards: order == "request first", done: make(chan struct{})}
			time.AfterFunc(time.Second, ctx.end)
			m := play(t, alloytest.Hang())
			_, err := reply.Run(ctx, saying[string]("hello"),
				[]alloy.Option{alloy.WithProvider(m), alloy.WithAttemptTimeout(time.Minute), alloy.WithFallback("o3")})
			require.EqualValues(t, "canceled", failed(t, err).Kind, order)
			require.ErrorIs(t, err, context.Canceled, order)
			require.Len(t, m.Requests(), 1, order)
			<-ctx.done
		})
	}
}

// slowContext is a context that tells those below it of its end one after the other.
type slowContext struct {
	context.Context
	backwards bool // the one that came last hears of it first
	done      chan struct{}

	mu    sync.Mutex
	below []func()
	err   error
}

func (c *slowContext) Done() <-chan struct{} { return c.done }

func (c *slowContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// AfterFunc is what package context asks for of a context that is none of its own.
func (c *slowContext) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.below = append(c.below, f)
	return func() bool { return false }
}

func (c *slowContext) end() {
	c.mu.Lock()
	c.err = context.Canceled
	below := slices.Clone(c.below)
	c.mu.Unlock()
	if c.backwards {
		slices.Reverse(below)
	}
	for _, f := range below {
		f()
		time.Sleep(time.Millisecond)
	}
	close(c.done)
}

// An attempt timeout that is as long as the call, or longer, changes nothing.
func TestAttemptTimeoutOverThatOfTheCall(t *testing.T) {
	for _, timeout := range []time.Duration{time.Minute, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			_, err := run(t, reply, play(t, alloytest.Hang()), alloy.WithTimeout(time.Minute), alloy.WithAttemptTimeout(timeout), times(3))
			require.Equal(t, time.Minute, time.Since(begin))
			require.ErrorContains(t, err, "no answer within 1m0s; raise the timeout")
		})
	}
}

// An attempt timeout of a call without a limit of its own ends the attempt, and the next goes on.
func TestAttemptTimeoutWithoutOneOfTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := run(t, reply, play(t, alloytest.Hang(), alloytest.Reply("ok")), alloy.WithTimeout(0), alloy.WithAttemptTimeout(time.Second), times(2))
		require.NoError(t, err)
		require.Equal(t, "ok", got)
	})
}
