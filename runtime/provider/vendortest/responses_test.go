package vendortest

import (
	"context"
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	_ "github.com/alloygen/alloygen/runtime/provider/compatible"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

// through is a provider whose requests go to one API of its server.
type through struct {
	provider.Provider
	option, api string
}

func (p through) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	chosen := *req
	if chosen.Extra = maps.Clone(req.Extra); chosen.Extra == nil {
		chosen.Extra = map[string]any{}
	}
	chosen.Extra[p.option] = p.api
	return p.Provider.Do(ctx, &chosen, emit)
}

// The server takes both of OpenAI's APIs, of openai and of a compatible server alike.
func TestAimockAPIs(t *testing.T) {
	base := start(t)
	t.Setenv("OPENAI_BASE_URL", base+"/v1")
	t.Setenv("MOCK_BASE_URL", base+"/v1")
	openai, ok := provider.Lookup("openai")
	require.True(t, ok)
	mock, err := provider.LookupEndpoint(provider.Endpoint{Prefix: "mock"})
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		registered provider.Registration
		api, model string
	}{
		"openai, responses":           {openai, "responses", "gpt-4.1"},
		"openai, responses, reasoned": {openai, "responses", "gpt-5-mini"},
		"compatible, chat":            {mock, "chat", "llama-3.3"},
		"compatible, responses":       {mock, "responses", "llama-3.3"},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := tc.registered.New(provider.Config{HTTPClient: http.DefaultClient})
			require.NoError(t, err)
			p := through{made, tc.registered.Name + ".api", tc.api}
			t.Run("typed", func(t *testing.T) { typed(t, p, tc.model) })
			t.Run("tools", func(t *testing.T) { tools(t, p, tc.model) })
			t.Run("errors", func(t *testing.T) { failing(t, p, tc.model) })
			t.Run("cut stream", func(t *testing.T) { // which comes before the first word, after the events that begin an answer
				_, _, err := providertest.Collect(p, ask(tc.model, "cut the stream"))
				var e *provider.Error
				require.ErrorAs(t, err, &e)
				require.Contains(t, []provider.Class{provider.Truncated, provider.Network}, e.Class)
			})
		})
	}
}
