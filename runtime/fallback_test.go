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
	"github.com/alloygen/alloygen/runtime/provider"
)

var chain = []alloy.Option{alloy.WithModel("claude-opus-4-7"), alloy.WithFallback("gpt-5", "o3-mini")}

// F87
func TestFallbacksAreTriedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t, alloytest.Fail(503), alloytest.Fail(500), alloytest.Reply("third"))
		var report alloy.Report
		got, err := run(t, reply, m, append(chain, alloy.WithReport(&report))...)
		require.NoError(t, err)
		require.Equal(t, "third", got)
		require.Equal(t, []string{"claude-opus-4-7", "gpt-5", "o3-mini"}, models(m))
		require.Equal(t, "o3-mini", report.Model)
	})
}

// F88
func TestWhatGoesToAFallback(t *testing.T) {
	for _, tc := range []struct {
		name string
		step alloytest.Step
		want bool
	}{
		{"503", alloytest.Fail(503), true},
		{"500", alloytest.Fail(500), true},
		{"429", alloytest.Fail(429), true},
		{"timeout", alloytest.FailWith(&provider.Error{Class: provider.Timeout}), true},
		{"network", alloytest.FailWith(&provider.Error{Class: provider.Network}), true},
		{"malformed", alloytest.FailWith(&provider.Error{Class: provider.Malformed}), true},
		{"context window", alloytest.FailWith(&provider.Error{Class: provider.ContextWindow}), true},
		{"401", alloytest.Fail(401), true},
		{"404", alloytest.Fail(404), true},
		{"bad answer", alloytest.Reply(" "), true},
		{"400", alloytest.Fail(400), false},
		{"413", alloytest.Fail(413), false},
		{"422", alloytest.Fail(422), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				steps := []alloytest.Step{tc.step}
				if tc.want {
					steps = append(steps, alloytest.Reply("from the fallback"))
				}
				m := play(t, steps...)
				got, err := run(t, reply, m, append(chain, alloy.WithAutoFinalize(false))...)
				if tc.want {
					require.NoError(t, err)
					require.Equal(t, "from the fallback", got)
					require.Equal(t, []string{"claude-opus-4-7", "gpt-5"}, models(m))
					return
				}
				require.Equal(t, "claude-opus-4-7", failed(t, err).Model)
			})
		})
	}
}

// A quota belongs to an account: another provider may help, another model of the same one cannot.
func TestQuotaGoesToAnotherProvider(t *testing.T) {
	quota := alloytest.FailWith(&provider.Error{Class: provider.Quota, Message: "insufficient_quota"})
	m := play(t, quota, alloytest.Reply("ok"))
	_, err := run(t, reply, m, alloy.WithModel("gpt-5"), alloy.WithFallback("o3-mini", "claude-opus-4-7"))
	require.NoError(t, err)
	require.Equal(t, []string{"gpt-5", "claude-opus-4-7"}, models(m))
}

func TestEachModelHasItsOwnAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := timed(play(t, alloytest.Fail(500).Times(3), alloytest.Fail(500).Times(2), alloytest.Reply("ok")))
		_, err := run(t, reply, m, append(chain, times(3))...)
		require.NoError(t, err)
		require.Equal(t, []time.Duration{time.Second / 2, time.Second, 0, time.Second / 2, time.Second}, m.waits())
	})
}

// F90: the conversation goes along; no tool runs twice, and vendor parts stay with their vendor's model.
func TestConversationGoesAlongToTheFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lookup{}
		m := play(t, alloytest.ToolCall("lookup_order", order("4392")).Saying("I will look."), alloytest.Fail(503), alloytest.ReplyJSON(late))
		got, err := run(t, triage, m, append(chain, alloy.WithTools(l.tool()))...)
		require.NoError(t, err)
		require.Equal(t, late, got)
		require.Equal(t, []string{"4392"}, l.ran)
		reqs := m.Requests()
		require.Equal(t, []string{"claude-opus-4-7", "claude-opus-4-7", "gpt-5"}, models(m))
		require.Equal(t, reqs[1].Messages, reqs[2].Messages)
		require.Equal(t, "shipped", results(reqs[2])[0].Content)
		require.Len(t, reqs[2].Tools, 1)
		require.Same(t, ticketSchema, reqs[2].Output)
	})
}

// thinker answers with parts, and keeps what it was asked.
type thinker struct {
	parts    [][]provider.Part // of each answer; nil: the model is overloaded
	requests []*provider.Request
}

func (p *thinker) Do(_ context.Context, req *provider.Request, _ func(provider.Delta) error) (*provider.Response, error) {
	n := len(p.requests)
	p.requests = append(p.requests, req)
	if p.parts[n] == nil {
		return nil, &provider.Error{Class: provider.Overloaded, Message: "try later"}
	}
	return &provider.Response{Parts: p.parts[n], Finish: provider.FinishStop}, nil
}

