package serve_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/serve"
)

// respondEndpoint is what the directive http generates for a command that is called respond.
func respondEndpoint() serve.Endpoint[string] {
	return serve.Endpoint[string]{
		Command: alloy.NewCommand(alloy.Definition[string]{Name: "Respond"}),
		Path:    "/respond",
		Input: &alloy.Schema{Name: "respond", JSON: `{
			"type": "object",
			"properties": {"message": {"type": "string"}},
			"required": ["message"],
			"additionalProperties": false
		}`},
		Decode: func(_ context.Context, body []byte) (alloy.Call[string], error) {
			var in struct {
				Message string `json:"message"`
			}
			if err := json.Unmarshal(body, &in); err != nil {
				return alloy.Call[string]{}, err
			}
			return alloy.Call[string]{
				Prompt: func(context.Context) (alloy.Prompt[string], error) {
					return alloy.Promptf[string]("A customer writes: %s", in.Message), nil
				},
			}, nil
		},
	}
}

// One endpoint answers with JSON, or with events for who asks for them.
func ExampleHandler() {
	model := alloytest.New(alloytest.Reply("It is shipped.").Times(2))
	server := httptest.NewServer(serve.Handler(respondEndpoint(), alloy.WithProvider(model)))
	defer server.Close()
	for _, ask := range []struct{ accept, body string }{
		{"application/json", `{"message":"Where is order 4392?"}`},
		{"text/event-stream", `{"message":"Where is order 4392?"}`},
		{"text/event-stream", `{}`},
	} {
		r, _ := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(ask.body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", ask.accept)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		fmt.Printf("%s\n%s\n", response.Status, strings.TrimSpace(string(body)))
	}
	http.DefaultClient.CloseIdleConnections()
	// Output:
	// 200 OK
	// "It is shipped."
	// 200 OK
	// id: 1
	// event: delta
	// data: {"text":"It "}
	//
	// id: 2
	// event: delta
	// data: {"text":"is "}
	//
	// id: 3
	// event: delta
	// data: {"text":"shipped."}
	//
	// id: 4
	// event: result
	// data: "It is shipped."
	// 422 Unprocessable Entity
	// {"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"The parameter message does not fit: want a string; it is missing.","kind":"request","field":{"pointer":"/message","parameter":"message","rule":"want a string; it is missing"}}
}

// The routes of a package, at their paths, and their description.
func ExampleMux() {
	routes := []serve.Route{respondEndpoint().Route(alloy.WithProvider(alloytest.New()))}
	mux := http.NewServeMux()
	mux.Handle("/api/", http.StripPrefix("/api", serve.Mux(routes...)))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/respond", nil))
	fmt.Println(w.Code, w.Header().Get("Allow"))

	document, err := serve.OpenAPI(serve.Info{Title: "Support", Version: "1.0.0"}, routes...)
	fmt.Println(strings.Contains(string(document), `"operationId": "Respond"`), err)
	// Output:
	// 405 POST
	// true <nil>
}

var orders = map[string]string{"4392": "shipped"}

func describeOrder(id string) (alloy.Prompt[string], error) {
	state, ok := orders[id]
	if !ok {
		return alloy.Prompt[string]{}, &serve.Problem{Status: http.StatusNotFound, Detail: "There is no order " + id + "."}
	}
	return alloy.Promptf[string]("Say in one sentence that order %s is %s.", id, state), nil
}

// A prompt function may say by itself what is answered.
func ExampleProblem() {
	endpoint := respondEndpoint()
	endpoint.Decode = func(_ context.Context, body []byte) (alloy.Call[string], error) {
		var in struct {
			Message string `json:"message"`
		}
		err := json.Unmarshal(body, &in)
		return alloy.Call[string]{Prompt: func(context.Context) (alloy.Prompt[string], error) { return describeOrder(in.Message) }}, err
	}
	r := httptest.NewRequest(http.MethodPost, "/respond", strings.NewReader(`{"message":"1234"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	serve.Handler(endpoint).ServeHTTP(w, r)
	fmt.Print(w.Body)
	// Output:
	// {"type":"about:blank","title":"Not Found","status":404,"detail":"There is no order 1234."}
}
