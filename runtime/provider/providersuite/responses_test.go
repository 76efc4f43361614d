package providersuite

import (
	"encoding/json"

	"github.com/alloygen/alloygen/runtime/provider"
)

// responses is OpenAI's Responses API: https://platform.openai.com/docs/api-reference/responses.
type responses struct{}

func (responses) mediaType() string { return "text/event-stream" }

// items are the pieces of an answer, as they are when they are complete.
func (responses) items(a said) (reasoning, message object, functions []object) {
	if len(a.thoughts) > 0 {
		summary := []object{}
		for _, thought := range a.thoughts {
			summary = append(summary, object{"type": "summary_text", "text": thought})
		}
		reasoning = object{"id": "rs_1", "type": "reasoning", "summary": summary, "encrypted_content": "gAAAAAB4"}
	}
	if len(a.text) > 0 {
		content := object{"type": "output_text", "annotations": []any{}, "logprobs": []any{}, "text": a.whole()}
		if a.reason() == provider.FinishRefusal {
			content = object{"type": "refusal", "refusal": a.whole()}
		}
		message = object{"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": []object{content}}
	}
	for _, call := range a.calls {
		functions = append(functions, object{"id": "fc_" + call.id, "type": "function_call", "status": "completed", "arguments": call.args,
			"call_id": call.id, "name": call.name})
	}
	return reasoning, message, functions
}

func (r responses) output(a said) []object {
	output := []object{}
	reasoning, message, functions := r.items(a)
	for _, item := range append([]object{reasoning, message}, functions...) {
		if item != nil {
			output = append(output, item)
		}
	}
	return output
}

func (responses) response(status string, output []object, more object) object {
	o := object{
		"id": "resp_1", "object": "response", "created_at": 1795596000, "status": status, "background": false, "error": nil,
		"incomplete_details": nil, "instructions": nil, "max_output_tokens": nil, "model": "served", "output": output,
		"parallel_tool_calls": true, "previous_response_id": nil, "store": false, "text": object{"format": object{"type": "text"}}, "usage": nil,
	}
	for key, value := range more {
		o[key] = value
	}
	return o
}

func (r responses) completed(a said) object {
	u := a.tokens()
	more := object{"usage": object{
		"input_tokens": u.InputTokens, "input_tokens_details": object{"cached_tokens": u.CachedTokens},
		"output_tokens": u.OutputTokens, "output_tokens_details": object{"reasoning_tokens": u.ReasoningTokens}, "total_tokens": u.Total(),
	}}
	if a.reason() == provider.FinishLength {
		more["incomplete_details"] = object{"reason": "max_output_tokens"}
		return r.response("incomplete", r.output(a), more)
	}
	return r.response("completed", r.output(a), more)
}

func (r responses) whole(a said) string { return encode(r.completed(a)) }

func (responses) event(kind string, fields object) string {
	fields["type"], fields["sequence_number"] = kind, 1
	return "event: " + kind + "\ndata: " + encode(fields) + "\n\n"
}

