package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// Nothing that an observer, a report or an error holds has a redacted value in it: the whole of each is written out and searched.
func TestRedactedValuesAreNowhere(t *testing.T) {
	const card, pin = "4929-1234-5678-9012", `"<sesame>"`
	quoted, err := json.Marshal(pin)
	require.NoError(t, err)
	charge := alloy.Tool{
		Name:   "charge",
		Input:  &alloy.Schema{Name: "charge", JSON: `{"type":"object","properties":{"pin":{"type":"string"},"amount":{"type":"integer"}},"required":["pin","amount"],"additionalProperties":false}`},
		Redact: []string{"pin"},
		Run: func(_ context.Context, in []byte) (any, error) {
			return nil, fmt.Errorf("card %s with %s was refused: %w", card, in, errors.New(pin))
		},
	}
	for _, tc := range []struct {
		name   string
		args   string
		noCard bool // only the tool redacts
	}{
		{name: "only a tool redacts", args: `{"pin":` + string(quoted) + `,"amount":5}`, noCard: true},
		{name: "only a tool redacts what cannot be read", args: `{"pin":` + string(quoted) + `,"amount":"many"}`, noCard: true},
		{name: "arguments that fit", args: `{"pin":` + string(quoted) + `,"amount":5}`},
		{name: "arguments with escapes", args: `{"p\u0069n":"\"<s\u0065sam\u0065>\"","amount":5}`},
		{name: "arguments that come twice", args: `{"pin":"sesamex","pin":` + string(quoted) + `,"amount":5}`},
		{name: "arguments by another name", args: `{"PIN":` + string(quoted) + `,"amount":5}`},
		{name: "arguments that do not fit", args: `{"pin":` + string(quoted) + `,"amount":"5 € and ` + string(quoted[1:]) + `}`},
		{name: "arguments that are no JSON", args: `{"pin":` + string(quoted)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			call := alloy.Call[Ticket]{
				Prompt: func(context.Context) (alloy.Prompt[Ticket], error) {
					return alloy.Promptf[Ticket]("Charge %s", card).WithSystem("The card is " + card), nil
				},
				Redact: []string{alloy.Redacted(card)},
			}
			secrets := []string{"sesame"} // however it is escaped
			if tc.noCard {
				call.Redact = nil
			} else {
				secrets = append(secrets, card)
			}
			m := play(t,
				alloytest.ToolCall("charge", tc.args).Saying("I charge "+card+" now"),
				alloytest.Reply("the card "+card+" was charged"),
				alloytest.FailWith(&provider.Error{Class: provider.Invalid, Message: "cannot read " + card, Err: errors.New(card)}),
			)
			var written strings.Builder
			write := func(v any) { fmt.Fprintf(&written, "%+v\n", v) }
			var report alloy.Report
			observer := alloy.ObserverFunc(func(_ context.Context, e alloy.Event) {
				write(e)
				switch e := e.(type) {
				case alloy.RequestStarted:
					text, err := json.Marshal(e.Request)
					require.NoError(t, err)
					write(string(text))
				case alloy.RequestFinished:
					text, err := json.Marshal(e.Response)
					require.NoError(t, err)
					write(string(text))
				}
			})
			_, err := triage.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(m), alloy.WithTools(charge), alloy.WithObserver(observer), alloy.WithReport(&report)})
			require.Error(t, err)
			write(report)
			for e := err; e != nil; e = errors.Unwrap(e) {
				write(e)
			}
			perr := as[*provider.Error](t, err)
			write(perr)
			require.Contains(t, written.String(), "[redacted]")
			for _, secret := range secrets {
				require.NotContains(t, written.String(), secret)
			}
		})
	}
}

