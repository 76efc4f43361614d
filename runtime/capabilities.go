package alloy

import "github.com/alloygen/alloygen/runtime/provider"

// Capabilities says what a model can do, as calls of the client have it: by what its provider knows of the name, without a
// request and without a key. The model is named as in WithModel. The error is a *ConfigurationError: the name is unknown, or its
// provider is not linked.
func (c *Client) Capabilities(model string) (provider.Capabilities, error) {
	from, err := askCommand.def.baseFor(c)
	if err != nil {
		return provider.Capabilities{}, err
	}
	t, err := from.settings.target("model", model)
	if err == nil {
		err = t.bind(c, &from.settings)
	}
	if err != nil {
		return provider.Capabilities{}, err
	}
	return t.can, nil
}
