package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	anthropicsdk "github.com/anthropics/anthropic-sdk-go"
	openaisdk "github.com/openai/openai-go/v3"
	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
)

// recordStream answers with a recorded stream, of the type that its name ends in.
func recordStream(t *testing.T, name string) *recorder {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	r := record(t, 200, data)
	r.kind = map[string]string{".sse": "text/event-stream", ".ndjson": "application/x-ndjson"}[filepath.Ext(name)]
	return r
}

// streamed is what our provider makes of a stream, with the text that it delivered on the way.
func streamed(t *testing.T, p provider.Provider, req *provider.Request) (*provider.Response, string) {
	t.Helper()
	var text strings.Builder
	var calls []*provider.ToolCall
	res, err := p.Do(t.Context(), req, func(d provider.Delta) error {
		if text.WriteString(d.Text); d.ToolCall != nil {
			calls = append(calls, d.ToolCall)
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, res.ToolCalls(), calls)
	return res, text.String()
}

// What the SDK's accumulator makes of a stream of Chat Completions is what we make of it, and both ask for it in the same way.
func TestOpenAIStreams(t *testing.T) {
	for _, name := range []string{"openai-text.sse", "openai-tools.sse", "openai-refusal.sse"} {
		t.Run(name, func(t *testing.T) {
			r := recordStream(t, name)
			client, ours := openaiPair(t, r)
			params := openaiTools()
			params.StreamOptions = openaisdk.ChatCompletionStreamOptionsParam{IncludeUsage: openaisdk.Bool(true)}
			theirs := client.Chat.Completions.NewStreaming(t.Context(), params)
			var all openaisdk.ChatCompletionAccumulator
			for theirs.Next() {
				all.AddChunk(theirs.Current())
			}
			require.NoError(t, theirs.Err())
			got, text := streamed(t, ours, toolCall(openaiModel))

			want := all.Choices[0].Message
			require.Equal(t, want.Content, text)
			require.Equal(t, want.Content+want.Refusal, got.Text())
			require.Len(t, got.ToolCalls(), len(want.ToolCalls))
			for i, call := range got.ToolCalls() {
				require.Equal(t, provider.ToolCall{ID: want.ToolCalls[i].ID, Name: want.ToolCalls[i].Function.Name,
					Arguments: want.ToolCalls[i].Function.Arguments}, *call)
			}
			require.Equal(t, all.Model, got.Model)
			require.EqualValues(t, all.Usage.PromptTokens, got.Usage.InputTokens)
			require.EqualValues(t, all.Usage.CompletionTokens, got.Usage.OutputTokens)
			require.EqualValues(t, all.Usage.PromptTokensDetails.CachedTokens, got.Usage.CachedTokens)
			require.EqualValues(t, all.Usage.CompletionTokensDetails.ReasoningTokens, got.Usage.ReasoningTokens)
			if want.Refusal == "" {
				require.Equal(t, all.Choices[0].FinishReason, string(got.Finish))
			} else {
				require.Equal(t, provider.FinishRefusal, got.Finish)
			}
			sdk, mine := r.pair(t)
			same(t, sdk, mine, nil)
		})
	}
}

// A stream that was cut is a clean end to both SDKs, and an error here (the measured trap of shared/resilience.md).
func TestCutStreams(t *testing.T) {
	cut := func(name string) *recorder {
		r := recordStream(t, name)
		r.reply = []byte(string(r.reply)[:strings.Index(string(r.reply), "its way")])
		r.reply = r.reply[:strings.LastIndex(string(r.reply), "\n\n")+2]
		return r
	}
	refuse := func(t *testing.T, p provider.Provider, model string) {
		_, err := p.Do(t.Context(), toolCall(model), func(provider.Delta) error { return nil })
		var e *provider.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, provider.Truncated, e.Class)
	}
	t.Run("openai", func(t *testing.T) {
		client, ours := openaiPair(t, cut("openai-text.sse"))
		theirs := client.Chat.Completions.NewStreaming(t.Context(), openaiTools())
		for theirs.Next() {
		}
		require.NoError(t, theirs.Err())
		refuse(t, ours, openaiModel)
	})
	t.Run("anthropic", func(t *testing.T) {
		client, ours := anthropicPair(t, cut("anthropic-text.sse"))
		theirs := client.Messages.NewStreaming(t.Context(), anthropicTools())
		for theirs.Next() {
		}
		require.NoError(t, theirs.Err())
		refuse(t, ours, anthropicModel)
	})
}

func TestAnthropicStreams(t *testing.T) {
	for _, name := range []string{"anthropic-text.sse", "anthropic-tools.sse"} {
		t.Run(name, func(t *testing.T) {
			r := recordStream(t, name)
			client, ours := anthropicPair(t, r)
			theirs := client.Messages.NewStreaming(t.Context(), anthropicTools())
			var want anthropicsdk.Message
			for theirs.Next() {
				require.NoError(t, want.Accumulate(theirs.Current()))
			}
			require.NoError(t, theirs.Err())
			got, text := streamed(t, ours, toolCall(anthropicModel))

			require.Len(t, got.Parts, len(want.Content))
			said := ""
			for i, block := range want.Content {
				part := got.Parts[i]
				switch block.Type {
				case "text":
					said += block.Text
					require.Equal(t, block.Text, part.Text)
				case "tool_use":
					require.Equal(t, block.ID, part.ToolCall.ID)
					require.Equal(t, block.Name, part.ToolCall.Name)
					require.JSONEq(t, string(block.Input), part.ToolCall.Arguments)
				default:
					require.JSONEq(t, block.RawJSON(), string(part.Vendor.Data))
				}
			}
			require.Equal(t, said, text)
			require.EqualValues(t, want.Model, got.Model)
			u := want.Usage
			require.EqualValues(t, u.InputTokens+u.CacheReadInputTokens+u.CacheCreationInputTokens, got.Usage.InputTokens)
			require.EqualValues(t, u.OutputTokens, got.Usage.OutputTokens)
			require.EqualValues(t, u.CacheReadInputTokens, got.Usage.CachedTokens)
			require.EqualValues(t, u.OutputTokensDetails.ThinkingTokens, got.Usage.ReasoningTokens)
			sdk, mine := r.pair(t)
			same(t, sdk, mine, map[string]string{".messages[2].content[0].is_error": "false is the API's default and is left out"})
		})
	}
}
