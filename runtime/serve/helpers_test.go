package serve_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/internal/pipe"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/serve"
)

// Ticket is what the typed command of the tests returns.
type Ticket struct {
	Summary  string `json:"summary"`
	Priority string `json:"priority"`
}

var ticketSchema = &alloy.Schema{Name: "Ticket", Strict: true, JSON: `{
	"type": "object",
	"properties": {"summary": {"type": "string"}, "priority": {"$ref": "#/$defs/Priority"}},
	"required": ["summary", "priority"],
	"additionalProperties": false,
	"$defs": {"Priority": {"type": "string", "enum": ["low", "urgent"]}}
}`}

// input is the schema of all endpoints here.
var input = &alloy.Schema{Name: "triage", JSON: `{
	"type": "object",
	"properties": {
		"message": {"type": "string", "minLength": 1},
		"limit": {"type": "integer", "maximum": 5},
		"tags": {"type": "array", "items": {"type": "string"}},
		"order": {"$ref": "#/$defs/Order"},
		"when": {"type": "string", "format": "date-time"},
		"notes": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
		"shape": {"anyOf": [
			{"type": "object", "properties": {"type": {"const": "circle"}, "radius": {"type": "number"}, "at": {"type": "number"}}, "required": ["type"]},
			{"type": "object", "properties": {"type": {"const": "square"}, "side": {"type": "number"}, "at": {"type": "boolean"}}, "required": ["type"]}
		]}
	},
	"required": ["message"],
	"additionalProperties": false,
	"$defs": {"Order": {
		"type": "object",
		"properties": {"id": {"type": "integer"}, "state": {"enum": ["packed", "sent", "shipped"]}, "a/b~": {"type": "number"}},
		"required": ["id"],
		"additionalProperties": false
	}}
}`}

var (
	reply  = alloy.NewCommand(alloy.Definition[string]{Name: "Respond"})
	triage = alloy.NewCommand(alloy.Definition[Ticket]{Name: "Triage", Output: ticketSchema})
	notify = alloy.NewCommand(alloy.Definition[alloy.None]{Name: "Notify"})
)

// endpoint serves a command whose prompt is its parameter message, which must not be blank.
func endpoint[T any](cmd alloy.Command[T]) serve.Endpoint[T] {
	return serve.Endpoint[T]{
		Command: cmd,
		Path:    "/" + strings.ToLower(cmd.Name),
		Input:   input,
		Decode: func(_ context.Context, body []byte) (alloy.Call[T], error) {
			var in struct {
				Message string    `json:"message"`
				When    time.Time `json:"when"`
			}
			if err := json.Unmarshal(body, &in); err != nil {
				return alloy.Call[T]{}, err
			}
			return alloy.Call[T]{
				Require: []contracts.Contract{{
					Expr: "contracts.NotBlank(message)", Message: "message must not be blank",
					Holds: func() bool { return contracts.NotBlank(in.Message) },
				}},
				Prompt: func(context.Context) (alloy.Prompt[T], error) { return alloy.Promptf[T]("%s", in.Message), nil },
			}, nil
		},
	}
}

// handle is the handler of a command on a scripted model.
func handle[T any](cmd alloy.Command[T], m provider.Provider, opts ...alloy.Option) http.Handler {
	return serve.Handler(endpoint(cmd), append([]alloy.Option{alloy.WithProvider(m)}, opts...)...)
}

const hello = `{"message":"Where is order 4392?"}`

// request is one with a JSON body.
func request(body string, accept ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header["Accept"] = accept
	return r
}

// ask gives a request to a handler, without a network.
func ask(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// problem is the problem that a handler has answered with.
func problem(t *testing.T, w *httptest.ResponseRecorder) serve.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"), w.Body.String())
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	return decoded(t, w.Body.Bytes(), w.Code)
}

func decoded(t *testing.T, body []byte, status int) serve.Problem {
	t.Helper()
	var p serve.Problem
	require.NoError(t, json.Unmarshal(body, &p), "%s", body)
	require.Equal(t, status, p.Status)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Type)
	return p
}

// events asks for events.
const events = "text/event-stream"

// stream is what a handler sends to who asks for events: the names of the events, with their data.
func stream(t *testing.T, h http.Handler, body string) []string {
	t.Helper()
	w := ask(h, request(body, events))
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	return parse(t, w.Body.String())
}

// parse reads events, and requires their ids to count.
func parse(t *testing.T, text string) []string {
	t.Helper()
	var all []string
	for block := range strings.SplitSeq(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		if strings.HasPrefix(block, ":") {
			all = append(all, block)
			continue
		}
		lines := strings.Split(block, "\n")
		require.GreaterOrEqual(t, len(lines), 3, "%q", block)
		name, ok := strings.CutPrefix(lines[1], "event: ")
		require.True(t, ok, "%q", block)
		var data []string
		for _, line := range lines[2:] {
			d, ok := strings.CutPrefix(line, "data: ")
			require.True(t, ok, "%q", block)
			data = append(data, d)
		}
		all = append(all, name+" "+strings.Join(data, "\n"))
	}
	return all
}

// open runs a server in memory until the test ends, and returns a client that reaches nothing else.
func open(t *testing.T, server *http.Server) *http.Client {
	t.Helper()
	return pipe.Serve(t, server).Client
}

// send posts a body to a server in memory.
func send(t *testing.T, client *http.Client, body string, accept ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://serve.test/", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header["Accept"] = accept
	response, err := client.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// text reads the rest of a body.
func text(t *testing.T, response *http.Response) string {
	t.Helper()
	all, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(all)
}

// slow is a model that delivers pieces with a pause before each, and counts them. It ends with its context.
type slow struct {
	pause  time.Duration
	pieces []string
	err    error // after the pieces

	mu        sync.Mutex
	delivered int
	ended     error // of the context
}

func (s *slow) Do(ctx context.Context, _ *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	for _, piece := range s.pieces {
		select {
		case <-ctx.Done():
			s.mu.Lock()
			s.ended = context.Cause(ctx)
			s.mu.Unlock()
			return nil, &provider.Error{Class: provider.Canceled, Message: "left", Err: context.Cause(ctx)}
		case <-time.After(s.pause):
		}
		if emit != nil {
			if err := emit(provider.Delta{Text: piece}); err != nil {
				return nil, err
			}
		}
		s.mu.Lock()
		s.delivered++
		s.mu.Unlock()
	}
	if s.err != nil {
		return nil, s.err
	}
	return &provider.Response{Parts: []provider.Part{{Text: strings.Join(s.pieces, "")}}, Finish: provider.FinishStop}, nil
}

func (s *slow) state() (delivered int, ended error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.delivered, s.ended
}

// lookup is a tool that answers, or fails with err.
func lookup(err error) alloy.Tool {
	return alloy.Tool{
		Name:  "lookup_order",
		Input: &alloy.Schema{Name: "lookup_order", JSON: `{"type":"object","properties":{"orderID":{"type":"string"}},"required":["orderID"]}`},
		Run:   func(context.Context, []byte) (any, error) { return "shipped", err },
	}
}

var errDatabase = errors.New("dial 10.0.0.3:5432: password of admin refused")

func order(id string) map[string]any { return map[string]any{"orderID": id} }

func play(t *testing.T, steps ...alloytest.Step) *alloytest.Model {
	return alloytest.New(steps...).For(t)
}
