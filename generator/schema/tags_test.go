package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tagged returns the schema of a field of a type with a tag, and what is wrong with it.
func tagged(t *testing.T, typ, tag string) (string, string) {
	t.Helper()
	g := generate(t, `package m
import "time"
var _ time.Time
type Kind string
const A Kind = "a"
type Sub struct{ X int }
type T struct {
	Field `+typ+" `"+tag+"`"+`
}
`)
	out, problems := g.output("T")
	if len(problems) > 0 {
		require.Equal(t, 8, g.pkg.Position(problems[0].Pos).Line)
		require.NotEmpty(t, problems[0].Hint)
		return "", problems[0].Message
	}
	var root struct {
		Properties struct{ Field json.RawMessage }
	}
	require.NoError(t, json.Unmarshal([]byte(out.Schema.JSON), &root))
	return string(root.Properties.Field), ""
}

func TestJSONSchemaTags(t *testing.T) {
	for _, test := range []struct{ typ, tag, want string }{
		{"float64", "minimum=0,maximum=1", `{"type":"number","minimum":0,"maximum":1}`},
		{"int", "exclusiveMinimum=0,exclusiveMaximum=10,multipleOf=2", `{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":10,"multipleOf":2}`},
		{"int8", "minimum=1", `{"type":"integer","minimum":1,"maximum":127}`},
		{"string", "minLength=1,maxLength=9,pattern=^a$,format=email", `{"type":"string","minLength":1,"maxLength":9,"pattern":"^a$","format":"email"}`},
		{"string", "pattern=^[a-z]{1,3}$,minLength=2", `{"type":"string","minLength":2,"pattern":"^[a-z]{1,3}$"}`},
		{"string", `description=first\\,minLength=second`, `{"type":"string","description":"first,minLength=second"}`},
		{"string", "title=A title,description=What, and why,default=x,example=y,example=z", `{"type":"string","title":"A title","description":"What, and why","default":"x","examples":["y","z"]}`},
		{"string", "enum=a,enum=b", `{"type":"string","enum":["a","b"]}`},
		{"int", "enum=1,enum=2,default=1", `{"type":"integer","enum":[1,2],"default":1}`},
		{"bool", "default=true", `{"type":"boolean","default":true}`},
		{"[]string", "minItems=1,maxItems=3,uniqueItems,pattern=^x", `{"type":"array","items":{"type":"string","pattern":"^x"},"minItems":1,"maxItems":3,"uniqueItems":true}`},
		{"[]int", "minimum=1", `{"type":"array","items":{"type":"integer","minimum":1}}`},
		{"map[string]int", "minProperties=1", `{"type":"object","additionalProperties":{"type":"integer"},"minProperties":1}`},
		{"Kind", "description=which", `{"anyOf":[{"$ref":"#/$defs/Kind"}],"description":"which"}`},
		{"Kind", "enum=a", `{"anyOf":[{"$ref":"#/$defs/Kind"}],"enum":["a"]}`},
		{"*int", "minimum=1", `{"type":["integer","null"],"minimum":1}`},
		{"*int", "required,minimum=1", `{"type":"integer","minimum":1}`},
		{"*string", "enum=a", `{"type":["string","null"],"enum":["a",null]}`},
	} {
		t.Run(test.typ+" "+test.tag, func(t *testing.T) {
			got, problem := tagged(t, test.typ, `jsonschema:"`+test.tag+`"`)
			require.Empty(t, problem)
			require.JSONEq(t, test.want, got)
		})
	}
}

func TestRefusedTags(t *testing.T) {
	for _, test := range []struct{ typ, tag, want string }{
		{"string", `jsonschema:"minimun=1"`, `T.Field: jsonschema tag: unknown keyword "minimun=1"`},
		{"string", `jsonschema:"wat"`, `T.Field: jsonschema tag: unknown keyword "wat"`},
		{"string", `jsonschema:"minimum=1"`, `T.Field: jsonschema tag: minimum does not apply to a string`},
		{"Sub", `jsonschema:"minLength=1"`, `T.Field: jsonschema tag: minLength does not apply to an object`},
		{"int", `jsonschema:"minimum=low"`, `T.Field: jsonschema tag: minimum: "low" is not a number`},
		{"int", `jsonschema:"default=1.5"`, `T.Field: jsonschema tag: default: "1.5" is not an integer`},
		{"int", `jsonschema:"multipleOf=0"`, `T.Field: jsonschema tag: multipleOf: 0 is not above zero`},
		{"bool", `jsonschema:"default=maybe"`, `T.Field: jsonschema tag: default: "maybe" is neither true nor false`},
		{"string", `jsonschema:"minLength=-1"`, `T.Field: jsonschema tag: minLength: "-1" is not a number of at least 0`},
		{"string", `jsonschema:"pattern=["`, "T.Field: jsonschema tag: pattern: error parsing regexp: missing closing ]: `[`"},
		{"string", `json:",string"`, `T.Field: the option "string" of the json tag means a JSON string inside of a string`},
		{"int", `validate:"min=x"`, `T.Field: validate tag: min=x: "x" is not a number`},
		{"string", `validate:"len=x"`, `T.Field: validate tag: len=x: "x" is not a number of at least 0`},
		{"int", `validate:"oneof=a b"`, `T.Field: validate tag: oneof=a b: "a" is not a number`},
		{"[]int", `validate:"dive,min=x"`, `T.Field: validate tag: min=x: "x" is not a number`},
		{"map[string]int", `validate:"dive,keys,min=1"`, `T.Field: validate tag: keys without endkeys`},
	} {
		t.Run(test.typ+" "+test.tag, func(t *testing.T) {
			_, problem := tagged(t, test.typ, test.tag)
			require.Equal(t, test.want, problem)
		})
	}
}

