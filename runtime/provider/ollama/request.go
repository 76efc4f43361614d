package ollama

import (
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// encode writes the body of a chat request: https://docs.ollama.com/api/chat.
func encode(req *provider.Request, stream bool) (body []byte, warnings []string, err error) {
	b := wire.NewBody(req, name)
	if b.Key("model") {
		b.String(req.Model)
	}
	if b.Key("messages") {
		messages(b, req)
	}
	if len(req.Tools) > 0 && b.Key("tools") {
		tools(b, req.Tools)
	}
	if req.Output != nil && len(req.Tools) == 0 && b.Key("format") {
		b.Raw(formOf(req.Output))
	}
	options(b, &req.Settings)
	warnings = think(b, req)
	for _, forget := range []string{"truncate", "shift"} {
		if b.Key(forget) {
			b.Raw("false")
		}
	}
	if stream {
		b.Raw(`"stream":true`)
	} else {
		b.Raw(`"stream":false`)
	}
	body, err = b.Bytes(name)
	return body, warnings, err
}

func options(b *wire.Body, s *provider.Settings) {
	if !b.Open("options", s.Temperature != nil || s.TopP != nil || s.MaxTokens > 0 || s.Seed != nil || len(s.Stop) > 0) {
		return
	}
	b.Setting("temperature", s.Temperature)
	b.Setting("top_p", s.TopP)
	if s.MaxTokens > 0 && b.Key("num_predict") {
		b.Int(int64(s.MaxTokens))
	}
	if s.Seed != nil && b.Key("seed") {
		b.Int(*s.Seed)
	}
	if len(s.Stop) > 0 && b.Key("stop") {
		b.Strings(s.Stop)
	}
	b.Close()
}

// think writes the effort.
func think(b *wire.Body, req *provider.Request) (warnings []string) {
	effort := strings.ToLower(req.Settings.Effort)
	value := "true"
	switch {
	case effort == "":
		return nil
	case slices.Contains(withoutThoughts, family(req.Model)): // the server refuses to let it think
		if effort == "none" {
			return nil
		}
		return []string{wire.LeftOut(req.Model, "effort", req.Settings.Effort)}
	case hasLevels(req.Model):
		if !slices.Contains([]string{"low", "medium", "high"}, effort) {
			return []string{wire.LeftOut(req.Model, "effort of that name", req.Settings.Effort)}
		}
		value = `"` + effort + `"`
	case effort == "none":
		value = "false"
	}
	if b.Key("think") {
		b.Raw(value)
	}
	return nil
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
			user(b, req, m)
		}
	}
	b.Raw("]")
}

func assistant(b *wire.Body, m *provider.Message) {
	b.Raw(`{"role":"assistant","content":`)
	b.String(m.Text())
	if thoughts := thoughtsIn(m); thoughts != "" {
		b.Raw(`"thinking":`)
		b.String(thoughts)
	}
	calls := 0
	for i := range m.Parts {
		call := m.Parts[i].ToolCall
		if call == nil {
			continue
		}
		if calls == 0 {
			b.Raw(`"tool_calls":[`)
		}
		b.Raw(`{"id":`)
		b.String(call.ID)
		b.Raw(`"function":{"index":`)
		b.Int(int64(calls))
		b.Raw(`"name":`)
		b.String(call.Name)
		b.Raw(`"arguments":`, wire.Object(call.Arguments))
		b.Raw("}}")
		calls++
	}
	if calls > 0 {
		b.Raw("]")
	}
	b.Raw("}")
}

// user writes a message of its own for each tool result, then one for the rest.
func user(b *wire.Body, req *provider.Request, m *provider.Message) {
	results, others := 0, 0
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.ToolResult != nil:
			results++
			toolResult(b, req, p.ToolResult)
		case p.ToolCall == nil && p.Vendor == nil:
			others++
		}
	}
	if others == 0 && results > 0 {
		return
	}
	b.Raw(`{"role":"user","content":`)
	b.String(m.Text())
	images := 0
	for i := range m.Parts {
		if img := m.Parts[i].Image; img != nil {
			if images++; images == 1 {
				b.Raw(`"images":[`)
			}
			b.Base64("", img.Data)
		}
	}
	if images > 0 {
		b.Raw("]")
	}
	b.Raw("}")
}

func toolResult(b *wire.Body, req *provider.Request, r *provider.ToolResult) {
	b.Raw(`{"role":"tool","content":`)
	if r.IsError && !strings.HasPrefix(r.Content, "error: ") {
		b.String("error: " + r.Content)
	} else {
		b.String(r.Content)
	}
	if name := toolName(req, r); name != "" {
		b.Raw(`"tool_name":`)
		b.String(name)
	}
	b.Raw(`"tool_call_id":`)
	b.String(r.CallID)
	b.Raw("}")
}

// toolName is the name of the tool that a result is of.
func toolName(req *provider.Request, r *provider.ToolResult) string {
	if r.Name != "" {
		return r.Name
	}
	for i := range req.Messages {
		for j := range req.Messages[i].Parts {
			if call := req.Messages[i].Parts[j].ToolCall; call != nil && call.ID == r.CallID {
				return call.Name
			}
		}
	}
	return ""
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
		if t.Input == nil {
			b.Raw(`"parameters":{"type":"object","properties":{}}`)
		} else {
			b.Raw(`"parameters":`, inputOf(t.Input))
		}
		b.Raw("}}")
	}
	b.Raw("]")
}
