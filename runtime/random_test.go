package alloy_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// whatever is a step of any sort.
func whatever() *rapid.Generator[alloytest.Step] {
	call := alloytest.Call{Name: "t"}
	return rapid.OneOf(
		rapid.SampledFrom([]alloytest.Step{
			alloytest.ReplyJSON(late), alloytest.Reply(""), alloytest.Reply("I do not know."), alloytest.Reply(`{"summary":"half"}`),
			alloytest.Refuse("no"), alloytest.Truncate(lateJSON[:30]), alloytest.Pause("so far"), alloytest.Cut("half"), alloytest.Hang(),
			alloytest.ToolCalls(call), alloytest.ToolCalls(call, call, call).Saying("I will look."), alloytest.ToolCall("gone", nil),
			alloytest.ToolCall("slow", nil), alloytest.ToolCall("panics", nil), alloytest.ToolCall("t", "{"),
			alloytest.FailWith(&provider.Error{Class: provider.Quota}), alloytest.FailWith(&provider.Error{Class: provider.Malformed}),
			alloytest.Fail(429).RetryAfter(3 * time.Second), alloytest.Fail(429).RetryAfter(time.Hour), alloytest.ReplyJSON(late).After(40 * time.Second),
		}),
		rapid.Map(rapid.SampledFrom([]int{400, 401, 408, 413, 429, 500, 501, 503, 529}), alloytest.Fail),
	)
}

// Whatever models do, a call ends within its time, with a value or a typed error, and what it sends can be sent.
func TestCallsEndWhateverHappens(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(whatever(), 1, 25).Draw(rt, "steps")
		attempts := rapid.IntRange(0, 4).Draw(rt, "attempts")
		turns := rapid.IntRange(0, 4).Draw(rt, "turns")
		fallbacks := rapid.SampledFrom([][]string{nil, {"o3"}, {"o3", "claude-opus-4-7"}}).Draw(rt, "fallbacks")
		finalize := alloy.Finalize{Limit: rapid.Bool().Draw(rt, "on limit"), Timeout: rapid.Bool().Draw(rt, "on timeout"), Error: rapid.Bool().Draw(rt, "on error")}
		opts := []alloy.Option{
			alloy.WithModel("gpt-5"), alloy.WithFallback(fallbacks...), alloy.WithRetry(alloy.Retry{Attempts: attempts}), alloy.WithMaxToolTurns(turns),
			alloy.WithFinalize(finalize), alloy.WithAutoFinalize(rapid.Bool().Draw(rt, "auto finalize")), alloy.WithTimeout(2 * time.Minute), alloy.WithAttemptTimeout(50 * time.Second),
		}
		var complaint string
		synctest.Test(t, func(t *testing.T) { complaint = judge(t, steps, turns, opts) })
		if complaint != "" {
			rt.Fatal(complaint)
		}
	})
}

// judge makes a call and says what is wrong with it.
func judge(t *testing.T, steps []alloytest.Step, turns int, opts []alloy.Option) string {
	ran := 0
	tool := func(name string, run func(context.Context) (any, error)) alloy.Tool {
		return alloy.Tool{Name: name, Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) { return run(ctx) }}
	}
	tools := alloy.WithTools(
		tool("t", func(context.Context) (any, error) { return "ok", nil }),
		tool("slow", func(ctx context.Context) (any, error) { ran++; <-ctx.Done(); return nil, ctx.Err() }),
		tool("panics", func(context.Context) (any, error) { panic("oh") }),
	)
	var report alloy.Report
	var seen events
	m := alloytest.New(append(steps, alloytest.Fail(400).Forever())...)
	begin := time.Now()
	got, err := triage.Run(t.Context(), saying[Ticket]("hello"), append(opts, alloy.WithProvider(m), tools, alloy.WithReport(&report), alloy.WithObserver(&seen)))
	requests := m.Requests()
	names := seen.names()
	switch {
	case err == nil && got.Summary != late.Summary:
		return fmt.Sprintf("the answer is %+v", got)
	case err != nil && !isOneOfOurs(err):
		return fmt.Sprintf("the error is a %T: %v", err, err)
	case err != nil && got.Summary != "":
		return fmt.Sprintf("a value comes with an error: %+v, %v", got, err)
	case time.Since(begin) > 2*time.Minute+16*time.Second:
		return fmt.Sprintf("it took %v", time.Since(begin))
	case report.Requests != len(requests):
		return fmt.Sprintf("%d requests, %d in the report", len(requests), report.Requests)
	case ran > turns:
		return fmt.Sprintf("%d rounds of tools with a limit of %d", ran, turns)
	case names[0] != "CallStarted" || names[len(names)-1] != "CallFinished":
		return fmt.Sprintf("the events are %v", names)
	case len(of[alloy.RequestStarted](&seen)) != len(requests) || len(of[alloy.RequestFinished](&seen)) != len(requests):
		return fmt.Sprintf("%d requests, and the events are %v", len(requests), names)
	case len(of[alloy.ToolStarted](&seen)) != len(of[alloy.ToolFinished](&seen)):
		return fmt.Sprintf("a tool has no end: %v", names)
	}
	for i, r := range requests {
		if wrong := unsendable(r); wrong != "" {
			return fmt.Sprintf("request %d: %s", i+1, wrong)
		}
	}
	return ""
}

func isOneOfOurs(err error) bool {
	switch err.(type) {
	case *alloy.CommandError, *alloy.ToolLoopLimitExceeded:
		return true
	}
	return false
}

// unsendable says why vendors would refuse the conversation: an empty turn, a call without a result, a result without a call.
func unsendable(r *provider.Request) string {
	open := map[string]bool{}
	for i, message := range r.Messages {
		if len(message.Parts) == 0 {
			return fmt.Sprintf("message %d is empty", i)
		}
		for _, p := range message.Parts {
			switch {
			case p.ToolCall != nil && message.Role != provider.Assistant, p.ToolResult != nil && message.Role != provider.User:
				return fmt.Sprintf("message %d has a part of the other side", i)
			case p.ToolCall != nil && open[p.ToolCall.ID]:
				return "two calls have the ID " + p.ToolCall.ID
			case p.ToolCall != nil:
				open[p.ToolCall.ID] = true
			case p.ToolResult != nil && !open[p.ToolResult.CallID]:
				return "a result for no call: " + p.ToolResult.CallID
			case p.ToolResult != nil:
				delete(open, p.ToolResult.CallID)
			}
		}
		if message.Role == provider.User && len(open) > 0 {
			return fmt.Sprintf("message %d leaves calls without a result: %v", i, open)
		}
	}
	if len(open) > 0 || r.Messages[len(r.Messages)-1].Role != provider.User && r.Messages[len(r.Messages)-1].Text() != "so far" {
		return "the conversation does not end with the user"
	}
	return ""
}
