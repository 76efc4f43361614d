package anthropic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// query is a request ready to be sent.
type query struct {
	body       []byte
	answerTool string // the tool through which the model is made to answer; empty when it answers in text
	warnings   []string
}

// encode writes the body of a messages request.
func encode(req *provider.Request, can provider.Capabilities, stream bool) (query, error) {
	var q query
	if err := files(req); err != nil {
		return q, err
	}
	b := wire.NewBody(req, name, "tool_choice")
	var format string
	if req.Output != nil && can.Schema {
		if !among(withoutSchemas, req.Model) {
			format = nativeForm(req.Output)
		}
		if format == "" {
			q.answerTool = answerTool(req)
		}
	}
	if b.Key("model") {
		b.String(req.Model)
	}
	if b.Key("max_tokens") {
		n := req.Settings.MaxTokens
		if n <= 0 {
			n = defaultMaxTokens
		}
		b.Int(int64(n))
	}
	offered, constant := offer(req, q.answerTool)
	cache := req.Settings.Cache && constant
	if strings.TrimSpace(req.System) != "" && b.Key("system") { // the API refuses a blank one
		b.Raw(`[{"type":"text","text":`)
		b.String(req.System)
		cached(b, cache)
		b.Raw("}]")
	}
	if b.Key("messages") {
		messages(b, req.Messages)
	}
	choice := ""
	switch {
	case q.answerTool != "":
		choice = toolChoice(req, q.answerTool)
	case len(req.Tools) == 0 && len(offered) > 0:
		choice = `{"type":"none"}`
	}
	if (len(offered) > 0 || q.answerTool != "") && b.Key("tools") {
		tools(b, req, offered, q.answerTool, cache)
	}
	if choice != "" && b.Key("tool_choice") {
		b.Raw(choice)
	}
	effort := effortOf(req.Model, req.Settings.Effort)
	if (format != "" || effort != "") && b.Key("output_config") {
		outputConfig(b, effort, format)
	}
	q.warnings = settings(b, req, can)
	if stream {
		b.Raw(`"stream":true`)
	}
	var err error
	q.body, err = b.Bytes(name)
	return q, err
}

// cached ends a block, or a tool, at which the vendor is to cache what it has read until then.
func cached(b *wire.Body, cache bool) {
	if cache {
		b.Raw(`"cache_control":{"type":"ephemeral"}`)
	}
}

func settings(b *wire.Body, req *provider.Request, can provider.Capabilities) (warnings []string) {
	s := req.Settings // a copy: what the model does not take goes out of it
	leave := func(setting string, value any) {
		warnings = append(warnings, wire.LeftOut(req.Model, setting, value))
	}
	if s.Temperature != nil {
		switch {
		case !can.Temperature:
			leave("temperature", *s.Temperature)
			s.Temperature = nil
		case *s.Temperature > 1 && isClaude(req.Model):
			warnings = append(warnings, fmt.Sprintf("%s takes temperatures up to 1: %v was lowered", req.Model, *s.Temperature))
			s.Temperature = new(1.0)
		}
	}
	if s.TopP != nil {
		switch {
		case !can.Temperature:
			leave("top_p", *s.TopP)
			s.TopP = nil
		case s.Temperature != nil && among(withoutBoth, req.Model):
			leave("top_p together with a temperature", *s.TopP)
			s.TopP = nil
		}
	}
	b.Setting("temperature", s.Temperature)
	b.Setting("top_p", s.TopP)
	if s.Seed != nil {
		leave("seed", *s.Seed)
	}
	if s.Effort != "" && effortOf(req.Model, s.Effort) == "" {
		leave("effort of that name", s.Effort)
	}
	stops := slices.DeleteFunc(slices.Clone(s.Stop), func(stop string) bool { return strings.TrimSpace(stop) == "" })
	if len(stops) < len(s.Stop) {
		leave("stop sequence", "one of white space alone")
	}
	if len(stops) > 0 && b.Key("stop_sequences") {
		b.Strings(stops)
	}
	return warnings
}

func outputConfig(b *wire.Body, effort, format string) {
	b.Raw("{")
	if effort != "" {
		b.Raw(`"effort":`)
		b.String(effort)
	}
	if format != "" {
		b.Raw(`"format":{"type":"json_schema","schema":`, format)
		b.Raw("}")
	}
	b.Raw("}")
}

// messages writes the conversation. Messages of one role that follow each other become one, so that the results of all tool
// calls of a turn stand in one user message, before its text, as the API demands.
func messages(b *wire.Body, list []provider.Message) {
	b.Raw("[")
	for i := 0; i < len(list); {
		end := i + 1
		for end < len(list) && list[end].Role == list[i].Role {
			end++
		}
		turn(b, list[i:end])
		i = end
	}
	b.Raw("]")
}

// turn writes messages of one role as one message; nothing, when the API would take none of their parts.
func turn(b *wire.Body, list []provider.Message) {
	open := false
	write := func(results bool) {
		for i := range list {
			for j := range list[i].Parts {
				p := &list[i].Parts[j]
				if (p.ToolResult != nil) != results || !sendable(p) {
					continue
				}
				if !open {
					b.Raw(`{"role":`)
					b.String(string(list[0].Role))
					b.Raw(`"content":[`)
					open = true
				}
				part(b, p)
			}
		}
	}
	write(true)
	write(false)
	if open {
		b.Raw("]}")
	}
}

