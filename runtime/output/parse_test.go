package output_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/output"
)

const ticket = `{
	"type": "object",
	"properties": {
		"summary": {"type": "string"},
		"priority": {"type": "string", "enum": ["low", "normal", "urgent"]},
		"score": {"type": "number", "minimum": 0, "maximum": 1},
		"order_ids": {"type": "array", "items": {"type": "string"}}
	},
	"required": ["summary", "priority", "score", "order_ids"],
	"additionalProperties": false
}`

const ticketJSON = `{"summary":"s","priority":"low","score":0.5,"order_ids":["1"]}`

// object is the schema of an object with the one property a, which is required.
func object(a string) string {
	return `{"type":"object","properties":{"a":` + a + `},"required":["a"],"additionalProperties":false}`
}

// wrap is the schema that the generator gives a scalar or array at the root.
func wrap(value string) string {
	return `{"type":"object","properties":{"value":` + value + `},"required":["value"],"additionalProperties":false}`
}

func compile(t testing.TB, schema string) *output.Parser {
	t.Helper()
	p, err := output.Compile([]byte(schema))
	require.NoError(t, err)
	return p
}

// run is one text and what comes of it: the JSON and the kinds of its repairs, or the kind and message of an error.
type run struct {
	name    string
	schema  string
	text    string
	want    string
	repairs string // kind@path, with a space between two; or unchecked
	kind    output.ErrorKind
	message string
	part    string // of the message, when the rest of it does not matter
}

// unchecked stands for repairs that do not matter.
const unchecked = "unchecked"

// fails reports whether an error comes of the text.
func (r *run) fails() bool { return r.message != "" || r.part != "" }

func check(t *testing.T, runs []run) {
	t.Helper()
	for _, r := range runs {
		t.Run(r.name, func(t *testing.T) {
			got, err := compile(t, r.schema).Parse(r.text)
			if r.fails() {
				var e *output.Error
				require.ErrorAs(t, err, &e, "%s", got.JSON)
				if r.part == "" {
					require.Equal(t, r.message, e.Message)
				}
				require.Contains(t, e.Message, r.part)
				require.Equal(t, r.kind, e.Kind)
				require.Empty(t, got) // F53
				return
			}
			require.NoError(t, err)
			require.True(t, json.Valid(got.JSON), "%s", got.JSON)
			require.JSONEq(t, r.want, string(got.JSON))
			if r.repairs == unchecked {
				return
			}
			var repairs []string
			for _, repair := range got.Repairs {
				repairs = append(repairs, string(repair.Kind)+"@"+repair.Path)
			}
			require.Equal(t, r.repairs, strings.Join(repairs, " "))
		})
	}
}

func TestWhole(t *testing.T) {
	check(t, []run{
		{name: "strict", schema: ticket, text: ticketJSON, want: ticketJSON},
		{name: "white space", schema: ticket, text: " \n" + ticketJSON + "\n", want: ticketJSON},
		{name: "byte order mark", schema: ticket, text: "\uFEFF" + ticketJSON, want: ticketJSON},
		{name: "any JSON", schema: `true`, text: `{"a":[1,{"b":null}]}`, want: `{"a":[1,{"b":null}]}`},
		{name: "root reference", schema: `{"$ref":"#/$defs/A","$defs":{"A":{"type":"array","items":{"type":"integer"}}}}`, text: `[1]`, want: `[1]`},
		{
			name: "not UTF-8", schema: object(`{"type":"string"}`), text: "{\"a\":\"x\xff\"}", want: `{"a":"x\ufffd"}`,
			repairs: "encoding@$",
		},
	})
}

