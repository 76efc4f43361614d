package openapi

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const ticket = `{"description":"a <ticket>","type":"object","properties":{"summary":{"type":"string"},"follows":{"$ref":"#/$defs/Ticket"},"level":{"$ref":"#/$defs/Level"}},
	"required":["summary"],"$defs":{"Level":{"type":"integer","maximum":9007199254740993},
	"Ticket":{"description":"a <ticket>","type":"object","properties":{"summary":{"type":"string"},"follows":{"$ref":"#/$defs/Ticket"},"level":{"$ref":"#/$defs/Level"}},"required":["summary"]}}}`

func document(t *testing.T, routes ...Route) string {
	t.Helper()
	text, err := Document(Info{Title: "Support", Version: "1.2.3"}, routes)
	require.NoError(t, err)
	for range 5 {
		again, err := Document(Info{Title: "Support", Version: "1.2.3"}, routes)
		require.NoError(t, err)
		require.Equal(t, string(text), string(again))
	}
	return string(text)
}

// part is what stands at a path of keys, as JSON on one line.
func part(t *testing.T, text string, keys ...string) string {
	t.Helper()
	at := json.RawMessage(text)
	for _, k := range keys {
		var o map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(at, &o))
		require.Contains(t, o, k)
		at = o[k]
	}
	return strings.Join(strings.Fields(string(at)), " ")
}

func TestDocument(t *testing.T) {
	text := document(t,
		Route{Command: "Desk.Close", Method: "PUT", Path: "/desk", Answer: None},
		Route{
			Command: "Triage", Method: "POST", Path: "/triage", Summary: "Triage sorts.", Description: "Triage sorts. It is fast.",
			Input: Schema{JSON: `{"type":"object","properties":{"z":{"type":"string"},"a":{"enum":["x", "y"]}},"required":["z"]}`}, Output: Schema{Name: "Ticket", JSON: ticket},
		},
		Route{Command: "Reply", Method: "PATCH", Path: "/{$}", Answer: Text},
	)
	require.True(t, strings.HasPrefix(text, "{\n  \"openapi\": \"3.1.0\",\n  \"info\": {\n    \"title\": \"Support\",\n    \"version\": \"1.2.3\"\n  },\n  \"paths\": {\n    \"/\": {"), text)
	require.True(t, strings.HasSuffix(text, "}\n"))

	post := func(keys ...string) string {
		return part(t, text, append([]string{"paths", "/triage", "post"}, keys...)...)
	}
	require.Equal(t, `"Triage"`, post("operationId"))
	require.Equal(t, `"Triage sorts."`, post("summary"))
	require.Equal(t, `"Triage sorts. It is fast."`, post("description"))
	require.Equal(t, `{ "type": "object", "properties": { "z": {"type": "string"}, "a": { "enum": ["x", "y"] } }, "required": ["z"] }`,
		post("requestBody", "content", typeJSON, "schema"), "properties stay in their order")
	require.Equal(t, `{"$ref": "#/components/schemas/Ticket"}`, post("responses", "200", "content", typeJSON, "schema"))
	require.Equal(t, `{"$ref": "#/components/schemas/ValueEvents"}`, post("responses", "200", "content", typeEvents, "schema"))
	for status, name := range map[string]string{"422": "Refused", "503": "Unavailable", "5XX": "Failed", "default": "Problem"} {
		require.Equal(t, `{"$ref": "#/components/responses/`+name+`"}`, post("responses", status))
		require.Equal(t, `{"$ref": "#/components/schemas/Problem"}`, part(t, text, "components", "responses", name, "content", typeProblem, "schema"))
	}
	require.Equal(t, `{ "description": "a <ticket>", "type": "object", "properties": { "summary": {"type": "string"}, "follows": {"$ref": "#/components/schemas/Ticket"}, `+
		`"level": {"$ref": "#/components/schemas/Level"} }, "required": ["summary"] }`, part(t, text, "components", "schemas", "Ticket"))
	require.Equal(t, `{ "type": "integer", "maximum": 9007199254740993 }`, part(t, text, "components", "schemas", "Level"), "numbers stay as they are")

	require.Equal(t, `{"description": "Done."}`, part(t, text, "paths", "/desk", "put", "responses", "204"))
	require.Equal(t, `["Desk"]`, part(t, text, "paths", "/desk", "put", "tags"))
	require.Equal(t, `"Desk_Close"`, part(t, text, "paths", "/desk", "put", "operationId"))
	require.Equal(t, `{"$ref": "#/components/schemas/TextEvents"}`, part(t, text, "paths", "/", "patch", "responses", "200", "content", typeEvents, "schema"))
	require.Equal(t, `{"type": "string"}`, part(t, text, "paths", "/", "patch", "responses", "200", "content", typeJSON, "schema"))
}

