package serve_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/serve"
)

func routes(t *testing.T, steps ...alloytest.Step) []serve.Route {
	model := alloy.WithProvider(play(t, steps...))
	put := endpoint(notify)
	put.Method, put.Path = http.MethodPut, "/respond"
	typed := endpoint(triage)
	typed.Summary, typed.Output = "Triage classifies a customer's message.", ticketSchema
	return []serve.Route{endpoint(reply).Route(model), put.Route(model), typed.Route(model)}
}

// at is a request to a path.
func at(method, path string) *http.Request {
	r := request(hello)
	r.Method, r.URL.Path = method, path
	return r
}

func TestMux(t *testing.T) {
	mux := serve.Mux(routes(t, alloytest.Reply("hello"), alloytest.Reply("done"), alloytest.ReplyJSON(Ticket{Priority: "low"}))...)
	require.Equal(t, "\"hello\"\n", ask(mux, at(http.MethodPost, "/respond")).Body.String())
	require.Equal(t, http.StatusNoContent, ask(mux, at(http.MethodPut, "/respond")).Code)
	require.Equal(t, `{"summary":"","priority":"low"}`+"\n", ask(mux, at(http.MethodPost, "/triage")).Body.String())
	for _, path := range []string{"/other", "/respond/", "/", "/respond/x"} {
		p := problem(t, ask(mux, at(http.MethodPost, path)))
		require.Equal(t, http.StatusNotFound, p.Status)
		require.Equal(t, "request", p.Kind)
	}

	w := ask(mux, at(http.MethodGet, "/respond"))
	p := problem(t, w)
	require.Equal(t, http.StatusMethodNotAllowed, p.Status)
	require.Equal(t, "The method must be POST or PUT.", p.Detail)
	require.Equal(t, "POST, PUT", w.Header().Get("Allow"))
	require.Equal(t, "POST", ask(mux, at(http.MethodHead, "/triage")).Header().Get("Allow"))

	require.Equal(t, http.StatusNotFound, problem(t, ask(serve.Mux(), httptest.NewRequest("GET", "/", nil))).Status)

	root := serve.Mux(serve.Route{Method: "POST", Path: "/", Handler: http.RedirectHandler("/there", http.StatusFound)},
		serve.Route{Method: "POST", Path: "/tree/", Handler: http.RedirectHandler("/there", http.StatusFound)})
	require.Equal(t, http.StatusFound, ask(root, at(http.MethodPost, "/other")).Code)
	require.Equal(t, http.StatusTemporaryRedirect, ask(root, at(http.MethodPost, "/tree")).Code)
}

// Routes that contradict each other are named by every answer.
func TestRoutesThatContradictEachOther(t *testing.T) {
	route := func(path string) serve.Route {
		return serve.Route{Method: "POST", Path: path, Handler: http.NotFoundHandler()}
	}
	for want, all := range map[string][]serve.Route{
		"there are two routes POST /a":                            {route("/a"), route("/a")},
		`the path "/{x}/b" is no pattern, or contradicts another`: {route("/a/{x}"), route("/{x}/b")},
		`the path "/{" is no pattern, or contradicts another`:     {route("/{")},
		`the path "a" does not begin with a slash`:                {route("a")},
		`the path "" does not begin with a slash`:                 {route("")},
		`the path "POST /a" does not begin with a slash`:          {route("POST /a")},
	} {
		p := problem(t, ask(serve.Mux(all...), at(http.MethodPost, "/a")))
		require.Equal(t, http.StatusInternalServerError, p.Status)
		require.Equal(t, "The routes of the service are wrong: "+want+".", p.Detail)
	}
}