func TestScalarAtTheRoot(t *testing.T) { // F35, F42
	number, text := wrap(`{"type":"number"}`), wrap(`{"type":"string"}`)
	check(t, []run{
		{name: "wrapped", schema: number, text: `{"value":3}`, want: `{"value":3}`},
		{name: "bare number", schema: number, text: `3.14`, want: `{"value":3.14}`, repairs: "wrapped@$"},
		{name: "quoted number", schema: number, text: `"3.14"`, want: `{"value":3.14}`, repairs: "wrapped@$ coerced@$.value"},
		{name: "bare array", schema: wrap(`{"type":"array","items":{"type":"integer"}}`), text: `[1,"2"]`, want: `{"value":[1,2]}`, repairs: "wrapped@$ coerced@$.value[1]"},
		{name: "raw text", schema: text, text: "hello", want: `{"value":"hello"}`, repairs: "wrapped@$ text@$.value"},
		{name: "raw text with quotes", schema: text, text: "say \"hi\"\n\x01", want: `{"value":"say \"hi\"\n\u0001"}`, repairs: "wrapped@$ text@$.value"},
		{name: "raw enum", schema: wrap(`{"enum":["low","high"]}`), text: " high\n", want: `{"value":"high"}`, repairs: "wrapped@$ text@$.value"},
		{name: "raw bool", schema: wrap(`{"type":"boolean"}`), text: "Yes", want: `{"value":true}`, repairs: "wrapped@$ text@$.value coerced@$.value"},
		{name: "unwrapped schema", schema: `{"type":"integer"}`, text: "+7", want: `7`, repairs: "text@$ coerced@$"},
		{name: "JSON for a string", schema: text, text: `{"a":1}`, want: `{"value":"{\"a\":1}"}`, repairs: "wrapped@$ text@$.value"},
		{name: "JSON in prose for a string", schema: text, text: `Sure: {"value":"Paris"}`, want: `{"value":"Paris"}`, repairs: "prose@$"},
		{name: "braces in prose for a string", schema: text, text: `Use {name: x}`, want: `{"value":"Use {name: x}"}`, repairs: "wrapped@$ text@$.value"},
		{name: "null in a fence", schema: `{"anyOf":[{"type":"string","enum":["a"]},{"type":"null"}]}`, text: "So:\n```json\nnull\n```\n", want: `null`, repairs: "fence@$"},
		{
			name: "wrapped string that is too long", schema: wrap(`{"type":"string","maxLength":2}`), text: `{"value":"abc"}`,
			kind: output.KindSchema, message: `$.value: want a string of at most 2 characters, not 3, got "abc"`,
		},
		{name: "wrapped string that breaks off", schema: text, text: `{"value":"abc`, want: `{"value":"abc"}`, repairs: "truncated@$ cut@$.value"},
		{
			name: "prose for a number", schema: number, text: "about three",
			kind: output.KindParse, message: `want a number as JSON, got text without it: "about three"`,
		},
		{name: "number for a list", schema: wrap(`{"type":"array","items":{"type":"integer"}}`), text: "5", want: `{"value":[5]}`, repairs: "wrapped@$ single@$.value"},
		{name: "word for a list", schema: wrap(`{"type":"array","items":{"type":"integer"}}`), text: `"five"`, // F50
			kind: output.KindSchema, message: `$.value: want an array, got "five"`},
	})
}

func TestCoercion(t *testing.T) {
	integer, number, boolean := object(`{"type":"integer"}`), object(`{"type":"number"}`), object(`{"type":"boolean"}`)
	int8 := object(`{"type":"integer","minimum":-128,"maximum":127}`)
	uint64 := object(`{"type":"integer","minimum":0,"maximum":18446744073709551615}`)
	coerced := "coerced@$.a"
	check(t, []run{
		{name: "list of strings and numbers", schema: object(`{"type":"array","items":{"type":"integer"}}`), text: `{"a":["1",2]}`, want: `{"a":[1,2]}`, repairs: "coerced@$.a[0]"}, // F43
		{name: "numeric string", schema: number, text: `{"a":" -1.5e3 "}`, want: `{"a":-1.5e3}`, repairs: coerced},                                                                  // F43
		{name: "number for a string", schema: object(`{"type":"string"}`), text: `{"a":4392}`, want: `{"a":"4392"}`, repairs: coerced},
		{name: "bool for a string", schema: object(`{"type":"string"}`), text: `{"a":true}`, want: `{"a":"true"}`, repairs: coerced},
		{name: "3.0 for an integer", schema: integer, text: `{"a":3.0}`, want: `{"a":3}`, repairs: coerced},           // F45
		{name: "exponent for an integer", schema: integer, text: `{"a":1.2e3}`, want: `{"a":1200}`, repairs: coerced}, // F45
		{name: "string 3.0 for an integer", schema: integer, text: `{"a":"3.0"}`, want: `{"a":3}`, repairs: coerced},
		{name: "largest uint64", schema: uint64, text: `{"a":18446744073709551615}`, want: `{"a":18446744073709551615}`},
		{name: "enum in another case", schema: ticket, text: strings.Replace(ticketJSON, "low", "Low", 1), want: ticketJSON, repairs: "coerced@$.priority"},
		{name: "enum of numbers", schema: object(`{"enum":[1,2.5]}`), text: `{"a":"2.50"}`, want: `{"a":2.50}`, repairs: coerced},
		{name: "enum of several types", schema: object(`{"enum":[1,true,"THREE"]}`), text: `{"a":"1"}`, want: `{"a":1}`, repairs: coerced},

		{name: "3.7 for an integer", schema: integer, text: `{"a":3.7}`, kind: output.KindSchema, message: `$.a: want an integer, got 3.7`},          // F45
		{name: "string 3.7 for an integer", schema: integer, text: `{"a":"3.7"}`, kind: output.KindSchema, message: `$.a: want an integer, got 3.7`}, // F45
		{name: "true for an integer", schema: integer, text: `{"a":true}`, kind: output.KindSchema, message: `$.a: want an integer, got true`},       // F45
		{name: "NaN", schema: number, text: `{"a":"NaN"}`, kind: output.KindSchema, message: `$.a: want a number, got "NaN"`},                        // F45
		{name: "infinity", schema: number, text: `{"a":"Inf"}`, kind: output.KindSchema, message: `$.a: want a number, got "Inf"`},                   // F45
		{name: "too large for 64 bits", schema: number, text: `{"a":1e999}`, kind: output.KindSchema, message: `$.a: want a number that fits 64 bits, got 1e999`},
		{name: "too small for 64 bits", schema: number, text: `{"a":1e-999}`, kind: output.KindSchema, message: `$.a: want a number that fits 64 bits, got 1e-999`},
		{name: "overflow of int8", schema: int8, text: `{"a":128}`, kind: output.KindSchema, message: `$.a: want an integer of at most 127, got 128`}, // F45
		{name: "overflow of uint64", schema: uint64, text: `{"a":18446744073709551616}`, kind: output.KindSchema, message: `$.a: want an integer of at most 18446744073709551615, got 18446744073709551616`},
		{name: "null", schema: integer, text: `{"a":null}`, kind: output.KindSchema, message: `$.a: want an integer, got null`},           // F48
		{name: "maybe", schema: boolean, text: `{"a":"maybe"}`, kind: output.KindSchema, message: `$.a: want true or false, got "maybe"`}, // F44
		{name: "2 for a bool", schema: boolean, text: `{"a":2}`, kind: output.KindSchema, message: `$.a: want true or false, got 2`},      // F44
		{name: "array for a string", schema: object(`{"type":"string"}`), text: `{"a":["x"]}`, kind: output.KindSchema, message: `$.a: want a string, got an array`},
	})
}

