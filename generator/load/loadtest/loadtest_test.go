package loadtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/load/loadtest"
)

func TestLoad(t *testing.T) {
	r := loadtest.Load(t, `
-- m.go --
package m

import (
	"strings"
	"unsafe"

	"example.com/m/sub"
	"github.com/someone/else/v2"
)

var _ = strings.ToUpper(sub.Name) + other.Name

const size = unsafe.Sizeof(0)
-- m_test.go --
package m

import "testing"

func TestM(t *testing.T) {}
-- x_test.go --
package m_test

import _ "example.com/m"
-- sub/sub.go --
package sub

const Name = "sub"
-- sub/data/x.md --
x
-- github.com/someone/else/v2/o.go --
package other

const Name = 1
`)
	var paths []string
	for _, p := range r.Packages {
		paths = append(paths, p.Path)
	}
	require.Equal(t, []string{"example.com/m", "example.com/m/sub", "example.com/m_test", "github.com/someone/else/v2"}, paths)
	require.Len(t, r.Packages[0].Files, 2)
	require.True(t, r.Packages[2].External)
	require.Contains(t, r.Diagnostics.Error(), "/m/m.go:11:9: invalid operation")
	content, err := r.Packages[1].ReadFile("data/x.md")
	require.NoError(t, err)
	require.Equal(t, "x\n", string(content))
}

func TestBroken(t *testing.T) {
	r := loadtest.Load(t, "package m\n\nimport \"example.com/m/none\"\n\nfunc f( {}\n")
	require.Contains(t, r.Diagnostics.Error(), "/m/m.go:5:")
	require.Contains(t, r.Diagnostics.Error(), "could not import example.com/m/none")
}

func TestCycle(t *testing.T) {
	r := loadtest.Load(t, "-- a/a.go --\npackage a\n\nimport _ \"example.com/m/b\"\n-- b/b.go --\npackage b\n\nimport _ \"example.com/m/a\"\n")
	require.Contains(t, r.Diagnostics.Error(), "import cycle through example.com/m/a")
}
