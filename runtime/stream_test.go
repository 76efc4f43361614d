package alloy_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// streamed is a stream of cmd on a scripted model.
func streamed[T any](t *testing.T, cmd alloy.Command[T], m provider.Provider, opts ...alloy.Option) *alloy.Stream[T] {
	t.Helper()
	return cmd.Stream(t.Context(), saying[T]("Where is order 4392?"), append([]alloy.Option{alloy.WithProvider(m)}, opts...))
}

// F130: pieces come in order, and are the text.
func TestTextOfAStream(t *testing.T) {
	s := streamed(t, reply, play(t, alloytest.Reply("").Chunks("hel", "lo")))
	require.Equal(t, []string{"hel", "lo"}, slices.Collect(s.Text()))
	got, err := s.Result()
	require.NoError(t, err)
	require.Equal(t, "hello", got)
	require.Empty(t, slices.Collect(s.Text()), "a stream runs once")
	require.Empty(t, slices.Collect(s.Partials()))
}

// F131: partial values of a typed command grow, and the last is the result of the plain call.
func TestPartialsOfAStream(t *testing.T) {
	var chunks []string
	for rest := lateJSON; rest != ""; {
		n := min(7, len(rest))
		chunks, rest = append(chunks, rest[:n]), rest[n:]
	}
	s := streamed(t, triage, play(t, alloytest.Reply("").Chunks(chunks...)))
	all := slices.Collect(s.Partials())
	require.Greater(t, len(all), 5)
	for i := 1; i < len(all); i++ {
		require.True(t, strings.HasPrefix(all[i].Summary, all[i-1].Summary), "%q, %q", all[i-1].Summary, all[i].Summary)
		require.Contains(t, []string{"", "urgent"}, all[i].Priority, "an enum is there when it is complete")
		require.Contains(t, []float64{0, 0.9}, all[i].Score)
	}
	require.Equal(t, late, all[len(all)-1])
	got, err := s.Result()
	require.NoError(t, err)
	require.Equal(t, late, got)
}

// F132: a model that cannot stream is refused before any request.
func TestStreamOnAModelThatCannot(t *testing.T) {
	m := play(t).Limit(provider.Capabilities{Tools: true, Schema: true})
	s := streamed(t, reply, m)
	require.Empty(t, slices.Collect(s.Text()))
	_, err := s.Result()
	require.Equal(t, "stream", as[*alloy.ConfigurationError](t, err).Setting)
	require.Empty(t, m.Requests())
}

// F133: rounds of tools run in the middle of a stream; their limit is the same.
func TestStreamWithTools(t *testing.T) {
	var l lookup
	s := streamed(t, reply, play(t, alloytest.ToolCall("lookup_order", order("1")).Saying("I look. "), alloytest.Reply("").Chunks("It is ", "shipped.")), alloy.WithTools(l.tool()))
	require.Equal(t, "I look. It is shipped.", strings.Join(slices.Collect(s.Text()), ""))
	got, err := s.Result()
	require.NoError(t, err)
	require.Equal(t, "It is shipped.", got)
	require.Len(t, l.ran, 1)

	s = streamed(t, reply, play(t, alloytest.ToolCall("lookup_order", order("1")).Times(2)), alloy.WithTools(l.tool()), alloy.WithMaxToolTurns(1))
	require.Empty(t, slices.Collect(s.Text()))
	_, err = s.Result()
	as[*alloy.ToolLoopLimitExceeded](t, err)
}

// F134: an answer without text has no pieces.
func TestEmptyStream(t *testing.T) {
	s := streamed(t, notify, play(t, alloytest.Reply("")))
	require.Empty(t, slices.Collect(s.Text()))
	_, err := s.Result()
	require.NoError(t, err)
}