func TestBoolWords(t *testing.T) { // F44
	p := compile(t, `{"type":"array","items":{"type":"boolean"}}`)
	words := map[string][]string{
		"true":  {`true`, `"TRUE"`, `1`, `"1"`, `"yes"`, `"Y"`, `"on"`, `"T"`, `" True "`},
		"false": {`false`, `"False"`, `0`, `"0"`, `"NO"`, `"n"`, `"off"`, `"f"`},
	}
	for want, spellings := range words {
		for _, s := range spellings {
			got, err := p.Parse("[" + s + "]")
			require.NoError(t, err, s)
			require.Equal(t, "["+want+"]", string(got.JSON), s)
		}
	}
}

func TestKeys(t *testing.T) {
	two := `{"type":"object","properties":{"user_name":{"type":"string"},"age":{"type":"integer"}},"required":["user_name","age"],"additionalProperties":false}`
	names := `{"type":"object","additionalProperties":{"type":"integer"},"propertyNames":{"enum":["red","blue"]}}`
	check(t, []run{
		{name: "unknown keys", schema: object(`{"type":"integer"}`), text: `{"a":1,"junk":2}`, want: `{"a":1}`, repairs: "unknown_key@$.junk"}, // F46
		{name: "unknown keys everywhere", schema: two, text: `{"x":{},"user_name":"n","y z":[1] ,"age":1, "z":0}`, want: `{"user_name":"n","age":1}`,
			repairs: `unknown_key@$.x unknown_key@$["y z"] unknown_key@$.z`},
		{name: "only unknown keys", schema: `{"type":"object","additionalProperties":false}`, text: `{"x":1,"y":2}`, want: `{}`, repairs: "unknown_key@$.x unknown_key@$.y"},
		{name: "open object", schema: `{"type":"object","properties":{"a":{"type":"integer"}}}`, text: `{"a":1,"b":2}`, want: `{"a":1,"b":2}`},
		{name: "camel case", schema: two, text: `{"userName":"n","Age":"1"}`, want: `{"user_name":"n","age":1}`, repairs: "key@$.userName key@$.Age coerced@$.age"},
		{name: "kebab case, and the right key later", schema: two, text: `{"user-name":1.5,"age":1,"user_name":"n"}`, want: `{"user_name":"n","age":1}`,
			repairs: `unknown_key@$["user-name"]`},
		{name: "right key, then another spelling", schema: two, text: `{"user_name":"n","age":1,"userName":"m"}`, want: `{"user_name":"n","age":1}`, repairs: "unknown_key@$.userName"},
		{name: "spelling that does not fit, and the right key later", schema: two, text: `{"user-name":[],"age":1,"user_name":"n"}`, want: `{"user_name":"n","age":1}`,
			repairs: `unknown_key@$["user-name"]`},
		{name: "equal keys", schema: two, text: `{"age":1,"user_name":"n","age":2}`, want: `{"user_name":"n","age":2}`, repairs: "duplicate_key@$.age"},
		{name: "equal keys of a map", schema: names, text: `{"red":1,"blue":2,"red":3}`, want: `{"blue":2,"red":3}`, repairs: "duplicate_key@$.red"},
		{name: "escaped key", schema: object(`{"type":"integer"}`), text: `{"\u0061":1}`, want: `{"a":1}`},
		{name: "missing key that may be null", schema: object(`{"type":["string","null"]}`), text: `{}`, want: `{"a":null}`, repairs: "missing_key@$.a"},
		{name: "missing key with a default", schema: object(`{"type":"integer","default":7}`), text: `{"x":1}`, want: `{"a":7}`, repairs: "unknown_key@$.x missing_key@$.a"}, // F47

		{name: "null for an optional key", schema: `{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"],"additionalProperties":false}`, text: `{"b":null,"a":1}`, want: `{"a":1}`, repairs: "null@$.b"},
		{name: "null after a value", schema: `{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"],"additionalProperties":false}`, text: `{"a":1,"b":"x","b":null}`, want: `{"a":1}`, repairs: "duplicate_key@$.b null@$.b"},
		{name: "a value after null", schema: `{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"],"additionalProperties":false}`, text: `{"b":null,"a":1,"b":"x"}`, want: `{"a":1,"b":"x"}`, repairs: "duplicate_key@$.b"},
		{name: "broken null", schema: `{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"],"additionalProperties":false}`, text: `{"b":nul,"a":1}`, want: `{"b":"nul","a":1}`, repairs: "quotes@$.b"},
		{name: "missing key", schema: object(`{"type":"integer"}`), text: `{}`, kind: output.KindSchema, message: `$.a: want an integer, got nothing: the key is missing`}, // F47
		{name: "missing key in a list", schema: object(`{"type":"array","items":` + two + `}`), text: `{"a":[{"age":1}]}`, // F58
			kind: output.KindSchema, message: `$.a[0].user_name: want a string, got nothing: the key is missing`},
		{name: "two other spellings", schema: two, text: `{"userName":"n","user-name":"m","age":1}`,
			kind: output.KindSchema, message: `$.user_name: want a string, got nothing: the key is missing`},
		{name: "another spelling that does not fit", schema: two, text: `{"userName":[],"age":1}`, kind: output.KindSchema, message: `$.user_name: want a string, got an array`},
		{name: "key name", schema: names, text: `{"green":1}`, kind: output.KindSchema, message: `want keys that are one of "red" or "blue", got "green"`},
	})
}

