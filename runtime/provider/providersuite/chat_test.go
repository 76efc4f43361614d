package providersuite

import (
	"encoding/json"
	"net/http"

	"github.com/alloygen/alloygen/runtime/provider"
)

// chat is OpenAI's Chat Completions: https://platform.openai.com/docs/api-reference/chat. Servers that are compatible with it
// show the thoughts of a model, as DeepSeek, vLLM and llama.cpp do; OpenAI does not.
type chat struct{ reasons bool }

func (chat) mediaType() string { return "text/event-stream" }

func (chat) finish(a said) string {
	switch a.reason() {
	case provider.FinishToolCalls:
		return "tool_calls"
	case provider.FinishLength:
		return "length"
	}
	return "stop" // a refusal stands in a field of its own
}

func (chat) usage(u provider.Usage) object {
	return object{
		"prompt_tokens": u.InputTokens, "completion_tokens": u.OutputTokens, "total_tokens": u.Total(),
		"prompt_tokens_details":     object{"cached_tokens": u.CachedTokens, "audio_tokens": 0},
		"completion_tokens_details": object{"reasoning_tokens": u.ReasoningTokens, "audio_tokens": 0, "accepted_prediction_tokens": 0},
	}
}

func (c chat) call(index int, call called) object {
	o := object{"id": call.id, "type": "function", "function": object{"name": call.name, "arguments": call.args}}
	if index >= 0 {
		o["index"] = index
	}
	return o
}

func (c chat) whole(a said) string {
	message := object{"role": "assistant", "content": nil, "refusal": nil, "annotations": []any{}}
	switch {
	case a.reason() == provider.FinishRefusal:
		message["refusal"] = a.whole()
	case len(a.text) > 0:
		message["content"] = a.whole()
	}
	if c.reasons && len(a.thoughts) > 0 {
		message["reasoning_content"] = a.thoughts[0]
	}
	var list []object
	for _, call := range a.calls {
		list = append(list, c.call(-1, call))
	}
	if list != nil {
		message["tool_calls"] = list
	}
	return encode(object{
		"id": "chatcmpl-CqZ1", "object": "chat.completion", "created": 1795596000, "model": "served", "service_tier": "default",
		"system_fingerprint": nil, "usage": c.usage(a.tokens()),
		"choices": []object{{"index": 0, "message": message, "logprobs": nil, "finish_reason": c.finish(a)}},
	})
}

func (chat) chunk(choices []object, usage any) string {
	return "data: " + encode(object{
		"id": "chatcmpl-CqZ1", "object": "chat.completion.chunk", "created": 1795596000, "model": "served", "service_tier": "default",
		"system_fingerprint": nil, "choices": choices, "usage": usage, "obfuscation": "Xw9",
	}) + "\n\n"
}

func (c chat) delta(delta object, finish any) string {
	return c.chunk([]object{{"index": 0, "delta": delta, "logprobs": nil, "finish_reason": finish}}, nil)
}

func (c chat) stream(a said) (f frames) {
	f.begin = []string{c.delta(object{"role": "assistant", "content": "", "refusal": nil}, nil)}
	for _, thought := range a.thoughts {
		if c.reasons {
			f.thoughts = append(f.thoughts, c.delta(object{"reasoning_content": thought}, nil))
		}
	}
	for _, text := range a.text {
		field := "content"
		if a.reason() == provider.FinishRefusal {
			field = "refusal"
		}
		f.text = append(f.text, c.delta(object{field: text}, nil))
	}
	for i, call := range a.calls {
		part := call
		part.args = ""
		f.calls = append(f.calls, c.delta(object{"tool_calls": []object{c.call(i, part)}}, nil))
		for _, half := range halves(call.args) {
			f.calls = append(f.calls, c.delta(object{"tool_calls": []object{{"index": i, "function": object{"arguments": half}}}}, nil))
		}
	}
	f.end = []string{c.delta(object{}, c.finish(a)), c.chunk([]object{}, c.usage(a.tokens())), "data: [DONE]\n\n"}
	return f
}

func (chat) ping() string { return ": OPENROUTER PROCESSING\n\n" }

func (chat) failure(class provider.Class) failure { return openaiFailure(class) }

