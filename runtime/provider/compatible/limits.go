package compatible

import (
	"slices"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/openai"
)

// limits are what is known of servers that a program cannot find out: which of them refuse, for every model or for most, what
// their API has a place for. They are as of 2026; Endpoint.Capabilities overrules them.
var limits = []struct {
	hosts   []string
	without func(*provider.Capabilities)
}{
	// https://api-docs.deepseek.com/api/create-chat-completion: response_format is text or json_object, content is text.
	{[]string{"api.deepseek.com"}, func(c *provider.Capabilities) {
		c.Schema, c.SchemaWithTools, c.Images, c.Documents, c.Audio = false, false, false, false, false
	}},
	// https://console.groq.com/docs/structured-outputs: some models, and neither beside tools nor in a stream.
	{[]string{"api.groq.com"}, func(c *provider.Capabilities) {
		c.Schema, c.SchemaWithTools, c.Documents, c.Audio = false, false, false, false
	}},
}

// capabilitiesAt says what models can do on a host: what package openai says of their names, within the host's limits.
func capabilitiesAt(host string) func(model string) provider.Capabilities {
	for _, l := range limits {
		if slices.Contains(l.hosts, host) {
			return func(model string) provider.Capabilities {
				c := openai.Capabilities(model)
				l.without(&c)
				return c
			}
		}
	}
	return openai.Capabilities
}