func TestManyEqualKeys(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		b.WriteString(`"k` + string(rune('a'+i%26)) + `":` + string(rune('0'+i%10)) + `,`)
	}
	text := "{" + strings.TrimSuffix(b.String(), ",") + "}"
	got, err := compile(t, `{"type":"object","additionalProperties":{"type":"integer"},"maxProperties":26}`).Parse(text)
	require.NoError(t, err)
	require.JSONEq(t, text, string(got.JSON))
	require.Equal(t, 26, strings.Count(string(got.JSON), ":"))
}

func TestShapes(t *testing.T) {
	check(t, []run{
		{name: "nested lists", schema: object(`{"type":"array","items":{"type":"array","items":{"type":"integer"}}}`), text: `{"a":[[1],[],[2,"3"]]}`, want: `{"a":[[1],[],[2,3]]}`, repairs: "coerced@$.a[2][1]"}, // F55
		{name: "list of objects", schema: `{"type":"array","items":` + object(object(`{"type":"integer"}`)) + `}`, text: `[{"a":{"a":1}}]`, want: `[{"a":{"a":1}}]`},                                               // F55
		{name: "recursive", schema: `{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["next"],"additionalProperties":false}`,
			text: `{"next":{"next":{"next":null}}}`, want: `{"next":{"next":{"next":null}}}`},
		{name: "tuple", schema: `{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"integer"}}`, text: `["a","1"]`, want: `["a",1]`, repairs: "coerced@$[1]"},

		{name: "list for an object", schema: ticket, text: `[]`, kind: output.KindSchema, // F50
			message: `want an object with the keys "summary", "priority", "score" and "order_ids", got an array`},
		{name: "blank", schema: ticket, text: " \n\t", kind: output.KindEmpty, // F51
			message: `want an object with the keys "summary", "priority", "score" and "order_ids", got blank text`},
		{name: "blank scalar", schema: wrap(`{"type":"number"}`), text: "", kind: output.KindEmpty, message: `want a number, got blank text`}, // F51
		{name: "text", schema: ticket, text: "I cannot do that.", kind: output.KindParse,
			message: `want an object with the keys "summary", "priority", "score" and "order_ids" as JSON, got text without it: "I cannot do that."`},
		{name: "broken", schema: ticket, text: `{"summary":"s",,}`, kind: output.KindSchema,
			message: `$.priority: want one of "low", "normal" or "urgent", got nothing: the key is missing`},
		{name: "cut", schema: ticket, text: `{"summary":"s","priority":`, kind: output.KindParse,
			message: `$.priority: want one of "low", "normal" or "urgent", got nothing: the answer breaks off before that key`},
	})
}

