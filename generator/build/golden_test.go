package build_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the models in testdata")

func TestModels(t *testing.T) { // F7, F8, F11, F16, F19, F95, F97
	inputs, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, inputs)
	for _, input := range inputs {
		t.Run(strings.TrimSuffix(filepath.Base(input), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(input)
			require.NoError(t, err)
			archive.Comment = nil
			models, problems := packages(t, string(txtar.Format(archive)))
			require.NoError(t, problems.Err())

			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "\t")
			require.NoError(t, enc.Encode(models))
			golden := strings.TrimSuffix(input, ".txtar") + ".json"
			if *update {
				require.NoError(t, os.WriteFile(golden, got.Bytes(), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got.String(), "run go test -update and read the difference")
		})
	}
}
