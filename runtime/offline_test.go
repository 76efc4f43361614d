package alloy_test

import (
	"slices"
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

// F131, F136: it streams, and may be left (X49).
func TestOfflineStreams(t *testing.T) {
	open := func() *alloy.Stream[Ticket] {
		return triage.Stream(t.Context(), saying[Ticket]("Where is order 4392?"), []alloy.Option{alloy.WithModel("offline")})
	}
	want, err := open().Result()
	require.NoError(t, err)
	s, text := open(), ""
	for piece := range s.Text() {
		text += piece
	}
	got, err := triage.Parse(text)
	require.NoError(t, err)
	require.Equal(t, want, got)
	s = open()
	partials := slices.Collect(s.Partials())
	require.Greater(t, len(partials), 2)
	require.Equal(t, want, partials[len(partials)-1])
	s = open()
	leave(s.Partials())
	_, err = s.Result()
	require.Equal(t, alloy.KindCanceled, failed(t, err).Kind)
}

// The nearer setting wins: a provider of the call's own is not replaced by a variable.
func TestProviderOfTheCallBeatsTheOfflineBackend(t *testing.T) {
	t.Setenv("ALLOY_BACKEND", "offline")
	got, err := run(t, reply, remember("from memory"))
	require.NoError(t, err)
	require.Equal(t, "from memory", got)
}
