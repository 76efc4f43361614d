package alloy_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// useDefault gives the test a default client of its own.
func useDefault(t *testing.T, opts ...alloy.Option) {
	t.Helper()
	before := alloy.Default()
	t.Cleanup(func() { alloy.SetDefault(before) })
	client, err := alloy.New(opts...)
	require.NoError(t, err)
	alloy.SetDefault(client)
}

func client(t *testing.T, opts ...alloy.Option) *alloy.Client {
	t.Helper()
	c, err := alloy.New(opts...)
	require.NoError(t, err)
	return c
}

// F19: each level wins over those below it. The directives of a function, its type and its package are one level here:
// generated code holds the nearest of them.
func TestPrecedence(t *testing.T) {
	levels := []string{"built-in", "environment", "default client", "client of the context", "client of the receiver", "directive", "call", "last option of the call"}
	for n := range levels {
		t.Run(levels[n], func(t *testing.T) {
			model := func(level int) string { return fmt.Sprintf("gpt-level-%d", level) }
			set := func(level int) []alloy.Option {
				if level > n {
					return nil
				}
				return []alloy.Option{alloy.WithModel(model(level)), alloy.WithMaxToolTurns(level)}
			}
			m := play(t, alloytest.ToolCall("t", nil).Forever())
			ctx, call := t.Context(), saying[string]("hello")
			want, turns := "gpt-5-mini", 10
			if n > 0 {
				want, turns = model(n), n
				t.Setenv("ALLOY_MODEL", model(1))
				t.Setenv("ALLOY_MAX_TOOL_TURNS", "1")
			}
			useDefault(t, set(2)...)
			if n >= 3 {
				ctx = alloy.WithClient(ctx, client(t, set(3)...))
			}
			if n >= 4 {
				call.Client = client(t, set(4)...)
			}
			cmd := alloy.NewCommand(alloy.Definition[string]{Name: "Reply"}, set(5)...)
			opts := append([]alloy.Option{alloy.WithProvider(m), alloy.WithTools(returning("ok", nil))}, append(set(6), set(7)...)...)
			_, err := cmd.Run(ctx, call, opts)
			require.Equal(t, turns, as[*alloy.ToolLoopLimitExceeded](t, err).MaxTurns)
			require.Equal(t, want, m.Requests()[0].Model)
		})
	}
}

// F20: what is sent when nothing is set.
func TestBuiltInSettings(t *testing.T) {
	m := play(t, alloytest.Reply("ok"))
	_, err := run(t, reply, m)
	require.NoError(t, err)
	require.Equal(t, &provider.Request{
		Model:    "gpt-5-mini",
		Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{{Text: "Where is order 4392?"}}}},
	}, m.Requests()[0])
}