func TestRules(t *testing.T) {
	check(t, []run{
		{name: "maximum", schema: ticket, text: strings.Replace(ticketJSON, "0.5", "1.5", 1), kind: output.KindSchema, message: `$.score: want a number of at most 1, got 1.5`},
		{name: "enum", schema: ticket, text: strings.Replace(ticketJSON, "low", "high", 1), kind: output.KindSchema, message: `$.priority: want one of "low", "normal" or "urgent", got "high"`},
		{name: "const", schema: object(`{"const":"x"}`), text: `{"a":"y"}`, kind: output.KindSchema, message: `$.a: want "x", got "y"`},
		{name: "minimum", schema: `{"type":"integer","minimum":3}`, text: `2`, kind: output.KindSchema, message: `want an integer of at least 3, got 2`},
		{name: "exclusive minimum", schema: `{"type":"number","exclusiveMinimum":0.1}`, text: `0.10`, kind: output.KindSchema, message: `want a number above 0.1, got 0.10`},
		{name: "exclusive maximum", schema: `{"type":"number","exclusiveMaximum":1e2}`, text: `100`, kind: output.KindSchema, message: `want a number below 1e2, got 100`},
		{name: "multipleOf", schema: `{"type":"number","multipleOf":0.01}`, text: `0.005`, kind: output.KindSchema, message: `want a number that is a multiple of 0.01, got 0.005`},
		{name: "multipleOf that floats would miss", schema: `{"type":"number","multipleOf":0.1}`, text: `0.3`, want: `0.3`},
		{name: "minLength counts characters", schema: `{"type":"string","minLength":3}`, text: `"éé"`, kind: output.KindSchema, message: `want a string of at least 3 characters, got "éé"`},
		{name: "maxLength counts characters", schema: `{"type":"string","maxLength":2}`, text: `"\u00e9\ud83d\ude00"`, want: `"é😀"`},
		{name: "pattern", schema: `{"type":"string","pattern":"^[a-z]+$"}`, text: `"A"`, kind: output.KindSchema, message: `want a string that matches ^[a-z]+$, got "A"`},
		{name: "several patterns", schema: `{"type":"string","pattern":"^a","allOf":[{"pattern":"b$"},{"pattern":"c"}]}`, text: `"acb"`, want: `"acb"`},
		{name: "the third of several patterns", schema: `{"type":"string","pattern":"^a","allOf":[{"pattern":"b$"},{"pattern":"c"}]}`, text: `"ab"`,
			kind: output.KindSchema, message: `want a string that matches c, got "ab"`},
		{name: "base64", schema: `{"type":"string","contentEncoding":"base64"}`, text: `"aGk="`, want: `"aGk="`},
		{name: "not base64", schema: `{"type":"string","contentEncoding":"base64"}`, text: `"hi!"`, kind: output.KindSchema, message: `want bytes in base64, got "hi!"`},
		{name: "minItems", schema: `{"type":"array","minItems":1}`, text: `[]`, kind: output.KindSchema, message: `want at least 1 item, got 0`},
		{name: "maxItems", schema: `{"type":"array","maxItems":1}`, text: `[1,2]`, kind: output.KindSchema, message: `want at most 1 item, got 2`},
		{name: "uniqueItems", schema: `{"type":"array","uniqueItems":true}`, text: `[1,{"a":1,"b":2},{"b":2.0,"a":1}]`, kind: output.KindSchema,
			message: `$[2]: want an item that is not in the array yet, got {"b":2.0,"a":1} again`},
		{name: "minProperties", schema: `{"type":"object","minProperties":1}`, text: `{}`, kind: output.KindSchema, message: `want at least 1 key, got 0`},
		{name: "object const", schema: `{"const":{"a":[1,2]}}`, text: `{"a":[1.0,2e0]}`, want: `{"a":[1,2]}`},
		{name: "object const that differs", schema: `{"const":{"a":[1,2]}}`, text: `{"a":[1]}`, kind: output.KindSchema, message: `want {"a":[1e0,2e0]}, got an object that is not among them`},
		{name: "allOf", schema: `{"allOf":[{"type":"integer","minimum":1},{"minimum":5}]}`, text: `3`, kind: output.KindSchema, message: `want an integer of at least 5, got 3`},
		{name: "beside a reference", schema: `{"$ref":"#/$defs/N","maximum":5,"$defs":{"N":{"type":"integer"}}}`, text: `6`, kind: output.KindSchema, message: `want an integer of at most 5, got 6`},
		{name: "false", schema: object(`false`), text: `{"a":1}`, kind: output.KindSchema, message: `$.a: want nothing, got 1`},
	})
}

func TestFormats(t *testing.T) {
	good := map[string][]string{
		"date-time": {"2026-01-02T03:04:05Z", "2026-01-02t03:04:05.123+01:00"},
		"date":      {"2024-02-29"},
		"time":      {"03:04:05Z", "23:59:59.5-08:00"},
		"duration":  {"P1D", "PT1H30M", "P2W", "P1Y2M3DT4H5M6S"},
		"email":     {"ann@example.com"},
		"hostname":  {"a.example.com", "localhost"},
		"ipv4":      {"127.0.0.1"},
		"ipv6":      {"::1"},
		"uri":       {"https://example.com/a?b#c", "urn:isbn:1"},
		"uuid":      {"123e4567-e89b-12d3-a456-426614174000"},
		"regex":     {"^a+$"},
		"unknown":   {"anything"},

		"uri-reference": {"/a/b", "https://example.com"},
		"json-pointer":  {"", "/a/~0/~1"},
	}
	bad := map[string][]string{
		"date-time": {"2026-13-02T03:04:05Z", "03:04:05", "01/02/2026", "tomorrow"},
		"date":      {"2023-02-29", "02/01/2026"},
		"time":      {"25:00:00Z", "3", "noon"},
		"duration":  {"P", "PT", "soon", "P1H", "P1DT"},
		"email":     {"ann", "ann@", "Ann <ann@example.com>", "a b@example.com"},
		"hostname":  {"-a", "a..b", "a_b", ""},
		"ipv4":      {"1.2.3", "01.2.3.4", "::1"},
		"ipv6":      {"1.2.3.4", "fe80::1%eth0"},
		"uri":       {"/a/b", "example.com", "http://[::1", ""},
		"uuid":      {"123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g"},
		"regex":     {"("},

		"uri-reference": {`\a`},
		"json-pointer":  {"a", "/~2", "/~"},
	}
	for format, texts := range good {
		p := compile(t, `{"type":"string","format":"`+format+`"}`)
		for _, s := range texts {
			_, err := p.Parse(quoted(t, s))
			require.NoError(t, err, "%s %q", format, s)
		}
	}
	for format, texts := range bad {
		p := compile(t, `{"type":"string","format":"`+format+`"}`)
		for _, s := range texts {
			_, err := p.Parse(quoted(t, s))
			require.Error(t, err, "%s %q", format, s)
		}
	}
}

