package serve_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/serve"
)

// never is a model that must not be called.
func never(t *testing.T) *alloytest.Model { return play(t) }

func TestJSON(t *testing.T) {
	w := ask(handle(reply, play(t, alloytest.Reply("It is <shipped>."))), request(hello))
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, `"It is \u003cshipped\u003e."`+"\n", w.Body.String())
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "Accept", w.Header().Get("Vary"))

	w = ask(handle(triage, play(t, alloytest.ReplyJSON(Ticket{Summary: "late", Priority: "urgent"}))), request(hello, "application/json"))
	require.Equal(t, `{"summary":"late","priority":"urgent"}`+"\n", w.Body.String())
}

func TestAccept(t *testing.T) {
	const asJSON, asEvents, neither = "application/json", events, "application/problem+json"
	for accept, want := range map[string]string{
		"":                                    asJSON,
		"*/*":                                 asJSON,
		"application/json":                    asJSON,
		"text/event-stream":                   asEvents,
		"Text/Event-Stream":                   asEvents,
		"application/json, text/event-stream": asEvents,
		"text/event-stream;q=0.5, application/json;q=0.6":    asJSON,
		"text/event-stream;q=0.5, application/json;q=0.5":    asEvents,
		"text/event-stream; q=0.5, */*; q=0.1":               asEvents,
		"text/event-stream;q=0.5, */*":                       asJSON,
		"text/event-stream;q=0, application/json;q=0.001":    asJSON,
		"text/event-stream;q=0":                              neither,
		"application/json;q=0":                               neither,
		"application/json;q=0, */*":                          asEvents,
		"text/*":                                             asEvents,
		"text/html, application/xhtml+xml":                   neither,
		"text/html, application/xhtml+xml, */*;q=0.8":        asJSON,
		"application/*;q=0.2, text/event-stream;q=0.1":       asJSON,
		`application/json;note="a,b;q=0.1", text/html`:       asJSON,
		"application/json;q=2, text/html":                    neither,
		"application/json;q=0.1234, text/event-stream;q=0.1": asEvents,
		"text/event-stream;charset=utf-8;q=0.9":              asEvents,
		"nonsense":                                           asJSON,
		",,;q=1":                                             asJSON,
		"image/png, nonsense":                                neither,
	} {
		t.Run(accept, func(t *testing.T) {
			steps := []alloytest.Step{alloytest.Reply("hello")}
			if want == neither {
				steps = nil
			}
			r := request(hello)
			if accept != "" {
				r.Header.Set("Accept", accept)
			}
			w := ask(handle(reply, play(t, steps...)), r)
			require.Equal(t, want, w.Header().Get("Content-Type"))
			if want == neither {
				require.Equal(t, http.StatusNotAcceptable, problem(t, w).Status)
			}
		})
	}
	r := request(hello, "application/json;q=0.1", "text/event-stream;q=0.2") // two header lines are one list
	require.Equal(t, events, ask(handle(reply, play(t, alloytest.Reply("hello"))), r).Header().Get("Content-Type"))
}

func TestMethods(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "PUT", "OPTIONS", "BREW"} {
		w := ask(handle(reply, never(t)), httptest.NewRequest(method, "/", nil))
		require.Equal(t, http.StatusMethodNotAllowed, problem(t, w).Status)
		require.Equal(t, "POST", w.Header().Get("Allow"))
	}
	e := endpoint(reply)
	e.Method = http.MethodPut
	r := request(hello)
	r.Method = http.MethodPut
	require.Equal(t, http.StatusOK, ask(serve.Handler(e, alloy.WithProvider(play(t, alloytest.Reply("a")))), r).Code)

	// GET has no body: its parameters are those of an empty object.
	get := endpoint(reply)
	get.Method, get.Input = http.MethodGet, nil
	decode := get.Decode
	get.Decode = func(ctx context.Context, body []byte) (alloy.Call[string], error) {
		require.Equal(t, "{}", string(body))
		return decode(ctx, []byte(hello))
	}
	require.Equal(t, http.StatusOK, ask(serve.Handler(get, alloy.WithProvider(play(t, alloytest.Reply("a")))), httptest.NewRequest("GET", "/", nil)).Code)
	get.Input = input
	require.Equal(t, "message", problem(t, ask(serve.Handler(get), httptest.NewRequest("GET", "/", nil))).Field.Parameter)
}

