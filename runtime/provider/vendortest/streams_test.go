package vendortest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

// ticket is what the typed command makes of the server's answer.
type ticket struct {
	Summary  string   `json:"summary"`
	Priority string   `json:"priority"`
	Score    float64  `json:"score"`
	OrderIDs []string `json:"order_ids"`
}

var lost = ticket{"Order 4392 is lost.", "urgent", 0.9, []string{"4392"}}

// ways are all formats that the server speaks with.
func ways(t *testing.T) map[string][]alloy.Option {
	base := start(t)
	all := map[string][]alloy.Option{}
	for _, v := range vendors {
		t.Setenv(v.baseVar, base+v.path)
		all[v.name] = []alloy.Option{alloy.WithModel(v.name + "/" + v.model)}
	}
	all["openai, responses"] = []alloy.Option{alloy.WithModel("openai/gpt-4.1"), alloy.WithExtra("openai.api", "responses")}
	all["openai, responses, reasoned"] = []alloy.Option{alloy.WithModel("openai/gpt-5-mini"), alloy.WithExtra("openai.api", "responses")}
	t.Setenv("MOCK_BASE_URL", base+"/v1")
	all["compatible"] = []alloy.Option{alloy.WithModel("mock/llama-3.3")}
	return all
}

// The same server under streams: text, partial values, tools that run in their middle, failures before the first piece and
// after it.
func TestAimockUnderStreams(t *testing.T) {
	for name, model := range ways(t) {
		with := func(opts ...alloy.Option) []alloy.Option { return slices.Concat(model, opts) }
		t.Run(name, func(t *testing.T) {
			t.Run("typed", func(t *testing.T) { streamsTyped(t, "triage: my order is lost", with()) })
			t.Run("typed after a tool", func(t *testing.T) {
				tool, ran := lookup()
				streamsTyped(t, "triage with a tool, please", with(alloy.WithTools(tool)))
				require.EqualValues(t, 2, ran.Load(), "once in each of the two calls")
			})
			t.Run("tools", func(t *testing.T) {
				tool, ran := lookup()
				s := alloy.AskStream(t.Context(), "where is order 4392?", with(alloy.WithTools(tool))...)
				pieces := slices.Collect(s.Text())
				got, err := s.Result()
				require.NoError(t, err)
				require.Equal(t, "Both are on their way, é 😀.", got)
				require.Greater(t, len(pieces), 1)
				require.Equal(t, got, strings.Join(pieces, ""))
				require.EqualValues(t, 2, ran.Load())
			})
			t.Run("tool that fails", func(t *testing.T) {
				tool, _ := lookup()
				tool.Run = func(context.Context, []byte) (any, error) { return nil, errors.New("no such order") }
				s := alloy.AskStream(t.Context(), "where is order 4392?", with(alloy.WithTools(tool))...)
				var finished []alloy.ToolFinished
				for e := range s.Events() {
					if f, ok := e.(alloy.ToolFinished); ok {
						finished = append(finished, f)
					}
				}
				_, err := s.Result()
				require.NoError(t, err)
				require.Len(t, finished, 2)
				require.ErrorContains(t, finished[0].Err, "no such order")
			})
			t.Run("error", func(t *testing.T) {
				s := alloy.AskStream(t.Context(), "overloaded, please", with(alloy.WithRetry(alloy.Retry{Attempts: 2, Base: time.Millisecond}))...)
				require.Empty(t, slices.Collect(s.Text()))
				_, err := s.Result()
				var ce *alloy.CommandError
				require.ErrorAs(t, err, &ce)
				require.Equal(t, alloy.KindOverloaded, ce.Kind)
				require.Len(t, ce.Attempts, 2)
			})
			t.Run("cut", func(t *testing.T) {
				s := alloy.AskStream(t.Context(), "cut the stream", with()...)
				said := strings.Join(slices.Collect(s.Text()), "")
				_, err := s.Result()
				var ce *alloy.CommandError
				require.ErrorAs(t, err, &ce)
				require.Equal(t, alloy.KindNetwork, ce.Kind)
				if said == "" { // of some formats the server cuts the head of the answer already
					return
				}
				require.True(t, strings.HasPrefix("This sentence is long enough to be cut in two by the server before it ends.", said), said)
				var interrupted *alloy.StreamInterrupted
				require.ErrorAs(t, err, &interrupted)
				require.Equal(t, len(said), interrupted.Delivered)
			})
		})
	}
}

// streamsTyped makes a typed call plainly and as a stream, which must come to the same.
func streamsTyped(t *testing.T, question string, opts []alloy.Option) {
	command := alloy.NewCommand(alloy.Definition[ticket]{Name: "Triage", Output: providertest.Ticket()})
	call := alloy.Call[ticket]{Prompt: func(context.Context) (alloy.Prompt[ticket], error) {
		return alloy.Promptf[ticket]("%s", question), nil
	}}
	var plainly, streamed alloy.Report
	want, err := command.Run(t.Context(), call, append(slices.Clone(opts), alloy.WithReport(&plainly)))
	require.NoError(t, err)
	require.Equal(t, lost, want)

	s := command.Stream(t.Context(), call, append(slices.Clone(opts), alloy.WithReport(&streamed)))
	partials := slices.Collect(s.Partials())
	got, err := s.Result()
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Greater(t, len(partials), 1)
	for i := 1; i < len(partials); i++ {
		require.True(t, strings.HasPrefix(partials[i].Summary, partials[i-1].Summary), "%q, %q", partials[i-1].Summary, partials[i].Summary)
	}
	require.Equal(t, want, partials[len(partials)-1])
	require.Equal(t, plainly.Requests, streamed.Requests)
	require.Equal(t, plainly.Turns, streamed.Turns)
	require.Equal(t, plainly.ToolCalls, streamed.ToolCalls)
}
