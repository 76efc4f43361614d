package gemini

import (
	"cmp"
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
	reply *wire.Reply
	req   *provider.Request
	begun []provider.Part // of an answer that this one goes on with
}

// message is an answer, or one piece of it in a stream:
// https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse.
type message struct {
	ModelVersion string `json:"modelVersion"`
	ResponseID   string `json:"responseId"`
	Candidates   []struct {
		Index   int `json:"index"`
		Content struct {
			Parts []part `json:"parts"`
		} `json:"content"`
		FinishReason      string `json:"finishReason"`
		FinishMessage     string `json:"finishMessage"`
		ContinuationToken string `json:"continuationToken"`
	} `json:"candidates"`
	PromptFeedback struct {
		BlockReason        string `json:"blockReason"`
		BlockReasonMessage string `json:"blockReasonMessage"`
	} `json:"promptFeedback"`
	Usage usage           `json:"usageMetadata"`
	Error json.RawMessage `json:"error"`
}

// part is one piece of content, of the kinds that are understood here.
type part struct {
	Text         *string `json:"text"`
	Thought      bool    `json:"thought"`
	Signature    string  `json:"thoughtSignature"`
	FunctionCall *struct {
		ID   string          `json:"id"`
		Name string          `json:"name"`
		Args json.RawMessage `json:"args"`
	} `json:"functionCall"`

	raw json.RawMessage // of a kind that goes back as it came
}

