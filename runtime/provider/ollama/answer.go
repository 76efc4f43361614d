package ollama

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// answer reads one reply.
type answer struct {
	reply *wire.Reply
	req   *provider.Request
}

// message is an answer, or one piece of it in a stream.
type message struct {
	Model   string `json:"model"`
	Message struct {
		Content   string     `json:"content"`
		Thinking  string     `json:"thinking"`
		ToolCalls []toolCall `json:"tool_calls"`
	} `json:"message"`
	Done       bool            `json:"done"`
	DoneReason string          `json:"done_reason"`
	Prompt     int             `json:"prompt_eval_count"` // those that the server still knew are not among them
	Answer     int             `json:"eval_count"`
	Error      json.RawMessage `json:"error"`
}

type toolCall struct {
	ID       string `json:"id"` // of newer servers
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

// works says whether a piece has something in it that is not shown.
func (m *message) works() bool { return m.Message.Thinking != "" || len(m.Message.ToolCalls) > 0 }

// gathered is what the pieces of an answer add up to; an answer that came in one piece is gathered too.
type gathered struct {
	model          string
	text, thoughts strings.Builder
	calls          []toolCall
	done           bool
	reason         string
	usage          provider.Usage
	size           int
}

func (g *gathered) add(m *message) {
	if m.Model != "" {
		g.model = m.Model
	}
	g.text.WriteString(m.Message.Content)
	g.thoughts.WriteString(m.Message.Thinking)
	g.calls = append(g.calls, m.Message.ToolCalls...)
	g.size += len(m.Message.Content) + len(m.Message.Thinking)
	for i := range m.Message.ToolCalls {
		call := &m.Message.ToolCalls[i]
		g.size += wire.ItemSize + len(call.ID) + len(call.Function.Name) + len(call.Function.Arguments)
	}
	if m.Prompt > 0 || m.Answer > 0 {
		g.usage = provider.Usage{InputTokens: m.Prompt, OutputTokens: m.Answer}
	}
	g.done, g.reason = m.Done, m.DoneReason
}

func (a answer) Whole(ctx context.Context) (*provider.Response, error) {
	var m message
	if err := a.reply.Decode(ctx, &m); err != nil {
		return nil, err
	}
	if wire.IsSet(m.Error) {
		return nil, a.reply.Reported(m.Error)
	}
	var g gathered
	g.add(&m)
	return a.response(&g)
}

// stream reads lines until one that is done. A stream that ends without it was cut.
func (a answer) Stream(ctx context.Context, emit func(provider.Delta) error) (*provider.Response, error) {
	lines, err := a.reply.Lines(ctx)
	if err != nil {
		return nil, err
	}
	var g gathered
	var m message // one for all: each would be allocated
	for !g.done {
		line, err := lines.Next()
		if err != nil {
			return nil, a.failed(a.reply.StreamError(ctx, err), &g)
		}
		m = message{}
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, a.failed(a.reply.Fail(provider.Malformed, "a line of the stream is not JSON of the API: "+err.Error()), &g)
		}
		if wire.IsSet(m.Error) {
			return nil, a.failed(a.reply.Reported(m.Error), &g)
		}
		g.add(&m)
		if g.size > wire.MaxBody {
			return nil, a.failed(a.reply.TooLarge(), &g)
		}
		if m.Message.Content != "" || m.works() {
			if err := emit(provider.Delta{Text: m.Message.Content}); err != nil {
				return nil, err
			}
		}
	}
	return a.response(&g)
}

func (a answer) failed(err *provider.Error, g *gathered) *provider.Error {
	err.Usage = g.usage
	return err
}

// response builds the neutral form of a complete answer.
func (a answer) response(g *gathered) (*provider.Response, error) {
	finish, err := a.finish(g)
	if err != nil {
		return nil, a.failed(err, g)
	}
	res := &provider.Response{Model: g.model, RequestID: a.reply.RequestID, Finish: finish, Usage: g.usage}
	if g.thoughts.Len() > 0 {
		res.Parts = append(res.Parts, kept{Thinking: g.thoughts.String()}.part())
	}
	if g.text.Len() > 0 {
		res.Parts = append(res.Parts, provider.Part{Text: g.text.String()})
	}
	ids := wire.CallIDsOf(a.req)
	for i := range g.calls {
		call := &g.calls[i]
		res.Parts = append(res.Parts, provider.Part{ToolCall: &provider.ToolCall{
			ID:        ids.Next(call.ID, len(res.Parts)),
			Name:      call.Function.Name,
			Arguments: arguments(call.Function.Arguments),
		}})
	}
	return res, nil
}

// arguments are those of a call: an object, or a text that some models' templates make of it.
func arguments(raw json.RawMessage) string {
	var text string
	switch {
	case !wire.IsSet(raw):
		return "{}"
	case json.Unmarshal(raw, &text) == nil:
		return text
	}
	return string(raw)
}

// finish maps the reason why it is done: stop for tool calls too. A server whose model stops in the middle sends what there is,
// and does not say that it is done.
func (a answer) finish(g *gathered) (provider.FinishReason, *provider.Error) {
	switch {
	case !g.done && g.model == "" && g.size == 0:
		return "", a.reply.Fail(provider.Malformed, "the answer has nothing of the API in it")
	case !g.done || g.reason == "":
		return "", a.reply.Fail(provider.Truncated, "the answer ends before it is done")
	case g.reason == "length":
		return provider.FinishLength, nil
	case g.reason == "stop" && len(g.calls) > 0:
		return provider.FinishToolCalls, nil
	case g.reason == "stop":
		return provider.FinishStop, nil
	case g.reason == "load":
		return "", a.reply.Fail(provider.Malformed, "the server has loaded the model, and sent no answer")
	}
	return "", a.reply.Fail(provider.Malformed, fmt.Sprintf("unknown reason %q for being done", g.reason))
}

// kept is what a vendor part holds.
type kept struct {
	Thinking string `json:"thinking"`
}

func (k kept) part() provider.Part {
	data, _ := json.Marshal(k) // of a string it does not fail
	return provider.Part{Vendor: &provider.Vendor{Provider: name, Data: data}}
}

// thoughtsIn are the thoughts behind an answer.
func thoughtsIn(m *provider.Message) string {
	var thoughts string
	for i := range m.Parts {
		var k kept
		if v := m.Parts[i].Vendor; v != nil && v.Provider == name && json.Unmarshal(v.Data, &k) == nil {
			thoughts += k.Thinking
		}
	}
	return thoughts
}