// Two definitions share a name in the document if they, and all that they refer to, are the same.
func TestNamesOfComponents(t *testing.T) {
	holder := func(defs string) Schema {
		return Schema{JSON: `{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":` + defs + `}`}
	}
	route := func(path string, output Schema) Route {
		return Route{Command: "C" + path[1:], Method: "POST", Path: path, Output: output}
	}
	text := document(t,
		route("/1", holder(`{"A":{"items":{"$ref":"#/$defs/B"}},"B":{"type":"string"}}`)),
		route("/2", holder(`{"B":{"type":"string"},"A":{"items":{"$ref":"#/$defs/B"}}}`)),
		route("/3", holder(`{"A":{"items":{"$ref":"#/$defs/B"}},"B":{"type":"integer"}}`)),
		route("/4", Schema{Name: "B", JSON: `{"type":"string"}`}),
		route("/5", Schema{Name: "B", JSON: `{"type":"object","properties":{"b":{"$ref":"#/$defs/B"}},"$defs":{"B":{"type":"string"}}}`}),
		route("/6", Schema{Name: "answer", JSON: `{"type":"null"}`}),
		route("/7", holder(`{"A":{"const":{"$ref":"#/$defs/B"}}}`)),
		route("/8", Schema{JSON: `{"$ref":"#/$defs/Problem","$defs":{"Problem":{"type":"string"}}}`}),
		route("/9", Schema{Name: "Page[Item]", JSON: `{"type":"object"}`}),
		route("/10", Schema{JSON: `{"properties":{"a":{"$ref":"#/$defs/Late"}}}`, Unknown: []string{"Late"}}),
	)
	answer := func(path string) string {
		return part(t, text, "paths", path, "post", "responses", "200", "content", typeJSON, "schema")
	}
	object := func(ref string) string {
		return `{ "type": "object", "properties": { "a": {"$ref": "#/components/schemas/` + ref + `"} } }`
	}
	require.Equal(t, object("A"), answer("/1"))
	require.Equal(t, object("A"), answer("/2"))
	require.Equal(t, object("A_2"), answer("/3"), "what it refers to is another thing")
	require.Equal(t, `{"$ref": "#/components/schemas/B"}`, answer("/4"))
	require.Equal(t, `{ "type": "object", "properties": { "b": {"$ref": "#/components/schemas/B"} } }`, answer("/5"), "one of its definitions has the name")
	require.Equal(t, `{"type": "null"}`, answer("/6"), "a type without a name")
	require.Equal(t, object("A_3"), answer("/7"))
	require.Equal(t, `{ "const": {"$ref": "#/$defs/B"} }`, part(t, text, "components", "schemas", "A_3"), "a value, not a schema")
	require.Equal(t, `{"$ref": "#/components/schemas/Problem_2"}`, answer("/8"))
	require.Equal(t, `{"$ref": "#/components/schemas/Page_Item_"}`, answer("/9"))
	require.Contains(t, part(t, text, "components", "schemas", "Late"), "when the program runs")
}

// Clients are generated from operationIds: two commands of one name, as of two packages, have different ones.
func TestOperationIDs(t *testing.T) {
	text := document(t,
		Route{Command: "Desk.Answer", Method: "POST", Path: "/a", Answer: Text},
		Route{Command: "Desk_Answer", Method: "POST", Path: "/b", Answer: Text},
		Route{Command: "Desk.Answer_2", Method: "POST", Path: "/c", Answer: Text},
		Route{Command: "Desk.Answer", Method: "PUT", Path: "/a", Answer: Text},
	)
	for at, want := range map[string]string{"/a post": "Desk_Answer", "/b post": "Desk_Answer_2", "/c post": "Desk_Answer_2_2", "/a put": "Desk_Answer_3"} {
		path, method, _ := strings.Cut(at, " ")
		require.Equal(t, `"`+want+`"`, part(t, text, "paths", path, method, "operationId"))
	}
}

func TestRefused(t *testing.T) {
	of := func(method, path string, output Schema) Route {
		return Route{Command: "C", Method: method, Path: path, Output: output}
	}
	sound := Schema{JSON: `{"type":"object"}`}
	wrapped := of("POST", "/a", sound)
	wrapped.Wrapped = true
	body := of("POST", "/a", sound)
	body.Input.JSON = `[`
	for want, routes := range map[string][]Route{
		"route QUERY /a: OpenAPI 3.1 does not know the method":                             {of("QUERY", "/a", sound)},
		"route POST a: OpenAPI 3.1 cannot say the path":                                    {of("POST", "a", sound)},
		"route POST /{x}: OpenAPI 3.1 cannot say the path":                                 {of("POST", "/{x}", sound)},
		"there are two routes POST /a":                                                     {of("POST", "/a", sound), of("POST", "/a", sound)},
		"route POST /a: its answer: there is no schema":                                    {of("POST", "/a", Schema{})},
		"route POST /a: its answer: why not":                                               {of("POST", "/a", Schema{Err: errors.New("why not")})},
		"route POST /a: its answer: it is no JSON object":                                  {of("POST", "/a", Schema{JSON: `[]`})},
		"route POST /a: its answer: the schema wraps no value":                             {wrapped},
		"route POST /a: its parameters: unexpected end of JSON input":                      {body},
		`route POST /a: its answer: the reference "#/properties/b" leads out of its $defs`: {of("POST", "/a", Schema{JSON: `{"items":[{"$ref":"#/properties/b"}]}`})},
		`route POST /a: its answer: the reference "other.json" leads out of its $defs`:     {of("POST", "/a", Schema{JSON: `{"$defs":{"A":{"$ref":"other.json"}}}`})},
		`route POST /a: its answer: the reference "#/$defs/Lost" leads out of its $defs`:   {of("POST", "/a", Schema{JSON: `{"not":{"$ref":"#/$defs/Lost"}}`})},
		`route PUT /b: its answer: invalid character '}' looking for beginning of value`:   {of("POST", "/a", sound), of("PUT", "/b", Schema{JSON: `{"a":}`})},
		`route PATCH /b: its answer: unexpected end of JSON input`:                         {of("PATCH", "/b", Schema{JSON: `{"a":[`})},
		`route PATCH /b: its answer: invalid character ']' after object key:value pair`:    {of("PATCH", "/b", Schema{JSON: `{"a":1]`})},
		`route PATCH /b: its answer: invalid character ':' after array element`:            {of("PATCH", "/b", Schema{JSON: `{"a":[1:2]}`})},
		`route PATCH /b: its answer: invalid character '1'`:                                {of("PATCH", "/b", Schema{JSON: `{1:2}`})},
	} {
		_, err := Document(Info{}, routes)
		require.ErrorContains(t, err, want)
	}
}
