package docs

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	_ "github.com/alloygen/alloygen/runtime/provider/anthropic"
	_ "github.com/alloygen/alloygen/runtime/provider/gemini"
	_ "github.com/alloygen/alloygen/runtime/provider/offline"
	_ "github.com/alloygen/alloygen/runtime/provider/ollama"
	_ "github.com/alloygen/alloygen/runtime/provider/openai"
)

// published are the models in the table of capabilities: of every provider, one of each kind.
var published = []string{
	"openai/gpt-5-mini",
	"openai/gpt-5-chat-latest",
	"openai/gpt-5-pro",
	"openai/o3",
	"openai/o3-mini",
	"openai/o1-mini",
	"openai/gpt-4.1",
	"openai/gpt-4o",
	"openai/gpt-4-turbo",
	"openai/gpt-4",
	"openai/gpt-3.5-turbo",
	"openai/gpt-audio",
	"openai/llama3.2",
	"anthropic/claude-opus-4-7",
	"anthropic/claude-sonnet-5",
	"anthropic/claude-opus-4-6",
	"anthropic/claude-haiku-4-5",
	"anthropic/claude-3-7-sonnet-latest",
	"anthropic/claude-3-haiku-20240307",
	"gemini/gemini-4-argon",
	"gemini/gemini-3.8-flash",
	"gemini/gemini-3.5-flash-lite",
	"gemini/gemini-3.5-flash",
	"gemini/gemini-3.1-pro-preview",
	"gemini/gemini-2.5-pro",
	"gemini/gemini-3-pro-image-preview",
	"gemini/gemini-2.5-flash-image",
	"gemini/gemini-2.5-pro-preview-tts",
	"ollama/llama3.2",
	"ollama/llama3.2-vision",
	"ollama/gpt-oss:20b",
	"ollama/qwen3-vl",
	"ollama/hf.co/bartowski/gemma-2-2b-it-GGUF",
	"offline/offline",
}

// capabilityTable says what the published models can do: a column for each field of Capabilities.
func capabilityTable(t *testing.T) string {
	var b strings.Builder
	kind := reflect.TypeFor[provider.Capabilities]()
	b.WriteString("| model |")
	for i := range kind.NumField() {
		fmt.Fprintf(&b, " %s |", words(kind.Field(i).Name))
	}
	b.WriteString("\n|" + strings.Repeat("---|", kind.NumField()+1) + "\n")
	shown := map[string]bool{}
	for _, model := range published {
		name, vendors, err := provider.Resolve(model)
		require.NoError(t, err)
		registered, linked := provider.Lookup(name)
		require.True(t, linked, name)
		shown[name] = true
		fmt.Fprintf(&b, "| `%s` |", model)
		can := reflect.ValueOf(registered.Capabilities(vendors))
		for i := range kind.NumField() {
			fmt.Fprintf(&b, " %s |", map[bool]string{true: "yes", false: "no"}[can.Field(i).Bool()])
		}
		b.WriteString("\n")
	}
	for _, name := range provider.Registered() {
		require.True(t, shown[name], "the table has nothing of %s", name)
	}
	return b.String()
}

// words is the name of a field as a text has it: SchemaWithTools is schema with tools.
func words(name string) string {
	var b strings.Builder
	for i, c := range name {
		if i > 0 && unicode.IsUpper(c) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