// F135: what fails before the stream is open is an error like that of a plain call; what fails in its middle comes after the pieces.
func TestFailuresOfAStream(t *testing.T) {
	s := streamed(t, reply, play(t, alloytest.Fail(401)))
	require.Empty(t, slices.Collect(s.Text()))
	_, err := s.Result()
	require.Equal(t, alloy.KindInvalid, failed(t, err).Kind)

	m := play(t, alloytest.Cut("start"))
	s = streamed(t, reply, m, times(3), alloy.WithRetryOn(alloy.All), alloy.WithFallback("o3"), alloy.WithFinalize(alloy.Finalize{Error: true}))
	require.Equal(t, "start", strings.Join(slices.Collect(s.Text()), ""))
	_, err = s.Result()
	require.Equal(t, alloy.KindNetwork, failed(t, err).Kind)
	require.Equal(t, 5, as[*alloy.StreamInterrupted](t, err).Delivered)
	require.EqualError(t, err, "Reply: gpt-5-mini failed after 1 attempt: network: the connection was cut (after 5 bytes of the answer had been delivered)",
		"else a reader wonders why there was no other attempt")
	require.EqualError(t, as[*alloy.StreamInterrupted](t, err),
		"the stream ended after 5 bytes of the answer had been delivered: alloytest/gpt-5-mini: truncated: the connection was cut")
	require.Len(t, m.Requests(), 1, "nothing is delivered twice")
}

// F138: before the first piece everything is tried again; an answer of which pieces were delivered is not.
func TestStreamStartsAgainBeforeItsFirstPiece(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t, alloytest.Fail(500), alloytest.Fail(429).RetryAfter(time.Second), alloytest.Cut(""), alloytest.Reply("hello"))
		s := streamed(t, reply, m, times(3), alloy.WithFallback("o3"))
		require.Equal(t, []string{"hello"}, slices.Collect(s.Text()))
		require.Equal(t, []string{alloy.DefaultModel, alloy.DefaultModel, alloy.DefaultModel, "o3"}, models(m))
	})
	s := streamed(t, triage, play(t, alloytest.Reply(`{"summary":1}`)), times(3))
	require.Equal(t, `{"summary":1}`, strings.Join(slices.Collect(s.Text()), ""))
	_, err := s.Result()
	require.Equal(t, alloy.KindSchema, failed(t, err).Kind)
	require.Equal(t, 13, as[*alloy.StreamInterrupted](t, err).Delivered)

	// Partial values begin anew, and say so.
	var seen events
	p := streamed(t, triage, play(t, alloytest.Reply(`{"summary":"other","score":7}`), alloytest.ReplyJSON(late)), alloy.WithObserver(&seen))
	all := slices.Collect(p.Partials())
	require.Equal(t, "other", all[0].Summary)
	require.Equal(t, late, all[len(all)-1])
	require.Len(t, of[alloy.Restarted](&seen), 1)
}

// F136: leaving the loop ends the request; Result says so.
func TestLeavingAStream(t *testing.T) {
	views := map[string]func(s *alloy.Stream[string]){
		"text":     func(s *alloy.Stream[string]) { leave(s.Text()) },
		"partials": func(s *alloy.Stream[string]) { leave(s.Partials()) },
		"events":   func(s *alloy.Stream[string]) { leave(s.Events()) },
	}
	for name, view := range views {
		t.Run(name, func(t *testing.T) {
			m := alloytest.New(alloytest.Reply("").Chunks("a", "b", "c").Forever())
			s := streamed(t, reply, m, times(5), alloy.WithRetryOn(alloy.All), alloy.WithFallback("o3"), alloy.WithFinalize(alloy.Finalize{Error: true, Timeout: true}))
			view(s)
			_, err := s.Result()
			require.Equal(t, alloy.KindCanceled, failed(t, err).Kind)
			require.ErrorContains(t, err, "canceled: the reader left the stream", "no context has ended")
			require.LessOrEqual(t, len(m.Requests()), 1)
		})
	}
}

func leave[V any](seq iter.Seq[V]) {
	for range seq {
		break
	}
}

// A panic of the loop's body is the reader's, as is the end of its goroutine. The call has ended in order by then.
func TestPanicInTheLoop(t *testing.T) {
	var seen events
	s := streamed(t, reply, alloytest.New(alloytest.Reply("").Chunks("a", "b")), alloy.WithObserver(&seen))
	require.PanicsWithValue(t, "mine", func() {
		for range s.Text() {
			panic("mine")
		}
	})
	require.Len(t, of[alloy.CallFinished](&seen), 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range streamed(t, reply, alloytest.New(alloytest.Reply("").Chunks("a", "b")), alloy.WithObserver(&seen)).Events() {
			runtime.Goexit()
		}
	}()
	<-done
	require.Len(t, of[alloy.CallFinished](&seen), 2)
}

