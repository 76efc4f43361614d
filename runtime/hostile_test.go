package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/output/rawschema"
	"github.com/alloygen/alloygen/runtime/provider"
)

// broken panics wherever it is asked for something.
type broken struct{ text string }

func (b *broken) Error() string                { return b.text }
func (b *broken) MarshalJSON() ([]byte, error) { return []byte(b.text), nil }
func (b *broken) UnmarshalJSON([]byte) error   { panic("no mood for " + b.text) }

// X55: whatever a tool returns, the model gets a text and the program goes on.
func TestToolsThatReturnWhatPanics(t *testing.T) {
	var none *broken
	for _, tc := range []struct {
		name string
		tool alloy.Tool
	}{
		{"an error that is a nil pointer", returning(nil, none)},
		{"a result that is an error and a nil pointer", returning(error(none), nil)},
		{"a result without JSON", returning(make(chan int), nil)},
		{"a result that holds itself", returning(itself(), nil)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, calls := range [][]alloytest.Call{{{Name: "t"}}, {{Name: "t"}, {Name: "t"}}} {
				m := play(t, alloytest.ToolCalls(calls...), alloytest.Reply("done"))
				var report alloy.Report
				_, err := run(t, reply, m, alloy.WithTools(tc.tool), alloy.WithReport(&report))
				require.NoError(t, err)
				got := results(m.Requests()[1])
				require.Len(t, got, len(calls))
				for _, result := range got {
					require.NotEmpty(t, result.Content)
				}
			}
		})
	}
}

func itself() any {
	m := map[string]any{}
	m["m"] = m
	return m
}

// X55: a panic in one of many tools leaves the others, and the limit on them, as they are.
func TestPanicsReleaseTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		tool := alloy.Tool{Name: "t", Input: anyInput, Run: func(_ context.Context, in []byte) (any, error) {
			switch ran++; ran % 3 {
			case 0:
				panic("oh")
			case 1:
				runtime.Goexit()
			}
			return "ok", nil
		}}
		calls := make([]alloytest.Call, 30)
		for i := range calls {
			calls[i] = alloytest.Call{Name: "t"}
		}
		m := play(t, alloytest.ToolCalls(calls...), alloytest.Reply("done"))
		_, err := run(t, reply, m, alloy.WithTools(tool), alloy.WithParallelTools(1))
		require.NoError(t, err)
		require.Equal(t, 30, ran)
		good := 0
		for _, r := range results(m.Requests()[1]) {
			if !r.IsError {
				good++
			}
		}
		require.Equal(t, 10, good)
	})
}

func TestProviderWhoseErrorPanics(t *testing.T) {
	var none *broken
	var report alloy.Report
	_, err := run(t, reply, rogue(func(context.Context) (*provider.Response, error) { return nil, none }), alloy.WithReport(&report))
	require.Contains(t, string(failed(t, err).Attempts[0].Stack), "hostile_test.go")
	require.Equal(t, failed(t, err).Attempts, report.Attempts)
}

// A panic in a contract, a decoder or a validator is a rejected answer; in what makes the contracts as well.
func TestPanicsInTheJudgementOfAnAnswer(t *testing.T) {
	schema := &alloy.Schema{Name: "T", JSON: ticketSchema.JSON}
	decode := alloy.NewCommand(alloy.Definition[Ticket]{Name: "T", Output: schema, Decode: func([]byte) (Ticket, error) { panic("oh") }})
	validate := alloy.NewCommand(alloy.Definition[Ticket]{Name: "T", Output: schema, Validate: func([]byte) error { panic("oh") }})
	ensures := func(ensure func(Ticket) []contracts.Contract) alloy.Call[Ticket] {
		call := saying[Ticket]("x")
		call.Ensure = ensure
		return call
	}
	for _, tc := range []struct {
		name string
		cmd  alloy.Command[Ticket]
		call alloy.Call[Ticket]
		kind alloy.Kind
	}{
		{"decode", decode, saying[Ticket]("x"), alloy.KindSchema},
		{"validate", validate, saying[Ticket]("x"), alloy.KindSchema},
		{"ensure", triage, ensures(func(Ticket) []contracts.Contract {
			return []contracts.Contract{{Message: "no", Holds: func() bool { panic("oh") }}}
		}), alloy.KindContract},
		{"ensure without a function", triage, ensures(func(Ticket) []contracts.Contract { return []contracts.Contract{{Message: "no"}} }), alloy.KindContract},
		{"the contracts of ensure", triage, ensures(func(Ticket) []contracts.Contract { panic("oh") }), alloy.KindContract},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := play(t, alloytest.ReplyJSON(late).Times(2))
			var report alloy.Report
			got, err := tc.cmd.Run(t.Context(), tc.call, []alloy.Option{alloy.WithProvider(m), alloy.WithReport(&report)})
			require.Zero(t, got)
			require.Equal(t, tc.kind, failed(t, err).Kind)
			require.NotEmpty(t, report.Attempts[0].Stack, "it tells where")
			require.Equal(t, failed(t, err).Attempts, report.Attempts)
		})
	}

	var report alloy.Report
	call := saying[Ticket]("x")
	call.Check = func(Ticket) []contracts.Contract { panic("oh") }
	_, err := triage.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(play(t, alloytest.ReplyJSON(late))), alloy.WithReport(&report)})
	require.NoError(t, err, "a check has no other effect")
	require.Len(t, report.Checks, 1)
	require.False(t, report.Checks[0].Held)
	require.NotEmpty(t, report.Checks[0].Stack)

	_, err = alloy.RunTool(t.Context(), "t", alloy.ToolContracts[int]{Ensure: func(int) []contracts.Contract { panic("oh") }},
		func(context.Context) (int, error) { return 1, nil })
	as[*contracts.Violation](t, err)

	moody := typed[broken](`{"type":"object"}`)
	_, err = moody.Parse("{}")
	require.Equal(t, alloy.KindSchema, failed(t, err).Kind)
	_, err = run(t, moody, play(t, alloytest.Reply("{}")), alloy.WithAutoFinalize(false))
	require.Equal(t, alloy.KindSchema, failed(t, err).Kind)
}

