package alloy_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// A model without tool calls on its vendor's API is told of the tools in words, and calls them in text.
func TestToolsInWords(t *testing.T) {
	for name, said := range map[string]string{
		"as asked":   `{"calls": [{"tool": "lookup_order", "arguments": {"orderID": "4392"}}]}`,
		"in a fence": "I look.\n```json\n{'calls': [{'tool': 'lookup_order', 'arguments': {'orderID': '4392',}}]}\n```",
	} {
		t.Run(name, func(t *testing.T) {
			for _, schema := range []bool{true, false} {
				var l lookup
				m := play(t, alloytest.Reply(said), alloytest.ReplyJSON(late)).Limit(provider.Capabilities{Schema: schema, SchemaWithTools: schema, Stream: true})
				got, err := run(t, triage, m, alloy.WithTools(l.tool()), alloy.WithSystem("Be brief."))
				require.NoError(t, err)
				require.Equal(t, late, got)
				require.Equal(t, []string{"4392"}, l.ran)
				first, second := m.Requests()[0], m.Requests()[1]
				require.Empty(t, first.Tools)
				require.Nil(t, first.Output)
				require.Contains(t, first.System, "Be brief.\n\nAnswer with JSON only, of this type:")
				require.Contains(t, first.System, "lookup_order: lookup_order returns an order's current state.\narguments: {")
				require.Equal(t, `{"calls":[{"tool":"lookup_order","arguments":{"orderID":"4392"}}]}`, second.Messages[1].Text())
				require.Equal(t, "Result of lookup_order:\nshipped\n", second.Messages[2].Text())
				require.Empty(t, results(second))
			}
		})
	}
}

// An answer that speaks of calls is no call; an unknown tool is told of like anywhere; the pieces of a call are not shown.
func TestTextThatIsNoCall(t *testing.T) {
	var l lookup
	can := provider.Capabilities{Stream: true}
	got, err := run(t, reply, play(t, alloytest.Reply("He calls twice: {calls} of 5 minutes.")).Limit(can), alloy.WithTools(l.tool()))
	require.NoError(t, err)
	require.Equal(t, "He calls twice: {calls} of 5 minutes.", got)

	m := play(t, alloytest.Reply(`{"calls":[{"tool":"rm","arguments":{}}]}`), alloytest.Reply("done")).Limit(can)
	s := streamed(t, reply, m, alloy.WithTools(l.tool()))
	require.Equal(t, []string{"done"}, slices.Collect(s.Text()))
	require.Contains(t, m.Requests()[1].Messages[2].Text(), "Error of rm:\nTool 'rm' not available.")

	// After the last round no more tools are told of.
	m = play(t, alloytest.Reply(`{"calls":[{"tool":"lookup_order","arguments":{"orderID":"1"}}]}`).Times(2), alloytest.Reply("done")).Limit(can)
	got, err = run(t, reply, m, alloy.WithTools(l.tool()), alloy.WithMaxToolTurns(1), alloy.WithFinalize(alloy.Finalize{Limit: true}))
	require.NoError(t, err)
	require.Equal(t, "done", got)
	require.NotContains(t, m.Requests()[2].System, "lookup_order")
}
