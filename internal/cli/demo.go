package cli

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloygen/alloygen/generator"
)

//go:embed demo
var demoFiles embed.FS

func newDemo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Annotate, generate, build and call, offline, in a temporary module",
		Long: `Demo writes a small annotated package into a temporary module, generates its command, builds it, and calls it: on the
built-in offline model, and on a server on this machine that speaks OpenAI's wire format and fails on purpose. It
needs Go, no key and no network, and leaves nothing behind.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return demo(cmd.Context(), cmd.OutOrStdout()) },
	}
}

func demo(ctx context.Context, w io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "alloygen-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	d := &demoRun{dir: dir, w: w}
	for _, step := range []func(context.Context) error{d.write, d.generate, d.build, d.call} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\nNext: go get %s@latest, go get -tool %s/cmd/alloygen, annotate a function, go tool alloygen\n", module, module)
	return nil
}

// demoRun is one run of the demo in a directory of its own.
type demoRun struct {
	dir string
	w   io.Writer
	env []string
}

// write makes the module and shows the annotated source.
func (d *demoRun) write(ctx context.Context) error {
	if err := d.writeModule(ctx); err != nil {
		return err
	}
	for from, to := range map[string]string{"support.go.txt": "support/support.go", "main.go.txt": "main.go"} {
		src, err := demoFiles.ReadFile("demo/" + from)
		if err != nil {
			return err
		}
		if err := d.file(to, src); err != nil {
			return err
		}
		if from == "support.go.txt" {
			d.heading("You write", to)
			d.quote(string(src))
		}
	}
	return nil
}

// writeModule writes go.mod and go.sum. The module uses the alloygen that this program was built from: a checkout or the
// module cache if its source is there, so that nothing is downloaded, else the released version.
func (d *demoRun) writeModule(ctx context.Context) error {
	mod := "module demo\n\ngo 1.26.0\n\nrequire " + module + " "
	d.env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	src := sourceDir(ctx)
	if src == "" {
		v := version()
		if !strings.HasPrefix(v, "v") {
			return fmt.Errorf("cannot find the source of %s: run the demo in its checkout, or in a module that requires it", module)
		}
		return d.file("go.mod", []byte(mod+v+"\n"))
	}
	if err := d.file("go.mod", []byte(mod+"v0.0.0\n\nreplace "+module+" => "+modPath(src)+"\n")); err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(src, "go.sum"))
	if err != nil {
		return err
	}
	return d.file("go.sum", sum)
}

// modPath quotes a path for go.mod where it has to be.
func modPath(path string) string {
	if strings.ContainsAny(path, " \t\"'`") {
		return fmt.Sprintf("%q", path)
	}
	return path
}

// sourceDir is the root of alloygen's module: that of the module in the current directory, or one that it requires, or the
// one that this program was compiled from. It is empty if there is none on this machine.
func sourceDir(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if dir := strings.TrimSpace(string(out)); err == nil && isSource(dir) {
		return dir
	}
	if _, file, _, ok := runtime.Caller(0); ok {
		if dir := filepath.Dir(filepath.Dir(filepath.Dir(file))); filepath.IsAbs(dir) && isSource(dir) {
			return dir
		}
	}
	return ""
}

func isSource(dir string) bool {
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return dir != "" && err == nil && bytes.Contains(mod, []byte("module "+module+"\n"))
}

func (d *demoRun) file(name string, content []byte) error {
	path := filepath.Join(d.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// generate writes the generated file and shows the function in it.
func (d *demoRun) generate(ctx context.Context) error {
	result, err := generator.Generate(ctx, generator.Options{Dir: d.dir, Patterns: []string{"./..."}, Env: d.env})
	if err != nil {
		return err
	}
	if err := result.Diagnostics.Err(); err != nil {
		return err
	}
	if err := generator.Apply(result.Changes); err != nil {
		return err
	}
	for _, f := range result.Files {
		d.heading("alloygen writes", fmt.Sprintf("support/%s, %d lines", filepath.Base(f.Path), bytes.Count(f.Content, []byte("\n"))))
		for line := range strings.Lines(string(f.Content)) {
			if strings.HasPrefix(line, "func Triage(") {
				d.quote(strings.TrimSuffix(line, " {\n"))
			}
		}
	}
	return nil
}

func (d *demoRun) build(ctx context.Context) error {
	_, err := d.run(ctx, nil, "go", "build", "-o", d.program(), ".")
	return err
}

func (d *demoRun) program() string {
	name := "demo"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(d.dir, name)
}

// call runs the program against a server that answers 503, then well, then badly, then well.
func (d *demoRun) call(ctx context.Context) error {
	server, err := serve(demoScript)
	if err != nil {
		return err
	}
	defer server.close()
	d.heading("You call", "ticket, err := support.Triage(ctx, message)")
	out, err := d.run(ctx, []string{"OPENAI_BASE_URL=" + server.url, "OPENAI_API_KEY=demo"}, d.program())
	if err != nil {
		return err
	}
	_, err = d.w.Write(bytes.TrimPrefix(out, []byte("\n"))) // the heading has one
	return err
}

// run runs a program in the module and returns its standard output. ALLOY_ variables of the user stay out of it.
func (d *demoRun) run(ctx context.Context, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = d.dir
	for _, v := range d.env {
		if !strings.HasPrefix(v, "ALLOY_") && !strings.HasPrefix(v, "OPENAI_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		text := cmp.Or(strings.TrimSpace(stderr.String()), strings.TrimSpace(stdout.String()))
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(append([]string{filepath.Base(name)}, args...), " "), err, text)
	}
	return stdout.Bytes(), nil
}

func (d *demoRun) heading(what, detail string) {
	fmt.Fprintf(d.w, "\n── %s ── %s\n\n", what, detail)
}

func (d *demoRun) quote(text string) {
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if line != "" {
			line = "    " + strings.ReplaceAll(line, "\t", "    ")
		}
		fmt.Fprintln(d.w, line)
	}
}
