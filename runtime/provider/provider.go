// Package provider holds the wire-neutral form of a model request and its answer, the classes of their failures, and the
// registry that finds a provider by the name of a model. A provider speaks one wire format; it knows nothing of retries,
// contracts or Go types.
package provider

import (
	"context"
	"encoding/json"
)

// Provider sends one request to a model.
//
// Do makes exactly one HTTP request (or one step of a model in memory) and never retries. With emit nil it is a plain
// request; otherwise the deltas of the answer go to emit as they arrive. Either way the whole response comes back. An
// error from emit ends the request and is returned as it is. Every other error is an *Error or, before anything is sent, a
// *ConfigError. Do ends when ctx does and is safe for use by many goroutines.
type Provider interface {
	Do(ctx context.Context, req *Request, emit func(Delta) error) (*Response, error)
}

// Request is one request to a model, in no vendor's wire format.
type Request struct {
	Model    string    `json:"model"`            // the vendor's name of the model, without a prefix that chose the provider
	System   string    `json:"system,omitempty"` // the system prompt
	Messages []Message `json:"messages"`         // the conversation, oldest first
	Tools    []Tool    `json:"tools,omitempty"`  // what the model may call
	Output   *Schema   `json:"output,omitempty"` // the schema of the answer; nil asks for text
	Settings Settings  `json:"settings"`         // generation settings

	// ClosedTools are those that the model could call before in this conversation, and may call no more. They are for vendors
	// that want to be sent the same tools until the end of a conversation.
	ClosedTools []Tool `json:"closed_tools,omitempty"`

	// Extra holds vendor options by name. They are merged into the request's JSON body as they are, in place of what the
	// provider would send under that key. A key with a dot ("openai.service_tier") goes, without what stands before the dot,
	// to the provider of that name alone; a few such keys are instructions that its package documents. Options about tools
	// (tool_choice …) are sent only when tools are.
	Extra map[string]any `json:"extra,omitempty"`
}

// Settings are the generation settings of a request. A zero field is not sent, unless the vendor demands a value.
type Settings struct {
	Temperature *float64 `json:"temperature,omitempty"`
	TopP        *float64 `json:"top_p,omitempty"`
	MaxTokens   int      `json:"max_tokens,omitempty"` // of the answer
	Seed        *int64   `json:"seed,omitempty"`
	Stop        []string `json:"stop,omitempty"`   // stop sequences
	Effort      string   `json:"effort,omitempty"` // reasoning effort, in the vendor's words: low, medium, high …
	Cache       bool     `json:"cache,omitempty"`  // mark the constant beginning (tools, system prompt) for the vendor's prompt cache
}

// Role says whose turn a message is. The system prompt is no message: it stands in Request.System.
type Role string

const (
	User      Role = "user"      // the caller; tool results too
	Assistant Role = "assistant" // the model
)

// Message is one turn of a conversation.
type Message struct {
	Role  Role   `json:"role"`
	Parts []Part `json:"parts"`
}

// Part is one piece of a message. Exactly one of its fields is set; an empty text is the zero Part.
type Part struct {
	Text       string      `json:"text,omitempty"`
	Image      *Image      `json:"image,omitempty"`
	Document   *Document   `json:"document,omitempty"`    // of the user
	Audio      *Audio      `json:"audio,omitempty"`       // of the user
	ToolCall   *ToolCall   `json:"tool_call,omitempty"`   // of the assistant
	ToolResult *ToolResult `json:"tool_result,omitempty"` // of the user
	Vendor     *Vendor     `json:"vendor,omitempty"`      // of the assistant
}

// Image is a picture in a message: its bytes, or an address that the vendor fetches.
type Image struct {
	MediaType string `json:"media_type,omitempty"` // image/png, image/jpeg …; needed with Data
	Data      []byte `json:"data,omitempty"`
	URL       string `json:"url,omitempty"`
}

// Document is a file for the model to read, in a message of the user: its bytes, or an address that the vendor fetches.
type Document struct {
	Name      string `json:"name,omitempty"`       // shown to the model: invoice.pdf
	MediaType string `json:"media_type,omitempty"` // application/pdf unless it says otherwise
	Data      []byte `json:"data,omitempty"`
	URL       string `json:"url,omitempty"`
}

