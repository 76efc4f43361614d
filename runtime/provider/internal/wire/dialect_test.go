package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

func TestDialectForm(t *testing.T) {
	some := wire.Dialect{
		Constraints: []string{"minimum", "pattern", "format", "minItems"},
		Formats:     []string{"date"},
		Pattern:     func(p string) bool { return !strings.Contains(p, "?") },
		MinItems:    func(n int) bool { return n <= 1 },
		Recursion:   true,
	}
	object := func(properties string) string {
		name, _, _ := strings.Cut(properties, ":")
		return `{"type":"object","properties":{` + properties + `},"required":[` + name + `],"additionalProperties":false}`
	}
	property := func(schema string) string { return object(`"a":` + schema) }
	for name, tc := range map[string]struct{ in, want string }{
		"order kept":               {property(`{"type":"string","enum":["z","a"],"title":"T"}`), property(`{"type":"string","enum":["z","a"],"title":"T"}`)},
		"space dropped":            {property(`{ "type" : "string" }`), property(`{"type":"string"}`)},
		"accepted":                 {property(`{"type":"integer","minimum":-1.50}`), property(`{"type":"integer","minimum":-1.50}`)},
		"told":                     {property(`{"type":"integer","maximum":3,"multipleOf":2}`), property(`{"type":"integer","description":"(maximum: 3; multipleOf: 2)"}`)},
		"told after the words":     {property(`{"description":"how many","type":"integer","maximum":3}`), property(`{"description":"how many (maximum: 3)","type":"integer"}`)},
		"format accepted":          {property(`{"type":"string","format":"date"}`), property(`{"type":"string","format":"date"}`)},
		"format told":              {property(`{"type":"string","format":"uri"}`), property(`{"type":"string","description":"(format: uri)"}`)},
		"pattern accepted":         {property(`{"type":"string","pattern":"^a\\d$"}`), property(`{"type":"string","pattern":"^a\\d$"}`)},
		"pattern told":             {property(`{"type":"string","pattern":"^(?=a)\"\\d"}`), property(`{"type":"string","description":"(pattern: ^(?=a)\"\\d)"}`)},
		"minItems accepted":        {property(`{"type":"array","items":{"type":"string"},"minItems":1}`), property(`{"type":"array","items":{"type":"string"},"minItems":1}`)},
		"minItems told":            {property(`{"type":"array","items":{"type":"string"},"minItems":2}`), property(`{"type":"array","items":{"type":"string"},"description":"(minItems: 2)"}`)},
		"default told":             {property(`{"type":"array","items":{"type":"string"},"default":["x"]}`), property(`{"type":"array","items":{"type":"string"},"description":"(default: [\"x\"])"}`)},
		"oneOf":                    {property(`{"oneOf":[{"type":"string","maxLength":3},{"type":"null"}]}`), property(`{"anyOf":[{"type":"string","description":"(maxLength: 3)"},{"type":"null"}]}`)},
		"silent":                   {`{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"x",` + property(`{"type":"null"}`)[1:], property(`{"type":"null"}`)},
		"nothing beside $ref":      {strings.TrimSuffix(property(`{"$ref":"#/$defs/A","description":"who"}`), "}") + `,"$defs":{"A":` + property(`{"type":"null"}`) + `}}`, strings.TrimSuffix(property(`{"$ref":"#/$defs/A"}`), "}") + `,"$defs":{"A":` + property(`{"type":"null"}`) + `},"description":"(a: who)"}`},
		"$ref in items":            {strings.TrimSuffix(property(`{"type":"array","items":{"$ref":"#/$defs/A","description":"who"}}`), "}") + `,"$defs":{"A":{"type":"null"}}}`, strings.TrimSuffix(property(`{"type":"array","items":{"$ref":"#/$defs/A"},"description":"(items: who)"}`), "}") + `,"$defs":{"A":{"type":"null"}}}`},
		"nested":                   {property(property(`{"type":"string","maxLength":3}`)), property(property(`{"type":"string","description":"(maxLength: 3)"}`))},
		"property named so":        {object(`"maxLength":{"type":"string"}`), object(`"maxLength":{"type":"string"}`)},
		"root of a reference":      {`{"$ref":"#/$defs/A","$defs":{"A":` + property(`{"type":"null"}`) + `}}`, strings.TrimSuffix(property(`{"type":"null"}`), "}") + `,"$defs":{"A":` + property(`{"type":"null"}`) + `}}`},
		"no schema":                {`nonsense`, ""},
		"true":                     {`true`, ""},
		"root is no object":        {`{"type":"array","items":{"type":"string"}}`, ""},
		"root is a union":          {`{"anyOf":[{"type":"null"}]}`, ""},
		"root of no definition":    {`{"$ref":"#/$defs/B","$defs":{}}`, ""},
		"optional property":        {`{"type":"object","properties":{"a":{"type":"null"}},"additionalProperties":false}`, ""},
		"open object":              {`{"type":"object","properties":{},"required":[]}`, ""},
		"map inside":               {property(`{"type":"object","additionalProperties":{"type":"string"}}`), ""},
		"nothing else beside $ref": {strings.TrimSuffix(property(`{"$ref":"#/$defs/A","title":"T"}`), "}") + `,"$defs":{"A":{"type":"null"}}}`, strings.TrimSuffix(property(`{"$ref":"#/$defs/A"}`), "}") + `,"$defs":{"A":{"type":"null"}}}`},
		"default beside $ref":      {strings.TrimSuffix(property(`{"$ref":"#/$defs/A","default":{"b":[1]}}`), "}") + `,"$defs":{"A":{"type":"null"}}}`, strings.TrimSuffix(property(`{"$ref":"#/$defs/A"}`), "}") + `,"$defs":{"A":{"type":"null"}},"description":"(a: (default: {\"b\":[1]}))"}`},
		"union of one":             {property(`{"description":"who","anyOf":[{"anyOf":[{"type":"null","description":"none"}]}]}`), property(`{"description":"who","type":"null"}`)},
		"object or null":           {property(`{"type":["object","null"],"properties":{"b":{"type":"null"}}}`), ""},
		"array of anything":        {property(`{"type":"array"}`), ""},
		"older definitions":        {`{"definitions":{"A":{"type":"null"}},` + property(`{"type":"null"}`)[1:], ""},
		"object and union":         {`{"anyOf":[{"type":"null"}],` + property(`{"type":"null"}`)[1:], ""},
		"allOf":                    {property(`{"allOf":[{"type":"null"}]}`), ""},
		"any JSON":                 {property(`true`), ""},
		"any JSON, spelt out":      {property(`{"description":"anything"}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			form, ok := some.Form(tc.in)
			require.Equal(t, tc.want != "", ok)
			require.Equal(t, tc.want, form)
		})
	}
}

func TestDialectLimits(t *testing.T) {
	wide := func(n int, schema string) string {
		var properties, required []string
		for i := range n {
			properties = append(properties, fmt.Sprintf(`"p%d":%s`, i, schema))
			required = append(required, fmt.Sprintf(`"p%d"`, i))
		}
		return `{"type":"object","properties":{` + strings.Join(properties, ",") + `},"required":[` + strings.Join(required, ",") + `],"additionalProperties":false}`
	}
	deep := wide(1, `{"type":"null"}`)
	for range 4 {
		deep = wide(1, deep)
	}
	recursive := `{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"required":["a"],"additionalProperties":false,"$defs":{"A":{"anyOf":[{"$ref":"#/$defs/B"},{"type":"null"}]},"B":{"type":"array","items":{"$ref":"#/$defs/A"}}}}`
	shared := `{"type":"object","properties":{"a":{"$ref":"#/$defs/A"},"b":{"$ref":"#/$defs/A"}},"required":["a","b"],"additionalProperties":false,"$defs":{"A":{"type":"null"}}}`
	for name, tc := range map[string]struct {
		dialect wire.Dialect
		schema  string
		ok      bool
	}{
		"properties":                {wire.Dialect{MaxProps: 3}, wide(3, `{"type":"null"}`), true},
		"too many properties":       {wire.Dialect{MaxProps: 3}, wide(4, `{"type":"null"}`), false},
		"unions":                    {wire.Dialect{MaxUnions: 2}, wide(2, `{"type":["string","null"]}`), true},
		"too many unions":           {wire.Dialect{MaxUnions: 2}, wide(3, `{"anyOf":[{"type":"null"},{"type":"string"}]}`), false},
		"enum":                      {wire.Dialect{MaxEnum: 4}, wide(2, `{"enum":["a","b"]}`), true},
		"too large an enum":         {wire.Dialect{MaxEnum: 3}, wide(2, `{"enum":["a","b"]}`), false},
		"nesting":                   {wire.Dialect{MaxNesting: 5}, deep, true},
		"too deep":                  {wire.Dialect{MaxNesting: 4}, deep, false},
		"recursion":                 {wire.Dialect{Recursion: true}, recursive, true},
		"no recursion":              {wire.Dialect{}, recursive, false},
		"no recursion, to the root": {wire.Dialect{}, `{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"],"additionalProperties":false}`, false},
		"shared is not recursive":   {wire.Dialect{}, shared, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, ok := tc.dialect.Form(tc.schema)
			require.Equal(t, tc.ok, ok)
		})
	}
}

func TestToolForm(t *testing.T) {
	for name, tc := range map[string]struct {
		in, want string
		wrapped  bool
	}{
		"object":    {`{"type": "object", "maxProperties": 3}`, `{"type":"object","maxProperties":3}`, false},
		"reference": {`{"$ref":"#/$defs/A","$defs":{"A":{"type":"object"}}}`, `{"type":"object","$defs":{"A":{"type":"object"}}}`, false},
		"array":     {`{"type":"array","items":{"$ref":"#/$defs/A"},"$defs":{"A":{"type":"null"}}}`, `{"type":"object","properties":{"value":{"type":"array","items":{"$ref":"#/$defs/A"}}},"required":["value"],"additionalProperties":false,"$defs":{"A":{"type":"null"}}}`, true},
		"union":     {`{"type":"object","anyOf":[{"required":["a"]}]}`, `{"type":"object","properties":{"value":{"type":"object","anyOf":[{"required":["a"]}]}},"required":["value"],"additionalProperties":false}`, true},
		"no schema": {`nonsense`, `nonsense`, false},
	} {
		t.Run(name, func(t *testing.T) {
			form, wrapped := wire.ToolForm(tc.in)
			require.Equal(t, tc.want, form)
			require.Equal(t, tc.wrapped, wrapped)
		})
	}
}
