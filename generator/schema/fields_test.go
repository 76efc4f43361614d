package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// keys are the keys of a JSON object, in its order.
func keys(t *testing.T, object []byte) []string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(object))
	_, err := dec.Token()
	require.NoError(t, err)
	var all []string
	for dec.More() {
		key, err := dec.Token()
		require.NoError(t, err)
		all = append(all, key.(string))
		var value json.RawMessage
		require.NoError(t, dec.Decode(&value))
	}
	return all
}

func TestPropertiesAreThoseOfEncodingJSON(t *testing.T) { // F36, F38
	src, err := os.ReadFile("fieldcases_test.go")
	require.NoError(t, err)
	g := generate(t, strings.Replace(string(src), "package schema_test", "package m", 1))
	for name, value := range map[string]any{
		"Fields": Fields{Wheel: &Wheel{}, Optional: 1}, "Conflict": Conflict{}, "Twice": Twice{}, "TagWins": TagWins{}, "Loop": Loop{}, "Deep": Deep{},
	} {
		t.Run(name, func(t *testing.T) {
			object, err := json.Marshal(value)
			require.NoError(t, err)
			out, problems := g.output(name)
			require.Empty(t, problems)
			var root struct {
				Properties json.RawMessage
				Required   []string
			}
			require.NoError(t, json.Unmarshal([]byte(out.Schema.JSON), &root))
			require.Equal(t, keys(t, object), keys(t, root.Properties))
			require.Equal(t, keys(t, object), append([]string(nil), root.Required...))
		})
	}
}
