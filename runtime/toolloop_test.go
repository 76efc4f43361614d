package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

var anyInput = &alloy.Schema{Name: "any", JSON: `{"type":"object","properties":{},"additionalProperties":true}`}

// returning is a tool named t that gives that result.
func returning(result any, err error) alloy.Tool {
	return alloy.Tool{Name: "t", Input: anyInput, Run: func(context.Context, []byte) (any, error) { return result, err }}
}

// use lets a model call tool t once and then answer, and returns what the model got from it.
func use(t *testing.T, tool alloy.Tool, args any, opts ...alloy.Option) provider.ToolResult {
	t.Helper()
	m := play(t, alloytest.ToolCall(tool.Name, args), alloytest.Reply("done"))
	got, err := run(t, reply, m, append(opts, alloy.WithTools(tool))...)
	require.NoError(t, err)
	require.Equal(t, "done", got)
	all := results(m.Requests()[1])
	require.Len(t, all, 1)
	return all[0]
}

func TestToolRound(t *testing.T) {
	l := &lookup{}
	m := play(t, alloytest.ToolCalls(alloytest.Call{ID: "call_x", Name: "lookup_order", Args: order("4392")}).Saying("I will look."), alloytest.ReplyJSON(late))
	got, err := run(t, triage, m, alloy.WithTools(l.tool()))
	require.NoError(t, err)
	require.Equal(t, late, got)
	require.Equal(t, []string{"4392"}, l.ran)
	second := m.Requests()[1]
	require.Equal(t, []provider.Message{
		{Role: provider.User, Parts: []provider.Part{{Text: "Where is order 4392?"}}},
		{Role: provider.Assistant, Parts: []provider.Part{{Text: "I will look."}, {ToolCall: &provider.ToolCall{ID: "call_x", Name: "lookup_order", Arguments: `{"orderID":"4392"}`}}}},
		{Role: provider.User, Parts: []provider.Part{{ToolResult: &provider.ToolResult{CallID: "call_x", Name: "lookup_order", Content: "shipped"}}}},
	}, second.Messages)
	require.Len(t, second.Tools, 1)
}

// F94
func TestToolsAreNotRetriedUnlessTheySaySo(t *testing.T) {
	l := &lookup{err: errors.New("the warehouse is closed")}
	result := use(t, l.tool(), order("4392"), times(3), alloy.WithRetryOn(alloy.All))
	require.Len(t, l.ran, 1)
	require.True(t, result.IsError)
}

// F123
func TestToolRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var marks []time.Time
		var seen events
		fail := alloy.Tool{Name: "t", Input: anyInput, Retry: alloy.Retry{Attempts: 3, Base: time.Second, Jitter: alloy.NoJitter}, Run: func(context.Context, []byte) (any, error) {
			marks = append(marks, time.Now())
			return nil, errors.New("the warehouse is closed")
		}}
		result := use(t, fail, nil, alloy.WithObserver(&seen))
		require.Len(t, marks, 3)
		require.Equal(t, time.Second, marks[1].Sub(marks[0]))
		require.Equal(t, 2*time.Second, marks[2].Sub(marks[1]))
		require.True(t, result.IsError)
		var told struct {
			Error    string `json:"error"`
			Attempts int    `json:"attempts"`
		}
		require.NoError(t, json.Unmarshal([]byte(result.Content), &told), result.Content)
		require.Contains(t, told.Error, "the warehouse is closed")
		require.Equal(t, 3, told.Attempts)

		// F82
		scheduled := of[alloy.RetryScheduled](&seen)
		require.Len(t, scheduled, 2)
		for i, e := range scheduled {
			require.Equal(t, "tool", e.Operation)
			require.Equal(t, "t", e.Name)
			require.Equal(t, i+1, e.Attempt)
			require.Equal(t, 3, e.Max)
		}
	})
}

func TestToolThatRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		flaky := alloy.Tool{Name: "t", Input: anyInput, Retry: alloy.Retry{Attempts: 3}, Run: func(context.Context, []byte) (any, error) {
			if ran++; ran < 3 {
				return nil, errors.New("not yet")
			}
			return "here", nil
		}}
		require.Equal(t, "here", use(t, flaky, nil).Content)
	})
}

