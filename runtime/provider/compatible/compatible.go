// Package compatible finds any server that speaks OpenAI's Chat Completions API by the prefix of its models: PREFIX/NAME, as in
// groq/llama-3.3-70b-versatile. Importing it is enough; see package openai for the format.
//
// The environment says where a prefix leads: PREFIX_BASE_URL is the address to which /chat/completions is appended
// (GROQ_BASE_URL=https://api.groq.com/openai/v1), and PREFIX_API_KEY is sent where it is set. In these names the prefix stands
// in capitals, its hyphens as underscores. Both are read at each request. A program may say it instead, with Register or
// through package alloy; a key that it names is then needed. A prefix that another provider has is refused.
//
// Extra options with the prefix before a dot are for the server alone ("groq.service_tier"); PREFIX.api may say responses.
package compatible

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/openai"
)

func init() {
	// Refused only when the program has put a fallback of its own in its place, which then stands.
	_ = provider.RegisterFallback(find)
}

// Register puts a server into the registry of the process, as a provider like any other. A prefix that is taken is refused.
func Register(e provider.Endpoint) error {
	r, err := provider.LookupEndpoint(e)
	if err != nil {
		return err
	}
	return provider.Register(r)
}

// find makes a provider of a server.
func find(e provider.Endpoint) (provider.Registration, error) {
	refuse := func(setting, message string) (provider.Registration, error) {
		return provider.Registration{}, &provider.ConfigError{Provider: e.Prefix, Setting: setting, Message: message}
	}
	key, baseVar, err := e.Variables()
	if err != nil {
		return provider.Registration{}, err
	}
	base := cmp.Or(e.BaseURL, strings.TrimSpace(os.Getenv(baseVar)))
	u, err := url.Parse(base)
	switch {
	case base == "":
		return refuse(baseVar, fmt.Sprintf("no provider has that name: for an OpenAI-compatible server, set %s to its address, and %s "+
			"if it needs a key", baseVar, key))
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return refuse(cmp.Or(baseVar, "base URL"), cmp.Or(baseVar, "the base URL of the server")+" is not an http or https URL")
	}
	if e.Capabilities == nil {
		e.Capabilities = capabilitiesAt(u.Hostname())
	}
	r := provider.Registration{
		Name:         e.Prefix,
		New:          func(c provider.Config) (provider.Provider, error) { return openai.NewServer(c, e) },
		Capabilities: e.Capabilities,
	}
	if e.KeyVar != "" {
		r.Credentials = []string{e.KeyVar}
	}
	return r, nil
}