func quoted(t testing.TB, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	require.NoError(t, err)
	return string(b)
}

func TestSearch(t *testing.T) { // F52
	one := object(`{"type":"integer"}`)
	node := `{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["v","next"],"additionalProperties":false}`
	check(t, []run{
		{name: "fence", schema: one, text: "```json\n{\"a\":1}\n```", want: `{"a":1}`, repairs: "fence@$"},
		{name: "fence on one line", schema: one, text: "Here: ```{\"a\":1}``` Bye", want: `{"a":1}`, repairs: "fence@$"},
		{name: "fence without an end", schema: one, text: "```json\n{\"a\":1}\n", want: `{"a":1}`, repairs: "fence@$"},
		{name: "fence before prose", schema: one, text: "```\n{\"a\":1}\n```\nnot {\"a\":2}", want: `{"a":1}`, repairs: "fence@$"},
		{name: "ticks in the answer", schema: object(`{"type":"string"}`), text: "```json\n{\"a\":\"```go\\nx\\n```\"}\n```", want: "{\"a\":\"```go\\nx\\n```\"}", repairs: "fence@$"},
		{name: "prose", schema: one, text: `The answer is {"a":1}, of course.`, want: `{"a":1}`, repairs: "prose@$"},
		{name: "the one that fits", schema: one, text: `{"b":1} or {"a":1} or {"c":1}`, want: `{"a":1}`, repairs: "prose@$"},
		{name: "the one that needs no repair", schema: one, text: `{"a":1} or {"a":"2"}`, want: `{"a":1}`, repairs: "prose@$"},
		{name: "the first of equals", schema: one, text: `First {"a":1}. No: {"a":2}`, want: `{"a":1}`, repairs: "prose@$"},
		{name: "brackets in prose", schema: one, text: `For x in [0, 1) and {set} [1]: {"a":1}`, want: `{"a":1}`, repairs: "prose@$"},
		{name: "two objects in a row", schema: one, text: `{"a":1}{"a":2}`, want: `{"a":1}`, repairs: "prose@$"},

		{name: "part of a broken answer", schema: node, text: `{"v":1,"next":{"v":2,"next":null}`, want: `{"v":1,"next":{"v":2,"next":null}}`, repairs: "truncated@$"},
		{name: "part of an answer with bad keys", schema: node, text: `{v: 1, "next": {"v":2,"next":null}}`, want: `{"v":1,"next":{"v":2,"next":null}}`, repairs: "quotes@$.v"},
		{name: "item of a broken list", schema: wrap(`{"type":"array","items":{"type":"array"}}`), text: `[[1],[2] [[3]]]`, want: `{"value":[[1],[2],[[3]]]}`, repairs: "wrapped@$ comma@$.value"},
		{name: "none fits", schema: one, text: `{} and {"b":[1,2,3]}`, kind: output.KindSchema, message: `$.a: want an integer, got nothing: the key is missing`},
		{name: "broken for any JSON", schema: `true`, text: `{"a":`, want: `"{\"a\":"`, repairs: "text@$"},
	})
}

func TestUnions(t *testing.T) { // F41
	shapes := object(`{"anyOf":[
		{"type":"object","properties":{"type":{"const":"circle"},"radius":{"type":"number"}},"required":["type","radius"],"additionalProperties":false},
		{"type":"object","properties":{"type":{"const":"square_box"},"side":{"type":"number"}},"required":["type","side"],"additionalProperties":false}
	]}`)
	untagged := object(`{"anyOf":[
		{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"],"additionalProperties":false},
		{"type":"object","properties":{"x":{"type":"integer"},"y":{"type":"integer"}},"required":["x","y"],"additionalProperties":false}
	]}`)
	mixed := object(`{"anyOf":[{"type":"integer"},{"type":"string","enum":["none"]},{"type":"array","items":{"type":"integer"}},{"type":"null"}]}`)
	check(t, []run{
		{name: "by tag", schema: shapes, text: `{"a":{"type":"square_box","side":2}}`, want: `{"a":{"type":"square_box","side":2}}`},
		{name: "tag at the end", schema: shapes, text: `{"a":{"side":"2","type":"square_box"}}`, want: `{"a":{"side":2,"type":"square_box"}}`, repairs: "coerced@$.a.side"},
		{name: "tag in another spelling", schema: shapes, text: `{"a":{"Type":"SquareBox","side":2}}`, want: `{"a":{"type":"square_box","side":2}}`, repairs: "key@$.a.Type coerced@$.a.type"},
		{name: "unknown tag", schema: shapes, text: `{"a":{"type":"triangle"}}`, kind: output.KindSchema, message: `$.a.type: want one of "circle" or "square_box", got "triangle"`},
		{name: "no tag", schema: shapes, text: `{"a":{"radius":1}}`, kind: output.KindSchema, message: `$.a.type: want one of "circle" or "square_box", got nothing: the key is missing`},
		{name: "the error is of the branch", schema: shapes, text: `{"a":{"type":"circle","radius":"big"}}`, kind: output.KindSchema, message: `$.a.radius: want a number, got "big"`},
		{name: "by keys, the first", schema: untagged, text: `{"a":{"x":1}}`, want: `{"a":{"x":1}}`},
		{name: "by keys, the second", schema: untagged, text: `{"a":{"x":1,"y":2}}`, want: `{"a":{"x":1,"y":2}}`},
		{name: "by keys, with a repair", schema: untagged, text: `{"a":{"x":"1","y":2,"z":3}}`, want: `{"a":{"x":1,"y":2}}`, repairs: "coerced@$.a.x unknown_key@$.a.z"},
		{name: "by type", schema: mixed, text: `{"a":[1,"2"]}`, want: `{"a":[1,2]}`, repairs: "coerced@$.a[1]"},
		{name: "null", schema: mixed, text: `{"a":null}`, want: `{"a":null}`},
		{name: "string of the enum", schema: mixed, text: `{"a":"none"}`, want: `{"a":"none"}`},
		{name: "string for the integer", schema: mixed, text: `{"a":"7"}`, want: `{"a":7}`, repairs: "coerced@$.a"},
		{name: "no branch", schema: mixed, text: `{"a":"some"}`, kind: output.KindSchema, message: `$.a: want an integer, "none", an array or null, got "some"`},
		{name: "no branch for the type", schema: mixed, text: `{"a":{}}`, kind: output.KindSchema, message: `$.a: want an integer, "none", an array or null, got an object`},
		{name: "what stands beside a union", schema: `{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"anyOf":[{"properties":{"a":{"minimum":5}}},{"properties":{"a":{"maximum":0}}}]}`,
			text: `{"a":3}`, kind: output.KindSchema, message: `$.a: want an integer of at least 5, got 3`},
	})
}

