package providersuite

import (
	"encoding/json"

	"github.com/alloygen/alloygen/runtime/provider"
)

// ollama is the chat API of Ollama: https://docs.ollama.com/api/chat.
type ollama struct{}

func (ollama) mediaType() string { return "application/x-ndjson" }

func (ollama) message(fields object) object {
	fields["role"] = "assistant"
	if fields["content"] == nil {
		fields["content"] = ""
	}
	return object{"model": "served", "created_at": "2026-11-25T09:00:00.123456Z", "message": fields, "done": false}
}

func (ollama) finished(m object, a said) object {
	u := a.tokens()
	m["done"], m["done_reason"] = true, "stop" // for calls too
	if a.reason() == provider.FinishLength {
		m["done_reason"] = "length"
	}
	m["total_duration"], m["load_duration"] = 4883583458, 1334875
	m["prompt_eval_count"], m["prompt_eval_duration"] = u.InputTokens, 342546000
	m["eval_count"], m["eval_duration"] = u.OutputTokens, 4535599000
	return m
}

func (ollama) calls(a said) []object {
	var list []object
	for i, call := range a.calls {
		list = append(list, object{"id": call.id, "function": object{"index": i, "name": call.name, "arguments": json.RawMessage(call.args)}})
	}
	return list
}

func (o ollama) whole(a said) string {
	fields := object{"content": a.whole()}
	if len(a.thoughts) > 0 {
		thinking := ""
		for _, thought := range a.thoughts {
			thinking += thought
		}
		fields["thinking"] = thinking
	}
	if list := o.calls(a); list != nil {
		fields["tool_calls"] = list
	}
	return encode(o.finished(o.message(fields), a))
}

func (o ollama) stream(a said) (f frames) {
	line := func(v object) string { return encode(v) + "\n" }
	f.begin = []string{line(o.message(object{}))}
	for _, thought := range a.thoughts {
		f.thoughts = append(f.thoughts, line(o.message(object{"thinking": thought})))
	}
	for _, text := range a.text {
		f.text = append(f.text, line(o.message(object{"content": text})))
	}
	for _, call := range o.calls(a) {
		f.calls = append(f.calls, line(o.message(object{"tool_calls": []object{call}})))
	}
	f.end = []string{line(o.finished(o.message(object{}), a))}
	return f
}

func (ollama) ping() string { return "\n" }

// failure has the errors of https://docs.ollama.com/api/errors.
func (ollama) failure(class provider.Class) failure {
	reports := func(status int, message string) failure {
		return failure{status, nil, encode(object{"error": message})}
	}
	switch class {
	case provider.RateLimit:
		f := reports(429, "too many requests")
		f.header = map[string][]string{"Retry-After": {"2"}}
		return f
	case provider.Overloaded:
		return reports(503, "server busy, please try again.  maximum pending requests exceeded")
	case provider.Quota:
		return reports(429, "you've reached your hourly usage limit, please upgrade to continue")
	case provider.ContextWindow:
		return reports(400, "the input length exceeds the context length")
	case provider.Invalid:
		return reports(404, "model 'qwen3-vl' not found")
	}
	return reports(500, "llama runner process has terminated: exit status 2")
}

func (ollama) broken() string {
	return `{"error":"server busy, please try again.  maximum pending requests exceeded"}` + "\n"
}

func (ollama) empty() string { return `{"models":[]}` }

func (o ollama) strange() string {
	m := o.finished(o.message(object{"content": "Hm."}), said{})
	m["done_reason"] = "tired"
	return encode(m)
}

func (ollama) read(_ string, body []byte) (q asked, err error) {
	var req struct {
		Model    string
		Messages []struct {
			Role      string
			Content   string
			Images    []string
			ToolCalls []struct {
				ID       string
				Function struct {
					Name      string
					Arguments json.RawMessage
				}
			} `json:"tool_calls"`
			CallID string `json:"tool_call_id"`
		}
		Tools []struct {
			Function struct{ Name string }
		}
		Format  json.RawMessage
		Options struct {
			Room int `json:"num_predict"`
		}
		Stream bool
	}
	err = json.Unmarshal(body, &req)
	q = asked{model: req.Model, schema: len(req.Format) > 0, room: req.Options.Room, stream: req.Stream}
	for _, tool := range req.Tools {
		q.tools = append(q.tools, tool.Function.Name)
	}
	for _, m := range req.Messages {
		said := turn{role: provider.Role(m.Role), text: m.Content}
		for _, call := range m.ToolCalls {
			said.calls = append(said.calls, called{call.ID, call.Function.Name, compact(call.Function.Arguments)})
		}
		for _, image := range m.Images {
			said.images = append(said.images, decoded(image))
		}
		switch m.Role {
		case "system":
			q.system = m.Content
			continue
		case "tool":
			said = turn{role: provider.User, results: []result{{m.CallID, m.Content}}}
		}
		q.add(said)
	}
	return q, err
}
