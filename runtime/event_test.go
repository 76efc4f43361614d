package alloy_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// names are the types of the events, in order.
func (e *events) names() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []string
	for _, event := range e.all {
		all = append(all, strings.TrimPrefix(fmt.Sprintf("%T", event), "alloy."))
	}
	return all
}

func TestOrderOfEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen events
		m := play(t, alloytest.ToolCall("lookup_order", order("4392")), alloytest.Fail(500).Times(2), alloytest.Reply("no"), alloytest.ReplyJSON(late))
		_, err := run(t, triage, m, alloy.WithModel("gpt-5"), alloy.WithFallback("o3"), times(2), alloy.WithTools((&lookup{}).tool()), alloy.WithObserver(&seen))
		require.NoError(t, err)
		require.Equal(t, []string{
			"CallStarted", "StateChanged",
			"RequestStarted", "RequestFinished", "StateChanged", "ToolStarted", "ToolFinished", "TurnFinished", "StateChanged",
			"RequestStarted", "RequestFinished", "RetryScheduled", "RequestStarted", "RequestFinished",
			"FallbackStarted", "RequestStarted", "RequestFinished", "AnswerRejected", "RequestStarted", "RequestFinished", "AnswerAccepted",
			"StateChanged", "CallFinished",
		}, seen.names())
		for _, e := range seen.all {
			about := e.About()
			require.Equal(t, "Triage", about.Command)
			require.Equal(t, seen.all[0].About().Call, about.Call)
			require.False(t, about.Time.IsZero())
		}
		for i, e := range of[alloy.RequestStarted](&seen) {
			require.Equal(t, i+1, e.Number)
		}
		tool := of[alloy.ToolFinished](&seen)[0]
		require.Equal(t, "lookup_order", tool.Tool)
		require.Equal(t, "shipped", tool.Result)
		require.Equal(t, 1, tool.Turn)
		require.NotEmpty(t, tool.CallID)
	})
}

// F170: what a report counts.
func TestReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var report alloy.Report
		m := play(t,
			alloytest.ToolCalls(alloytest.Call{Name: "lookup_order", Args: order("1")}, alloytest.Call{Name: "gone"}).Usage(provider.Usage{InputTokens: 100, OutputTokens: 10}),
			alloytest.Fail(500).Usage(provider.Usage{InputTokens: 7}).After(time.Second),
			alloytest.Reply("no").Usage(provider.Usage{InputTokens: 200, OutputTokens: 20}),
			alloytest.ReplyJSON(late).Usage(provider.Usage{InputTokens: 300, OutputTokens: 30, CachedTokens: 250}),
		)
		_, err := run(t, triage, m, alloy.WithModel("gpt-5"), times(2), alloy.WithTools((&lookup{}).tool()), alloy.WithReport(&report))
		require.NoError(t, err)
		require.Equal(t, "Triage", report.Command)
		require.Equal(t, "gpt-5", report.Model)
		require.Equal(t, 4, report.Requests)
		require.Equal(t, 1, report.Turns)
		require.Equal(t, 2, report.ToolCalls)
		require.Equal(t, 1, report.ToolFails)
		require.Equal(t, 1, report.Retries)
		require.Equal(t, 1, report.FollowUps)
		require.Len(t, report.Attempts, 2)
		require.Equal(t, provider.Usage{InputTokens: 607, OutputTokens: 60, CachedTokens: 250}, report.Usage, "failed requests included")
		require.Equal(t, 1500*time.Millisecond, report.Duration)
		require.NoError(t, report.Err)

		_, err = run(t, triage, play(t, alloytest.Fail(400)), alloy.WithReport(&report))
		require.Equal(t, err, report.Err)
		require.Equal(t, 1, report.Requests, "a report starts anew with each call")
		require.Empty(t, report.Tools)
	})
}

