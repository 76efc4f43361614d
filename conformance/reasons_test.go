package conformance

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
)

// constants are the values of a type in a package of an SDK.
func constants(t *testing.T, pkg, name string) (values []string) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", pkg).Output()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range f.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				spec := spec.(*ast.ValueSpec)
				if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != name {
					continue
				}
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				values = append(values, value)
			}
		}
	}
	require.Greater(t, len(values), 4, "the SDK has them elsewhere now")
	return values
}

// X38: every reason for which a model may stop, by the vendor's SDK, is known.
func TestEveryFinishReason(t *testing.T) {
	known := func(t *testing.T, p provider.Provider, req *provider.Request) {
		t.Helper()
		if _, err := p.Do(t.Context(), req, nil); err != nil {
			require.NotContains(t, err.Error(), "unknown")
		}
	}
	for _, reason := range constants(t, "github.com/anthropics/anthropic-sdk-go", "StopReason") {
		t.Run("anthropic/"+reason, func(t *testing.T) {
			_, ours := anthropicPair(t, record(t, 200, fmt.Appendf(nil, `{"content":[{"type":"text","text":"x"}],"stop_reason":%q}`, reason)))
			known(t, ours, typedCall(anthropicModel, nil))
		})
	}
	for _, reason := range constants(t, "google.golang.org/genai", "FinishReason") {
		t.Run("gemini/"+reason, func(t *testing.T) {
			_, ours := geminiPair(t, record(t, 200, fmt.Appendf(nil,
				`{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":%q,"continuationToken":"t"}]}`, reason)))
			known(t, ours, typedCall(geminiModel, nil))
		})
	}
}

// Every effort that the vendor's SDK knows is one that some model of the vendor is sent.
func TestEveryEffort(t *testing.T) {
	for _, effort := range constants(t, "github.com/anthropics/anthropic-sdk-go", "OutputConfigEffort") {
		r := record(t, 200, reply(t, "anthropic-text"))
		_, ours := anthropicPair(t, r)
		req := typedCall(anthropicModel, nil)
		req.Settings.Effort = effort
		_, err := ours.Do(t.Context(), req, nil)
		require.NoError(t, err)
		require.Equal(t, map[string]any{"effort": effort}, r.requests[0].body.(map[string]any)["output_config"])
	}
}
