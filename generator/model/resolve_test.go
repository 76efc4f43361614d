package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestResolveNamesImports(t *testing.T) {
	g := Go("func(«net/url».URL, «gopkg.in/yaml.v3|yaml».Node)")
	require.Equal(t, "func(<net/url as url>.URL, <gopkg.in/yaml.v3 as yaml>.Node)",
		g.Resolve(func(path, pkg string) string { return "<" + path + " as " + pkg + ">" }))
	require.Equal(t, "func(url.URL, yaml.Node)", g.String())
}

func TestResolveLeavesLiterals(t *testing.T) {
	for _, g := range []Go{`s != "«a».b \" «"`, "s != `\\` + `«»`", `r != '«' && q != '\''`, `"open «`} {
		require.Equal(t, string(g)+" url.URL", (g + " «net/url».URL").String()[:len(g)]+" url.URL")
	}
	require.Equal(t, `strings.Contains(s, "«") && '\'' != utf8.RuneError`,
		Go(`«strings».Contains(s, "«") && '\'' != «unicode/utf8».RuneError`).String())
}