// F46
func TestUnknownKeysAreReported(t *testing.T) {
	var report alloy.Report
	answer := strings.Replace(lateJSON, "{", `{"junk":2,`, 1)
	got, err := run(t, triage, play(t, alloytest.Reply(answer)), alloy.WithReport(&report))
	require.NoError(t, err)
	require.Equal(t, late, got)
	require.Contains(t, fmt.Sprintf("%+v", report), "junk")
}

func TestObserverThatPanics(t *testing.T) {
	var seen events
	var report alloy.Report
	got, err := run(t, reply, play(t, alloytest.Reply("ok")),
		alloy.WithObserver(alloy.ObserverFunc(func(context.Context, alloy.Event) { panic("disk full") })),
		alloy.WithObserver(&seen), alloy.WithReport(&report))
	require.NoError(t, err)
	require.Equal(t, "ok", got)
	require.NotEmpty(t, of[alloy.ObserverPanicked](&seen))
	require.Equal(t, "disk full", of[alloy.ObserverPanicked](&seen)[0].Panic)
	require.NotEmpty(t, report.Panics)
	require.Len(t, of[alloy.CallFinished](&seen), 1)
}

func TestObserversOfAllLevelsAreTold(t *testing.T) {
	var mine, directive, call events
	useDefault(t, alloy.WithObserver(&mine))
	cmd := alloy.NewCommand(alloy.Definition[string]{Name: "Reply"}, alloy.WithObserver(&directive))
	_, err := run(t, cmd, play(t, alloytest.Reply("ok")), alloy.WithObserver(&call))
	require.NoError(t, err)
	for _, e := range []*events{&mine, &directive, &call} {
		require.Equal(t, []string{"CallStarted", "StateChanged", "RequestStarted", "RequestFinished", "AnswerAccepted", "StateChanged", "CallFinished"}, e.names())
	}
}

// F175: the values of redacted parameters reach the model, and nothing else.
func TestRedaction(t *testing.T) {
	const card, pin = "4929-1234-5678-9012", "sesame"
	charge := alloy.Tool{
		Name:   "charge",
		Input:  &alloy.Schema{Name: "charge", JSON: `{"type":"object","properties":{"pin":{"type":"string"},"amount":{"type":"integer"}},"required":["pin","amount"],"additionalProperties":false}`},
		Redact: []string{"pin"},
		Run: func(_ context.Context, in []byte) (any, error) {
			return nil, errors.New("card " + card + " with " + string(in) + " was refused")
		},
	}
	call := alloy.Call[Ticket]{
		Prompt: func(context.Context) (alloy.Prompt[Ticket], error) {
			return alloy.Promptf[Ticket]("Charge %s", card), nil
		},
		Redact: []string{alloy.Redacted(card)},
	}
	var seen events
	var report alloy.Report
	m := play(t,
		alloytest.ToolCall("charge", map[string]any{"pin": pin, "amount": 5}),
		alloytest.Reply("the card "+card+" was charged"),
		alloytest.FailWith(&provider.Error{Class: provider.Invalid, Message: "cannot read " + card}),
	)
	_, err := triage.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(m), alloy.WithTools(charge), alloy.WithObserver(&seen), alloy.WithReport(&report)})
	require.Error(t, err)
	require.Equal(t, "Charge "+card, m.Requests()[0].Messages[0].Text(), "the model gets the value")
	require.Contains(t, results(m.Requests()[1])[0].Content, card)

	texts := []string{err.Error(), failed(t, err).Output, failed(t, err).Message}
	for _, a := range append(failed(t, err).Attempts, report.Attempts...) {
		texts = append(texts, a.Message)
	}
	for _, e := range seen.all {
		switch e := e.(type) {
		case alloy.AnswerRejected:
			texts = append(texts, e.Reason, e.Output)
		case alloy.ToolStarted:
			texts = append(texts, e.Arguments)
			require.Contains(t, e.Arguments, "5", "the rest is shown")
		case alloy.ToolFinished:
			texts = append(texts, e.Result)
		}
	}
	for _, text := range texts {
		require.NotContains(t, text, card)
		require.NotContains(t, text, pin)
	}
}
