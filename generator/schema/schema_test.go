package schema_test

import (
	"encoding/json"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/contract"
	"github.com/alloygen/alloygen/generator/load"
	"github.com/alloygen/alloygen/generator/load/loadtest"
	"github.com/alloygen/alloygen/generator/schema"
)

// generated is a package whose types get schemas.
type generated struct {
	t         *testing.T
	pkg       *load.Package
	generator *schema.Generator
	problems  []schema.Problem
}

// generate reads a text as loadtest does.
func generate(t *testing.T, text string) *generated {
	t.Helper()
	loaded := loadtest.Load(t, text)
	require.NoError(t, loaded.Diagnostics.Err())
	g := &generated{t: t}
	for _, p := range loaded.Packages {
		if p.Path == loadtest.Module {
			g.pkg = p
		}
	}
	g.generator = schema.New(schema.Config{
		Package: g.pkg.Types, Fset: g.pkg.Fset,
		Doc: func(obj types.Object) string {
			if contract.IsStandard(obj.Pkg().Path()) {
				return ""
			}
			d := g.pkg.Docs.Doc(obj)
			return strings.TrimSpace(d.Text + "\n" + d.Line)
		},
		Directive: func(obj *types.TypeName) (string, bool) {
			text, ok := directives[obj.Name()]
			return text, ok
		},
		Constant: func(*types.Func) (string, bool) { return "", false },
		Report:   func(p schema.Problem) { g.problems = append(g.problems, p) },
	})
	return g
}

// directives stand for schema directives, by the name of the type.
var directives = map[string]string{
	"Money":   `{"type": "string", "pattern": "^[0-9]+ EUR$"}`,
	"Local":   `{"items": {"$ref": "#/x"}, "x": {}}`,
	"WithID":  `{"$id": "https://example.com/id", "$ref": "#/$defs/x", "$defs": {"x": {"type": "string"}}}`,
	"Broken":  `{"type": `,
	"OwnList": `["string"]`,
	"OwnTwo":  `{} {}`,
	"Wrong":   `{"type": "strong"}`,
}

func (g *generated) typ(name string) types.Type {
	g.t.Helper()
	obj := g.pkg.Types.Scope().Lookup(name)
	require.NotNil(g.t, obj, name)
	return obj.Type()
}

func (g *generated) output(name string) (schema.Output, []schema.Problem) {
	g.problems = nil
	out := g.generator.Output(g.typ(name), token.NoPos)
	return out, g.problems
}

// check compares the schema of a type and sees that nothing is wrong with it.
func (g *generated) check(t *testing.T, name, want string) schema.Output {
	t.Helper()
	out, problems := g.output(name)
	require.Empty(t, problems)
	require.JSONEq(t, want, out.Schema.JSON)
	require.NoError(t, schema.Compile(out.Schema.JSON))
	return out
}

// value is the schema of a wrapped root without its definitions.
func value(t *testing.T, out schema.Output) string {
	t.Helper()
	require.True(t, out.Wrapped)
	var root struct {
		Properties struct{ Value json.RawMessage }
	}
	require.NoError(t, json.Unmarshal([]byte(out.Schema.JSON), &root))
	return string(root.Properties.Value)
}

func TestScalarsAndLists(t *testing.T) { // F35, F45, F55
	for _, test := range []struct{ typ, want string }{
		{"string", `{"type":"string"}`},
		{"bool", `{"type":"boolean"}`},
		{"float32", `{"type":"number"}`},
		{"float64", `{"type":"number"}`},
		{"int", `{"type":"integer"}`},
		{"int64", `{"type":"integer"}`},
		{"int8", `{"type":"integer","minimum":-128,"maximum":127}`},
		{"uint8", `{"type":"integer","minimum":0,"maximum":255}`},
		{"uint32", `{"type":"integer","minimum":0,"maximum":4294967295}`},
		{"uint64", `{"type":"integer","minimum":0}`},
		{"[]int", `{"type":"array","items":{"type":"integer"}}`},
		{"[][]int", `{"type":"array","items":{"type":"array","items":{"type":"integer"}}}`},
		{"[3]bool", `{"type":"array","items":{"type":"boolean"},"minItems":3,"maxItems":3}`},
		{"[]byte", `{"type":"string","contentEncoding":"base64"}`},
		{"*int", `{"type":["integer","null"]}`},
		{"[]*int", `{"type":"array","items":{"type":"integer"}}`},
		{"time.Time", `{"type":"string","format":"date-time"}`},
		{"url.URL", `{"type":"string","format":"uri"}`},
		{"time.Duration", `{"type":"string","pattern":"^-?([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$","description":"A duration such as 1h30m or 250ms."}`},
		{"json.Number", `{"type":"number"}`},
		{"netip.Addr", `{"type":"string"}`},
		{"struct{ A int }", ``},
	} {
		t.Run(test.typ, func(t *testing.T) {
			g := generate(t, "package m\nimport (\"encoding/json\"; \"net/netip\"; \"net/url\"; \"time\")\nvar _ json.Number; var _ netip.Addr; var _ url.URL; var _ time.Time\ntype T = "+test.typ+"\n")
			out, problems := g.output("T")
			require.Empty(t, problems)
			if test.want == "" {
				require.False(t, out.Wrapped)
				return
			}
			var got, want map[string]any
			require.NoError(t, json.Unmarshal([]byte(value(t, out)), &got))
			require.NoError(t, json.Unmarshal([]byte(test.want), &want))
			if test.typ == "netip.Addr" {
				delete(got, "description") // its doc comment
			}
			require.Equal(t, want, got)
			require.True(t, out.Schema.Strict)
		})
	}
}
