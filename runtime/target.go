package alloy

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/alloygen/alloygen/runtime/provider"
	_ "github.com/alloygen/alloygen/runtime/provider/offline" // every program has it: ALLOY_BACKEND=offline must work anywhere
)

// target is a model and where it is found.
type target struct {
	model    string // as named in the settings
	name     string // the vendor's name of it
	provider string // openai, anthropic …; empty for a provider of WithProvider whose models have names of their own

	do  provider.Provider // nil until bound
	can provider.Capabilities
}

// everything is what a provider of WithProvider can do, unless it says otherwise.
var everything = provider.Capabilities{Tools: true, Schema: true, SchemaWithTools: true, Images: true, Temperature: true}

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

// bind finds the target's provider and what it can do.
func (t *target) bind(client *Client, s *settings) *ConfigurationError {
	if t.do != nil {
		return nil
	}
	if s.provider != nil {
		t.do, t.can = s.provider, everything
		if p, ok := s.provider.(interface {
			Capabilities(model string) provider.Capabilities
		}); ok {
			t.can = p.Capabilities(t.name)
		}
		return nil
	}
	entry, err := client.instance(t.provider, s)
	if err != nil {
		return err
	}
	t.do, t.can = entry.provider, capabilities(entry.registration, t.name)
	return nil
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
}

type instanceKey struct {
	provider   string
	httpClient *http.Client
}

// instance returns the client's provider of that name, which is made at its first use.
func (c *Client) instance(name string, s *settings) (*instance, *ConfigurationError) {
	registration, linked := provider.Lookup(name)
	if !linked {
		return nil, notLinked(name)
	}
	key := instanceKey{name, s.httpClient}
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

// newProvider makes a provider. A panic is an error: it would come but once.
func newProvider(r provider.Registration, c provider.Config) (p provider.Provider, err error) {
	defer recovered(&err)
	if p, err = r.New(c); p == nil && err == nil {
		err = fmt.Errorf("the New of the provider %s returned nil", r.Name)
	}
	return p, err
}

// packaged are the providers that come with this version, each in a package of its name.
var packaged = []string{"anthropic", offline, "openai"}

func notLinked(name string) *ConfigurationError {
	e := &ConfigurationError{Setting: "model"}
	if slices.Contains(packaged, name) {
		e.Message = "the provider " + name + " is not linked into the program: add\n\n\timport _ \"github.com/alloygen/alloygen/runtime/provider/" + name + "\"\n"
	} else {
		e.Message = fmt.Sprintf("there is no provider %s: this version has %s, and the program links %s; provider.Register adds others",
			name, strings.Join(packaged, ", "), strings.Join(provider.Registered(), ", "))
	}
	return e
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
