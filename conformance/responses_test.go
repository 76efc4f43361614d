package conformance

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
)

// throughResponses makes a request go to the Responses API, whatever the address.
func throughResponses(req *provider.Request) *provider.Request {
	req.Extra = map[string]any{"openai.api": "responses"}
	return req
}

// documentCall has a file and asks about it.
func documentCall(model string) *provider.Request {
	return &provider.Request{Model: model, Settings: provider.Settings{MaxTokens: 300}, Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{
		{Text: question},
		{Document: &provider.Document{Name: "invoice.pdf", Data: []byte("%PDF-1.4")}},
		{Document: &provider.Document{URL: imageURL}},
	}}}}
}

func responsesParams(input ...responses.ResponseInputItemUnionParam) responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model:           openaiModel,
		Input:           responses.ResponseNewParamsInputUnion{OfInputItemList: input},
		MaxOutputTokens: sdk.Int(300),
		Store:           sdk.Bool(false),
		Include:         []responses.ResponseIncludable{responses.ResponseIncludableReasoningEncryptedContent},
	}
}

func says(role responses.EasyInputMessageRole, content responses.EasyInputMessageContentUnionParam) responses.ResponseInputItemUnionParam {
	return responses.ResponseInputItemUnionParam{OfMessage: &responses.EasyInputMessageParam{Role: role, Content: content, Type: "message"}}
}

func words(s string) responses.EasyInputMessageContentUnionParam {
	return responses.EasyInputMessageContentUnionParam{OfString: sdk.String(s)}
}

func contents(list ...responses.ResponseInputContentUnionParam) responses.EasyInputMessageContentUnionParam {
	return responses.EasyInputMessageContentUnionParam{OfInputItemContentList: list}
}

func inputText(s string) responses.ResponseInputContentUnionParam {
	return responses.ResponseInputContentUnionParam{OfInputText: &responses.ResponseInputTextParam{Text: s}}
}

func inputImage(url string) responses.ResponseInputContentUnionParam {
	return responses.ResponseInputContentUnionParam{OfInputImage: &responses.ResponseInputImageParam{
		ImageURL: sdk.String(url), Detail: responses.ResponseInputImageDetailAuto}}
}

func responsesTyped(schema *provider.Schema) responses.ResponseNewParams {
	p := responsesParams(says("user", words(question)))
	p.Instructions = sdk.String(system)
	p.Text = responses.ResponseTextConfigParam{Format: responses.ResponseFormatTextConfigUnionParam{OfJSONSchema: &responses.ResponseFormatTextJSONSchemaConfigParam{
		Name: schema.Name, Schema: schemaOf(schema), Strict: sdk.Bool(true),
	}}}
	return p
}

func responsesTools() responses.ResponseNewParams {
	p := responsesParams(
		says("user", words(question)),
		says("assistant", words("I will look.")),
		responses.ResponseInputItemParamOfFunctionCall(`{"orderID":"4392"}`, "call_1", lookup.Name),
		responses.ResponseInputItemParamOfFunctionCall(`{"orderID":"1"}`, "call_2", lookup.Name),
		responses.ResponseInputItemUnionParam{OfFunctionCallOutput: functionOutput("call_1", "shipped")},
		responses.ResponseInputItemUnionParam{OfFunctionCallOutput: functionOutput("call_2", "four digits")},
	)
	p.Tools = []responses.ToolUnionParam{{OfFunction: &responses.FunctionToolParam{
		Name: lookup.Name, Description: sdk.String(lookup.Description), Parameters: schemaOf(lookup.Input), Strict: sdk.Bool(true),
	}}}
	return p
}

func functionOutput(id, text string) *responses.ResponseInputItemFunctionCallOutputParam {
	return &responses.ResponseInputItemFunctionCallOutputParam{
		CallID: sdk.String(id), Output: responses.ResponseInputItemFunctionCallOutputOutputUnionParam{OfString: sdk.String(text)},
	}
}

func TestResponsesRequests(t *testing.T) {
	reasoned := responsesParams(says("user", words(question)))
	reasoned.Reasoning = shared.ReasoningParam{Effort: "low"}
	effort := typedCall(openaiModel, nil)
	effort.System, effort.Settings.Effort = "", "low"
	for name, tc := range map[string]struct {
		sdk  responses.ResponseNewParams
		ours *provider.Request
	}{
		"typed":  {responsesTyped(ticket), typedCall(openaiModel, ticket)},
		"tools":  {responsesTools(), toolCall(openaiModel)},
		"effort": {reasoned, effort},
		"image": {responsesParams(says("user", contents(inputText(question),
			inputImage("data:image/png;base64,"+base64.StdEncoding.EncodeToString(picture)), inputImage(imageURL)))), imageCall(openaiModel)},
		"document": {responsesParams(says("user", contents(inputText(question),
			responses.ResponseInputContentUnionParam{OfInputFile: &responses.ResponseInputFileParam{
				Filename: sdk.String("invoice.pdf"), FileData: sdk.String("data:application/pdf;base64," + base64.StdEncoding.EncodeToString([]byte("%PDF-1.4"))),
			}},
			responses.ResponseInputContentUnionParam{OfInputFile: &responses.ResponseInputFileParam{FileURL: sdk.String(imageURL)}},
		))), documentCall(openaiModel)},
	} {
		t.Run(name, func(t *testing.T) {
			r := record(t, 200, responsesReply(t, "responses-tools.json"))
			client, ours := openaiPair(t, r)
			_, err := client.Responses.New(t.Context(), tc.sdk)
			require.NoError(t, err)
			_, err = ours.Do(t.Context(), throughResponses(tc.ours), nil)
			require.NoError(t, err)
			theirs, mine := r.pair(t)
			same(t, theirs, mine, nil)
		})
	}
}

