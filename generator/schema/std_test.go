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
		"archive/tar", "archive/zip", "crypto/tls", "crypto/x509", "crypto/x509/pkix", "database/sql", "debug/buildinfo", "debug/dwarf", "debug/elf", "encoding/asn1",
		"encoding/json", "encoding/xml", "expvar", "go/ast", "go/build", "go/doc", "go/types", "image", "log/slog", "mime/multipart", "net", "net/http", "net/mail", "net/netip",
		"net/url", "os", "reflect", "regexp", "runtime/debug", "text/template/parse", "time",
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
