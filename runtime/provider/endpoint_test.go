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
		require.ErrorContains(t, err, `the prefix "`+taken+`" is a provider's own`)
	}
}