// sendable says whether the API takes the part: it refuses blank text, and the vendor parts of others mean nothing to it.
func sendable(p *provider.Part) bool {
	switch {
	case p.Vendor != nil:
		return p.Vendor.Provider == name && len(p.Vendor.Data) > 0
	case p.Image != nil, p.Document != nil, p.ToolCall != nil, p.ToolResult != nil:
		return true
	}
	return strings.TrimSpace(p.Text) != ""
}

func part(b *wire.Body, p *provider.Part) {
	switch {
	case p.Vendor != nil:
		b.Raw(string(p.Vendor.Data))
	case p.Image != nil:
		image(b, p.Image)
	case p.Document != nil:
		document(b, p.Document)
	case p.ToolCall != nil:
		b.Raw(`{"type":"tool_use","id":`)
		b.String(identifier(p.ToolCall.ID))
		b.Raw(`"name":`)
		b.String(identifier(p.ToolCall.Name))
		b.Raw(`"input":`, wire.Object(p.ToolCall.Arguments))
		b.Raw("}")
	case p.ToolResult != nil:
		toolResult(b, p.ToolResult)
	default:
		b.Raw(`{"type":"text","text":`)
		b.String(p.Text)
		b.Raw("}")
	}
}

func toolResult(b *wire.Body, r *provider.ToolResult) {
	b.Raw(`{"type":"tool_result","tool_use_id":`)
	b.String(identifier(r.CallID))
	if strings.TrimSpace(r.Content) != "" {
		b.Raw(`"content":[{"type":"text","text":`)
		b.String(r.Content)
		b.Raw("}]")
	}
	if r.IsError {
		b.Raw(`"is_error":true`)
	}
	b.Raw("}")
}

func image(b *wire.Body, img *provider.Image) {
	b.Raw(`{"type":"image","source":{`)
	if img.URL != "" {
		b.Raw(`"type":"url","url":`)
		b.String(img.URL)
	} else {
		b.Raw(`"type":"base64","media_type":`)
		b.String(wire.MediaType(img))
		b.Raw(`"data":`)
		b.Base64("", img.Data)
	}
	b.Raw("}}")
}

// identifier fits the id or the name of a tool call, which another vendor's model may have made, to what the API takes:
// letters, digits, underscore and hyphen.
func identifier(id string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return '_'
	}, id)
}

func tools(b *wire.Body, req *provider.Request, offered []provider.Tool, answerTool string, cache bool) {
	b.Raw("[")
	for i := range offered {
		t := &offered[i]
		tool(b, t.Name, t.Description, t.Input, cache && answerTool == "" && i == len(offered)-1)
	}
	if answerTool != "" {
		description := "Gives the final answer."
		if !forces(req) {
			description += " Always answer by calling it, never in words."
		}
		tool(b, answerTool, description, req.Output, cache)
	}
	b.Raw("]")
}

// offer is the tools to name: those of the request, or, when the model may call no more of them, the same still, since what the
// vendor's cache holds, and the thoughts of newer models, are void when the tools change. constant is false where they are only
// known by what was called, which differs from call to call.
func offer(req *provider.Request, answerTool string) (offered []provider.Tool, constant bool) {
	switch {
	case len(req.Tools) > 0:
		return req.Tools, true
	case len(req.ClosedTools) > 0:
		return req.ClosedTools, true
	case answerTool != "":
		return nil, true
	}
	used := toolsUsed(req.Messages)
	return used, len(used) == 0
}

// toolsUsed are the tools that a conversation has calls of, by their names alone. The API refuses such a conversation
// without tools ("must define tools"), even if no more of them may be called.
func toolsUsed(list []provider.Message) (used []provider.Tool) {
	for i := range list {
		for j := range list[i].Parts {
			call := list[i].Parts[j].ToolCall
			if call == nil {
				continue
			}
			name := identifier(call.Name)
			if !slices.ContainsFunc(used, func(t provider.Tool) bool { return t.Name == name }) {
				used = append(used, provider.Tool{Name: name})
			}
		}
	}
	return used
}

func tool(b *wire.Body, name, description string, s *provider.Schema, cache bool) {
	b.Raw(`{"name":`)
	b.String(name)
	if description != "" {
		b.Raw(`"description":`)
		b.String(description)
	}
	b.Raw(`"input_schema":`)
	if s == nil {
		b.Raw(`{"type":"object"}`)
	} else {
		b.Raw(toolFormOf(s).json)
	}
	cached(b, cache)
	b.Raw("}")
}

// answerTool names the tool that takes the answer like no other tool of the request.
func answerTool(req *provider.Request) string {
	candidate := "answer"
	taken := func(t provider.Tool) bool { return t.Name == candidate }
	for slices.ContainsFunc(req.Tools, taken) || slices.ContainsFunc(req.ClosedTools, taken) {
		candidate += "_"
	}
	return candidate
}

// toolChoice makes the model answer through the tool, or call another one, where it can be made to.
func toolChoice(req *provider.Request, answerTool string) string {
	switch {
	case !forces(req):
		return `{"type":"auto"}`
	case len(req.Tools) > 0:
		return `{"type":"any"}`
	}
	return `{"type":"tool","name":"` + answerTool + `"}`
}

// forces says whether a model can be made to call a tool: not while it thinks on demand, and the newest never.
func forces(req *provider.Request) bool {
	_, thinks := req.Extra["thinking"]
	_, thinksHere := req.Extra[name+".thinking"]
	return !thinks && !thinksHere && (!isClaude(req.Model) || among(withForce, req.Model))
}