// A prompt function's own error is the caller's and stays as it is; what observers get of it is redacted.
func TestObserversOfAPromptFunctionsError(t *testing.T) {
	const card = "4929-1234-5678-9012"
	own := errors.New("no account for " + card)
	call := alloy.Call[string]{
		Prompt: func(context.Context) (alloy.Prompt[string], error) { return alloy.Prompt[string]{}, own },
		Redact: []string{alloy.Redacted(card)},
	}
	var report alloy.Report
	_, err := reply.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(play(t)), alloy.WithReport(&report)})
	require.Equal(t, own, err)
	require.EqualError(t, report.Err, "no account for [redacted]")
	require.ErrorIs(t, report.Err, own)
}

// X82: what a contract panics with, and what a command that is a tool says of its answer, are no way out.
func TestRedactedValuesInCausesOfCauses(t *testing.T) {
	const card = "4929-1234-5678-9012"
	inner := alloy.Tool{Name: "t", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) {
		return triage.Run(ctx, saying[Ticket]("x"), []alloy.Option{alloy.WithProvider(alloytest.New(alloytest.Reply("about " + card).Forever()))})
	}}
	call := saying[Ticket]("Charge " + card)
	call.Redact = []string{alloy.Redacted(card)}
	call.Ensure = func(Ticket) []contracts.Contract {
		return []contracts.Contract{{Message: "the card must be known", Holds: func() bool { panic("unknown card " + card) }}}
	}
	var report alloy.Report
	m := play(t, alloytest.ToolCall("t", nil), alloytest.ReplyJSON(late).Times(2))
	_, err := triage.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(m), alloy.WithTools(inner), alloy.WithReport(&report)})
	v := as[*contracts.Violation](t, err)
	require.Equal(t, "unknown card [redacted]", v.Panic)
	require.NotContains(t, fmt.Sprintf("%+v", report), card)
	inside := as[*alloy.CommandError](t, report.Tools[0].Err)
	require.Equal(t, "Triage", inside.Command)
	require.NotContains(t, fmt.Sprintf("%+v", *inside), card)
}

// Many calls at once, each with secrets of its own and tools side by side that bring more of them.
func TestRedactionInManyCallsAtOnce(t *testing.T) {
	m := alloytest.New(alloytest.Func(func(_ context.Context, req *provider.Request) alloytest.Step {
		who := strings.Fields(req.Messages[0].Text())[1]
		if len(results(req)) == 0 {
			var calls []alloytest.Call
			for i := range 5 {
				calls = append(calls, alloytest.Call{Name: "t", Args: map[string]string{"pin": fmt.Sprint("pin-", i, "-of-", who)}})
			}
			return alloytest.ToolCalls(calls...)
		}
		return alloytest.Reply("the secret is " + who + " and pin-3-of-" + who)
	}).Forever())
	tool := alloy.Tool{Name: "t", Redact: []string{"pin"}, Input: &alloy.Schema{Name: "t", JSON: `{"type":"object","properties":{"pin":{"type":"string"}},"required":["pin"]}`},
		Run: func(_ context.Context, in []byte) (any, error) {
			return nil, errors.New("no account for " + string(in))
		}}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			who := fmt.Sprint("customer", 1000+i)
			var written strings.Builder
			observer := alloy.ObserverFunc(func(_ context.Context, e alloy.Event) {
				fmt.Fprintf(&written, "%+v\n", e)
				if e, ok := e.(alloy.RequestStarted); ok {
					text, _ := json.Marshal(e.Request)
					written.Write(text)
				}
			})
			call := saying[string]("Ask " + who)
			call.Redact = []string{alloy.Redacted(who)}
			got, err := reply.Run(context.Background(), call, []alloy.Option{alloy.WithProvider(m), alloy.WithTools(tool), alloy.WithObserver(observer)})
			if err != nil || !strings.Contains(got, who) {
				t.Errorf("%s: %q, %v", who, got, err)
			}
			for _, secret := range []string{who, "pin-"} {
				if strings.Contains(written.String(), secret) {
					t.Errorf("%s is in %s", secret, written.String())
				}
			}
		})
	}
	wg.Wait()
}
