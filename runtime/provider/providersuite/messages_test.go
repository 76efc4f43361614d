package providersuite

import (
	"encoding/json"
	"net/http"

	"github.com/alloygen/alloygen/runtime/provider"
)

// messages is Anthropic's Messages API: https://platform.claude.com/docs/en/api/messages.
type messages struct{}

func (messages) mediaType() string { return "text/event-stream" }

func (messages) finish(a said) string {
	switch a.reason() {
	case provider.FinishToolCalls:
		return "tool_use"
	case provider.FinishLength:
		return "max_tokens"
	case provider.FinishRefusal:
		return "refusal"
	}
	return "end_turn"
}

func (messages) usage(u provider.Usage) object {
	return object{
		"input_tokens": u.InputTokens - u.CachedTokens, "cache_creation_input_tokens": 0, "cache_read_input_tokens": u.CachedTokens,
		"output_tokens": u.OutputTokens, "output_tokens_details": object{"thinking_tokens": u.ReasoningTokens}, "service_tier": "standard",
	}
}

func (messages) message(content []object, reason any, usage object) object {
	return object{"id": "msg_1", "type": "message", "role": "assistant", "model": "served", "content": content, "stop_reason": reason,
		"stop_sequence": nil, "usage": usage}
}

func (m messages) whole(a said) string {
	content := []object{}
	if len(a.thoughts) > 0 {
		thinking := ""
		for _, thought := range a.thoughts {
			thinking += thought
		}
		content = append(content, object{"type": "thinking", "thinking": thinking, "signature": "EqQB"})
	}
	if len(a.text) > 0 {
		content = append(content, object{"type": "text", "text": a.whole(), "citations": nil})
	}
	for _, call := range a.calls {
		content = append(content, object{"type": "tool_use", "id": call.id, "name": call.name, "input": json.RawMessage(call.args)})
	}
	return encode(m.message(content, m.finish(a), m.usage(a.tokens())))
}

func (messages) event(fields object) string {
	return "event: " + fields["type"].(string) + "\ndata: " + encode(fields) + "\n\n"
}

func (m messages) stream(a said) (f frames) {
	usage := m.usage(a.tokens())
	early := m.usage(a.tokens())
	early["output_tokens"] = 1
	f.begin = []string{m.event(object{"type": "message_start", "message": m.message([]object{}, nil, early)}), m.ping()}
	index := 0
	start := func(block object) string {
		return m.event(object{"type": "content_block_start", "index": index, "content_block": block})
	}
	delta := func(delta object) string {
		return m.event(object{"type": "content_block_delta", "index": index, "delta": delta})
	}
	stop := func() string {
		index++
		return m.event(object{"type": "content_block_stop", "index": index - 1})
	}
	if len(a.thoughts) > 0 {
		f.thoughts = append(f.thoughts, start(object{"type": "thinking", "thinking": "", "signature": ""}))
		for _, thought := range a.thoughts {
			f.thoughts = append(f.thoughts, delta(object{"type": "thinking_delta", "thinking": thought}))
		}
		f.thoughts = append(f.thoughts, delta(object{"type": "signature_delta", "signature": "EqQB"})+stop())
	}
	if len(a.text) > 0 {
		f.open = append(f.open, start(object{"type": "text", "text": ""}))
		for _, text := range a.text {
			f.text = append(f.text, delta(object{"type": "text_delta", "text": text}))
		}
		f.text[len(f.text)-1] += stop()
	}
	for _, call := range a.calls {
		f.calls = append(f.calls, start(object{"type": "tool_use", "id": call.id, "name": call.name, "input": object{}}))
		for _, half := range append([]string{""}, halves(call.args)...) {
			f.calls = append(f.calls, delta(object{"type": "input_json_delta", "partial_json": half}))
		}
		f.calls[len(f.calls)-1] += stop()
	}
	f.end = []string{
		m.event(object{"type": "message_delta", "delta": object{"stop_reason": m.finish(a), "stop_sequence": nil}, "usage": usage}),
		m.event(object{"type": "message_stop"}),
	}
	return f
}

