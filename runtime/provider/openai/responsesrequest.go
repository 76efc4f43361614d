package openai

import (
	"fmt"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// leastOutput is the least max_output_tokens that the API takes.
const leastOutput = 16

// encodeResponses writes the body of a request for a response, which the vendor is not to store.
func (c *client) encodeResponses(req *provider.Request, can provider.Capabilities, stream bool) (q query, err error) {
	b := c.body(req, "tool_choice", "parallel_tool_calls", "max_tool_calls")
	if b.Key("model") {
		b.String(req.Model)
	}
	if req.System != "" && b.Key("instructions") {
		b.String(req.System)
	}
	if b.Key("input") {
		if err := c.input(b, req); err != nil {
			return q, err
		}
	}
	if len(req.Tools) > 0 && b.Key("tools") {
		flatTools(b, req.Tools)
	}
	if typed := req.Output != nil && can.Schema; b.Open("text", typed) {
		if typed && b.Key("format") {
			textFormat(b, req.Output)
		}
		b.Close()
	}
	q.sampling(b, req, can)
	q.settings(b, req)
	if b.Key("store") {
		b.Raw("false")
	}
	if reasons(req.Model) && b.Key("include") { // others refuse it
		b.Raw(`["reasoning.encrypted_content"]`)
	}
	if stream {
		b.Raw(`"stream":true`)
	}
	q.body, err = b.Bytes(c.name)
	return q, err
}

func (q *query) settings(b *wire.Body, req *provider.Request) {
	const api = "the Responses API"
	s := &req.Settings
	if s.MaxTokens > 0 && b.Key("max_output_tokens") {
		if s.MaxTokens < leastOutput {
			q.warnings = append(q.warnings,
				fmt.Sprintf("%s takes no max_output_tokens below %d: %d was raised", api, leastOutput, s.MaxTokens))
		}
		b.Int(int64(max(s.MaxTokens, leastOutput)))
	}
	if s.Seed != nil {
		q.leave(api, "seed", *s.Seed)
	}
	if len(s.Stop) > 0 {
		q.leave(api, "stop sequences", fmt.Sprintf("%q", s.Stop))
	}
	if effort := q.effort(req); b.Open("reasoning", effort != "") {
		if effort != "" && b.Key("effort") {
			b.String(effort)
		}
		b.Close()
	}
}

// input writes the conversation as a list of items.
func (c *client) input(b *wire.Body, req *provider.Request) error {
	b.Raw("[")
	for i := range req.Messages {
		m := &req.Messages[i]
		if m.Role == provider.Assistant {
			output(b, m, req.Model, c.name)
		} else if err := userItems(b, m); err != nil {
			err.Provider, err.Setting = c.name, c.apiOption
			return err
		}
	}
	b.Raw("]")
	return nil
}

// output writes a message of the model: an item for each of its parts. Items of ours carry no ids, which the vendor, who
// stored nothing, would look for.
func output(b *wire.Body, m *provider.Message, model, providerName string) {
	last := -1 // that is text or a call: the API refuses reasoning that nothing follows
	for i := range m.Parts {
		if p := &m.Parts[i]; p.Text != "" || p.ToolCall != nil {
			last = i
		}
	}
	phase := ""
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.Vendor != nil:
			k := keptIn(p.Vendor, providerName, model)
			if phase = k.Phase; len(k.Item) > 0 && i < last {
				b.Raw(string(k.Item))
			}
		case p.ToolCall != nil:
			b.Raw(`{"type":"function_call","call_id":`)
			b.String(p.ToolCall.ID)
			b.Raw(`"name":`)
			b.String(identifier(p.ToolCall.Name, "unnamed"))
			b.Raw(`"arguments":`)
			b.String(wire.Object(p.ToolCall.Arguments))
			b.Raw("}")
		case p.Text != "":
			b.Raw(`{"type":"message","role":"assistant","content":`)
			b.String(p.Text)
			if phase != "" {
				b.Raw(`"phase":`)
				b.String(phase)
			}
			b.Raw("}")
			phase = ""
		}
	}
}

// userItems writes an item for each tool result, then a message of the rest.
func userItems(b *wire.Body, m *provider.Message) *provider.ConfigError {
	rest, plain := 0, true
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.ToolResult != nil:
			b.Raw(`{"type":"function_call_output","call_id":`)
			b.String(p.ToolResult.CallID)
			b.Raw(`"output":`)
			b.String(p.ToolResult.Content)
			b.Raw("}")
		case p.ToolCall == nil && p.Vendor == nil:
			rest++
			plain = plain && p.Image == nil && p.Document == nil
			if p.Audio != nil {
				return &provider.ConfigError{
					Message: "the Responses API takes no recordings: leave the choice of the API out, or make it chat"}
			}
		}
	}
	if rest == 0 {
		return nil
	}
	b.Raw(`{"type":"message","role":"user","content":`)
	if rest == 1 && plain {
		b.String(m.Text())
		b.Raw("}")
		return nil
	}
	b.Raw("[")
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.Image != nil:
			inputImage(b, p.Image)
		case p.Document != nil:
			inputFile(b, p.Document)
		case p.ToolResult == nil && p.ToolCall == nil && p.Vendor == nil:
			b.Raw(`{"type":"input_text","text":`)
			b.String(p.Text)
			b.Raw("}")
		}
	}
	b.Raw("]}")
	return nil
}

func inputImage(b *wire.Body, img *provider.Image) {
	b.Raw(`{"type":"input_image","image_url":`)
	if img.URL != "" {
		b.String(img.URL)
	} else {
		b.Base64("data:"+wire.MediaType(img)+";base64,", img.Data)
	}
	b.Raw(`"detail":"auto"}`) // which the API demands by its description
}

func inputFile(b *wire.Body, d *provider.Document) {
	b.Raw(`{"type":"input_file"`)
	if d.URL != "" {
		b.Raw(`"file_url":`)
		b.String(d.URL)
	} else {
		b.Raw(`"filename":`)
		b.String(wire.DocumentName(d))
		b.Raw(`"file_data":`)
		b.Base64("data:"+wire.DocumentType(d)+";base64,", d.Data)
	}
	b.Raw("}")
}

func flatTools(b *wire.Body, list []provider.Tool) {
	b.Raw("[")
	for i := range list {
		t := &list[i]
		b.Raw(`{"type":"function","name":`)
		b.String(t.Name)
		if t.Description != "" {
			b.Raw(`"description":`)
			b.String(t.Description)
		}
		f := form{json: `{"type":"object","properties":{}}`}
		if t.Input != nil {
			f = formOf(t.Input)
		}
		b.Raw(`"parameters":`, f.json)
		b.Raw(`"strict":`, strictness(f)) // which the API takes for granted otherwise
		b.Raw("}")
	}
	b.Raw("]")
}

func textFormat(b *wire.Body, s *provider.Schema) {
	f := formOf(s)
	b.Raw(`{"type":"json_schema","name":`)
	b.String(identifier(s.Name, "answer"))
	b.Raw(`"schema":`, f.json)
	b.Raw(`"strict":`, strictness(f))
	b.Raw("}")
}

func strictness(f form) string {
	if f.strict {
		return "true"
	}
	return "false"
}
