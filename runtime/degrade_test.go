package alloy_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// degrading is a call with a degrade function.
func degrading(answer func(ctx context.Context, err error) (string, error)) alloy.Call[string] {
	call := saying[string]("Where is order 4392?")
	call.Degrade = answer
	return call
}

// F92: when everything has failed there is a safe value, no error, and the report says so.
func TestDegradeAnswersWhenAllElseFailed(t *testing.T) {
	var report alloy.Report
	var cause error
	m := play(t, alloytest.Fail(503).Forever())
	got, err := reply.Run(t.Context(), degrading(func(_ context.Context, err error) (string, error) {
		cause = err
		return "We are looking into it.", nil
	}), []alloy.Option{alloy.WithProvider(m), alloy.WithFallback("o3"), alloy.WithReport(&report)})
	require.NoError(t, err)
	require.Equal(t, "We are looking into it.", got)
	require.True(t, report.Degraded)
	require.NoError(t, report.Err)
	require.Len(t, report.Attempts, 2)
	require.Equal(t, alloy.KindOverloaded, failed(t, cause).Kind)
	require.Equal(t, []string{alloy.DefaultModel, "o3"}, models(m))
}

// F129: after the last request of finalize comes the degrade function.
func TestDegradeAfterFinalize(t *testing.T) {
	var report alloy.Report
	m := play(t, alloytest.ToolCall("lookup_order", order("1")).Times(2), alloytest.Fail(500))
	got, err := reply.Run(t.Context(), degrading(func(_ context.Context, err error) (string, error) {
		as[*alloy.ToolLoopLimitExceeded](t, err)
		return "later", nil
	}), []alloy.Option{alloy.WithProvider(m), alloy.WithTools((&lookup{}).tool()), alloy.WithMaxToolTurns(1),
		alloy.WithFinalize(alloy.Finalize{Limit: true}), alloy.WithReport(&report)})
	require.NoError(t, err)
	require.Equal(t, "later", got)
	require.Equal(t, "limit", report.Finalized)
	require.True(t, report.Degraded)
}

func TestDegradeThatFails(t *testing.T) {
	broken := errors.New("the cache is empty")
	for name, answer := range map[string]func(context.Context, error) (string, error){
		"error": func(context.Context, error) (string, error) { return "half", broken },
		"panic": func(context.Context, error) (string, error) { panic(broken) },
	} {
		t.Run(name, func(t *testing.T) {
			var report alloy.Report
			got, err := reply.Run(t.Context(), degrading(answer), []alloy.Option{alloy.WithProvider(play(t, alloytest.Fail(503))), alloy.WithReport(&report)})
			require.Empty(t, got)
			require.ErrorIs(t, err, broken)
			require.Equal(t, 503, as[*provider.Error](t, err).Status)
			require.ErrorContains(t, err, "so did its degrade function: the cache is empty")
			require.False(t, report.Degraded)
		})
	}
}

// Degrade hides no mistake, and overrules nobody who ended the call on purpose.
func TestDegradeIsNotAsked(t *testing.T) {
	stop := alloy.Tool{Name: "stop", Input: anyInput,
		Run: func(context.Context, []byte) (any, error) { return nil, alloy.Stop(errors.New("enough")) }}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tc := range map[string]struct {
		ctx  context.Context
		opts []alloy.Option
	}{
		"mistake": {t.Context(), []alloy.Option{alloy.WithProvider(alloytest.New(alloytest.FailWith(&provider.ConfigError{Message: "no key"})))}},
		"stop": {t.Context(), []alloy.Option{alloy.WithTools(stop),
			alloy.WithProvider(alloytest.New(alloytest.ToolCall("stop", nil)))}},
		"cancelled": {ended, []alloy.Option{alloy.WithProvider(alloytest.New())}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := reply.Run(tc.ctx, degrading(func(context.Context, error) (string, error) {
				t.Error("it was asked")
				return "", nil
			}), tc.opts)
			require.Error(t, err)
		})
	}
}