func TestContentType(t *testing.T) {
	for value, status := range map[string]int{
		"application/json":                  200,
		"Application/JSON; charset=UTF-8":   200,
		"application/json; charset=latin1":  415,
		"application/json;":                 200,
		"application/json; charset=":        415,
		"text/plain":                        415,
		"application/x-www-form-urlencoded": 415,
		"application/problem+json":          415,
		"":                                  415,
	} {
		h := handle(reply, never(t))
		if status == 200 {
			h = handle(reply, play(t, alloytest.Reply("hello")))
		}
		r := request(hello)
		r.Header.Set("Content-Type", value)
		w := ask(h, r)
		require.Equal(t, status, w.Code, value)
		if status != 200 {
			require.Equal(t, "request", problem(t, w).Kind)
			require.Equal(t, "application/json", w.Header().Get("Accept"))
		}
	}
	r := request(hello)
	r.Header.Set("Content-Encoding", "gzip")
	require.Equal(t, http.StatusUnsupportedMediaType, problem(t, ask(handle(reply, never(t)), r)).Status)
	r = request(hello)
	r.Header.Set("Content-Encoding", "identity")
	require.Equal(t, http.StatusOK, ask(handle(reply, play(t, alloytest.Reply("a"))), r).Code)
}

func TestBodyOverTheLimit(t *testing.T) {
	body := func(n int) string { return `{"message":"` + strings.Repeat("a", n-len(`{"message":""}`)) + `"}` }
	for _, tc := range []struct {
		limit  int64 // 0: the default
		size   int
		status int
	}{
		{0, serve.DefaultMaxBody, 200}, {0, serve.DefaultMaxBody + 1, 413}, {100, 100, 200}, {100, 101, 413},
	} {
		for _, declared := range []bool{true, false} {
			h := handle(reply, never(t), serve.WithMaxBody(tc.limit))
			if tc.status == 200 {
				h = handle(reply, play(t, alloytest.Reply("hello")), serve.WithMaxBody(tc.limit))
			}
			r := request(body(tc.size))
			if !declared {
				r.ContentLength = -1
			}
			w := ask(h, r)
			require.Equal(t, tc.status, w.Code, "%+v", tc)
			if tc.status == 413 {
				require.Equal(t, "Content Too Large", problem(t, w).Title)
			}
		}
	}
}

// A body whose length says that it is too long is not read.
func TestBodyThatIsNotRead(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", cutShort{})
	r.Header.Set("Content-Type", "application/json")
	r.ContentLength = serve.DefaultMaxBody + 1
	require.Equal(t, http.StatusRequestEntityTooLarge, problem(t, ask(handle(reply, never(t)), r)).Status)
}

// cutShort is a body that ends amid its bytes.
type cutShort struct{}

func (cutShort) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestBodyThatDoesNotArrive(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", cutShort{})
	r.Header.Set("Content-Type", "application/json")
	require.Equal(t, http.StatusBadRequest, problem(t, ask(handle(reply, never(t)), r)).Status)
}

