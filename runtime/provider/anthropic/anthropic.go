// Package anthropic speaks Anthropic's Messages API, over net/http alone.
//
// The environment says where requests go: ANTHROPIC_API_KEY, and ANTHROPIC_BASE_URL, which is https://api.anthropic.com
// unless set. A server of one's own may need no key; Anthropic's does. Both are read at each request.
//
// The package registers itself under the name anthropic. An answer with a schema is asked for as output_config.format; see
// https://platform.claude.com/docs/en/build-with-claude/structured-outputs. Constraints that the vendor does not take are
// told in the description of the value. Where a model lacks that feature, or the vendor cannot hold a model to the schema (a
// recursive type, a map), the model is made to call a tool that takes the answer, and what it passes is the text of the
// response.
//
// Documents go as PDF, by their bytes or address, and as text; recordings are not taken. With Settings.Cache the last tool and
// the system prompt carry cache_control, so that the vendor keeps what is the same in every request of a command for five
// minutes: https://platform.claude.com/docs/en/build-with-claude/prompt-caching.
//
// The API demands max_tokens: 2048 are sent unless the request says otherwise. Models after Claude Opus 4.6 take no temperature and
// no top_p, those before it from Opus 4.1 on not both, none takes a seed or a temperature above 1, and not every one an effort:
// those are left out, or lowered, and the response warns of it.
package anthropic

import (
	"context"
	"net/http"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

const (
	name             = "anthropic"
	version          = "2023-06-01" // of the API
	defaultMaxTokens = 2048
)

func init() {
	// Refused only when the program has put a provider of its own under that name before, which then stands.
	_ = provider.Register(provider.Registration{
		Name:         name,
		New:          New,
		Credentials:  []string{"ANTHROPIC_API_KEY"},
		Capabilities: capabilities,
	})
}

type client struct{ service wire.Service }

// New returns a provider that sends its requests through the client of the Config. A redirect is not followed.
func New(c provider.Config) (provider.Provider, error) { return newClient(c), nil }

// Register puts another server that speaks the Messages API into the registry of the process, as a provider like any other: a
// gateway, or a cloud's in another region. Its models are PREFIX/NAME. Extra options for anthropic hold there too.
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
		KeyVars:     []string{"ANTHROPIC_API_KEY"},
		BaseVar:     "ANTHROPIC_BASE_URL",
		DefaultBase: "https://api.anthropic.com",
		Path:        "v1/messages",
		RequestID:   "Request-Id",
		Header:      header,
		Classify:    classify,
	}}
}

func header(key string) http.Header {
	h := http.Header{"Anthropic-Version": {version}}
	if key != "" {
		h["X-Api-Key"] = []string{key}
	}
	return h
}

// Do implements [provider.Provider].
func (c *client) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	can := c.service.Can(req.Model)
	if err := wire.Takes(can, c.service.Provider, req, emit != nil); err != nil {
		return nil, err
	}
	q, err := encode(req, can, emit != nil)
	if err != nil {
		return nil, err
	}
	reply, err := c.service.Post(ctx, req.Model, q.body, emit != nil)
	if err != nil {
		return nil, err
	}
	return wire.Read(ctx, reply, answer{reply: reply, req: req, answerTool: q.answerTool}, emit, q.warnings)
}

// classify sorts what the server says of a failed request. The type counts more than the status: an overloaded_error comes
// in the middle of a stream with status 200 too. See https://platform.claude.com/docs/en/api/errors.
func classify(f wire.Fault) provider.Class {
	switch f.Type {
	case "billing_error":
		return provider.Quota
	case "rate_limit_error":
		return provider.RateLimit
	case "overloaded_error":
		return provider.Overloaded
	case "api_error", "timeout_error":
		return provider.Server
	case "invalid_request_error":
		switch { // neither has a type of its own
		case strings.Contains(f.Message, "prompt is too long"), strings.Contains(f.Message, "exceed context limit"):
			return provider.ContextWindow
		case strings.Contains(f.Message, "credit balance is too low"), strings.Contains(f.Message, "API usage limits"):
			return provider.Quota // the latter is a limit that the owner has set
		}
	}
	if class := provider.StatusClass(f.Status); class != "" {
		return class
	}
	switch f.Type { // without a status: in a stream, or beside HTTP 200
	case "invalid_request_error", "authentication_error", "permission_error", "not_found_error", "request_too_large":
		return provider.Invalid
	}
	return ""
}

// native is what Anthropic's structured output takes, as of 2026; see the page that the package comment names. Patterns are
// told in the description: the API takes only some of them and refuses the others.
var native = wire.Dialect{
	Constraints: []string{"format", "minItems"},
	Formats:     []string{"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"},
	MinItems:    func(n int) bool { return n <= 1 },
	MaxUnions:   16,
}

type (
	nativeKey struct{}
	toolKey   struct{}
)

// nativeForm is the schema in the vendor's form; empty when the vendor cannot hold a model to it.
func nativeForm(s *provider.Schema) string {
	if !s.Strict {
		return ""
	}
	derived, _ := s.Derive(nativeKey{}, func(s *provider.Schema) (any, error) {
		text, _ := native.Form(s.Text())
		return text, nil
	})
	return derived.(string)
}

// toolForm is the schema as a tool's input, which takes all of JSON Schema, but for the root.
type toolForm struct {
	json    string
	wrapped bool // the value is the property "value" of an object
}

func toolFormOf(s *provider.Schema) toolForm {
	derived, _ := s.Derive(toolKey{}, func(s *provider.Schema) (any, error) {
		text, wrapped := wire.ToolForm(s.Text())
		return toolForm{text, wrapped}, nil
	})
	return derived.(toolForm)
}

// usage is the token count of a message.
type usage struct {
	Input   int `json:"input_tokens"` // those neither read from the cache nor written to it
	Output  int `json:"output_tokens"`
	Written int `json:"cache_creation_input_tokens"`
	Read    int `json:"cache_read_input_tokens"`
	Details struct {
		Thinking int `json:"thinking_tokens"`
	} `json:"output_tokens_details"`
}

func (u usage) neutral() provider.Usage {
	return provider.Usage{
		InputTokens:     u.Input + u.Written + u.Read,
		OutputTokens:    u.Output,
		CachedTokens:    u.Read,
		ReasoningTokens: u.Details.Thinking,
	}
}
