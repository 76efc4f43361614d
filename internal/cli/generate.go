package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloygen/alloygen/generator"
)

func generate(cmd *cobra.Command, f *flags, patterns []string) error {
	result, err := f.run(cmd, patterns)
	if err != nil {
		return err
	}
	if len(result.Packages) == 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "alloygen: no //alloy: directives in %s\n", named(patterns))
	}
	if err := cmd.Context().Err(); err != nil {
		return err // interrupted
	}
	if err := generator.Apply(result.Changes); err != nil {
		return err
	}
	for _, c := range result.Changes {
		fmt.Fprintln(cmd.OutOrStdout(), c.Verb(), relative(c.Path))
	}
	return nil
}

func named(patterns []string) string {
	if len(patterns) == 0 {
		return "."
	}
	return strings.Join(patterns, " ")
}

func newCheck(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "check [packages]",
		Short: "Print what generating would change, and exit 1 if that is anything",
		Long: `Check writes nothing. It prints a unified diff, which patch(1) and git understand, of every generated file that is
missing, stale or no longer wanted, and exits 1 if there is one. It is meant for continuous integration. A file that
only gofmt would change is not stale.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return check(cmd, f, args) },
	}
}

func check(cmd *cobra.Command, f *flags, patterns []string) error {
	result, err := f.run(cmd, patterns)
	if err != nil || len(result.Changes) == 0 {
		return err
	}
	for _, c := range result.Changes {
		fmt.Fprint(cmd.OutOrStdout(), c.Diff(relative(c.Path)))
	}
	count, are := "1 generated file", "is"
	if n := len(result.Changes); n > 1 {
		count, are = fmt.Sprintf("%d generated files", n), "are"
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "alloygen: %s %s not up to date: run go generate, or alloygen %s\n", count, are, named(patterns))
	return errFailed
}