// Go's own errors, those of providers and those of commands that are tools are of the same kinds.
func TestToolRetryOn(t *testing.T) {
	stale := errors.New("stale")
	for _, tc := range []struct {
		name string
		err  error
		on   alloy.Condition
		want int
	}{
		{"named error", fmt.Errorf("cache: %w", stale), alloy.MatchError(stale), 3},
		{"another error", errors.New("other"), alloy.MatchError(stale), 1},
		{"network", &net.OpError{Op: "dial", Err: errors.New("refused")}, alloy.KindNetwork, 3},
		{"network timeout", &net.DNSError{IsTimeout: true}, alloy.KindTimeout, 3},
		{"deadline", fmt.Errorf("query: %w", context.DeadlineExceeded), alloy.Transient, 3},
		{"provider", &provider.Error{Class: provider.Overloaded}, alloy.KindOverloaded, 3},
		{"command", &alloy.CommandError{Kind: alloy.KindParse}, alloy.OutputRejected, 3},
		{"command of another kind", &alloy.CommandError{Kind: alloy.KindInvalid}, alloy.OutputRejected, 1},
		{"ensure", &contracts.Violation{Kind: contracts.Ensure, Message: "no"}, alloy.KindContract, 3},
		{"require", &contracts.Violation{Kind: contracts.Require, Message: "no"}, alloy.All, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ran := 0
				tool := alloy.Tool{Name: "t", Input: anyInput, Retry: alloy.Retry{Attempts: 3}, RetryOn: []alloy.Condition{tc.on}, Run: func(context.Context, []byte) (any, error) {
					ran++
					return nil, tc.err
				}}
				require.True(t, use(t, tool, nil).IsError)
				require.Equal(t, tc.want, ran)
			})
		})
	}
}

// contract is a contract that holds or not.
func contract(message string, holds bool) contracts.Contract {
	return contracts.Contract{Expr: fmt.Sprint(holds), Message: message, Holds: func() bool { return holds }}
}

// F98, F99, F100, F101, F102, F104
func TestToolContracts(t *testing.T) {
	panics := contracts.Contract{Expr: "xs[3] > 0", Message: "the fourth must be positive", Holds: func() bool { panic("index out of range") }}
	for _, tc := range []struct {
		name    string
		require []contracts.Contract
		ensure  []contracts.Contract
		told    string
		ran     bool
	}{
		{"F98 require", []contracts.Contract{contract("order numbers have four digits", false)}, nil, "order numbers have four digits", false},
		{"F99 ensure", nil, []contracts.Contract{contract("the state must be known", false)}, "the state must be known", true},
		{"F101 panic in require", []contracts.Contract{panics}, nil, "the fourth must be positive", false},
		{"F101 panic in ensure", nil, []contracts.Contract{panics}, "the fourth must be positive", true},
		{"F102 the first that fails", []contracts.Contract{contract("first", true), contract("second", false), contract("third", false)}, []contracts.Contract{contract("fourth", false)}, "second", false},
		{"all hold", []contracts.Contract{contract("a", true)}, []contracts.Contract{contract("b", true)}, "state", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ran := false
			wrapper := func(ctx context.Context) (string, error) {
				return alloy.RunTool(ctx, "t", alloy.ToolContracts[string]{Require: tc.require, Ensure: func(result string) []contracts.Contract {
					require.Equal(t, "state", result)
					return tc.ensure
				}}, func(context.Context) (string, error) {
					ran = true
					return "state", nil
				})
			}
			result := use(t, alloy.Tool{Name: "t", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) { return wrapper(ctx) }}, nil)
			require.Equal(t, tc.told, result.Content, "F100: verbatim")
			require.Equal(t, tc.ran, ran)
			require.Equal(t, tc.told != "state", result.IsError)

			got, err := wrapper(t.Context()) // F104: a Go caller meets the same contracts
			if tc.told == "state" {
				require.NoError(t, err)
				require.Equal(t, "state", got)
				return
			}
			e := as[*alloy.ToolError](t, err)
			require.Equal(t, "t", e.Tool)
			require.Equal(t, tc.told, e.Message)
			as[*contracts.Violation](t, err)
			require.Empty(t, got)
		})
	}
}

