package provider

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
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

	// Credentials names the environment variables of which the provider needs every one; nil when it needs none.
	Credentials []string

	// Capabilities says what a model can do.
	Capabilities func(model string) Capabilities
}

// Capabilities says what a model can do on its vendor's API.
type Capabilities struct {
	Tools           bool // function calling
	Schema          bool // answers held to a JSON schema by the vendor
	SchemaWithTools bool // both in one request
	Images          bool // pictures in the user's messages
	Temperature     bool // takes a temperature at all
}

var registry = struct {
	sync.RWMutex
	byName map[string]Registration
}{byName: map[string]Registration{}}

// Register adds a provider to the process; packages of providers call it in init. A name or prefix that is taken is refused.
func Register(r Registration) error {
	registry.Lock()
	defer registry.Unlock()
	if _, taken := registry.byName[r.Name]; taken {
		return fmt.Errorf("provider %q is already registered", r.Name)
	}
	for _, other := range registry.byName {
		for _, p := range r.Prefixes {
			if slices.Contains(other.Prefixes, p) {
				return fmt.Errorf("provider %q: the prefix %q already belongs to %q", r.Name, p, other.Name)
			}
		}
	}
	registry.byName[r.Name] = r
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
// name of the model. PROVIDER/NAME wins over a prefix. It does not ask whether that provider is linked.
func Resolve(model string) (providerName, name string, err error) {
	registry.RLock()
	defer registry.RUnlock()
	var more []route.Route
	for _, n := range slices.Sorted(maps.Keys(registry.byName)) {
		for _, p := range registry.byName[n].Prefixes {
			more = append(more, route.Route{Prefix: p, Provider: n})
		}
	}
	return route.Resolve(model, more...)
}