func TestEncodersThatFail(t *testing.T) {
	for name, encode := range map[string]func(Ticket) ([]byte, error){
		"error": func(Ticket) ([]byte, error) { return nil, errors.New("oh no") },
		"panic": func(Ticket) ([]byte, error) { panic("oh no") },
	} {
		cmd := alloy.NewCommand(alloy.Definition[Ticket]{Name: "T", Output: ticketSchema, Encode: encode})
		call := alloy.Call[Ticket]{Prompt: func(context.Context) (alloy.Prompt[Ticket], error) {
			return alloy.Promptf[Ticket]("x").WithExample("a", late), nil
		}}
		_, err := cmd.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(play(t))})
		require.ErrorContains(t, as[*alloy.ConfigurationError](t, err), "oh no", name)
	}
}

// A panic of the prompt function is that of the caller, as of any function it calls. The observers learn that the call is over.
func TestPromptFunctionThatDoesNotReturn(t *testing.T) {
	for name, end := range map[string]func(){"panic": func() { panic("oh") }, "Goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			var seen events
			call := alloy.Call[string]{Prompt: func(context.Context) (alloy.Prompt[string], error) {
				end()
				return alloy.Prompt[string]{}, nil
			}}
			done := make(chan any)
			go func() {
				defer func() { done <- recover() }()
				_, _ = reply.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(play(t)), alloy.WithObserver(&seen)})
			}()
			if p := <-done; name == "panic" {
				require.Equal(t, "oh", p)
			}
			require.Equal(t, []string{"CallStarted", "StateChanged", "CallFinished"}, seen.names())
			require.Error(t, of[alloy.CallFinished](&seen)[0].Err)
		})
	}
}

// A schema with keywords that nobody would check is a mistake; with a validator it is not.
func TestSchemaThatIsNotCheckedInFull(t *testing.T) {
	const schema = `{"type":"object","properties":{"n":{"type":"integer","not":{"const":3}}},"required":["n"],"additionalProperties":false}`
	type answer struct {
		N int `json:"n"`
	}
	_, err := run(t, typed[answer](schema), play(t))
	require.ErrorContains(t, as[*alloy.ConfigurationError](t, err), "rawschema")
	_, err = typed[answer](schema).Parse(`{"n":3}`)
	as[*alloy.ConfigurationError](t, err)

	s := &alloy.Schema{Name: "T", JSON: schema}
	cmd := alloy.NewCommand(alloy.Definition[answer]{Name: "T", Output: s, Validate: rawschema.Lazily(s.Text)})
	got, err := run(t, cmd, play(t, alloytest.Reply(`{"n":3}`), alloytest.Reply(`{"n":4}`)))
	require.NoError(t, err)
	require.Equal(t, answer{4}, got)

	tool := returning("ok", nil)
	tool.Input = s
	_, err = run(t, reply, play(t), alloy.WithTools(tool))
	require.ErrorContains(t, as[*alloy.ConfigurationError](t, err), "rawschema")
	tool.Validate = rawschema.Lazily(s.Text)
	require.Contains(t, use(t, tool, `{"n":3}`).Content, "invalid arguments: $.n")
	require.Equal(t, "ok", use(t, tool, `{"n":4}`).Content)
	tool.Validate = func([]byte) error { panic("oh") }
	require.True(t, use(t, tool, `{"n":4}`).IsError)
}

