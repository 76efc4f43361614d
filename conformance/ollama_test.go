package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/ollama/ollama/api"
	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/ollama"
)

const ollamaModel = "qwen3"

func ollamaPair(t *testing.T, r *recorder) (*api.Client, provider.Provider) {
	t.Setenv("OLLAMA_BASE_URL", r.URL)
	t.Setenv("OLLAMA_API_KEY", "")
	ours, err := ollama.New(provider.Config{})
	require.NoError(t, err)
	base, err := url.Parse(r.URL)
	require.NoError(t, err)
	return api.NewClient(base, http.DefaultClient), ours
}

// ollamaRequest is a request of the client's, with what we ask of every server: to say when a conversation is too long.
func ollamaRequest(stream bool, messages ...api.Message) *api.ChatRequest {
	no := false
	return &api.ChatRequest{Model: ollamaModel, Messages: messages, Stream: &stream, Options: map[string]any{"num_predict": 300}, Truncate: &no, Shift: &no}
}

func ollamaTyped(schema *provider.Schema) *api.ChatRequest {
	req := ollamaRequest(false, api.Message{Role: "system", Content: system}, api.Message{Role: "user", Content: question})
	req.Format = json.RawMessage(schema.Text())
	return req
}

func ollamaTools(t *testing.T, stream bool) *api.ChatRequest {
	t.Helper()
	call := func(id string, index int, order string) api.ToolCall {
		arguments := api.NewToolCallFunctionArguments()
		arguments.Set("orderID", order)
		return api.ToolCall{ID: id, Function: api.ToolCallFunction{Index: index, Name: lookup.Name, Arguments: arguments}}
	}
	req := ollamaRequest(stream,
		api.Message{Role: "user", Content: question},
		api.Message{Role: "assistant", Content: "I will look.", ToolCalls: []api.ToolCall{call("call_1", 0, "4392"), call("call_2", 1, "1")}},
		api.Message{Role: "tool", Content: "shipped", ToolName: lookup.Name, ToolCallID: "call_1"},
		api.Message{Role: "tool", Content: "error: four digits", ToolName: lookup.Name, ToolCallID: "call_2"})
	var parameters api.ToolFunctionParameters
	require.NoError(t, json.Unmarshal([]byte(lookup.Input.Text()), &parameters))
	req.Tools = api.Tools{{Type: "function", Function: api.ToolFunction{Name: lookup.Name, Description: lookup.Description, Parameters: parameters}}}
	return req
}

// chat makes a call with the client, and returns the pieces of its answer.
func ollamaChat(t *testing.T, client *api.Client, req *api.ChatRequest) (pieces []api.ChatResponse) {
	t.Helper()
	require.NoError(t, client.Chat(t.Context(), req, func(piece api.ChatResponse) error {
		pieces = append(pieces, piece)
		return nil
	}))
	return pieces
}

var ollamaReasons = map[string]string{
	".tools[0].function.parameters.additionalProperties": "the client's type has no field for it; the server reads what it knows",
}

func TestOllamaRequests(t *testing.T) {
	image := imageCall(ollamaModel)
	image.Messages[0].Parts = image.Messages[0].Parts[:2] // an address is refused
	think := api.ThinkValue{Value: true}
	effort := ollamaRequest(false, api.Message{Role: "user", Content: question})
	effort.Think = &think
	thinks := typedCall(ollamaModel, nil)
	thinks.System, thinks.Settings.Effort = "", "high"
	for name, tc := range map[string]struct {
		sdk     *api.ChatRequest
		ours    *provider.Request
		reasons map[string]string
	}{
		"typed": {ollamaTyped(ticket), typedCall(ollamaModel, ticket), nil},
		"tools": {ollamaTools(t, false), toolCall(ollamaModel), ollamaReasons},
		"image": {ollamaRequest(false, api.Message{Role: "user", Content: question, Images: []api.ImageData{picture}}), image, nil},
		"think": {effort, thinks, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "image" {
				tc.sdk.Model, tc.ours.Model = "qwen3-vl", "qwen3-vl"
			}
			r := record(t, 200, compacted(reply(t, "ollama-text")))
			client, ours := ollamaPair(t, r)
			ollamaChat(t, client, tc.sdk)
			_, err := ours.Do(t.Context(), tc.ours, nil)
			require.NoError(t, err)
			theirs, mine := r.pair(t)
			same(t, theirs, mine, tc.reasons)
		})
	}
}

