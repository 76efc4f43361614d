package openai

import (
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// strict is what OpenAI's strict mode takes, as of 2026; see the guide that the package comment names.
var strict = wire.Dialect{
	Constraints: []string{"pattern", "format", "multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"},
	Formats:     []string{"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"},
	Pattern:     func(p string) bool { return !strings.Contains(p, "(?") }, // no look-around
	Recursion:   true,
	MaxProps:    5000,
	MaxEnum:     1000,
	MaxNesting:  10,
}

// form is a schema as it is sent.
type form struct {
	json   string
	strict bool
}

type formKey struct{}

func formOf(s *provider.Schema) form {
	derived, _ := s.Derive(formKey{}, func(s *provider.Schema) (any, error) {
		if s.Strict {
			if text, ok := strict.Form(s.Text()); ok {
				return form{json: text, strict: true}, nil
			}
		}
		return form{json: wire.Compact(s.Text())}, nil
	})
	return derived.(form)
}

// identifier makes a name that the API takes: letters, digits, underscore and hyphen, at most 64; instead when it is empty.
func identifier(s, instead string) string {
	if s == "" {
		return instead
	}
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return '_'
	}, s)
	return clean[:min(len(clean), 64)]
}
