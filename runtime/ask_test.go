package alloy_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

// F13
func TestAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lookup{}
		m := play(t, alloytest.Fail(503), alloytest.ToolCall("lookup_order", order("4392")), alloytest.Reply("It is on its way."))
		got, err := alloy.Ask(t.Context(), "Where is order 4392?", alloy.WithProvider(m), alloy.WithModel("o3-mini"), alloy.WithTools(l.tool()), times(2))
		require.NoError(t, err)
		require.Equal(t, "It is on its way.", got)
		require.Equal(t, []string{"o3-mini", "o3-mini", "o3-mini"}, models(m))
		require.Equal(t, []string{"4392"}, l.ran)
		require.Equal(t, "Where is order 4392?", m.Requests()[0].Messages[0].Text())
		require.Nil(t, m.Requests()[0].Output)
	})
}

// F14
func TestAskWithContext(t *testing.T) {
	m := play(t, alloytest.Reply("Ada"))
	_, err := alloy.Ask(t.Context(), "Who is it?", alloy.WithProvider(m), alloy.WithContext(struct {
		Name string `json:"name"`
		Tags []int  `json:"tags"`
	}{"Ada <ada@example.com>", []int{1, 2}}))
	require.NoError(t, err)
	require.Equal(t, `Context: {"name":"Ada <ada@example.com>","tags":[1,2]}`+"\n\nTask: Who is it?", m.Requests()[0].Messages[0].Text())
}

// F14
func TestAskWithContextThatHasNoJSON(t *testing.T) {
	m := play(t)
	_, err := alloy.Ask(t.Context(), "Who is it?", alloy.WithProvider(m), alloy.WithContext(make(chan int)))
	require.ErrorContains(t, err, "chan int")
	as[*alloy.ConfigurationError](t, err)
	require.Empty(t, m.Requests())
}

// F15
func TestAskFailsWithTypedErrors(t *testing.T) {
	_, err := alloy.Ask(t.Context(), "hello", alloy.WithProvider(play(t, alloytest.Fail(400))))
	require.Equal(t, "Ask", failed(t, err).Command)

	_, err = alloy.Ask(t.Context(), "hello", alloy.WithMaxToolTurns(0), alloy.WithTools((&lookup{}).tool()),
		alloy.WithProvider(play(t, alloytest.ToolCall("lookup_order", order("4392")))))
	failed(t, err)
	require.Equal(t, 0, as[*alloy.ToolLoopLimitExceeded](t, err).MaxTurns)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = alloy.Ask(ctx, "hello", alloy.WithProvider(play(t)))
	require.ErrorIs(t, err, context.Canceled)
}