// F98: the tool and its contracts see absent optional parameters as their zero value.
func TestToolSeesDefaults(t *testing.T) {
	input := &alloy.Schema{Name: "add", JSON: `{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"required":["a"],"additionalProperties":false}`}
	add := alloy.Tool{Name: "add", Input: input, Run: func(ctx context.Context, raw []byte) (any, error) {
		var in struct {
			A int  `json:"a"`
			B *int `json:"b"`
		}
		if err := json.Unmarshal(raw, &in); err != nil {
			return nil, err
		}
		return alloy.RunTool(ctx, "add", alloy.ToolContracts[int]{
			Require: []contracts.Contract{{Expr: "b == nil", Message: "b must be absent", Holds: func() bool { return in.B == nil }}},
		}, func(context.Context) (int, error) { return in.A, nil })
	}}
	require.Equal(t, "2", use(t, add, map[string]any{"a": 2}).Content)
	require.Equal(t, "2", use(t, add, map[string]any{"a": 2, "b": nil}).Content, "null is the absence of what is optional")
	require.Equal(t, "b must be absent", use(t, add, map[string]any{"a": 2, "b": 3}).Content)
}

// F105
func TestWorkflowCorrectsItself(t *testing.T) {
	var validated, saved bool
	step := func(name string, needs *bool, message string, does *bool) alloy.Tool {
		return alloy.Tool{Name: name, Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) {
			var require []contracts.Contract
			if needs != nil {
				require = append(require, contracts.Contract{Message: message, Holds: func() bool { return *needs }})
			}
			return alloy.RunTool(ctx, name, alloy.ToolContracts[alloy.None]{Require: require}, func(context.Context) (alloy.None, error) {
				*does = true
				return alloy.None{}, nil
			})
		}}
	}
	m := play(t, alloytest.ToolCall("save", nil), alloytest.ToolCall("validate", nil), alloytest.ToolCall("save", nil), alloytest.Reply("saved"))
	_, err := run(t, reply, m, alloy.WithTools(step("validate", nil, "", &validated), step("save", &validated, "call validate before save", &saved)))
	require.NoError(t, err)
	require.True(t, saved)
	got := results(m.Requests()[3])
	require.Equal(t, []bool{true, false, false}, []bool{got[0].IsError, got[1].IsError, got[2].IsError})
	require.Equal(t, "call validate before save", got[0].Content)
}

type stockError struct{ left int }

func (e stockError) Error() string { return fmt.Sprintf("only %d left", e.left) }

// F106
func TestOtherErrorsGoToTheModel(t *testing.T) {
	for _, tc := range []struct {
		name string
		run  func() (any, error)
		want []string
	}{
		{"error", func() (any, error) { return nil, errors.New("gone") }, []string{"error: gone"}},
		{"type", func() (any, error) { return nil, stockError{3} }, []string{"stockError: only 3 left"}},
		{"panic", func() (any, error) { panic("nil map") }, []string{"panic", "nil map"}},
		{"run-time panic", func() (any, error) { var none []string; return none[len(none)], nil }, []string{"panic", "index out of range"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var report alloy.Report
			result := use(t, alloy.Tool{Name: "t", Input: anyInput, Run: func(context.Context, []byte) (any, error) { return tc.run() }}, nil, alloy.WithReport(&report))
			require.True(t, result.IsError)
			for _, part := range tc.want {
				require.Contains(t, result.Content, part)
			}
			require.NotContains(t, result.Content, "goroutine", "the stack is not for the model")
			require.Equal(t, 1, report.ToolFails)
			require.Equal(t, strings.Contains(tc.name, "panic"), len(report.Tools[0].Stack) > 0)
		})
	}
}

func TestGoexitInATool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		result := use(t, alloy.Tool{Name: "t", Input: anyInput, Run: func(context.Context, []byte) (any, error) {
			runtime.Goexit()
			return nil, nil
		}}, nil)
		require.True(t, result.IsError)
	})
}

// F107
func TestUnknownTool(t *testing.T) {
	m := play(t, alloytest.ToolCall("delete_order", nil), alloytest.Reply("sorry"))
	l := &lookup{}
	_, err := run(t, reply, m, alloy.WithTools(l.tool(), returning("", nil)))
	require.NoError(t, err)
	result := results(m.Requests()[1])[0]
	require.True(t, result.IsError)
	for _, part := range []string{"delete_order", "not available", "lookup_order", "t"} {
		require.Contains(t, result.Content, part)
	}
	require.Empty(t, l.ran)
}