func (r responses) stream(a said) (f frames) {
	start := r.response("in_progress", []object{}, nil)
	f.begin = []string{r.event("response.created", object{"response": start}), r.event("response.in_progress", object{"response": start})}
	reasoning, message, functions := r.items(a)
	index := 0
	item := func(kind string, it object) string {
		return r.event("response.output_item."+kind, object{"output_index": index, "item": it})
	}
	if reasoning != nil {
		f.thoughts = append(f.thoughts, item("added", object{"id": "rs_1", "type": "reasoning", "summary": []any{}, "encrypted_content": "gAAA"}))
		for i, thought := range a.thoughts {
			f.thoughts = append(f.thoughts, r.event("response.reasoning_summary_text.delta",
				object{"item_id": "rs_1", "output_index": index, "summary_index": i, "delta": thought}))
		}
		f.thoughts = append(f.thoughts, item("done", reasoning))
		index++
	}
	if message != nil {
		f.open = append(f.open,
			item("added", object{"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant", "content": []any{}}),
			r.event("response.content_part.added", object{"item_id": "msg_1", "output_index": index, "content_index": 0,
				"part": object{"type": "output_text", "annotations": []any{}, "text": ""}}))
		kind := "response.output_text.delta"
		if a.reason() == provider.FinishRefusal {
			kind = "response.refusal.delta"
		}
		for _, text := range a.text {
			f.text = append(f.text, r.event(kind,
				object{"item_id": "msg_1", "output_index": index, "content_index": 0, "delta": text, "logprobs": []any{}, "obfuscation": "xF"}))
		}
		f.text[len(f.text)-1] += item("done", message)
		index++
	}
	for i, call := range a.calls {
		f.calls = append(f.calls, item("added", object{"id": "fc_" + call.id, "type": "function_call", "status": "in_progress", "arguments": "",
			"call_id": call.id, "name": call.name}))
		for _, half := range halves(call.args) {
			f.calls = append(f.calls, r.event("response.function_call_arguments.delta",
				object{"item_id": "fc_" + call.id, "output_index": index, "delta": half, "obfuscation": "k2"}))
		}
		f.calls = append(f.calls, item("done", functions[i]))
		index++
	}
	done := r.completed(a)
	f.end = []string{r.event("response."+done["status"].(string), object{"response": done})}
	return f
}

func (r responses) ping() string { return r.event("keepalive", object{}) }

func (responses) failure(class provider.Class) failure { return openaiFailure(class) }

func (r responses) broken() string {
	return r.event("error", object{"code": "server_is_overloaded", "message": "Our servers are currently overloaded.", "param": nil})
}

func (r responses) empty() string { return encode(r.response("completed", []object{}, nil)) }

func (r responses) strange() string {
	return encode(r.response("tired", r.output(says("Hm.")), nil))
}

func (r responses) read(_ string, body []byte) (q asked, err error) {
	var req struct {
		Model        string
		Instructions string
		Input        []struct {
			Type      string
			Role      string
			Content   json.RawMessage
			CallID    string `json:"call_id"`
			Name      string
			Arguments string
			Output    string
		}
		Tools []struct {
			Name       string
			Parameters object
		}
		Text struct {
			Format struct{ Schema object }
		}
		Room   int   `json:"max_output_tokens"`
		Store  *bool // must be sent
		Stream bool
	}
	err = json.Unmarshal(body, &req)
	q = asked{model: req.Model, system: req.Instructions, schema: req.Text.Format.Schema != nil, room: req.Room, stream: req.Stream}
	for _, tool := range req.Tools {
		q.tools = append(q.tools, tool.Name)
	}
	for _, item := range req.Input {
		switch item.Type {
		case "function_call":
			q.add(turn{role: provider.Assistant, calls: []called{{item.CallID, item.Name, item.Arguments}}})
		case "function_call_output":
			q.add(turn{role: provider.User, results: []result{{item.CallID, item.Output}}})
		case "message":
			said := turn{role: provider.Role(item.Role)}
			if json.Unmarshal(item.Content, &said.text) != nil {
				r.content(&said, item.Content)
			}
			q.add(said)
		}
	}
	return q, err
}

// content reads the parts of a message.
func (responses) content(said *turn, raw json.RawMessage) {
	var parts []struct {
		Type     string `json:"type"`
		Text     string `json:"text"`
		ImageURL string `json:"image_url"`
		FileData string `json:"file_data"`
	}
	_ = json.Unmarshal(raw, &parts) // what is no list has none
	for _, p := range parts {
		switch p.Type {
		case "input_image":
			said.images = append(said.images, unpacked(p.ImageURL))
		case "input_file":
			said.documents = append(said.documents, unpacked(p.FileData))
		default:
			said.write(p.Text)
		}
	}
}