func TestComplete(t *testing.T) {
	for schema, want := range map[string]bool{
		ticket: true,
		`{"oneOf":[{"type":"string"},{"type":"integer"}]}`:                                         true,
		`{"oneOf":[{"const":"a"},{"const":"b"}]}`:                                                  true,
		`{"oneOf":[{"type":"integer"},{"type":"number"}]}`:                                         false,
		`{"oneOf":[{"type":"object"},{"type":"object","required":["a"]}]}`:                         false,
		`{"not":{"type":"string"}}`:                                                                false,
		`{"properties":{"a":{"if":{},"then":{}}}}`:                                                 false,
		`{"patternProperties":{"^a":{}},"additionalProperties":false}`:                             false,
		`{"contains":{"type":"string"}}`:                                                           false,
		`{"$defs":{"A":{"not":{}}},"type":"string"}`:                                               true, // nothing refers to it
		`{"allOf":[{"pattern":"a"},{"pattern":"b"}]}`:                                              true,
		`{"allOf":[{"properties":{"a":{}},"additionalProperties":false},{"properties":{"b":{}}}]}`: false,
		`{"allOf":[{"format":"date"},{"format":"uri"}]}`:                                           false,
		`{"title":"t","description":"d","examples":[1],"x-own":{},"$comment":"c"}`:                 true,
	} {
		require.Equal(t, want, compile(t, schema).Complete(), schema)
	}
	// What the pass does not know must not lose data that the schema allows.
	got, err := compile(t, `{"patternProperties":{"^a":{}},"additionalProperties":false}`).Parse(`{"ab":1}`)
	require.NoError(t, err)
	require.JSONEq(t, `{"ab":1}`, string(got.JSON))
}

func TestCompileRefuses(t *testing.T) {
	for schema, message := range map[string]string{
		``:                                  "the schema is not JSON",
		`{} {}`:                             "the schema is followed by more text",
		`3`:                                 "#: want a schema: an object or a boolean",
		`{"type":"text"}`:                   "#: type: want null, boolean, integer, number, string, array or object",
		`{"minimum":"1"}`:                   "#: minimum: want a number",
		`{"minLength":-1}`:                  "#: minLength: want a count, 0 or more",
		`{"multipleOf":0}`:                  "#: multipleOf: want a number above 0",
		`{"properties":{"a/b":{"enum":1}}}`: "#/properties/a~1b: enum: want an array",
		`{"pattern":"(?=a)"}`:               `#: pattern: want a regular expression in Go's syntax, not "(?=a)"`,
		`{"anyOf":[]}`:                      "#: anyOf: want an array of schemas that is not empty",
		`{"required":[1]}`:                  "#: required: want an array of strings",
		`{"$ref":"#/$defs/A"}`:              "#/$defs/A: there is no schema here",
		`{"$ref":"https://example.com/a"}`:  "want a reference within the schema",
		`{"$ref":"#"}`:                      "the references go round in a circle",
		`{"$ref":"#/$defs/A","$defs":{"A":{"$ref":"#/$defs/B","minimum":1},"B":{"$ref":"#/$defs/A","minimum":2}}}`:                                      "the references go round in a circle",
		`{"anyOf":[{"$ref":"#"},{"type":"string"}]}`:                                                                                                    "refers to itself",
		`{"$ref":"#/$defs/A","$defs":{"A":{"oneOf":[{"$ref":"#/$defs/B"},{"type":"string"}]},"B":{"oneOf":[{"$ref":"#/$defs/A"},{"type":"integer"}]}}}`: "refers to itself",
	} {
		_, err := output.Compile([]byte(schema))
		require.ErrorContains(t, err, message, schema)
	}
}

