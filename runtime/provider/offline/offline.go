// Package offline is a provider that needs no network, no key and no model: it makes answers up from the schema that is
// asked for. Examples, tests and first steps run on it, through the model name "offline" or ALLOY_BACKEND=offline.
//
// An answer keeps to the schema: types, enum, const, bounds, multipleOf, lengths, patterns, formats, counts, required keys,
// references and alternatives. Keywords that only refuse (not, if, contains, dependentRequired …) are not looked at, so a
// schema with them may refuse the answer. Strings name the field that they stand in; text answers name the prompt. The same
// conversation always gets the same answer, and another one may get another.
//
// When a request offers tools, each that the conversation has not called yet is called once, all in one turn, with
// arguments made up from its input schema. The turn after that is the answer, so every call comes to an end.
//
// Images, documents and recordings are taken, and change the answer like any word of the conversation; nothing looks into them.
//
// Usage is an estimate: one token for every four characters of text.
package offline

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"unicode/utf8"

	"github.com/alloygen/alloygen/runtime/provider"
)

const name = "offline"

func init() {
	err := provider.Register(provider.Registration{Name: name, New: New, Capabilities: capabilities})
	if err != nil {
		panic(err) // a second package of that name is linked: a mistake of the build
	}
}

func capabilities(string) provider.Capabilities {
	return provider.Capabilities{Tools: true, Schema: true, SchemaWithTools: true, Images: true, Documents: true, Audio: true, Stream: true, Temperature: true}
}

// New returns the provider. It uses nothing of the Config.
func New(provider.Config) (provider.Provider, error) { return model{}, nil }

type model struct{}

// Do makes up the answer to one request. It fails when ctx has ended, when no value fits a schema, and as emit does.
func (model) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	if err := ended(ctx, req); err != nil {
		return nil, err
	}
	seed := seedOf(req)
	resp := &provider.Response{Model: req.Model, RequestID: "offline-" + hex.EncodeToString(seed[:4]), Finish: provider.FinishStop}
	if tools := uncalled(req); len(tools) > 0 {
		calls, err := callsOf(req, tools, seed)
		if err != nil {
			return nil, err
		}
		resp.Parts, resp.Finish = calls, provider.FinishToolCalls
	} else {
		text, err := answer(req, seed)
		if err != nil {
			return nil, err
		}
		resp.Parts = []provider.Part{{Text: text}}
	}
	resp.Usage = provider.Usage{InputTokens: tokens(inputLen(req)), OutputTokens: tokens(partsLen(resp.Parts))}
	if emit == nil {
		return resp, nil
	}
	for d := range deltas(resp.Parts) {
		if err := ended(ctx, req); err != nil {
			return nil, err
		}
		if err := emit(d); err != nil {
			return nil, err
		}
	}
	return resp, nil
}

func ended(ctx context.Context, req *provider.Request) error {
	if ctx.Err() == nil {
		return nil
	}
	err := context.Cause(ctx)
	return &provider.Error{Provider: name, Model: req.Model, Class: provider.Canceled, Message: err.Error(), Err: err}
}

// unfit is the error of a schema that nothing was found to fit.
func unfit(req *provider.Request, what string, err error) error {
	return &provider.Error{Provider: name, Model: req.Model, Class: provider.Invalid, Message: "cannot make up " + what + ": " + err.Error(), Err: err}
}

// seedOf is a hash of the conversation: what an answer depends on, beside its schema.
func seedOf(req *provider.Request) [sha256.Size]byte {
	text, err := json.Marshal(req.Messages)
	if err != nil { // a vendor's part that is no JSON
		text = []byte(lastPrompt(req))
	}
	return sha256.Sum256(append([]byte(req.System+"\x00"), text...))
}

// random is a source that depends on the seed and on what it is for.
func random(seed [sha256.Size]byte, purpose string) *rand.Rand {
	sum := sha256.Sum256(append(seed[:], purpose...))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])))
}

