package output_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/output/rawschema"
)

// hardSchema has a way to go wrong at every turn: recursion, unions with and without a tag, maps and lists.
const hardSchema = `{
	"$ref": "#/$defs/Node",
	"$defs": {"Node": {
		"type": "object",
		"properties": {
			"kind": {"enum": ["leaf", "branch", 3]},
			"next": {"anyOf": [
				{"$ref": "#/$defs/Node"},
				{"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}, "required": ["next"]},
				{"type": "array", "items": {"$ref": "#/$defs/Node"}},
				{"type": "null"}
			]},
			"map": {"type": "object", "additionalProperties": {"anyOf": [{"type": "integer", "multipleOf": 3}, {"type": "string", "minLength": 2}]}},
			"list": {"type": "array", "uniqueItems": true, "items": {"type": ["number", "boolean"]}}
		},
		"required": ["kind"],
		"additionalProperties": false
	}}
}`

func FuzzParse(f *testing.F) {
	seeds := []string{
		"", "{", "[", `"`, "```", "```json\n{}\n```", `{"kind":"leaf"}`, `{"Kind":"LEAF","next":null}`, `x {"kind":3} y`, "\xff", "\uFEFF{}",
		`{"kind":"branch","next":{"next":{"kind":"leaf"}},"map":{"a":"6","a":"xy"},"list":[1,"1",true,1.0]}`,
		strings.Repeat(`{"kind":3,"next":`, 9), strings.Repeat("[", 2000), `{"kind":1e999}`, `{"kind":"\ud83d\u0061"}`, `{kind: leaf, 'next': null,}`, "{“kind”: “leaf”}", `{"kind" "leaf"; "list": [True, 0x1F, 1_000, .5]`, "{`kind`: \"\"\"leaf\"\"\" // c\n}", `"{\"kind\":3}"`,
		`<think>{"kind":3}</think><kind>leaf</kind>`, `["a" "b", 'c`, `{"value":"a "quoted" word\`, "{\"value\":\"one\ntwo", `{"kind":"leaf")]`, "#!/*", "value: 1.234,5 %",
	}
	for _, s := range seeds {
		f.Add(s)
	}
	schemas := []string{hardSchema, ticket, wrap(`{"type":"string"}`), wrap(`{"type":"number"}`), `{"type":"array","items":{"type":"string"}}`, `true`}
	type pair struct {
		parser *output.Parser
		oracle *rawschema.Validator
	}
	var pairs []pair
	for _, s := range schemas {
		oracle, err := rawschema.Compile(s)
		require.NoError(f, err)
		pairs = append(pairs, pair{compile(f, s), oracle})
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, p := range pairs {
			result, err := p.parser.Parse(text)
			if err != nil {
				var e *output.Error
				require.ErrorAs(t, err, &e)
				require.NotEmpty(t, e.Message)
				require.LessOrEqual(t, utf8.RuneCountInString(e.Snippet), 121)
				continue
			}
			require.True(t, json.Valid(result.JSON), "%q", result.JSON)
			if strings.Count(string(result.JSON), "next") < 10 { // the oracle tries all ways through nested alternatives
				require.NoError(t, p.oracle.Validate(result.JSON), "schema %d: %q gave %q", i, text, result.JSON)
			}
		}
	})
}

// TestHostile gives Parse texts that would take it long if its time were not linear.
func TestHostile(t *testing.T) {
	const n = 200_000
	texts := map[string]string{
		"brackets":          strings.Repeat("[", n),
		"braces":            strings.Repeat("{", n),
		"objects":           strings.Repeat(`{"a":`, n),
		"small objects":     strings.Repeat(`{} `, n),
		"open strings":      strings.Repeat(`["`, n),
		"escaped quotes":    `["` + strings.Repeat(`[\"`, n),
		"ticks":             strings.Repeat("```", n),
		"keys":              "{" + strings.Repeat(`"a":1,`, n) + `"kind":"leaf"}`,
		"other spellings":   "{" + strings.Repeat(`"Kind":[],`, n) + `"kind":"leaf"}`,
		"ambiguous objects": strings.Repeat(`{"kind":"leaf","next":{"next":`, 200) + `{"kind":"x"}` + strings.Repeat(`}}`, 200),
		"deep spellings":    strings.Repeat(`{"KIND":"leaf","NEXT":`, 200) + `0` + strings.Repeat(`}`, 200),
		"unions":            `{"kind":3,"next":[` + strings.Repeat(`{"kind":"leaf","map":{"a":"12"}},`, n/10) + `{"kind":3}]}`,
		"digits":            `{"kind":` + strings.Repeat("9", n) + `}`,
	}
	p := compile(t, hardSchema)
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			if _, err := p.Parse(text); err != nil {
				require.LessOrEqual(t, len(err.Error()), 1000)
			}
		})
	}
}

func TestLimits(t *testing.T) { // F197
	p := compile(t, `true`)
	_, err := p.Parse(strings.Repeat(" ", output.MaxSize+1))
	var e *output.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, output.KindTooLarge, e.Kind)

	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	_, err = p.Parse(deep(output.MaxDepth))
	require.NoError(t, err)
	_, err = p.Parse(deep(output.MaxDepth + 1))
	require.ErrorContains(t, err, "at most 512 levels of nesting")
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		hardSchema, ticket, `true`, `{"allOf":[{"$ref":"#/$defs/A"},{"maximum":1}],"$defs":{"A":{"$ref":"#"}}}`, `{"pattern":"(("}`, `{"enum":[1e999999999]}`,
		`{"anyOf":[{"$ref":"#"},{"anyOf":[{"$ref":"#"}]}]}`, `{"properties":{"a":{"$ref":"#","minProperties":1,"properties":{"a":{"maxProperties":3}}}}}`,
		`{"required":["a"],"additionalProperties":{"$ref":"#"}}`, `{"items":{"$ref":"#/items"}}`, `{"$id":"x","$defs":{"y":{"$id":"z","items":{"$ref":"#"}}},"$ref":"#/$defs/y"}`,
	} {
		f.Add(s, `{"a":{"a":[1,"1",null]}}`)
	}
	f.Fuzz(func(t *testing.T, schema, text string) {
		p, err := output.Compile([]byte(schema))
		if err != nil {
			return
		}
		result, err := p.Parse(text)
		if err == nil {
			require.True(t, json.Valid(result.JSON), "%q for %q gave %q", text, schema, result.JSON)
		}
	})
}
