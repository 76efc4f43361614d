package main

import (
	"context"
	"fmt"

	openaigo "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
	goopenai "github.com/sashabaranov/go-openai"

	"github.com/alloygen/alloygen/bench/support"
	"github.com/alloygen/alloygen/runtime/provider"
)

// goOpenAI triages with github.com/sashabaranov/go-openai.
func goOpenAI(base string) triager {
	config := goopenai.DefaultConfig(apiKey)
	config.BaseURL = base
	client := goopenai.NewClientWithConfig(config)
	return func(ctx context.Context, message string) (support.Ticket, error) {
		resp, err := client.CreateChatCompletion(ctx, goopenai.ChatCompletionRequest{
			Model: model,
			Messages: []goopenai.ChatCompletionMessage{
				{Role: goopenai.ChatMessageRoleSystem, Content: support.System},
				{Role: goopenai.ChatMessageRoleUser, Content: support.Ask(message)},
			},
			ResponseFormat: &goopenai.ChatCompletionResponseFormat{
				Type:       goopenai.ChatCompletionResponseFormatTypeJSONSchema,
				JSONSchema: &goopenai.ChatCompletionResponseFormatJSONSchema{Name: "Ticket", Schema: ticketSchema, Strict: true},
			},
		})
		if err != nil {
			return support.Ticket{}, err
		}
		if len(resp.Choices) == 0 {
			return support.Ticket{}, fmt.Errorf("no choices")
		}
		return decodeTicket(resp.Choices[0].Message.Content)
	}
}

// openAIGo triages with github.com/openai/openai-go.
func openAIGo(base string) triager {
	client := openaigo.NewClient(option.WithBaseURL(base), option.WithAPIKey(apiKey))
	return func(ctx context.Context, message string) (support.Ticket, error) {
		resp, err := client.Chat.Completions.New(ctx, openaigo.ChatCompletionNewParams{
			Model:    model,
			Messages: []openaigo.ChatCompletionMessageParamUnion{openaigo.SystemMessage(support.System), openaigo.UserMessage(support.Ask(message))},
			ResponseFormat: openaigo.ChatCompletionNewParamsResponseFormatUnion{
				OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
					JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "Ticket", Schema: ticketSchema, Strict: openaigo.Bool(true)},
				},
			},
		})
		if err != nil {
			return support.Ticket{}, err
		}
		if len(resp.Choices) == 0 {
			return support.Ticket{}, fmt.Errorf("no choices")
		}
		return decodeTicket(resp.Choices[0].Message.Content)
	}
}

// constant is a provider that answers every request with the same text.
type constant struct{ text string }

func (c constant) Do(context.Context, *provider.Request, func(provider.Delta) error) (*provider.Response, error) {
	return &provider.Response{
		Model:  model,
		Parts:  []provider.Part{{Text: c.text}},
		Finish: provider.FinishStop,
		Usage:  provider.Usage{InputTokens: 212, OutputTokens: 96},
	}, nil
}
