package schema_test

import (
	"go/importer"
	"go/token"
	"go/types"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/schema"
)

// Types that were not written for us: each gets a valid schema, or a reason why it has none.
func TestTypesOfTheStandardLibrary(t *testing.T) { // F36, F39
	fset := token.NewFileSet()
	imp := importer.ForCompiler(fset, "gc", nil)
	passed, refused := 0, 0
	for _, path := range []string{
		"archive/tar", "crypto/tls", "crypto/x509", "debug/elf", "encoding/json", "go/ast", "go/build", "log/slog", "net", "net/http", "os", "regexp", "time",
	} {
		pkg, err := imp.Import(path)
		require.NoError(t, err)
		var problems []schema.Problem
		own := types.NewPackage("example.com/m", "m")
		g := schema.New(schema.Config{
			Package: own, Fset: fset,
			Doc:       func(types.Object) string { return "" },
			Directive: func(*types.TypeName) (string, bool) { return "", false },
			Constant:  func(*types.Func) (string, bool) { return "", false },
			Report:    func(p schema.Problem) { problems = append(problems, p) },
		})
		codecs := g.NewCodecs(func(string) bool { return true })
		for _, name := range pkg.Scope().Names() {
			obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || !obj.Exported() {
				continue
			}
			if named, ok := obj.Type().(*types.Named); ok && named.TypeParams().Len() > 0 {
				continue
			}
			problems = nil
			out := g.Output(obj.Type(), token.NoPos)
			_ = codecs.Of(obj.Type(), token.NoPos)
			if len(problems) > 0 {
				refused++
				for _, p := range problems {
					require.NotEmpty(t, p.Message, obj)
					require.NotEmpty(t, p.Hint, obj)
				}
				continue
			}
			passed++
			require.NoError(t, schema.Compile(out.Schema.JSON), obj)
		}
	}
	t.Logf("%d types have a schema, %d are refused", passed, refused)
	require.Greater(t, passed, 100)
	require.Greater(t, refused, 100)
}
