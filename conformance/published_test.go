package conformance

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// The golden requests of the providers' own tests fit what the vendors publish of their APIs: folder published has it as JSON
// Schema, and make.mjs there says where it comes from; Ollama's is in its Go module.
func TestPublishedDescriptions(t *testing.T) {
	for _, tc := range []struct {
		schema, golden string
		apart          map[string]string // golden requests that do not fit, or places in all of them, and why
	}{
		{"openai-chat", "openai/testdata/golden", map[string]string{"extra.json": "options that a caller made up"}},
		{"openai-responses", "openai/testdata/golden/responses", map[string]string{"extra.json": "options that a caller made up"}},
		{"anthropic", "anthropic/testdata/golden", map[string]string{"extra.json": "options that a caller made up"}},
		{"gemini", "gemini/testdata/golden", map[string]string{"extra.json": "options that a caller made up",
			// In no package of Google's for npm or Go (generativelanguage 4.1.0, cloud.google.com/go/ai 0.13.0). TestGeminiRequests
			// holds it against the SDK.
			"/generationConfig/thinkingConfig/thinkingLevel": "newer than the description"}},
		{"ollama", "ollama/testdata/golden", map[string]string{"extra.json": "options that a caller made up"}},
	} {
		t.Run(tc.schema, func(t *testing.T) {
			schema := published(t, tc.schema)
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

// published is the description of a vendor's requests.
func published(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	if name != "ollama" {
		schema, err := jsonschema.Compile(filepath.Join("published", name+".json"))
		require.NoError(t, err)
		return schema
	}
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/ollama/ollama").Output()
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "docs", "openapi.yaml"))
	require.NoError(t, err)
	var document any
	require.NoError(t, yaml.Unmarshal(data, &document))
	text, err := json.Marshal(document)
	require.NoError(t, err)
	c := jsonschema.NewCompiler() // OpenAPI 3.1 has the schemas of draft 2020-12
	require.NoError(t, c.AddResource("openapi.json", bytes.NewReader(text)))
	schema, err := c.Compile("openapi.json#/components/schemas/ChatRequest")
	require.NoError(t, err)
	return schema
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