// F143: a body that does not fit is refused with its field, whatever form was asked for, and no model is called.
func TestBodyThatDoesNotFit(t *testing.T) {
	const secret = "tok_sesame"
	for body, want := range map[string]serve.Field{
		`{}`:                                 {Pointer: "/message", Parameter: "message", Rule: "want a string; it is missing"},
		`{"message":""}`:                     {Pointer: "/message", Parameter: "message", Rule: "want a string of at least 1 character"},
		`{"message":1}`:                      {Pointer: "/message", Parameter: "message", Rule: "want a string"},
		`{"message":null}`:                   {Pointer: "/message", Parameter: "message", Rule: "want a string"},
		`{"message":["a"]}`:                  {Pointer: "/message", Parameter: "message", Rule: "want a string"},
		`{"Message":"a"}`:                    {Pointer: "/Message", Parameter: "Message", Rule: "there is no such property"},
		`{"Message":{}}`:                     {Pointer: "/Message", Parameter: "Message", Rule: "there is no such property"},
		`{"m essAge":1e700}`:                 {Pointer: "/m essAge", Parameter: "m essAge", Rule: "there is no such property"},
		`{"message":"a","Order":{}}`:         {Pointer: "/Order", Parameter: "Order", Rule: "there is no such property"},
		`{"message":"a","order":{"ID":"x"}}`: {Pointer: "/order/ID", Parameter: "order", Rule: "there is no such property"},
		`{"message":"a","order":{"state":"sent","other":1}}`:     {Pointer: "/order/other", Parameter: "order", Rule: "there is no such property"},
		`{"message":"a","limit":"` + secret + `"}`:               {Pointer: "/limit", Parameter: "limit", Rule: "want an integer"},
		`{"message":"a","limit":"3"}`:                            {Pointer: "/limit", Parameter: "limit", Rule: "want an integer"},
		`{"message":"a","limit":3.0}`:                            {Pointer: "/limit", Parameter: "limit", Rule: "want an integer"},
		`{"message":"a","limit":6}`:                              {Pointer: "/limit", Parameter: "limit", Rule: "want an integer of at most 5"},
		`{"message":"a","limit":null}`:                           {Pointer: "/limit", Parameter: "limit", Rule: "want no null: leave it out"},
		`{"message":"a","tags":"b"}`:                             {Pointer: "/tags", Parameter: "tags", Rule: "want an array"},
		`{"message":"a","tags":["b",7]}`:                         {Pointer: "/tags/1", Parameter: "tags", Rule: "want a string"},
		`{"message":"a","order":{}}`:                             {Pointer: "/order/id", Parameter: "order", Rule: "want an integer; it is missing"},
		`{"message":"a","order":{"id":1,"a/b~":"x"}}`:            {Pointer: "/order/a~1b~0", Parameter: "order", Rule: "want a number"},
		`{"message":"a","order":{"id":1,"a/b~":"5"}}`:            {Pointer: "/order/a~1b~0", Parameter: "order", Rule: "want a number"},
		`{"message":"a","order":{"id":1,"state":"Shipped"}}`:     {Pointer: "/order/state", Parameter: "order", Rule: `want one of "packed", "sent" or "shipped"`},
		`{"message":"a","order":{"id":1,"` + secret + `":2}}`:    {Pointer: "/order/" + secret, Parameter: "order", Rule: "there is no such property"},
		`{"message":"a","order":"{\"id\":1}"}`:                   {Pointer: "/order", Parameter: "order", Rule: "want an object"},
		`{"message":"a","notes":{"b":1}}`:                        {Pointer: "/notes/b", Parameter: "notes", Rule: "want a string or null"},
		`{"message":"a","shape":{"type":"circle","radius":"1"}}`: {Pointer: "/shape/radius", Parameter: "shape", Rule: "want a number"},
		`{"message":"a","shape":{"type":"circle","at":"1"}}`:     {Pointer: "/shape/at", Parameter: "shape", Rule: "want what the schema says"},
		`{"message":"a","shape":{"type":"cube"}}`:                {Pointer: "/shape/type", Parameter: "shape", Rule: `want one of "circle" or "square"`},
		`{"message":"a","when":"` + secret + `"}`:                {Pointer: "/when", Parameter: "when", Rule: "want a date and time with a zone, like 2006-01-02T15:04:05Z"},
		`{"message":"a","when":"2026-01-02"}`:                    {Pointer: "/when", Parameter: "when", Rule: "want a string of the format date-time"},
		`{"message":"a","other":1}`:                              {Pointer: "/other", Parameter: "other", Rule: "there is no such property"},
		`{"message":"a","message":"b"}`:                          {Pointer: "/message", Parameter: "message", Rule: "want it once"},
		`[{"message":"a"}]`:                                      {Rule: "want an object with the parameters"},
		`"a"`:                                                    {Rule: "want an object with the parameters"},
		`null`:                                                   {Rule: "want an object with the parameters"},
		``:                                                       {Rule: "want JSON; it is broken at byte 0"},
		`{"message":"a",}`:                                       {Rule: "want JSON; it is broken at byte 16"},
		`{"message":"a"} {}`:                                     {Rule: "want JSON; it is broken at byte 17"},
		`{'message':'a'}`:                                        {Rule: "want JSON; it is broken at byte 2"},
		"```json\n{\"message\":\"a\"}\n```":                      {Rule: "want JSON; it is broken at byte 1"},
		"\uFEFF" + `{"message":"a"}`:                             {Rule: "want JSON; it is broken at byte 1"},
		"{\"message\":\"a\xff\"}":                                {Rule: "want UTF-8"},
		strings.Repeat("[", 20000):                               {Rule: "want JSON; it is broken at byte 10001"},
		`{"message":"a","tags":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`: {Rule: "want at most 512 levels of nesting"},
	} {
		for _, accept := range []string{"*/*", events} {
			w := ask(handle(reply, never(t)), request(body, accept))
			require.Equal(t, http.StatusUnprocessableEntity, w.Code, body)
			p := problem(t, w)
			require.NotNil(t, p.Field)
			require.Equal(t, want, *p.Field, body)
			require.Equal(t, "request", p.Kind)
			require.Contains(t, p.Detail, "does not fit: "+want.Rule)
			if !strings.Contains(want.Pointer, secret) {
				require.NotContains(t, w.Body.String(), secret)
			}
		}
	}
	w := ask(handle(reply, never(t)), request(`{"message":"a","order":{"id":1,"a/b~":"x"}}`))
	require.Equal(t, "The parameter order, at /a~1b~0, does not fit: want a number.", problem(t, w).Detail)
	w = ask(handle(reply, never(t)), request(`{}`))
	require.Equal(t, `{"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"The parameter message does not fit: want a string; it is missing.",`+
		`"kind":"request","field":{"pointer":"/message","parameter":"message","rule":"want a string; it is missing"}}`+"\n", w.Body.String())

	e := endpoint(reply)
	e.Input = &alloy.Schema{JSON: `{"type":"object","properties":{"code":{"type":["string","null"],"pattern":"^[0-9]+$"}}}`}
	w = ask(serve.Handler(e), request(`{"code":90}`))
	require.Equal(t, "want a string that matches ^[0-9]+$ or null", problem(t, w).Field.Rule)

	e = endpoint(reply)
	e.Redact = []string{"order"}
	w = ask(serve.Handler(e), request(`{"message":"a","order":{"id":1,"`+secret+`":2}}`))
	require.Equal(t, "/order", problem(t, w).Field.Pointer)
	require.NotContains(t, w.Body.String(), secret)
}

