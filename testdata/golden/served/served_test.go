package served

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/serve"
)

// play is an option for a model that plays the steps.
func play(t *testing.T, steps ...alloytest.Step) (alloy.Option, *alloytest.Model) {
	t.Helper()
	model := alloytest.New(steps...).For(t)
	return alloy.WithProvider(model), model
}

// ask sends a request to a handler and returns its status and body.
func ask(t *testing.T, h http.Handler, method, path, body string, change ...func(*http.Request)) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, strings.TrimSpace(w.Body.String())
}

func events(r *http.Request) { r.Header.Set("Accept", "text/event-stream") }

func loggedIn(r *http.Request) { *r = *r.WithContext(context.WithValue(r.Context(), user{}, "Ada")) }

var late = Ticket{Summary: "late", Priority: Urgent}

const lateJSON = `{"summary":"late","priority":"urgent","follows":null}`

func TestStream(t *testing.T) {
	model, _ := play(t, alloytest.Reply("hello").Chunks("hel", "lo"))
	s := RephraseStream(t.Context(), "hi", model)
	if got := slices.Collect(s.Text()); !slices.Equal(got, []string{"hel", "lo"}) {
		t.Errorf("got %q", got)
	}
	if text, err := s.Result(); text != "hello" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}

	model, _ = play(t, alloytest.ReplyJSON(late))
	typed := TriageStream(t.Context(), "Where is it?", nil, model)
	var last Ticket
	for v := range typed.Partials() {
		last = v
	}
	if last != late {
		t.Errorf("got %+v", last)
	}

	model, _ = play(t, alloytest.ToolCall("look_up", map[string]any{"thing": "it"}), alloytest.Reply("here"))
	if text, err := (Desk{Name: "Acme"}).AnswerStream(t.Context(), "Where?", model).Result(); text != "here" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	model, _ = play(t)
	if _, err := TriageStream(t.Context(), "", nil, model).Result(); err == nil {
		t.Error("want a violation")
	}
}

// What is known of an answer comes while a duration, which has no empty text, is still to come.
func TestPartialsBeforeADuration(t *testing.T) {
	model, _ := play(t, alloytest.Reply("").Chunks(`{"shape":{"type":"square","side":2}`, `,"every":"1h30m"}`))
	_, got := ask(t, MakePlanHandler(model), "POST", "/plans", `{"shapes":[],"at":"https://acme.test"}`, func(r *http.Request) {
		events(r)
		loggedIn(r)
	})
	if want := `id: 1
event: partial
data: {"shape":{"type":"square","side":2},"every":"0s"}

id: 2
event: partial
data: {"shape":{"type":"square","side":2},"every":"1h30m0s"}

id: 3
event: result
data: {"shape":{"type":"square","side":2},"every":"1h30m0s"}`; got != want {
		t.Errorf("got %s", got)
	}
}

func TestSettings(t *testing.T) {
	model, _ := play(t)
	request, err := TriageRequest(t.Context(), "Where is it?", nil, model)
	if err != nil || !request.Settings.Cache {
		t.Errorf("got %+v, %v", request, err)
	}
	request, err = GreetRequest(t.Context(), model)
	if err != nil || request.Settings.Cache {
		t.Errorf("got %+v, %v", request, err)
	}
}