// uncalled returns the tools that are offered and that the conversation has not called.
func uncalled(req *provider.Request) []*provider.Tool {
	called := map[string]bool{}
	for i := range req.Messages {
		for _, p := range req.Messages[i].Parts {
			if p.ToolCall != nil {
				called[p.ToolCall.Name] = true
			}
		}
	}
	var tools []*provider.Tool
	for i := range req.Tools {
		if t := &req.Tools[i]; !called[t.Name] {
			tools = append(tools, t)
		}
	}
	return tools
}

func callsOf(req *provider.Request, tools []*provider.Tool, seed [sha256.Size]byte) ([]provider.Part, error) {
	var parts []provider.Part
	for _, t := range tools {
		arguments := "{}"
		if t.Input != nil {
			var err error
			if arguments, err = generate(t.Input, random(seed, t.Name)); err != nil {
				return nil, unfit(req, "arguments of the tool "+t.Name, err)
			}
		}
		id := sha256.Sum256(append(seed[:], t.Name...))
		parts = append(parts, provider.Part{ToolCall: &provider.ToolCall{ID: "call_" + hex.EncodeToString(id[:6]), Name: t.Name, Arguments: arguments}})
	}
	return parts, nil
}

func answer(req *provider.Request, seed [sha256.Size]byte) (string, error) {
	r := random(seed, "answer")
	if req.Output == nil {
		return sentence(lastPrompt(req), r), nil
	}
	text, err := generate(req.Output, r)
	if err != nil {
		return "", unfit(req, "an answer", err)
	}
	return text, nil
}

// lastPrompt is the text of the last message of the user that has one.
func lastPrompt(req *provider.Request) string {
	for i := len(req.Messages) - 1; i >= 0; i-- {
		if m := req.Messages[i]; m.Role == provider.User {
			if text := strings.TrimSpace(m.Text()); text != "" {
				return text
			}
		}
	}
	return ""
}

// maxQuoted is how many characters of the prompt a text answer repeats.
const maxQuoted = 60

func sentence(prompt string, r *rand.Rand) string {
	quoted := strings.Join(strings.Fields(prompt), " ")
	if quoted == "" {
		quoted = "no text"
	}
	if utf8.RuneCountInString(quoted) > maxQuoted {
		quoted = string([]rune(quoted)[:maxQuoted]) + "…"
	}
	forms := []string{
		"This is a demo answer to: %",
		"A demo answer, made up offline, to: %",
		"No model was asked; this demo answers: %",
	}
	return strings.Replace(forms[r.IntN(len(forms))], "%", quoted, 1)
}

// deltas cuts an answer into words; a tool call stays whole.
func deltas(parts []provider.Part) func(yield func(provider.Delta) bool) {
	return func(yield func(provider.Delta) bool) {
		for _, p := range parts {
			if p.ToolCall != nil {
				if !yield(provider.Delta{ToolCall: p.ToolCall}) {
					return
				}
				continue
			}
			for word := range words(p.Text) {
				if !yield(provider.Delta{Text: word}) {
					return
				}
			}
		}
	}
}

// words cuts text after each space and comma.
func words(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for text != "" {
			n := strings.IndexAny(text, " ,") + 1
			if n == 0 {
				n = len(text)
			}
			if !yield(text[:n]) {
				return
			}
			text = text[n:]
		}
	}
}

// tokens estimates how many tokens that many characters are.
func tokens(characters int) int { return (characters + 3) / 4 }

func inputLen(req *provider.Request) int {
	n := utf8.RuneCountInString(req.System)
	for i := range req.Messages {
		n += partsLen(req.Messages[i].Parts)
	}
	for i := range req.Tools {
		t := &req.Tools[i]
		n += len(t.Name) + utf8.RuneCountInString(t.Description) + len(t.Input.Text())
	}
	return n + len(req.Output.Text())
}

func partsLen(parts []provider.Part) int {
	n := 0
	for _, p := range parts {
		n += utf8.RuneCountInString(p.Text)
		if p.ToolCall != nil {
			n += len(p.ToolCall.Name) + len(p.ToolCall.Arguments)
		}
		if p.ToolResult != nil {
			n += utf8.RuneCountInString(p.ToolResult.Content)
		}
	}
	return n
}
