package conformance

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/anthropic"
)

const anthropicModel = "claude-opus-4-7"

func anthropicPair(t *testing.T, r *recorder) (sdk.Client, provider.Provider) {
	t.Setenv("ANTHROPIC_API_KEY", "sk-ant-conformance")
	t.Setenv("ANTHROPIC_BASE_URL", r.URL)
	ours, err := anthropic.New(provider.Config{})
	require.NoError(t, err)
	return sdk.NewClient(option.WithMaxRetries(0)), ours
}

// fitted is a schema as the SDK fits it to the API. It loses a type that is a list, and with it the whole schema.
func fitted(schema *provider.Schema) map[string]any {
	return sdk.BetaJSONSchemaOutputFormat(schemaOf(schema)).Schema.(map[string]any)
}

func anthropicTyped(schema map[string]any) sdk.MessageNewParams {
	return sdk.MessageNewParams{
		Model:        anthropicModel,
		MaxTokens:    300,
		System:       []sdk.TextBlockParam{{Text: system}},
		Messages:     []sdk.MessageParam{sdk.NewUserMessage(sdk.NewTextBlock(question))},
		OutputConfig: sdk.OutputConfigParam{Format: sdk.JSONOutputFormatParam{Schema: schema}},
	}
}

func anthropicTools() sdk.MessageNewParams {
	schema := schemaOf(lookup.Input)
	return sdk.MessageNewParams{
		Model:     anthropicModel,
		MaxTokens: 300,
		Messages: []sdk.MessageParam{
			sdk.NewUserMessage(sdk.NewTextBlock(question)),
			sdk.NewAssistantMessage(sdk.NewTextBlock("I will look."),
				sdk.NewToolUseBlock("call_1", json.RawMessage(`{"orderID":"4392"}`), lookup.Name),
				sdk.NewToolUseBlock("call_2", json.RawMessage(`{"orderID":"1"}`), lookup.Name)),
			sdk.NewUserMessage(sdk.NewToolResultBlock("call_1", "shipped", false), sdk.NewToolResultBlock("call_2", "four digits", true)),
		},
		Tools: []sdk.ToolUnionParam{{OfTool: &sdk.ToolParam{
			Name: lookup.Name, Description: sdk.String(lookup.Description),
			InputSchema: sdk.ToolInputSchemaParam{
				Properties: schema["properties"], Required: []string{"orderID"},
				ExtraFields: map[string]any{"additionalProperties": schema["additionalProperties"]},
			},
		}}},
	}
}

func anthropicImage() sdk.MessageNewParams {
	return sdk.MessageNewParams{
		Model:     anthropicModel,
		MaxTokens: 300,
		Messages: []sdk.MessageParam{sdk.NewUserMessage(sdk.NewTextBlock(question),
			sdk.NewImageBlockBase64("image/png", base64.StdEncoding.EncodeToString(picture)),
			sdk.NewImageBlock(sdk.URLImageSourceParam{URL: imageURL}))},
	}
}

func TestAnthropicRequests(t *testing.T) {
	told := "both tell the constraint in the description, in words of their own"
	for name, tc := range map[string]struct {
		sdk     sdk.MessageNewParams
		ours    *provider.Request
		reasons map[string]string
	}{
		"typed": {anthropicTyped(schemaOf(ticket)), typedCall(anthropicModel, ticket), nil},
		"tools": {anthropicTools(), toolCall(anthropicModel), map[string]string{
			".messages[2].content[0].is_error": "false is the API's default and is left out",
		}},
		"image": {anthropicImage(), imageCall(anthropicModel), nil},
		"typed, with constraints": {anthropicTyped(fitted(constrained)), typedCall(anthropicModel, constrained), map[string]string{
			".output_config.format.schema.properties.value.description": told,
			".output_config.format.schema.properties.words.description": told,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := record(t, 200, reply(t, "anthropic-text"))
			client, ours := anthropicPair(t, r)
			_, err := client.Messages.New(t.Context(), tc.sdk)
			require.NoError(t, err)
			_, err = ours.Do(t.Context(), tc.ours, nil)
			require.NoError(t, err)
			theirs, mine := r.pair(t)
			same(t, theirs, mine, tc.reasons)
		})
	}
}

func TestAnthropicReplies(t *testing.T) {
	finish := map[sdk.StopReason]provider.FinishReason{
		sdk.StopReasonEndTurn:   provider.FinishStop,
		sdk.StopReasonToolUse:   provider.FinishToolCalls,
		sdk.StopReasonMaxTokens: provider.FinishLength,
		sdk.StopReasonRefusal:   provider.FinishRefusal,
		sdk.StopReasonPauseTurn: provider.FinishPause,
	}
	for _, name := range []string{"anthropic-text", "anthropic-typed", "anthropic-tools", "anthropic-refusal", "anthropic-pause"} {
		t.Run(name, func(t *testing.T) {
			r := record(t, 200, reply(t, name))
			client, ours := anthropicPair(t, r)
			want, err := client.Messages.New(t.Context(), anthropicTyped(schemaOf(ticket)))
			require.NoError(t, err)
			got, err := ours.Do(t.Context(), typedCall(anthropicModel, ticket), nil)
			require.NoError(t, err)

			require.Len(t, got.Parts, len(want.Content))
			for i, block := range want.Content {
				part := got.Parts[i]
				switch block.Type {
				case "text":
					require.Equal(t, block.Text, part.Text)
				case "tool_use":
					require.Equal(t, block.ID, part.ToolCall.ID)
					require.Equal(t, block.Name, part.ToolCall.Name)
					require.JSONEq(t, string(block.Input), part.ToolCall.Arguments)
				default:
					require.JSONEq(t, block.RawJSON(), string(part.Vendor.Data))
				}
			}
			require.Equal(t, finish[want.StopReason], got.Finish)
			require.EqualValues(t, want.Model, got.Model)
			u := want.Usage
			require.EqualValues(t, u.InputTokens+u.CacheReadInputTokens+u.CacheCreationInputTokens, got.Usage.InputTokens)
			require.EqualValues(t, u.OutputTokens, got.Usage.OutputTokens)
			require.EqualValues(t, u.CacheReadInputTokens, got.Usage.CachedTokens)
			require.EqualValues(t, u.OutputTokensDetails.ThinkingTokens, got.Usage.ReasoningTokens)
		})
	}
}

func TestAnthropicErrors(t *testing.T) {
	r := record(t, 529, reply(t, "anthropic-error"))
	client, ours := anthropicPair(t, r)
	_, err := client.Messages.New(t.Context(), anthropicTyped(schemaOf(ticket)))
	var want *sdk.Error
	require.ErrorAs(t, err, &want)
	_, err = ours.Do(t.Context(), typedCall(anthropicModel, ticket), nil)
	var got *provider.Error
	require.ErrorAs(t, err, &got)
	require.Equal(t, want.StatusCode, got.Status)
	require.Contains(t, want.RawJSON(), got.Type)
	require.Contains(t, want.RawJSON(), got.Message)
	require.Equal(t, provider.Overloaded, got.Class)
	r.pair(t)
}