func (m messages) ping() string { return m.event(object{"type": "ping"}) }

// failure has the errors of https://platform.claude.com/docs/en/api/errors.
func (messages) failure(class provider.Class) failure {
	body := func(kind, message string) string {
		return encode(object{"type": "error", "error": object{"type": kind, "message": message}, "request_id": "req_1"})
	}
	switch class {
	case provider.RateLimit:
		return failure{429, http.Header{"Retry-After": {"2"}, "Anthropic-Ratelimit-Requests-Limit": {"50"}, "Anthropic-Ratelimit-Requests-Remaining": {"0"}},
			body("rate_limit_error", "This request would exceed the rate limit for your organization of 50 requests per minute.")}
	case provider.Overloaded:
		return failure{529, http.Header{"X-Should-Retry": {"true"}}, body("overloaded_error", "Overloaded")}
	case provider.Quota:
		return failure{400, nil, body("invalid_request_error", "Your credit balance is too low to access the Anthropic API. "+
			"Please go to Plans & Billing to upgrade or purchase credits.")}
	case provider.ContextWindow:
		return failure{400, nil, body("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")}
	case provider.Invalid:
		return failure{404, nil, body("not_found_error", "model: claude-opus-4-7")}
	}
	return failure{500, nil, body("api_error", "Internal server error")}
}

func (m messages) broken() string {
	return m.event(object{"type": "error", "error": object{"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_1"})
}

func (m messages) empty() string {
	return encode(m.message([]object{}, "end_turn", m.usage(provider.Usage{InputTokens: 7, OutputTokens: 1})))
}

func (m messages) strange() string {
	return encode(m.message([]object{{"type": "text", "text": "Hm."}}, "tired", m.usage(provider.Usage{InputTokens: 7, OutputTokens: 1})))
}

func (m messages) read(_ string, body []byte) (q asked, err error) {
	var req struct {
		Model  string
		System []struct{ Text string }
		Msgs   []struct {
			Role    provider.Role
			Content []block
		} `json:"messages"`
		Tools  []struct{ Name string }
		Config struct {
			Format struct{ Schema object }
		} `json:"output_config"`
		Choice struct{ Type string } `json:"tool_choice"`
		Room   int                   `json:"max_tokens"`
		Stream bool
	}
	err = json.Unmarshal(body, &req)
	q = asked{model: req.Model, schema: req.Config.Format.Schema != nil, room: req.Room, stream: req.Stream}
	for _, s := range req.System {
		q.system += s.Text
	}
	for _, tool := range req.Tools {
		if req.Choice.Type != "none" { // or they are named because the conversation has calls of them
			q.tools = append(q.tools, tool.Name)
		}
	}
	for _, msg := range req.Msgs {
		said := turn{role: msg.Role}
		for i := range msg.Content {
			msg.Content[i].into(&said)
		}
		q.add(said)
	}
	return q, err
}

// block is a piece of a message's content.
type block struct {
	Type   string
	Text   string
	ID     string
	Name   string
	Input  json.RawMessage
	CallID string  `json:"tool_use_id"`
	Parts  []block `json:"content"`
	Source struct{ Type, Data, URL string }
}

func (b *block) into(said *turn) {
	source := b.Source.URL
	if b.Source.Type == "base64" {
		source = decoded(b.Source.Data)
	}
	switch b.Type {
	case "text":
		said.write(b.Text)
	case "tool_use":
		said.calls = append(said.calls, called{b.ID, b.Name, compact(b.Input)})
	case "tool_result":
		var inside turn
		for i := range b.Parts {
			b.Parts[i].into(&inside)
		}
		said.results = append(said.results, result{b.CallID, inside.text})
	case "image":
		said.images = append(said.images, source)
	case "document":
		said.documents = append(said.documents, source)
	}
}
