package async_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/observe/async"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// handler is an slog.Handler that does with a record what the test says.
type handler func(ctx context.Context, r slog.Record) error

func (handler) Enabled(context.Context, slog.Level) bool          { return true }
func (h handler) Handle(ctx context.Context, r slog.Record) error { return h(ctx, r) }
func (h handler) WithAttrs([]slog.Attr) slog.Handler              { return h }
func (h handler) WithGroup(string) slog.Handler                   { return h }

// Observe logs the event.
func (h handler) Observe(ctx context.Context, e alloy.Event) {
	slog.New(h).InfoContext(ctx, fmt.Sprintf("%T", e), "call", e.About().Call)
}

// ask makes a call with a failed request, a round of tools and an answer. It takes 3.5 s.
func ask(ctx context.Context, t *testing.T, opts ...alloy.Option) (answer string, took time.Duration, err error) {
	t.Helper()
	clock := alloy.Tool{
		Name:  "clock",
		Input: &alloy.Schema{Name: "clock", JSON: `{"type":"object","properties":{}}`},
		Run:   func(context.Context, []byte) (any, error) { time.Sleep(time.Second); return "noon", nil },
	}
	model := alloytest.New(alloytest.Fail(500).After(time.Second), alloytest.ToolCall("clock", nil),
		alloytest.Reply("It is noon.").After(time.Second)).For(t)
	begin := time.Now()
	answer, err = alloy.Ask(ctx, "What time is it?", append([]alloy.Option{alloy.WithProvider(model), alloy.WithTools(clock),
		alloy.WithRetry(alloy.Retry{Attempts: 2, Jitter: alloy.NoJitter})}, opts...)...)
	return answer, time.Since(begin), err
}

const callTime = 3500 * time.Millisecond

// X81: whatever the sink does, the call is as it is without.
func TestX81(t *testing.T) {
	exits := func(context.Context, slog.Record) error { runtime.Goexit(); return nil }
	blocked := func(ctx context.Context, _ slog.Record) error { <-ctx.Done(); return ctx.Err() }
	for _, tc := range []struct {
		name     string
		sink     handler
		panicked bool
		stuck    bool // it has not done with the events by the time that Close has
	}{
		{name: "X81_fast", sink: func(context.Context, slog.Record) error { return nil }},
		{name: "X81_slow", sink: func(context.Context, slog.Record) error { time.Sleep(time.Hour); return nil }},
		{name: "X81_fails", sink: func(context.Context, slog.Record) error { return errors.New("no space left on device") }},
		{name: "X81_panics", sink: func(context.Context, slog.Record) error { panic("oh") }, panicked: true},
		{name: "X81_ends_the_goroutine", sink: exits, panicked: true},
		{name: "X81_blocks", sink: blocked, stuck: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var handled atomic.Uint64
				sink := async.New(handler(func(ctx context.Context, r slog.Record) error {
					handled.Add(1)
					return tc.sink(ctx, r)
				}), 0)
				var seen counter
				var report alloy.Report
				answer, took, err := ask(t.Context(), t, alloy.WithObserver(sink), alloy.WithObserver(&seen), alloy.WithReport(&report))
				require.NoError(t, err)
				require.Equal(t, "It is noon.", answer)
				require.Equal(t, callTime, took)
				require.Empty(t, report.Panics)

				ctx, cancel := context.WithTimeout(t.Context(), 1000*time.Hour)
				defer cancel()
				err = sink.Close(ctx)
				if tc.stuck {
					require.ErrorIs(t, err, context.DeadlineExceeded)
					require.Equal(t, uint64(len(seen)), handled.Load()+sink.Dropped())
					require.LessOrEqual(t, handled.Load(), uint64(2))
				} else {
					require.NoError(t, err)
					require.Equal(t, uint64(len(seen)), handled.Load())
					require.Zero(t, sink.Dropped())
				}
				if tc.panicked {
					require.Equal(t, handled.Load(), sink.Panicked())
				} else {
					require.Zero(t, sink.Panicked())
				}
			})
		})
	}

	// What the wrapper is for: the same sink, asked directly, keeps the call waiting.
	t.Run("X81_slow_without", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			slow := handler(func(context.Context, slog.Record) error { time.Sleep(time.Hour); return nil })
			_, took, err := ask(t.Context(), t, alloy.WithTimeout(0), alloy.WithObserver(slow))
			require.NoError(t, err)
			require.Greater(t, took, time.Hour)
		})
	})
}