func TestValidateTags(t *testing.T) {
	for _, test := range []struct{ typ, tag, want string }{
		{"string", "required", `{"type":"string","minLength":1}`},
		{"int", "required", `{"type":"integer"}`},
		{"*int", "required", `{"type":"integer"}`},
		{"[]int", "required", `{"type":"array","items":{"type":"integer"},"minItems":1}`},
		{"string", "omitempty,email", `{"type":["string","null"],"format":"email"}`},
		{"string", "min=2,max=5", `{"type":"string","minLength":2,"maxLength":5}`},
		{"string", "gt=2,lt=5", `{"type":"string","minLength":3,"maxLength":4}`},
		{"string", "len=4", `{"type":"string","minLength":4,"maxLength":4}`},
		{"int", "gte=2,lte=5", `{"type":"integer","minimum":2,"maximum":5}`},
		{"float64", "gt=0.5,lt=1", `{"type":"number","exclusiveMinimum":0.5,"exclusiveMaximum":1}`},
		{"int", "eq=3", `{"type":"integer","const":3}`},
		{"string", "oneof=red 'light blue'", `{"type":"string","enum":["red","light blue"]}`},
		{"int", "oneof=1 2", `{"type":"integer","enum":[1,2]}`},
		{"string", "uuid4", `{"type":"string","format":"uuid"}`},
		{"string", "ipv4", `{"type":"string","format":"ipv4"}`},
		{"string", "datetime=2006-01-02", `{"type":"string","format":"date"}`},
		{"string", "datetime=02.01.2006", `{"type":"string"}`},
		{"string", "alphanum,startswith=a.", `{"type":"string","pattern":"^[a-zA-Z0-9]+$","allOf":[{"pattern":"^a\\."}]}`},
		{"string", "excludesall=!]^-0x2C", `{"type":"string","pattern":"^[^!\\]\\^\\-,]*$"}`},
		{"[]string", "min=1,unique,dive,email", `{"type":"array","items":{"type":"string","format":"email"},"minItems":1,"uniqueItems":true}`},
		{"map[string]int", "min=1,dive,keys,alpha,endkeys,min=3", `{"type":"object","additionalProperties":{"type":"integer","minimum":3},"minProperties":1}`},
		{"time.Duration", "min=1s", `{"type":"string","pattern":"^-?([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$","description":"A duration such as 1h30m or 250ms."}`},
		{"string", "email|url,eqfield=Other,mine", `{"type":"string"}`},
		{"Sub", "required", `{"$ref":"#/$defs/Sub"}`},
	} {
		t.Run(test.typ+" "+test.tag, func(t *testing.T) {
			got, problem := tagged(t, test.typ, `validate:"`+test.tag+`"`)
			require.Empty(t, problem)
			require.JSONEq(t, test.want, got)
		})
	}
}

func TestQuotedNumbers(t *testing.T) {
	for typ, want := range map[string]string{
		"int":     `{"type":"string","pattern":"^-?[0-9]+$"}`,
		"*uint8":  `{"type":["string","null"],"pattern":"^[0-9]+$"}`,
		"bool":    `{"type":"string","enum":["true","false"]}`,
		"[]int":   `{"type":"array","items":{"type":"integer"}}`,
		"float64": `{"type":"string","pattern":"^-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?$"}`,
	} {
		got, problem := tagged(t, typ, `json:",string"`)
		require.Empty(t, problem)
		require.JSONEq(t, want, got, typ)
	}
}

func TestEveryBadTagIsReported(t *testing.T) {
	g := generate(t, "package m\ntype T struct {\n\tA int `jsonschema:\"pattern=x\"`\n\tB string `jsonschema:\"minimum=1,maximum=2\"`\n}\n")
	_, problems := g.output("T")
	var all []string
	for _, p := range problems {
		all = append(all, p.Message)
	}
	require.Equal(t, "T.A: jsonschema tag: pattern does not apply to an integer\nT.B: jsonschema tag: minimum does not apply to a string\nT.B: jsonschema tag: maximum does not apply to a string", strings.Join(all, "\n"))
}
