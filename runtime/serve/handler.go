package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
)

// handler serves one command.
type handler[T any] struct {
	endpoint Endpoint[T]
	form     form
	config   config
	options  []alloy.Option // of the calls
}

// ServeHTTP answers one request: method ─ Accept ─ Content-Type ─ body ─ schema ─ decode ─ the call ─ JSON or events.
func (h *handler[T]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Add("Vary", "Accept")
	if r.Method != h.endpoint.Method {
		header.Set("Allow", h.endpoint.Method)
		h.fail(w, r, refused(http.StatusMethodNotAllowed, "The method must be "+h.endpoint.Method+"."))
		return
	}
	asEvents, ok := negotiate(r.Header)
	if !ok {
		h.fail(w, r, refused(http.StatusNotAcceptable, "The answer is "+typeJSON+" or "+typeEvents+"."))
		return
	}
	if asEvents && r.Header.Get("Last-Event-ID") != "" {
		w.WriteHeader(http.StatusNoContent) // an EventSource then stops
		return
	}
	call, err := h.read(w, r)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.freeDeadline(w)
	if asEvents {
		h.stream(w, r, call)
	} else {
		h.answer(w, r, call)
	}
}

// read makes the call of a request.
func (h *handler[T]) read(w http.ResponseWriter, r *http.Request) (alloy.Call[T], error) {
	var none alloy.Call[T]
	e := &h.endpoint
	if e.Decode == nil {
		return none, &alloy.ConfigurationError{Command: e.Command.Name, Setting: "http", Message: "the endpoint has no Decode"}
	}
	p, err := parametersOf(e.Input, e.Validate != nil)
	if err != nil {
		return none, err
	}
	body, problem := readBody(w, r, h.config.maxBody)
	if problem != nil {
		return none, problem
	}
	if f := p.check(body); f != nil {
		return none, invalid(f, e.Redact)
	}
	return h.decode(r.Context(), body)
}

// decode gives a body to what generated code, and types of the user's, make of it.
func (h *handler[T]) decode(ctx context.Context, body []byte) (call alloy.Call[T], err error) {
	defer recovered(&err)
	e := &h.endpoint
	if e.Validate != nil {
		if err := e.Validate(body); err != nil {
			return call, invalid(invalidAt(err), e.Redact)
		}
	}
	call, err = e.Decode(ctx, body)
	if err == nil {
		return call, nil
	}
	if wrong, ok := errors.AsType[*alloy.ConfigurationError](err); ok {
		return call, wrong
	}
	return call, invalid(undecodableAt(err, h.culprit(ctx, body)), e.Redact)
}

// culprit is the parameter that Decode refuses, or empty where it is not one alone: most types do not say where in the body they are.
func (h *handler[T]) culprit(ctx context.Context, body []byte) string {
	var parameters map[string]json.RawMessage
	_ = json.Unmarshal(body, &parameters) // which is an object, as it fits
	refuses := func(some map[string]json.RawMessage) bool {
		part, _ := json.Marshal(some)
		_, err := h.endpoint.Decode(ctx, part)
		return err != nil
	}
	if refuses(map[string]json.RawMessage{}) {
		return "" // each would be refused for want of the others
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if refuses(map[string]json.RawMessage{name: parameters[name]}) {
			return name
		}
	}
	return ""
}

// answer makes the call and writes its value as JSON.
func (h *handler[T]) answer(w http.ResponseWriter, r *http.Request, call alloy.Call[T]) {
	v, err := h.endpoint.Command.Run(r.Context(), call, h.options)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if h.form == formNone {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	body, err := h.encode(v)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	write(w, h.config.writeTimeout, http.StatusOK, typeJSON, body)
}

// encode writes a value as JSON.
func (h *handler[T]) encode(v T) (body []byte, err error) {
	defer recovered(&err) // of a MarshalJSON
	if body, err = h.endpoint.Encode(v); err != nil {
		return nil, fmt.Errorf("the answer cannot be written as JSON: %w", err)
	}
	return body, nil
}

// fail answers with a problem.
func (h *handler[T]) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := h.problem(r, err)
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	write(w, h.config.writeTimeout, p.Status, typeProblem, p.encoded())
}

// problem is what the client is told of an error, of which the program is told here.
func (h *handler[T]) problem(r *http.Request, err error) *Problem {
	if h.config.hook != nil {
		h.config.hook(r, err)
	}
	return h.config.problemOf(r.Context(), h.endpoint.Command.Name, err)
}

// freeDeadline takes the server's WriteTimeout off the request: HTTP/2 would end a call by it that takes longer, although
// nothing is written meanwhile. What is written has a deadline of its own.
func (h *handler[T]) freeDeadline(w http.ResponseWriter) {
	if h.config.writeTimeout > 0 {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	}
}

// recovered turns a panic of a user's type into an error of the function that defers it.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v", p)
	}
}
