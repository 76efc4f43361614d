package load_test

import (
	"go/types"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/load"
	"github.com/alloygen/alloygen/generator/load/loadtest"
)

const documented = `
-- m.go --
package m

import (
	"example.com/m/dep"
	"net/http"
	"time"
)

//alloy:command
func f(dep.Order, http.Cookie, time.Month) string { return "" }

// Embeds is local.
type Embeds struct {
	*dep.Order // the order
	// Lines are nested.
	Lines []struct {
		N int // how many
	}
}
-- dep/dep.go --
package dep

// Order is what
// a customer bought.
//
//alloy:schema {}
type Order struct {
	// ID is the number.
	ID, Alias string // four digits
	Plain     int
	inner     struct {
		Deep bool // deep down
	}
}

// Priorities of all kinds.
const (
	Low  = "low" // no hurry
	// High is above Low.
	High = "high"
)

// Both holds for the two.
const One, Two = 1, 2

type (
	// Grouped is in a group.
	Grouped int // with a remark
)

// Reader reads.
type Reader interface {
	// Read does it.
	Read() string // at once
}

// Do does.
func (Order) Do() {}
`

// The comments are the same whether a package was loaded from source or from export data.
func TestDocs(t *testing.T) {
	for name, r := range map[string]*load.Result{"source": loadtest.Load(t, documented), "export data": run(t, documented, ".")} {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, r.Diagnostics)
			m := r.Packages[0]
			dep := imported(t, m.Types, "example.com/m/dep")
			scope := dep.Scope()
			order := scope.Lookup("Order")
			fields := order.Type().Underlying().(*types.Struct)

			doc := m.Docs.Doc(order)
			require.Equal(t, "Order is what\na customer bought.", doc.Text)
			require.Len(t, doc.Directives, 1)
			require.Equal(t, "//alloy:schema {}", doc.Directives[0].Text)
			require.Equal(t, 6, doc.Directives[0].Pos.Line)

			for i, want := range []load.Doc{
				{Text: "ID is the number.", Line: "four digits"}, {Text: "ID is the number.", Line: "four digits"}, {}, {},
			} {
				require.Equal(t, want, m.Docs.Doc(fields.Field(i)), fields.Field(i).Name())
			}
			deep := fields.Field(3).Type().(*types.Struct).Field(0)
			require.Equal(t, "deep down", m.Docs.Doc(deep).Line)

			require.Equal(t, load.Doc{Line: "no hurry"}, m.Docs.Doc(scope.Lookup("Low")))
			require.Equal(t, load.Doc{Text: "High is above Low."}, m.Docs.Doc(scope.Lookup("High")))
			require.Equal(t, "Both holds for the two.", m.Docs.Doc(scope.Lookup("Two")).Text)
			require.Equal(t, load.Doc{Text: "Grouped is in a group.", Line: "with a remark"}, m.Docs.Doc(scope.Lookup("Grouped")))
			read := scope.Lookup("Reader").Type().Underlying().(*types.Interface).Method(0)
			require.Equal(t, load.Doc{Text: "Read does it.", Line: "at once"}, m.Docs.Doc(read))
			do, _, _ := types.LookupFieldOrMethod(order.Type(), true, dep, "Do")
			require.Equal(t, "Do does.", m.Docs.Doc(do).Text)

			embeds := m.Types.Scope().Lookup("Embeds").Type().Underlying().(*types.Struct)
			require.Equal(t, "the order", m.Docs.Doc(embeds.Field(0)).Line)
			require.Equal(t, "Lines are nested.", m.Docs.Doc(embeds.Field(1)).Text)

			month := imported(t, m.Types, "time").Scope().Lookup("Month")
			require.Contains(t, m.Docs.Doc(month).Text, "A Month specifies a month of the year")
			cookie := imported(t, m.Types, "net/http").Scope().Lookup("Cookie").Type().Underlying().(*types.Struct)
			require.Contains(t, m.Docs.Doc(cookie.Field(1)).Line+m.Docs.Doc(cookie.Field(2)).Line, "quoted")

			require.Empty(t, m.Docs.Doc(nil))
			require.Empty(t, m.Docs.Doc(types.Universe.Lookup("error")))
		})
	}
}

func imported(t *testing.T, pkg *types.Package, path string) *types.Package {
	t.Helper()
	for _, p := range pkg.Imports() {
		if p.Path() == path {
			return p
		}
	}
	t.Fatalf("%s does not import %s", pkg.Path(), path)
	return nil
}

func TestReadFile(t *testing.T) {
	r := run(t, "-- m.go --\npackage m\n\n//alloy:command\nfunc f() string { return \"\" }\n-- sub/x.md --\nx\n")
	content, err := r.Packages[0].ReadFile("sub/x.md")
	require.NoError(t, err)
	require.Equal(t, "x\n", string(content))
	outside := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(outside, []byte("x"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(r.Packages[0].Dir, "link")))
	for _, name := range []string{"../x", outside, "link", "none"} {
		_, err = r.Packages[0].ReadFile(name)
		require.Error(t, err, name)
	}
}
