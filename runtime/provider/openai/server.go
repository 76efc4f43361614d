package openai

import (
	"net/http"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// Server is a server that speaks one of OpenAI's APIs, under a name of its own.
type Server struct {
	Name    string   // of the provider: in errors, and before the extra options that are meant for it alone (NAME.api too)
	BaseURL string   // used when BaseVar is empty or not set
	BaseVar string   // the environment variable of the base URL; empty when none may change it
	KeyVars []string // the environment variables of the API key; the first that is set counts
	Keyless bool     // no key is needed at BaseURL

	KeyNeeded bool // one is needed at every address, not at BaseURL alone

	// Capabilities says what a model can do there; nil stands for the function Capabilities.
	Capabilities func(model string) provider.Capabilities
}

// NewServer returns a provider that sends its requests to that server, through the client of the Config. Servers other than
// OpenAI's get Chat Completions, unless the extra option NAME.api says responses. A redirect is not followed.
func NewServer(c provider.Config, s Server) (provider.Provider, error) {
	if s.Capabilities == nil {
		s.Capabilities = Capabilities
	}
	client := &client{name: s.Name, apiOption: s.Name + ".api", can: s.Capabilities}
	for service, path := range map[*wire.Service]string{&client.chat: "chat/completions", &client.responses: "responses"} {
		service.Provider = s.Name
		service.Client = wire.Pinned(c.HTTPClient)
		service.KeyVars = s.KeyVars
		service.BaseVar = s.BaseVar
		service.DefaultBase = s.BaseURL
		service.Keyless = s.Keyless
		service.KeyNeeded = s.KeyNeeded
		service.Path = path
		service.RequestID = "X-Request-Id"
		service.Header = header
		service.Classify = classify
	}
	return client, nil
}

func header(key string) http.Header {
	if key == "" {
		return http.Header{}
	}
	return http.Header{"Authorization": {"Bearer " + key}}
}
