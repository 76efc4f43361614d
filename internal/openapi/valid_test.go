package openapi

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"
)

// documents are those that the generator has written in this repository.
func documents(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"testdata/golden/*/alloy_openapi.json", "examples/*/alloy_openapi.json"} {
		found, err := filepath.Glob("../../" + pattern)
		require.NoError(t, err)
		all = append(all, found...)
	}
	require.NotEmpty(t, all)
	return all
}

// The documents are what the OpenAPI Initiative's schema of 3.1 wants, and their references lead somewhere: so says the npm package
// @seriousme/openapi-schema-validator, which scripts/openapi-install.sh installs.
func TestDocumentsAreValid(t *testing.T) {
	validator, err := filepath.Abs("../../.tools/openapi/node_modules/.bin/validate-api")
	require.NoError(t, err)
	if _, err := os.Stat(validator); err != nil {
		t.Skip("the validator is not installed: run scripts/openapi-install.sh, which needs npm and a network")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("the validator needs node, which is not installed")
	}
	for _, path := range documents(t) {
		out, err := exec.Command(validator, path).CombinedOutput()
		require.NoError(t, err, "%s: %s", path, out)
	}
	content, err := os.ReadFile(documents(t)[0])
	require.NoError(t, err)
	broken := filepath.Join(t.TempDir(), "broken.json")
	require.NoError(t, os.WriteFile(broken, []byte(strings.Replace(string(content), `"version"`, `"vision"`, 1)), 0o600))
	require.Error(t, exec.Command(validator, broken).Run(), "it can tell")
}

// Every schema in them is one.
func TestSchemasOfDocumentsCompile(t *testing.T) {
	for _, path := range documents(t) {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		doc, err := parse(string(content))
		require.NoError(t, err)
		compiler := jsonschema.NewCompiler()
		compiler.Draft = jsonschema.Draft2020
		require.NoError(t, compiler.AddResource("https://openapi.test/doc.json", strings.NewReader(string(content))))
		found := 0
		var visit func(v any, at string)
		visit = func(v any, at string) {
			o, _ := v.(*object)
			if o == nil {
				return
			}
			for _, m := range o.members {
				inner := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(m.key)
				if m.key == "schema" || strings.HasPrefix(inner, "#/components/schemas/") {
					_, err := compiler.Compile("https://openapi.test/doc.json" + inner)
					require.NoError(t, err)
					found++
					continue
				}
				visit(m.value, inner)
			}
		}
		visit(doc, "#")
		require.Greater(t, found, 10)
	}
}
