package alloy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

func TestCapabilitiesOfAModel(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "")
	t.Setenv("OPENAI_BASE_URL", "")
	client := new(alloy.Client)
	for model, want := range map[string]provider.Capabilities{
		"toy-1":         {Tools: true, Schema: true, SchemaWithTools: true},
		"o1-mini":       {Stream: true},
		"openai/o1-pro": {Tools: true, Schema: true, SchemaWithTools: true, Images: true, Documents: true},
	} {
		can, err := client.Capabilities(model)
		require.NoError(t, err, model)
		require.Equal(t, want, can, model)
	}
	for model, words := range map[string]string{"": "no model", "mistral-x": "mistral-x", "gemini-3.5-flash": "not linked"} {
		_, err := client.Capabilities(model)
		require.ErrorAs(t, err, new(*alloy.ConfigurationError), model)
		require.ErrorContains(t, err, words)
	}
}

// A provider of one's own answers for itself, whatever the name.
func TestCapabilitiesOfAProviderOfOnesOwn(t *testing.T) {
	client, err := alloy.New(alloy.WithProvider(toyProvider{}))
	require.NoError(t, err)
	can, err := client.Capabilities("anything")
	require.NoError(t, err)
	require.True(t, can.Tools && can.Stream && can.Audio)
}
