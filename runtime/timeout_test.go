package alloy_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// F84
func TestAttemptTimeoutIsTransient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		m := play(t, alloytest.Hang(), alloytest.Reply("ok"))
		got, err := run(t, reply, m, alloy.WithAttemptTimeout(50*time.Millisecond), times(2))
		require.NoError(t, err)
		require.Equal(t, "ok", got)
		require.Equal(t, 550*time.Millisecond, time.Since(begin))

		_, err = run(t, reply, play(t, alloytest.Hang()), alloy.WithAttemptTimeout(50*time.Millisecond))
		require.EqualValues(t, "timeout", failed(t, err).Kind)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, provider.Timeout, as[*provider.Error](t, err).Class)
	})
}

// F20, F86: a call is over after five minutes unless it says otherwise.
func TestCallTimeout(t *testing.T) {
	for _, tc := range []struct {
		name string
		opts []alloy.Option
		want time.Duration
	}{
		{"F20 default", nil, 5 * time.Minute},
		{"F86 set", []alloy.Option{alloy.WithTimeout(time.Minute)}, time.Minute},
		{"with attempts", []alloy.Option{alloy.WithTimeout(time.Minute), alloy.WithAttemptTimeout(25 * time.Second), times(10)}, time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				_, err := run(t, reply, play(t, alloytest.Hang().Forever()), append(tc.opts, alloy.WithFallback("o3"))...)
				require.Equal(t, tc.want, time.Since(begin))
				require.EqualValues(t, "timeout", failed(t, err).Kind)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.ErrorContains(t, err, tc.want.String(), "it says which limit was met")
			})
		})
	}
}

func TestCallWithoutTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := run(t, reply, play(t, alloytest.Reply("late").After(24*time.Hour)), alloy.WithTimeout(0))
		require.NoError(t, err)
		require.Equal(t, "late", got)
	})
}

func TestDeadlineOfTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		m := play(t, alloytest.Hang())
		_, err := reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(m), alloy.WithRetryOn(alloy.All), times(3), alloy.WithFallback("o3")})
		require.Equal(t, time.Second, time.Since(begin))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		failed(t, err)
	})
}

// F85: an answer that comes after its time is discarded, and leaves nothing behind.
func TestLateAnswersAreDiscarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var report alloy.Report
		m := play(t, alloytest.Reply("too late").After(time.Minute), alloytest.Reply("in time"))
		got, err := run(t, reply, m, alloy.WithAttemptTimeout(time.Second), times(2), alloy.WithReport(&report))
		require.NoError(t, err)
		require.Equal(t, "in time", got)
		require.Equal(t, 2, report.Requests)
	})
}

// F85: also when the provider has not noticed that its time was up.
func TestAnswersOfDeafProvidersAreDiscarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		deaf := rogue(func(context.Context) (*provider.Response, error) {
			if asked++; asked == 1 {
				time.Sleep(time.Minute)
				return &provider.Response{Parts: []provider.Part{{Text: "too late"}}, Finish: provider.FinishStop}, nil
			}
			return &provider.Response{Parts: []provider.Part{{Text: "in time"}}, Finish: provider.FinishStop}, nil
		})
		got, err := run(t, reply, deaf, alloy.WithAttemptTimeout(time.Second), times(2))
		require.NoError(t, err)
		require.Equal(t, "in time", got)
	})
}

// F116
func TestToolsEndWithTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var ended error
		wait := alloy.Tool{Name: "wait", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) {
			cancel()
			<-ctx.Done()
			ended = context.Cause(ctx)
			return nil, ctx.Err()
		}}
		m := play(t, alloytest.ToolCall("wait", nil))
		_, err := reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(m), alloy.WithTools(wait)})
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, ended, context.Canceled)
	})
}

type ctxKey struct{}

// F116
func TestToolsGetTheContextOfTheCall(t *testing.T) {
	var got any
	look := alloy.Tool{Name: "look", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) {
		got = ctx.Value(ctxKey{})
		return "ok", nil
	}}
	ctx := context.WithValue(t.Context(), ctxKey{}, "the caller's")
	_, err := reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(play(t, alloytest.ToolCall("look", nil), alloytest.Reply("ok"))), alloy.WithTools(look)})
	require.NoError(t, err)
	require.Equal(t, "the caller's", got)
}

// F118
func TestToolTimeout(t *testing.T) {
	slow := func(timeout time.Duration) alloy.Tool {
		return alloy.Tool{Name: "slow", Input: anyInput, Timeout: timeout, Run: func(ctx context.Context, _ []byte) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
	}
	for _, tc := range []struct {
		name string
		tool alloy.Tool
		opts []alloy.Option
		want time.Duration
	}{
		{"F20 default", slow(0), nil, 30 * time.Second},
		{"of the call", slow(0), []alloy.Option{alloy.WithToolTimeout(time.Second)}, time.Second},
		{"of the tool", slow(50 * time.Millisecond), []alloy.Option{alloy.WithToolTimeout(time.Second)}, 50 * time.Millisecond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				m := play(t, alloytest.ToolCall("slow", nil), alloytest.Reply("sorry"))
				got, err := run(t, reply, m, append(tc.opts, alloy.WithTools(tc.tool))...)
				require.NoError(t, err)
				require.Equal(t, "sorry", got)
				require.Equal(t, tc.want, time.Since(begin))
				result := results(m.Requests()[1])[0]
				require.True(t, result.IsError)
				require.Contains(t, result.Content, "timed out after "+tc.want.String())
			})
		})
	}
}

// F85, F118: a tool that ignores its context is left behind, and the event says so.
func TestToolThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deaf := alloy.Tool{Name: "deaf", Input: anyInput, Timeout: time.Second, Run: func(context.Context, []byte) (any, error) {
			time.Sleep(time.Hour)
			return "too late", nil
		}}
		var seen events
		begin := time.Now()
		m := play(t, alloytest.ToolCall("deaf", nil), alloytest.Reply("sorry"))
		_, err := run(t, reply, m, alloy.WithTools(deaf), alloy.WithObserver(&seen))
		require.NoError(t, err)
		require.InDelta(t, time.Second, time.Since(begin), float64(10*time.Millisecond), "the call goes on")
		require.Contains(t, results(m.Requests()[1])[0].Content, "timed out after 1s")
		finished := of[alloy.ToolFinished](&seen)
		require.Len(t, finished, 1)
		require.True(t, finished[0].StillRunning)
		time.Sleep(time.Hour) // for the tool to end within the test
	})
}
