// Package cli is the command line of alloygen: flags, printing, exit codes. What it prints comes from package generator.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/alloygen/alloygen/generator"
	"github.com/alloygen/alloygen/generator/diag"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the input has errors, or a generated file is stale
	exitUsage  = 2
)

// errFailed ends a command whose reason has been printed already.
var errFailed = errors.New("failed")

// usageError is a mistake on the command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs alloygen with the arguments after the program's name and returns its exit code. An interrupt ends the run
// before anything is written.
func Main(args []string, stdout, stderr io.Writer) int {
	collectLate()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return exitCode(root.ExecuteContext(ctx), stderr)
}

func exitCode(err error, stderr io.Writer) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "alloygen: %v\nRun 'alloygen help' for usage.\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "alloygen: %v\n", err)
	return exitFailed
}

// flags are those that several commands share.
type flags struct {
	dir    string
	tags   string
	format string
}

func newRoot() *cobra.Command {
	f := new(flags)
	root := &cobra.Command{
		Use:   "alloygen [flags] [packages]",
		Short: "Turn annotated Go functions into resilient, typed LLM commands",
		Long: `Alloygen reads functions that carry //alloy: directives and writes, beside each package, alloy_gen.go: an ordinary
Go function for every command, which returns a typed value or one of four typed errors, and a value for every tool.

Without packages it works on the one in the current directory. Files that would not change are left alone, and
nothing at all is written if any package has an error.`,
		Example: `  alloygen ./...                    generate for the whole module
  //go:generate go tool alloygen    the same from a source file, after: go get -tool github.com/alloygen/alloygen/cmd/alloygen`,
		Args:          cobra.ArbitraryArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, args []string) error { return generate(cmd, f, args) },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	p := root.PersistentFlags()
	p.StringVarP(&f.dir, "chdir", "C", "", "work in `DIR`")
	p.StringVar(&f.tags, "tags", "", "build `TAGS`, separated by commas, that select files as for go build")
	p.StringVar(&f.format, "format", string(diag.Text), "print errors in `FORMAT`: text, json or github")

	root.AddCommand(newCheck(f), newList(f), newSchema(f), newOpenAPI(f), newDemo(), newVersion(), directivesTopic(), errorsTopic())
	return root
}

// run generates in memory. Diagnostics are printed; they make it fail.
func (f *flags) run(cmd *cobra.Command, patterns []string) (*generator.Result, error) {
	opts, err := f.options(patterns)
	if err != nil {
		return nil, err
	}
	result, err := generator.Generate(cmd.Context(), opts)
	if err != nil {
		return nil, err
	}
	if err := f.report(cmd, result.Diagnostics); err != nil {
		return nil, err
	}
	return result, nil
}

func (f *flags) options(patterns []string) (generator.Options, error) {
	switch diag.Format(f.format) {
	case diag.Text, diag.JSON, diag.GitHub:
	default:
		return generator.Options{}, usagef("unknown format %q: want text, json or github", f.format)
	}
	if f.dir != "" {
		if info, err := os.Stat(f.dir); err != nil || !info.IsDir() {
			return generator.Options{}, usagef("-C %s: no such directory", f.dir)
		}
	}
	opts := generator.Options{Dir: f.dir, Patterns: patterns}
	if f.tags != "" {
		opts.BuildFlags = []string{"-tags=" + f.tags}
	}
	return opts, nil
}

// report prints diagnostics: as text to the standard error, in forms for machines to the standard output.
func (f *flags) report(cmd *cobra.Command, list diag.List) error {
	if len(list) == 0 {
		return nil
	}
	w := cmd.ErrOrStderr()
	if diag.Format(f.format) != diag.Text {
		w = cmd.OutOrStdout()
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := list.Print(w, diag.Format(f.format), dir); err != nil {
		return err
	}
	return errFailed
}

// relative is a path as the user sees it from the current directory.
func relative(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(dir, path)
	if err != nil || !filepath.IsLocal(rel) {
		return path
	}
	return filepath.ToSlash(rel)
}