// F21, F24: each variable takes effect.
func TestEnvironment(t *testing.T) {
	temperature := 0.3
	for _, tc := range []struct {
		name, value string
		want        func(r *provider.Request)
	}{
		{"ALLOY_MODEL", "o3-mini", func(r *provider.Request) { r.Model = "o3-mini" }},
		{"ALLOY_TEMPERATURE", "0.3", func(r *provider.Request) { r.Settings.Temperature = &temperature }},
		{"ALLOY_MAX_TOKENS", "321", func(r *provider.Request) { r.Settings.MaxTokens = 321 }},
		{"ALLOY_SYSTEM", "Be brief.", func(r *provider.Request) { r.System = "Be brief." }},
		{"ALLOY_DEFAULT_SYSTEM", "Be kind.", func(r *provider.Request) { r.System = "Be kind." }},
		{"ALLOY_EXTRA_JSON", `{"user":"ada","n":2}`, func(r *provider.Request) { r.Extra = map[string]any{"user": "ada", "n": 2.0} }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv(tc.name, tc.value)
			m := play(t, alloytest.Reply("ok").Times(2))
			_, err := run(t, reply, m)
			require.NoError(t, err)
			want := &provider.Request{Model: "gpt-5-mini", Messages: m.Requests()[0].Messages}
			tc.want(want)
			require.Equal(t, want, m.Requests()[0])

			t.Setenv(tc.name, "")
			_, err = run(t, reply, m)
			require.NoError(t, err)
			require.Equal(t, &provider.Request{Model: "gpt-5-mini", Messages: m.Requests()[1].Messages}, m.Requests()[1], "a change takes effect at the next call")
		})
	}

	t.Run("ALLOY_RETRY", func(t *testing.T) {
		t.Setenv("ALLOY_RETRY", "3")
		synctest.Test(t, func(t *testing.T) {
			_, err := run(t, reply, play(t, alloytest.Fail(500).Times(3)))
			require.Len(t, failed(t, err).Attempts, 3)
		})
	})
	t.Run("F24 ALLOY_MAX_TOOL_TURNS", func(t *testing.T) {
		t.Setenv("ALLOY_MAX_TOOL_TURNS", "2")
		l := &lookup{}
		_, err := run(t, reply, play(t, alloytest.ToolCall("lookup_order", order("1")).Times(3)), alloy.WithTools(l.tool()))
		require.Equal(t, 2, as[*alloy.ToolLoopLimitExceeded](t, err).MaxTurns)
		require.Len(t, l.ran, 2)
	})
	t.Run("ALLOY_PARALLEL_TOOLS_MAX", func(t *testing.T) {
		t.Setenv("ALLOY_PARALLEL_TOOLS_MAX", "1")
		synctest.Test(t, func(t *testing.T) {
			slow := alloy.Tool{Name: "t", Input: anyInput, Run: func(context.Context, []byte) (any, error) {
				time.Sleep(time.Second)
				return "ok", nil
			}}
			begin := time.Now()
			_, err := run(t, reply, play(t, alloytest.ToolCalls(make3("t")...), alloytest.Reply("ok")), alloy.WithTools(slow))
			require.NoError(t, err)
			require.Equal(t, 3*time.Second, time.Since(begin))
		})
	})
	t.Run("ALLOY_AUTO_FINALIZE_MISSING_OUTPUT", func(t *testing.T) {
		t.Setenv("ALLOY_AUTO_FINALIZE_MISSING_OUTPUT", "no")
		_, err := run(t, reply, play(t, alloytest.Reply("")))
		failed(t, err)
	})
}

func make3(name string) []alloytest.Call {
	return []alloytest.Call{{Name: name}, {Name: name}, {Name: name}}
}

// F22
func TestMalformedEnvironment(t *testing.T) {
	for name, values := range map[string][]string{
		"ALLOY_TEMPERATURE":                  {"hot", "-1", "NaN", "Inf", "1e999", "0,3", " "},
		"ALLOY_MAX_TOKENS":                   {"many", "-1", "1.5", "99999999999999999999", " "},
		"ALLOY_RETRY":                        {"often", "-1", "2.5"},
		"ALLOY_MAX_TOOL_TURNS":               {"2.5", "none"},
		"ALLOY_PARALLEL_TOOLS_MAX":           {"all", "0x"},
		"ALLOY_AUTO_FINALIZE_MISSING_OUTPUT": {"maybe", "2", "-"},
		"ALLOY_EXTRA_JSON":                   {"[1]", "null", "{", `{"a":1} {}`, "\xff"},
		"ALLOY_BACKEND":                      {"online", "openai"},
		"ALLOY_MODEL":                        {"mistral-x", "/", "nowhere/"},
	} {
		for _, value := range values {
			t.Run(name+"="+value, func(t *testing.T) {
				t.Setenv(name, value)
				m := play(t)
				opts := []alloy.Option{times(3), alloy.WithRetryOn(alloy.All)}
				if name != "ALLOY_MODEL" { // whose names are free for a provider of one's own
					opts = append(opts, alloy.WithProvider(m))
				}
				for range 2 {
					_, err := reply.Run(t.Context(), saying[string]("hello"), opts)
					require.Equal(t, name, as[*alloy.ConfigurationError](t, err).Setting)
					require.ErrorContains(t, err, name)
					require.ErrorContains(t, err, strings.Trim(fmt.Sprintf("%q", value), `"`))
				}
				require.Empty(t, m.Requests())
			})
		}
	}
	t.Setenv("ALLOY_EXTRA_JSON", strings.Repeat("x", 10_000))
	_, err := run(t, reply, play(t))
	require.Less(t, len(err.Error()), 500)

	t.Setenv("ALLOY_EXTRA_JSON", "")
	t.Setenv("ALLOY_MODEL", " ")
	_, err = reply.Run(t.Context(), saying[string]("hello"), nil)
	require.Equal(t, "ALLOY_MODEL", as[*alloy.ConfigurationError](t, err).Setting)
	t.Setenv("ALLOY_MODEL", "mistral-x")
	_, err = reply.Run(t.Context(), saying[string]("hello"), []alloy.Option{alloy.WithModel("mistral-y")})
	require.Equal(t, "model", as[*alloy.ConfigurationError](t, err).Setting, "the variable is not to blame")
}

