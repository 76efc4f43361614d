package alloy_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

// ticket is the answer of the command that most tests call.
type ticket struct {
	Summary  string   `json:"summary"`
	Priority string   `json:"priority"`
	Score    float64  `json:"score"`
	OrderIDs []string `json:"order_ids"`
}

const ticketSchema = `{
  "type": "object",
  "properties": {
    "summary": {"type": "string", "description": "one sentence"},
    "priority": {"type": "string", "enum": ["low", "normal", "urgent"]},
    "score": {"type": "number", "minimum": 0, "maximum": 1},
    "order_ids": {"type": "array", "items": {"type": "string"}}
  },
  "required": ["summary", "priority", "score", "order_ids"],
  "additionalProperties": false
}`

var (
	good = ticket{Summary: "Order 4392 is late", Priority: "urgent", Score: 0.9, OrderIDs: []string{"4392"}}
	weak = ticket{Summary: "Order 4392 is late", Priority: "urgent", Score: 0.2, OrderIDs: []string{"4392"}}
)

// triage makes a typed command and text makes one of text, as generated code does.
func triage(settings ...alloy.Option) alloy.Command[ticket] {
	return alloy.NewCommand(alloy.Definition[ticket]{
		Name:   "Triage",
		Output: &alloy.Schema{Name: "Ticket", Strict: true, JSON: ticketSchema},
	}, settings...)
}

func text(settings ...alloy.Option) alloy.Command[string] {
	return alloy.NewCommand(alloy.Definition[string]{Name: "Text"}, settings...)
}

func triageCall(message string) alloy.Call[ticket] {
	return alloy.Call[ticket]{
		Require: []contracts.Contract{{Expr: `message != ""`, Message: "message must not be blank", Holds: func() bool { return message != "" }}},
		Prompt: func(context.Context) (alloy.Prompt[ticket], error) {
			return alloy.Promptf[ticket]("Triage this message:\n%s", message), nil
		},
		Ensure: func(result ticket) []contracts.Contract {
			return []contracts.Contract{{
				Expr:    "result.Priority != Urgent || result.Score >= 0.5",
				Message: "urgent needs a score of at least 0.5",
				Holds:   func() bool { return result.Priority != "urgent" || result.Score >= 0.5 },
			}}
		},
	}
}

func ask(prompt string) alloy.Call[string] {
	return alloy.Call[string]{Prompt: func(context.Context) (alloy.Prompt[string], error) {
		return alloy.Promptf[string]("%s", prompt), nil
	}}
}

// play runs a typed call against a script.
func play(t *testing.T, opts []alloy.Option, steps ...alloytest.Step) (ticket, *alloytest.Model, error) {
	t.Helper()
	model := alloytest.New(steps...).For(t)
	got, err := triage().Run(t.Context(), triageCall("Where is order 4392?"), append([]alloy.Option{alloy.WithProvider(model)}, opts...))
	return got, model, err
}

func commandError(t *testing.T, err error, kind alloy.Kind) *alloy.CommandError {
	t.Helper()
	require.Error(t, err)
	var e *alloy.CommandError
	require.ErrorAs(t, err, &e)
	require.Equal(t, kind, e.Kind, "%v", err)
	return e
}
