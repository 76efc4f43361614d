package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
)

// directivesTopic is a help topic: a command that cannot be run.
func directivesTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "directives",
		Short: "The //alloy: comments that alloygen reads",
		Long:  directivesHelp(),
	}
}

func directivesHelp() string {
	var b strings.Builder
	b.WriteString(`A directive is a line //alloy:NAME ARGUMENTS, without a space after the slashes, in the doc comment of a function, a
method, a struct type or the package clause. Settings of a type are for all command methods of it, those of a package
clause for the whole package; the nearest wins.

`)
	for _, d := range directive.All() {
		fmt.Fprintf(&b, "  %s\n      %s\n      on: %s\n", strings.TrimSpace("//alloy:"+d.Name+" "+d.Arguments), d.Help, d.Places)
		keys := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, k := range d.Keys {
			help := k.Help
			if k.Default != "" {
				help += "; default " + k.Default
			}
			fmt.Fprintf(keys, "      %s\t%s\n", k.Name, help)
		}
		keys.Flush() // to a strings.Builder, which does not fail
		b.WriteByte('\n')
	}
	return b.String()
}

// errorsTopic explains the codes of diagnostics.
func errorsTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("Every error of the generator has a code, which --format=json and --format=github print.\n\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, e := range diag.Codes() {
		fmt.Fprintf(table, "  %s\t%s\n", e.Code, e.Text)
	}
	table.Flush() // to a strings.Builder, which does not fail
	return &cobra.Command{Use: "errors", Short: "The codes of errors", Long: b.String()}
}
