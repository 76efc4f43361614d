package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
)

// outcome is what one run of the program left behind.
type outcome struct {
	code           int
	stdout, stderr string
}

// run runs the program in dir.
func run(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	if dir != "" {
		t.Chdir(dir)
	}
	var stdout, stderr bytes.Buffer
	code := Main(args, &stdout, &stderr)
	return outcome{code, stdout.String(), stderr.String()}
}

const source = `package support

import "github.com/alloygen/alloygen/runtime"

// Ticket is an answer.
type Ticket struct {
	Score float64
}

//alloy:command
func triage(message string) alloy.Prompt[Ticket] { return alloy.Promptf[Ticket]("%s", message) }

// Agent has methods.
type Agent struct{}

//alloy:command
func (Agent) reply(message string) string { return message }

//alloy:tool
func (*Agent) lookUp(id string) (string, error) { return id, nil }
`

// newModule writes a module that uses this checkout, with the files given as pairs of name and content.
func newModule(t *testing.T, files ...string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	mod := "module example.com/m\n\ngo 1.26.0\n\nrequire " + module + " v0.0.0\n\nreplace " + module + " => " + root + "\n"
	files = append(files, "go.mod", mod)
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(dir, filepath.FromSlash(files[i]))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(files[i+1]), 0o644))
	}
	return dir
}

func TestGenerateThenCheck(t *testing.T) {
	dir := newModule(t, "support/support.go", source)

	got := run(t, dir, "check", "./...")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.stdout, "--- /dev/null\n+++ b/support/alloy_gen.go\n@@ -0,0 +1,")
	require.Equal(t, "alloygen: 1 generated file is not up to date: run go generate, or alloygen ./...\n", got.stderr)
	require.NoFileExists(t, "support/alloy_gen.go", "check writes nothing")

	require.Equal(t, outcome{exitOK, "create support/alloy_gen.go\n", ""}, run(t, "", "./..."))
	require.Equal(t, outcome{}, run(t, "", "./..."), "nothing changes the second time")
	require.Equal(t, outcome{}, run(t, "", "check", "./..."))
	require.Equal(t, outcome{}, run(t, "", "-C", "support", "check"))

	generated, err := os.ReadFile("support/alloy_gen.go")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile("support/alloy_gen.go", bytes.Replace(generated, []byte("message string"), []byte("msg string"), 1), 0o644))
	got = run(t, "", "check", "./support")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.stdout, "-func Triage(ctx context.Context, msg string, ")

	require.NoError(t, os.WriteFile("support/support.go", []byte("package support\n"), 0o644))
	got = run(t, "", "./...")
	require.Equal(t, "remove support/alloy_gen.go\n", got.stdout)
	require.Equal(t, "alloygen: no //alloy: directives in ./...\n", got.stderr)
	require.Equal(t, exitOK, got.code)
}

func TestErrors(t *testing.T) {
	dir := newModule(t,
		"a/a.go", "package a\n\n//alloy:comand\nfunc f(s string) string { return s }\n",
		"b/b.go", source)
	got := run(t, dir, "./...")
	require.Equal(t, outcome{exitFailed, "", "a/a.go:3:9: unknown directive \"comand\"\n\thint: did you mean \"command\"?\n"}, got)
	require.NoFileExists(t, "b/alloy_gen.go", "nothing is written if any package has an error")

	got = run(t, "", "--format=json", "list", "./...")
	require.Equal(t, exitFailed, got.code)
	var list []map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &list))
	require.Equal(t, "a/a.go", list[0]["file"])
	require.Equal(t, string(diag.UnknownDirective), list[0]["code"])

	got = run(t, "", "--format=github", "check", "./...")
	require.True(t, strings.HasPrefix(got.stdout, "::error file=a/a.go,line=3,col=9,"), got.stdout)
}

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{
		{"--no-such-flag"}, {"--format=xml"}, {"-C", "no/such/directory"}, {"schema"}, {"schema", "a", "b"}, {"schema", "./support"},
		{"version", "x"}, {"demo", "x"}, {"list", "--josn"},
	} {
		got := run(t, t.TempDir(), args...)
		require.Equal(t, exitUsage, got.code, args)
		require.True(t, strings.HasPrefix(got.stderr, "alloygen: "), got.stderr)
		require.Empty(t, got.stdout)
	}
}

