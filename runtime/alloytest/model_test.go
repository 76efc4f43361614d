package alloytest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

func ask(text string) *provider.Request {
	return &provider.Request{Model: "m-1", Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{{Text: text}}}}}
}

func failure(t *testing.T, err error) *provider.Error {
	t.Helper()
	var perr *provider.Error
	require.ErrorAs(t, err, &perr)
	return perr
}

// F152
func TestStepsPlayInOrder(t *testing.T) {
	m := alloytest.New(
		alloytest.Reply("one"),
		alloytest.ReplyJSON(map[string]int{"n": 2}),
		alloytest.ToolCalls(alloytest.Call{Name: "a", Args: map[string]any{"x": 1}}, alloytest.Call{Name: "b", Args: "{broken", ID: "mine"}).Saying("I will look."),
		alloytest.ToolCall("c", nil),
		alloytest.Truncate("half an"),
		alloytest.Refuse("I would rather not"),
		alloytest.Pause("to be continued"),
	).For(t)

	var got []*provider.Response
	for range 7 {
		r, err := m.Do(t.Context(), ask("hello"), nil)
		require.NoError(t, err)
		require.Equal(t, "m-1", r.Model)
		require.Positive(t, r.Usage.Total())
		got = append(got, r)
	}
	require.Equal(t, "one", got[0].Text())
	require.Equal(t, provider.FinishStop, got[0].Finish)
	require.Equal(t, `{"n":2}`, got[1].Text())
	require.Equal(t, "I will look.", got[2].Text())
	require.Equal(t, provider.FinishToolCalls, got[2].Finish)
	require.Equal(t, []*provider.ToolCall{{ID: "call_1", Name: "a", Arguments: `{"x":1}`}, {ID: "mine", Name: "b", Arguments: "{broken"}}, got[2].ToolCalls())
	require.Equal(t, []*provider.ToolCall{{ID: "call_2", Name: "c", Arguments: "{}"}}, got[3].ToolCalls())
	require.Equal(t, provider.FinishLength, got[4].Finish)
	require.Equal(t, provider.FinishRefusal, got[5].Finish)
	require.Equal(t, provider.FinishPause, got[6].Finish)
	require.NotEqual(t, got[0].RequestID, got[1].RequestID)
}

func TestFailuresHaveTheClassOfTheirStatus(t *testing.T) {
	for status, class := range map[int]provider.Class{
		400: provider.Invalid, 401: provider.Invalid, 403: provider.Invalid, 404: provider.Invalid, 413: provider.Invalid,
		422: provider.Invalid, 501: provider.Invalid, 402: provider.Quota, 408: provider.Server, 409: provider.Server,
		500: provider.Server, 502: provider.Server, 504: provider.Server, 520: provider.Server, 429: provider.RateLimit,
		503: provider.Overloaded, 529: provider.Overloaded, 200: provider.Malformed,
	} {
		_, err := alloytest.New(alloytest.Fail(status)).Do(t.Context(), ask("hello"), nil)
		got := failure(t, err)
		require.Equal(t, class, got.Class, "status %d", status)
		require.Equal(t, status, got.Status)
		require.Equal(t, "m-1", got.Model)
		require.NotEmpty(t, got.Message)
	}
}

func TestFailuresCarryWhatTheyWereGiven(t *testing.T) {
	cause := errors.New("no route to host")
	given := &provider.Error{Class: provider.Network, Message: "dial", Err: cause}
	missing := &provider.ConfigError{Setting: "OPENAI_API_KEY", Message: "set it"}
	m := alloytest.New(
		alloytest.FailWith(given).RetryAfter(2*time.Second).Usage(provider.Usage{InputTokens: 7}),
		alloytest.FailWith(missing),
		alloytest.ReplyJSON(make(chan int)),
	).For(t)

	_, err := m.Do(t.Context(), ask("hello"), nil)
	require.ErrorIs(t, err, cause)
	require.Equal(t, 2*time.Second, failure(t, err).RetryAfter)
	require.Equal(t, 7, failure(t, err).Usage.InputTokens)
	require.Zero(t, given.RetryAfter, "the error given is left alone")

	_, err = m.Do(t.Context(), ask("hello"), nil)
	require.Same(t, missing, err)

	_, err = m.Do(t.Context(), ask("hello"), nil)
	require.ErrorContains(t, err, "alloytest: ReplyJSON: json: unsupported type: chan int")
}

