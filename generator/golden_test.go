package generator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/alloygen/alloygen/generator"
	"github.com/alloygen/alloygen/generator/model"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const goldenDir = "../testdata/golden"

// golden is one run over the whole golden module.
var golden = sync.OnceValues(func() (*generator.Result, error) { return generateGolden("./...") })

func generateGolden(patterns ...string) (*generator.Result, error) {
	return generator.Generate(context.Background(), generator.Options{Dir: goldenDir, Patterns: patterns, Reformat: true})
}

// TestGolden compares what is generated for the packages in testdata/golden, and their models, with what is there.
func TestGolden(t *testing.T) { // F7, F8, F36, F37, F41, F95
	result, err := golden()
	require.NoError(t, err)
	require.NoError(t, result.Diagnostics.Err())
	require.Greater(t, len(result.Packages), 12)
	if *update {
		require.NoError(t, generator.Apply(result.Changes))
	} else {
		for _, c := range result.Changes {
			t.Errorf("%s is not as generated; go test ./generator -update rewrites it:\n%s", c.Path, c.Diff(filepath.Base(c.Path)))
		}
	}
	for _, p := range result.Packages {
		path := filepath.Join(goldenDir, p.Dir, p.Name+".model.json")
		want, err := os.ReadFile(path)
		got := modelJSON(t, p)
		switch {
		case *update:
			require.NoError(t, os.WriteFile(path, got, 0o644))
		case err != nil || !bytes.Equal(want, got):
			t.Errorf("%s is not the model of %s; go test ./generator -update rewrites it", path, p.Path)
		}
	}
}

func modelJSON(t *testing.T, p model.Package) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	require.NoError(t, enc.Encode(p))
	return b.Bytes()
}

// TestGoldenPrograms compiles, vets, lints and runs what was generated.
func TestGoldenPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a module")
	}
	where := exec.Command("go", "tool", "-n", "staticcheck") // builds it, and may tell of downloads on the way
	where.Dir = ".."
	path, err := where.Output()
	require.NoError(t, err)
	staticcheck := strings.TrimSpace(string(path))
	for _, tool := range [][]string{{"go", "vet", "./..."}, {"go", "test", "./..."}, {staticcheck, "./..."}} {
		t.Run(filepath.Base(tool[0])+" "+tool[1], func(t *testing.T) { command(t, goldenDir, tool[0], tool[1:]...) })
	}
}

func command(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s\n%s", name, strings.Join(args, " "), out)
	return out
}

// TestSameBytesAlone generates packages without those whose tools and commands they offer, as go generate does.
func TestSameBytesAlone(t *testing.T) {
	result, err := generateGolden("./tools", "./codecs")
	require.NoError(t, err)
	require.NoError(t, result.Diagnostics.Err())
	require.Len(t, result.Packages, 2)
	for _, c := range result.Changes {
		t.Error(c.Diff(c.Path))
	}
}

// A tool of another package can be offered before that package is generated: go generate takes one after the other.
func TestToolOfAPackageToBeGenerated(t *testing.T) {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	dir := unpack(t, txtar.Parse([]byte(`
-- a.go --
package a

import "example.com/refused/lib"

type T = lib.T

//alloy:command
//alloy:tools lib.find
func ask(text string) string { return text }
-- lib/lib.go --
package lib

import "github.com/alloygen/alloygen/runtime"

type T struct{ Tool alloy.Tool }

//alloy:tool
func find(text string) string { return text }
`)), root)
	alone, err := generator.Generate(t.Context(), generator.Options{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, alone.Diagnostics.Err())
	together, err := generator.Generate(t.Context(), generator.Options{Dir: dir, Patterns: []string{"./..."}})
	require.NoError(t, err)
	require.Len(t, alone.Files, 1)
	require.Equal(t, string(together.Files[0].Content), string(alone.Files[0].Content))
}

// TestSameBytesEverywhere generates twenty times, with one processor and with all of them.
func TestSameBytesEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("generates twenty times")
	}
	patterns := []string{"./codecs", "./tools/...", "./torture"}
	want, err := generateGolden(patterns...)
	require.NoError(t, err)
	all := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(all)
	for i := range 20 {
		runtime.GOMAXPROCS([]int{1, max(all, 4)}[i%2])
		got, err := generateGolden(patterns...)
		require.NoError(t, err)
		require.Equal(t, len(want.Files), len(got.Files))
		for j := range want.Files {
			require.Equal(t, want.Files[j].Path, got.Files[j].Path)
			require.True(t, bytes.Equal(want.Files[j].Content, got.Files[j].Content), want.Files[j].Path)
		}
		require.Equal(t, want.Packages, got.Packages)
	}
}

// TestRefused runs the archives in testdata/refused: a module, and the exact errors that it is refused with. No file may
// be written for it.
func TestRefused(t *testing.T) {
	archives, err := filepath.Glob("../testdata/refused/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, archives)
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			require.NoError(t, err)
			dir := unpack(t, archive, root)
			result, err := generator.Generate(t.Context(), generator.Options{Dir: dir, Patterns: []string{"./..."}})
			require.NoError(t, err)
			require.Empty(t, result.Files)
			require.Empty(t, result.Changes)
			var got bytes.Buffer
			require.NoError(t, result.Diagnostics.Print(&got, "text", dir))
			require.NotEmpty(t, got.String(), "the input is not refused")
			if *update {
				writeErrors(t, path, archive, got.Bytes())
				return
			}
			require.Equal(t, string(file(archive, "errors")), got.String())
		})
	}
}

// unpack makes an archive into a module that uses this checkout.
func unpack(t *testing.T, archive *txtar.Archive, root string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	mod, err := os.ReadFile(filepath.Join(root, "testdata/golden/go.mod")) // it requires what every user's module does
	require.NoError(t, err)
	mod = bytes.Replace(mod, []byte("module github.com/alloygen/alloygen/testdata/golden\n"), []byte("module example.com/refused\n"), 1)
	mod = bytes.Replace(mod, []byte("=> ../..\n"), []byte("=> "+root+"\n"), 1)
	sum, err := os.ReadFile(filepath.Join(root, "testdata/golden/go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), mod, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644))
	for _, f := range archive.Files {
		if f.Name == "errors" {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, f.Data, 0o644))
	}
	return dir
}

func file(archive *txtar.Archive, name string) []byte {
	for _, f := range archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func writeErrors(t *testing.T, path string, archive *txtar.Archive, errors []byte) {
	t.Helper()
	out := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		if f.Name != "errors" {
			out.Files = append(out.Files, f)
		}
	}
	out.Files = append(out.Files, txtar.File{Name: "errors", Data: errors})
	require.NoError(t, os.WriteFile(path, txtar.Format(out), 0o644))
}
