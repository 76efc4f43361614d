package provider

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alloygen/alloygen/internal/route"
)

// Endpoint is a server that PREFIX/NAME finds although no provider is registered under its prefix: what Lookup does not know,
// LookupEndpoint may.
type Endpoint struct {
	Prefix  string // of its models, and the name of its provider: letters, digits, underscore and hyphen
	BaseURL string // where its API begins; when empty, the environment variable PREFIX_BASE_URL says it
	KeyVar  string // the environment variable of its API key, which it then needs; when empty, PREFIX_API_KEY is sent if set

	// Capabilities says what a model can do there; nil stands for everything, but for what is known of the server or of the
	// model by its name.
	Capabilities func(model string) Capabilities
}

// fallback makes a Registration of a server; nil until a package that can is linked.
var fallback func(Endpoint) (Registration, error)

// RegisterFallback says how a server becomes a provider; package compatible does it in init. What find makes is not kept, so
// that it follows the environment. A server that it cannot make a provider of is a *ConfigError. A second fallback is refused.
func RegisterFallback(find func(Endpoint) (Registration, error)) error {
	registry.Lock()
	defer registry.Unlock()
	if fallback != nil {
		return errors.New("provider: a fallback is already registered")
	}
	fallback = find
	return nil
}

// LookupEndpoint returns the provider of a server. A *ConfigError says what is wrong: a prefix that a provider has, a base URL
// that is none or missing, or that nothing in the program speaks to such servers.
func LookupEndpoint(e Endpoint) (Registration, error) {
	registry.RLock()
	find := fallback
	_, taken := registry.byName[e.Prefix]
	registry.RUnlock()
	switch {
	case taken, isVendor(e.Prefix):
		return Registration{}, &ConfigError{Provider: e.Prefix, Setting: "model",
			Message: fmt.Sprintf("the prefix %q is a provider's own: choose another for the server", e.Prefix)}
	case find == nil:
		return Registration{}, &ConfigError{Provider: e.Prefix, Setting: "model",
			Message: "nothing that speaks to compatible servers is linked into the program: add\n\n" +
				"\timport _ \"github.com/alloygen/alloygen/runtime/provider/compatible\"\n"}
	}
	return find(e)
}

// isVendor says whether a name is of a provider that every program knows, linked or not: whatever its base URL variable says,
// its server may speak an API of its own.
func isVendor(name string) bool {
	return slices.ContainsFunc(route.Table, func(r route.Route) bool { return r.Provider == name })
}
