package wire_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

func TestInline(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"nothing to do":          {`{ "type": "string" }`, `{"type":"string"}`},
		"what stands beside it":  {`{"properties":{"a":{"description":"mine","$ref":"#/$defs/A"}},"$defs":{"A":{"type":"null","description":"A"}}}`, `{"properties":{"a":{"description":"mine","type":"null"}}}`},
		"one behind another":     {`{"items":{"$ref":"#/$defs/A"},"$defs":{"A":{"$ref":"#/$defs/B","title":"A"},"B":{"type":"null","title":"B"}}}`, `{"items":{"title":"A","type":"null"}}`},
		"twice":                  {`{"anyOf":[{"$ref":"#/$defs/A"},{"$ref":"#/$defs/A"}],"$defs":{"A":{"type":"null"}}}`, `{"anyOf":[{"type":"null"},{"type":"null"}]}`},
		"to nowhere":             {`{"items":{"$ref":"#/$defs/A","title":"T"}}`, `{"items":{"title":"T"}}`},
		"back to itself":         {`{"$ref":"#/$defs/A","$defs":{"A":{"type":"object","description":"A","properties":{"next":{"$ref":"#/$defs/A"}}}}}`, `{"type":"object","description":"A","properties":{"next":{"type":"object","description":"A"}}}`},
		"to nothing but itself":  {`{"$ref":"#/$defs/A","$defs":{"A":{"$ref":"#/$defs/A"}}}`, `{}`},
		"a property named $defs": {`{"properties":{"$defs":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"null"}}}`, `{"properties":{"$defs":{"type":"null"}}}`},
		"no schema":              {`nonsense`, `nonsense`},
		"true":                   {`true`, `true`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, wire.Inline(tc.in))
		})
	}
	t.Run("one that would blow up stays", func(t *testing.T) {
		var defs []string
		for i := range 40 {
			defs = append(defs, fmt.Sprintf(`"D%d":{"properties":{"a":{"$ref":"#/$defs/D%d"},"b":{"$ref":"#/$defs/D%d"}}}`, i, i+1, i+1))
		}
		schema := `{"$ref":"#/$defs/D0","$defs":{` + strings.Join(defs, ",") + `,"D40":{"type":"null"}}}`
		require.Equal(t, schema, wire.Inline(schema))
	})
}

// A vendor that takes more of JSON Schema than a strict one, and knows neither const nor cycles of what must be there.
func TestOpenDialect(t *testing.T) {
	d := wire.Dialect{
		Constraints: []string{"minItems", "maxItems", "maxLength", "minimum"}, MaxRepeat: 10,
		Open: true, EnumAlone: true, Any: []string{"string", "null"}, Recursion: true, Optional: true,
	}
	for name, tc := range map[string]struct{ in, want string }{
		"optional and further properties": {`{"type":"object","properties":{"a":{"type":"null"}},"required":[]}`, `{"type":"object","properties":{"a":{"type":"null"}},"required":[]}`},
		"a map":                           {`{"type":"object","additionalProperties":{"type":"integer","multipleOf":2}}`, `{"type":"object","additionalProperties":{"type":"integer","description":"(multipleOf: 2)"}}`},
		"a map of references":             {`{"type":"object","additionalProperties":{"$ref":"#/$defs/A","title":"T","description":"who"},"$defs":{"A":{"type":"null"}}}`, `{"type":"object","additionalProperties":{"$ref":"#/$defs/A"},"$defs":{"A":{"type":"null"}},"description":"(each: who)"}`},
		"a root of another kind":          {`{"type":"array","items":{"type":"string","maxLength":3}}`, `{"type":"array","items":{"type":"string","maxLength":3}}`},
		"an array of anything":            {`{"type":"array","maxItems":11,"minItems":1}`, `{"type":"array","minItems":1,"description":"(maxItems: 11)"}`},
		"text always the same":            {`{"const":"a"}`, `{"type":"string","enum":["a"]}`},
		"number always the same":          {`{"type":"integer","const":-1}`, `{"type":"integer","enum":[-1]}`},
		"anything else always the same":   {`{"anyOf":[{"const":true},{"const":null,"description":"none"},{"const":{"a":1}},{"const":[]}]}`, `{"anyOf":[{"type":"boolean","description":"(always true)"},{"description":"none (always null)","type":"null"},{"type":"object","description":"(always {\"a\":1})"},{"type":"array","description":"(always [])"}]}`},
		"any JSON":                        {`{"properties":{"a":true,"b":{"description":"what","minimum":3},"c":{}},"type":"object"}`, `{"properties":{"a":{"type":["string","null"]},"b":{"type":["string","null"],"description":"what","minimum":3},"c":{"type":["string","null"]}},"type":"object"}`},
		"a cycle": {`{"$ref":"#/$defs/A","$defs":{"A":{"type":"object","properties":{"v":{"type":"null"},"b":{"$ref":"#/$defs/B"}},"required":["v","b"]},"B":{"type":"object","properties":{"all":{"type":"array","items":{"$ref":"#/$defs/A"}},"c":{"$ref":"#/$defs/C"}},"required":["all","c"]},"C":{"type":"null"}}}`,
			`{"type":"object","properties":{"v":{"type":"null"},"b":{"$ref":"#/$defs/B"}},"required":["v","b"],"$defs":{"A":{"type":"object","properties":{"v":{"type":"null"},"b":{"$ref":"#/$defs/B"}},"required":["v"]},"B":{"type":"object","properties":{"all":{"type":"array","items":{"$ref":"#/$defs/A"}},"c":{"$ref":"#/$defs/C"}},"required":["c"]},"C":{"type":"null"}}}`},
		"structure":    {`{"allOf":[{"type":"null"}]}`, ""},
		"no reference": {`{"$ref":"#/$defs/A"}`, `{"$ref":"#/$defs/A"}`},
	} {
		t.Run(name, func(t *testing.T) {
			form, ok := d.Form(tc.in)
			require.Equal(t, tc.want != "", ok)
			require.Equal(t, tc.want, form)
			require.True(t, !ok || json.Valid([]byte(form)))
		})
	}
}