// What fits the schema, and not the type, is the client's mistake too; what the type says of it is not shown.
func TestBodyThatTheTypesRefuse(t *testing.T) {
	e := endpoint(reply)
	e.Validate = func([]byte) error { return errors.New("$.order.items[2]: 'sesame' does not match") }
	w := ask(serve.Handler(e), request(hello))
	require.Equal(t, serve.Field{Pointer: "/order/items/2", Parameter: "order", Rule: "want what the schema says"}, *problem(t, w).Field)
	require.NotContains(t, w.Body.String(), "sesame")

	const typeRule = "want a value that its type takes"
	e = endpoint(reply)
	e.Decode = func(context.Context, []byte) (alloy.Call[string], error) {
		return alloy.Call[string]{}, errors.New("$.sesame: no")
	}
	w = ask(serve.Handler(e), request(hello))
	require.Equal(t, serve.Field{Rule: typeRule}, *problem(t, w).Field, "which of them is not known")
	require.NotContains(t, w.Body.String(), "sesame")

	e = endpoint(reply)
	e.Input = &alloy.Schema{JSON: `{"type":"object"}`}
	e.Decode = func(_ context.Context, body []byte) (call alloy.Call[string], err error) {
		var in struct {
			Message string               `json:"message"`
			Host    netip.Addr           `json:"host"`
			Hosts   []netip.Addr         `json:"hosts"`
			Order   struct{ Count int8 } `json:"order"`
		}
		return call, json.Unmarshal(body, &in)
	}
	for body, want := range map[string]serve.Field{
		`{"message":{"sesame":1}}`:                           {Pointer: "/message", Parameter: "message", Rule: typeRule},
		`{"message":"a","host":"sesame"}`:                    {Pointer: "/host", Parameter: "host", Rule: typeRule},
		`{"host":"::1","hosts":["::1","sesame"]}`:            {Pointer: "/hosts", Parameter: "hosts", Rule: typeRule},
		`{"order":{"Count":1000},"host":"::1"}`:              {Pointer: "/order/Count", Parameter: "order", Rule: "want a number that fits int8"},
		`{"order":{"Count":"sesame"},"host":"::1"}`:          {Pointer: "/order/Count", Parameter: "order", Rule: typeRule},
		`{"message":"a","host":"sesame","hosts":["sesame"]}`: {Pointer: "/host", Parameter: "host", Rule: typeRule},
	} {
		w = ask(serve.Handler(e), request(body))
		require.Equal(t, want, *problem(t, w).Field)
		require.NotContains(t, w.Body.String(), "sesame")
	}
	e.Redact = []string{"order"}
	require.Equal(t, "/order", problem(t, ask(serve.Handler(e), request(`{"order":{"Count":1000}}`))).Field.Pointer)
}

