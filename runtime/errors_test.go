package alloy_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// F62
func TestErrorTypes(t *testing.T) {
	tools := alloy.WithTools((&lookup{}).tool())
	_, command := run(t, reply, play(t, alloytest.Fail(400)))
	_, limit := run(t, reply, play(t, alloytest.ToolCall("lookup_order", order("1"))), tools, alloy.WithMaxToolTurns(0))
	_, configuration := run(t, reply, play(t, alloytest.FailWith(&provider.ConfigError{Setting: "OPENAI_API_KEY", Message: "set it"})))
	_, tool := alloy.RunTool(t.Context(), "lookup_order", alloy.ToolContracts[string]{}, func(context.Context) (string, error) { return "", errors.New("gone") })

	for _, tc := range []struct {
		name                                string
		err                                 error
		command, limit, configuration, tool bool
	}{
		{"command", command, true, false, false, false},
		{"limit", limit, true, true, false, false},
		{"configuration", configuration, false, false, true, false},
		{"tool", tool, false, false, false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, command := errors.AsType[*alloy.CommandError](tc.err)
			_, limit := errors.AsType[*alloy.ToolLoopLimitExceeded](tc.err)
			_, configuration := errors.AsType[*alloy.ConfigurationError](tc.err)
			_, tool := errors.AsType[*alloy.ToolError](tc.err)
			require.Equal(t, []bool{tc.command, tc.limit, tc.configuration, tc.tool}, []bool{command, limit, configuration, tool})
		})
	}
}

// F64
func TestConfigurationErrorsAreFinal(t *testing.T) {
	missing := &provider.ConfigError{Provider: "openai", Setting: "OPENAI_API_KEY", Message: "OPENAI_API_KEY is not set"}
	opts := []alloy.Option{times(3), alloy.WithRetryOn(alloy.All), alloy.WithFallback("o3"), alloy.WithTools((&lookup{}).tool())}
	for name, before := range map[string][]alloytest.Step{
		"first request":      nil,
		"after a failure":    {alloytest.Fail(503)},
		"in the second turn": {alloytest.ToolCall("lookup_order", order("1"))},
		"in the follow-up":   {alloytest.Reply("")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := run(t, reply, play(t, append(before, alloytest.FailWith(missing))...), opts...)
				require.IsType(t, &alloy.ConfigurationError{}, err, "not wrapped")
				e := as[*alloy.ConfigurationError](t, err)
				require.Equal(t, "Reply", e.Command)
				require.Equal(t, "OPENAI_API_KEY", e.Setting)
				require.ErrorContains(t, err, "OPENAI_API_KEY is not set")
				require.ErrorIs(t, err, missing)
			})
		})
	}
}

// F65: empty, unparsable and failed are one type, told apart by kind.
func TestKindsOfFailure(t *testing.T) {
	for _, tc := range []struct {
		kind string
		step alloytest.Step
	}{
		{"empty", alloytest.Reply(" ")},
		{"parse", alloytest.Reply("I do not know")},
		{"schema", alloytest.Reply(`{"summary":"x","priority":"asap","score":0.5,"order_ids":[]}`)},
		{"truncated", alloytest.Truncate(`{"summary":"Order 43`)},
		{"refusal", alloytest.Refuse("I cannot help with that")},
		{"server", alloytest.Fail(500)},
		{"context_window", alloytest.FailWith(&provider.Error{Class: provider.ContextWindow})},
		{"too_large", alloytest.FailWith(&provider.Error{Class: provider.TooLarge})},
	} {
		t.Run(tc.kind, func(t *testing.T) {
			got, err := run(t, triage, play(t, tc.step), alloy.WithAutoFinalize(false))
			require.Zero(t, got)
			require.EqualValues(t, tc.kind, failed(t, err).Kind)
			require.Contains(t, err.Error(), "Triage")
		})
	}
}

// F72: whatever is not a CommandError becomes one, with its cause.
func TestCausesStayReachable(t *testing.T) {
	boom := errors.New("boom")
	_, err := run(t, reply, play(t, alloytest.FailWith(&provider.Error{Class: provider.Server, Message: "HTTP 500", Err: boom})))
	require.IsType(t, &alloy.CommandError{}, err)
	require.ErrorIs(t, err, boom)
	require.Equal(t, "alloytest", as[*provider.Error](t, err).Provider)

	// An error that is no *provider.Error is a fault of the provider; it is kept all the same.
	_, err = run(t, reply, play(t, alloytest.FailWith(boom)))
	require.IsType(t, &alloy.CommandError{}, err)
	require.ErrorIs(t, err, boom)
}

func TestRequireFailsBeforeAnyRequest(t *testing.T) {
	prompted := false
	call := alloy.Call[string]{
		Require: []contracts.Contract{
			{Expr: "true", Message: "never seen", Holds: func() bool { return true }},
			{Expr: `message != ""`, Message: "message must not be blank", Holds: func() bool { return false }},
			{Expr: "false", Message: "not the first", Holds: func() bool { return false }},
		},
		Prompt: func(context.Context) (alloy.Prompt[string], error) {
			prompted = true
			return alloy.Promptf[string]("x"), nil
		},
	}
	m := play(t)
	_, err := reply.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(m), times(3), alloy.WithRetryOn(alloy.All), alloy.WithFallback("o3")})
	require.EqualValues(t, "contract", failed(t, err).Kind)
	require.ErrorContains(t, err, "message must not be blank")
	v := as[*contracts.Violation](t, err)
	require.Equal(t, contracts.Require, v.Kind)
	require.Equal(t, `message != ""`, v.Expr)
	require.False(t, prompted)
	require.Empty(t, m.Requests())

	_, err = reply.Request(t.Context(), call, []alloy.Option{alloy.WithProvider(m)})
	as[*contracts.Violation](t, err)
}

// F101 for commands: a contract that panics is violated.
func TestContractThatPanics(t *testing.T) {
	call := saying[string]("hello")
	call.Ensure = func(result string) []contracts.Contract {
		return []contracts.Contract{{Expr: "xs[3] == 1", Message: "the fourth must be one", Holds: func() bool { panic("index out of range") }}}
	}
	_, err := reply.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(play(t, alloytest.Reply("hi"))), alloy.WithAutoFinalize(false)})
	require.ErrorContains(t, err, "the fourth must be one")
	v := as[*contracts.Violation](t, err)
	require.Equal(t, "index out of range", v.Panic)
	require.NotEmpty(t, v.Stack)
}

func TestCanceledBeforeTheCall(t *testing.T) {
	left := errors.New("the user left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(left)
	m := play(t)
	_, err := reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(m)})
	require.ErrorIs(t, err, left)
	require.ErrorIs(t, err, context.Canceled)
	require.EqualValues(t, "canceled", failed(t, err).Kind)
	require.Empty(t, m.Requests())
}
