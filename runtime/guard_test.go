package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// What a caller can get wrong is a ConfigurationError before any request, and never a panic.
func TestMistakesOfTheCaller(t *testing.T) {
	prompt := saying[Ticket]("hello")
	for _, tc := range []struct {
		name    string
		command alloy.Command[Ticket]
		call    alloy.Call[Ticket]
		opts    []alloy.Option
		want    string
	}{
		{"zero command", alloy.Command[Ticket]{}, prompt, nil, "NewCommand"},
		{"no prompt", triage, alloy.Call[Ticket]{}, nil, "Prompt"},
		{"no schema", alloy.NewCommand(alloy.Definition[Ticket]{Name: "T"}), prompt, nil, "schema of alloy_test.Ticket"}, // F63
		{"broken schema", typed[Ticket](`{"type":`), prompt, nil, "schema of alloy_test.Ticket"},                         // F63
		{"option", triage, prompt, []alloy.Option{alloy.WithTemperature(-1)}, "temperature"},
		{"option of the directives", typed[Ticket](`{}`, alloy.WithRetry(alloy.Retry{Jitter: 2})), prompt, nil, "retry"},
		{"model named twice", triage, prompt, []alloy.Option{alloy.WithFallback("o3", "o3")}, `"o3" is named twice`},
		{"tool name that vendors refuse", triage, prompt, []alloy.Option{alloy.WithTools(alloy.Tool{Name: "look up", Input: anyInput, Run: returning("", nil).Run})}, "look up"},
		{"example without JSON", triage, alloy.Call[Ticket]{Prompt: func(context.Context) (alloy.Prompt[Ticket], error) {
			return alloy.Promptf[Ticket]("x").WithExample("a", Ticket{Score: math.Inf(1)}), nil
		}}, nil, "WithExample"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := play(t)
			_, err := tc.command.Run(t.Context(), tc.call, append(tc.opts, alloy.WithProvider(m)))
			require.ErrorContains(t, as[*alloy.ConfigurationError](t, err), tc.want)
			require.Empty(t, m.Requests())
			_, err = tc.command.Request(t.Context(), tc.call, append(tc.opts, alloy.WithProvider(m)))
			require.ErrorContains(t, as[*alloy.ConfigurationError](t, err), tc.want)
		})
	}
	require.Empty(t, alloy.Command[Ticket]{}.Schema())
	_, err := alloy.Command[Ticket]{}.Parse("{}")
	as[*alloy.ConfigurationError](t, err)
}

func TestNothingIsNothing(t *testing.T) {
	m := play(t, alloytest.Fail(503))
	_, err := run(t, reply, m, nil, alloy.WithObserver(nil), alloy.WithReport(nil), alloy.WithRetryOn(nil), alloy.WithRetry(alloy.Retry{Attempts: 2}))
	require.EqualValues(t, "overloaded", failed(t, err).Kind, "no condition is fulfilled")

	m = play(t, alloytest.Reply("hi"))
	client := new(alloy.Client)
	call := alloy.Call[string]{Client: client, Prompt: func(context.Context) (alloy.Prompt[string], error) { return alloy.PromptOf[string](), nil }}
	got, err := reply.Run(alloy.WithClient(t.Context(), nil), call, []alloy.Option{alloy.WithProvider(m)})
	require.NoError(t, err)
	require.Equal(t, "hi", got)
}

func TestRefusal(t *testing.T) {
	asked := alloy.WithRetryOn(alloy.KindRefusal)
	for _, tc := range []struct {
		name   string
		opts   []alloy.Option
		models []string
	}{
		{"is final", []alloy.Option{times(3), alloy.WithFallback("o3")}, []string{"gpt-5-mini"}},
		{"is repeated when asked", []alloy.Option{times(2), asked}, []string{"gpt-5-mini", "gpt-5-mini"}},
		{"goes to the next model when asked", []alloy.Option{asked, alloy.WithFallback("o3")}, []string{"gpt-5-mini", "o3"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := alloytest.New(alloytest.Refuse("I will not").Forever())
			_, err := run(t, triage, m, tc.opts...)
			require.EqualValues(t, "refusal", failed(t, err).Kind)
			require.ErrorContains(t, err, "I will not")
			require.Equal(t, tc.models, models(m))
			for _, r := range m.Requests() {
				require.Len(t, r.Messages, 1, "a refusal is not argued with")
			}
		})
	}
}

