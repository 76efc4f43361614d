package openai

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// client sends requests to one server, in one of the two APIs.
type client struct {
	name      string // of the provider
	apiOption string // the extra option that chooses the API
	can       func(model string) provider.Capabilities
	chat      wire.Service
	responses wire.Service
}

// New returns a provider that sends its requests through the client of the Config. A redirect is not followed.
func New(c provider.Config) (provider.Provider, error) { return newClient(c, name), nil }

// NewServer is New for another server that speaks one of OpenAI's APIs: Chat Completions, unless the extra option PREFIX.api says
// responses. What its models can do is what Capabilities says, unless the endpoint says it.
func NewServer(c provider.Config, e provider.Endpoint) (provider.Provider, error) {
	client := newClient(c, e.Prefix)
	if e.Capabilities != nil {
		client.can = e.Capabilities
	}
	return client, cmp.Or(client.chat.At(e), client.responses.At(e))
}

func newClient(c provider.Config, name string) *client {
	client := &client{name: name, apiOption: name + ".api", can: Capabilities}
	for service, path := range map[*wire.Service]string{&client.chat: "chat/completions", &client.responses: "responses"} {
		service.Provider = name
		service.Client = wire.Pinned(c.HTTPClient)
		service.KeyVars = []string{"OPENAI_API_KEY"}
		service.BaseVar = "OPENAI_BASE_URL"
		service.DefaultBase = "https://api.openai.com/v1"
		service.Path = path
		service.RequestID = "X-Request-Id"
		service.Header = wire.Bearer
		service.Classify = classify
	}
	return client
}

// query is a request ready to be sent.
type query struct {
	body     []byte
	warnings []string
}

// Do implements [provider.Provider].
func (c *client) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	can := c.can(req.Model)
	if err := wire.Takes(can, c.name, req, emit != nil); err != nil {
		return nil, err
	}
	api, err := c.api(req)
	if err != nil {
		return nil, err
	}
	service, encode := &c.chat, c.encodeChat
	if api == responses {
		service, encode = &c.responses, c.encodeResponses
	}
	q, err := encode(req, can, emit != nil)
	if err != nil {
		return nil, err
	}
	reply, err := service.Post(ctx, req.Model, q.body, emit != nil)
	if err != nil {
		return nil, err
	}
	var answer wire.Answer = chatAnswer{reply: reply, req: req, provider: c.name}
	if api == responses {
		answer = responsesAnswer{reply: reply, req: req, provider: c.name}
	}
	return wire.Read(ctx, reply, answer, emit, q.warnings)
}

// The values of the extra option that chooses the API.
const (
	chat      = "chat"
	responses = "responses"
)

// api says which API a request goes to.
func (c *client) api(req *provider.Request) (string, error) {
	switch chosen := req.Extra[c.apiOption]; chosen {
	case chat, responses:
		return chosen.(string), nil
	case nil:
	default:
		return "", &provider.ConfigError{Provider: c.name, Setting: c.apiOption,
			Message: fmt.Sprintf("%s is %v: want chat or responses", c.apiOption, chosen)}
	}
	if c.responses.Host() == "api.openai.com" || strings.HasSuffix(c.responses.Host(), ".api.openai.com") { // of a region
		if !wire.Among(chatAlone, vendors(req.Model)) {
			return responses, nil
		}
	}
	return chat, nil
}

// body starts the JSON of a request. toolOptions are the keys of Extra that are sent only when the request has tools.
func (c *client) body(req *provider.Request, toolOptions ...string) *wire.Body {
	b := wire.NewBody(req, c.name, toolOptions...)
	if _, ok := req.Extra[c.apiOption]; ok {
		b.Drop("api")
	}
	return b
}

// sampling writes what models that reason do not take, and warns where it is left out.
func (q *query) sampling(b *wire.Body, req *provider.Request, can provider.Capabilities) {
	s := &req.Settings
	if can.Temperature {
		b.Setting("temperature", s.Temperature)
		b.Setting("top_p", s.TopP)
		return
	}
	if s.Temperature != nil {
		q.leave(req.Model, "temperature", *s.Temperature)
	}
	if s.TopP != nil {
		q.leave(req.Model, "top_p", *s.TopP)
	}
}

// effort is the reasoning effort to ask for; empty for none.
func (q *query) effort(req *provider.Request) string {
	effort, model := req.Settings.Effort, vendors(req.Model)
	switch {
	case effort == "":
	case wire.Among(withoutEffort, model):
		q.leave(req.Model, "effort", effort)
		return ""
	case wire.Among(withoutWord[effort], model):
		q.leave(req.Model, "effort of that name", effort)
		return ""
	}
	return effort
}

func (q *query) leave(who, setting string, value any) {
	q.warnings = append(q.warnings, wire.LeftOut(who, setting, value))
}
