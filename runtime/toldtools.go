package alloy

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/provider"
)

// Models that have no tool calls on their vendors' API are told of the tools in words, and call them in text: one JSON form,
// for which the answer is searched. What the conversation holds of calls and results is written in the same form.

// toldTools reports whether the current model is told of the tools in words.
func (c *call) toldTools() bool { return len(c.tools) > 0 && !c.target.can.Tools }

const toolsText = `You can call tools. To call some, answer with this JSON only, and nothing else:
{"calls": [{"tool": "NAME", "arguments": {…}}]}
You then get their results. When you need no tool, answer what was asked for. The tools are:
`

// tellTools puts the tools, and what the conversation says of them, into the words of a request.
func (c *call) tellTools(req *provider.Request) {
	if !c.closed {
		var b strings.Builder
		b.WriteString(toolsText)
		for i := range c.tools {
			t := &c.tools[i]
			fmt.Fprintf(&b, "\n%s: %s\narguments: %s\n", t.Name, t.Description, inputShape(t.Input))
		}
		req.System = joinLines(req.System, b.String())
		req.Tools, req.Output = nil, nil // the schema would forbid the calls; the answer is held to it here
	}
	told := make([]Message, 0, len(req.Messages))
	for _, m := range req.Messages {
		told = append(told, toldMessage(m))
	}
	req.Messages = told
}

// inputShape is a schema in the notation of types, as answers are told.
func inputShape(s *Schema) string {
	text, err := s.Derive(shapeKey{}, func(s *Schema) (any, error) { return shape(s.Text()) })
	if err != nil {
		return s.Text()
	}
	return text.(string)
}

// toldCall is the form in which such a model calls a tool.
type toldCall struct {
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
}

// toldMessage is a message without tool calls and results: they are text.
func toldMessage(m Message) Message {
	var calls []toldCall
	parts := make([]Part, 0, len(m.Parts))
	for _, p := range m.Parts {
		switch {
		case p.ToolCall != nil:
			arguments := json.RawMessage(p.ToolCall.Arguments)
			if !json.Valid(arguments) {
				arguments, _ = json.Marshal(p.ToolCall.Arguments)
			}
			calls = append(calls, toldCall{p.ToolCall.Name, arguments})
		case p.ToolResult != nil:
			what := "Result"
			if p.ToolResult.IsError {
				what = "Error"
			}
			parts = append(parts, Text(fmt.Sprintf("%s of %s:\n%s\n", what, p.ToolResult.Name, p.ToolResult.Content)))
		default:
			parts = append(parts, p)
		}
	}
	if len(calls) > 0 {
		if text, err := plainJSON(map[string]any{"calls": calls}); err == nil {
			parts = append(parts, Text(text))
		}
	}
	return Message{Role: m.Role, Parts: parts}
}

// callsParser finds the form among whatever a model writes around it.
var callsParser = sync.OnceValues(func() (*output.Parser, error) {
	return output.Compile([]byte(`{"type":"object","properties":{"calls":{"type":"array","minItems":1,"items":{"type":"object",
		"properties":{"tool":{"type":"string"},"arguments":{"type":"object"}},"required":["tool","arguments"],"additionalProperties":false}}},
		"required":["calls"],"additionalProperties":false}`))
})

// heardCalls makes tool calls of the text in which a model that was told of the tools calls them. An answer that has nothing
// of the form stays.
func (c *call) heardCalls(resp *provider.Response) *provider.Response {
	if resp == nil || c.closed || !c.toldTools() {
		return resp
	}
	text := resp.Text()
	if !strings.Contains(text, `calls`) {
		return resp
	}
	parser, err := callsParser()
	if err != nil {
		return resp
	}
	fitted, err := parser.Parse(text)
	if err != nil {
		return resp
	}
	var form struct {
		Calls []toldCall `json:"calls"`
	}
	if json.Unmarshal(fitted.JSON, &form) != nil {
		return resp
	}
	heard := *resp
	heard.Parts, heard.Finish = nil, provider.FinishToolCalls
	for i, call := range form.Calls {
		heard.Parts = append(heard.Parts, Part{ToolCall: &provider.ToolCall{ID: fmt.Sprintf("call_%d_%d", c.rounds+1, i+1), Name: call.Tool, Arguments: string(call.Arguments)}})
	}
	return &heard
}
