package gemini

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// gathered is what the pieces of an answer add up to; an answer that came in one piece is gathered too.
type gathered struct {
	model, id               string
	parts                   []*gatheredPart
	answered                bool // there was a candidate
	reason, message         string
	token                   string
	blocked, blockedMessage string // why the prompt was
	usage                   usage
	size                    int
}

// gatheredPart is a part whose text grows.
type gatheredPart struct {
	part
	text strings.Builder
}

// add takes one piece and returns the text that it brings, and whether it brings something that is not shown: thoughts, tool
// calls and the like.
func (g *gathered) add(m *message) (text string, works bool) {
	if m.ModelVersion != "" {
		g.model = m.ModelVersion
	}
	if m.ResponseID != "" {
		g.id = m.ResponseID
	}
	if m.Usage != (usage{}) { // a running total
		g.usage = m.Usage
	}
	if f := &m.PromptFeedback; f.BlockReason != "" {
		g.blocked, g.blockedMessage = f.BlockReason, f.BlockReasonMessage
	}
	if len(m.Candidates) == 0 || m.Candidates[0].Index != 0 { // another answer, which an extra option has asked for
		return "", false
	}
	c := &m.Candidates[0]
	g.answered = true
	if c.FinishReason != "" {
		g.reason, g.message = c.FinishReason, c.FinishMessage
	}
	if c.ContinuationToken != "" {
		g.token = c.ContinuationToken
	}
	for i := range c.Content.Parts {
		p := &c.Content.Parts[i]
		shown := g.part(p)
		text += shown
		works = works || shown == "" && !p.isEmpty()
	}
	return text, works
}

// isEmpty says whether a part says nothing.
func (p *part) isEmpty() bool {
	return p.raw == nil && p.FunctionCall == nil && p.Signature == "" && (p.Text == nil || *p.Text == "")
}

// part adds a part, to the last one where it goes on with it, and returns the text that it brings. The API forbids to join a
// part that has a signature with another.
func (g *gathered) part(p *part) (text string) {
	g.size += len(p.raw) + len(p.Signature)
	if call := p.FunctionCall; call != nil {
		g.size += len(call.ID) + len(call.Name) + len(call.Args)
	}
	if p.Text != nil && p.FunctionCall == nil {
		text = *p.Text
		g.size += len(text)
	}
	last := &gatheredPart{}
	if n := len(g.parts); n > 0 {
		last = g.parts[n-1]
	}
	if !last.continues(p) {
		last = &gatheredPart{part: *p}
		g.parts = append(g.parts, last)
		g.size += wire.ItemSize
	}
	last.text.WriteString(text)
	if p.Thought {
		return ""
	}
	return text
}

func (last *gatheredPart) continues(p *part) bool {
	bare := func(p *part) bool { return p.Text != nil && p.FunctionCall == nil && p.Signature == "" }
	return bare(&last.part) && bare(p) && last.Thought == p.Thought
}

// whole is a text in the vendor's form.
func (last *gatheredPart) whole() json.RawMessage {
	form := struct {
		Text      string `json:"text"`
		Thought   bool   `json:"thought,omitempty"`
		Signature string `json:"thoughtSignature,omitempty"`
	}{last.text.String(), last.Thought, last.Signature}
	data, _ := json.Marshal(form) // of strings it does not fail
	return data
}

// ended says whether a stream that err ended had said that it was over: the API sends no other end.
func (g *gathered) ended(err error) bool {
	return errors.Is(err, io.EOF) && (g.reason != "" || !g.answered && g.blocked != "")
}
