package providersuite

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	alloy "github.com/alloygen/alloygen/runtime"
)

// The commands and tools are written as generated code has them.

// Ticket is the answer of the typed command.
type Ticket struct {
	Summary  string   `json:"summary"`
	Priority string   `json:"priority"`
	Score    float64  `json:"score"`
	OrderIDs []string `json:"order_ids"`
}

var ticket = Ticket{Summary: "Order 4392 is late", Priority: "urgent", Score: 0.9, OrderIDs: []string{"4392"}}

const ticketJSON = `{"summary":"Order 4392 is late","priority":"urgent","score":0.9,"order_ids":["4392"]}`

// ticketPieces is the answer as a model writes it.
var ticketPieces = []string{`{"summary":"Order`, ` 4392 is late","priority":"urg`, `ent","score":0.`, `9,"order_ids":["4392"]}`}

var triage = alloy.NewCommand(alloy.Definition[Ticket]{Name: "Triage", Output: &alloy.Schema{Name: "Ticket", Strict: true, JSON: `{
	"type": "object",
	"properties": {
		"summary": {"type": "string"},
		"priority": {"type": "string", "enum": ["low", "normal", "urgent"]},
		"score": {"type": "number", "minimum": 0, "maximum": 1},
		"order_ids": {"type": "array", "items": {"type": "string"}}
	},
	"required": ["summary", "priority", "score", "order_ids"],
	"additionalProperties": false
}`}})

var respond = alloy.NewCommand(alloy.Definition[string]{Name: "Respond"})

// asking is a call of a prompt.
func asking[T any](parts ...alloy.Part) alloy.Call[T] {
	return alloy.Call[T]{
		Prompt: prompting(alloy.PromptOf[T](parts...)),
		Ensure: func(result T) []contracts.Contract {
			t, typed := any(result).(Ticket)
			return []contracts.Contract{{Message: "urgent needs a score", Expr: "result.Score > 0", Holds: func() bool {
				return !typed || t.Priority != "urgent" || t.Score > 0
			}}}
		},
	}
}

// prompting is a prompt function.
func prompting[T any](p alloy.Prompt[T]) func(context.Context) (alloy.Prompt[T], error) {
	return func(context.Context) (alloy.Prompt[T], error) { return p, nil }
}

const question = "Where is order 4392?"

// outcome is what a call came to, however it was made.
type outcome[T any] struct {
	value  T
	err    error
	pieces []string // of a stream
}

// ask makes a call, plainly or as a stream that is read as text.
func ask[T any](ctx context.Context, cmd alloy.Command[T], streamed bool, opts ...alloy.Option) outcome[T] {
	return askOf(ctx, cmd, streamed, asking[T](alloy.Text(question)), opts...)
}

func askOf[T any](ctx context.Context, cmd alloy.Command[T], streamed bool, call alloy.Call[T], opts ...alloy.Option) (o outcome[T]) {
	if !streamed {
		o.value, o.err = cmd.Run(ctx, call, opts)
		return o
	}
	s := cmd.Stream(ctx, call, opts)
	o.pieces = slices.Collect(s.Text())
	o.value, o.err = s.Result()
	return o
}

// text is what a stream delivered.
func (o outcome[T]) text() string { return strings.Join(o.pieces, "") }

// failed is the error of a call.
func failed(t *testing.T, err error) *alloy.CommandError {
	t.Helper()
	return as[*alloy.CommandError](t, err)
}

func as[E error](t *testing.T, err error) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	require.True(t, ok, "want a %T in %v (%T)", e, err, err)
	return e
}

// lookup is a tool that finds two orders, and fails for any other.
type lookup struct {
	mu  sync.Mutex
	ran []string
}

func (l *lookup) tool() alloy.Tool {
	return alloy.Tool{
		Name:        "lookup_order",
		Description: "lookup_order returns an order's current state.",
		Input: &alloy.Schema{Name: "lookup_order", Strict: true, JSON: `{"type":"object","properties":{"orderID":{"type":"string"}},` +
			`"required":["orderID"],"additionalProperties":false}`},
		Run: func(_ context.Context, input []byte) (any, error) {
			var in struct{ OrderID string }
			if err := json.Unmarshal(input, &in); err != nil {
				return nil, err
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			l.ran = append(l.ran, in.OrderID)
			if state, ok := map[string]string{"4392": "shipped", "4393": "on its way"}[in.OrderID]; ok {
				return state, nil
			}
			return nil, errors.New("no such order")
		},
	}
}

// order is a call of the tool.
func order(callID, orderID string) called {
	return called{callID, "lookup_order", `{"orderID":"` + orderID + `"}`}
}

// events keeps what observers are told.
type events struct {
	mu  sync.Mutex
	all []alloy.Event
}

func (e *events) Observe(_ context.Context, event alloy.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, event)
}

// of returns the events of one type, in order.
func of[E alloy.Event](e *events) (found []E) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, event := range e.all {
		if one, ok := event.(E); ok {
			found = append(found, one)
		}
	}
	return found
}
