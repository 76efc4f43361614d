package alloy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
)

// F21, F151: every command is answered from its schema, whatever model it names, and no network or key is needed.
func TestEveryModelOffline(t *testing.T) {
	t.Setenv("ALLOY_BACKEND", "offline")
	for _, model := range []string{"gpt-5-mini", "claude-opus-4-7", "gemini-3-pro", "nobody-knows-me"} {
		first, err := triage.Run(t.Context(), saying[Ticket]("Where is order 4392?"), []alloy.Option{alloy.WithModel(model)})
		require.NoError(t, err)
		require.Contains(t, []string{"low", "normal", "urgent"}, first.Priority)
		again, err := triage.Run(t.Context(), saying[Ticket]("Where is order 4392?"), []alloy.Option{alloy.WithModel(model)})
		require.NoError(t, err)
		require.Equal(t, first, again, "the same prompt gives the same answer")
	}
}

// F151: the model's name alone is enough, with tools and fallbacks as ever.
func TestOfflineModel(t *testing.T) {
	l := &lookup{}
	got, err := alloy.Ask(t.Context(), "Where is order 4392?", alloy.WithModel("offline"), alloy.WithTools(l.tool()))
	require.NoError(t, err)
	require.NotEmpty(t, got)
	require.Len(t, l.ran, 1)
}

// The nearer setting wins: a provider of the call's own is not replaced by a variable.
func TestProviderOfTheCallBeatsTheOfflineBackend(t *testing.T) {
	t.Setenv("ALLOY_BACKEND", "offline")
	got, err := run(t, reply, remember("from memory"))
	require.NoError(t, err)
	require.Equal(t, "from memory", got)
}