// F108
func TestArgumentsThatAreNoObject(t *testing.T) {
	for _, args := range []string{`{"orderID":`, `[1]`, `"4392"`, `null`, ``, "\xff"} {
		t.Run(args, func(t *testing.T) {
			l := &lookup{}
			result := use(t, l.tool(), args)
			require.True(t, result.IsError)
			require.NotEmpty(t, result.Content)
			require.Empty(t, l.ran)
		})
	}
	none := alloy.Tool{Name: "t", Input: &alloy.Schema{Name: "t", JSON: `{"type":"object","properties":{},"additionalProperties":false}`}, Run: func(_ context.Context, in []byte) (any, error) { return string(in), nil }}
	require.Equal(t, "{}", use(t, none, "").Content, "no arguments are an empty object")
}

// F109
func TestScalarArgumentsAreCoerced(t *testing.T) {
	tool := alloy.Tool{
		Name: "t",
		Input: &alloy.Schema{Name: "t", JSON: `{"type":"object","properties":{"n":{"type":"integer"},"x":{"type":"number"},"b":{"type":"boolean"},"s":{"type":"string"},"list":{"type":"array","items":{"type":"integer"}}},
			"required":["n","x","b","s","list"],"additionalProperties":false}`},
		Run: func(_ context.Context, in []byte) (any, error) { return json.RawMessage(in), nil },
	}
	result := use(t, tool, `{"n":"3","x":"2.5","b":"yes","s":"a","list":["1",2.0]}`)
	require.False(t, result.IsError, result.Content)
	require.JSONEq(t, `{"n":3,"x":2.5,"b":true,"s":"a","list":[1,2]}`, result.Content)
}

