package alloy_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// prompt is a call with that prompt.
func prompt[T any](p alloy.Prompt[T]) alloy.Call[T] {
	return alloy.Call[T]{Prompt: func(context.Context) (alloy.Prompt[T], error) { return p, nil }}
}

// sent is the first request of a call.
func sent[T any](t *testing.T, cmd alloy.Command[T], p alloy.Prompt[T], opts ...alloy.Option) *provider.Request {
	t.Helper()
	req, err := cmd.Request(t.Context(), prompt(p), append(opts, alloy.WithProvider(alloytest.New())))
	require.NoError(t, err)
	return req
}

// Examples show the model just what it is asked to write.
func TestExamplesAreWrittenAsAnswers(t *testing.T) {
	t.Run("text", func(t *testing.T) {
		req := sent(t, reply, alloy.Promptf[string]("now").WithExample("hi", "hello"))
		require.Equal(t, "hello", req.Messages[1].Text())
	})
	t.Run("wrapped", func(t *testing.T) {
		req := sent(t, wrapped[float64](`{"type":"number"}`), alloy.Promptf[float64]("now").WithExample("a half", 0.5))
		require.Equal(t, `{"value":0.5}`, req.Messages[1].Text())
	})
	t.Run("its own encoding", func(t *testing.T) {
		cmd := alloy.NewCommand(alloy.Definition[time.Duration]{
			Name: "Wait", Wrapped: true,
			Output: &alloy.Schema{Name: "Wait", JSON: `{"type":"object","properties":{"value":{"type":"string"}},"required":["value"]}`},
			Encode: func(d time.Duration) ([]byte, error) { return json.Marshal(d.String()) },
		})
		req := sent(t, cmd, alloy.Promptf[time.Duration]("now").WithExample("soon", time.Minute))
		require.Equal(t, `{"value":"1m0s"}`, req.Messages[1].Text())
	})
	t.Run("several", func(t *testing.T) {
		req := sent(t, reply, alloy.Promptf[string]("now").WithExample("a", "1").WithExample("b", "2"))
		var all []string
		for _, m := range req.Messages {
			all = append(all, m.Text())
		}
		require.Equal(t, []string{"a", "1", "b", "2", "now"}, all)
	})
}

// A prompt is a value: what is made from it does not change it.
func TestPromptsAreValues(t *testing.T) {
	base := alloy.Promptf[string]("now").WithHistory(alloy.UserMessage(alloy.Text("a")))
	first := base.WithHistory(alloy.AssistantMessage(alloy.Text("1")))
	second := base.WithHistory(alloy.AssistantMessage(alloy.Text("2"))).WithSystem("Be brief.")
	require.Len(t, sent(t, reply, base).Messages, 2)
	require.Equal(t, "1", sent(t, reply, first).Messages[1].Text())
	require.Equal(t, "2", sent(t, reply, second).Messages[1].Text())
	require.Empty(t, sent(t, reply, first).System)
}

// F14: data goes before the prompt, images included.
func TestContextGoesBeforeThePrompt(t *testing.T) {
	req := sent(t, reply, alloy.PromptOf[string](alloy.Text("What is it?"), alloy.Image("image/png", []byte("png"))), alloy.WithContext([]int{1, 2}))
	require.Equal(t, "Context: [1,2]\n\nTask: What is it?", req.Messages[0].Text())
	require.NotNil(t, req.Messages[0].Parts[len(req.Messages[0].Parts)-1].Image)
}

// A prompt function gets the context of the call.
func TestPromptFunctionGetsTheContext(t *testing.T) {
	call := alloy.Call[string]{Prompt: func(ctx context.Context) (alloy.Prompt[string], error) {
		return alloy.Promptf[string]("%v", ctx.Value(ctxKey{})), nil
	}}
	req, err := reply.Request(context.WithValue(t.Context(), ctxKey{}, "the caller's"), call, []alloy.Option{alloy.WithProvider(alloytest.New())})
	require.NoError(t, err)
	require.Equal(t, "the caller's", req.Messages[0].Text())
}

// A giant prompt goes through whole.
func TestGiantPrompt(t *testing.T) {
	giant := strings.Repeat("é", 4<<20)
	require.Equal(t, giant, sent(t, reply, alloy.Promptf[string]("%s", giant)).Messages[0].Text())
}
