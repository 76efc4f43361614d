package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a stream runs through, and what is generated, starts no goroutine and makes no channel: a stream runs in the goroutine of
// its reader, so that one that is left, or forgotten, leaves nothing behind.
func TestNoGoroutinesInStreams(t *testing.T) {
	files := []string{"../../runtime/stream.go", "../../runtime/items.go", "../../runtime/sink.go", "../../runtime/streamtimeout.go",
		"../../runtime/ask.go", "../../runtime/exchange.go"}
	for _, pattern := range []string{"../../testdata/golden/*/alloy_gen*.go", "../../examples/*/alloy_gen*.go",
		"../../runtime/provider/*/*.go", "../../runtime/provider/internal/wire/*.go"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		files = append(files, found...)
	}
	files = slices.DeleteFunc(files, func(name string) bool {
		test, _ := filepath.Match("*_test.go", filepath.Base(name))
		return test || filepath.Base(filepath.Dir(name)) == "vendortest"
	})
	fset := token.NewFileSet()
	for _, name := range files {
		f, err := parser.ParseFile(fset, name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.GoStmt, *ast.ChanType, *ast.SelectStmt, *ast.SendStmt:
				t.Errorf("%s: %T", fset.Position(n.Pos()), n)
			}
			return true
		})
	}
}
