// Package gemini speaks Google's Gemini API (generateContent), over net/http alone.
//
// The environment says where requests go: GEMINI_API_KEY, or GOOGLE_API_KEY in its place, and GEMINI_BASE_URL, or
// GOOGLE_GEMINI_BASE_URL in its place, which is https://generativelanguage.googleapis.com unless set. The version of the API,
// v1beta, is not part of it. A server of one's own may need no key; Google's does. All are read at each request.
//
// The package registers itself under the name gemini. An answer with a schema is asked for as responseJsonSchema; see
// https://ai.google.dev/gemini-api/docs/structured-output. Constraints that the vendor does not take are told in the
// description of the value. Models before Gemini 3 take no schema together with tools: while a request has tools, theirs goes
// without.
//
// Models from Gemini 3.5 Flash-Lite and 3.6 Flash on sample as they think best: temperature and top_p are left out, and the
// response warns of it. Effort is thinkingLevel from Gemini 3 on, and a thinkingBudget of as many tokens as Google's own
// OpenAI-compatible interface takes (https://ai.google.dev/gemini-api/docs/openai) for Gemini 2.5; a word that a model does
// not take is left out, with a warning. A stream says nothing while the model thinks, unless its thoughts are asked for: the
// extra option "gemini.generationConfig.thinkingConfig" with {"includeThoughts": true}.
//
// The signatures of a model's thoughts go back to the model that made them, in vendor parts. An answer that stops at the limit
// of one request with a continuation token (Gemini 4) is a pause: the next request of the conversation takes it up, and its
// response has the whole of the answer. Google caches what requests begin with by itself: Settings.Cache has nothing to ask for.
//
// Extra options whose name has "generationConfig." before it go into that object: "gemini.generationConfig.topK".
package gemini

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

const name = "gemini"

func init() {
	// Refused only when the program has put a provider of its own under that name before, which then stands.
	_ = provider.Register(provider.Registration{
		Name:         name,
		New:          New,
		Credentials:  []string{"GEMINI_API_KEY"}, // or GOOGLE_API_KEY
		Capabilities: capabilities,
	})
}

type client struct{ service wire.Service }

// New returns a provider that sends its requests through the client of the Config. A redirect is not followed.
func New(c provider.Config) (provider.Provider, error) { return newClient(c), nil }

// Register puts another server that speaks generateContent into the registry of the process, as a provider like any other: a
// gateway, or Vertex AI in another region. Its models are PREFIX/NAME. Extra options for gemini hold there too.
func Register(e provider.Endpoint) error {
	return provider.RegisterEndpoint(e, provider.Registration{Capabilities: capabilities, New: func(c provider.Config) (provider.Provider, error) {
		client := newClient(c)
		return client, client.service.At(e)
	}})
}

func newClient(c provider.Config) *client {
	return &client{service: wire.Service{
		Provider:    name,
		Can:         capabilities,
		Client:      wire.Pinned(c.HTTPClient),
		KeyVars:     []string{"GEMINI_API_KEY", "GOOGLE_API_KEY"},
		BaseVar:     "GEMINI_BASE_URL",
		Base:        base,
		DefaultBase: "https://generativelanguage.googleapis.com",
		Path:        "v1beta",
		Resource:    resource,
		Header:      header,
		Classify:    classify,
	}}
}

func base() (variable, base string) {
	const own, google = "GEMINI_BASE_URL", "GOOGLE_GEMINI_BASE_URL"
	if base := os.Getenv(own); strings.TrimSpace(base) != "" {
		return own, base
	}
	if base := os.Getenv(google); base != "" {
		return google, base
	}
	return own, ""
}

// resource is the address of a model's method. A tuned model's name says so: tunedModels/NAME.
func resource(model string, stream bool) (path, query string) {
	collection, id, ok := strings.Cut(model, "/")
	if !ok || collection != "models" && collection != "tunedModels" {
		collection, id = "models", model
	}
	path = collection + "/" + url.PathEscape(id)
	if stream {
		return path + ":streamGenerateContent", "alt=sse"
	}
	return path + ":generateContent", ""
}

func header(key string) http.Header {
	if key == "" {
		return http.Header{}
	}
	return http.Header{"X-Goog-Api-Key": {key}}
}

// Do implements [provider.Provider].
func (c *client) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	can := c.service.Can(req.Model)
	if err := wire.Takes(can, c.service.Provider, req, emit != nil); err != nil {
		return nil, err
	}
	said := conversationOf(req)
	body, warnings, err := encode(req, can, said)
	if err != nil {
		return nil, err
	}
	reply, err := c.service.Post(ctx, req.Model, body, emit != nil)
	if err != nil {
		return nil, err
	}
	return wire.Read(ctx, reply, answer{reply: reply, req: req, begun: said.begun}, emit, warnings)
}

// schemas is what Gemini's structured output takes, as of 2026; see the page that the package comment names, and
// https://ai.google.dev/api/generate-content#FIELDS.response_json_schema.
var schemas = wire.Dialect{
	Constraints: []string{"format", "minimum", "maximum", "minItems", "maxItems"},
	Formats:     []string{"date-time", "date", "time"},
	Open:        true,
	EnumAlone:   true,
	Recursion:   true,
	Optional:    true,
}

type (
	formKey  struct{}
	inputKey struct{}
)

// formOf is a schema in the vendor's form. One that has no such form is sent as it is: what the vendor does not know, it ignores.
func formOf(s *provider.Schema) string {
	derived, _ := s.Derive(formKey{}, func(s *provider.Schema) (any, error) { return schemas.FormOrAll(s.Text()), nil })
	return derived.(string)
}

// inputOf is the schema of a tool's parameters; empty when it has none, since the API refuses an object without properties.
func inputOf(s *provider.Schema) string {
	if s == nil {
		return ""
	}
	derived, _ := s.Derive(inputKey{}, func(s *provider.Schema) (any, error) {
		form := formOf(s)
		var object struct {
			Type       any                        `json:"type"`
			Properties map[string]json.RawMessage `json:"properties"`
			Further    json.RawMessage            `json:"additionalProperties"`
		}
		if json.Unmarshal([]byte(form), &object) == nil && object.Type == "object" && len(object.Properties) == 0 &&
			(len(object.Further) == 0 || string(object.Further) == "false") {
			form = ""
		}
		return form, nil
	})
	return derived.(string)
}