func TestStepsRepeat(t *testing.T) {
	m := alloytest.New(alloytest.Fail(503).Times(2), alloytest.Reply("up").Forever()).For(t)
	for range 2 {
		_, err := m.Do(t.Context(), ask("hello"), nil)
		require.Equal(t, provider.Overloaded, failure(t, err).Class)
	}
	for range 5 {
		r, err := m.Do(t.Context(), ask("hello"), nil)
		require.NoError(t, err)
		require.Equal(t, "up", r.Text())
	}
}

// witness is a testing.TB that keeps what a test is told.
type witness struct {
	testing.TB
	told    []string
	cleanup func()
}

func (w *witness) Errorf(format string, args ...any) {
	w.told = append(w.told, fmt.Sprintf(format, args...))
}
func (w *witness) Cleanup(f func()) { w.cleanup = f }
func (w *witness) Failed() bool     { return len(w.told) > 0 }
func (w *witness) Helper()          {}

func TestTheEndOfTheScript(t *testing.T) {
	w := &witness{TB: t}
	m := alloytest.New(alloytest.Reply("one"), alloytest.Reply("two")).For(w)
	for range 2 {
		_, err := m.Do(t.Context(), ask("hello"), nil)
		require.NoError(t, err)
	}
	_, err := m.Do(t.Context(), ask("hello"), nil)
	require.ErrorContains(t, err, "the script is used up: it has 2 steps, and this is request 3")
	require.IsType(t, &provider.ConfigError{}, err, "neither retried nor taken to a fallback")
	w.cleanup()
	require.Equal(t, []string{"alloytest: the script is used up: it has 2 steps, and this is request 3"}, w.told)
}

func TestStepsThatNeverPlayed(t *testing.T) {
	w := &witness{TB: t}
	m := alloytest.New(alloytest.Reply("one"), alloytest.Fail(503).Times(2)).For(w)
	for range 2 {
		_, _ = m.Do(t.Context(), ask("hello"), nil)
	}
	w.cleanup()
	require.Equal(t, []string{"alloytest: the script has 2 steps, and the test ended at step 2 (Fail(503)) after 2 requests"}, w.told)
}

func TestHangEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		m := alloytest.New(alloytest.Hang(), alloytest.Hang(), alloytest.Reply("late").After(time.Minute), alloytest.Reply("in time").After(time.Second)).For(t)

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := m.Do(ctx, ask("hello"), nil)
		require.Equal(t, provider.Timeout, failure(t, err).Class)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 5*time.Second, time.Since(begin))

		left := errors.New("the user left")
		gone, leave := context.WithCancelCause(t.Context())
		leave(left)
		_, err = m.Do(gone, ask("hello"), nil)
		require.Equal(t, provider.Canceled, failure(t, err).Class)
		require.ErrorIs(t, err, left)
		require.ErrorIs(t, err, context.Canceled)

		ctx, cancel = context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err = m.Do(ctx, ask("hello"), nil)
		require.Equal(t, provider.Timeout, failure(t, err).Class)
		require.Equal(t, 10*time.Second, time.Since(begin))

		r, err := m.Do(t.Context(), ask("hello"), nil)
		require.NoError(t, err)
		require.Equal(t, "in time", r.Text())
		require.Equal(t, 11*time.Second, time.Since(begin))
	})
}

func TestStreams(t *testing.T) {
	for _, tc := range []struct {
		name string
		step alloytest.Step
		want []string
	}{
		{"words", alloytest.Reply("the whole answer"), []string{"the ", "whole ", "answer"}},
		{"chunks", alloytest.Reply("").Chunks("hel", "lo"), []string{"hel", "lo"}},
		{"thoughts", alloytest.Reply("").Chunks("", "", "lo"), []string{"", "", "lo"}},
		{"nothing", alloytest.Reply(""), nil},
		{"tool calls", alloytest.ToolCall("look", nil).Saying("a moment"), []string{"a ", "moment", "look({})"}},
		{"cut", alloytest.Cut("half an"), []string{"half ", "an", "truncated"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			_, err := alloytest.New(tc.step).Do(t.Context(), ask("hello"), func(d provider.Delta) error {
				if d.ToolCall != nil {
					got = append(got, d.ToolCall.Name+"("+d.ToolCall.Arguments+")")
				} else {
					got = append(got, d.Text)
				}
				return nil
			})
			if err != nil {
				got = append(got, string(failure(t, err).Class))
			}
			require.Equal(t, tc.want, got)
		})
	}

	stop := errors.New("enough")
	_, err := alloytest.New(alloytest.Reply("the whole answer")).Do(t.Context(), ask("hello"), func(provider.Delta) error { return stop })
	require.Equal(t, stop, err, "an error of emit comes back as it is")
}

