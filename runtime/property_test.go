package alloy_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// Whatever a model does, and however a call is set: it ends in a value or in one typed error, never asks in a form that
// vendors refuse, runs no tool call twice, and tells its observers a consistent story.
func TestAnyCall(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 1, 12).Draw(rt, "steps")
		model := alloytest.New(append(steps, alloytest.Fail(400).Forever())...)
		l := &lookup{}
		var seen events
		var report alloy.Report
		attempts := rapid.IntRange(0, 4).Draw(rt, "attempts")
		opts := append(drawOptions(rt), alloy.WithRetry(alloy.Retry{Attempts: attempts}), alloy.WithProvider(model), alloy.WithTools(l.tool(), slow, panics), alloy.WithObserver(&seen), alloy.WithReport(&report))

		var got Ticket
		var err error
		var took time.Duration
		synctest.Test(t, func(*testing.T) {
			begin := time.Now()
			got, err = triage.Run(context.Background(), saying[Ticket]("x"), opts)
			took = time.Since(begin)
		})

		if longest := time.Minute + alloy.DefaultGrace; took > longest {
			rt.Fatalf("it took %v, over %v", took, longest)
		}
		checkResult(rt, got, err)
		for _, r := range model.Requests() {
			checkConversation(rt, r.Messages)
		}
		checkStory(rt, &seen, &report, model, err)
		checkAttempts(rt, &report, max(attempts, 1))
		if ran := len(l.ran); ran > report.ToolCalls {
			rt.Fatalf("%d runs of %d tool calls", ran, report.ToolCalls)
		}
	})
}

