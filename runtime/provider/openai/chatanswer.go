package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// chatAnswer reads one reply of Chat Completions.
type chatAnswer struct {
	reply    *wire.Reply
	req      *provider.Request
	provider string // the name under which vendor parts are kept
}

type toolCall struct {
	Index    *int   `json:"index"` // in a stream
	ID       string `json:"id"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
	Extra json.RawMessage `json:"extra_content"` // Google's signature of the call
}

type message struct {
	Content   string     `json:"content"`
	Refusal   string     `json:"refusal"`
	ToolCalls []toolCall `json:"tool_calls"`
	thoughts
}

// thoughts are what some servers want back with a message of theirs, or they refuse the conversation: DeepSeek and Moonshot the
// words, OpenRouter the details.
type thoughts struct {
	Content *string           `json:"reasoning_content,omitempty"` // may be there and empty
	Details []json.RawMessage `json:"reasoning_details,omitempty"`
}

// toReturn is the vendor part of a message's thoughts, if there are any. Only conversations with tools want them back; elsewhere
// DeepSeek has refused them.
func (a chatAnswer) toReturn(t *thoughts) []provider.Part {
	if len(a.req.Tools) == 0 || t.Content == nil && len(t.Details) == 0 {
		return nil
	}
	fields, _ := json.Marshal(t) // of strings and JSON that was read before it does not fail
	return []provider.Part{keep(a.provider, kept{Model: a.req.Model, Message: fields})}
}

type completion struct {
	Model   string `json:"model"`
	Choices []struct {
		Message      message         `json:"message"`
		FinishReason string          `json:"finish_reason"`
		Error        json.RawMessage `json:"error"` // of OpenRouter
	} `json:"choices"`
	Usage usage           `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// usage is the token count of a chat completion.
type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
	Hits       int `json:"prompt_cache_hit_tokens"` // as DeepSeek has the cached ones
	Input      struct {
		Cached int `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	Output struct {
		Reasoning int `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

func (u usage) neutral() provider.Usage {
	output := u.Completion
	if reasoning := u.Output.Reasoning; u.Total == u.Prompt+u.Completion+reasoning { // xAI counts them apart
		output += reasoning
	}
	return provider.Usage{
		InputTokens:     u.Prompt,
		OutputTokens:    output,
		CachedTokens:    cmp.Or(u.Input.Cached, u.Hits),
		ReasoningTokens: u.Output.Reasoning,
	}
}

func (a chatAnswer) Whole(ctx context.Context) (*provider.Response, error) {
	var c completion
	if err := a.reply.DecodeWith(ctx, func(body []byte) error { return decode(body, &c) }); err != nil {
		return nil, err
	}
	switch {
	case wire.IsSet(c.Error):
		return nil, a.reply.Reported(c.Error)
	case len(c.Choices) == 0:
		return nil, a.reply.Fail(provider.Malformed, "the answer has no choices")
	}
	choice := &c.Choices[0]
	if wire.IsSet(choice.Error) {
		return nil, a.failed(a.reply.Reported(choice.Error), c.Usage)
	}
	return a.response(c.Model, &choice.Message, choice.FinishReason, c.Usage)
}

// response builds the neutral form of a complete answer.
func (a chatAnswer) response(model string, m *message, reason string, u usage) (*provider.Response, error) {
	finish, err := a.finish(reason, m)
	if err != nil {
		return nil, a.failed(err, u)
	}
	res := &provider.Response{Model: model, RequestID: a.reply.RequestID, Finish: finish, Usage: u.neutral()}
	text := m.Content
	if text == "" {
		text = m.Refusal
	}
	res.Parts = a.toReturn(&m.thoughts)
	if n := len(m.ToolCalls); text != "" || n > 0 {
		res.Parts = slices.Grow(res.Parts, n+1)
	}
	if text != "" {
		res.Parts = append(res.Parts, provider.Part{Text: text})
	}
	ids := wire.CallIDsOf(a.req)
	for i := range m.ToolCalls {
		call := &m.ToolCalls[i]
		if wire.IsSet(call.Extra) {
			res.Parts = append(res.Parts, keep(a.provider, kept{Model: a.req.Model, Call: call.Extra}))
		}
		res.Parts = append(res.Parts, provider.Part{ToolCall: &provider.ToolCall{
			ID:        ids.Next(call.ID, len(res.Parts)),
			Name:      call.Function.Name,
			Arguments: call.Function.Arguments,
		}})
	}
	return res, nil
}

// finish maps the finish reason; some are of compatible servers alone. Ollama says stop for tool calls too.
func (a chatAnswer) finish(reason string, m *message) (provider.FinishReason, *provider.Error) {
	switch {
	case reason == "content_filter", m.Refusal != "":
		return provider.FinishRefusal, nil
	case reason == "length", reason == "model_length": // Mistral
		return provider.FinishLength, nil
	case reason == "insufficient_system_resource": // DeepSeek
		return "", a.reply.Fail(provider.Overloaded, "the server had no resources left to end the answer")
	case reason == "error": // Mistral, OpenRouter
		return "", a.reply.Fail(provider.Server, "the server met an error in the middle of the answer")
	case reason == "stop", reason == "tool_calls", reason == "function_call", reason == "eos", reason == "eos_token", reason == "stop_sequence":
		if len(m.ToolCalls) > 0 {
			return provider.FinishToolCalls, nil
		}
		return provider.FinishStop, nil
	case reason == "":
		return "", a.reply.Fail(provider.Truncated, "the answer has no finish reason")
	}
	return "", a.reply.Fail(provider.Malformed, fmt.Sprintf("unknown finish reason %q", reason))
}

type chunk struct {
	Model   string `json:"model"`
	Choices []struct {
		Index        int    `json:"index"`
		Delta        piece  `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage *usage          `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// piece is what a chunk adds to the message. Thoughts, which only compatible servers show, go by several names.
type piece struct {
	message
	Reasoning json.RawMessage `json:"reasoning"`
}

// works says whether the piece has something in it that is not shown.
func (p *piece) works() bool {
	return p.Refusal != "" || len(p.ToolCalls) > 0 || isSaid(p.Reasoning) || len(p.thoughts.Details) > 0 ||
		p.thoughts.Content != nil && *p.thoughts.Content != ""
}

// isSaid says whether a value has something in it.
func isSaid(raw json.RawMessage) bool { return wire.IsSet(raw) && string(raw) != `""` }

// stream reads chunks until [DONE]. A stream that ends without it, or without a finish reason, was cut.
func (a chatAnswer) Stream(ctx context.Context, emit func(provider.Delta) error) (*provider.Response, error) {
	events, err := a.reply.Events(ctx)
	if err != nil {
		return nil, err
	}
	s := streamed{keeps: len(a.req.Tools) > 0}
	var c chunk // one for all: each would be allocated
	for {
		data, err := events.Next()
		if err != nil {
			return nil, a.failed(a.reply.StreamError(ctx, err), s.usage)
		}
		if string(data) == "[DONE]" {
			break
		}
		c = chunk{}
		if err := decode(data, &c); err != nil {
			return nil, a.failed(a.reply.Fail(provider.Malformed, "a chunk of the stream is not JSON of the API: "+err.Error()), s.usage)
		}
		if wire.IsSet(c.Error) {
			return nil, a.failed(a.reply.Reported(c.Error), s.usage)
		}
		text, works := s.add(&c)
		if s.tooLarge() {
			return nil, a.failed(a.reply.TooLarge(), s.usage)
		}
		if text != "" || works {
			if err := emit(provider.Delta{Text: text}); err != nil {
				return nil, err
			}
		}
	}
	return a.response(s.model, s.message(), s.reason, s.usage)
}

func (a chatAnswer) failed(err *provider.Error, u usage) *provider.Error {
	err.Usage = u.neutral()
	return err
}

// streamed is what the chunks of a stream add up to.
type streamed struct {
	model, reason string
	text, refusal strings.Builder
	keeps         bool // thoughts, to be returned
	thinking      bool // the server shows them
	thoughts      strings.Builder
	details       []json.RawMessage
	calls         []*streamedCall
	size          int
	usage         usage
}

type streamedCall struct {
	index     int
	id, name  string
	arguments strings.Builder
	extra     json.RawMessage
}

// add takes one chunk and returns the text that it brings, and whether it brings something else.
func (s *streamed) add(c *chunk) (text string, works bool) {
	if c.Model != "" {
		s.model = c.Model
	}
	if c.Usage != nil {
		s.usage = *c.Usage
	}
	if len(c.Choices) == 0 || c.Choices[0].Index > 0 { // the chunk of the usage; one of another answer, where several were asked for
		return "", false
	}
	choice := &c.Choices[0]
	if choice.FinishReason != "" {
		s.reason = choice.FinishReason
	}
	text = choice.Delta.Content
	s.text.WriteString(text)
	s.refusal.WriteString(choice.Delta.Refusal)
	s.size += len(text) + len(choice.Delta.Refusal)
	s.think(&choice.Delta.thoughts)
	for i := range choice.Delta.ToolCalls {
		d := &choice.Delta.ToolCalls[i]
		call := s.call(d)
		if d.Function.Name != "" {
			call.name = d.Function.Name
		}
		call.arguments.WriteString(d.Function.Arguments)
		if wire.IsSet(d.Extra) {
			call.extra = d.Extra
		}
		s.size += len(d.ID) + len(d.Function.Name) + len(d.Function.Arguments) + len(d.Extra)
	}
	return text, choice.Delta.works()
}

// sizeOfDetail is what it takes to keep a detail of the thoughts, however short: there may be one in each chunk.
const sizeOfDetail = 64

func (s *streamed) think(t *thoughts) {
	if !s.keeps {
		return
	}
	if t.Content != nil {
		s.thinking = true
		s.thoughts.WriteString(*t.Content)
		s.size += len(*t.Content)
	}
	for _, d := range t.Details {
		s.details = append(s.details, d)
		s.size += sizeOfDetail + len(d)
	}
}

// call finds the tool call that a delta continues, or begins one.
func (s *streamed) call(d *toolCall) *streamedCall {
	index := max(0, len(s.calls)-1)
	if d.Index != nil {
		index = *d.Index
	}
	for i := len(s.calls) - 1; i >= 0; i-- {
		call := s.calls[i]
		if call.index == index && call.goesOn(d) {
			if d.ID != "" {
				call.id = d.ID
			}
			return call
		}
	}
	call := &streamedCall{index: index, id: d.ID}
	s.calls = append(s.calls, call)
	s.size += wire.ItemSize
	return call
}

// goesOn says whether a delta with the call's index is more of it. Some servers number every call 0, or none, and some of these
// give no ids: then another name begins another call, and so does the same one behind arguments that are complete.
func (c *streamedCall) goesOn(d *toolCall) bool {
	name := d.Function.Name
	switch {
	case d.ID != "" && c.id != "":
		return d.ID == c.id
	case d.ID != "" || name == "" || c.name == "":
		return true
	}
	return name == c.name && !json.Valid([]byte(c.arguments.String()))
}

func (s *streamed) tooLarge() bool { return s.size > wire.MaxBody }

func (s *streamed) message() *message {
	m := &message{Content: s.text.String(), Refusal: s.refusal.String()}
	m.thoughts.Details = s.details
	if s.thinking {
		all := s.thoughts.String()
		m.thoughts.Content = &all
	}
	for _, call := range s.calls {
		var t toolCall
		t.ID, t.Function.Name, t.Function.Arguments = call.id, call.name, call.arguments.String()
		t.Extra = call.extra
		m.ToolCalls = append(m.ToolCalls, t)
	}
	return m
}
