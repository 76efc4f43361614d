// Package openai speaks OpenAI's Chat Completions API, over net/http alone: of OpenAI itself, and of any server that is
// compatible with it (llama.cpp, vLLM, Ollama, gateways).
//
// The environment says where requests go: OPENAI_API_KEY, and OPENAI_BASE_URL, which is https://api.openai.com/v1 unless
// set. A server of one's own may need no key; OpenAI's does. Both are read at each request.
//
// The package registers itself under the name openai. An answer with a schema is asked for in the vendor's strict form,
// where the schema has one; see https://platform.openai.com/docs/guides/structured-outputs. Constraints that strict mode
// does not take are told in the description of the value.
//
// Reasoning models (o1, o3, o4 …, gpt-5 and later, but not their chat variants) take no temperature and no top_p: both are
// left out, and the response warns of it. Models older than structured output get no schema.
//
// The extra option "openai.api" may say chat, which is also the default and the only API of this version.
package openai

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

const name = "openai"

func init() {
	// Refused only when the program has put a provider of its own under that name before, which then stands.
	_ = provider.Register(provider.Registration{
		Name:         name,
		New:          New,
		Credentials:  []string{"OPENAI_API_KEY"},
		Capabilities: capabilities,
	})
}

type client struct{ service wire.Service }

// New returns a provider that sends its requests through the client of the Config. A redirect is not followed.
func New(c provider.Config) (provider.Provider, error) {
	return &client{service: wire.Service{
		Provider:    name,
		Client:      wire.Pinned(c.HTTPClient),
		KeyVar:      "OPENAI_API_KEY",
		BaseVar:     "OPENAI_BASE_URL",
		DefaultBase: "https://api.openai.com/v1",
		Path:        "chat/completions",
		RequestID:   "X-Request-Id",
		Header:      header,
		Classify:    classify,
	}}, nil
}

func header(key string) http.Header {
	if key == "" {
		return http.Header{}
	}
	return http.Header{"Authorization": {"Bearer " + key}}
}

// Do implements [provider.Provider].
func (c *client) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	body, warnings, err := encode(req, emit != nil)
	if err != nil {
		return nil, err
	}
	reply, err := c.service.Post(ctx, req.Model, body, emit != nil)
	if err != nil {
		return nil, err
	}
	defer reply.Close()
	a := answer{reply: reply, req: req}
	var res *provider.Response
	if emit == nil {
		res, err = a.whole(ctx)
	} else {
		res, err = a.stream(ctx, emit)
	}
	if err != nil {
		return nil, err
	}
	res.Warnings = warnings
	return res, nil
}

// classify sorts what the server says of a failed request. Compatible servers use the same words, or only the status.
func classify(f wire.Fault) provider.Class {
	for _, word := range []string{f.Code, f.Type} {
		switch word {
		case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "access_terminated":
			return provider.Quota
		case "context_length_exceeded", "exceed_context_size_error": // OpenAI; llama.cpp
			return provider.ContextWindow
		case "content_filter", "content_policy_violation":
			return provider.Refusal
		case "rate_limit_exceeded", "rate_limit_error", "requests", "tokens":
			return provider.RateLimit
		case "server_is_overloaded", "overloaded_error", "slow_down", "unavailable_error":
			return provider.Overloaded
		}
	}
	// vLLM and older servers say it in words alone.
	if f.Status == http.StatusBadRequest && strings.Contains(f.Message, "maximum context length") {
		return provider.ContextWindow
	}
	if class := provider.StatusClass(f.Status); class != "" {
		return class
	}
	switch f.Type { // without a status: in a stream, or beside HTTP 200
	case "server_error", "api_error", "internal_server_error":
		return provider.Server
	case "invalid_request_error", "authentication_error", "permission_error", "not_found_error":
		return provider.Invalid
	}
	return ""
}

// Models that lack something, by the beginning of their names, or the whole name before a $. The list is of OpenAI's older
// models: any other name, a compatible server's above all, is taken to have it.
var (
	withoutSchemas = []string{"gpt-3.5", "gpt-4$", "gpt-4-", "gpt-4o-2024-05-13", "o1-mini", "o1-preview"}
	withoutTools   = []string{"o1-mini", "o1-preview"}
	withoutImages  = []string{"gpt-3.5", "gpt-4$", "gpt-4-0", "gpt-4-1", "o1-mini", "o1-preview", "o3-mini"}
)

func among(names []string, model string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(model+"$", n) })
}

func capabilities(model string) provider.Capabilities {
	model = vendors(model)
	schema, tools := !among(withoutSchemas, model), !among(withoutTools, model)
	return provider.Capabilities{
		Tools:           tools,
		Schema:          schema,
		SchemaWithTools: schema && tools,
		Images:          !among(withoutImages, model),
		Temperature:     !reasons(model),
	}
}

// vendors is the name of a model without what a gateway puts before it.
func vendors(model string) string { return model[strings.LastIndexByte(model, '/')+1:] }

// reasons says whether a model of that name is a reasoning model.
func reasons(model string) bool {
	model = vendors(model)
	if len(model) > 1 && model[0] == 'o' && model[1] >= '1' && model[1] <= '9' {
		return true
	}
	version, ok := strings.CutPrefix(model, "gpt-")
	return ok && version != "" && version[0] >= '5' && version[0] <= '9' && !strings.Contains(version, "-chat")
}

// strict is what OpenAI's strict mode takes, as of 2026; see the guide that the package comment names.
var strict = wire.Dialect{
	Constraints: []string{"pattern", "format", "multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"},
	Formats:     []string{"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"},
	Pattern:     func(p string) bool { return !strings.Contains(p, "(?") }, // no look-around
	Recursion:   true,
	MaxProps:    5000,
	MaxEnum:     1000,
	MaxNesting:  10,
}

// form is a schema as it is sent.
type form struct {
	json   string
	strict bool
}

type formKey struct{}

func formOf(s *provider.Schema) form {
	derived, _ := s.Derive(formKey{}, func(s *provider.Schema) (any, error) {
		if s.Strict {
			if text, ok := strict.Form(s.Text()); ok {
				return form{json: text, strict: true}, nil
			}
		}
		return form{json: wire.Compact(s.Text())}, nil
	})
	return derived.(form)
}

// usage is the token count of a chat completion.
type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Input      struct {
		Cached int `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	Output struct {
		Reasoning int `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

func (u usage) neutral() provider.Usage {
	return provider.Usage{
		InputTokens:     u.Prompt,
		OutputTokens:    u.Completion,
		CachedTokens:    u.Input.Cached,
		ReasoningTokens: u.Output.Reasoning,
	}
}

// isSet says whether a value was there and not null.
func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }
