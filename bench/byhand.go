package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/alloygen/alloygen/bench/support"
)

// byHand is what a careful person writes for these two calls and nothing else: no retries, no repairs.
type byHand struct {
	http *http.Client
	base string
}

type chatRequest struct {
	Model          string         `json:"model"`
	Messages       []chatMessage  `json:"messages"`
	Tools          []chatTool     `json:"tools,omitempty"`
	ResponseFormat responseFormat `json:"response_format"`
}

type chatMessage struct {
	Role       string         `json:"role"`
	Content    *string        `json:"content"`
	Refusal    string         `json:"refusal,omitempty"`
	ToolCalls  []chatToolCall `json:"tool_calls,omitempty"`
	ToolCallID string         `json:"tool_call_id,omitempty"`
}

type chatToolCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type chatTool struct {
	Type     string       `json:"type"`
	Function chatFunction `json:"function"`
}

type chatFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
	Strict      bool            `json:"strict"`
}

type responseFormat struct {
	Type       string `json:"type"`
	JSONSchema struct {
		Name   string          `json:"name"`
		Schema json.RawMessage `json:"schema"`
		Strict bool            `json:"strict"`
	} `json:"json_schema"`
}

type chatResponse struct {
	Choices []struct {
		Message      chatMessage `json:"message"`
		FinishReason string      `json:"finish_reason"`
	} `json:"choices"`
	Usage struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
	} `json:"usage"`
}

// triage asks for a ticket.
func (h byHand) triage(ctx context.Context, message string) (support.Ticket, error) {
	if err := notBlank(message); err != nil {
		return support.Ticket{}, err
	}
	reply, err := h.send(ctx, newChatRequest(message))
	if err != nil {
		return support.Ticket{}, err
	}
	return ticketFrom(reply)
}

// resolve asks for a ticket and runs the tool that the model asks for.
func (h byHand) resolve(ctx context.Context, message string) (support.Ticket, error) {
	if err := notBlank(message); err != nil {
		return support.Ticket{}, err
	}
	req := newChatRequest(message)
	req.Tools = []chatTool{lookupTool}
	for range 10 {
		reply, err := h.send(ctx, req)
		if err != nil {
			return support.Ticket{}, err
		}
		if len(reply.ToolCalls) == 0 {
			return ticketFrom(reply)
		}
		req.Messages = append(req.Messages, reply)
		for _, call := range reply.ToolCalls {
			result, err := runTool(call)
			if err != nil {
				return support.Ticket{}, err
			}
			req.Messages = append(req.Messages, chatMessage{Role: "tool", Content: &result, ToolCallID: call.ID})
		}
	}
	return support.Ticket{}, fmt.Errorf("the model asks for tools without end")
}

func notBlank(message string) error {
	if strings.TrimSpace(message) == "" {
		return fmt.Errorf("message must not be blank")
	}
	return nil
}

func newChatRequest(message string) *chatRequest {
	system, prompt := support.System, support.Ask(message)
	req := &chatRequest{Model: model, Messages: []chatMessage{{Role: "system", Content: &system}, {Role: "user", Content: &prompt}}}
	req.ResponseFormat.Type = "json_schema"
	req.ResponseFormat.JSONSchema.Name = "Ticket"
	req.ResponseFormat.JSONSchema.Schema = ticketSchema
	req.ResponseFormat.JSONSchema.Strict = true
	return req
}

// ticketSchema is the schema that all ways send, so that the requests are of one size.
var ticketSchema = json.RawMessage(support.TriageCommand.Schema())

var lookupTool = chatTool{Type: "function", Function: chatFunction{
	Name: support.LookupOrderTool.Name, Description: support.LookupOrderTool.Description,
	Parameters: json.RawMessage(support.LookupOrderTool.Input.JSON), Strict: true,
}}

func runTool(call chatToolCall) (string, error) {
	if call.Function.Name != lookupTool.Function.Name {
		return "", fmt.Errorf("there is no tool %q", call.Function.Name)
	}
	var args struct {
		OrderID string `json:"orderID"`
	}
	if err := json.Unmarshal([]byte(call.Function.Arguments), &args); err != nil {
		return "", err
	}
	order, err := support.FindOrder(args.OrderID)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(order)
	return string(text), err
}

func ticketFrom(reply chatMessage) (support.Ticket, error) {
	text, err := contentOf(reply)
	if err != nil {
		return support.Ticket{}, err
	}
	return decodeTicket(text)
}

func contentOf(reply chatMessage) (string, error) {
	if reply.Refusal != "" || reply.Content == nil {
		return "", fmt.Errorf("no answer: %s", reply.Refusal)
	}
	return *reply.Content, nil
}

// decodeTicket is also what the users of the clients have to write.
func decodeTicket(text string) (support.Ticket, error) {
	var t support.Ticket
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return support.Ticket{}, err
	}
	return t, t.Check()
}

func (h byHand) send(ctx context.Context, req *chatRequest) (chatMessage, error) {
	data, err := post(ctx, h.http, h.base+"/chat/completions", chatForm.key, req)
	if err != nil {
		return chatMessage{}, err
	}
	return messageFrom(data)
}

func messageFrom(data []byte) (chatMessage, error) {
	var out chatResponse
	if err := json.Unmarshal(data, &out); err != nil {
		return chatMessage{}, err
	}
	if len(out.Choices) == 0 {
		return chatMessage{}, fmt.Errorf("no choices")
	}
	return out.Choices[0].Message, nil
}

// post sends a request and returns the body of its reply.
func post(ctx context.Context, client *http.Client, url string, key func(http.Header), req any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	body, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	key(r.Header)
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", resp.Status, data)
	}
	return data, nil
}