// F23
func TestBooleansOfTheEnvironment(t *testing.T) {
	for _, on := range []string{"1", "true", "TRUE", "yes", "Y", " on ", "True"} {
		t.Setenv("ALLOY_AUTO_FINALIZE_MISSING_OUTPUT", on)
		_, err := run(t, reply, play(t, alloytest.Reply(""), alloytest.Reply("ok")))
		require.NoError(t, err, on)
	}
	for _, off := range []string{"0", "false", "No", "n", " OFF"} {
		t.Setenv("ALLOY_AUTO_FINALIZE_MISSING_OUTPUT", off)
		_, err := run(t, reply, play(t, alloytest.Reply("")))
		require.Error(t, err, off)
	}
}

// F25
func TestConfigureKeepsWhatItDoesNotName(t *testing.T) {
	useDefault(t)
	require.NoError(t, alloy.Configure(alloy.WithMaxToolTurns(1)))
	require.NoError(t, alloy.Configure(alloy.WithTemperature(0.3)))
	m := play(t, alloytest.ToolCall("t", nil).Times(2))
	_, err := run(t, reply, m, alloy.WithTools(returning("ok", nil)))
	require.Equal(t, 1, as[*alloy.ToolLoopLimitExceeded](t, err).MaxTurns)
	require.Equal(t, 0.3, *m.Requests()[0].Settings.Temperature)

	err = alloy.Configure(alloy.WithMaxTokens(50), alloy.WithTemperature(-1))
	as[*alloy.ConfigurationError](t, err)
	m = play(t, alloytest.Reply("ok"))
	_, err = run(t, reply, m)
	require.NoError(t, err)
	require.Zero(t, m.Requests()[0].Settings.MaxTokens, "nothing changes when an option makes no sense")
}

// F26
func TestOptionsOfACallKeepWhatTheyDoNotName(t *testing.T) {
	useDefault(t, alloy.WithMaxToolTurns(1), alloy.WithMaxTokens(99))
	m := play(t, alloytest.ToolCall("t", nil).Times(2))
	_, err := run(t, reply, m, alloy.WithSystem("Be brief."), alloy.WithTools(returning("ok", nil)))
	require.Equal(t, 1, as[*alloy.ToolLoopLimitExceeded](t, err).MaxTurns)
	require.Equal(t, "Be brief.", m.Requests()[0].System)
	require.Equal(t, 99, m.Requests()[0].Settings.MaxTokens)
}

// F28
func TestExtraMergesByKey(t *testing.T) {
	t.Setenv("ALLOY_EXTRA_JSON", `{"a":"environment","b":"environment"}`)
	useDefault(t, alloy.WithExtras(map[string]any{"b": "client", "c": "client"}))
	cmd := alloy.NewCommand(alloy.Definition[string]{Name: "Reply"}, alloy.WithExtra("c", "directive"), alloy.WithExtra("d", "directive"))
	m := play(t, alloytest.Reply("ok").Times(2))
	_, err := run(t, cmd, m, alloy.WithExtra("d", "call"), alloy.WithExtra("e", "call"))
	require.NoError(t, err)
	require.Equal(t, map[string]any{"a": "environment", "b": "client", "c": "directive", "d": "call", "e": "call"}, m.Requests()[0].Extra)
	_, err = run(t, cmd, m)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"a": "environment", "b": "client", "c": "directive", "d": "directive"}, m.Requests()[1].Extra, "a call leaves no trace")
}

// F29
func TestClientOfAContextIsScoped(t *testing.T) {
	useDefault(t, alloy.WithModel("gpt-default"))
	m := play(t, alloytest.Func(func(_ context.Context, req *provider.Request) alloytest.Step { return alloytest.Reply(req.Model) }).Forever())
	ask := func(ctx context.Context) string {
		got, err := reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(m)})
		require.NoError(t, err)
		return got
	}
	scoped := alloy.WithClient(t.Context(), client(t, alloy.WithModel("gpt-scoped")))
	inner := alloy.WithClient(scoped, client(t, alloy.WithMaxTokens(5)))
	require.Equal(t, "gpt-scoped", ask(scoped))
	require.Equal(t, "gpt-default", ask(t.Context()))
	require.Equal(t, "gpt-5-mini", ask(inner), "the nearest client is the client")
}