// F137: events come in order, those of tools that run side by side while they run.
func TestEventsOfAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lookup
		slow := alloy.Tool{Name: "slow", Input: anyInput, Run: func(context.Context, []byte) (any, error) { time.Sleep(time.Second); return "ok", nil }}
		m := play(t, alloytest.Fail(500), alloytest.ToolCalls(alloytest.Call{Name: "lookup_order", Args: order("1")}, alloytest.Call{Name: "slow"}), alloytest.Reply("").Chunks("do", "ne"))
		s := streamed(t, reply, m, times(2), alloy.WithTools(l.tool(), slow))
		var names []string
		begin := time.Now()
		for e := range s.Events() {
			names = append(names, strings.TrimPrefix(fmt.Sprintf("%T", e), "alloy."))
			if f, ok := e.(alloy.ToolFinished); ok && f.Tool == "lookup_order" {
				require.Less(t, time.Since(begin), time.Second, "not after all tools have ended")
			}
		}
		require.Equal(t, []string{"CallStarted", "StateChanged", "RequestStarted", "RequestFinished", "RetryScheduled", "RequestStarted", "RequestFinished", "StateChanged"}, names[:8])
		require.ElementsMatch(t, []string{"ToolStarted", "ToolStarted", "ToolFinished", "ToolFinished"}, names[8:12])
		require.Equal(t, []string{"TurnFinished", "StateChanged", "RequestStarted", "TextDelta", "TextDelta", "RequestFinished", "AnswerAccepted", "StateChanged", "CallFinished"}, names[12:])
		got, err := s.Result()
		require.NoError(t, err)
		require.Equal(t, "done", got)
	})
}

// F137: those of limits and fallback too, and of a call that is no more than a mistake.
func TestEventsOfLimitsAndFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t, alloytest.Fail(500).Times(2), alloytest.Reply("").Chunks("do", "ne"))
		limit := alloy.WithRateLimit("openai", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerMinute(60)}, Burst: 1})
		s := streamed(t, reply, m, times(2), limit, alloy.WithFallback("o3"))
		var names []string
		for e := range s.Events() {
			names = append(names, strings.TrimPrefix(fmt.Sprintf("%T", e), "alloy."))
		}
		request := []string{"RateLimitAcquired", "RequestStarted", "RequestFinished"}
		require.Equal(t, slices.Concat([]string{"CallStarted", "StateChanged"}, request, []string{"RetryScheduled"}, request,
			[]string{"FallbackStarted", "RateLimitAcquired", "RequestStarted", "TextDelta", "TextDelta", "RequestFinished", "AnswerAccepted", "StateChanged", "CallFinished"}), names)
	})
	var all []alloy.Event
	s := streamed(t, reply, nil, alloy.WithModel("nobody-7"))
	for e := range s.Events() {
		all = append(all, e)
	}
	require.Len(t, all, 3)
	_, err := s.Result()
	require.Equal(t, err, all[2].(alloy.CallFinished).Err)
}

// Who reads the events of a stream sees that an approval is asked for before it is given, also where tools run side by side.
func TestApprovalAmidAStream(t *testing.T) {
	for _, n := range []int{1, 3} {
		asked := make(chan struct{})
		approver := alloy.ApproverFunc(func(ctx context.Context, _ alloy.ApprovalRequest) (alloy.Decision, error) {
			select {
			case <-asked:
				return alloy.Decision{Approved: true}, nil
			case <-ctx.Done():
				return alloy.Decision{}, ctx.Err()
			}
		})
		tool := alloy.Tool{Name: "pay", Input: anyInput, Approve: &alloy.Approval{}, Run: func(context.Context, []byte) (any, error) { return nil, errors.New("no money") }}
		s := streamed(t, reply, play(t, alloytest.ToolCalls(make3("pay")[:n]...), alloytest.Reply("done")), alloy.WithTools(tool), alloy.WithApprover(approver))
		requested, failures := 0, 0
		for e := range s.Events() {
			switch e := e.(type) {
			case alloy.ApprovalRequested:
				if requested++; requested == 1 {
					close(asked)
				}
			case alloy.ToolFinished:
				require.Error(t, e.Err)
				failures++
			}
		}
		require.Equal(t, []int{n, n}, []int{requested, failures})
		got, err := s.Result()
		require.NoError(t, err)
		require.Equal(t, "done", got)
	}
}

