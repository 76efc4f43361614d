package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/alloygen/alloygen/bench/support"
)

// form is what a person writes for a typed call of one vendor.
type form struct {
	body func(message string) any
	key  func(http.Header)
	text func(data []byte) (string, error) // of the reply
}

// triage asks for a ticket.
func (f form) triage(client *http.Client, url string) triager {
	return func(ctx context.Context, message string) (support.Ticket, error) {
		if err := notBlank(message); err != nil {
			return support.Ticket{}, err
		}
		data, err := post(ctx, client, url, f.key, f.body(message))
		if err != nil {
			return support.Ticket{}, err
		}
		text, err := f.text(data)
		if err != nil {
			return support.Ticket{}, err
		}
		return decodeTicket(text)
	}
}

var chatForm = form{
	body: func(message string) any { return newChatRequest(message) },
	key:  func(h http.Header) { h.Set("Authorization", "Bearer "+apiKey) },
	text: func(data []byte) (string, error) {
		message, err := messageFrom(data)
		if err != nil {
			return "", err
		}
		return contentOf(message)
	},
}

type roleMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type responsesRequest struct {
	Model        string        `json:"model"`
	Instructions string        `json:"instructions"`
	Input        []roleMessage `json:"input"`
	Store        bool          `json:"store"`
	Text         struct {
		Format struct {
			Type   string          `json:"type"`
			Name   string          `json:"name"`
			Schema json.RawMessage `json:"schema"`
			Strict bool            `json:"strict"`
		} `json:"format"`
	} `json:"text"`
}

var responsesForm = form{
	body: func(message string) any {
		req := &responsesRequest{Model: model, Instructions: support.System, Input: []roleMessage{{"user", support.Ask(message)}}}
		f := &req.Text.Format
		f.Type, f.Name, f.Schema, f.Strict = "json_schema", "Ticket", ticketSchema, true
		return req
	},
	key: func(h http.Header) { h.Set("Authorization", "Bearer "+apiKey) },
	text: func(data []byte) (string, error) {
		var reply struct {
			Status string `json:"status"`
			Output []struct {
				Type    string `json:"type"`
				Content []struct {
					Type string `json:"type"`
					Text string `json:"text"`
				} `json:"content"`
			} `json:"output"`
			Usage struct {
				Input  int `json:"input_tokens"`
				Output int `json:"output_tokens"`
			} `json:"usage"`
		}
		if err := json.Unmarshal(data, &reply); err != nil {
			return "", err
		}
		for _, item := range reply.Output {
			if item.Type == "message" && len(item.Content) > 0 {
				return item.Content[0].Text, nil
			}
		}
		return "", fmt.Errorf("no message")
	},
}

type messagesRequest struct {
	Model        string        `json:"model"`
	MaxTokens    int           `json:"max_tokens"`
	System       string        `json:"system"`
	Messages     []roleMessage `json:"messages"`
	OutputConfig struct {
		Format struct {
			Type   string          `json:"type"`
			Schema json.RawMessage `json:"schema"`
		} `json:"format"`
	} `json:"output_config"`
}

var messagesForm = form{
	body: func(message string) any {
		req := &messagesRequest{Model: "claude-opus-4-7", MaxTokens: 2048, System: support.System,
			Messages: []roleMessage{{"user", support.Ask(message)}}}
		req.OutputConfig.Format.Type, req.OutputConfig.Format.Schema = "json_schema", ticketSchema
		return req
	},
	key: func(h http.Header) {
		h.Set("X-Api-Key", apiKey)
		h.Set("Anthropic-Version", "2023-06-01")
	},
	text: func(data []byte) (string, error) {
		var reply struct {
			Content []struct {
				Type string `json:"type"`
				Text string `json:"text"`
			} `json:"content"`
			StopReason string `json:"stop_reason"`
			Usage      struct {
				Input  int `json:"input_tokens"`
				Output int `json:"output_tokens"`
			} `json:"usage"`
		}
		if err := json.Unmarshal(data, &reply); err != nil {
			return "", err
		}
		if len(reply.Content) == 0 {
			return "", fmt.Errorf("no content")
		}
		return reply.Content[0].Text, nil
	},
}

type geminiContent struct {
	Role  string `json:"role,omitempty"`
	Parts []struct {
		Text string `json:"text"`
	} `json:"parts"`
}

func geminiText(role, said string) geminiContent {
	c := geminiContent{Role: role}
	c.Parts = append(c.Parts, struct {
		Text string `json:"text"`
	}{said})
	return c
}

type geminiRequest struct {
	System   geminiContent   `json:"systemInstruction"`
	Contents []geminiContent `json:"contents"`
	Config   struct {
		MediaType string          `json:"responseMimeType"`
		Schema    json.RawMessage `json:"responseJsonSchema"`
	} `json:"generationConfig"`
}

type geminiReply struct {
	Candidates []struct {
		Content      geminiContent `json:"content"`
		FinishReason string        `json:"finishReason"`
	} `json:"candidates"`
	Usage struct {
		Prompt     int `json:"promptTokenCount"`
		Candidates int `json:"candidatesTokenCount"`
	} `json:"usageMetadata"`
}

func (r *geminiReply) text() (string, error) {
	if len(r.Candidates) == 0 || len(r.Candidates[0].Content.Parts) == 0 {
		return "", fmt.Errorf("no candidates")
	}
	return r.Candidates[0].Content.Parts[0].Text, nil
}

var geminiForm = form{
	body: func(message string) any {
		req := &geminiRequest{System: geminiText("", support.System), Contents: []geminiContent{geminiText("user", support.Ask(message))}}
		req.Config.MediaType, req.Config.Schema = "application/json", ticketSchema
		return req
	},
	key: func(h http.Header) { h.Set("X-Goog-Api-Key", apiKey) },
	text: func(data []byte) (string, error) {
		var reply geminiReply
		if err := json.Unmarshal(data, &reply); err != nil {
			return "", err
		}
		return reply.text()
	},
}

type ollamaRequest struct {
	Model    string          `json:"model"`
	Messages []roleMessage   `json:"messages"`
	Format   json.RawMessage `json:"format"`
	Stream   bool            `json:"stream"`
}

type ollamaReply struct {
	Message    roleMessage `json:"message"`
	Done       bool        `json:"done"`
	DoneReason string      `json:"done_reason"`
	Prompt     int         `json:"prompt_eval_count"`
	Answer     int         `json:"eval_count"`
}

var ollamaForm = form{
	body: func(message string) any {
		return &ollamaRequest{Model: "llama3.2", Format: ticketSchema,
			Messages: []roleMessage{{"system", support.System}, {"user", support.Ask(message)}}}
	},
	key: func(http.Header) {},
	text: func(data []byte) (string, error) {
		var reply ollamaReply
		err := json.Unmarshal(data, &reply)
		return reply.Message.Content, err
	},
}
