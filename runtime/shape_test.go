package alloy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// F54: what a model is told of the type of its answer where its vendor cannot enforce a schema.
func TestShape(t *testing.T) {
	text, err := shape(`{
		"type": "object",
		"properties": {
			"summary": {"type": "string", "description": "one sentence,\n in English", "minLength": 1},
			"priority": {"enum": ["low", "a<b"]},
			"kind": {"const": "ticket"},
			"note": {"type": ["string", "null"]},
			"items": {"type": "array", "items": {"$ref": "#/$defs/Item"}, "minItems": 1},
			"shape": {"anyOf": [{"$ref": "#/$defs/Item"}, {"type": "null"}]},
			"counts": {"type": "object", "additionalProperties": {"type": "integer"}},
			"nested": {"type": "object", "properties": {"score": {"type": "number", "minimum": 0, "maximum": 1}}},
			"empty": {"type": "object"},
			"raw": true
		},
		"required": ["summary", "priority", "kind", "note", "items", "shape", "counts", "empty", "raw"],
		"$defs": {"Item": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}}
	}`)
	require.NoError(t, err)
	require.Equal(t, `{
  "summary": string // minLength 1; one sentence, in English
  "priority": "low" | "a<b"
  "kind": "ticket"
  "note": string | null
  "items": Array<Item> // minItems 1
  "shape": Item | null
  "counts": {[key: string]: integer}
  "nested"?: {
    "score"?: number // minimum 0; maximum 1
  }
  "empty": {}
  "raw": any
}
Item = {
  "name": string
}`, text)
}

func TestShapeOfWhatIsNoSchema(t *testing.T) {
	for _, text := range []string{``, `{`, `{"type":`, `{"properties":[1,`} {
		_, err := shape(text)
		require.Error(t, err, "%q", text)
	}
	got, err := shape(`true`)
	require.NoError(t, err)
	require.Equal(t, "any", got)
}
