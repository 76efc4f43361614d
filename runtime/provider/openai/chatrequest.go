package openai

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// encodeChat writes the body of a chat completion request.
func (c *client) encodeChat(req *provider.Request, can provider.Capabilities, stream bool) (q query, err error) {
	b := c.body(req, "tool_choice", "parallel_tool_calls", "allowed_tools")
	if b.Key("model") {
		b.String(req.Model)
	}
	if b.Key("messages") {
		if err := c.messages(b, req); err != nil {
			err.Provider, err.Setting = c.name, cmp.Or(err.Setting, c.apiOption)
			return q, err
		}
	}
	if len(req.Tools) > 0 && b.Key("tools") {
		tools(b, req.Tools)
	}
	if req.Output != nil && can.Schema && b.Key("response_format") {
		responseFormat(b, req.Output)
	}
	q.sampling(b, req, can)
	q.limits(b, req)
	if stream {
		b.Raw(`"stream":true`)
		if b.Key("stream_options") {
			b.Raw(`{"include_usage":true}`)
		}
	}
	q.body, err = b.Bytes(c.name)
	return q, err
}

func (q *query) limits(b *wire.Body, req *provider.Request) {
	s := &req.Settings
	maxTokens := "max_tokens"
	if newest(vendors(req.Model)) != 0 { // the chat variants too
		maxTokens = "max_completion_tokens"
	}
	if s.MaxTokens > 0 && b.Key(maxTokens) {
		b.Int(int64(s.MaxTokens))
	}
	if s.Seed != nil && b.Key("seed") {
		b.Int(*s.Seed)
	}
	if len(s.Stop) > 0 && reasons(req.Model) {
		q.leave(req.Model, "stop sequences", fmt.Sprintf("%q", s.Stop))
	} else if len(s.Stop) > 0 && b.Key("stop") {
		b.Strings(s.Stop)
	}
	if effort := q.effort(req); effort != "" && b.Key("reasoning_effort") {
		b.String(effort)
	}
}

func (c *client) messages(b *wire.Body, req *provider.Request) *provider.ConfigError {
	b.Raw("[")
	if req.System != "" {
		b.Raw(`{"role":"system","content":`)
		b.String(req.System)
		b.Raw("}")
	}
	for i := range req.Messages {
		m := &req.Messages[i]
		if m.Role == provider.Assistant {
			assistant(b, m, c.name, req.Model)
		} else if err := user(b, m, isOwn(req.Model)); err != nil {
			return err
		}
	}
	b.Raw("]")
	return nil
}

func assistant(b *wire.Body, m *provider.Message, providerName, model string) {
	b.Raw(`{"role":"assistant"`)
	calls := false
	for i := range m.Parts {
		calls = calls || m.Parts[i].ToolCall != nil
		if v := m.Parts[i].Vendor; v != nil {
			if fields := keptIn(v, providerName, model).Message; len(fields) > len("{}") && fields[0] == '{' {
				b.Raw(string(fields[1 : len(fields)-1]))
			}
		}
	}
	if text := m.Text(); text != "" || !calls {
		b.Raw(`"content":`)
		b.String(text)
	}
	if calls {
		b.Raw(`"tool_calls":[`)
		var extra json.RawMessage // of the call after it
		for i := range m.Parts {
			if v := m.Parts[i].Vendor; v != nil {
				extra = keptIn(v, providerName, model).Call
			}
			if call := m.Parts[i].ToolCall; call != nil {
				b.Raw(`{"id":`)
				b.String(call.ID)
				b.Raw(`"type":"function","function":{"name":`)
				b.String(identifier(call.Name, "unnamed"))
				b.Raw(`"arguments":`)
				b.String(wire.Object(call.Arguments)) // which vLLM and others read, and refuse the conversation when they cannot
				b.Raw("}")
				if len(extra) > 0 {
					b.Raw(`"extra_content":`, string(extra))
				}
				b.Raw("}")
				extra = nil
			}
		}
		b.Raw("]")
	}
	b.Raw("}")
}

