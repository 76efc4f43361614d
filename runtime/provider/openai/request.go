package openai

import (
	"fmt"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// encode writes the body of a chat completion request.
func encode(req *provider.Request, stream bool) (body []byte, warnings []string, err error) {
	b := wire.NewBody(req, name, "tool_choice", "parallel_tool_calls", "allowed_tools")
	if api, ok := req.Extra["openai.api"]; ok {
		if api != "chat" {
			return nil, nil, &provider.ConfigError{Provider: name, Setting: "openai.api",
				Message: fmt.Sprintf("openai.api is %v, but this version speaks chat alone", api)}
		}
		b.Drop("api")
	}
	if b.Key("model") {
		b.String(req.Model)
	}
	if b.Key("messages") {
		messages(b, req)
	}
	if len(req.Tools) > 0 && b.Key("tools") {
		tools(b, req.Tools)
	}
	if req.Output != nil && !among(withoutSchemas, vendors(req.Model)) && b.Key("response_format") {
		responseFormat(b, req.Output)
	}
	warnings = settings(b, req)
	if stream {
		b.Raw(`"stream":true`)
		if b.Key("stream_options") {
			b.Raw(`{"include_usage":true}`)
		}
	}
	body, err = b.Bytes(name)
	return body, warnings, err
}

func settings(b *wire.Body, req *provider.Request) (warnings []string) {
	s := &req.Settings
	maxTokens := "max_tokens"
	if reasons(req.Model) {
		maxTokens = "max_completion_tokens"
		for _, dropped := range []struct {
			name  string
			value *float64
		}{{"temperature", s.Temperature}, {"top_p", s.TopP}} {
			if dropped.value != nil {
				warnings = append(warnings, fmt.Sprintf("%s takes no %s: %v was left out", req.Model, dropped.name, *dropped.value))
			}
		}
	} else {
		b.Setting("temperature", s.Temperature)
		b.Setting("top_p", s.TopP)
	}
	if s.MaxTokens > 0 && b.Key(maxTokens) {
		b.Int(int64(s.MaxTokens))
	}
	if s.Seed != nil && b.Key("seed") {
		b.Int(*s.Seed)
	}
	if len(s.Stop) > 0 && b.Key("stop") {
		b.Strings(s.Stop)
	}
	if s.Effort != "" && b.Key("reasoning_effort") {
		b.String(s.Effort)
	}
	return warnings
}

func messages(b *wire.Body, req *provider.Request) {
	b.Raw("[")
	if req.System != "" {
		b.Raw(`{"role":"system","content":`)
		b.String(req.System)
		b.Raw("}")
	}
	for i := range req.Messages {
		m := &req.Messages[i]
		if m.Role == provider.Assistant {
			assistant(b, m)
		} else {
			user(b, m)
		}
	}
	b.Raw("]")
}

func assistant(b *wire.Body, m *provider.Message) {
	b.Raw(`{"role":"assistant"`)
	calls := false
	for i := range m.Parts {
		calls = calls || m.Parts[i].ToolCall != nil
	}
	if text := m.Text(); text != "" || !calls {
		b.Raw(`"content":`)
		b.String(text)
	}
	if calls {
		b.Raw(`"tool_calls":[`)
		for i := range m.Parts {
			if call := m.Parts[i].ToolCall; call != nil {
				b.Raw(`{"id":`)
				b.String(call.ID)
				b.Raw(`"type":"function","function":{"name":`)
				b.String(call.Name)
				b.Raw(`"arguments":`)
				b.String(call.Arguments)
				b.Raw("}}")
			}
		}
		b.Raw("]")
	}
	b.Raw("}")
}

// user writes a message of its own for each tool result, then one for the rest.
func user(b *wire.Body, m *provider.Message) {
	rest, images, results := 0, 0, 0
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.ToolResult != nil:
			results++
			b.Raw(`{"role":"tool","tool_call_id":`)
			b.String(p.ToolResult.CallID)
			b.Raw(`"content":`)
			b.String(p.ToolResult.Content)
			b.Raw("}")
		case p.Image != nil:
			images++
			rest++
		case p.ToolCall == nil && p.Vendor == nil:
			rest++
		}
	}
	if rest == 0 && results > 0 {
		return
	}
	b.Raw(`{"role":"user","content":`)
	if rest <= 1 && images == 0 {
		b.String(m.Text())
		b.Raw("}")
		return
	}
	b.Raw("[")
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.Image != nil:
			image(b, p.Image)
		case p.ToolResult == nil && p.ToolCall == nil && p.Vendor == nil:
			b.Raw(`{"type":"text","text":`)
			b.String(p.Text)
			b.Raw("}")
		}
	}
	b.Raw("]}")
}

func image(b *wire.Body, img *provider.Image) {
	b.Raw(`{"type":"image_url","image_url":{"url":`)
	if img.URL != "" {
		b.String(img.URL)
	} else {
		b.Base64("data:"+wire.MediaType(img)+";base64,", img.Data)
	}
	b.Raw("}}")
}

func tools(b *wire.Body, list []provider.Tool) {
	b.Raw("[")
	for i := range list {
		t := &list[i]
		b.Raw(`{"type":"function","function":{"name":`)
		b.String(t.Name)
		if t.Description != "" {
			b.Raw(`"description":`)
			b.String(t.Description)
		}
		if t.Input != nil {
			f := formOf(t.Input)
			b.Raw(`"parameters":`, f.json)
			if f.strict {
				b.Raw(`"strict":true`)
			}
		}
		b.Raw("}}")
	}
	b.Raw("]")
}

func responseFormat(b *wire.Body, s *provider.Schema) {
	f := formOf(s)
	b.Raw(`{"type":"json_schema","json_schema":{"name":`)
	b.String(schemaName(s.Name))
	b.Raw(`"schema":`, f.json)
	if f.strict {
		b.Raw(`"strict":true`)
	} else {
		b.Raw(`"strict":false`)
	}
	b.Raw("}}")
}

// schemaName makes a name that the API takes: letters, digits, underscore and hyphen, at most 64.
func schemaName(s string) string {
	if s == "" {
		return "answer"
	}
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return '_'
	}, s)
	return clean[:min(len(clean), 64)]
}