// A definition that is known only when the program runs, and then is none.
func TestSchemaDefinitionsThatAreNone(t *testing.T) {
	for name, def := range map[string]func() string{
		"text":  func() string { return "oops" },
		"array": func() string { return "[]" },
		"blank": func() string { return "" },
		"panic": func() string { panic("oops") },
		"nil":   nil,
	} {
		t.Run(name, func(t *testing.T) {
			cmd := alloy.NewCommand(alloy.Definition[map[string]any]{Name: "T", Output: &alloy.Schema{
				Name: "T",
				JSON: `{"type":"object","properties":{"price":{"$ref":"#/$defs/Money"}},"required":["price"],"$defs":{}}`,
				Defs: map[string]func() string{"Money": def},
			}})
			for range 2 {
				_, err := run(t, cmd, play(t))
				require.ErrorContains(t, as[*alloy.ConfigurationError](t, err), "Money")
			}
			_ = cmd.Schema() // does not panic
		})
	}
}

// Answers, arguments and results of 16 MiB: whatever becomes of them, errors, reports and requests stay small.
func TestGiantAnswers(t *testing.T) {
	giant := strings.Repeat("x", 16<<20)
	got, err := run(t, reply, play(t, alloytest.Reply(giant)))
	require.NoError(t, err)
	require.Len(t, got, len(giant))

	for name, answer := range map[string]string{
		"no JSON":      giant,
		"wrong type":   `{"summary":"x","priority":"low","score":"` + giant[:15<<20] + `","order_ids":[]}`,
		"wrong enum":   `{"summary":"x","priority":"` + giant[:15<<20] + `","score":1,"order_ids":[]}`,
		"key":          `{"` + giant[:15<<20] + `":1}`,
		"deep":         strings.Repeat(`{"summary":`, 1<<20),
		"over the top": giant + giant,
	} {
		t.Run(name, func(t *testing.T) {
			var report alloy.Report
			m := play(t, alloytest.Reply(answer), alloytest.Reply("no"))
			_, err := run(t, triage, m, alloy.WithReport(&report))
			require.Less(t, len(err.Error()), 2000)
			last := m.Requests()[1].Messages
			require.Less(t, len(last[len(last)-1].Text()), 2000)
			require.Less(t, len(fmt.Sprintf("%+v", report)), 10_000)
		})
	}
}

// X20: text that is no UTF-8 gets through, and JSON stays JSON.
func TestInvalidUTF8(t *testing.T) {
	got, err := run(t, triage, play(t, alloytest.Reply("{\"summary\":\"a\xffb\",\"priority\":\"low\",\"score\":0,\"order_ids\":[]}")))
	require.NoError(t, err)
	require.Equal(t, "a\uFFFDb", got.Summary)

	_, err = run(t, triage, play(t, alloytest.Reply("\xff\xfe")), alloy.WithAutoFinalize(false))
	require.True(t, json.Valid([]byte(fmt.Sprintf("%q", failed(t, err).Output))) || failed(t, err).Output != "")

	result := use(t, returning("a\xffb", nil), "{\"a\":\"\xff\"}")
	require.Equal(t, "a\xffb", result.Content)
}

// A tool may make calls, of its own command too, and many at once.
func TestToolsThatCall(t *testing.T) {
	m := alloytest.New(alloytest.Func(func(_ context.Context, req *provider.Request) alloytest.Step {
		depth := strings.Count(req.Messages[0].Text(), "deeper")
		if len(results(req)) == 0 && depth < 5 {
			return alloytest.ToolCalls(alloytest.Call{Name: "again", ID: "a"}, alloytest.Call{Name: "again", ID: "b"})
		}
		return alloytest.Reply(fmt.Sprint("depth ", depth))
	}).Forever())
	client, err := alloy.New(alloy.WithProvider(m))
	require.NoError(t, err)
	var again func(question string) alloy.Option
	again = func(question string) alloy.Option {
		return alloy.WithTools(alloy.Tool{Name: "again", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) {
			deeper := question + " deeper"
			return reply.Run(ctx, saying[string](deeper), []alloy.Option{again(deeper)})
		}})
	}
	got, err := reply.Run(alloy.WithClient(t.Context(), client), saying[string]("go"), []alloy.Option{again("go")})
	require.NoError(t, err)
	require.Equal(t, "depth 0", got)
	require.Len(t, m.Requests(), 2*(1+2+4+8+16)+32)
}

