package generator

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/generator/emit"
	"github.com/alloygen/alloygen/generator/load"
)

const ours = load.Header + "\n"

func TestHeaderIsKnownToTheLoader(t *testing.T) {
	require.Equal(t, load.Header, emit.Header)
}

func TestApplyWritesOnlyWhatChanged(t *testing.T) {
	dir := t.TempDir()
	same, stale, gone, fresh := filepath.Join(dir, "a.go"), filepath.Join(dir, "b.go"), filepath.Join(dir, "c.go"), filepath.Join(dir, "d.go")
	for _, path := range []string{same, stale, gone} {
		require.NoError(t, os.WriteFile(path, []byte(ours+"package p\n"), 0o600))
	}
	before, err := os.Stat(same)
	require.NoError(t, err)

	changes, err := plan([]File{
		{Path: same, Content: []byte(ours + "package p\n")}, {Path: stale, Content: []byte(ours + "package q\n")}, {Path: fresh, Content: []byte(ours)},
	}, []string{gone})
	require.NoError(t, err)
	verbs := map[string]string{}
	for _, c := range changes {
		verbs[filepath.Base(c.Path)] = c.Verb()
	}
	require.Equal(t, map[string]string{"b.go": "update", "c.go": "remove", "d.go": "create"}, verbs)

	require.NoError(t, Apply(changes))
	after, err := os.Stat(same)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after))
	require.NoFileExists(t, gone)
	updated, err := os.Stat(stale)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, updated.Mode().Perm(), "permissions stay")
	require.Equal(t, []string{"a.go", "b.go", "d.go"}, names(t, dir), "no temporary file is left")

	changes, err = plan([]File{{Path: stale, Content: []byte(ours + "package q\n")}}, nil)
	require.NoError(t, err)
	require.Empty(t, changes)
}

func TestApplyAllOrNone(t *testing.T) {
	dir := t.TempDir()
	first, blocked := filepath.Join(dir, "a.go"), filepath.Join(dir, "b.go")
	require.NoError(t, os.WriteFile(first, []byte("old"), 0o644))
	require.NoError(t, os.MkdirAll(filepath.Join(blocked, "in the way"), 0o755))

	err := Apply([]Change{
		{Path: first, Old: []byte("old"), New: []byte("new")},
		{Path: filepath.Join(dir, "aa.go"), New: []byte("new")},
		{Path: blocked, New: []byte("new")},
	})
	require.Error(t, err)
	content, err := os.ReadFile(first)
	require.NoError(t, err)
	require.Equal(t, "old", string(content))
	require.Equal(t, []string{"a.go", "b.go"}, names(t, dir))

	err = Apply([]Change{
		{Path: first, Old: []byte("old"), New: []byte("new")},
		{Path: filepath.Join(dir, "missing", "b.go"), New: []byte("new")},
	})
	require.Error(t, err)
	content, err = os.ReadFile(first)
	require.NoError(t, err)
	require.Equal(t, "old", string(content), "nothing is replaced before all is written")
}

func TestPlanSparesFilesOfOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alloy_gen.go")
	require.NoError(t, os.WriteFile(path, []byte("package p // by hand\n"), 0o644))
	_, err := plan([]File{{Path: path, Content: []byte(ours)}}, nil)
	require.ErrorContains(t, err, "was not written by alloygen")

	path = filepath.Join(t.TempDir(), load.DocumentFile)
	document := []byte(`{"x-comment":"` + load.Comment + `"}`)
	require.NoError(t, os.WriteFile(path, []byte(`{"openapi":"3.0.0"}`), 0o644))
	_, err = plan([]File{{Path: path, Content: document}}, nil)
	require.ErrorContains(t, err, "was not written by alloygen")
	require.NoError(t, os.WriteFile(path, append(document, '\n'), 0o644))
	changes, err := plan([]File{{Path: path, Content: document}}, nil)
	require.NoError(t, err)
	require.Len(t, changes, 1)
}

func TestObsoleteKeepsWhatAnotherBuildNeeds(t *testing.T) {
	dir := t.TempDir()
	var generated []string
	for name, line := range map[string]string{"alloy_gen.go": "", "alloy_linux_gen.go": "//go:build linux\n", "alloy_windows_gen.go": "//go:build windows\n", "alloy_gen_test.go": ""} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(ours+"\n"+line+"\npackage p\n"), 0o644))
		generated = append(generated, path)
	}
	paths, err := obsolete(generated, []File{{Path: filepath.Join(dir, "alloy_gen_test.go")}}, []load.Skipped{{Path: filepath.Join(dir, "x_windows.go"), Constraint: "windows"}})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{filepath.Join(dir, "alloy_gen.go"), filepath.Join(dir, "alloy_linux_gen.go")}, paths)
}

func TestDiff(t *testing.T) {
	old := "a\nb\nc\nd\ne\nf\ng\nh\ni\n"
	c := Change{Old: []byte(old), New: []byte(strings.Replace(old, "e\n", "E\nE\n", 1))}
	require.Equal(t, `--- a/x.go
+++ b/x.go
@@ -2,7 +2,8 @@
 b
 c
 d
-e
+E
+E
 f
 g
 h
`, c.Diff("x.go"))
	require.Equal(t, "--- /dev/null\n+++ b/x.go\n@@ -0,0 +1,1 @@\n+a\n\\ No newline at end of file\n", Change{New: []byte("a")}.Diff("x.go"))
	require.Equal(t, "--- a/x.go\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n", Change{Old: []byte("a\nb\n")}.Diff("x.go"))
}

// git, which every machine with alloygen's source has, applies the diff and gets the new file.
func TestDiffApplies(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("needs git")
	}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a\n", "b\n", "c\n", "}\n", "\n"}), 1, 30).Draw(t, "lines"), "")
		})
		old, updated := text.Draw(rt, "old"), text.Draw(rt, "new")
		if old == updated {
			return
		}
		dir := t.TempDir()
		require.NoError(rt, os.WriteFile(filepath.Join(dir, "x.go"), []byte(old), 0o644))
		cmd := exec.Command(git, "apply", "--whitespace=nowarn", "-")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
		cmd.Stdin = strings.NewReader(Change{Old: []byte(old), New: []byte(updated)}.Diff("x.go"))
		out, err := cmd.CombinedOutput()
		require.NoError(rt, err, "%s", out)
		got, err := os.ReadFile(filepath.Join(dir, "x.go"))
		require.NoError(rt, err)
		require.Equal(rt, updated, string(got))
	})
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}
