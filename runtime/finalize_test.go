package alloy_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

// F129, F166: at the limit, one last request without tools asks for the best answer with what is known.
func TestFinalizeAtTheLimit(t *testing.T) {
	l := &lookup{}
	var report alloy.Report
	m := play(t, alloytest.ToolCall("lookup_order", order("1")).Times(2), alloytest.ReplyJSON(late))
	got, err := run(t, triage, m, alloy.WithTools(l.tool()), alloy.WithMaxToolTurns(1), alloy.WithFinalize(alloy.Finalize{Limit: true}), alloy.WithReport(&report))
	require.NoError(t, err)
	require.Equal(t, late, got)
	require.Equal(t, "limit", report.Finalized)
	require.Len(t, l.ran, 1, "the calls over the limit do not run")
	last := m.Requests()[2]
	require.Empty(t, last.Tools)
	require.Same(t, ticketSchema, last.Output)
	require.Equal(t, "shipped", results(last)[0].Content)
	answered := map[string]bool{}
	for _, r := range results(last) {
		answered[r.CallID] = true
	}
	for _, message := range last.Messages {
		for _, p := range message.Parts {
			if p.ToolCall != nil {
				require.True(t, answered[p.ToolCall.ID], "vendors refuse a call without a result")
			}
		}
	}
	require.NotEmpty(t, last.Messages[len(last.Messages)-1].Text())
}

func TestFinalizeThatFails(t *testing.T) {
	m := play(t, alloytest.ToolCall("lookup_order", order("1")).Times(2), alloytest.Fail(400))
	_, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithMaxToolTurns(1), alloy.WithFinalize(alloy.Finalize{Limit: true}))
	as[*alloy.ToolLoopLimitExceeded](t, err)
	require.Contains(t, as[*alloy.CommandError](t, err).Error(), "max_tool_turns=1")
}

func TestFinalizeWhenTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var report alloy.Report
		m := play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Hang(), alloytest.Reply("it is shipped").After(10*time.Second))
		got, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithTimeout(time.Minute), alloy.WithFinalize(alloy.Finalize{Timeout: true}), alloy.WithReport(&report))
		require.NoError(t, err)
		require.Equal(t, "it is shipped", got)
		require.Equal(t, 70*time.Second, time.Since(begin))
		require.Equal(t, "timeout", report.Finalized)

		begin = time.Now()
		_, err = run(t, reply, play(t, alloytest.Hang().Times(2)), alloy.WithTimeout(time.Minute), alloy.WithFinalize(alloy.Finalize{Timeout: true}))
		require.Error(t, err)
		require.Equal(t, 75*time.Second, time.Since(begin), "15 s unless set")

		begin = time.Now()
		m = play(t, alloytest.Hang().Times(2))
		_, err = run(t, reply, m, alloy.WithTimeout(time.Minute), alloy.WithFinalize(alloy.Finalize{Timeout: true, Grace: 5 * time.Second}))
		require.EqualValues(t, "timeout", failed(t, err).Kind)
		require.Equal(t, 65*time.Second, time.Since(begin))
	})
}

func TestFinalizeAfterAnError(t *testing.T) {
	var report alloy.Report
	m := play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Fail(500), alloytest.Reply("it is shipped"))
	got, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithFinalize(alloy.Finalize{Error: true}), alloy.WithReport(&report))
	require.NoError(t, err)
	require.Equal(t, "it is shipped", got)
	require.Equal(t, "error", report.Finalized)
}

// There is nothing to give an answer from before a tool has run, and nobody to give it to when the caller is gone.
func TestFinalizeWhereItMakesNoSense(t *testing.T) {
	always := alloy.WithFinalize(alloy.Finalize{Limit: true, Timeout: true, Error: true})
	stop := alloy.Tool{Name: "t", Input: anyInput, Run: func(context.Context, []byte) (any, error) { return nil, alloy.Stop(errors.New("stolen card")) }}
	for _, tc := range []struct {
		name  string
		steps []alloytest.Step
	}{
		{"no tool has run", []alloytest.Step{alloytest.Fail(500)}},
		{"a tool stopped the call", []alloytest.Step{alloytest.ToolCall("t", nil)}},
		{"the caller's time is up", []alloytest.Step{alloytest.ToolCall("gone", nil), alloytest.Hang()}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				var seen events
				_, err := reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(play(t, tc.steps...)), alloy.WithTools(stop), alloy.WithObserver(&seen), always})
				failed(t, err)
				require.Empty(t, of[alloy.FinalizeStarted](&seen))
			})
		})
	}
}

func TestFinalizeOnlyWhenAskedFor(t *testing.T) {
	m := play(t, alloytest.ToolCall("lookup_order", order("1")).Times(2))
	_, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithMaxToolTurns(1), alloy.WithFinalize(alloy.Finalize{Timeout: true, Error: true}))
	as[*alloy.ToolLoopLimitExceeded](t, err)
}

// The caller's own end is the end: there is no last request.
func TestNoFinalizeForACallerThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		always := alloy.WithFinalize(alloy.Finalize{Limit: true, Timeout: true, Error: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var seen events
		_, err := reply.Run(ctx, saying[string]("x"), []alloy.Option{alloy.WithProvider(play(t, alloytest.Hang())), always, alloy.WithObserver(&seen)})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, of[alloy.FinalizeStarted](&seen))

		// Even where it comes with another failure.
		ctx, leave := context.WithCancel(t.Context())
		stop := alloy.Tool{Name: "t", Input: anyInput, Run: func(context.Context, []byte) (any, error) { leave(); return "ok", nil }}
		_, err = reply.Run(ctx, saying[string]("x"), []alloy.Option{alloy.WithProvider(play(t, alloytest.ToolCall("t", nil))), always, alloy.WithTools(stop), alloy.WithObserver(&seen)})
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, of[alloy.FinalizeStarted](&seen))
	})
}
