// Package ollama speaks the chat API of Ollama's own, over net/http alone.
//
// The environment says where requests go: OLLAMA_BASE_URL, or else OLLAMA_HOST, which is read as Ollama's own client reads it
// (see https://docs.ollama.com/faq): a host, a port, both, or a URL; without either it is http://127.0.0.1:11434. No key is
// needed; OLLAMA_API_KEY is sent when it is set, as ollama.com wants it. All are read at each request.
//
// The package registers itself under the name ollama, for models that are written ollama:NAME. A model must be on the server:
// the error for one that is not says how to get it.
//
// An answer with a schema is asked for as format; what the server's grammars do not know is told in the description of the
// value. A format forbids tool calls on many models (https://github.com/ollama/ollama/issues/8095): while a request has
// tools, the schema goes without.
//
// A conversation that is longer than the model's context is an error: the server is told (truncate, shift) not to forget the
// beginning of it. The length of the context is the server's, or the extra option "ollama.options.num_ctx"; extra options whose
// name has "options." before it go into that object.
//
// Effort is think: a level for gpt-oss (low, medium, high), and for any other model that thinks true, or false for none; a model
// that is known not to think is not told to. Thoughts go back with the next request.
package ollama

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

const name = "ollama"

func init() {
	// Refused only when the program has put a provider of its own under that name before, which then stands.
	_ = provider.Register(provider.Registration{Name: name, New: New, Capabilities: capabilities})
}

type client struct{ service wire.Service }

// New returns a provider that sends its requests through the client of the Config. A redirect is not followed.
func New(c provider.Config) (provider.Provider, error) {
	return &client{service: wire.Service{
		Provider:    name,
		Client:      wire.Pinned(c.HTTPClient),
		KeyVars:     []string{"OLLAMA_API_KEY"},
		BaseVar:     hostVar,
		Base:        base,
		DefaultBase: "http://127.0.0.1:" + defaultPort,
		Key:         wire.Nowhere,
		Path:        "api/chat",
		StreamType:  "application/x-ndjson",
		Header:      wire.Bearer,
		Classify:    classify,
	}}, nil
}

// Do implements [provider.Provider].
func (c *client) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	if err := takes(req, emit != nil); err != nil {
		return nil, err
	}
	body, warnings, err := encode(req, emit != nil)
	if err != nil {
		return nil, err
	}
	reply, err := c.service.Post(ctx, req.Model, body, emit != nil)
	if err != nil {
		return nil, advise(err)
	}
	return wire.Read(ctx, reply, answer{reply: reply, req: req}, emit, warnings)
}

// takes refuses what the API has no place for.
func takes(req *provider.Request, stream bool) error {
	if err := wire.Takes(capabilities(req.Model), name, req, stream); err != nil {
		return err
	}
	for i := range req.Messages {
		for j := range req.Messages[i].Parts {
			if img := req.Messages[i].Parts[j].Image; img != nil && img.URL != "" {
				return &provider.ConfigError{Provider: name, Setting: "image",
					Message: "Ollama fetches no pictures: give the bytes of the picture in place of its address"}
			}
		}
	}
	return nil
}

// advise says how to get a model that is not there.
func advise(err error) error {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok || e.Status != http.StatusNotFound || !strings.Contains(e.Message, "model") || !strings.Contains(e.Message, "not found") {
		return err
	}
	const longest = 512
	said := strings.TrimSuffix(e.Message, ", try pulling it first") + ": get it with: ollama pull " + e.Model
	if len(said) <= longest {
		e.Message = said
	}
	return e
}

// grammar is what the server can hold a model to, as of 2026: the JSON Schema of llama.cpp's grammars.
var grammar = wire.Dialect{
	Constraints: []string{"format", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum",
		"exclusiveMinimum", "exclusiveMaximum"},
	Formats:   []string{"date", "time", "date-time", "uuid"},
	Pattern:   isGrammar,
	MaxRepeat: 1000, // a grammar has at most 2000 repetitions
	Open:      true,
	Any:       []string{"object", "array", "string", "number", "boolean", "null"},
	Recursion: true,
}

// told is what the server tells a model of a tool's parameters.
var told = wire.Dialect{Open: true, Any: grammar.Any, EnumAlone: true, Recursion: true}

// isGrammar says whether the server can make a grammar of a pattern: it must hold for the whole text, and know no more than
// classes, groups, choices and repetitions.
func isGrammar(pattern string) bool {
	if len(pattern) < 2 || pattern[0] != '^' || pattern[len(pattern)-1] != '$' || strings.Contains(pattern, "(?") {
		return false
	}
	for i := 0; i < len(pattern)-1; i++ {
		if pattern[i] != '\\' {
			continue
		}
		if i++; !strings.ContainsRune(`^$.[]()|{}*+?`, rune(pattern[i])) || i == len(pattern)-1 {
			return false // a class like \d, or an end that is escaped
		}
	}
	return true
}

type (
	formKey  struct{}
	inputKey struct{}
)

// formOf is a schema in the form that the server can hold a model to.
func formOf(s *provider.Schema) string {
	derived, _ := s.Derive(formKey{}, func(s *provider.Schema) (any, error) { return grammar.FormOrAll(s.Text()), nil })
	return derived.(string)
}

// inputOf is the schema of a tool's parameters, of which the server forgets references and constraints when it tells the
// model: those are spelt out.
func inputOf(s *provider.Schema) string {
	derived, _ := s.Derive(inputKey{}, func(s *provider.Schema) (any, error) {
		text, _ := wire.ToolForm(s.Text())
		text = wire.Inline(text)
		if form, ok := told.Form(text); ok {
			return form, nil
		}
		return text, nil
	})
	return derived.(string)
}