// F90
func TestVendorPartsStayWithTheirVendor(t *testing.T) {
	thought := provider.Part{Vendor: &provider.Vendor{Provider: "anthropic", Data: []byte(`{"type":"thinking"}`)}}
	for fallback, kept := range map[string]bool{"claude-haiku-4-5": true, "gpt-5": false} {
		t.Run(fallback, func(t *testing.T) {
			l := &lookup{}
			p := &thinker{parts: [][]provider.Part{
				{thought, {ToolCall: &provider.ToolCall{ID: "1", Name: "lookup_order", Arguments: `{"orderID":"4392"}`}}},
				nil,
				{{Text: "It is shipped."}},
			}}
			_, err := run(t, reply, p, alloy.WithModel("claude-opus-4-7"), alloy.WithFallback(fallback), alloy.WithTools(l.tool()))
			require.NoError(t, err)
			require.Contains(t, p.requests[1].Messages[1].Parts, thought, "its own vendor gets it back")
			if kept {
				require.Contains(t, p.requests[2].Messages[1].Parts, thought)
			} else {
				require.NotContains(t, p.requests[2].Messages[1].Parts, thought)
			}
			require.Equal(t, "shipped", results(p.requests[2])[0].Content)
		})
	}
}

// A model that takes over from one whose answer was rejected is told why.
func TestFallbackIsToldOfTheRejectedAnswer(t *testing.T) {
	m := play(t, alloytest.Reply("I think it is urgent."), alloytest.ReplyJSON(late))
	_, err := run(t, triage, m, append(chain, alloy.WithAutoFinalize(false))...)
	require.NoError(t, err)
	second := m.Requests()[1].Messages
	require.Len(t, second, 3)
	require.Equal(t, "I think it is urgent.", second[1].Text())
	require.Contains(t, second[2].Text(), "JSON")
}

// F91
func TestErrorNamesEachModelAndItsReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("connection refused")
		m := play(t, alloytest.Fail(503), alloytest.Fail(429), alloytest.FailWith(&provider.Error{Class: provider.Network, Message: "dial tcp: connection refused", Err: refused}))
		_, err := run(t, reply, m, chain...)
		for _, part := range []string{"claude-opus-4-7", "503", "gpt-5", "429", "o3-mini", "connection refused"} {
			require.ErrorContains(t, err, part)
		}
		require.ErrorIs(t, err, refused)
		e := failed(t, err)
		require.Equal(t, "o3-mini", e.Model)
		require.Len(t, e.Attempts, 3)
	})
}

// F178
func TestFallbackIsVisible(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen events
		_, err := run(t, reply, play(t, alloytest.Fail(503), alloytest.Reply("ok")), append(chain, alloy.WithObserver(&seen))...)
		require.NoError(t, err)
		moved := of[alloy.FallbackStarted](&seen)
		require.Len(t, moved, 1)
		require.Equal(t, "claude-opus-4-7", moved[0].From)
		require.Equal(t, "gpt-5", moved[0].To)
		require.Equal(t, alloy.KindOverloaded, moved[0].Kind)
		as[*provider.Error](t, moved[0].Err)
	})
}

func TestWithoutModelsFallbackIsOff(t *testing.T) {
	m := play(t, alloytest.Fail(503))
	cmd := alloy.NewCommand(alloy.Definition[string]{Name: "Reply"}, chain...)
	_, err := run(t, cmd, m, alloy.WithFallback())
	require.Equal(t, "claude-opus-4-7", failed(t, err).Model)
}

// The next model begins anew: it has its tools, and its own chance with a malformed reply.
func TestFallbackBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lookup{}
		malformed := alloytest.FailWith(&provider.Error{Class: provider.Malformed, Message: "HTML"})
		m := play(t, alloytest.Reply("no").Times(3), malformed, alloytest.ToolCall("lookup_order", order("1")), alloytest.ReplyJSON(late))
		_, err := run(t, triage, m, alloy.WithModel("gpt-5"), alloy.WithFallback("o3"), alloy.WithTools(l.tool()), times(2))
		require.NoError(t, err)
		require.Equal(t, []string{"gpt-5", "gpt-5", "gpt-5", "o3", "o3", "o3"}, models(m))
		require.Len(t, l.ran, 1)

		m = play(t, malformed.Times(2), malformed, alloytest.Reply("ok"))
		_, err = run(t, reply, m, alloy.WithModel("gpt-5"), alloy.WithFallback("o3"), times(2))
		require.NoError(t, err)
	})
}

func TestNoFallbackWithoutTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen events
		_, err := run(t, reply, play(t, alloytest.Hang()), alloy.WithTimeout(time.Second), alloy.WithFallback("o3"), alloy.WithObserver(&seen))
		failed(t, err)
		require.Empty(t, of[alloy.FallbackStarted](&seen))
	})
}

// A call may name as its model what the directives have as a fallback: it is asked once.
func TestModelThatIsItsOwnFallback(t *testing.T) {
	m := play(t, alloytest.Fail(500), alloytest.Fail(500))
	_, err := run(t, reply, m, alloy.WithFallback("o3", "gpt-5"), alloy.WithModel("gpt-5"))
	failed(t, err)
	require.Equal(t, []string{"gpt-5", "o3"}, models(m))
}