// responsesReply is a reply that the provider's own tests have.
func responsesReply(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "runtime", "provider", "openai", "testdata", "recorded", name))
	require.NoError(t, err)
	return data
}

// The SDK reads the recorded reply, plainly and as a stream, as we do; what we send back of it is what the SDK sends back.
func TestResponsesReplies(t *testing.T) {
	r := record(t, 200, responsesReply(t, "responses-tools.json"))
	client, ours := openaiPair(t, r)
	want, err := client.Responses.New(t.Context(), responsesTools())
	require.NoError(t, err)
	req := throughResponses(toolCall(openaiModel))
	got, err := ours.Do(t.Context(), req, nil)
	require.NoError(t, err)
	sameResponse(t, want, got)

	next := responsesTools()
	for _, item := range want.Output {
		switch item.Type {
		case "reasoning":
			var reasoning responses.ResponseReasoningItemParam
			require.NoError(t, json.Unmarshal([]byte(item.RawJSON()), &reasoning))
			next.Input.OfInputItemList = append(next.Input.OfInputItemList, responses.ResponseInputItemUnionParam{OfReasoning: &reasoning})
		case "message":
			said := says("assistant", words(item.Content[0].Text))
			said.OfMessage.Phase = responses.EasyInputMessagePhase(item.Phase)
			next.Input.OfInputItemList = append(next.Input.OfInputItemList, said)
		case "function_call":
			next.Input.OfInputItemList = append(next.Input.OfInputItemList, responses.ResponseInputItemParamOfFunctionCall(item.Arguments.OfString, item.CallID, item.Name))
		}
	}
	req.Messages = append(req.Messages, provider.Message{Role: provider.Assistant, Parts: got.Parts})
	r = record(t, 200, responsesReply(t, "responses-tools.json"))
	client, ours = openaiPair(t, r)
	_, err = client.Responses.New(t.Context(), next)
	require.NoError(t, err)
	_, err = ours.Do(t.Context(), req, nil)
	require.NoError(t, err)
	theirs, mine := r.pair(t)
	same(t, theirs, mine, nil)

	r = record(t, 200, responsesReply(t, "responses-tools.sse"))
	r.kind = "text/event-stream"
	client, ours = openaiPair(t, r)
	stream := client.Responses.NewStreaming(t.Context(), responsesTools())
	var theirText, ourText strings.Builder
	for stream.Next() {
		if e := stream.Current(); e.Type == "response.output_text.delta" {
			theirText.WriteString(e.Delta)
		} else if e.Type == "response.completed" {
			want = &e.Response
		}
	}
	require.NoError(t, stream.Err())
	got, err = ours.Do(t.Context(), throughResponses(toolCall(openaiModel)), func(d provider.Delta) error {
		ourText.WriteString(d.Text)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, theirText.String(), ourText.String())
	sameResponse(t, want, got)
}

func sameResponse(t *testing.T, want *responses.Response, got *provider.Response) {
	t.Helper()
	require.Equal(t, want.OutputText(), got.Text())
	var calls []provider.ToolCall
	for _, item := range want.Output {
		if item.Type == "function_call" {
			calls = append(calls, provider.ToolCall{ID: item.CallID, Name: item.Name, Arguments: item.Arguments.OfString})
		}
	}
	require.Len(t, got.ToolCalls(), len(calls))
	for i, call := range got.ToolCalls() {
		require.Equal(t, calls[i], *call)
	}
	require.Equal(t, provider.FinishToolCalls, got.Finish)
	require.Equal(t, string(want.Model), got.Model)
	require.EqualValues(t, want.Usage.InputTokens, got.Usage.InputTokens)
	require.EqualValues(t, want.Usage.OutputTokens, got.Usage.OutputTokens)
	require.EqualValues(t, want.Usage.InputTokensDetails.CachedTokens, got.Usage.CachedTokens)
	require.EqualValues(t, want.Usage.OutputTokensDetails.ReasoningTokens, got.Usage.ReasoningTokens)
}