func TestOpenAPI(t *testing.T) {
	list := endpoint(alloy.NewCommand(alloy.Definition[[]Ticket]{Name: "Agent.List"}))
	list.Path, list.Wrapped = "/list/{$}", true
	list.Output = &alloy.Schema{JSON: `{"type":"object","properties":{"value":{"type":"array","items":{"$ref":"#/$defs/Ticket"}}},"required":["value"],
		"$defs":{"Ticket":{"type":"object","properties":{"default":{"$ref":"#/$defs/Ticket"},"enum":{"$ref":"#/$defs/Priority"},"big":{"$ref":"#/$defs/Big"}},"default":{"$ref":"#/$defs/none"}},
		"Priority":{"type":"integer","enum":[1,2]},
		"Big":{"$id":"https://shop.test/big","$ref":"#/$defs/own","$defs":{"own":{"type":"string"}}}}}`}
	again := endpoint(reply)
	again.Path = "/again"
	again.Command.Name = "Again"
	problemLike := endpoint(triage)
	problemLike.Method, problemLike.Path, problemLike.Input = http.MethodGet, "/triage", nil
	problemLike.Output = &alloy.Schema{JSON: `{"$ref":"#/$defs/Problem","$defs":{"Problem":{"type":"string"},"A/B":{"type":"null"}}}`}
	all := append(routes(t), list.Route(), again.Route(), problemLike.Route())

	text, err := serve.OpenAPI(serve.Info{Title: "Support", Version: "1.0.0"}, all...)
	require.NoError(t, err)
	for range 10 {
		same, err := serve.OpenAPI(serve.Info{Title: "Support", Version: "1.0.0"}, all...)
		require.NoError(t, err)
		require.Equal(t, string(text), string(same))
	}
	var doc struct {
		OpenAPI string
		Info    map[string]string
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			RequestBody struct {
				Required bool
				Content  map[string]struct{ Schema map[string]any }
			}
			Responses map[string]struct {
				Ref         string `json:"$ref"`
				Description string
				Content     map[string]struct{ Schema map[string]any }
			}
		}
		Components struct{ Schemas map[string]map[string]any }
	}
	require.NoError(t, json.Unmarshal(text, &doc))
	require.Equal(t, "3.1.0", doc.OpenAPI)
	require.Equal(t, map[string]string{"title": "Support", "version": "1.0.0"}, doc.Info)
	require.Len(t, doc.Paths, 4)

	post := doc.Paths["/triage"]["post"]
	require.Equal(t, "Triage", post.OperationID)
	require.Equal(t, "Triage classifies a customer's message.", post.Summary)
	require.True(t, post.RequestBody.Required)
	require.Equal(t, []any{"message"}, post.RequestBody.Content["application/json"].Schema["required"])
	require.Equal(t, "#/components/schemas/ValueEvents", post.Responses["200"].Content[events].Schema["$ref"])
	require.Contains(t, doc.Components.Schemas["ValueEvents"]["description"], "restarted")
	require.Equal(t, "#/components/responses/Problem", post.Responses["default"].Ref)

	require.Equal(t, map[string]any{"type": "string"}, doc.Paths["/respond"]["post"].Responses["200"].Content["application/json"].Schema)
	require.Contains(t, doc.Paths["/respond"]["put"].Responses, "204")
	require.NotContains(t, doc.Paths["/respond"]["put"].Responses["200"].Content, "application/json")
	require.Empty(t, doc.Paths["/triage"]["get"].RequestBody.Content)

	answer := doc.Paths["/list/"]["post"].Responses["200"].Content["application/json"].Schema
	require.Equal(t, map[string]any{"type": "array", "items": map[string]any{"$ref": "#/components/schemas/Ticket_2"}}, answer, "that of Triage is another")
	require.Equal(t, map[string]any{"$ref": "#/components/schemas/Ticket"}, doc.Paths["/triage"]["post"].Responses["200"].Content["application/json"].Schema)
	require.Equal(t, "Agent_List", doc.Paths["/list/"]["post"].OperationID)
	ticket := doc.Components.Schemas["Ticket_2"]["properties"].(map[string]any)
	require.Equal(t, "#/components/schemas/Priority_2", ticket["enum"].(map[string]any)["$ref"], "two things called Priority")
	require.Equal(t, "#/components/schemas/Ticket_2", ticket["default"].(map[string]any)["$ref"])
	require.Equal(t, "#/$defs/none", doc.Components.Schemas["Ticket_2"]["default"].(map[string]any)["$ref"], "a value, not a schema")
	require.Equal(t, "#/$defs/own", doc.Components.Schemas["Big"]["$ref"], "of a document of its own")
	require.Equal(t, "#/components/schemas/Problem_2", doc.Paths["/triage"]["get"].Responses["200"].Content["application/json"].Schema["$ref"])
	require.Contains(t, doc.Components.Schemas, "A_B")
	require.NotContains(t, doc.Components.Schemas, "Order_2", "the same thing twice is one")

	// Every schema compiles where it stands, and its references lead somewhere.
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	require.NoError(t, compiler.AddResource("https://openapi.test/doc.json", strings.NewReader(string(text))))
	for name := range doc.Components.Schemas {
		_, err := compiler.Compile("https://openapi.test/doc.json#/components/schemas/" + name)
		require.NoError(t, err)
	}
	_, err = compiler.Compile("https://openapi.test/doc.json#/paths/~1respond/post/requestBody/content/application~1json/schema")
	require.NoError(t, err)
	problems, err := compiler.Compile("https://openapi.test/doc.json#/components/schemas/Problem")
	require.NoError(t, err)
	var sent any
	require.NoError(t, json.Unmarshal(ask(handle(reply, never(t)), request(`{}`)).Body.Bytes(), &sent))
	require.NoError(t, problems.Validate(sent))
}

func TestOpenAPIRefuses(t *testing.T) {
	typed := func(method, path string, output *alloy.Schema, wrapped bool) serve.Route {
		e := endpoint(triage)
		e.Method, e.Path, e.Output, e.Wrapped = method, path, output, wrapped
		return e.Route()
	}
	broken := endpoint(reply)
	broken.Input = &alloy.Schema{JSON: `{`}
	lost := &alloy.Schema{JSON: `{"type":"object","properties":{"a":{"$ref":"#/properties/b"}}}`}
	late := &alloy.Schema{JSON: `{"type":"object"}`, Defs: map[string]func() string{"A": func() string { return "no" }}}
	for want, all := range map[string][]serve.Route{
		"route QUERY /a: OpenAPI 3.1 does not know the method":                             {typed("QUERY", "/a", ticketSchema, false)},
		"route POST /a/{b...}: OpenAPI 3.1 cannot say the path":                            {typed("POST", "/a/{b...}", ticketSchema, false)},
		"route POST a: OpenAPI 3.1 cannot say the path":                                    {typed("POST", "a", ticketSchema, false)},
		"there are two routes POST /a/":                                                    {typed("POST", "/a/", ticketSchema, false), typed("POST", "/a/{$}", ticketSchema, false)},
		"route POST /a: its answer: there is no schema":                                    {typed("POST", "/a", nil, false)},
		"route POST /a: its answer: the schema wraps no value":                             {typed("POST", "/a", ticketSchema, true)},
		`route POST /a: its answer: the reference "#/properties/b" leads out of its $defs`: {typed("POST", "/a", lost, false)},
		"route POST /a: its answer: the definition of A: it is no JSON object":             {typed("POST", "/a", late, false)},
		"route POST /respond: its parameters: unexpected end of JSON input":                {broken.Route()},
	} {
		_, err := serve.OpenAPI(serve.Info{Title: "a", Version: "1"}, all...)
		require.EqualError(t, err, want)
	}
}