// An observer may itself make calls.
func TestObserverThatCalls(t *testing.T) {
	var inner []string
	observer := alloy.ObserverFunc(func(ctx context.Context, e alloy.Event) {
		if _, ok := e.(alloy.RequestFinished); ok {
			got, err := alloy.Ask(ctx, "and?", alloy.WithProvider(remember("inner")))
			if err == nil {
				inner = append(inner, got)
			}
		}
	})
	_, err := run(t, reply, play(t, alloytest.ToolCalls(make3("t")...), alloytest.Reply("ok")), alloy.WithTools(returning("ok", nil)), alloy.WithObserver(observer))
	require.NoError(t, err)
	require.Equal(t, []string{"inner", "inner"}, inner)
}

// F64: a mistake in the configuration of a command that is a tool ends the call that uses it.
func TestConfigurationErrorOfACommandThatIsATool(t *testing.T) {
	inner := alloy.Tool{Name: "t", Input: anyInput, Retry: alloy.Retry{Attempts: 3}, Run: func(ctx context.Context, _ []byte) (any, error) {
		return triage.Run(ctx, saying[Ticket]("x"), []alloy.Option{alloy.WithModel("mistral-x")})
	}}
	for _, calls := range [][]alloytest.Call{{{Name: "t"}}, {{Name: "t"}, {Name: "t"}}} {
		m := play(t, alloytest.ToolCalls(calls...))
		_, err := run(t, reply, m, alloy.WithTools(inner), times(3), alloy.WithRetryOn(alloy.All), alloy.WithFallback("o3"), alloy.WithFinalize(alloy.Finalize{Error: true}))
		require.IsType(t, &alloy.ConfigurationError{}, err)
		require.Equal(t, "Triage", as[*alloy.ConfigurationError](t, err).Command, "it says whose it is")
	}
}

// Settings below zero mean what their documentation says, or are refused; nothing hangs.
func TestSettingsBelowZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tool := returning("ok", nil)
		tool.Timeout, tool.Retry = -1, alloy.Retry{Attempts: -1, Base: -1, Max: -1, Jitter: math.NaN()}
		m := play(t, alloytest.ToolCalls(make3("t")...), alloytest.Fail(500), alloytest.Reply("ok"))
		got, err := run(t, reply, m, alloy.WithTools(tool), alloy.WithTimeout(-1), alloy.WithAttemptTimeout(-1), alloy.WithToolTimeout(-1),
			alloy.WithMaxToolTurns(-1), alloy.WithParallelTools(-1), alloy.WithFinalize(alloy.Finalize{Grace: -1}), alloy.WithRetry(alloy.Retry{Attempts: 2, Jitter: -7}))
		require.NoError(t, err)
		require.Equal(t, "ok", got)
	})
	for _, r := range []alloy.Retry{{Attempts: -1}, {Base: -1}, {Max: -1}, {Jitter: math.NaN()}, {Jitter: math.Inf(1)}} {
		_, err := run(t, reply, play(t), alloy.WithRetry(r))
		require.Equal(t, "retry", as[*alloy.ConfigurationError](t, err).Setting)
	}
	for _, o := range []alloy.Option{alloy.WithTemperature(math.NaN()), alloy.WithTopP(math.NaN()), alloy.WithTemperature(math.Inf(1))} {
		_, err := alloy.New(o)
		as[*alloy.ConfigurationError](t, err)
	}
}

// Somebody's provider that cannot be made is a mistake, at each call.
func TestProvidersThatAreNotMade(t *testing.T) {
	for name, make := range map[string]func(provider.Config) (provider.Provider, error){
		"nothing": func(provider.Config) (provider.Provider, error) { return nil, nil },
		"panics":  func(provider.Config) (provider.Provider, error) { panic("no region") },
	} {
		require.NoError(t, provider.Register(provider.Registration{Name: name, New: make, Overwrite: true}))
		for range 2 {
			_, err := alloy.Ask(t.Context(), "x", alloy.WithModel(name+"/large"))
			as[*alloy.ConfigurationError](t, err)
		}
	}
}

// The last request has a limit of its own, and says so.
func TestGraceIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := run(t, reply, play(t, alloytest.Hang().Times(2)), alloy.WithTimeout(time.Minute), alloy.WithFinalize(alloy.Finalize{Timeout: true, Grace: 5 * time.Second}))
		require.ErrorContains(t, err, "no answer within 1m0s")
		require.ErrorContains(t, err, "no answer within the grace of 5s")
	})
}
