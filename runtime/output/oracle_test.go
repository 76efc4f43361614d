package output_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/internal/schematest"
	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/output/rawschema"
)

// TestOracle compares Parse with jsonschema: what is accepted is valid, and what is valid as it is, is accepted and means
// the same as encoding/json reads in it.
func TestOracle(t *testing.T) {
	accepted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		schema := schematest.Schema().Draw(t, "schema")
		text := schematest.Value(schema).Draw(t, "value")
		parser, err := output.Compile([]byte(schema))
		require.NoError(t, err, schema)
		oracle, err := rawschema.Compile(schema)
		require.NoError(t, err, schema)

		result, err := parser.Parse(text)
		valid := oracle.Validate([]byte(text)) == nil
		if err != nil {
			refused++
			require.False(t, valid, "%s fits %s, but: %v", text, schema, err)
			return
		}
		accepted++
		require.NoError(t, oracle.Validate(result.JSON), "%s for %s gave %s", text, schema, result.JSON)
		if valid {
			require.True(t, equalJSON(t, text, string(result.JSON)), "%s for %s gave %s", text, schema, result.JSON)
		}
	})
	t.Logf("%d accepted, %d refused", accepted, refused)
	if accepted == 0 || refused == 0 {
		t.Errorf("%d texts were accepted and %d refused: that shows nothing", accepted, refused)
	}
}

func equalJSON(t require.TestingT, a, b string) bool {
	var x, y any
	require.NoError(t, json.Unmarshal([]byte(a), &x))
	require.NoError(t, json.Unmarshal([]byte(b), &y))
	return assert.ObjectsAreEqual(x, y)
}

// TestSurroundings puts a valid answer amid prose and in a fence: it has to come out unchanged.
func TestSurroundings(t *testing.T) { // F52
	parser := compile(t, ticket)
	rapid.Check(t, func(t *rapid.T) {
		prose := rapid.StringMatching(`[a-zA-Z ,.!?'\n]{0,40}`)
		before, after := prose.Draw(t, "before"), prose.Draw(t, "after")
		fence := rapid.SampledFrom([]string{"", "```", "```json"}).Draw(t, "fence")
		text := before + ticketJSON + after
		if fence != "" {
			text = before + "\n" + fence + "\n" + ticketJSON + "\n```\n" + after
		}
		result, err := parser.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, ticketJSON, string(result.JSON))
		switch {
		case fence != "":
			require.Equal(t, []output.Repair{{Path: "$", Kind: output.RepairFence}}, result.Repairs)
		case strings.TrimSpace(before+after) != "":
			require.Equal(t, []output.Repair{{Path: "$", Kind: output.RepairProse}}, result.Repairs)
		}
	})
}
