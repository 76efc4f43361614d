package providersuite

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
)

// What the newest Claude models have thought is void when the system prompt or the tools before it change: both stay as they are,
// to the byte, when an answer is rejected and the model may call no more tools, and the thoughts go back.
func TestThoughtsStayValid(t *testing.T) {
	environment(t)
	v := vendors[slices.IndexFunc(vendors, func(v *vendor) bool { return v.name == "anthropic" })]
	synctest.Test(t, func(t *testing.T) {
		var bodies []map[string]json.RawMessage
		kept := func(a said) step {
			return func(x exchange) {
				var body map[string]json.RawMessage
				_ = json.Unmarshal(x.body, &body) // which the server has read already
				bodies = append(bodies, body)
				reply(a)(x)
			}
		}
		wrong, right := says("It is late."), says(ticketPieces...)
		wrong.thoughts = []string{"Late?"}
		s := open(t, v, kept(wrong), kept(right))
		var l lookup
		require.NoError(t, ask(s.of(t), triage, false, alloy.WithTools(l.tool()), alloy.WithCache(true)).err)
		require.Len(t, bodies, 2)
		first, second := bodies[0], bodies[1]
		require.Equal(t, string(first["system"]), string(second["system"]))
		require.Equal(t, string(first["tools"]), string(second["tools"]))
		require.Empty(t, first["tool_choice"])
		require.JSONEq(t, `{"type":"none"}`, string(second["tool_choice"]))
		require.Contains(t, string(second["messages"]), `"signature":"EqQB"`)
	})
}