// F110
func TestToolResults(t *testing.T) {
	for _, tc := range []struct {
		name   string
		result any
		want   string
	}{
		{"string as it is", `say "hi" <b>`, `say "hi" <b>`},
		{"number", 3, "3"},
		{"bool", true, "true"},
		{"struct", Item{"tea & milk", 2}, `{"name":"tea & milk","n":2}`},
		{"map", map[string]int{"b": 2, "a": 1}, `{"a":1,"b":2}`},
		{"slice", []string{"a"}, `["a"]`},
		{"raw JSON", json.RawMessage(`{"a":1}`), `{"a":1}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			result := use(t, returning(tc.result, nil), nil)
			require.False(t, result.IsError)
			require.Equal(t, tc.want, result.Content)
		})
	}
	t.Run("text where there is no JSON", func(t *testing.T) {
		require.Equal(t, "(3+4i)", use(t, returning(complex(3, 4), nil), nil).Content)
	})
	t.Run("None", func(t *testing.T) {
		result := use(t, returning(alloy.None{}, nil), nil)
		require.False(t, result.IsError)
		require.NotEmpty(t, result.Content, "vendors refuse an empty result")
	})
}

// F112, F113
func TestMaxToolTurns(t *testing.T) {
	for limit := range 3 {
		l := &lookup{}
		m := play(t, alloytest.ToolCall("lookup_order", order("1")).Saying("Let me look again.").Times(limit+1))
		_, err := run(t, reply, m, alloy.WithTools(l.tool()), alloy.WithMaxToolTurns(limit))
		e := as[*alloy.ToolLoopLimitExceeded](t, err)
		require.Len(t, l.ran, limit)
		require.Len(t, m.Requests(), limit+1)
		require.Equal(t, "Reply", e.Command)
		require.Equal(t, limit, e.MaxTurns)
		require.Equal(t, limit, e.TurnsTaken)
		require.Equal(t, "Let me look again.", e.PartialText)
		require.ErrorContains(t, err, fmt.Sprintf("Exceeded tool-call turn limit (max_tool_turns=%d, turns_taken=%d).", limit, limit))
		require.ErrorContains(t, err, "Let me look again.")
		require.EqualValues(t, "tool_loop_limit", failed(t, err).Kind)
	}

	m := play(t, alloytest.ToolCall("lookup_order", order("1")))
	_, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithMaxToolTurns(0))
	require.ErrorContains(t, err, "No final answer produced.")

	m = play(t, alloytest.ToolCall("lookup_order", order("1")).Saying(strings.Repeat("x", 600)))
	_, err = run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithMaxToolTurns(0))
	require.ErrorContains(t, err, strings.Repeat("x", 500))
	require.NotContains(t, err.Error(), strings.Repeat("x", 501))
	require.Len(t, as[*alloy.ToolLoopLimitExceeded](t, err).PartialText, 600)
}

// F20, F112: ten rounds unless set; a negative limit is none.
func TestDefaultAndNoLimitOfTurns(t *testing.T) {
	l := &lookup{}
	_, err := run(t, reply, play(t, alloytest.ToolCall("lookup_order", order("1")).Times(11)), alloy.WithTools(l.tool()))
	require.Equal(t, 10, as[*alloy.ToolLoopLimitExceeded](t, err).MaxTurns)
	require.Len(t, l.ran, 10)

	l = &lookup{}
	_, err = run(t, reply, play(t, alloytest.ToolCall("lookup_order", order("1")).Times(50), alloytest.Reply("done")), alloy.WithTools(l.tool()), alloy.WithMaxToolTurns(-1))
	require.NoError(t, err)
	require.Len(t, l.ran, 50)
}

// F114
func TestAnswerDoesNotCountAsATurn(t *testing.T) {
	var report alloy.Report
	m := play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Reply("done"))
	_, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithMaxToolTurns(1), alloy.WithReport(&report))
	require.NoError(t, err)
	require.Equal(t, 1, report.Turns)
	require.Equal(t, 1, report.ToolCalls)
	require.Equal(t, 2, report.Requests)
}

// F20, F27, F115
func TestParallelTools(t *testing.T) {
	for _, tc := range []struct {
		name  string
		opts  []alloy.Option
		calls int
		want  int32
	}{
		{"F115 a limit", []alloy.Option{alloy.WithParallelTools(3)}, 5, 3},
		{"F20 default", nil, 12, 8},
		{"F27 zero", []alloy.Option{alloy.WithParallelTools(3), alloy.WithParallelTools(0)}, 12, 8},
		{"F27 negative", []alloy.Option{alloy.WithParallelTools(-1)}, 12, 8},
		{"one after the other", []alloy.Option{alloy.WithParallelTools(1)}, 4, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var now, most atomic.Int32
				tool := alloy.Tool{Name: "t", Input: anyInput, Run: func(_ context.Context, in []byte) (any, error) {
					n := now.Add(1)
					defer now.Add(-1)
					for {
						old := most.Load()
						if n <= old || most.CompareAndSwap(old, n) {
							break
						}
					}
					var args struct{ N int }
					if err := json.Unmarshal(in, &args); err != nil {
						return nil, err
					}
					time.Sleep(time.Duration(20-args.N) * time.Second) // later calls end first
					return args.N, nil
				}}
				var calls []alloytest.Call
				for i := range tc.calls {
					calls = append(calls, alloytest.Call{Name: "t", ID: fmt.Sprint("call ", i), Args: map[string]int{"n": i}})
				}
				m := play(t, alloytest.ToolCalls(calls...), alloytest.Reply("done"))
				_, err := run(t, reply, m, append(tc.opts, alloy.WithTools(tool), alloy.WithToolTimeout(time.Hour))...)
				require.NoError(t, err)
				require.Equal(t, tc.want, most.Load())
				messages := m.Requests()[1].Messages
				require.Len(t, messages, 3, "all results are in one message")
				for i, r := range results(m.Requests()[1]) {
					require.Equal(t, provider.ToolResult{CallID: fmt.Sprint("call ", i), Name: "t", Content: fmt.Sprint(i)}, r)
				}
			})
		})
	}
}

func TestTwoCallsWithOneID(t *testing.T) {
	l := &lookup{}
	m := play(t, alloytest.ToolCalls(
		alloytest.Call{ID: "same", Name: "lookup_order", Args: order("1")},
		alloytest.Call{ID: "same", Name: "lookup_order", Args: order("2")},
	), alloytest.Reply("done"))
	_, err := run(t, reply, m, alloy.WithTools(l.tool()))
	require.NoError(t, err)
	require.Len(t, results(m.Requests()[1]), 2)
	require.ElementsMatch(t, []string{"1", "2"}, l.ran)
}

// F117
func TestDuplicateToolName(t *testing.T) {
	m := play(t)
	_, err := run(t, reply, m, alloy.WithTools(returning(1, nil), returning(2, nil)))
	require.ErrorContains(t, as[*alloy.ConfigurationError](t, err), `"t"`)
	require.Empty(t, m.Requests())
}

func TestToolWithoutItsParts(t *testing.T) {
	for name, tool := range map[string]alloy.Tool{
		"Name":  {Input: anyInput, Run: returning(1, nil).Run},
		"Input": {Name: "t", Run: returning(1, nil).Run},
		"Run":   {Name: "t", Input: anyInput},
	} {
		_, err := run(t, reply, play(t), alloy.WithTools(tool))
		as[*alloy.ConfigurationError](t, err)
		require.ErrorContains(t, err, name)
	}
}

// F119
func TestArgumentsAreCheckedBeforeTheToolRuns(t *testing.T) {
	input := &alloy.Schema{Name: "t", JSON: `{
		"type": "object",
		"properties": {
			"city":  {"type": "string", "minLength": 2, "maxLength": 10, "pattern": "^[A-Z]"},
			"size":  {"type": "string", "enum": ["small", "large"]},
			"count": {"type": "integer", "minimum": 1, "maximum": 9},
			"tags":  {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2}
		},
		"required": ["city"],
		"additionalProperties": false
	}`}
	for _, tc := range []struct {
		name, args string
		says       []string
	}{
		{"required", `{"count":1}`, []string{"city", "missing"}},
		{"type", `{"city":["Oslo","Bergen"]}`, []string{"city", "string"}},
		{"minLength", `{"city":"O"}`, []string{"city", "2"}},
		{"maxLength", `{"city":"Ouagadougou"}`, []string{"city", "10"}},
		{"pattern", `{"city":"oslo"}`, []string{"city", "^[A-Z]"}},
		{"enum", `{"city":"Oslo","size":"huge"}`, []string{"size", "small", "large"}},
		{"minimum", `{"city":"Oslo","count":0}`, []string{"count", "1"}},
		{"maximum", `{"city":"Oslo","count":10}`, []string{"count", "9"}},
		{"integer", `{"city":"Oslo","count":3.5}`, []string{"count", "integer"}},
		{"minItems", `{"city":"Oslo","tags":[]}`, []string{"tags", "1"}},
		{"maxItems", `{"city":"Oslo","tags":["a","b","c"]}`, []string{"tags", "2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ran := false
			result := use(t, alloy.Tool{Name: "t", Input: input, Run: func(context.Context, []byte) (any, error) {
				ran = true
				return nil, nil
			}}, tc.args)
			require.False(t, ran)
			require.True(t, result.IsError)
			for _, part := range tc.says {
				require.Contains(t, result.Content, part)
			}
		})
	}
}

// F109: arguments are read as tolerantly as answers, and the event says what was changed in them.
func TestArgumentsAreRepaired(t *testing.T) {
	input := &alloy.Schema{Name: "t", JSON: `{
		"type": "object",
		"properties": {"city": {"type": "string"}, "count": {"type": "integer"}, "express": {"type": "boolean"}},
		"required": ["city", "count", "express"],
		"additionalProperties": false
	}`}
	const want = `{"city":"Oslo","count":3,"express":true}`
	for _, tc := range []struct {
		name, args string
		repairs    []alloy.Repair
	}{
		{"as they are", want, nil},
		{"Python", `{'city': 'Oslo', 'count': 3, 'express': True,}`, []alloy.Repair{
			{Path: "$", Kind: "comma"}, {Path: "$.city", Kind: "quotes"}, {Path: "$.city", Kind: "quotes"}, {Path: "$.count", Kind: "quotes"},
			{Path: "$.express", Kind: "quotes"}, {Path: "$.express", Kind: "literal"},
		}},
		{"types", `{"City": "Oslo", "count": "3", "express": "yes"}`, []alloy.Repair{
			{Path: "$.City", Kind: "key"}, {Path: "$.count", Kind: "coerced"}, {Path: "$.express", Kind: "coerced"},
		}},
		{"a missing bracket", `{"city":"Oslo","express":true,"count":"3"`, []alloy.Repair{{Path: "$", Kind: "truncated"}, {Path: "$.count", Kind: "coerced"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got string
			tool := alloy.Tool{Name: "t", Input: input, Run: func(_ context.Context, input []byte) (any, error) {
				got = string(input)
				return nil, nil
			}}
			var report alloy.Report
			m := play(t, alloytest.ToolCalls(alloytest.Call{Name: "t", Args: tc.args}), alloytest.Reply("done"))
			_, err := run(t, reply, m, alloy.WithTools(tool), alloy.WithReport(&report))
			require.NoError(t, err)
			require.JSONEq(t, want, got)
			require.Len(t, report.Tools, 1)
			require.Equal(t, tc.repairs, report.Tools[0].Repairs)
		})
	}
}

// A tool may have effects: it is not run with half a value.
func TestArgumentsThatBreakOff(t *testing.T) {
	ran := false
	input := &alloy.Schema{Name: "t", JSON: `{"type":"object","properties":{"text":{"type":"string"}},"required":["text"],"additionalProperties":false}`}
	result := use(t, alloy.Tool{Name: "t", Input: input, Run: func(context.Context, []byte) (any, error) {
		ran = true
		return nil, nil
	}}, `{"text":"Dear Ann, we have refu`)
	require.False(t, ran)
	require.True(t, result.IsError)
	require.Contains(t, result.Content, "break off within a value")
}

func TestStopEndsTheCall(t *testing.T) {
	fraud := errors.New("this card is stolen")
	var seen events
	m := play(t, alloytest.ToolCalls(alloytest.Call{Name: "t"}, alloytest.Call{Name: "lookup_order", Args: order("1")}))
	_, err := run(t, reply, m, alloy.WithTools(returning(nil, fmt.Errorf("checking: %w", alloy.Stop(fraud))), (&lookup{}).tool()), times(3), alloy.WithFallback("o3"), alloy.WithObserver(&seen))
	require.ErrorIs(t, err, fraud)
	require.EqualValues(t, "stopped", failed(t, err).Kind)
	require.Len(t, of[alloy.CallFinished](&seen), 1)
	require.NoError(t, alloy.Stop(nil))
}

func TestToolsOfManyCallsAtOnce(t *testing.T) {
	m := play(t, alloytest.Func(func(_ context.Context, req *provider.Request) alloytest.Step {
		if got := results(req); len(got) > 0 {
			return alloytest.Reply(got[0].Content)
		}
		return alloytest.ToolCall("t", map[string]string{"echo": req.Messages[0].Text()})
	}).Forever())
	echo := alloy.Tool{Name: "t", Input: anyInput, Run: func(_ context.Context, in []byte) (any, error) { return string(in), nil }}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			question := fmt.Sprint("question ", i)
			got, err := reply.Run(context.Background(), saying[string](question), []alloy.Option{alloy.WithProvider(m), alloy.WithTools(echo)})
			if err != nil || !strings.Contains(got, question+`"`) {
				t.Errorf("%s: %q, %v", question, got, err)
			}
		})
	}
	wg.Wait()
}

// A tool that the end of the call has stopped did not time out.
func TestToolThatEndsWithTheCallIsNotLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen events
		wait := alloy.Tool{Name: "t", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) { <-ctx.Done(); return nil, ctx.Err() }}
		_, err := run(t, reply, play(t, alloytest.ToolCall("t", nil)), alloy.WithTools(wait), alloy.WithTimeout(time.Second), alloy.WithObserver(&seen))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotContains(t, of[alloy.ToolFinished](&seen)[0].Result, "timed out after 30s")
	})
}

// F64: a mistake in the configuration of one tool ends those beside it.
func TestConfigurationErrorEndsTheOtherTools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := alloy.Tool{Name: "wait", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) { <-ctx.Done(); return nil, ctx.Err() }}
		bad := returning(nil, &alloy.ConfigurationError{Setting: "model", Message: "no model"})
		begin := time.Now()
		_, err := run(t, reply, play(t, alloytest.ToolCalls(alloytest.Call{Name: "wait"}, alloytest.Call{Name: "t"})), alloy.WithTools(wait, bad))
		as[*alloy.ConfigurationError](t, err)
		require.Less(t, time.Since(begin), time.Second)
	})
}
