package diag_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/diag"
)

func at(file string, line, col int) token.Position {
	return token.Position{Filename: file, Line: line, Column: col}
}

func sample() diag.List {
	var l diag.List
	l.Addf(at("/m/b.go", 2, 1), diag.InvalidValue, "second %s", "file")
	l.Add(at("/m/a.go", 10, 3), diag.UnknownKey, `no "key", 100%`, "one\ntwo")
	l.Add(at("/m/a.go", 2, 7), diag.UnknownKey, "later column", "")
	l.Add(at("/m/a.go", 2, 5), diag.UnknownKey, "z", "")
	l.Add(at("/m/a.go", 2, 5), diag.UnknownKey, "a", "")
	l.Add(token.Position{Filename: "/m/a.go", Offset: 9, Line: 2, Column: 5}, diag.UnknownKey, "a", "")
	l.Add(token.Position{}, diag.ListError, "no place", "")
	l.Add(token.Position{Filename: "/else/c.go"}, diag.ListError, "no line", "")
	return l
}

func TestPrint(t *testing.T) {
	tests := map[diag.Format]string{
		diag.Text: `no place
/else/c.go: no line
a.go:2:5: a
a.go:2:5: z
a.go:2:7: later column
a.go:10:3: no "key", 100%
	hint: one
	      two
b.go:2:1: second file
`,
		diag.GitHub: `::error title=alloygen list-error::no place
::error file=/else/c.go,title=alloygen list-error::no line
::error file=a.go,line=2,col=5,title=alloygen unknown-key::a
::error file=a.go,line=2,col=5,title=alloygen unknown-key::z
::error file=a.go,line=2,col=7,title=alloygen unknown-key::later column
::error file=a.go,line=10,col=3,title=alloygen unknown-key::no "key", 100%25%0Ahint: one%0Atwo
::error file=b.go,line=2,col=1,title=alloygen invalid-value::second file
`,
	}
	for format, want := range tests {
		var b bytes.Buffer
		require.NoError(t, sample().Print(&b, format, "/m"))
		require.Equal(t, want, b.String())
	}
	require.Error(t, sample().Print(&bytes.Buffer{}, "yaml", ""))
}

func TestPrintJSON(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, sample()[1:2].Print(&b, diag.JSON, "/m"))
	require.JSONEq(t, `[{"file":"a.go","line":10,"column":3,"code":"unknown-key","message":"no \"key\", 100%","hint":"one\ntwo"}]`, b.String())

	b.Reset()
	require.NoError(t, diag.List(nil).Print(&b, diag.JSON, "/m"))
	var none []any
	require.NoError(t, json.Unmarshal(b.Bytes(), &none))
	require.NotNil(t, none, "an empty list is an array")
}

func TestErr(t *testing.T) {
	require.NoError(t, diag.List(nil).Err())
	require.EqualError(t, sample()[1:2].Err(), "/m/a.go:10:3: no \"key\", 100%\n\thint: one\n\t      two")
	require.Equal(t, "/m/a.go:10:3: no \"key\", 100%\n\thint: one\n\t      two", sample()[1].String())
}

// Every code has an explanation, and only one.
func TestCodes(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	require.NoError(t, err)
	explained := map[diag.Code]string{}
	for _, e := range diag.Codes() {
		explained[e.Code] = e.Text
	}
	seen := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Code" {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			require.False(t, seen[code], code)
			seen[code] = true
			require.NotEmpty(t, explained[diag.Code(code)], code)
		}
		return true
	})
	require.Len(t, diag.Codes(), len(seen))
}
