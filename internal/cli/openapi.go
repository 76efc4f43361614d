package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/alloygen/alloygen/generator"
)

func newOpenAPI(f *flags) *cobra.Command {
	var version string
	c := &cobra.Command{
		Use:   "openapi [packages]",
		Short: "Print the OpenAPI documents of packages that serve commands",
		Long: `Openapi prints a document of OpenAPI 3.1 for each package that has commands with the directive http: their paths, the
schemas of parameters and answers, and what is answered otherwise. Generating writes the same document beside the
package, as alloy_openapi.json, with the version ` + generator.DocumentVersion + `. Commands in tests, and in files with a build
constraint, are not in it.`,
		Example: `  alloygen openapi ./support
  alloygen openapi --api-version 2.1.0 ./support`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts, err := f.options(args)
			if err != nil {
				return err
			}
			documents, problems, err := generator.OpenAPI(cmd.Context(), opts, version)
			if err != nil {
				return err
			}
			if err := f.report(cmd, problems); err != nil {
				return err
			}
			if len(documents) == 0 {
				return errors.New("no command in " + named(args) + " has the directive http")
			}
			for _, d := range documents {
				if _, err := cmd.OutOrStdout().Write(d.Content); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&version, "api-version", generator.DocumentVersion, "say that the interface has `VERSION`")
	return c
}
