// Package openapi describes commands that are served over HTTP by a document of OpenAPI 3.1. The generator writes one beside a
// package, and package serve makes one of what a program mounts. It knows neither of them: what it needs are names, paths and
// schemas as text.
package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Info is what a document says of the whole.
type Info struct {
	Title       string
	Version     string // of the program's interface
	Description string
	Comment     string // for whoever reads the file; "" for none
}

// Route is a command that is served.
type Route struct {
	Command     string // Triage, Agent.Answer
	Method      string
	Path        string // as http.ServeMux has it
	Summary     string
	Description string

	Input  Schema // of the body's object; no JSON for a command without parameters
	Answer Answer
	Output Schema // of a typed answer
	// Wrapped says that the root of Output is {"value": …}, and the answer the bare value.
	Wrapped bool
}

// Schema is a JSON Schema (2020-12).
type Schema struct {
	Name    string // under which its root stands in the document; "" where it is used
	JSON    string
	Unknown []string // definitions that it refers to and does not have
	Err     error    // why there is none
}

// Answer says what a command answers with.
type Answer uint8

// The kinds of answers.
const (
	Typed Answer = iota // JSON of a schema
	Text                // a JSON string
	None                // no value
)

// Document describes routes: JSON, the same bytes each time. The schemas are those of the commands, their properties in their
// order; what their $defs name stands among the components, in another name where two mean different things by one. Events are
// described in words: OpenAPI 3.1 has none. The error names the route that cannot be described.
func Document(info Info, routes []Route) ([]byte, error) {
	c := &components{schemas: of("Problem", problem()), texts: map[string]string{}, operations: map[string]bool{}}
	for _, r := range routes {
		c.schemas.set(streams[r.Answer].name, streams[r.Answer].schema())
	}
	paths := &object{}
	for _, r := range routes {
		path := strings.TrimSuffix(r.Path, "{$}") // of a pattern that matches one path
		switch {
		case !slices.Contains(methods, r.Method):
			return nil, fmt.Errorf("route %s %s: OpenAPI 3.1 does not know the method", r.Method, r.Path)
		case strings.ContainsAny(path, "{} ") || !strings.HasPrefix(path, "/"):
			return nil, fmt.Errorf("route %s %s: OpenAPI 3.1 cannot say the path", r.Method, r.Path)
		}
		item := paths.object(path)
		if item == nil {
			item = &object{}
			paths.set(path, item)
		}
		method := strings.ToLower(r.Method)
		if item.get(method) != nil {
			return nil, fmt.Errorf("there are two routes %s %s", r.Method, path)
		}
		operation, err := c.operation(r)
		if err != nil {
			return nil, fmt.Errorf("route %s %s: %w", r.Method, r.Path, err)
		}
		item.set(method, operation)
	}
	for _, m := range paths.sorted().members {
		m.value.(*object).sorted()
	}
	doc := of("openapi", "3.1.0")
	if info.Comment != "" {
		doc.set("x-comment", info.Comment)
	}
	about := of("title", info.Title, "version", info.Version)
	if info.Description != "" {
		about.set("description", info.Description)
	}
	doc.set("info", about)
	doc.set("paths", paths)
	doc.set("components", of("responses", problemResponses(), "schemas", c.schemas.sorted()))
	return []byte(text(doc) + "\n"), nil
}

// methods are those of OpenAPI 3.1 that a handler can have.
var methods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace,
}