// F131: values that stand alone are shown like the parts of others: strings grow, all else comes when it is complete.
func TestPartialsOfEveryRoot(t *testing.T) {
	t.Run("number", func(t *testing.T) { partials(t, wrapped[int](`{"type":"integer"}`), `{"value":123}`, 123) })
	t.Run("bool", func(t *testing.T) { partials(t, wrapped[bool](`{"type":"boolean"}`), `{"value":true}`, true) })
	type priority string
	t.Run("enum", func(t *testing.T) {
		partials(t, wrapped[priority](`{"type":"string","enum":["low","lower"]}`), `{"value":"lower"}`, "lower")
	})
	t.Run("string", func(t *testing.T) {
		partials(t, wrapped[priority](`{"type":"string"}`), `{"value":"a\u00e9\ud83d\ude00"}`, "", "a", "aé", "aé😀")
	})
	t.Run("list", func(t *testing.T) {
		partials(t, wrapped[[]int](`{"type":"array","items":{"type":"integer"}}`), `{"value":[1,22]}`, []int{}, []int{1}, []int{1, 22})
	})
	t.Run("map", func(t *testing.T) {
		partials(t, wrapped[map[string]int](`{"type":"object","additionalProperties":{"type":"integer"}}`), `{"value":{"a":1,"b":2}}`,
			map[string]int{}, map[string]int{"a": 1}, map[string]int{"a": 1, "b": 2})
	})
	when := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	t.Run("time", func(t *testing.T) {
		partials(t, wrapped[time.Time](`{"type":"string","format":"date-time"}`), `{"value":"2026-11-25T09:00:00Z"}`, when)
	})
	t.Run("pointer", func(t *testing.T) {
		partials(t, wrapped[*int](`{"type":["integer","null"]}`), `{"value":null}`, nil)
	})
	t.Run("text", func(t *testing.T) { partials(t, reply, `{"a`, `{`, `{"`, `{"a`) })
}

// partials compares those of an answer that comes byte by byte, each of which may come several times.
func partials[T any](t *testing.T, cmd alloy.Command[T], answer string, want ...T) {
	t.Helper()
	s := streamed(t, cmd, play(t, alloytest.Reply("").Chunks(pieces(answer, 1)...)))
	got := slices.CompactFunc(slices.Collect(s.Partials()), func(a, b T) bool { return reflect.DeepEqual(a, b) })
	_, err := s.Result()
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// A Result without a loop is a plain call; within the loop there is none yet.
func TestResultWithoutALoop(t *testing.T) {
	m := play(t, alloytest.Reply("hello"))
	s := streamed(t, reply, m)
	got, err := s.Result()
	require.NoError(t, err)
	require.Equal(t, "hello", got)
	require.Empty(t, slices.Collect(s.Text()))

	s = streamed(t, reply, play(t, alloytest.Reply("hello")))
	for range s.Text() {
		_, err := s.Result()
		as[*alloy.ConfigurationError](t, err)
	}
}

// F13
func TestAskStream(t *testing.T) {
	s := alloy.AskStream(t.Context(), "Why is the sky blue?", alloy.WithProvider(play(t, alloytest.Reply("It scatters."))), alloy.WithModel("o3"))
	require.Equal(t, "It scatters.", strings.Join(slices.Collect(s.Text()), ""))
}

// A stream of the value of degrade, or of a provider that delivers nothing piece by piece, has it in one piece.
func TestStreamInOnePiece(t *testing.T) {
	silent := rogue(func(context.Context) (*provider.Response, error) {
		return &provider.Response{Parts: []provider.Part{{Text: "hello"}}, Finish: provider.FinishStop}, nil
	})
	require.Equal(t, []string{"hello"}, slices.Collect(streamed(t, reply, silent).Text()))
	call := saying[string]("hello")
	call.Degrade = func(context.Context, error) (string, error) { return "later", nil }
	s := reply.Stream(t.Context(), call, []alloy.Option{alloy.WithProvider(play(t, alloytest.Fail(503)))})
	require.Equal(t, []string{"later"}, slices.Collect(s.Text()))
}
