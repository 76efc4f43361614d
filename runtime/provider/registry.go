package provider

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/alloygen/alloygen/internal/route"
)

// Config is what a client gives a provider when it makes one.
type Config struct {
	HTTPClient *http.Client // never nil; one per client, its connections are reused
}

// Registration says how models find a provider.
type Registration struct {
	Name     string   // openai, anthropic …; PROVIDER/NAME chooses it by this name
	Prefixes []string // of model names that choose it without its name, beside those that every program knows

	// New makes a provider for one client. It reads no file, opens no connection and checks no credential: a missing key is
	// a ConfigError of the first request.
	New func(Config) (Provider, error)

	// Credentials names the environment variables of which the provider needs every one at its vendor's own address; nil
	// when it needs none. A base URL of one's own may need none, so only the provider itself decides, at a request.
	Credentials []string

	// Overwrite replaces a registration of the same name, instead of being refused. Clients that already use the other
	// provider keep it.
	Overwrite bool

	// Capabilities says what a model can do; nil stands for everything.
	Capabilities func(model string) Capabilities
}

// Capabilities says what a model can do on its vendor's API.
type Capabilities struct {
	Tools           bool // function calling
	Schema          bool // answers held to a JSON schema by the vendor
	SchemaWithTools bool // both in one request
	Images          bool // pictures in the user's messages
	Documents       bool // PDF files in the user's messages
	Audio           bool // recordings in the user's messages
	Stream          bool // answers piece by piece
	Temperature     bool // takes a temperature at all
}

var registry = struct {
	sync.RWMutex
	byName map[string]Registration
	routes []route.Route // of every Prefixes, the longest first; replaced, never changed
}{byName: map[string]Registration{}}

// Register adds a provider to the process; packages of providers call it in init. A name or prefix that is taken is refused.
// Of two prefixes that a model's name begins with the longer one counts.
func Register(r Registration) error {
	if r.Name == "" || strings.ContainsAny(r.Name, "/:. ") {
		return fmt.Errorf("provider %q: a name is needed, without slash, colon, dot and space", r.Name)
	}
	if r.New == nil {
		return fmt.Errorf("provider %q: New is nil", r.Name)
	}
	registry.Lock()
	defer registry.Unlock()
	if _, taken := registry.byName[r.Name]; taken && !r.Overwrite {
		return fmt.Errorf("provider %q is already registered", r.Name)
	}
	for _, p := range r.Prefixes {
		if p == "" || strings.Contains(p, "/") {
			return fmt.Errorf("provider %q: the prefix %q would choose every model, or none", r.Name, p)
		}
		for _, known := range route.Table { // which every program knows, and so does the generator
			if strings.HasPrefix(p, known.Prefix) && known.Provider != r.Name {
				return fmt.Errorf("provider %q: the prefix %q would never be reached: %q already belongs to %q", r.Name, p, known.Prefix, known.Provider)
			}
		}
		for _, known := range registry.routes {
			if known.Prefix == p && known.Provider != r.Name {
				return fmt.Errorf("provider %q: the prefix %q already belongs to %q", r.Name, p, known.Provider)
			}
		}
	}
	registry.byName[r.Name] = r
	var routes []route.Route
	for _, name := range slices.Sorted(maps.Keys(registry.byName)) {
		for _, p := range registry.byName[name].Prefixes {
			routes = append(routes, route.Route{Prefix: p, Provider: name})
		}
	}
	slices.SortStableFunc(routes, func(a, b route.Route) int { return len(b.Prefix) - len(a.Prefix) })
	registry.routes = routes
	return nil
}

// Registered returns the names of the providers that are linked into the program, sorted.
func Registered() []string {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Sorted(maps.Keys(registry.byName))
}

// Lookup returns the provider of that name, and whether it is linked into the program.
func Lookup(name string) (Registration, bool) {
	registry.RLock()
	defer registry.RUnlock()
	r, ok := registry.byName[name]
	return r, ok
}

// Resolve splits a model, as written in a directive, an option or ALLOY_MODEL, into the provider's name and the vendor's
// name of the model. PROVIDER/NAME wins over a prefix. It does not ask whether that provider is linked. A name that nothing
// knows is a *ConfigError that lists what is known.
func Resolve(model string) (providerName, name string, err error) {
	registry.RLock()
	more := registry.routes
	registry.RUnlock()
	if providerName, name, err = route.Resolve(model, more...); err != nil {
		err = &ConfigError{Setting: "model", Message: err.Error(), Err: err}
	}
	return providerName, name, err
}
