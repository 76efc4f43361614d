package vendortest

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

// The same server under whole calls: a typed answer, a tool that runs, an error after its retries, and a fallback to
// another vendor that takes the conversation along.
func TestAimockUnderCalls(t *testing.T) {
	base := start(t)
	for _, v := range vendors {
		t.Setenv(v.baseVar, base+v.path)
	}
	for i, v := range vendors {
		model := alloy.WithModel(v.name + "/" + v.model)
		other := vendors[(i+1)%len(vendors)]
		t.Run(v.name, func(t *testing.T) {
			t.Run("typed", func(t *testing.T) {
				type ticket struct {
					Priority string   `json:"priority"`
					Score    float64  `json:"score"`
					OrderIDs []string `json:"order_ids"`
				}
				command := alloy.NewCommand(alloy.Definition[ticket]{Name: "Triage", Output: providertest.Ticket()})
				got, err := command.Run(t.Context(), alloy.Call[ticket]{Prompt: func(context.Context) (alloy.Prompt[ticket], error) {
					return alloy.Promptf[ticket]("triage: %s", "my order is lost"), nil
				}}, []alloy.Option{model})
				require.NoError(t, err)
				require.Equal(t, ticket{"urgent", 0.9, []string{"4392"}}, got)
			})
			t.Run("tool", func(t *testing.T) {
				tool, ran := lookup()
				got, err := alloy.Ask(t.Context(), "where is order 4392?", model, alloy.WithTools(tool))
				require.NoError(t, err)
				require.Equal(t, "Both are on their way, é 😀.", got)
				require.EqualValues(t, 2, ran.Load())
			})
			t.Run("error", func(t *testing.T) {
				_, err := alloy.Ask(t.Context(), "overloaded, please", model, alloy.WithRetry(alloy.Retry{Attempts: 2, Base: time.Millisecond}))
				var ce *alloy.CommandError
				require.ErrorAs(t, err, &ce)
				require.Equal(t, alloy.KindOverloaded, ce.Kind)
				require.Len(t, ce.Attempts, 2)
				var pe *provider.Error
				require.True(t, errors.As(err, &pe))
				require.Equal(t, 529, pe.Status)
			})
			t.Run("fallback", func(t *testing.T) {
				var report alloy.Report
				got, err := alloy.Ask(t.Context(), "triage, but not here", alloy.WithModel(v.name+"/no-such-model-429"),
					alloy.WithFallback(other.name+"/"+other.model), alloy.WithReport(&report))
				require.NoError(t, err)
				require.True(t, json.Valid([]byte(got)))
				require.Equal(t, other.name+"/"+other.model, report.Model)
			})
		})
	}
}

// lookup is a tool that counts how often it runs.
func lookup() (alloy.Tool, *atomic.Int32) {
	described, ran := providertest.LookupOrder(), new(atomic.Int32)
	return alloy.Tool{
		Name: described.Name, Description: described.Description, Input: described.Input,
		Run: func(context.Context, []byte) (any, error) {
			ran.Add(1)
			return "shipped", nil
		},
	}, ran
}
