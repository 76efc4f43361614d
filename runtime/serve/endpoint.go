package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
)

// Endpoint is a command that is served, as generated code hands it over.
type Endpoint[T any] struct {
	Command alloy.Command[T]
	Method  string // of the requests; empty means POST
	Path    string // where Mux mounts it, as http.ServeMux has it; it begins with a slash
	Summary string // what it does, in one sentence, for OpenAPI

	Input    *alloy.Schema           // of an object with one property per parameter; nil for a command without any
	Validate func(json []byte) error // checks what package output does not; needed if Input has keywords that it does not know

	// Decode makes the call of a body that fits Input. ctx is the request's, for contracts that use it. When it fails it is called
	// again, with one parameter at a time, to find the one that it refuses.
	Decode func(ctx context.Context, json []byte) (alloy.Call[T], error)

	Redact  []string                // parameters of which no problem shows anything
	Output  *alloy.Schema           // of the answer, for OpenAPI; nil for text and None
	Wrapped bool                    // the root of Output is {"value": …}; the answer is the bare value
	Encode  func(T) ([]byte, error) // writes the answer as JSON; nil: encoding/json

	Heartbeat time.Duration // see WithHeartbeat
}

// Handler serves a command. The options are those of its calls, the same for each, and those of this package; an option for one
// call alone, as WithReport, has no place here. To make a handler costs little: a program may make one for each request, with
// options of its own.
func Handler[T any](e Endpoint[T], opts ...alloy.Option) http.Handler {
	if e.Method == "" {
		e.Method = http.MethodPost
	}
	if e.Input == nil {
		e.Input = noParameters
	}
	if e.Encode == nil {
		e.Encode = func(v T) ([]byte, error) { return json.Marshal(v) }
	}
	h := &handler[T]{endpoint: e, form: formOf[T](), config: config{heartbeat: e.Heartbeat}}
	h.options = h.config.take(opts)
	return h
}

var noParameters = &alloy.Schema{Name: "parameters", JSON: `{"type":"object","properties":{},"additionalProperties":false}`}

// form is what the answer of a command is.
type form uint8

const (
	formTyped form = iota
	formText
	formNone
)

func formOf[T any]() form {
	switch any(*new(T)).(type) {
	case string:
		return formText
	case alloy.None:
		return formNone
	}
	return formTyped
}
