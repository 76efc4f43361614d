package serve

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	alloy "github.com/alloygen/alloygen/runtime"
)

// Route is an endpoint without its type: a handler, and what OpenAPI says of it. Endpoint.Route makes one.
type Route struct {
	Method  string
	Path    string
	Handler http.Handler

	command string
	summary string
	input   *alloy.Schema
	output  *alloy.Schema
	wrapped bool
	form    form
}

// Route returns the endpoint with its handler. The options are those of Handler.
func (e Endpoint[T]) Route(opts ...alloy.Option) Route {
	r := Route{
		Method: e.Method, Path: e.Path, Handler: Handler(e, opts...),
		command: e.Command.Name, summary: e.Summary, input: e.Input, output: e.Output, wrapped: e.Wrapped, form: formOf[T](),
	}
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	if r.input == nil {
		r.input = noParameters
	}
	return r
}

// Mux serves routes at their paths, which may have several methods each. Paths are patterns of http.ServeMux, without host and
// method. All other paths are answered with 404, and other methods with 405, as a Problem. Routes that contradict each other, or a
// path that is no pattern, are a mistake of the program: all requests are then answered with a problem that names it.
func Mux(routes ...Route) http.Handler {
	mux := http.NewServeMux()
	byPath := map[string]methods{}
	var paths []string
	for _, r := range routes {
		at := byPath[r.Path]
		if at == nil {
			at = methods{}
			byPath[r.Path] = at
			paths = append(paths, r.Path)
		}
		if at[r.Method] != nil {
			return mistaken(fmt.Sprintf("there are two routes %s %s", r.Method, r.Path))
		}
		at[r.Method] = r.Handler
	}
	if byPath["/"] == nil { // it matches what nothing else does
		mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
			tell(w, refused(http.StatusNotFound, "There is no such path."))
		})
	}
	for _, path := range paths {
		if err := mount(mux, path, byPath[path]); err != nil {
			return mistaken(err.Error())
		}
	}
	return mux
}

// mount adds a path to a mux, which panics where it cannot.
func mount(mux *http.ServeMux, path string, h http.Handler) (err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("the path %q is no pattern, or contradicts another", path)
		}
	}()
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("the path %q does not begin with a slash", path)
	}
	mux.Handle(path, h)
	return nil
}

// methods are the handlers of one path.
type methods map[string]http.Handler

func (m methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := m[r.Method]; h != nil {
		h.ServeHTTP(w, r)
		return
	}
	all := slices.Sorted(maps.Keys(m))
	w.Header().Set("Allow", strings.Join(all, ", "))
	tell(w, refused(http.StatusMethodNotAllowed, "The method must be "+strings.Join(all, " or ")+"."))
}

func mistaken(what string) http.Handler {
	detail := "The routes of the service are wrong: " + what + "."
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		tell(w, &Problem{Status: http.StatusInternalServerError, Kind: kindConfiguration, Detail: detail})
	})
}

// tell answers with a problem.
func tell(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	p = p.complete()
	write(w, 0, p.Status, typeProblem, p.encoded())
}
