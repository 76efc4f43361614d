package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloygen/alloygen/generator"
)

func newSchema(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "schema PKG.NAME",
		Short: "Print the JSON Schema of a command's answer, a tool's input or a type",
		Long: `Schema prints the JSON Schema that models get: of the answer of a command, of the input of a tool, or of a type as an
answer. PKG is a package as for the go command; without it, the current directory's is meant.`,
		Example: `  alloygen schema Triage
  alloygen schema ./support.Agent.Triage
  alloygen schema example.com/shop/support.Ticket`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("schema takes one name, as in: alloygen schema ./support.Triage")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			pattern, name := splitName(args[0])
			if name == "" {
				return usagef("%q names no command, tool or type: want PKG.NAME, as in ./support.Triage", args[0])
			}
			opts, err := f.options([]string{pattern})
			if err != nil {
				return err
			}
			text, problems, err := generator.Schema(cmd.Context(), opts, name)
			if err != nil {
				return fmt.Errorf("package %s: %w", pattern, err)
			}
			if err := f.report(cmd, problems); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
			return err
		},
	}
}

// splitName splits PKG.NAME at the first dot of the last element of PKG; the name of a method has a dot of its own.
func splitName(arg string) (pattern, name string) {
	slash := strings.LastIndexByte(arg, '/') + 1
	pkg, name, ok := strings.Cut(arg[slash:], ".")
	if !ok && slash == 0 {
		return ".", arg
	}
	switch {
	case slash > 0:
	case pkg == "":
		return ".", name
	case pkg[:1] == strings.ToUpper(pkg[:1]):
		return ".", arg // a method of the current package
	default:
		return "./" + pkg, name
	}
	return arg[:slash] + pkg, name
}
