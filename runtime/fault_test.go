package alloy_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// rogue is a provider that somebody wrote in a hurry.
type rogue func(ctx context.Context) (*provider.Response, error)

func (r rogue) Do(ctx context.Context, _ *provider.Request, _ func(provider.Delta) error) (*provider.Response, error) {
	return r(ctx)
}

func TestProvidersThatBreakTheirContract(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   rogue
		kind alloy.Kind
	}{
		{"panic", func(context.Context) (*provider.Response, error) { panic("nil pointer") }, ""},
		{"neither response nor error", func(context.Context) (*provider.Response, error) { return nil, nil }, alloy.KindMalformed},
		{"foreign error", func(context.Context) (*provider.Response, error) { return nil, errors.New("oops") }, ""},
		{"empty response", func(context.Context) (*provider.Response, error) { return &provider.Response{}, nil }, alloy.KindEmpty},
		{"tool call that nobody offered", func(context.Context) (*provider.Response, error) {
			return &provider.Response{Finish: provider.FinishToolCalls, Parts: []provider.Part{{ToolCall: &provider.ToolCall{Name: "rm"}}}}, nil
		}, alloy.KindEmpty},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := run(t, reply, tc.do, times(2))
				require.Empty(t, got)
				e := failed(t, err)
				if tc.kind != "" {
					require.Equal(t, tc.kind, e.Kind)
				}
				if tc.name == "panic" {
					require.ErrorContains(t, err, "the provider panicked: nil pointer")
				}
			})
		})
	}
}

// X61: wherever a call is when its caller gives up, it ends at once, says why, and asks no other model.
func TestCancellationAnywhere(t *testing.T) {
	left := errors.New("the user left")
	sleepy := alloy.Tool{Name: "t", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	for _, tc := range []struct {
		name  string
		steps []alloytest.Step
	}{
		{"in a request", []alloytest.Step{alloytest.Hang()}},
		{"in the wait for a repeat", []alloytest.Step{alloytest.Fail(500)}},
		{"in the wait that the server asked for", []alloytest.Step{alloytest.Fail(429).RetryAfter(30 * time.Second)}},
		{"in a tool", []alloytest.Step{alloytest.ToolCall("t", nil)}},
		{"in parallel tools", []alloytest.Step{alloytest.ToolCalls(make3("t")...)}},
		{"in the follow-up", []alloytest.Step{alloytest.Reply(""), alloytest.Hang()}},
		{"in the second turn", []alloytest.Step{alloytest.ToolCall("unknown", nil), alloytest.Hang()}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(left) })
				begin := time.Now()
				got, err := reply.Run(ctx, saying[string]("hello"), []alloy.Option{
					alloy.WithProvider(play(t, tc.steps...)), alloy.WithFallback("o3"), alloy.WithRetryOn(alloy.All), alloy.WithTools(sleepy),
					alloy.WithRetry(alloy.Retry{Attempts: 9, Base: time.Minute}), alloy.WithFinalize(alloy.Finalize{Limit: true, Timeout: true, Error: true}),
				})
				require.Empty(t, got)
				require.LessOrEqual(t, time.Since(begin), time.Second+time.Millisecond)
				require.ErrorIs(t, err, left)
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, alloy.KindCanceled, failed(t, err).Kind)
			})
		})
	}
}

// X62
func TestNoRequestWithoutTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, left := range []time.Duration{-time.Second, 0, 1} {
			ctx, cancel := context.WithTimeout(t.Context(), left)
			defer cancel()
			_, err := reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(play(t))})
			require.ErrorIs(t, err, context.DeadlineExceeded)
			failed(t, err)
		}
	})
}

// X38: a model that pauses its turn goes on with it.
func TestPausedTurnIsContinued(t *testing.T) {
	m := play(t, alloytest.Pause("First, "), alloytest.Pause("second, "), alloytest.Reply("third."))
	got, err := run(t, reply, m)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(got, "third."), got)
	last := m.Requests()[2].Messages
	require.Equal(t, "First, ", last[1].Text())
	require.Equal(t, provider.Assistant, last[2].Role)

	_, err = run(t, reply, play(t, alloytest.Pause("again").Forever()))
	require.Equal(t, alloy.KindMalformed, failed(t, err).Kind)
}

// X54
func TestGiantArgumentsAndResults(t *testing.T) {
	giant := strings.Repeat("x", 5<<20)
	ran := false
	result := use(t, alloy.Tool{Name: "t", Input: anyInput, Run: func(context.Context, []byte) (any, error) {
		ran = true
		return nil, nil
	}}, map[string]string{"a": giant})
	require.True(t, result.IsError)
	require.False(t, ran)

	result = use(t, returning(giant, nil), nil)
	require.Less(t, len(result.Content), 2<<20)
	require.Contains(t, result.Content, "truncated")
}

// F96: a tool may take an open map.
func TestToolWithAnOpenMap(t *testing.T) {
	input := &alloy.Schema{Name: "t", JSON: `{"type":"object","properties":{"labels":{"type":"object","additionalProperties":{"type":"integer"}},"note":{"type":"string"}},"required":["labels"],"additionalProperties":false}`}
	tool := alloy.Tool{Name: "t", Input: input, Run: func(_ context.Context, in []byte) (any, error) { return string(in), nil }}
	require.JSONEq(t, `{"labels":{"a":1,"b":2}}`, use(t, tool, `{"labels":{"a":1,"b":"2"}}`).Content)
	require.True(t, use(t, tool, `{"labels":{"a":"x"}}`).IsError)
}