// counter keeps the types of events.
type counter []string

func (c *counter) Observe(_ context.Context, e alloy.Event) { *c = append(*c, fmt.Sprintf("%T", e)) }

func TestEventsComeInOrder(t *testing.T) {
	var got, want counter
	sink := async.New(&got, 0)
	model := alloytest.New(alloytest.Reply("It leaves tomorrow.")).For(t)
	opts := []alloy.Option{alloy.WithProvider(model), alloy.WithObserver(sink), alloy.WithObserver(&want)}
	_, err := alloy.Ask(t.Context(), "Where is order 4392?", opts...)
	require.NoError(t, err)
	require.NoError(t, sink.Close(t.Context()))
	require.NotEmpty(t, want)
	require.Equal(t, want, got)
	require.NoError(t, sink.Close(t.Context()), "it may be closed again")

	sink.Observe(t.Context(), alloy.CallStarted{})
	require.Equal(t, uint64(1), sink.Dropped(), "nobody hands it on any more")
	require.Equal(t, want, got)
}

// A queue that is full drops what comes, and keeps what it has.
func TestFullQueueDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		var got []int
		sink := async.New(alloy.ObserverFunc(func(_ context.Context, e alloy.Event) {
			<-goOn
			got = append(got, e.(alloy.TurnFinished).Turn)
		}), 3)
		sink.Observe(t.Context(), alloy.TurnFinished{Turn: 1})
		synctest.Wait() // this one is out of the queue
		for turn := range 8 {
			sink.Observe(t.Context(), alloy.TurnFinished{Turn: 2 + turn})
		}
		require.Equal(t, uint64(5), sink.Dropped())
		close(goOn)
		require.NoError(t, sink.Close(t.Context()))
		require.Equal(t, []int{1, 2, 3, 4}, got)
	})
}

// Close gives up with its context; the observer learns of it, and what was dropped is counted.
func TestCloseGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended error
		sink := async.New(alloy.ObserverFunc(func(ctx context.Context, e alloy.Event) {
			if e.(alloy.TurnFinished).Turn == 1 {
				<-ctx.Done()
				ended = ctx.Err()
			}
		}), 0)
		for turn := range 5 {
			sink.Observe(t.Context(), alloy.TurnFinished{Turn: 1 + turn})
		}
		synctest.Wait()
		left := errors.New("the program ends")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, left)
		defer cancel()
		begin := time.Now()
		err := sink.Close(ctx)
		require.ErrorIs(t, err, left)
		require.ErrorContains(t, err, "4 events were dropped")
		require.Equal(t, time.Minute, time.Since(begin))
		require.Equal(t, uint64(4), sink.Dropped())
		synctest.Wait()
		require.Equal(t, context.Canceled, ended)
		require.NoError(t, sink.Close(ctx), "by now it has ended")
	})
}

// The observer gets the values of the call's context, and not its end.
func TestContextOutlivesTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		checked := make(chan struct{})
		sink := async.New(alloy.ObserverFunc(func(ctx context.Context, _ alloy.Event) {
			time.Sleep(time.Minute)
			require.NoError(t, ctx.Err())
			require.NoError(t, context.Cause(ctx))
			_, limited := ctx.Deadline()
			require.False(t, limited)
			require.Equal(t, "span", ctx.Value(key{}))
			child, cancel := context.WithTimeout(ctx, time.Second)
			require.NoError(t, child.Err())
			cancel()
			close(checked)
		}), 0)
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "span"), time.Second)
		sink.Observe(ctx, alloy.CallStarted{})
		cancel()
		require.NoError(t, sink.Close(t.Context()))
		<-checked
	})
}

func TestManyCallsAndClose(t *testing.T) {
	var handed atomic.Uint64
	sink := async.New(alloy.ObserverFunc(func(context.Context, alloy.Event) { handed.Add(1) }), 8)
	const callers, each = 50, 100
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				sink.Observe(t.Context(), alloy.CallStarted{})
			}
		})
	}
	all.Go(func() { _ = sink.Close(t.Context()) })
	all.Wait()
	require.NoError(t, sink.Close(t.Context()))
	require.Equal(t, uint64(callers*each), handed.Load()+sink.Dropped())
}
