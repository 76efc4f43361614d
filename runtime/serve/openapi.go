package serve

import (
	"github.com/alloygen/alloygen/internal/openapi"
	alloy "github.com/alloygen/alloygen/runtime"
)

// Info is what an OpenAPI document says of the whole.
type Info struct {
	Title       string
	Version     string // of the program's interface
	Description string
}

// OpenAPI describes routes by a document of OpenAPI 3.1: JSON, the same bytes each time. The schemas are those of the commands,
// their properties in their order; what their $defs name stands among the components, in another name where two mean different
// things by one. Events are described in words: OpenAPI 3.1 has none. The error names a route whose schema is none, or whose
// method or path OpenAPI 3.1 does not know.
//
// The generator writes such a document beside each package that serves commands. This one is for what a program mounts, of
// several packages and of agents, and knows the schemas that types have only when the program runs.
func OpenAPI(info Info, routes ...Route) ([]byte, error) {
	var all []openapi.Route
	for _, r := range routes {
		all = append(all, openapi.Route{
			Command: r.command, Method: r.Method, Path: r.Path, Summary: r.summary,
			Input: described(r.input, false), Answer: answers[r.form], Output: described(r.output, true), Wrapped: r.wrapped,
		})
	}
	return openapi.Document(openapi.Info{Title: info.Title, Version: info.Version, Description: info.Description}, all)
}

var answers = map[form]openapi.Answer{formTyped: openapi.Typed, formText: openapi.Text, formNone: openapi.None}

// described is a schema as text. Where a type gives it only now, that may fail.
func described(s *alloy.Schema, named bool) openapi.Schema {
	if s == nil {
		return openapi.Schema{}
	}
	d := openapi.Schema{JSON: s.Text(), Err: s.Err()}
	if named {
		d.Name = s.Name
	}
	return d
}