var (
	slow = alloy.Tool{Name: "slow", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	panics = alloy.Tool{Name: "panics", Input: anyInput, Run: func(context.Context, []byte) (any, error) { panic("oh") }}
)

func drawStep(t *rapid.T) alloytest.Step {
	valid := alloytest.Call{Name: "lookup_order", Args: order("1")}
	return rapid.SampledFrom([]alloytest.Step{
		alloytest.ReplyJSON(late),
		alloytest.Reply("I think it is late"),
		alloytest.Reply(" "),
		alloytest.Reply(`{"summary":"x","priority":"urgent","score":7,"order_ids":[]}`),
		alloytest.Truncate(`{"summary":"x`),
		alloytest.Refuse("no"),
		alloytest.ToolCalls(valid),
		alloytest.ToolCall("slow", nil),
		alloytest.ToolCall("panics", nil),
		alloytest.ToolCalls(valid, valid, alloytest.Call{Name: "unknown"}).Saying("a moment"),
		alloytest.ToolCalls(alloytest.Call{Name: "lookup_order", Args: "{", ID: "same"}, alloytest.Call{Name: "lookup_order", Args: order("2"), ID: "same"}),
		alloytest.Fail(500), alloytest.Fail(503), alloytest.Fail(401), alloytest.Fail(413),
		alloytest.Fail(429).RetryAfter(time.Second), alloytest.Fail(429).RetryAfter(time.Hour),
		alloytest.FailWith(&provider.Error{Class: provider.Quota}),
		alloytest.FailWith(&provider.Error{Class: provider.Malformed}),
		alloytest.FailWith(&provider.Error{Class: provider.ContextWindow}),
		alloytest.FailWith(&provider.ConfigError{Message: "no key"}),
		alloytest.FailWith(errors.New("odd")),
		alloytest.Cut("half"),
		alloytest.Hang(),
	}).Draw(t, "step")
}

func drawOptions(t *rapid.T) []alloy.Option {
	return []alloy.Option{
		alloy.WithRetryOn(rapid.SampledFrom([][]alloy.Condition{nil, {alloy.All}, {alloy.KindTimeout}, {alloy.Transient, alloy.KindRefusal}, {alloy.KindToolLoopLimit}}).Draw(t, "on")...),
		alloy.WithFallback(rapid.SampledFrom([][]string{nil, {"claude-haiku-4-5"}, {"o3", "claude-haiku-4-5"}}).Draw(t, "fallback")...),
		alloy.WithMaxToolTurns(rapid.IntRange(-1, 3).Draw(t, "turns")),
		alloy.WithAutoFinalize(rapid.Bool().Draw(t, "auto")),
		alloy.WithTimeout(rapid.SampledFrom([]time.Duration{time.Second, time.Minute}).Draw(t, "timeout")),
		alloy.WithAttemptTimeout(rapid.SampledFrom([]time.Duration{0, 5 * time.Second}).Draw(t, "attempt timeout")),
		alloy.WithFinalize(alloy.Finalize{
			Limit:   rapid.Bool().Draw(t, "limit"),
			Timeout: rapid.Bool().Draw(t, "time"),
			Error:   rapid.Bool().Draw(t, "error"),
		}),
	}
}

func checkResult(t *rapid.T, got Ticket, err error) {
	if err == nil {
		if got.Summary != late.Summary {
			t.Fatalf("a result that no model gave: %+v", got)
		}
		return
	}
	if got.Summary != "" || got.OrderIDs != nil {
		t.Fatalf("a value beside an error: %+v", got)
	}
	_, failed := errors.AsType[*alloy.CommandError](err)
	_, misconfigured := err.(*alloy.ConfigurationError)
	if failed == misconfigured {
		t.Fatalf("%T is none of the four, or two", err)
	}
}

// checkAttempts counts the failures of each model: one answer of a call is asked for again for free, and a last request may
// fail on top.
func checkAttempts(t *rapid.T, report *alloy.Report, attempts int) {
	failures := map[string]int{}
	for _, a := range report.Attempts {
		failures[a.Model]++
	}
	free := 1
	for model, n := range failures {
		if model == report.Model && report.Finalized != "" {
			n--
		}
		if n > attempts {
			n, free = n-1, free-1
		}
		if n > attempts || free < 0 {
			t.Fatalf("%s failed %d times, of %d: %+v", model, failures[model], attempts, report.Attempts)
		}
	}
}

// checkConversation holds messages to what vendors demand: content in each, the user last, and after each turn with tool
// calls one with exactly their results.
func checkConversation(t *rapid.T, messages []provider.Message) {
	if messages[len(messages)-1].Role != provider.User {
		t.Fatalf("the last turn is the model's: %+v", messages)
	}
	for i, m := range messages {
		if len(m.Parts) == 0 {
			t.Fatalf("message %d is empty: %+v", i, messages)
		}
		var called, answered []string
		for _, p := range m.Parts {
			if p.ToolCall != nil {
				called = append(called, p.ToolCall.ID)
			}
		}
		if called == nil {
			continue
		}
		for _, p := range messages[i+1].Parts {
			answered = append(answered, p.ToolResult.CallID)
		}
		if !slices.Equal(called, answered) || len(slices.Compact(slices.Sorted(slices.Values(called)))) != len(called) {
			t.Fatalf("calls %q, results %q", called, answered)
		}
	}
}

func checkStory(t *rapid.T, seen *events, report *alloy.Report, model *alloytest.Model, err error) {
	all := seen.all
	if _, ok := all[0].(alloy.CallStarted); !ok {
		t.Fatalf("the first event is a %T", all[0])
	}
	last, ok := all[len(all)-1].(alloy.CallFinished)
	if !ok || last.Err != err || report.Err != err {
		t.Fatalf("the last event is %+v, the error %v", all[len(all)-1], err)
	}
	n := len(model.Requests())
	if len(of[alloy.RequestStarted](seen)) != n || len(of[alloy.RequestFinished](seen)) != n || report.Requests != n {
		t.Fatalf("%d requests, but the events and the report say otherwise", n)
	}
	if len(of[alloy.ToolStarted](seen)) != len(of[alloy.ToolFinished](seen)) {
		t.Fatal("a tool that started has not finished")
	}
	if err == nil && len(of[alloy.AnswerAccepted](seen)) != 1 {
		t.Fatal("not exactly one answer was accepted")
	}
}