// user writes a message of its own for each tool result, then one for the rest. own says whether the model is one of OpenAI's.
func user(b *wire.Body, m *provider.Message, own bool) *provider.ConfigError {
	rest, plain, results := 0, true, 0
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.ToolResult != nil:
			results++
			b.Raw(`{"role":"tool","tool_call_id":`)
			b.String(p.ToolResult.CallID)
			b.Raw(`"content":`)
			b.String(p.ToolResult.Content)
			b.Raw("}")
		case p.ToolCall == nil && p.Vendor == nil:
			rest++
			plain = plain && p.Image == nil && p.Document == nil && p.Audio == nil
		}
	}
	if rest == 0 && results > 0 {
		return nil
	}
	b.Raw(`{"role":"user","content":`)
	if rest <= 1 && plain {
		b.String(m.Text())
		b.Raw("}")
		return nil
	}
	b.Raw("[")
	for i := range m.Parts {
		if p := &m.Parts[i]; p.ToolResult == nil && p.ToolCall == nil && p.Vendor == nil {
			if err := content(b, p, own); err != nil {
				return err
			}
		}
	}
	b.Raw("]}")
	return nil
}

// content writes one part of a user's message.
func content(b *wire.Body, p *provider.Part, own bool) *provider.ConfigError {
	switch {
	case p.Image != nil:
		image(b, p.Image)
	case p.Document != nil:
		return file(b, p.Document, own)
	case p.Audio != nil:
		return recording(b, p.Audio, own)
	default:
		b.Raw(`{"type":"text","text":`)
		b.String(p.Text)
		b.Raw("}")
	}
	return nil
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

func file(b *wire.Body, d *provider.Document, own bool) *provider.ConfigError {
	switch {
	case own && wire.DocumentType(d) != wire.PDF:
		return &provider.ConfigError{Message: fmt.Sprintf("OpenAI's Chat Completions take PDF files, and no %s: "+
			"give the document as text, or choose the Responses API", wire.DocumentType(d))}
	case d.URL != "":
		return &provider.ConfigError{
			Message: "Chat Completions take no address of a document: give its bytes, or choose the Responses API"}
	}
	b.Raw(`{"type":"file","file":{"filename":`)
	b.String(wire.DocumentName(d))
	b.Raw(`"file_data":`)
	b.Base64("data:"+wire.DocumentType(d)+";base64,", d.Data)
	b.Raw("}}")
	return nil
}

func recording(b *wire.Body, a *provider.Audio, own bool) *provider.ConfigError {
	format := audioFormat(wire.AudioType(a))
	if own && format != "wav" && format != "mp3" {
		return &provider.ConfigError{Setting: "model",
			Message: fmt.Sprintf("OpenAI's models take recordings as WAV and MP3, and no %s", wire.AudioType(a))}
	}
	b.Raw(`{"type":"input_audio","input_audio":{"data":`)
	b.Base64("", a.Data)
	b.Raw(`"format":`)
	b.String(format)
	b.Raw("}}")
	return nil
}

// audioFormat is the API's word for a type of recording: wav or mp3, or what a compatible server makes of the type.
func audioFormat(mediaType string) string {
	kind, _, _ := strings.Cut(mediaType, ";")
	_, format, _ := strings.Cut(strings.TrimSpace(kind), "/")
	switch format = strings.TrimPrefix(format, "x-"); format {
	case "wave", "vnd.wave", "pn-wav":
		return "wav"
	case "mpeg":
		return "mp3"
	}
	return format
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
	b.String(identifier(s.Name, "answer"))
	b.Raw(`"schema":`, f.json)
	if f.strict {
		b.Raw(`"strict":true`)
	} else {
		b.Raw(`"strict":false`)
	}
	b.Raw("}}")
}
