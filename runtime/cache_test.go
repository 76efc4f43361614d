package alloy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

// F156: what is cached is the same for all calls.
func TestCacheNeedsAConstantSystemPrompt(t *testing.T) {
	constant := alloy.Promptf[string]("now")
	dynamic := constant.WithSystem("It is Monday.")
	system := alloy.WithSystem("Be brief.")

	t.Run("constant", func(t *testing.T) {
		require.True(t, sent(t, reply, constant, system, alloy.WithCache(true)).Settings.Cache)
		require.False(t, sent(t, reply, constant, system).Settings.Cache, "nobody has asked for it")
	})
	t.Run("dynamic", func(t *testing.T) {
		m := alloytest.New()
		_, err := reply.Run(t.Context(), prompt(dynamic), []alloy.Option{alloy.WithProvider(m), system, alloy.WithCache(true)})
		var wrong *alloy.ConfigurationError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, "cache", wrong.Setting)
		require.Equal(t, reply.Name, wrong.Command)
		require.ErrorContains(t, err, "WithSystem")
		require.Empty(t, m.Requests())
	})
	t.Run("switched off for a call", func(t *testing.T) {
		cmd := alloy.NewCommand(alloy.Definition[string]{Name: "Reply"}, alloy.WithCache(true), system)
		require.True(t, sent(t, cmd, constant).Settings.Cache)
		req := sent(t, cmd, dynamic, alloy.WithCache(false))
		require.False(t, req.Settings.Cache)
		require.Equal(t, "Be brief.\nIt is Monday.", req.System)
	})
}