// A tool that stops the call ends the tools beside it, and those that have not begun do not begin.
func TestStopEndsTheOtherTools(t *testing.T) {
	enough := errors.New("enough")
	ended := make(chan struct{})
	slow := alloy.Tool{Name: "slow", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) {
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}}
	never := alloy.Tool{Name: "never", Input: anyInput, Run: func(context.Context, []byte) (any, error) {
		t.Error("ran after the call was stopped")
		return nil, nil
	}}
	stop := returning(nil, alloy.Stop(enough))
	m := play(t, alloytest.ToolCalls(alloytest.Call{Name: "slow"}, alloytest.Call{Name: stop.Name}, alloytest.Call{Name: "never"}))
	_, err := run(t, reply, m, alloy.WithTools(slow, stop, never), alloy.WithParallelTools(2))
	require.ErrorIs(t, err, enough)
	<-ended
}

// F73: the limit is also matched as a Go type.
func TestToolLoopLimitIsRetriedByItsType(t *testing.T) {
	m := play(t, alloytest.ToolCall("lookup_order", order("1")).Times(2), alloytest.Reply("shipped"))
	got, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithMaxToolTurns(1), times(2), alloy.WithRetryOn(alloy.MatchType[*alloy.ToolLoopLimitExceeded]()))
	require.NoError(t, err)
	require.Equal(t, "shipped", got)
}

// X59: when the last request fails as well, both failures are told, and there is no other.
func TestFinalizeThatFailsTellsBoth(t *testing.T) {
	m := play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Fail(500), alloytest.Fail(403))
	_, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithFinalize(alloy.Finalize{Error: true}))
	e := failed(t, err)
	require.EqualValues(t, "server", e.Kind)
	require.Len(t, e.Attempts, 2)
	require.ErrorContains(t, err, "HTTP 500")
	require.ErrorContains(t, err, "HTTP 403")
	var causes []int
	for _, cause := range errors.Unwrap(err).(interface{ Unwrap() []error }).Unwrap() {
		causes = append(causes, as[*provider.Error](t, cause).Status)
	}
	require.Equal(t, []int{500, 403}, causes)
}

// limited is a provider that says what its models can do.
type limited struct {
	*alloytest.Model
	can provider.Capabilities
}

func (l limited) Capabilities(string) provider.Capabilities { return l.can }

// F149: where a schema and tools do not go together, the schema comes with the follow-up, which has no tools.
func TestSchemaAfterTools(t *testing.T) {
	m := play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Reply("It is late."), alloytest.Reply(lateJSON))
	got, err := run(t, triage, limited{m, provider.Capabilities{Tools: true, Schema: true}}, alloy.WithTools((&lookup{}).tool()), alloy.WithSystem("Be brief."))
	require.NoError(t, err)
	require.Equal(t, late, got)
	requests := m.Requests()
	for _, r := range requests[:2] {
		require.Nil(t, r.Output)
		require.Len(t, r.Tools, 1)
		require.Contains(t, r.System, "Be brief.\n\nAnswer with JSON only")
		require.Contains(t, r.System, `"priority": "low" | "normal" | "urgent"`)
	}
	require.Same(t, ticketSchema, requests[2].Output)
	require.Empty(t, requests[2].Tools)
	require.Equal(t, "Be brief.", requests[2].System)
}