func TestRequestsAreCopies(t *testing.T) {
	temperature := 0.5
	req := &provider.Request{
		Model: "m-1",
		Messages: []provider.Message{
			{Role: provider.User, Parts: []provider.Part{{Text: "look"}, {Image: &provider.Image{Data: []byte("png")}}}},
			{Role: provider.Assistant, Parts: []provider.Part{{ToolCall: &provider.ToolCall{ID: "1", Name: "a"}}, {Vendor: &provider.Vendor{Data: []byte("{}")}}}},
			{Role: provider.User, Parts: []provider.Part{{ToolResult: &provider.ToolResult{CallID: "1", Content: "done"}}}},
		},
		Tools:    []provider.Tool{{Name: "a", Input: &provider.Schema{Name: "a"}}},
		Settings: provider.Settings{Temperature: &temperature, Stop: []string{"END"}},
		Extra:    map[string]any{"deep": map[string]any{"list": []any{"x"}}},
	}
	m := alloytest.New(alloytest.Reply("ok")).For(t)
	_, err := m.Do(t.Context(), req, nil)
	require.NoError(t, err)
	want := m.Requests()

	req.Messages[0].Parts[0].Text = "changed"
	req.Messages[0].Parts[1].Image.Data[0] = 'X'
	req.Messages[1].Parts[0].ToolCall.Name = "changed"
	req.Messages[1].Parts[1].Vendor.Data[0] = 'X'
	req.Messages[2].Parts[0].ToolResult.Content = "changed"
	req.Tools[0].Name = "changed"
	*req.Settings.Temperature = 1
	req.Settings.Stop[0] = "changed"
	req.Extra["deep"].(map[string]any)["list"].([]any)[0] = "changed"
	require.Equal(t, want, m.Requests())

	want[0].Messages[0].Parts[0].Text = "changed"
	require.Equal(t, "look", m.Requests()[0].Messages[0].Parts[0].Text)
}

func TestCapabilities(t *testing.T) {
	require.Equal(t, provider.Capabilities{Tools: true, Schema: true, SchemaWithTools: true, Images: true, Documents: true, Audio: true, Stream: true, Temperature: true}, alloytest.New().Capabilities("m-1"))
	require.Equal(t, provider.Capabilities{Tools: true}, alloytest.New().Limit(provider.Capabilities{Tools: true}).Capabilities("m-1"))
}

func TestConcurrentCallsAreAnsweredFromTheirRequests(t *testing.T) {
	m := alloytest.New(alloytest.Func(func(_ context.Context, req *provider.Request) alloytest.Step {
		return alloytest.Reply("re: " + req.Messages[0].Text())
	}).Forever()).For(t)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			question := fmt.Sprint("question ", i)
			r, err := m.Do(context.Background(), ask(question), nil)
			if err != nil || r.Text() != "re: "+question {
				t.Errorf("%s: %v, %v", question, r, err)
			}
		})
	}
	wg.Wait()
	require.Len(t, m.Requests(), 100)
}

// Silence in the middle of an answer: Hang comes after its pieces.
func TestHangAfterPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := alloytest.New(alloytest.Hang().Chunks("It ", "is ")).For(t)
		stream := alloy.AskStream(t.Context(), "Where is my order?", alloy.WithProvider(model), alloy.WithStreamTimeout(alloy.StreamTimeout{Idle: 2 * time.Second}))
		began := time.Now()
		require.Equal(t, []string{"It ", "is "}, slices.Collect(stream.Text()))
		_, err := stream.Result()
		require.ErrorContains(t, err, "timeout: no further piece of the answer within 2s (after 6 bytes of the answer had been delivered)")
		require.Equal(t, 2*time.Second, time.Since(began))
	})
}