// openaiFailure has the errors of both of OpenAI's APIs: https://platform.openai.com/docs/guides/error-codes.
func openaiFailure(class provider.Class) failure {
	body := func(message, kind string, code any) string {
		return encode(object{"error": object{"message": message, "type": kind, "param": nil, "code": code}})
	}
	switch class {
	case provider.RateLimit:
		return failure{429, http.Header{"Retry-After": {"2"}, "X-Ratelimit-Limit-Tokens": {"30000"}, "X-Ratelimit-Remaining-Tokens": {"0"},
			"X-Ratelimit-Reset-Tokens": {"1.4s"}}, body("Rate limit reached for gpt-5 in organization org-A on tokens per min (TPM): Limit 30000, "+
			"Used 29500, Requested 1200. Please try again in 1.4s.", "tokens", "rate_limit_exceeded")}
	case provider.Overloaded:
		return failure{503, nil, body("The engine is currently overloaded, please try again later", "server_error", nil)}
	case provider.Quota:
		return failure{429, nil, body("You exceeded your current quota, please check your plan and billing details.", "insufficient_quota", "insufficient_quota")}
	case provider.ContextWindow:
		return failure{400, nil, body("Your input exceeds the context window of this model. Please adjust your input and try again.",
			"invalid_request_error", "context_length_exceeded")}
	case provider.Invalid:
		return failure{404, nil, body("The model `gpt-5` does not exist or you do not have access to it.", "invalid_request_error", "model_not_found")}
	}
	return failure{500, nil, body("The server had an error while processing your request. Sorry about that!", "server_error", nil)}
}

func (chat) broken() string {
	return "data: " + encode(object{"error": object{"message": "The server is overloaded.", "type": "overloaded_error", "code": nil}}) + "\n\n"
}

func (chat) empty() string {
	return `{"id":"chatcmpl-CqZ1","object":"chat.completion","model":"served","choices":[]}`
}

func (chat) strange() string {
	return `{"model":"served","choices":[{"index":0,"message":{"role":"assistant","content":"Hm."},"finish_reason":"tired"}]}`
}

func (c chat) read(_ string, body []byte) (q asked, err error) {
	var r struct {
		Model    string `json:"model"`
		Messages []struct {
			Role       string          `json:"role"`
			Content    json.RawMessage `json:"content"`
			ToolCallID string          `json:"tool_call_id"`
			ToolCalls  []struct {
				ID       string `json:"id"`
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
		} `json:"messages"`
		Tools []struct {
			Function struct {
				Name       string
				Parameters object
			}
		} `json:"tools"`
		Format struct {
			Schema struct{ Schema object } `json:"json_schema"`
		} `json:"response_format"`
		Room    int  `json:"max_completion_tokens"`
		Tokens  int  `json:"max_tokens"`
		Stream  bool `json:"stream"`
		Options struct {
			Usage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	err = json.Unmarshal(body, &r)
	q = asked{model: r.Model, schema: r.Format.Schema.Schema != nil, room: r.Room + r.Tokens, stream: r.Stream && r.Options.Usage}
	for _, tool := range r.Tools {
		q.tools = append(q.tools, tool.Function.Name)
	}
	for _, m := range r.Messages {
		var said turn
		if json.Unmarshal(m.Content, &said.text) != nil {
			c.content(&said, m.Content)
		}
		for _, call := range m.ToolCalls {
			said.calls = append(said.calls, called{call.ID, call.Function.Name, call.Function.Arguments})
		}
		switch m.Role {
		case "system":
			q.system = said.text
			continue
		case "tool":
			said = turn{role: provider.User, results: []result{{m.ToolCallID, said.text}}}
		default:
			said.role = provider.Role(m.Role)
		}
		q.add(said)
	}
	return q, err
}

// content reads the parts of a message.
func (chat) content(said *turn, raw json.RawMessage) {
	var parts []struct {
		Text  string `json:"text"`
		Image *struct {
			URL string `json:"url"`
		} `json:"image_url"`
		File *struct {
			Data string `json:"file_data"`
		} `json:"file"`
	}
	_ = json.Unmarshal(raw, &parts) // null has none
	for _, p := range parts {
		switch {
		case p.Image != nil:
			said.images = append(said.images, unpacked(p.Image.URL))
		case p.File != nil:
			said.documents = append(said.documents, unpacked(p.File.Data))
		default:
			said.write(p.Text)
		}
	}
}