// A deadline that comes from the caller is told as such, one of the call's own with what to do.
func TestWhoseTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		_, err := reply.Run(ctx, saying[string]("x"), []alloy.Option{alloy.WithProvider(play(t, alloytest.Hang()))})
		require.ErrorContains(t, err, "the deadline of the caller's context has passed")
		require.ErrorIs(t, err, context.DeadlineExceeded)

		_, err = run(t, reply, play(t, alloytest.Hang()), alloy.WithTimeout(5*time.Millisecond))
		require.ErrorContains(t, err, "no answer within 5ms; raise the timeout")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, failed(t, err).Attempts, 1)
	})
}

func TestReportOfACallThatNeverBegan(t *testing.T) {
	report := alloy.Report{Command: "Earlier", Requests: 7}
	_, err := run(t, triage, play(t), alloy.WithModel(""), alloy.WithReport(&report))
	as[*alloy.ConfigurationError](t, err)
	require.Equal(t, err, report.Err)
	require.Equal(t, "Triage", report.Command)
	require.Zero(t, report.Requests)

	t.Setenv("ALLOY_RETRY", "often")
	_, err = run(t, triage, play(t), alloy.WithReport(&report))
	require.ErrorContains(t, err, "ALLOY_RETRY")
	require.Equal(t, err, report.Err)
}

func TestErrorCountsModelsAndAttempts(t *testing.T) {
	for _, tc := range []struct {
		name  string
		steps []alloytest.Step
		opts  []alloy.Option
		want  string
	}{
		{"one model", []alloytest.Step{alloytest.Fail(500).Times(2)}, []alloy.Option{times(2)},
			"Reply: gpt-5-mini failed after 2 attempts: server: HTTP 500: Internal Server Error"},
		{"not those that were not asked", []alloytest.Step{alloytest.Fail(500), alloytest.Fail(400)}, []alloy.Option{alloy.WithFallback("o3", "o4-mini")},
			"Reply: 2 models failed after 2 attempts: gpt-5-mini: server: HTTP 500: Internal Server Error; o3: invalid: HTTP 400: Bad Request"},
		{"time is up", []alloytest.Step{alloytest.Fail(500), alloytest.Hang()}, []alloy.Option{alloy.WithFallback("o3"), alloy.WithTimeout(time.Second)},
			"Reply: 2 models failed after 2 attempts: gpt-5-mini: server: HTTP 500: Internal Server Error; o3: timeout: no answer within 1s; raise the timeout if the model needs longer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := run(t, reply, play(t, tc.steps...), tc.opts...)
				require.EqualError(t, err, tc.want)
			})
		})
	}
}

// F64, F89: what is wrong with a fallback is a ConfigurationError too, and says why it was needed.
func TestMisconfiguredFallbackSaysWhyItWasNeeded(t *testing.T) {
	m := play(t, alloytest.Fail(500), alloytest.FailWith(&provider.ConfigError{Provider: "acme", Setting: "ACME_KEY", Message: "no key: set ACME_KEY"}))
	_, err := run(t, reply, m, alloy.WithFallback("acme/large"), times(3), alloy.WithRetryOn(alloy.KindTimeout))
	e := as[*alloy.ConfigurationError](t, err)
	require.Equal(t, "ACME_KEY", e.Setting)
	require.EqualError(t, err, "Reply: acme: no key: set ACME_KEY (acme/large was asked because gpt-5-mini failed: server: HTTP 500: Internal Server Error)")
	as[*provider.ConfigError](t, err)
}

// Usage is summed over failed requests too.
func TestFailedRequestsCost(t *testing.T) {
	var report alloy.Report
	var seen events
	m := play(t, alloytest.FailWith(&provider.Error{Class: provider.Malformed, Message: "no choices", Usage: provider.Usage{InputTokens: 7}}),
		alloytest.Reply("hi").Usage(provider.Usage{InputTokens: 5, OutputTokens: 1}))
	_, err := run(t, reply, m, alloy.WithRetry(alloy.Retry{Attempts: 2, Base: 1}), alloy.WithReport(&report), alloy.WithObserver(&seen))
	require.NoError(t, err)
	require.Equal(t, provider.Usage{InputTokens: 12, OutputTokens: 1}, report.Usage)
	require.Equal(t, 7, of[alloy.RequestFinished](&seen)[0].Usage.InputTokens)
}