func TestHandlers(t *testing.T) {
	for _, c := range []struct {
		method, path, body string
		answer             any
		status             int
		want, prompt       string
		change             func(*http.Request)
	}{
		{"POST", "/v1/tickets:triage", `{"message":"Where is it?","card":"4111"}`, late, 200, lateJSON, "Triage: Where is it?", nil},
		{"PUT", "/v1/tickets:triage", `{"tickets":[{"summary":"late","priority":"low"}]}`, map[string]any{"value": []Ticket{late}}, 200, "[" + lateJSON + "]", "Again: 1", nil},
		{"PATCH", "/reword", `{"text":"hi"}`, "hello", 200, `"hello"`, "Reword: hi", nil},
		{"POST", "/", `{}`, "hello", 200, `"hello"`, "Say hello.", nil},
		{"POST", "/events", `{"event":"start"}`, "noted", 204, "", "start", nil},
		{"POST", "/plans", `{"shapes":[{"type":"circle","radius":1}],"at":"https://acme.test/x","within":"1h30m"}`,
			json.RawMessage(`{"shape":{"type":"square","side":2},"every":"90s"}`), 200,
			`{"shape":{"type":"square","side":2},"every":"1m30s"}`, "1 shapes for Ada at acme.test", loggedIn},
		{"POST", "/wait", `{"plan":{"shape":{"type":"square","side":2},"every":"90s"}}`, map[string]string{"value": "2h"}, 200, `"2h0m0s"`, "{{2} 1m30s}", nil},
		{"PUT", "/offers", `{"offer":{"price":"5 EUR","code":"ab"},"rest":[1]}`, Offer{Money{4}, Code{"ab"}}, 200, `{"price":"4 EUR","code":"ab"}`, "{{5} {ab}} [1]", nil},
		{"POST", "/awkward", `{"opts":"a","http":"b","serve":"c","in":"d","err":"e","alloy":"f"}`, "fine", 200, `"fine"`, "abcdef", nil},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			step := alloytest.Reply(fmt.Sprint(c.answer))
			if _, text := c.answer.(string); !text {
				step = alloytest.ReplyJSON(c.answer)
			}
			option, model := play(t, step)
			h := Handlers(option)
			if c.change == nil {
				c.change = func(*http.Request) {}
			}
			if status, got := ask(t, h, c.method, c.path, c.body, c.change); status != c.status || got != c.want {
				t.Errorf("got %d %s", status, got)
			}
			messages := model.Requests()[0].Messages
			if got := messages[len(messages)-1].Text(); got != c.prompt {
				t.Errorf("the prompt is %q", got)
			}
		})
	}
}

// F139, F143: one call gives events; a body that does not fit calls no model.
func TestEventsAndRefusals(t *testing.T) {
	model, _ := play(t, alloytest.Reply("hello").Chunks("hel", "lo"))
	status, got := ask(t, Handlers(model), "PATCH", "/reword", `{"text":"hi"}`, events)
	if status != 200 || got != "id: 1\nevent: delta\ndata: {\"text\":\"hel\"}\n\nid: 2\nevent: delta\ndata: {\"text\":\"lo\"}\n\nid: 3\nevent: result\ndata: \"hello\"" {
		t.Errorf("got %d %s", status, got)
	}

	never, _ := play(t)
	h := Handlers(never)
	for _, c := range []struct{ path, body, want string }{
		{"/v1/tickets:triage", `{}`, `"parameter":"message"`},
		{"/v1/tickets:triage", `{"message":"yes","more":1}`, `"parameter":"more"`},
		{"/v1/tickets:triage", `{"message":"no"}`, "the message is too short"},
		{"/plans", `{"shapes":[],"at":"https://acme.test"}`, "log in first"},
		{"/plans", `{"shapes":[{"type":"cube"}],"at":"https://acme.test"}`, `"pointer":"/shapes/0`},
		{"/wait", `{"plan":{"shape":{"type":"square","side":2},"every":"soon"}}`, `"pointer":"/plan/every"`},
		{"/plans", `{"shapes":[],"at":"https://acme.test","within":"9999999999h"}`, `"pointer":"/within"`},
	} {
		if status, got := ask(t, h, "POST", c.path, c.body); status != 422 || !strings.Contains(got, c.want) {
			t.Errorf("%s %s: got %d %s", c.path, c.body, status, got)
		}
	}
	if status, got := ask(t, h, "PUT", "/offers", `{"offer":{"price":"0 EUR","code":"ab"},"rest":1}`); status != 422 {
		t.Errorf("a schema of somebody's own is validated in full: got %d %s", status, got)
	}
	if status, _ := ask(t, h, "POST", "/debug", `{}`); status != 404 {
		t.Errorf("other builds do not have it: got %d", status)
	}
	if status, _ := ask(t, h, "POST", "/elsewhere", `{}`); status != 404 {
		t.Errorf("the root is one path, not all: got %d", status)
	}
}

