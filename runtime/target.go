package alloy

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/alloygen/alloygen/runtime/provider"
	_ "github.com/alloygen/alloygen/runtime/provider/offline" // every program has it: ALLOY_BACKEND=offline must work anywhere
)

// target is a model and where it is found.
type target struct {
	model    string // as named in the settings
	name     string // the vendor's name of it
	provider string // openai, anthropic …; empty for a provider of WithProvider whose models have names of their own

	do       provider.Provider // nil until bound
	can      provider.Capabilities
	instance *instance // nil with a provider of WithProvider
	guard    *guard
}

// key names the model in a store.
func (t *target) key() string { return t.provider + "/" + t.name }

// everything is what a provider of WithProvider can do, unless it says otherwise.
var everything = provider.Capabilities{Tools: true, Schema: true, SchemaWithTools: true, Images: true, Documents: true, Audio: true, Stream: true, Temperature: true}

// resolve finds the provider of each model by its name. It does not ask whether the providers are linked.
func (s *settings) resolve() ([]target, *ConfigurationError) {
	targets := make([]target, 0, 1+len(s.fallback))
	primary, err := s.target(s.modelFrom, s.model)
	if err != nil {
		return nil, err
	}
	targets = append(targets, primary)
	for i, model := range s.fallback {
		if slices.Contains(s.fallback[:i], model) {
			return nil, &ConfigurationError{Setting: "fallback", Message: fmt.Sprintf("fallback: %q is named twice", model)}
		}
		t, err := s.target("fallback", model)
		if err != nil {
			return nil, err
		}
		if model != s.model { // an override of the model may name a fallback
			targets = append(targets, t)
		}
	}
	return targets, nil
}

func (s *settings) target(setting, model string) (target, *ConfigurationError) {
	if model == "" {
		message := setting + `: no model: the name is ""; name one in a directive, an option or ALLOY_MODEL`
		return target{}, &ConfigurationError{Setting: setting, Message: message}
	}
	name, vendorName, err := provider.Resolve(model)
	switch {
	case s.provider != nil && err != nil:
		return target{model: model, name: model}, nil
	case s.provider == nil && s.backend != "":
		return target{model: model, name: model, provider: s.backend}, nil
	case err != nil:
		return target{}, &ConfigurationError{Setting: setting, Message: setting + ": " + err.Error(), Err: err}
	}
	return target{model: model, name: vendorName, provider: name}, nil
}

// bind finds the target's provider, what it can do, and what guards it.
func (t *target) bind(client *Client, s *settings) *ConfigurationError {
	if t.do != nil && t.guard != nil {
		return nil
	}
	if s.provider != nil {
		t.do, t.can = s.provider, everything
		if p, ok := s.provider.(interface {
			Capabilities(model string) provider.Capabilities
		}); ok {
			t.can = p.Capabilities(t.name)
		}
		return t.protect(client, s)
	}
	entry, err := client.instance(t.provider, s)
	if err != nil {
		return err
	}
	t.do, t.can, t.instance = entry.provider, capabilities(entry.registration, t.name), entry
	return t.protect(client, s)
}

func capabilities(r provider.Registration, model string) provider.Capabilities {
	if r.Capabilities == nil {
		return everything
	}
	return r.Capabilities(model)
}

// instance is a provider made for one client.
type instance struct {
	once         sync.Once
	registration provider.Registration
	provider     provider.Provider
	err          *ConfigurationError
	models       modelStates // by the vendor's name
}

type instanceKey struct {
	provider        string
	baseURL, keyVar string // of WithCompatible
	httpClient      *http.Client
}

// instance returns the client's provider of that name, which is made at its first use.
func (c *Client) instance(name string, s *settings) (*instance, *ConfigurationError) {
	registration, err := s.registration(name)
	if err != nil {
		return nil, err
	}
	server := s.compatible[name]
	key := instanceKey{name, server.BaseURL, server.KeyVar, s.httpClient}
	found, ok := c.providers.Load(key)
	if !ok {
		found, _ = c.providers.LoadOrStore(key, new(instance))
	}
	entry := found.(*instance)
	entry.once.Do(func() {
		config := provider.Config{HTTPClient: s.httpClient}
		if config.HTTPClient == nil {
			config.HTTPClient = sharedHTTPClient()
		}
		var err error
		entry.registration = registration
		if entry.provider, err = newProvider(registration, config); err != nil {
			entry.err = asConfigurationError(err)
		}
	})
	return entry, entry.err
}

// registration finds a provider by its name: one that is linked, or a compatible server that an option or the environment names.
func (s *settings) registration(name string) (provider.Registration, *ConfigurationError) {
	server, given := s.compatible[name]
	if !given {
		if found, linked := provider.Lookup(name); linked {
			return found, nil
		}
		if slices.Contains(packaged, name) {
			return provider.Registration{}, notLinked(name)
		}
	}
	server.Prefix = name
	found, err := provider.LookupEndpoint(server)
	if err != nil {
		return found, asConfigurationError(err)
	}
	return found, nil
}

// newProvider makes a provider. A panic is an error: it would come but once.
func newProvider(r provider.Registration, c provider.Config) (p provider.Provider, err error) {
	defer recovered(&err)
	if p, err = r.New(c); p == nil && err == nil {
		err = fmt.Errorf("the New of the provider %s returned nil", r.Name)
	}
	return p, err
}

// packaged are the providers that come with this version, each in a package of its name.
var packaged = []string{"anthropic", "gemini", offline, "ollama", "openai"}

func notLinked(name string) *ConfigurationError {
	return &ConfigurationError{Setting: "model", Message: "the provider " + name + " is not linked into the program: add\n\n" +
		"\timport _ \"github.com/alloygen/alloygen/runtime/provider/" + name + "\"\n"}
}

// asConfigurationError turns what a provider says of its configuration into the error that users see.
func asConfigurationError(err error) *ConfigurationError {
	if e, ok := errors.AsType[*ConfigurationError](err); ok {
		return e
	}
	e := &ConfigurationError{Message: err.Error(), Err: err}
	if c, ok := errors.AsType[*provider.ConfigError](err); ok {
		e.Setting = c.Setting
	}
	return e
}