func TestReferences(t *testing.T) {
	for schema, text := range map[string]string{
		`{"$ref":"#/$defs/a~1b%25","$defs":{"a/b%":{"type":"integer"}}}`:                                                                              `"1"`,
		`{"$ref":"#/$defs/S","$defs":{"S":{"$id":"https://example.com/s","$ref":"#/$defs/T","$defs":{"T":{"type":"integer"}}},"T":{"type":"array"}}}`: `"1"`, // # is the S with its own $id
		`{"allOf":[{"$ref":"#/$defs/A"},{"maximum":5}],"$defs":{"A":{"allOf":[{"type":"integer"},{"minimum":1}]}}}`:                                   `"1"`,
	} {
		got, err := compile(t, schema).Parse(text)
		require.NoError(t, err, schema)
		require.Equal(t, "1", string(got.JSON), schema)
	}
}

func TestSnippet(t *testing.T) { // F49
	long := strings.Repeat("é", 121)
	_, err := compile(t, ticket).Parse(long)
	var e *output.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, strings.Repeat("é", 120)+"…", e.Snippet)
	_, err = compile(t, ticket).Parse(long[2:])
	require.ErrorAs(t, err, &e)
	require.Equal(t, long[2:], e.Snippet)
}

func TestParserIsSafeForManyGoroutines(t *testing.T) {
	p := compile(t, ticket)
	results := make(chan string)
	for i := range 50 {
		go func() {
			r, err := p.Parse(strings.Replace(ticketJSON, `"s"`, `"`+strings.Repeat("x", i)+`"`, 1))
			if err != nil {
				results <- err.Error()
				return
			}
			results <- string(r.JSON)
		}()
	}
	seen := map[string]bool{}
	for range 50 {
		r := <-results
		require.True(t, strings.HasPrefix(r, `{"summary":"`), r)
		seen[r] = true
	}
	require.Len(t, seen, 50)
}

// What a careful reader would not take for the answer, or not lose.
func TestMeaningIsKept(t *testing.T) {
	level, one := wrap(`{"enum":["low","normal","urgent"]}`), wrap(`{"type":"integer"}`)
	for _, text := range []string{
		"Das ist nicht dringend, also kein normal.", "Ce n'est pas urgent.", "hardly urgent", "far from urgent", "It was not, in my opinion, urgent.", "less urgent than usual",
	} {
		_, err := compile(t, level).Parse(text)
		require.Error(t, err, text)
	}
	for _, text := range []string{"3 Millionen", "4½", "– 5", "5 below zero", "<5", "> 5", "at least 5", "more than 5", "5 or more", "(5)"} {
		_, err := compile(t, one).Parse(text)
		require.Error(t, err, text)
	}
	for _, text := range []string{"yes and no", "yes/no", "hardly true", "half true", "the opposite of true", "true-ish", "Partly. Yes", "There is no"} {
		_, err := compile(t, wrap(`{"type":"boolean"}`)).Parse(text)
		require.Error(t, err, text)
	}
	_, err := compile(t, one).Parse(`<think>{"value":3}</think>I cannot say.`)
	require.Error(t, err)
	null := `{"type":"object","properties":{"name":{"type":["string","null"]}},"required":["name"],"additionalProperties":false}`
	check(t, []run{
		{name: "a quoted word at the end", schema: object(`{"type":"string"}`), text: `{"a":"say "hi""}`, want: `{"a":"say \"hi\""}`, repairs: "escape@$.a"},
		{name: "one unquoted key", schema: `{"type":"object","additionalProperties":{"type":["string","null"]}}`, text: `{"name":"x",next:null}`, want: `{"name":"x","next":null}`, repairs: "quotes@$.next"},
		{name: "a comment behind the last value", schema: object(`{"type":"string"}`), text: "{\"a\":\"\" # note\n}", want: `{"a":""}`, repairs: "comment@$"},
		{name: "missing commas on lines", schema: `{"type":"array","items":{"type":["string","null"]}}`, text: "[\n\"b\"\nnull\n]", want: `["b",null]`, repairs: "comma@$"},
		{name: "a comment behind the comma", schema: `{"type":"object","additionalProperties":{"type":"string"}}`, text: "{x: foo, // note\ny: bar}", want: `{"x":"foo","y":"bar"}`, repairs: "comment@$ quotes@$.x quotes@$.x quotes@$.y quotes@$.y"},
		{name: "a word behind a string", schema: `{"type":"array","items":{"type":"string"}}`, text: `["x",a]`, want: `["x","a"]`, repairs: "quotes@$[1]"},
		{name: "numbers on lines amid prose", schema: `{"type":"array","items":{"type":"integer"}}`, text: "Maybe [x]: [\n0x1,\n0xF\n]", want: `[1,15]`, repairs: "prose@$ number@$[0] number@$[1]"},
		{name: "a fence that ends behind a comma", schema: `{"type":"array","items":{"type":"string"}}`, text: "```json\n[\"a\",\n```\nHope that helps", want: `["a"]`, repairs: "fence@$ truncated@$"},
		{name: "a wrapper, where all may be missing", schema: null, text: `{"result":{"name":"x"}}`, want: `{"name":"x"}`, repairs: "unwrapped@$"},
	})
}
