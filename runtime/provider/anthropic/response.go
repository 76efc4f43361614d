package anthropic

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// answer reads one reply.
type answer struct {
	reply      *wire.Reply
	req        *provider.Request
	answerTool string
}

// block is one piece of content, of the kinds that are understood here.
type block struct {
	Type  string          `json:"type"`
	Text  string          `json:"text"`
	ID    string          `json:"id"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`

	raw json.RawMessage // of a kind that goes back as it came: thinking and the like
}

type message struct {
	Model      string          `json:"model"`
	Content    []block         `json:"content"`
	StopReason string          `json:"stop_reason"`
	Details    stopDetails     `json:"stop_details"`
	Usage      usage           `json:"usage"`
	Error      json.RawMessage `json:"error"`
}

// stopDetails says why a filter of the vendor's refused: https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback.
type stopDetails struct {
	Category    string `json:"category"`
	Explanation string `json:"explanation"`
}

// decode reads an answer in one pass where every block is understood, and keeps the whole of a block that is not.
func (m *message) decode(data []byte) error {
	if err := json.Unmarshal(data, m); err != nil || !slices.ContainsFunc(m.Content, func(b block) bool { return !b.understood() }) {
		return err
	}
	var again struct {
		Content []json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(data, &again); err != nil {
		return err
	}
	for i, raw := range again.Content {
		if b := &m.Content[i]; !b.understood() {
			b.raw = raw
		}
	}
	return nil
}

func (b *block) understood() bool { return b.Type == "text" || b.Type == "tool_use" }

func (a answer) Whole(ctx context.Context) (*provider.Response, error) {
	var m message
	if err := a.reply.DecodeWith(ctx, m.decode); err != nil {
		return nil, err
	}
	if wire.IsSet(m.Error) {
		return nil, a.reply.Reported(m.Error)
	}
	return a.response(&m)
}

// response builds the neutral form of a complete answer.
func (a answer) response(m *message) (*provider.Response, error) {
	res := &provider.Response{Model: m.Model, RequestID: a.reply.RequestID, Usage: m.Usage.neutral()}
	res.Parts = make([]provider.Part, 0, len(m.Content))
	ids, calls := wire.CallIDsOf(a.req), 0
	for i := range m.Content {
		switch c := &m.Content[i]; c.Type {
		case "text":
			if c.Text != "" {
				res.Parts = append(res.Parts, provider.Part{Text: c.Text})
			}
		case "tool_use":
			calls++
			res.Parts = append(res.Parts, provider.Part{ToolCall: &provider.ToolCall{
				ID:        ids.Next(c.ID, len(res.Parts)),
				Name:      c.Name,
				Arguments: arguments(c.Input),
			}})
		default:
			res.Parts = append(res.Parts, provider.Part{Vendor: &provider.Vendor{Provider: name, Data: c.raw}})
		}
	}
	if a.answerTool != "" {
		calls -= a.takeAnswer(res)
	}
	finish, err := a.finish(m, calls)
	if err != nil {
		err.Usage = res.Usage
		return nil, err
	}
	res.Finish = finish
	return res, nil
}

// takeAnswer turns the call of the answer tool into the text of the answer, and returns how many calls went. An answer that
// came together with calls of other tools came too early, and is dropped.
func (a answer) takeAnswer(res *provider.Response) (taken int) {
	others := false
	text := ""
	kept := res.Parts[:0]
	for _, p := range res.Parts {
		if p.ToolCall != nil && p.ToolCall.Name == a.answerTool {
			text = a.unwrapped(p.ToolCall.Arguments)
			taken++
			continue
		}
		others = others || p.ToolCall != nil
		kept = append(kept, p)
	}
	if taken == 0 || others {
		res.Parts = kept
		return taken
	}
	res.Parts = kept[:0]
	for _, p := range kept { // what was said before the answer is not part of it
		if p.Vendor != nil {
			res.Parts = append(res.Parts, p)
		}
	}
	res.Parts = append(res.Parts, provider.Part{Text: text})
	return taken
}

// wrapped says whether the answer tool takes an object around the answer.
func (a answer) wrapped() bool { return a.answerTool != "" && toolFormOf(a.req.Output).wrapped }

func (a answer) unwrapped(arguments string) string {
	if !a.wrapped() {
		return arguments
	}
	var object struct {
		Value json.RawMessage `json:"value"`
	}
	if json.Unmarshal([]byte(arguments), &object) != nil || len(object.Value) == 0 {
		return arguments
	}
	return string(object.Value)
}

func arguments(input json.RawMessage) string {
	if !wire.IsSet(input) {
		return "{}"
	}
	return string(input)
}

// finish maps the stop reason; calls is how many tool calls wait for their results.
func (a answer) finish(m *message, calls int) (provider.FinishReason, *provider.Error) {
	switch m.StopReason {
	case "end_turn", "stop_sequence", "tool_use", "":
		switch {
		case len(m.Content) == 0:
			return "", a.reply.Fail(provider.Malformed, "the answer has no content")
		case m.StopReason == "":
			return "", a.reply.Fail(provider.Truncated, "the answer has no stop reason")
		case calls > 0:
			return provider.FinishToolCalls, nil
		}
		return provider.FinishStop, nil
	case "max_tokens":
		return provider.FinishLength, nil
	case "refusal":
		if m.Details == (stopDetails{}) {
			return provider.FinishRefusal, nil // in the model's own words
		}
		e := a.reply.Fail(provider.Refusal, strings.Join(slices.DeleteFunc(
			[]string{"the answer was blocked", m.Details.Category, m.Details.Explanation}, func(s string) bool { return s == "" }), ": "))
		e.Type = m.Details.Category
		return "", e
	case "pause_turn":
		return provider.FinishPause, nil
	case "model_context_window_exceeded":
		return "", a.reply.Fail(provider.ContextWindow, "the answer filled the model's context window")
	}
	return "", a.reply.Fail(provider.Malformed, fmt.Sprintf("unknown stop reason %q", m.StopReason))
}