// decode reads an answer in one pass where every part is understood, and keeps the whole of a part that is not.
func (m *message) decode(data []byte) error {
	if err := json.Unmarshal(data, m); err != nil || m.understood() {
		return err
	}
	var again struct {
		Candidates []struct {
			Content struct {
				Parts []json.RawMessage `json:"parts"`
			} `json:"content"`
		} `json:"candidates"`
	}
	if err := json.Unmarshal(data, &again); err != nil {
		return err
	}
	for i, c := range again.Candidates {
		for j, raw := range c.Content.Parts {
			if err := m.Candidates[i].Content.Parts[j].keep(raw); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *message) understood() bool {
	for i := range m.Candidates {
		if slices.ContainsFunc(m.Candidates[i].Content.Parts, func(p part) bool { return !p.understood() }) {
			return false
		}
	}
	return true
}

func (p *part) understood() bool { return p.Text != nil || p.FunctionCall != nil }

// keep keeps a part that is not understood here. One that has nothing but a signature is an empty text.
func (p *part) keep(raw json.RawMessage) error {
	if p.understood() {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	delete(fields, "thought")
	delete(fields, "thoughtSignature")
	if len(fields) == 0 {
		p.Text = new(string)
	} else {
		p.raw = raw
	}
	return nil
}

// usage is the token count of an answer.
type usage struct {
	Prompt     int `json:"promptTokenCount"` // cached ones included
	Tools      int `json:"toolUsePromptTokenCount"`
	Candidates int `json:"candidatesTokenCount"` // thoughts not included
	Thoughts   int `json:"thoughtsTokenCount"`
	Cached     int `json:"cachedContentTokenCount"`
}

func (u usage) neutral() provider.Usage {
	return provider.Usage{
		InputTokens:     u.Prompt + u.Tools,
		OutputTokens:    u.Candidates + u.Thoughts,
		CachedTokens:    u.Cached,
		ReasoningTokens: u.Thoughts,
	}
}

func (a answer) Whole(ctx context.Context) (*provider.Response, error) {
	var m message
	if err := a.reply.DecodeWith(ctx, m.decode); err != nil {
		return nil, err
	}
	if wire.IsSet(m.Error) {
		return nil, a.reply.Reported(m.Error)
	}
	var g gathered
	g.add(&m)
	if !g.answered && g.blocked == "" {
		return nil, a.failed(a.reply.Fail(provider.Malformed, "the answer has no candidates"), &g)
	}
	return a.response(&g)
}

// stream reads pieces until the stream ends. One that ends before a piece with a finish reason was cut.
func (a answer) Stream(ctx context.Context, emit func(provider.Delta) error) (*provider.Response, error) {
	events, err := a.reply.Events(ctx)
	if err != nil {
		return nil, err
	}
	var g gathered
	var m message // one for all: each would be allocated
	for {
		data, err := events.Next()
		if err != nil {
			if e := a.reply.StreamError(ctx, err); !g.ended(err) {
				return nil, a.failed(e, &g)
			}
			break
		}
		m = message{}
		if err := m.decode(data); err != nil {
			return nil, a.failed(a.reply.Fail(provider.Malformed, "a piece of the stream is not JSON of the API: "+err.Error()), &g)
		}
		if wire.IsSet(m.Error) {
			return nil, a.failed(a.reply.Reported(m.Error), &g)
		}
		text, works := g.add(&m)
		if g.size > wire.MaxBody {
			return nil, a.failed(a.reply.TooLarge(), &g)
		}
		if text != "" || works {
			if err := emit(provider.Delta{Text: text}); err != nil {
				return nil, err
			}
		}
	}
	return a.response(&g)
}

func (a answer) failed(err *provider.Error, g *gathered) *provider.Error {
	err.Usage = g.usage.neutral()
	return err
}

// response builds the neutral form of a complete answer.
func (a answer) response(g *gathered) (*provider.Response, error) {
	res := &provider.Response{Model: g.model, RequestID: cmp.Or(a.reply.RequestID, g.id), Usage: g.usage.neutral()}
	for i := range a.begun {
		if k, ok := keptIn(&a.begun[i]); !ok || k.Token == "" {
			res.Parts = append(res.Parts, a.begun[i])
		}
	}
	ids, calls := wire.CallIDsOf(a.req), 0
	for _, p := range g.parts {
		a.add(res, p, &ids)
		if p.FunctionCall != nil {
			calls++
		}
	}
	finish, err := a.finish(g, calls, res.Text() != "")
	if err != nil {
		return nil, a.failed(err, g)
	}
	if res.Finish = finish; finish == provider.FinishPause {
		res.Parts = append(res.Parts, kept{Model: a.req.Model, Token: g.token}.part())
	}
	return res, nil
}

// add puts a part behind those that the response has. A text goes on with the one before it.
func (a answer) add(res *provider.Response, p *gatheredPart, ids *wire.CallIDs) {
	put := func(p provider.Part) { res.Parts = append(res.Parts, p) }
	switch text := p.text.String(); {
	case p.raw != nil:
		put(kept{Model: a.req.Model, Part: p.raw}.part())
	case p.FunctionCall != nil:
		if p.Signature != "" {
			put(kept{Model: a.req.Model, Signature: p.Signature}.part())
		}
		put(provider.Part{ToolCall: &provider.ToolCall{
			ID:        ids.Next(p.FunctionCall.ID, len(res.Parts)),
			Name:      p.FunctionCall.Name,
			Arguments: arguments(p.FunctionCall.Args),
		}})
	case p.Thought, text == "" && p.Signature != "":
		put(kept{Model: a.req.Model, Part: p.whole()}.part())
	case text == "":
	case p.Signature != "":
		put(kept{Model: a.req.Model, Signature: p.Signature}.part())
		put(provider.Part{Text: text})
	default:
		if n := len(res.Parts); n > 0 && res.Parts[n-1].Text != "" {
			res.Parts[n-1].Text += text
		} else {
			put(provider.Part{Text: text})
		}
	}
}

func arguments(args json.RawMessage) string {
	if !wire.IsSet(args) {
		return "{}"
	}
	return string(args)
}

// finish maps the finish reason; calls is how many tool calls wait for their results. Calls end with STOP too. A refusal
// without words is an error, which says what the vendor calls it.
func (a answer) finish(g *gathered, calls int, said bool) (provider.FinishReason, *provider.Error) {
	refuse := func(what, reason, message string) (provider.FinishReason, *provider.Error) {
		if message == "" {
			message = what + ": " + reason
		} else {
			message = what + ": " + reason + ": " + message
		}
		e := a.reply.Fail(provider.Refusal, message)
		e.Type = reason
		return "", e
	}
	if !g.answered && g.blocked != "" {
		return refuse("the prompt was blocked", g.blocked, g.blockedMessage)
	}
	switch g.reason {
	case "STOP":
		if calls > 0 {
			return provider.FinishToolCalls, nil
		}
		return provider.FinishStop, nil
	case "MAX_TOKENS":
		return provider.FinishLength, nil
	case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "IMAGE_SAFETY",
		"IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION":
		if said {
			return provider.FinishRefusal, nil
		}
		return refuse("the answer was blocked", g.reason, g.message)
	case "CONTINUATION":
		if g.token != "" {
			return provider.FinishPause, nil
		}
		return "", a.reply.Fail(provider.Malformed, "an answer that is to go on has no continuation token")
	case "", "FINISH_REASON_UNSPECIFIED":
		return "", a.reply.Fail(provider.Truncated, "the answer has no finish reason")
	case "MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE",
		"NO_IMAGE", "IMAGE_OTHER", "OTHER":
		e := a.reply.Fail(provider.Malformed, strings.TrimSuffix("the model's answer is of no use: "+g.reason+": "+g.message, ": "))
		e.Type = g.reason
		return "", e
	}
	return "", a.reply.Fail(provider.Malformed, fmt.Sprintf("unknown finish reason %q", g.reason))
}