func TestList(t *testing.T) {
	dir := newModule(t, "support/support.go", source)
	served := newModule(t, "support/support.go",
		strings.Replace(source, "//alloy:command\n", "//alloy:command\n//alloy:stream\n//alloy:http /triage\n", 1))
	got := run(t, dir, "list", "./...")
	require.Equal(t, `example.com/m/support
  command  Triage(ctx, message string) (Ticket, error)       support.go:11
  command  Agent.Reply(ctx, message string) (string, error)  support.go:17
  tool     Agent.LookUp(ctx, id string) (string, error)      support.go:20
`, got.stdout)

	got = run(t, served, "list", "./...")
	require.Contains(t, got.stdout, "support.go:13  stream, POST /triage\n")

	got = run(t, dir, "list", "--json", "./...")
	var packages []model.Package
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &packages))
	require.Equal(t, "Triage", packages[0].Files[0].Commands[0].Exported)
}

func TestSchema(t *testing.T) {
	dir := newModule(t, "support/support.go", source)
	for _, name := range []string{"./support.Triage", "support.triage", "./support.Ticket", "example.com/m/support.Triage"} {
		got := run(t, dir, "schema", name)
		require.Equal(t, exitOK, got.code, "%s: %s", name, got.stderr)
		require.Contains(t, got.stdout, `"Score"`, name)
	}
	require.Contains(t, run(t, "", "schema", "support.Agent.lookUp").stdout, `"id"`)
	require.Contains(t, run(t, "support", "schema", "Agent.LookUp").stdout, `"id"`)
	require.Contains(t, run(t, "", "schema", "Triage").stdout, `"Score"`)

	require.Contains(t, run(t, "", "schema", "Agent").stdout, `"additionalProperties": false`, "a type that no command answers with")

	got := run(t, "", "schema", "Agent.Reply")
	require.Equal(t, outcome{exitFailed, "", "alloygen: package .: Agent.Reply answers with plain text, which has no schema\n"}, got)
	got = run(t, "", "schema", ".Missing")
	require.Equal(t, "alloygen: package .: there is no command, tool or type Missing; the commands and tools are Agent.LookUp, Agent.Reply, Triage\n", got.stderr)
}

// A package that serves commands has a document beside it, which goes when it serves none.
func TestOpenAPI(t *testing.T) {
	served := strings.Replace(source, "//alloy:command\nfunc triage", "//alloy:command\n//alloy:http /triage\nfunc triage", 1)
	dir := newModule(t, "support/support.go", served, "plain/plain.go", "package plain\n\n//alloy:command\nfunc say(s string) string { return s }\n")
	got := run(t, dir, "openapi", "./...")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.stdout, `"operationId": "Triage"`)
	require.NoFileExists(t, "support/alloy_openapi.json")
	versioned := run(t, dir, "openapi", "--api-version", "2.1.0", "./support").stdout
	require.Contains(t, versioned, `"version": "2.1.0"`)
	require.Equal(t, got.stdout, strings.Replace(versioned, "2.1.0", "1.0.0", 1))

	require.Equal(t, "create plain/alloy_gen.go\ncreate support/alloy_gen.go\ncreate support/alloy_openapi.json\n", run(t, "", "./...").stdout)
	written, err := os.ReadFile("support/alloy_openapi.json")
	require.NoError(t, err)
	require.Equal(t, got.stdout, string(written))
	require.Equal(t, outcome{}, run(t, "", "check", "./..."))
	require.Equal(t, outcome{}, run(t, "", "./..."))

	require.NoError(t, os.WriteFile("support/alloy_openapi.json", bytes.Replace(written, []byte("/triage"), []byte("/old"), 1), 0o644))
	stale := run(t, "", "check", "./...")
	require.Equal(t, exitFailed, stale.code)
	require.Contains(t, stale.stdout, `-    "/old": {`)
	require.Equal(t, "alloygen: 1 generated file is not up to date: run go generate, or alloygen ./...\n", stale.stderr)

	require.NoError(t, os.WriteFile("support/support.go", []byte(source), 0o644))
	require.Equal(t, "update support/alloy_gen.go\nremove support/alloy_openapi.json\n", run(t, "", "./...").stdout)
	require.Equal(t, outcome{exitFailed, "", "alloygen: no command in ./plain has the directive http\n"}, run(t, "", "openapi", "./plain"))
	require.NoError(t, os.WriteFile("support/support.go", []byte(strings.Replace(served, "/triage", "triage", 1)), 0o644))
	require.Contains(t, run(t, "", "openapi", "./...").stderr, "want a path that begins with a slash")
}

