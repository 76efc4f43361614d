package alloy

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What package alloy imports, every user's program carries. testdata/deps.txt lists all of it but the standard library; a
// line more needs a reason.
func TestImportsAreTheCommittedOnes(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	require.NoError(t, err)
	imports := strings.Fields(string(out))
	slices.Sort(imports)
	committed, err := os.ReadFile("testdata/deps.txt")
	require.NoError(t, err)
	require.Equal(t, strings.Fields(string(committed)), imports)
}

// Packages of the standard library that are large, or that run at init, and that nothing here needs.
func TestNoHeavyImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	imports := strings.Fields(string(out))
	for _, heavy := range []string{"text/template", "html/template", "go/ast", "go/types", "testing", "flag", "database/sql", "expvar", "net/http/pprof"} {
		require.NotContains(t, imports, heavy)
	}
}