func TestMethods(t *testing.T) {
	model, _ := play(t, alloytest.Reply("hello"), alloytest.ReplyJSON(late), alloytest.Reply("round"), alloytest.Reply("found"))
	desk := &Desk{Name: "Acme"}
	for _, c := range []struct {
		handler          http.Handler
		path, body, want string
	}{
		{desk.Handlers(model), "/desk/answer", `{"message":"hi"}`, `"hello"`},
		{desk.SayGoodbyeHandler(model), "/anywhere", `{}`, lateJSON},
		{(&Box[int]{7}).Handlers(model), "/box", `{"how":"shortly"}`, `"round"`},
		{serve.Mux(DebugEndpoint().Route(model), ProbeEndpoint().Route(model)), "/debug", `{"what":"x"}`, `"found"`},
	} {
		if status, got := ask(t, c.handler, "POST", c.path, c.body); status != 200 || got != c.want {
			t.Errorf("%s: got %d %s", c.path, status, got)
		}
	}
}

// The document has every command that is mounted, and the fields that a problem has.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("alloy_openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths      map[string]map[string]struct{ OperationID string }
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for path, item := range doc.Paths {
		for method, operation := range item {
			ids = append(ids, operation.OperationID)
			option, _ := play(t)
			of := Handlers(option)
			switch {
			case strings.HasPrefix(operation.OperationID, "Desk_"):
				of = (&Desk{Client: nil}).Handlers(option)
			case strings.HasPrefix(operation.OperationID, "Box_"):
				of = (&Box[int]{}).Handlers(option)
			}
			if status, got := ask(t, of, strings.ToUpper(method), path, `{"no":1}`); status != 422 {
				t.Errorf("%s %s: got %d %s", method, path, status, got)
			}
		}
	}
	slices.Sort(ids)
	if want := []string{"Awkward", "Box_Describe", "Desk_Answer", "Desk_SayGoodbye", "Greet", "Haggle", "HowLong", "MakePlan", "Record", "Rephrase", "Retriage", "Triage"}; !slices.Equal(ids, want) {
		t.Errorf("got %q", ids)
	}
	var fields map[string]any
	problem, _ := json.Marshal(serve.Problem{Type: "a", Title: "b", Status: 1, Detail: "c", Instance: "d", Kind: "e", Field: &serve.Field{}, RetryAfter: 1})
	if err := json.Unmarshal(problem, &fields); err != nil {
		t.Fatal(err)
	}
	known := doc.Components.Schemas["Problem"].Properties
	if len(known) != len(fields) {
		t.Errorf("the document has %v", known)
	}
	for name := range fields {
		if known[name] == nil {
			t.Errorf("the document does not have %s", name)
		}
	}
}

// The document that is written beside the package is the one that the program itself would make of its routes.
func TestDocumentOfTheProgram(t *testing.T) {
	text, err := os.ReadFile("alloy_openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	desk, box := &Desk{}, &Box[int]{}
	made, err := serve.OpenAPI(serve.Info{Title: "served", Version: "1.0.0"},
		TriageEndpoint().Route(), RetriageEndpoint().Route(), RephraseEndpoint().Route(), GreetEndpoint().Route(), RecordEndpoint().Route(),
		MakePlanEndpoint().Route(), HowLongEndpoint().Route(), HaggleEndpoint().Route(), AwkwardEndpoint().Route(),
		desk.AnswerEndpoint().Route(), desk.SayGoodbyeEndpoint().Route(), box.DescribeEndpoint().Route())
	if err != nil {
		t.Fatal(err)
	}
	var written, want map[string]any
	if err := errors.Join(json.Unmarshal(text, &written), json.Unmarshal(made, &want)); err != nil {
		t.Fatal(err)
	}
	delete(written, "x-comment")
	for _, item := range written["paths"].(map[string]any) {
		for _, operation := range item.(map[string]any) {
			delete(operation.(map[string]any), "description") // comments are not in the program
		}
	}
	for _, doc := range []map[string]any{written, want} {
		schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
		if schemas["Code"] == nil {
			t.Error("there is no Code")
		}
		delete(schemas, "Code") // which the program alone knows
	}
	if !reflect.DeepEqual(written, want) {
		t.Errorf("written beside the package:\n%v\nof the program:\n%v", written, want)
	}
}