// compacted is a recorded reply on one line, as the client reads every answer.
func compacted(data []byte) []byte {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		panic(err)
	}
	line, _ := json.Marshal(v)
	return append(line, '\n')
}

// sameChat compares what the client made of an answer, piece by piece in a stream, with what we made of it.
func sameChat(t *testing.T, pieces []api.ChatResponse, got *provider.Response) {
	t.Helper()
	text, thoughts := "", ""
	var calls []api.ToolCall
	for _, p := range pieces {
		text, thoughts, calls = text+p.Message.Content, thoughts+p.Message.Thinking, append(calls, p.Message.ToolCalls...)
	}
	want := pieces[len(pieces)-1]
	require.Equal(t, text, got.Text())
	require.Len(t, got.ToolCalls(), len(calls))
	for i, call := range got.ToolCalls() {
		require.Equal(t, calls[i].ID, call.ID)
		require.Equal(t, calls[i].Function.Name, call.Name)
		require.JSONEq(t, calls[i].Function.Arguments.String(), call.Arguments)
	}
	if thoughts != "" {
		require.JSONEq(t, `{"thinking":"`+thoughts+`"}`, string(got.Parts[0].Vendor.Data))
	}
	finish := provider.FinishReason(want.DoneReason)
	if len(calls) > 0 {
		finish = provider.FinishToolCalls // which the server says with the calls alone
	}
	require.Equal(t, finish, got.Finish)
	require.Equal(t, want.Model, got.Model)
	require.Equal(t, provider.Usage{InputTokens: want.PromptEvalCount, OutputTokens: want.EvalCount}, got.Usage)
}

func TestOllamaReplies(t *testing.T) {
	for _, name := range []string{"ollama-text", "ollama-typed", "ollama-tools", "ollama-length"} {
		t.Run(name, func(t *testing.T) {
			r := record(t, 200, compacted(reply(t, name)))
			client, ours := ollamaPair(t, r)
			want := ollamaChat(t, client, ollamaTyped(ticket))
			got, err := ours.Do(t.Context(), typedCall(ollamaModel, ticket), nil)
			require.NoError(t, err)
			sameChat(t, want, got)
		})
	}
}

func TestOllamaStreams(t *testing.T) {
	for _, name := range []string{"ollama-text.ndjson", "ollama-tools.ndjson"} {
		t.Run(name, func(t *testing.T) {
			r := recordStream(t, name)
			client, ours := ollamaPair(t, r)
			want := ollamaChat(t, client, ollamaTools(t, true))
			got, text := streamed(t, ours, toolCall(ollamaModel))
			require.Equal(t, got.Text(), text)
			sameChat(t, want, got)
			theirs, mine := r.pair(t)
			same(t, theirs, mine, ollamaReasons)
		})
	}
}

func TestOllamaErrors(t *testing.T) {
	r := record(t, 404, compacted(reply(t, "ollama-error")))
	client, ours := ollamaPair(t, r)
	err := client.Chat(t.Context(), ollamaTyped(ticket), func(api.ChatResponse) error { return nil })
	var want api.StatusError
	require.ErrorAs(t, err, &want)
	_, err = ours.Do(t.Context(), typedCall(ollamaModel, ticket), nil)
	var got *provider.Error
	require.ErrorAs(t, err, &got)
	require.Equal(t, want.StatusCode, got.Status)
	require.Contains(t, got.Message, want.ErrorMessage)
	require.Equal(t, provider.Invalid, got.Class)
	r.pair(t)
}
