package docs

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/directive"
)

var update = flag.Bool("update", false, "rewrite the tables")

// The documents say with a comment before a fenced block where it comes from or where it runs:
//
//	<!-- in examples/quickstart/triage.go -->   these lines stand in that file, which is built and tested
//	<!-- run here -->                           each line runs in a copy of the repository
//	<!-- run in a module -->                    each line runs in a new module that requires this one
//	<!-- make -->                               each line is a target of the Makefile, which CI runs by itself
//	<!-- output of go run ./cmd/alloygen ... --> the block is what that command prints
//
// A block without such a comment is an error, unless its language is text.
var fence = regexp.MustCompile("(?ms)(?:^<!-- ([^\n]*) -->\n+)?^```(\\w*)\n(.*?)^```$")

type block struct {
	file, comment, lang, text string
}

func blocks(t *testing.T) []block {
	t.Helper()
	var all []block
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"} {
		pages = append(pages, filepath.Join(root, name))
	}
	for _, path := range pages {
		file, err := filepath.Rel(root, path)
		require.NoError(t, err)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, m := range fence.FindAllStringSubmatch(string(data), -1) {
			all = append(all, block{file: file, comment: m[1], lang: m[2], text: m[3]})
		}
	}
	require.NotEmpty(t, all)
	return all
}

const root = "../.."

func TestEveryBlockIsTested(t *testing.T) {
	for _, b := range blocks(t) {
		if b.lang == "" || b.lang == "text" {
			continue
		}
		require.NotEmptyf(t, b.comment, "%s: no test knows what to do with this block:\n%s", b.file, b.text)
	}
}

func TestSnippetsStandInTestedFiles(t *testing.T) {
	for _, b := range blocks(t) {
		path, ok := strings.CutPrefix(b.comment, "in ")
		if !ok {
			continue
		}
		source, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		for part := range strings.SplitSeq(b.text, "\n// …\n") { // an ellipsis leaves lines out
			require.Containsf(t, string(source), strings.Trim(part, "\n"), "%s shows lines that %s does not have", b.file, path)
		}
	}
}

func TestMakeTargetsExist(t *testing.T) {
	for _, b := range blocks(t) {
		if b.comment != "make" {
			continue
		}
		for line := range strings.Lines(b.text) {
			command := strings.Fields(line)
			require.Equal(t, "make", command[0])
			out, err := exec.Command("make", append([]string{"-n", "-C", root}, command[1:2]...)...).CombinedOutput()
			require.NoErrorf(t, err, "%s", out)
		}
	}
}

func TestCommandsRunHere(t *testing.T) {
	for _, b := range blocks(t) {
		if b.comment == "run here" {
			runLines(t, root, nil, b.text)
		}
	}
}

func TestCommandsRunInAModule(t *testing.T) {
	abs, err := filepath.Abs(root)
	require.NoError(t, err)
	for _, b := range blocks(t) {
		if b.comment != "run in a module" {
			continue
		}
		dir := t.TempDir()
		write(t, dir, "go.mod", "module example.com/app\n\ngo 1.26\n\nrequire "+module+" v0.0.0\n\nreplace "+module+" => "+abs+"\n")
		sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
		require.NoError(t, err)
		write(t, dir, "go.sum", string(sum))
		require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/app")))
		runLines(t, dir, []string{"GOFLAGS=-mod=mod", "GOPROXY=" + moduleCache(t), "GOSUMDB=off"}, b.text)
	}
}

func TestOutputIsWhatTheCommandPrints(t *testing.T) {
	for _, b := range blocks(t) {
		command, ok := strings.CutPrefix(b.comment, "output of ")
		if !ok {
			continue
		}
		fields := strings.Fields(command)
		cmd := exec.Command(fields[0], fields[1:]...)
		cmd.Dir = root
		out, err := cmd.Output()
		require.NoError(t, err)
		require.Equalf(t, strings.TrimSpace(string(out)), strings.TrimSpace(b.text), "%s: not what %s prints", b.file, command)
	}
}

const module = "github.com/alloygen/alloygen"

func runLines(t *testing.T, dir string, env []string, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "  #")
		if line == "" {
			continue
		}
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = dir
		cmd.Env = append(append(os.Environ(), "ALLOY_BACKEND=offline"), env...)
		out, err := cmd.CombinedOutput()
		require.NoErrorf(t, err, "%s\n%s", line, out)
	}
}

// moduleCache is where modules come from in these tests: what this module needs has been downloaded before.
func moduleCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	require.NoError(t, err)
	return "file://" + filepath.ToSlash(strings.TrimSpace(string(out))) + "/cache/download"
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
}

// TestTables keeps the tables of the documents equal to the code.
func TestTables(t *testing.T) {
	table(t, "README.md", "directives", directiveTable())
	table(t, "docs/answers.md", "repairs", repairTable(t))
	table(t, "docs/providers.md", "capabilities", capabilityTable(t)) // F153
}

// table compares what stands in a document between two comments with want, or puts it there.
func table(t *testing.T, file, name, want string) {
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	path := filepath.Join(root, file)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(text), begin)
	require.True(t, ok)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok)
	want = before + begin + want + end + after
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(text), "run go test ./internal/docs -update")
}

// repairTable lists the kinds of repairs with their comments.
func repairTable(t *testing.T) string {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "runtime/output/repair.go"), nil, parser.ParseComments)
	require.NoError(t, err)
	var b strings.Builder
	b.WriteString("| kind | what was changed |\n|---|---|\n")
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			v := spec.(*ast.ValueSpec)
			if name, ok := v.Type.(*ast.Ident); ok && name.Name == "RepairKind" {
				kind, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				fmt.Fprintf(&b, "| `%s` | %s |\n", kind, strings.TrimSpace(v.Comment.Text()))
			}
		}
	}
	return b.String()
}

func directiveTable() string {
	var b strings.Builder
	b.WriteString("| directive | on | meaning |\n|---|---|---|\n")
	for _, d := range directive.All() {
		synopsis := strings.TrimSpace(d.Name + " " + strings.ReplaceAll(d.Arguments, "|", `\|`))
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", synopsis, d.Places, d.Help)
	}
	return b.String()
}
