package output_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/internal/schematest"
	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/output/rawschema"
)

// drawFitting draws a schema and compact JSON that fits it.
func drawFitting(t *rapid.T) (schema, text string, oracle *rawschema.Validator) {
	schema = schematest.Schema().Draw(t, "schema")
	text = schematest.Fitting(schema).Draw(t, "value")
	oracle, err := rawschema.Compile(schema)
	require.NoError(t, err)
	if oracle.Validate([]byte(text)) != nil {
		t.Skip("not every drawn value fits")
	}
	return schema, text, oracle
}

// Strict JSON that fits comes back as it is, without a repair, however it is laid out.
func TestLayouts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schema, plain, _ := drawFitting(t)
		p := compileIn(t, schema)
		d := newDraft(t, schema, plain)
		for d.layout = range layouts {
			text := d.String()
			got, err := p.Parse("\n " + text + "\t\r\n")
			require.NoError(t, err, "%q for %s", text, schema)
			require.Equal(t, text, string(got.JSON), schema)
			require.True(t, same(decode(t, plain), decode(t, text)), text)
			require.Empty(t, got.Repairs, "%q for %s", text, schema)
		}
	})
}

// What is accepted of an answer with pieces put in, cut out or swapped fits, and a stream says the same.
func TestBrokenAnswersOfAnySchema(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schema := schematest.Schema().Draw(t, "schema")
		text := schematest.Value(schema).Draw(t, "value")
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			from := rapid.IntRange(0, len(text)).Draw(t, "from")
			to := min(len(text), from+rapid.IntRange(0, 3).Draw(t, "length"))
			text = text[:from] + rapid.SampledFrom(append(streamPieces, "")).Draw(t, "piece") + text[to:]
		}
		oracle, err := rawschema.Compile(schema)
		require.NoError(t, err)
		p := compileIn(t, schema)
		if got, err := p.Parse(text); err == nil {
			require.NoError(t, oracle.Validate(got.JSON), "%q for %s gave %s", text, schema, got.JSON)
		}
		parts := cut(text, rapid.Uint64().Draw(t, "seed"))
		checkStream(t, p, parts)
		checkPartials(t, p, relax(t, schema), parts)
	})
}

// relax compiles a schema without the keywords that only a whole answer has to meet.
func relax(t require.TestingT, schema string) *rawschema.Validator {
	d := json.NewDecoder(strings.NewReader(schema))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v))
	b, err := json.Marshal(relaxed(v))
	require.NoError(t, err)
	r, err := rawschema.Compile(string(b))
	require.NoError(t, err)
	return r
}

// relaxed makes anyOf of oneOf as well: without required keys, more than one branch may fit.
func relaxed(v any) any {
	s, ok := v.(map[string]any)
	if !ok {
		return v
	}
	r := map[string]any{}
	for k, v := range s {
		switch k {
		case "required", "minItems", "minProperties":
		case "properties", "$defs":
			named := map[string]any{}
			for name, s := range v.(map[string]any) {
				named[name] = relaxed(s)
			}
			r[k] = named
		case "items", "additionalProperties":
			r[k] = relaxed(v)
		case "anyOf", "oneOf":
			var branches []any
			for _, b := range v.([]any) {
				branches = append(branches, relaxed(b))
			}
			r["anyOf"] = branches
		default:
			r[k] = v
		}
	}
	return r
}

// checkPartials feeds a stream, and validates each Partial against the relaxed schema.
func checkPartials(t require.TestingT, p *output.Parser, relaxed *rawschema.Validator, parts []string) {
	s := p.Stream()
	for i, part := range parts {
		s.Write(part)
		if b := s.Partial(); b != nil {
			require.NoError(t, relaxed.Validate(b), "%q shows %s", parts[:i+1], b)
		}
	}
}
