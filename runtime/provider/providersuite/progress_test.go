package providersuite

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
)

// A model that thinks, or writes the arguments of a tool call, shows nothing of it, and is not silent all the same: each piece
// of it counts for the stream's timeouts.
func TestSignsOfLife(t *testing.T) {
	const pause = 50 * time.Second
	for name, tc := range map[string]struct {
		without func(lacks) bool
		said    said
	}{
		"thoughts":       {func(l lacks) bool { return l.thoughts }, said{thoughts: []string{"Which ", "order? ", "That ", "one."}, text: []string{"It is shipped."}}},
		"tool_arguments": {nil, calls(order("call_a", "4392"), order("call_b", "4393"), order("call_c", "4392"))},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, tc.without, func(t *testing.T, v *vendor) {
				f := v.stream(tc.said)
				for i := range f.text { // the start of a text is no sign of life, and comes with its first piece
					f.text[i], f.open = strings.Join(append(f.open, f.text[i]), ""), nil
				}
				work := slices.Concat(f.thoughts, f.text, f.calls)
				s := open(t, v, begins(f.begin, slowly(pause, work...), begins(f.end)), reply(says("It is shipped.")))
				var l lookup
				start := time.Now()
				got := stream(s.of(t, alloy.WithTimeout(time.Hour)), alloy.WithTools(l.tool()))
				require.NoError(t, got.err)
				require.Equal(t, "It is shipped.", got.value)
				require.Equal(t, time.Duration(len(work))*pause, time.Since(start))
				require.Greater(t, time.Since(start), 2*alloy.DefaultStreamTimeout)
			})
		})
	}
}

// A stream of a typed command that its vendor cannot hold to a schema comes through a tool (Anthropic's), whose arguments are
// the answer: they are shown, or they count as work.
func TestSignsOfLifeOfAnAnswerTool(t *testing.T) {
	type list []string
	tags := alloy.NewCommand(alloy.Definition[list]{Name: "Tags", Wrapped: true, Output: &alloy.Schema{Name: "Tags", JSON: `{"type":"object",` +
		`"properties":{"value":{"type":"array","items":{"type":"string"}}},"required":["value"],"additionalProperties":false}`}})
	v := vendors[slices.IndexFunc(vendors, func(v *vendor) bool { return v.name == "anthropic" })]
	environment(t)
	synctest.Test(t, func(t *testing.T) {
		f := v.stream(calls(called{"call_a", "answer", `{"value":["late","lost"]}`}))
		s := open(t, v, begins(f.begin, slowly(50*time.Second, f.calls...), begins(f.end)))
		got := tags.Stream(s.of(t), asking[list](alloy.Text(question)), nil)
		partials := slices.Collect(got.Partials())
		value, err := got.Result()
		require.NoError(t, err)
		require.Equal(t, list{"late", "lost"}, value)
		require.Equal(t, value, partials[len(partials)-1])
	})
}
