// Package route knows which provider a model's name means. The generator and the runtime share it, so that a name that
// generates also runs.
package route

import (
	"fmt"
	"strings"
)

// Route sends the models whose name begins with Prefix to Provider. A prefix that ends in a colon is not part of the
// vendor's name of the model.
type Route struct{ Prefix, Provider string }

// Table holds the names that are known without a provider before them.
var Table = []Route{
	{"gpt-", "openai"},
	{"o1", "openai"},
	{"o3", "openai"},
	{"o4", "openai"},
	{"claude-", "anthropic"},
	{"gemini-", "gemini"},
	{"ollama:", "ollama"},
	{"offline", "offline"},
}

// Resolve splits a model, as written in a directive, an option or ALLOY_MODEL, into its provider and the vendor's name of
// the model. PROVIDER/NAME always means that provider. more is looked at after Table.
func Resolve(model string, more ...Route) (provider, name string, err error) {
	if before, after, ok := strings.Cut(model, "/"); ok && !strings.Contains(before, ":") {
		if before == "" || after == "" {
			return "", "", fmt.Errorf("model %q: want PROVIDER/NAME", model)
		}
		return before, after, nil
	}
	for _, routes := range [][]Route{Table, more} {
		for _, r := range routes {
			rest, ok := strings.CutPrefix(model, r.Prefix)
			switch {
			case !ok:
			case !strings.HasSuffix(r.Prefix, ":"):
				return r.Provider, model, nil
			case rest != "":
				return r.Provider, rest, nil
			}
		}
	}
	return "", "", fmt.Errorf("unknown model %q: names begin with %s; any other is written PROVIDER/NAME", model, prefixes(more))
}

func prefixes(more []Route) string {
	var all []string
	for _, r := range Table {
		all = append(all, r.Prefix)
	}
	for _, r := range more {
		all = append(all, r.Prefix)
	}
	return strings.Join(all, ", ")
}
