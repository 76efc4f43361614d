package provider_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	_ "github.com/alloygen/alloygen/runtime/provider/anthropic"
	_ "github.com/alloygen/alloygen/runtime/provider/gemini"
	_ "github.com/alloygen/alloygen/runtime/provider/offline"
	_ "github.com/alloygen/alloygen/runtime/provider/ollama"
	_ "github.com/alloygen/alloygen/runtime/provider/openai"
)

var row = regexp.MustCompile("(?m)^\\| `([a-z]+/[^`]+)` \\| (.+) \\|$")

// F153
func TestPublishedCapabilities(t *testing.T) {
	doc, err := os.ReadFile("../../docs/providers.md")
	require.NoError(t, err)
	published := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(string(doc), -1) {
		name, model, err := provider.Resolve(m[1])
		require.NoError(t, err)
		registered, linked := provider.Lookup(name)
		require.True(t, linked, name)
		c := registered.Capabilities(model)
		var words []string
		for _, can := range []bool{c.Tools, c.Schema, c.SchemaWithTools, c.Images, c.Documents, c.Audio, c.Stream, c.Temperature} {
			words = append(words, map[bool]string{true: "yes", false: "no"}[can])
		}
		require.Equal(t, m[2], strings.Join(words, " | "), m[1])
		published[name] = true
	}
	for _, name := range []string{"openai", "anthropic", "gemini", "ollama", "offline"} {
		require.True(t, published[name], "the table has nothing of %s", name)
	}
}