// An endpoint that cannot work is the program's mistake.
func TestEndpointsThatCannotWork(t *testing.T) {
	e := endpoint(reply)
	e.Decode = nil
	broken := endpoint(reply)
	broken.Input = &alloy.Schema{JSON: `{`}
	lost := endpoint(reply)
	lost.Input = &alloy.Schema{JSON: `{"type":"object"}`, Defs: map[string]func() string{"A": func() string { return "no" }}}
	incomplete := endpoint(reply)
	incomplete.Input = &alloy.Schema{JSON: `{"type":"object","not":{"required":["a"]}}`}
	none := endpoint(reply)
	none.Command = alloy.Command[string]{}
	unset := endpoint(reply)
	unset.Decode = func(context.Context, []byte) (alloy.Call[string], error) {
		return alloy.Call[string]{}, &alloy.ConfigurationError{Setting: "tenant"}
	}
	for _, e := range []serve.Endpoint[string]{e, broken, lost, incomplete, none, unset} {
		var told error
		w := ask(serve.Handler(e, serve.WithErrorHook(func(_ *http.Request, err error) { told = err })), request(hello))
		require.Equal(t, http.StatusInternalServerError, w.Code)
		p := problem(t, w)
		require.Equal(t, "configuration", p.Kind)
		require.Equal(t, "The service is not configured.", p.Detail)
		var wrong *alloy.ConfigurationError
		require.ErrorAs(t, told, &wrong)
	}
	incomplete.Validate = func([]byte) error { return nil }
	require.Equal(t, http.StatusOK, ask(serve.Handler(incomplete, alloy.WithProvider(play(t, alloytest.Reply("a")))), request(hello)).Code)
}

// A value within many of a union's is looked up like any other.
func TestUnionsWithinUnions(t *testing.T) {
	e := endpoint(reply)
	e.Input = &alloy.Schema{Name: "evaluate", JSON: `{
		"type": "object", "properties": {"message": {"type": "string"}, "sum": {"$ref": "#/$defs/Expr"}}, "additionalProperties": false,
		"$defs": {
			"Expr": {"anyOf": [{"$ref": "#/$defs/Add"}, {"$ref": "#/$defs/Mul"}]},
			"Add": {"type": "object", "properties": {"type": {"const": "add"}, "a": {"$ref": "#/$defs/Expr"}, "n": {"type": "integer"}}, "required": ["type"], "additionalProperties": false},
			"Mul": {"type": "object", "properties": {"type": {"const": "mul"}, "a": {"$ref": "#/$defs/Expr"}, "n": {"type": "integer"}}, "required": ["type"], "additionalProperties": false}
		}
	}`}
	const depth = 40
	for inner, rule := range map[string]string{
		`{"type":"mul","n":"many"}`:                     "want an integer",
		`{"type":"mul","N":"many"}`:                     "there is no such property",
		`{"type":"mul","n":1,"n":1,"a":{"type":"add"}}`: "want it once",
	} {
		body := `{"message":"?","sum":` + strings.Repeat(`{"type":"add","a":`, depth) + inner + strings.Repeat("}", depth) + "}"
		w := ask(serve.Handler(e, alloy.WithProvider(never(t))), request(body))
		p := problem(t, w)
		require.Equal(t, http.StatusUnprocessableEntity, p.Status)
		require.Equal(t, "sum", p.Field.Parameter)
		require.Equal(t, rule, p.Field.Rule, inner)
	}
}
