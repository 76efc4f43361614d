package provider

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// Variables are the environment variables of the server: that of its key, and that of its base URL, which is empty where BaseURL
// says it. A prefix of other letters, and one that a provider has which every program knows, is a *ConfigError.
func (e Endpoint) Variables() (key, baseURL string, err error) {
	if !isPrefix(e.Prefix) {
		return "", "", &ConfigError{Provider: e.Prefix, Setting: "model",
			Message: "the prefix of a server is made of letters, digits, hyphens and underscores, and begins with a letter"}
	}
	if isVendor(e.Prefix) {
		return "", "", prefixTaken(e.Prefix)
	}
	prefix := strings.ToUpper(strings.ReplaceAll(e.Prefix, "-", "_"))
	if e.BaseURL == "" {
		baseURL = prefix + "_BASE_URL"
	}
	return cmp.Or(e.KeyVar, prefix+"_API_KEY"), baseURL, nil
}

func isPrefix(prefix string) bool {
	for i, c := range []byte(prefix) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		case i > 0 && (c >= '0' && c <= '9' || c == '-' || c == '_'):
		default:
			return false
		}
	}
	return prefix != ""
}

// RegisterEndpoint registers a server that speaks the API of a vendor's own package: api is the registration of that package, of
// which the server has its own name, credentials and, where it says so, capabilities. A prefix that is a provider's is refused.
func RegisterEndpoint(e Endpoint, api Registration) error {
	if _, _, err := e.Variables(); err != nil {
		return err
	}
	api.Name, api.Credentials = e.Prefix, nil
	if e.KeyVar != "" {
		api.Credentials = []string{e.KeyVar}
	}
	if e.Capabilities != nil {
		api.Capabilities = e.Capabilities
	}
	return Register(api)
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
		return Registration{}, prefixTaken(e.Prefix)
	case find == nil:
		return Registration{}, &ConfigError{Provider: e.Prefix, Setting: "model",
			Message: "nothing that speaks to compatible servers is linked into the program: add\n\n" +
				"\timport _ \"github.com/alloygen/alloygen/runtime/provider/compatible\"\n"}
	}
	return find(e)
}

func prefixTaken(prefix string) error {
	return &ConfigError{Provider: prefix, Setting: "model",
		Message: fmt.Sprintf("the prefix %q already belongs to a provider: choose another for the server", prefix)}
}

// isVendor says whether a name is of a provider that every program knows, linked or not: whatever its base URL variable says,
// its server may speak an API of its own.
func isVendor(name string) bool {
	return slices.ContainsFunc(route.Table, func(r route.Route) bool { return r.Provider == name })
}
