package provider_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
)

// F144
func TestResolve(t *testing.T) {
	for model, want := range map[string][2]string{
		"gpt-5-mini":              {"openai", "gpt-5-mini"},
		"o1":                      {"openai", "o1"},
		"o3-mini":                 {"openai", "o3-mini"},
		"o4-mini":                 {"openai", "o4-mini"},
		"claude-opus-4-7":         {"anthropic", "claude-opus-4-7"},
		"gemini-3-pro":            {"gemini", "gemini-3-pro"},
		"ollama:llama3.2":         {"ollama", "llama3.2"},
		"ollama:library/llama3.2": {"ollama", "library/llama3.2"},
		"offline":                 {"offline", "offline"},
		"openai/llama-3":          {"openai", "llama-3"},
		"anthropic/gpt-oss":       {"anthropic", "gpt-oss"}, // PROVIDER/NAME wins over a prefix
		"openai/meta/llama-3":     {"openai", "meta/llama-3"},
		"mine/claude-x":           {"mine", "claude-x"},
	} {
		t.Run(model, func(t *testing.T) {
			name, vendors, err := provider.Resolve(model)
			require.NoError(t, err)
			require.Equal(t, want, [2]string{name, vendors})
		})
	}
}

// F145
func TestResolveUnknown(t *testing.T) {
	for _, model := range []string{"mistral-x", "", "/x", "openai/", "ollama:", " gpt-5"} {
		_, _, err := provider.Resolve(model)
		var ce *provider.ConfigError
		require.ErrorAs(t, err, &ce, model)
		require.Equal(t, "model", ce.Setting)
		require.Contains(t, err.Error(), `"`+model+`"`)
	}
	_, _, err := provider.Resolve("mistral-x")
	require.ErrorContains(t, err, "gpt-, o1, o3, o4, claude-, gemini-, ollama:")
}

// F154
func TestRegister(t *testing.T) {
	provider.KeepRegistry(t)
	made := func(provider.Config) (provider.Provider, error) { return nil, nil }
	mistral := provider.Registration{Name: "mistral", Prefixes: []string{"mistral-", "mi:"}, New: made}
	require.NoError(t, provider.Register(mistral))
	name, vendors, err := provider.Resolve("mistral-large")
	require.NoError(t, err)
	require.Equal(t, "mistral mistral-large", name+" "+vendors)
	name, vendors, err = provider.Resolve("mi:large")
	require.NoError(t, err)
	require.Equal(t, "mistral large", name+" "+vendors, "a prefix with a colon is not part of the name")
	require.Contains(t, provider.Registered(), "mistral")

	require.ErrorContains(t, provider.Register(mistral), `"mistral" is already registered`)
	other := provider.Registration{Name: "other", Prefixes: []string{"mistral-"}, New: made}
	require.ErrorContains(t, provider.Register(other), `"mistral-" already belongs to "mistral"`)
	other.Prefixes = []string{"gpt-"}
	require.ErrorContains(t, provider.Register(other), `"gpt-" already belongs to "openai"`)
	for prefix, says := range map[string]string{"gpt-4all-": `"gpt-" already belongs to "openai"`, "": "every model", "a/b": "every model, or none"} {
		other.Prefixes = []string{prefix}
		require.ErrorContains(t, provider.Register(other), says, "never reached, or always")
	}
	_, linked := provider.Lookup("other")
	require.False(t, linked, "a refused provider is not there")
	require.Error(t, provider.Register(provider.Registration{New: made}), "a name is needed")
	require.Error(t, provider.Register(provider.Registration{Name: "a/b", New: made}), "no PROVIDER/NAME could choose it")
	require.Error(t, provider.Register(provider.Registration{Name: "x"}), "New is needed")

	nested := provider.Registration{Name: "aardvark", Prefixes: []string{"mis", "mistral-ocr-", "g"}, New: made}
	require.NoError(t, provider.Register(nested))
	for model, want := range map[string]string{"mistral-large": "mistral", "mistral-ocr-3": "aardvark", "misc": "aardvark", "gpt-5": "openai", "gamma": "aardvark"} {
		name, _, err = provider.Resolve(model)
		require.NoError(t, err)
		require.Equal(t, want, name, "the longer prefix counts: %s", model)
	}
	require.NoError(t, provider.Register(provider.Registration{Name: "aardvark", New: made, Overwrite: true}))

	mistral.Overwrite = true
	mistral.Prefixes = []string{"ministral-"}
	require.NoError(t, provider.Register(mistral))
	_, _, err = provider.Resolve("mistral-large")
	require.Error(t, err, "the prefixes of the one before went with it")
	_, _, err = provider.Resolve("ministral-3b")
	require.NoError(t, err)
}

// The hot path of a call.
func TestResolveAllocatesNothing(t *testing.T) {
	for _, model := range []string{"gpt-5-mini", "claude-opus-4-7", "openai/x"} {
		require.Zero(t, testing.AllocsPerRun(100, func() { _, _, _ = provider.Resolve(model) }), model)
	}
}