func TestClientWithOptionsThatMakeNoSense(t *testing.T) {
	c, err := alloy.New(alloy.WithTemperature(-1))
	require.Nil(t, c)
	require.Equal(t, "temperature", as[*alloy.ConfigurationError](t, err).Setting)
}

func TestDefaultWithoutAClient(t *testing.T) {
	useDefault(t, alloy.WithModel("gpt-default"))
	alloy.SetDefault(nil)
	m := play(t, alloytest.Reply("ok"))
	_, err := run(t, reply, m)
	require.NoError(t, err)
	require.Equal(t, []string{"gpt-5-mini"}, models(m))
}

func TestRetryOnWithoutConditionsIsTheDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cmd := alloy.NewCommand(alloy.Definition[string]{Name: "Reply"}, alloy.WithRetryOn(alloy.KindTimeout), times(2))
		_, err := run(t, cmd, play(t, alloytest.Fail(500), alloytest.Reply("ok")), alloy.WithRetryOn())
		require.NoError(t, err)
	})
}

func TestConfigureWhileCallsRun(t *testing.T) {
	useDefault(t)
	m := play(t, alloytest.Reply("ok").Forever())
	var done atomic.Bool
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		for i := range 200 {
			if err := alloy.Configure(alloy.WithMaxTokens(i)); err != nil {
				t.Error(err)
			}
		}
		done.Store(true)
	}()
	for !done.Load() {
		_, err := run(t, reply, m)
		require.NoError(t, err)
	}
	<-finished
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for name, o := range map[string]alloy.Option{
		"temperature": alloy.WithTemperature(-1),
		"top_p":       alloy.WithTopP(1.5),
		"max_tokens":  alloy.WithMaxTokens(-1),
		"retry":       alloy.WithRetry(alloy.Retry{Attempts: -1}),
		"model":       alloy.WithModel(""),
		"lenient":     alloy.WithLeniency(alloy.Strict + 1),
		"max_output":  alloy.WithMaxOutput(-1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := run(t, reply, play(t), o)
			require.Equal(t, name, as[*alloy.ConfigurationError](t, err).Setting)
			require.IsType(t, &alloy.ConfigurationError{}, err)
		})
	}
}

// F54, F63: a model that cannot do what the call needs.
func TestCapabilities(t *testing.T) {
	t.Run("images", func(t *testing.T) {
		m := play(t).Limit(provider.Capabilities{Tools: true, Schema: true})
		call := alloy.Call[string]{Prompt: func(context.Context) (alloy.Prompt[string], error) {
			return alloy.PromptOf[string](alloy.Text("look"), alloy.Image("image/png", []byte("png"))), nil
		}}
		_, err := reply.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(m)})
		as[*alloy.ConfigurationError](t, err)
		require.ErrorContains(t, err, "image")
	})
	t.Run("F54 schema", func(t *testing.T) {
		m := play(t, alloytest.ReplyJSON(late)).Limit(provider.Capabilities{Tools: true})
		_, err := run(t, triage, m, alloy.WithSystem("Be brief."))
		require.NoError(t, err)
		req := m.Requests()[0]
		require.True(t, strings.HasPrefix(req.System, "Be brief."))
		for _, part := range []string{"summary", "priority", "urgent", "order_ids"} {
			require.Contains(t, req.System, part)
		}
	})
}

// What a command has worked out for a client holds no longer than the client's options.
func TestConfigureAfterACall(t *testing.T) {
	useDefault(t)
	m := alloytest.New(alloytest.Reply("ok").Forever())
	require.NoError(t, alloy.Configure(alloy.WithProvider(m)))
	for _, model := range []string{"gpt-5", "o3", "gpt-5"} {
		require.NoError(t, alloy.Configure(alloy.WithModel(model)))
		_, err := reply.Run(t.Context(), saying[string]("x"), nil)
		require.NoError(t, err)
		require.Equal(t, model, models(m)[len(m.Requests())-1])
	}
}