func TestHTTPClientReachesTheProvider(t *testing.T) {
	var made *http.Client
	require.NoError(t, provider.Register(provider.Registration{
		Name:      "wired",
		Overwrite: true,
		New: func(c provider.Config) (provider.Provider, error) {
			made = c.HTTPClient
			return remember("hi"), nil
		},
	}))
	mine := new(http.Client)
	client, err := alloy.New(alloy.WithModel("wired/large"))
	require.NoError(t, err)
	ctx := alloy.WithClient(t.Context(), client)
	_, err = alloy.Ask(ctx, "x")
	require.NoError(t, err)
	require.NotNil(t, made, "there is one without the option, too")
	require.Zero(t, made.Timeout, "calls have a limit of their own")

	_, err = alloy.Ask(ctx, "x", alloy.WithHTTPClient(mine))
	require.NoError(t, err)
	require.Same(t, mine, made)
}

func TestProviderThatCannotBeMade(t *testing.T) {
	require.NoError(t, provider.Register(provider.Registration{
		Name:      "broken",
		Overwrite: true,
		New:       func(provider.Config) (provider.Provider, error) { return nil, errors.New("no such region") },
	}))
	for range 2 {
		_, err := alloy.Ask(t.Context(), "x", alloy.WithModel("broken/large"))
		require.EqualError(t, as[*alloy.ConfigurationError](t, err), "Ask: no such region")
	}
}

func TestSetDefault(t *testing.T) {
	before := alloy.Default()
	t.Cleanup(func() { alloy.SetDefault(before) })
	client, err := alloy.New(alloy.WithProvider(remember("from the default client")))
	require.NoError(t, err)
	alloy.SetDefault(client)
	require.Same(t, client, alloy.Default())
	got, err := alloy.Ask(t.Context(), "x")
	require.NoError(t, err)
	require.Equal(t, "from the default client", got)

	alloy.SetDefault(nil)
	require.NotNil(t, alloy.Default())
	require.NotSame(t, client, alloy.Default())
}

// Examples are written as the model would write its answer: wrapped, and through the command's own encoding.
func TestExamplesAreEncodedLikeAnswers(t *testing.T) {
	minutes := alloy.NewCommand(alloy.Definition[time.Duration]{
		Name:    "Minutes",
		Wrapped: true,
		Output:  &alloy.Schema{Name: "Minutes", JSON: `{"type":"object","properties":{"value":{"type":"string"}},"required":["value"],"additionalProperties":false}`},
		Encode:  func(d time.Duration) ([]byte, error) { return []byte(`"` + d.String() + `"`), nil },
		Decode: func(data []byte) (time.Duration, error) {
			var text string
			if err := json.Unmarshal(data, &text); err != nil {
				return 0, err
			}
			return time.ParseDuration(text)
		},
	})
	call := alloy.Call[time.Duration]{Prompt: func(context.Context) (alloy.Prompt[time.Duration], error) {
		return alloy.Promptf[time.Duration]("an hour").WithExample("a minute", time.Minute), nil
	}}
	m := play(t, alloytest.Reply(`{"value": "1h"}`))
	got, err := minutes.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(m)})
	require.NoError(t, err)
	require.Equal(t, time.Hour, got)
	require.Equal(t, `{"value":"1m0s"}`, m.Requests()[0].Messages[1].Text())
}

// X38: a finish reason that nobody knows is no success.
func TestUnknownFinishReason(t *testing.T) {
	strange := remember("hi")
	strange.resp.Finish = "tired"
	_, err := run(t, reply, strange)
	require.EqualValues(t, "malformed", failed(t, err).Kind)
	require.ErrorContains(t, err, `"tired"`)
}

