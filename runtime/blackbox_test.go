package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// The commands and tools here are written as generated code has them; the model is scripted.

// Ticket is the answer of most typed commands here.
type Ticket struct {
	Summary  string   `json:"summary"`
	Priority string   `json:"priority"`
	Score    float64  `json:"score"`
	OrderIDs []string `json:"order_ids"`
}

var ticketSchema = &alloy.Schema{Name: "Ticket", Strict: true, JSON: `{
	"type": "object",
	"properties": {
		"summary": {"type": "string"},
		"priority": {"type": "string", "enum": ["low", "normal", "urgent"]},
		"score": {"type": "number", "minimum": 0, "maximum": 1},
		"order_ids": {"type": "array", "items": {"type": "string"}}
	},
	"required": ["summary", "priority", "score", "order_ids"],
	"additionalProperties": false
}`}

var late = Ticket{Summary: "Order 4392 is late", Priority: "urgent", Score: 0.9, OrderIDs: []string{"4392"}}

const lateJSON = `{"summary":"Order 4392 is late","priority":"urgent","score":0.9,"order_ids":["4392"]}`

var (
	triage = alloy.NewCommand(alloy.Definition[Ticket]{Name: "Triage", Output: ticketSchema})
	reply  = alloy.NewCommand(alloy.Definition[string]{Name: "Reply"})
	notify = alloy.NewCommand(alloy.Definition[alloy.None]{Name: "Notify"})
)

// typed is a command named Extract whose answer has that schema.
func typed[T any](schema string, settings ...alloy.Option) alloy.Command[T] {
	return alloy.NewCommand(alloy.Definition[T]{Name: "Extract", Output: &alloy.Schema{Name: "Extract", JSON: schema}}, settings...)
}

// wrapped is a command named Extract whose answer is the property value of an object.
func wrapped[T any](schema string, settings ...alloy.Option) alloy.Command[T] {
	return alloy.NewCommand(alloy.Definition[T]{
		Name:    "Extract",
		Wrapped: true,
		Output:  &alloy.Schema{Name: "Extract", Strict: true, JSON: `{"type":"object","properties":{"value":` + schema + `},"required":["value"],"additionalProperties":false}`},
	}, settings...)
}

// saying is a call whose prompt is text.
func saying[T any](text string) alloy.Call[T] {
	return alloy.Call[T]{Prompt: func(context.Context) (alloy.Prompt[T], error) { return alloy.Promptf[T]("%s", text), nil }}
}

// run calls cmd on a scripted model.
func run[T any](t *testing.T, cmd alloy.Command[T], m provider.Provider, opts ...alloy.Option) (T, error) {
	t.Helper()
	return cmd.Run(t.Context(), saying[T]("Where is order 4392?"), append([]alloy.Option{alloy.WithProvider(m)}, opts...))
}

// play makes a model for the test that plays the steps.
func play(t *testing.T, steps ...alloytest.Step) *alloytest.Model {
	t.Helper()
	return alloytest.New(steps...).For(t)
}

// times returns retry settings without jitter, so that waits can be compared.
func times(n int) alloy.Option {
	return alloy.WithRetry(alloy.Retry{Attempts: n, Jitter: alloy.NoJitter})
}

// as finds an error of type E in err, or fails the test.
func as[E error](t *testing.T, err error) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	require.True(t, ok, "want a %T in %v (%T)", e, err, err)
	return e
}

// failed is the CommandError in err.
func failed(t *testing.T, err error) *alloy.CommandError {
	t.Helper()
	return as[*alloy.CommandError](t, err)
}

// results are the tool results that a request brings back, in order.
func results(r *provider.Request) []provider.ToolResult {
	var all []provider.ToolResult
	for _, m := range r.Messages {
		for _, p := range m.Parts {
			if p.ToolResult != nil {
				all = append(all, *p.ToolResult)
			}
		}
	}
	return all
}

// models are the models that were asked, in order.
func models(m *alloytest.Model) []string {
	var all []string
	for _, r := range m.Requests() {
		all = append(all, r.Model)
	}
	return all
}

// stopwatch is a provider that keeps when its requests came, counted from the first.
type stopwatch struct {
	provider.Provider
	mu    sync.Mutex
	begin time.Time
	marks []time.Duration
}

func timed(m provider.Provider) *stopwatch { return &stopwatch{Provider: m} }

func (s *stopwatch) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	s.mu.Lock()
	if s.begin.IsZero() {
		s.begin = time.Now()
	}
	s.marks = append(s.marks, time.Since(s.begin))
	s.mu.Unlock()
	return s.Provider.Do(ctx, req, emit)
}

// waits are the times between requests.
func (s *stopwatch) waits() []time.Duration {
	var all []time.Duration
	for i := 1; i < len(s.marks); i++ {
		all = append(all, s.marks[i]-s.marks[i-1])
	}
	return all
}

// events keeps what an observer is told.
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
func of[E alloy.Event](e *events) []E {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []E
	for _, event := range e.all {
		if one, ok := event.(E); ok {
			all = append(all, one)
		}
	}
	return all
}

// lookup is a tool that takes an order number and counts how often it ran.
type lookup struct {
	mu  sync.Mutex
	ran []string
	err error
}

const orderSchema = `{"type":"object","properties":{"orderID":{"type":"string"}},"required":["orderID"],"additionalProperties":false}`

func (l *lookup) tool() alloy.Tool {
	return alloy.Tool{
		Name:        "lookup_order",
		Description: "lookup_order returns an order's current state.",
		Input:       &alloy.Schema{Name: "lookup_order", JSON: orderSchema},
		Run: func(ctx context.Context, input []byte) (any, error) {
			var in struct {
				OrderID string `json:"orderID"`
			}
			if err := json.Unmarshal(input, &in); err != nil {
				return nil, err
			}
			l.mu.Lock()
			l.ran = append(l.ran, in.OrderID)
			l.mu.Unlock()
			if l.err != nil {
				return nil, l.err
			}
			return "shipped", nil
		},
	}
}

func order(id string) map[string]any { return map[string]any{"orderID": id} }
