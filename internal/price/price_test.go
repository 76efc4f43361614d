package price

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		model string
		want  Price
		known bool
	}{
		{"gpt-5", Price{1.25, 0.125, 10}, true},
		{"openai/gpt-5", Price{1.25, 0.125, 10}, true},
		{"gpt-5-2025-08-07", Price{1.25, 0.125, 10}, true},
		{"openai/gpt-5-mini-2025-08-07", Price{0.25, 0.025, 2}, true},
		{"gpt-4o-2024-08-06", Price{2.5, 1.25, 10}, true},
		{"gpt-4o-2024-05-13", Price{5, 5, 15}, true}, // a dated name with a line of its own
		{"claude-haiku-4-5", Price{1, 0.1, 5}, true},
		{"claude-haiku-4-5-20251001", Price{1, 0.1, 5}, true},
		{"anthropic/claude-opus-4-7", Price{5, 0.5, 25}, true},
		{"claude-opus-4-20250514", Price{15, 1.5, 75}, true},
		{"gemini-2.5-flash", Price{0.3, 0.03, 2.5}, true},
		{"ollama:llama3.2", Price{}, true},
		{"ollama/llama3.2", Price{}, true},
		{"ollama:hf.co/bartowski/Llama-3.2", Price{}, true},
		{"offline", Price{}, true},
		{"offline/any", Price{}, true},

		{"", Price{}, false},
		{"gpt-7", Price{}, false},
		{"GPT-5", Price{}, false},
		{"gpt-5-", Price{}, false},
		{"gpt-5-turbo", Price{}, false},
		{"gpt-5-2025-8-7", Price{}, false},
		{"gpt-5-2025x08x07", Price{}, false},
		{"-2025-08-07", Price{}, false},
		{"-20250807", Price{}, false},
		{"openai/", Price{}, false},
		{"openai/claude-haiku-4-5", Price{}, false}, // another vendor's price list
		{"azure/gpt-5", Price{}, false},
		{"openrouter/openai/gpt-5", Price{}, false},
		{"ollama:", Price{}, false},
		{"offline/", Price{}, false},
		{"offliner", Price{}, false},
	} {
		got, known := Lookup(c.model)
		require.Equal(t, c.known, known, c.model)
		require.Equal(t, c.want, got, c.model)
	}
}

func TestCost(t *testing.T) {
	p := Price{Input: 2, Cached: 0.5, Output: 8}
	require.InDelta(t, 2.0, p.Cost(1_000_000, 0, 0), 1e-12)
	require.InDelta(t, 0.5, p.Cost(1_000_000, 1_000_000, 0), 1e-12)
	require.InDelta(t, 8.0, p.Cost(0, 0, 1_000_000), 1e-12)
	require.InDelta(t, 0.0024, p.Cost(1000, 400, 125), 1e-12)
	require.Zero(t, Price{}.Cost(1000, 400, 125))
}

// Each line of the table can be read, and none of its prices is out of proportion.
func TestTable(t *testing.T) {
	rows, err := read(prices)
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	for name, r := range rows {
		require.Contains(t, []string{"openai", "anthropic", "gemini"}, r.provider, name)
		require.NotContains(t, name, "/")
		require.Positive(t, r.price.Cached, name)
		require.LessOrEqual(t, r.price.Cached, r.price.Input, name)
		require.Greater(t, r.price.Output, r.price.Input, name)
		got, known := Lookup(name)
		require.True(t, known, name)
		require.Equal(t, r.price, got, name)
	}
	for _, built := range []string{"gpt-5-mini", "claude-opus-4-7", "claude-sonnet-4-5", "gemini-3-pro-preview", "o3", "o4-mini"} {
		require.Contains(t, rows, built)
	}
}

func TestMalformedTable(t *testing.T) {
	for _, text := range []string{"gpt-5 1.25 0.125", "gpt-5 1.25 0.125 ten", "gpt-5 1 1 1 1", "gpt-5 1 1 2\ngpt-5 1 1 2"} {
		_, err := read("openai https://example.com\n" + text + "\n")
		require.ErrorContains(t, err, strings.Fields(text)[0])
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	require.Zero(t, testing.AllocsPerRun(100, func() { Lookup("openai/gpt-5-mini-2025-08-07") }))
}