// F54: a model whose vendor enforces no schema is told the type of the answer, and nothing else changes.
func TestTypeInWords(t *testing.T) {
	m := play(t, alloytest.ReplyJSON(late), alloytest.ReplyJSON(late))
	bare := limited{m, provider.Capabilities{Tools: true}}
	_, err := run(t, triage, bare)
	require.NoError(t, err)
	_, err = run(t, triage, bare, alloy.WithSystem("Be brief."))
	require.NoError(t, err)
	const shape = "Answer with JSON only, of this type:\n{\n  \"summary\": string\n"
	require.True(t, strings.HasPrefix(m.Requests()[0].System, shape), m.Requests()[0].System)
	require.True(t, strings.HasPrefix(m.Requests()[1].System, "Be brief.\n\n"+shape), m.Requests()[1].System)
	require.Equal(t, "Where is order 4392?", m.Requests()[0].Messages[0].Text())
}

// What an answer cost counts although it came too late to be taken.
func TestLateAnswersCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := rogue(func(ctx context.Context) (*provider.Response, error) {
			<-ctx.Done()
			return &provider.Response{Finish: provider.FinishStop, Parts: []provider.Part{{Text: "late"}}, Usage: provider.Usage{InputTokens: 7}}, nil
		})
		var report alloy.Report
		var seen events
		_, err := run(t, reply, late, alloy.WithAttemptTimeout(time.Second), times(2), alloy.WithReport(&report), alloy.WithObserver(&seen))
		require.Equal(t, alloy.KindTimeout, failed(t, err).Kind)
		require.Equal(t, 14, report.Usage.InputTokens)
		require.Equal(t, 7, of[alloy.RequestFinished](&seen)[1].Usage.InputTokens)
	})
}

// The report and the error tell the same of each attempt, and every request ends with a response or an error.
func TestReportAndErrorAgree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var report alloy.Report
		m := play(t, alloytest.Fail(429).RetryAfter(2*time.Second), alloytest.Hang(), alloytest.Reply("no"), alloytest.Refuse("never"))
		_, err := run(t, triage, m, times(4), alloy.WithAttemptTimeout(time.Second), alloy.WithAutoFinalize(false), alloy.WithReport(&report))
		require.Equal(t, failed(t, err).Attempts, report.Attempts)

		var seen events
		m = play(t, alloytest.FailWith(&provider.ConfigError{Setting: "KEY", Message: "set KEY"}))
		_, err = run(t, reply, m, alloy.WithReport(&report), alloy.WithObserver(&seen))
		as[*alloy.ConfigurationError](t, err)
		as[*alloy.ConfigurationError](t, of[alloy.RequestFinished](&seen)[0].Err)
		require.Len(t, report.Attempts, 1)
	})
}

// A model may pause while it waits for tools: they are run, and it goes on.
func TestPauseWithToolCalls(t *testing.T) {
	l := &lookup{}
	call := provider.Part{ToolCall: &provider.ToolCall{ID: "a", Name: "lookup_order", Arguments: `{"orderID":"1"}`}}
	m := &first{
		resp:  &provider.Response{Finish: provider.FinishPause, Parts: []provider.Part{call}},
		Model: play(t, alloytest.Pause("One moment."), alloytest.Reply("shipped")),
	}
	got, err := run(t, reply, m, alloy.WithTools(l.tool()))
	require.NoError(t, err)
	require.Equal(t, "shipped", got)
	require.Equal(t, []string{"1"}, l.ran)
}

// first is a model that begins with a response of its own.
type first struct {
	resp *provider.Response
	*alloytest.Model
}

func (f *first) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	if resp := f.resp; resp != nil {
		f.resp = nil
		return resp, nil
	}
	return f.Model.Do(ctx, req, emit)
}
