package wire

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// X13
func TestCrowded(t *testing.T) {
	many := strings.Repeat("{},", mostElements)
	for name, tc := range map[string]struct {
		text string
		want bool
	}{
		"few":           {`{"content":[{},{}]}`, false},
		"one too many":  {`{"content":[` + many + `{},{}]}`, true},
		"as many as is": {`{"content":[` + many + `{}]}`, false},
		"in a string":   {`{"text":"\"` + many + many + `"}`, false},
		"deep":          {`{"a":{"b":{"c":{"d":{"e":[` + many + many + `1]}}}}}`, false},
		"in two lists":  {`[[` + many + `1],[` + many + `1]]`, true},
		"cut":           {`{"text":"` + many + many + `\`, false},
	} {
		require.Equal(t, tc.want, crowded([]byte(tc.text)), name)
	}
}
