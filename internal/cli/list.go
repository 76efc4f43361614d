package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/alloygen/alloygen/generator/model"
)

func newList(f *flags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [packages]",
		Short: "Print the commands and tools of packages",
		Long: `List prints the commands and tools that the packages declare: their signatures and places, and of commands whether they
are streamed and where they are served. With --json it prints all that alloygen knows of them: settings, contracts,
schemas.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			result, err := f.run(cmd, args)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), result.Packages)
			}
			return writeList(cmd.OutOrStdout(), result.Packages)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the whole model as JSON")
	return cmd
}

func writeJSON(w io.Writer, packages []model.Package) error {
	if packages == nil {
		packages = []model.Package{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(packages)
}

func writeList(w io.Writer, packages []model.Package) error {
	for i, p := range packages {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, p.Path)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, file := range p.Files {
			for _, c := range file.Commands {
				row(table, "command", &c.Func, results(c.Result), beside(&c))
			}
			for _, t := range file.Tools {
				row(table, "tool", &t.Func, toolResults(t), "")
			}
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func row(w io.Writer, kind string, fn *model.Func, results, more string) {
	name := fn.Exported
	if fn.Recv != nil {
		name = fn.Recv.Type + "." + name
	}
	params := []string{"ctx"}
	for _, p := range fn.Params {
		params = append(params, strings.TrimSpace(p.Name+" "+p.Type.String()))
	}
	place := fmt.Sprintf("%s:%d", fn.Pos.File, fn.Pos.Line)
	if more != "" {
		place += "\t" + more
	}
	fmt.Fprintf(w, "  %s\t%s(%s) %s\t%s\n", kind, name, strings.Join(params, ", "), results, place)
}

// beside is what else there is of a command: a stream, and where it is served.
func beside(c *model.Command) string {
	var more []string
	if c.Stream {
		more = append(more, "stream")
	}
	if c.HTTP != nil {
		more = append(more, c.HTTP.Method+" "+c.HTTP.Path)
	}
	return strings.Join(more, ", ")
}

func results(r model.Result) string {
	if r.Kind == model.ResultNone {
		return "error"
	}
	return "(" + r.Type.String() + ", error)"
}

func toolResults(t model.Tool) string {
	if t.Result == "" {
		return "error"
	}
	return "(" + t.Result.String() + ", error)"
}
