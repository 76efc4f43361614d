package emit

import (
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSameTokens(t *testing.T) {
	for name, c := range map[string]struct {
		a, b string
		same bool
	}{
		"nothing":             {"", "", true},
		"equal":               {"var x = 1\n", "var x = 1\n", true},
		"spaces":              {"func f (a int) {\nreturn g . h (a)\n}", "func f(a int) {\n\treturn g.h(a)\n}\n", true},
		"one word or two":     {"returnx", "return x", false},
		"one operator or two": {"a - -b", "a--b", false},
		"in a string":         {`"a b"`, `"ab"`, false},
		"after an escape":     {`"\" a"`, `"\"a"`, false},
		"in a raw string":     {"`a\n\tb`", "`a\nb`", false},
		"in a rune":           {`' '`, `'	'`, false},
		"in a comment":        {"// a b\nx", "// ab\nx", false},
		"end of a comment":    {"// a\nx", "// a x", false},
		"block comment":       {"/* a */x", "/* a */ x", true},
		"more":                {"x", "x y", false},
		"unfinished":          {"`", "``", false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.same, sameTokens([]byte(c.a), []byte(c.b)))
			require.Equal(t, c.same, sameTokens([]byte(c.b), []byte(c.a)))
		})
	}
}

// Formatting changes no token of any golden file, and every other change is seen.
func TestSameTokensOfGoldenFiles(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/golden/*/alloy_gen.go")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		src, err := os.ReadFile(path)
		require.NoError(t, err)
		loose := []byte(strings.ReplaceAll(string(src), "\n}\n\n", "\n} \n\n\n"))
		require.True(t, sameTokens(src, loose), path)
		tight, err := format.Source(loose)
		require.NoError(t, err)
		require.Equal(t, string(src), string(tight), path)
		for i := 0; i < len(src); i += 97 {
			if isSpace(src[i]) {
				continue
			}
			changed := append([]byte(nil), src...)
			changed[i] ^= 0x10
			if !isSpace(changed[i]) {
				require.False(t, sameTokens(src, changed), "%s: byte %d", path, i)
			}
		}
	}
}
