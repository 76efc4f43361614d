package provider_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
)

// F154
func TestEndpoints(t *testing.T) {
	provider.DropFallback(t)
	_, err := provider.LookupEndpoint(provider.Endpoint{Prefix: "groq"})
	require.ErrorContains(t, err, `import _ "github.com/alloygen/alloygen/runtime/provider/compatible"`)

	missing := errors.New("nothing there")
	find := func(e provider.Endpoint) (provider.Registration, error) {
		if e.BaseURL == "" {
			return provider.Registration{}, missing
		}
		return provider.Registration{Name: e.Prefix}, nil
	}
	require.NoError(t, provider.RegisterFallback(find))
	require.Error(t, provider.RegisterFallback(find), "a second one")
	r, err := provider.LookupEndpoint(provider.Endpoint{Prefix: "groq", BaseURL: "http://groq.test"})
	require.NoError(t, err)
	require.Equal(t, "groq", r.Name)
	_, err = provider.LookupEndpoint(provider.Endpoint{Prefix: "groq"})
	require.ErrorIs(t, err, missing)
	_, linked := provider.Lookup("groq")
	require.False(t, linked, "what is found is not kept")

	for _, taken := range []string{"openai", "offline", "gemini"} { // linked, and known although it may not be linked
		_, err = provider.LookupEndpoint(provider.Endpoint{Prefix: taken, BaseURL: "http://other.test"})
		var ce *provider.ConfigError
		require.ErrorAs(t, err, &ce, taken)
		require.ErrorContains(t, err, `the prefix "`+taken+`" already belongs to a provider`)
	}
}

// F154: a server that speaks a vendor's own API has a prefix like any other provider.
func TestRegisterEndpoint(t *testing.T) {
	provider.KeepRegistry(t)
	api := provider.Registration{
		Name: "theirs", Credentials: []string{"THEIR_KEY"},
		New:          func(provider.Config) (provider.Provider, error) { return nil, nil },
		Capabilities: func(string) provider.Capabilities { return provider.Capabilities{Tools: true} },
	}
	require.NoError(t, provider.RegisterEndpoint(provider.Endpoint{Prefix: "their-eu"}, api))
	r, ok := provider.Lookup("their-eu")
	require.True(t, ok)
	require.Equal(t, "their-eu", r.Name)
	require.Empty(t, r.Credentials, "the server may need none")
	require.True(t, r.Capabilities("m").Tools)

	own := provider.Endpoint{Prefix: "their_us", KeyVar: "US_KEY", Capabilities: func(string) provider.Capabilities { return provider.Capabilities{} }}
	require.NoError(t, provider.RegisterEndpoint(own, api))
	r, _ = provider.Lookup("their_us")
	require.Equal(t, []string{"US_KEY"}, r.Credentials)
	require.False(t, r.Capabilities("m").Tools)

	require.ErrorContains(t, provider.RegisterEndpoint(own, api), `provider "their_us" is already registered`)
	var ce *provider.ConfigError
	for _, prefix := range []string{"gemini", "", "1st", "a.b", "a/b"} {
		require.ErrorAs(t, provider.RegisterEndpoint(provider.Endpoint{Prefix: prefix}, api), &ce, prefix)
	}
}

func TestVariables(t *testing.T) {
	key, base, err := provider.Endpoint{Prefix: "acme-ai"}.Variables()
	require.NoError(t, err)
	require.Equal(t, "ACME_AI_API_KEY ACME_AI_BASE_URL", key+" "+base)
	key, base, err = provider.Endpoint{Prefix: "acme", BaseURL: "http://acme.test", KeyVar: "K"}.Variables()
	require.NoError(t, err)
	require.Equal(t, "K ", key+" "+base)
}
