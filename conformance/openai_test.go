package conformance

import (
	"encoding/base64"
	"testing"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/openai"
)

const openaiModel = "gpt-5-mini"

func openaiPair(t *testing.T, r *recorder) (sdk.Client, provider.Provider) {
	t.Setenv("OPENAI_API_KEY", "sk-conformance")
	t.Setenv("OPENAI_BASE_URL", r.URL+"/v1")
	ours, err := openai.New(provider.Config{})
	require.NoError(t, err)
	return sdk.NewClient(option.WithMaxRetries(0)), ours
}

func openaiTyped(schema *provider.Schema) sdk.ChatCompletionNewParams {
	return sdk.ChatCompletionNewParams{
		Model:               openaiModel,
		Messages:            []sdk.ChatCompletionMessageParamUnion{sdk.SystemMessage(system), sdk.UserMessage(question)},
		MaxCompletionTokens: sdk.Int(300),
		ResponseFormat: sdk.ChatCompletionNewParamsResponseFormatUnion{OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: schema.Name, Strict: sdk.Bool(true), Schema: schemaOf(schema)},
		}},
	}
}

func openaiTools() sdk.ChatCompletionNewParams {
	call := func(id, arguments string) sdk.ChatCompletionMessageToolCallUnionParam {
		return sdk.ChatCompletionMessageToolCallUnionParam{OfFunction: &sdk.ChatCompletionMessageFunctionToolCallParam{
			ID: id, Function: sdk.ChatCompletionMessageFunctionToolCallFunctionParam{Name: lookup.Name, Arguments: arguments},
		}}
	}
	assistant := sdk.AssistantMessage("I will look.")
	assistant.OfAssistant.ToolCalls = []sdk.ChatCompletionMessageToolCallUnionParam{call("call_1", `{"orderID":"4392"}`), call("call_2", `{"orderID":"1"}`)}
	return sdk.ChatCompletionNewParams{
		Model:               openaiModel,
		Messages:            []sdk.ChatCompletionMessageParamUnion{sdk.UserMessage(question), assistant, sdk.ToolMessage("shipped", "call_1"), sdk.ToolMessage("four digits", "call_2")},
		MaxCompletionTokens: sdk.Int(300),
		Tools: []sdk.ChatCompletionToolUnionParam{sdk.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: lookup.Name, Description: sdk.String(lookup.Description), Parameters: schemaOf(lookup.Input), Strict: sdk.Bool(true),
		})},
	}
}

func openaiImage() sdk.ChatCompletionNewParams {
	image := func(url string) sdk.ChatCompletionContentPartUnionParam {
		return sdk.ImageContentPart(sdk.ChatCompletionContentPartImageImageURLParam{URL: url})
	}
	return sdk.ChatCompletionNewParams{
		Model: openaiModel,
		Messages: []sdk.ChatCompletionMessageParamUnion{sdk.UserMessage([]sdk.ChatCompletionContentPartUnionParam{
			sdk.TextContentPart(question), image("data:image/png;base64," + base64.StdEncoding.EncodeToString(picture)), image(imageURL),
		})},
		MaxCompletionTokens: sdk.Int(300),
	}
}

func TestOpenAIRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		sdk     sdk.ChatCompletionNewParams
		ours    *provider.Request
		reasons map[string]string
	}{
		"typed": {openaiTyped(ticket), typedCall(openaiModel, ticket), nil},
		"tools": {openaiTools(), toolCall(openaiModel), nil},
		"image": {openaiImage(), imageCall(openaiModel), nil},
		"typed, with constraints": {openaiTyped(constrained), typedCall(openaiModel, constrained), map[string]string{
			".response_format.json_schema.schema.properties.words.": "strict mode does not document minLength, so it is told in the description; the SDK sends a schema as it is given",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := record(t, 200, reply(t, "openai-text"))
			client, ours := openaiPair(t, r)
			_, err := client.Chat.Completions.New(t.Context(), tc.sdk)
			require.NoError(t, err)
			_, err = ours.Do(t.Context(), tc.ours, nil)
			require.NoError(t, err)
			theirs, mine := r.pair(t)
			same(t, theirs, mine, tc.reasons)
		})
	}
}

func TestOpenAIReplies(t *testing.T) {
	for _, name := range []string{"openai-text", "openai-typed", "openai-tools", "openai-refusal", "openai-length"} {
		t.Run(name, func(t *testing.T) {
			r := record(t, 200, reply(t, name))
			client, ours := openaiPair(t, r)
			want, err := client.Chat.Completions.New(t.Context(), openaiTyped(ticket))
			require.NoError(t, err)
			got, err := ours.Do(t.Context(), typedCall(openaiModel, ticket), nil)
			require.NoError(t, err)

			choice := want.Choices[0]
			require.Equal(t, choice.Message.Content+choice.Message.Refusal, got.Text())
			require.Len(t, got.ToolCalls(), len(choice.Message.ToolCalls))
			for i, call := range got.ToolCalls() {
				theirs := choice.Message.ToolCalls[i]
				require.Equal(t, theirs.ID, call.ID)
				require.Equal(t, theirs.Function.Name, call.Name)
				require.Equal(t, theirs.Function.Arguments, call.Arguments)
			}
			reason := choice.FinishReason
			if choice.Message.Refusal != "" {
				reason = "refusal" // which the API says beside the finish reason
			}
			require.Equal(t, reason, string(got.Finish))
			require.Equal(t, want.Model, got.Model)
			require.EqualValues(t, want.Usage.PromptTokens, got.Usage.InputTokens)
			require.EqualValues(t, want.Usage.CompletionTokens, got.Usage.OutputTokens)
			require.EqualValues(t, want.Usage.PromptTokensDetails.CachedTokens, got.Usage.CachedTokens)
			require.EqualValues(t, want.Usage.CompletionTokensDetails.ReasoningTokens, got.Usage.ReasoningTokens)
		})
	}
}

func TestOpenAIErrors(t *testing.T) {
	r := record(t, 429, reply(t, "openai-error"))
	client, ours := openaiPair(t, r)
	_, err := client.Chat.Completions.New(t.Context(), openaiTyped(ticket))
	var want *sdk.Error
	require.ErrorAs(t, err, &want)
	_, err = ours.Do(t.Context(), typedCall(openaiModel, ticket), nil)
	var got *provider.Error
	require.ErrorAs(t, err, &got)
	require.Equal(t, want.StatusCode, got.Status)
	require.Equal(t, want.Code, got.Type)
	require.Equal(t, want.Message, got.Message)
	require.Equal(t, provider.Quota, got.Class)
	r.pair(t)
}
