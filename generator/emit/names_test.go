package emit

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/model"
)

func TestScopeGivesTheNextNumeral(t *testing.T) {
	s := newScope([]string{"ctx", "opts", "opts2"})
	require.Equal(t, "ctx2", s.pick("ctx"))
	require.Equal(t, "opts3", s.pick("opts"))
	require.Equal(t, "opts4", s.pick("opts"))
	require.Equal(t, "range2", s.pick("range"), "keywords are never free")
	require.Equal(t, "string", s.pick("string"), "predeclared names may be shadowed where nothing uses them")
}

func TestUnexported(t *testing.T) {
	for name, want := range map[string]string{
		"Triage": "triage", "triage": "triage", "URLCheck": "urlCheck", "URL": "url", "A": "a", "Überblick": "überblick", "_x": "_x",
	} {
		require.Equal(t, want, unexported(name), name)
	}
}

func TestFreeNames(t *testing.T) {
	for expr, want := range map[model.Go]map[string]bool{
		`«strings».TrimSpace(message) != ""`: {"message": true},
		`map[string]«time».Duration`:         {"string": true},
		`a.b.c(d)[e]`:                        {"a": true, "d": true, "e": true},
		`ok(T{field: x, y: field})`:          {"ok": true, "T": true, "field": true, "x": true, "y": false},
		`xs == nil || func(s string) bool {
			return s == xs[0]
		}("a")`: {"xs": true, "nil": true, "s": true, "string": true, "bool": true},
		"": {},
	} {
		require.Equal(t, want, freeNames{}.of(expr), expr)
	}
}

func TestDurationHasTheLargestUnit(t *testing.T) {
	for d, want := range map[time.Duration]string{
		30 * time.Second: "30 * time.Second", time.Second: "time.Second", 90 * time.Second: "90 * time.Second",
		2 * time.Hour: "2 * time.Hour", 1500 * time.Millisecond: "1500 * time.Millisecond", time.Microsecond + 1: "1001 * time.Nanosecond",
	} {
		require.Equal(t, want, duration(d, "time"))
	}
}

func TestQuoteJSONKeepsTheValue(t *testing.T) {
	require.Equal(t, "`{\"a\": \"\\u0060x\\u0060\"}`", quoteJSON("{\"a\":\r \"`x`\"}"))
}
