package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"
)

// The golden requests of the providers' own tests fit what the vendors publish of their APIs: folder published has it as JSON
// Schema, and make.mjs there says where it comes from. Ollama publishes no such description of its own API in a form that can be had.
func TestPublishedDescriptions(t *testing.T) {
	const newer = "newer than the description"
	for _, tc := range []struct {
		schema, golden string
		apart          map[string]string // golden requests that do not fit, or places in all of them, and why
	}{
		{"openai-chat", "openai/testdata/golden", map[string]string{"extra.json": "options that a caller made up"}},
		{"openai-responses", "openai/testdata/golden/responses", map[string]string{"extra.json": "options that a caller made up"}},
		{"anthropic", "anthropic/testdata/golden", map[string]string{"extra.json": "options that a caller made up", "/output_config": newer}},
		{"gemini", "gemini/testdata/golden", map[string]string{"extra.json": "options that a caller made up",
			"/generationConfig/thinkingConfig/thinkingLevel": newer}},
	} {
		t.Run(tc.schema, func(t *testing.T) {
			schema, err := jsonschema.Compile(filepath.Join("published", tc.schema+".json"))
			require.NoError(t, err)
			files, err := filepath.Glob(filepath.Join("..", "runtime", "provider", tc.golden, "*.json"))
			require.NoError(t, err)
			require.Greater(t, len(files), 5)
			used := map[string]bool{}
			for _, file := range files {
				name := filepath.Base(file)
				if tc.apart[name] != "" {
					used[name] = true
					continue
				}
				data, err := os.ReadFile(file)
				require.NoError(t, err)
				var request any
				require.NoError(t, json.Unmarshal(data, &request))
				for path := range tc.apart {
					if remove(request, strings.Split(strings.TrimPrefix(path, "/"), "/")) {
						used[path] = true
					}
				}
				if err := schema.Validate(request); err != nil {
					t.Errorf("%s: %#v", name, err)
				}
			}
			for what := range tc.apart {
				require.True(t, used[what], "nothing is apart at %s any more", what)
			}
		})
	}
}

// remove takes a place out of a value, and reports whether it was there.
func remove(value any, path []string) bool {
	object, ok := value.(map[string]any)
	if !ok {
		return false
	}
	inner, ok := object[path[0]]
	if !ok {
		return false
	}
	if len(path) > 1 {
		return remove(inner, path[1:])
	}
	delete(object, path[0])
	return true
}