// A document is called as its package, or as its program.
func TestOpenAPITitle(t *testing.T) {
	const program = "package main\n\n//alloy:command\n//alloy:http /say\nfunc say(s string) string { return s }\n\nfunc main() {}\n"
	dir := newModule(t, "shop/shop.go", strings.Replace(strings.Replace(program, "main", "desk", 1), "func main() {}\n", "", 1),
		"cmd/chat/main.go", program, "cmd/talk/v2/main.go", program)
	for pattern, want := range map[string]string{"./shop": "desk", "./cmd/chat": "chat", "./cmd/talk/v2": "talk"} {
		require.Contains(t, run(t, dir, "openapi", pattern).stdout, `"title": "`+want+`"`)
	}
}

func TestHelp(t *testing.T) {
	got := run(t, "", "help", "directives")
	require.Equal(t, exitOK, got.code)
	for _, d := range directive.All() {
		require.Contains(t, got.stdout, d.Name)
	}
	require.Contains(t, run(t, "", "help", "errors").stdout, string(diag.UnknownDirective))
	require.Contains(t, run(t, "", "--help").stdout, "alloygen [flags] [packages]")
	require.Regexp(t, `^alloygen \S+ go1\.\d+`, run(t, "", "version").stdout)
}

// A module that requires alloygen runs it as a tool, from a go:generate line too.
func TestGoTool(t *testing.T) {
	if testing.Short() {
		t.Skip("builds alloygen")
	}
	dir := newModule(t, "support/support.go", strings.Replace(source, "// Ticket", "//go:generate go tool alloygen\n\n// Ticket", 1))
	sum, err := os.ReadFile("../../go.sum")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644))
	goCommand(t, dir, "get", "-tool", module+"/cmd/alloygen")
	goCommand(t, dir, "generate", "./...")
	require.FileExists(t, filepath.Join(dir, "support", "alloy_gen.go"))
	goCommand(t, dir, "tool", "alloygen", "check", "./...")
	goCommand(t, dir, "vet", "./...")
}

func goCommand(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "go %s\n%s", strings.Join(args, " "), out)
}

func TestDemo(t *testing.T) { // F151, F198
	if testing.Short() {
		t.Skip("builds a program")
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("GOPROXY", "off")
	t.Setenv("ALLOY_MODEL", "no-such-model") // the user's settings stay out of it
	got := run(t, "", "demo")
	require.Equal(t, exitOK, got.code, got.stderr)
	for _, text := range []string{
		"//alloy:command",
		"func Triage(ctx context.Context, message string, opts ...alloy.Option) (Ticket, error)",
		"after 1 request\n", "overloaded: ", "contract: ", "urgent needs a score of at least 0.5", "after 2 requests\n",
		`*alloy.CommandError{Command: "Triage", Kind: "contract"}`, "message must not be blank",
	} {
		require.Contains(t, got.stdout, text)
	}
	left, err := filepath.Glob(filepath.Join(temp, "alloygen-demo-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