// Audio is a recording in a message of the user.
type Audio struct {
	MediaType string `json:"media_type"` // audio/wav, audio/mpeg …
	Data      []byte `json:"data"`
}

// ToolCall is the model's request to run a tool.
type ToolCall struct {
	ID        string `json:"id"`        // never empty: a provider makes one up where the vendor sent none
	Name      string `json:"name"`      // as the model wrote it
	Arguments string `json:"arguments"` // as the model wrote it; meant to be a JSON object, which is not checked here
}

// ToolResult answers one tool call.
type ToolResult struct {
	CallID  string `json:"call_id"`
	Name    string `json:"name"`
	Content string `json:"content"`
	IsError bool   `json:"is_error,omitempty"`
}

// Vendor is something of a vendor's own (a signed thinking block, say) that must go back to the same vendor unchanged and
// means nothing to another. A provider sends back those of its own name and drops the rest.
type Vendor struct {
	Provider string          `json:"provider"`
	Data     json.RawMessage `json:"data"`
}

// Tool is what a model is told of a tool.
type Tool struct {
	Name        string  `json:"name"`
	Description string  `json:"description,omitempty"`
	Input       *Schema `json:"input"` // of an object: one property per parameter
}

// Delta is a piece of an answer as it arrives. At most one field is set. The zero Delta says that the model is at work on
// something that is not shown: it thinks, or writes the arguments of a tool call. Nothing else tells a model that works from
// one that is silent: what only keeps the connection alive, a ping or a comment, is no Delta.
type Delta struct {
	Text     string    // more text of the answer, in whole runes
	ToolCall *ToolCall // a tool call, once it is complete
}

// Response is the whole answer to one request.
type Response struct {
	Model     string       // as the vendor reports it; may differ from what was asked for
	RequestID string       // the vendor's, for support
	Parts     []Part       // text, tool calls and vendor parts, in order
	Finish    FinishReason // why the model stopped
	Usage     Usage
	Warnings  []string // settings of the request that the model does not take and that were left out
}

// Text returns the text parts of the response, joined.
func (r *Response) Text() string { return joinText(r.Parts) }

// ToolCalls returns the tool calls of the response, in order.
func (r *Response) ToolCalls() []*ToolCall {
	var calls []*ToolCall
	for i := range r.Parts {
		if c := r.Parts[i].ToolCall; c != nil {
			calls = append(calls, c)
		}
	}
	return calls
}

// Text returns the text parts of the message, joined.
func (m Message) Text() string { return joinText(m.Parts) }

func joinText(parts []Part) string {
	first, n := "", 0
	for i := range parts {
		if t := parts[i].Text; t != "" {
			first, n = t, n+1
		}
	}
	if n <= 1 {
		return first
	}
	var all []byte
	for i := range parts {
		all = append(all, parts[i].Text...)
	}
	return string(all)
}

// FinishReason says why a model stopped. Any reason that a provider does not know is an Error of class Malformed.
type FinishReason string

const (
	FinishStop      FinishReason = "stop"       // it was done
	FinishToolCalls FinishReason = "tool_calls" // it waits for the results of its tool calls
	FinishLength    FinishReason = "length"     // it ran into MaxTokens: the answer is truncated
	FinishRefusal   FinishReason = "refusal"    // it, or a filter, refused
	FinishPause     FinishReason = "pause"      // it wants the same conversation again, to continue (Anthropic's pause_turn)
)

// Usage counts tokens as the vendor reports them.
type Usage struct {
	InputTokens     int `json:"input_tokens"`               // cached ones included
	OutputTokens    int `json:"output_tokens"`              // reasoning included
	CachedTokens    int `json:"cached_tokens,omitempty"`    // of the input, read from the vendor's cache
	ReasoningTokens int `json:"reasoning_tokens,omitempty"` // of the output
}

// Add returns the sum of two usages.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		InputTokens:     u.InputTokens + v.InputTokens,
		OutputTokens:    u.OutputTokens + v.OutputTokens,
		CachedTokens:    u.CachedTokens + v.CachedTokens,
		ReasoningTokens: u.ReasoningTokens + v.ReasoningTokens,
	}
}

// Total is the number of tokens in and out.
func (u Usage) Total() int { return u.InputTokens + u.OutputTokens }
