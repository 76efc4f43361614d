package limits

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// fresh is a context with a client of its own, so that no test sees what another one has spent.
func fresh(t *testing.T, options ...alloy.Option) context.Context {
	t.Helper()
	client, err := alloy.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	return alloy.WithClient(t.Context(), client)
}

func down(t *testing.T) alloy.Option {
	return alloy.WithProvider(alloytest.New(alloytest.Fail(400).Forever()).For(t))
}

func TestDegrade(t *testing.T) { // F92
	ctx, before := fresh(t), kept
	defer func() { kept = before }()
	var report alloy.Report
	ticket, err := Triage(ctx, "fire!", down(t), alloy.WithReport(&report))
	if err != nil || !ticket.Urgent || !report.Degraded {
		t.Errorf("got %+v, %v, %+v", ticket, err, report)
	}
	if _, err := Triage(ctx, "water", down(t)); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("the degrade function gives up, and the cause stays: %v", err)
	}
	if text, err := Shorten(ctx, "a long story", 2, down(t)); err != nil || text != "a long" {
		t.Errorf("got %q, %v", text, err)
	}
	if err := Record(ctx, "start", []string{"x", "y"}, down(t)); err != nil || !reflect.DeepEqual(kept, []string{"start", "x", "y"}) {
		t.Errorf("got %v, %v", kept, err)
	}
	if text, err := Awkward(ctx, "a", "b", "c", "d", down(t)); err != nil || text != "abcd" {
		t.Errorf("got %q, %v", text, err)
	}
	if text, err := (&Shop{}).Browse(ctx, "bread", down(t)); err != nil || text != "sorry, no bread" {
		t.Errorf("got %q, %v", text, err)
	}
}

// Tools run in their order, and only when somebody says yes.
func TestTools(t *testing.T) { // F121, F124
	call := alloytest.ToolCall
	order := map[string]any{"card": "4111", "cents": 5}
	model := alloytest.New(
		call("charge", order), // too early
		alloytest.ToolCalls(alloytest.Call{Name: "validate_order", Args: map[string]any{"id": "1"}}, alloytest.Call{Name: "lookup", Args: map[string]any{"thing": "bread"}}),
		call("charge", map[string]any{"card": "4111", "cents": 0}), // against what it requires
		alloytest.ToolCalls(alloytest.Call{Name: "charge", Args: order}, alloytest.Call{Name: "ship", Args: map[string]any{"thing": "bread"}}),
		alloytest.Reply("Sold."),
	).For(t)
	asked := 0
	approver := alloy.ApproverFunc(func(context.Context, alloy.ApprovalRequest) (alloy.Decision, error) {
		asked++
		return alloy.Decision{Approved: true}, nil
	})
	shop := &Shop{Name: "Baker", stock: map[string]int{"bread": 1}}
	text, err := shop.Sell(fresh(t), "bread", alloy.WithProvider(model), alloy.WithApprover(approver))
	if err != nil || text != "Sold." {
		t.Fatalf("got %q, %v", text, err)
	}
	requests := model.Requests()
	result := func(request, part int) string {
		messages := requests[request].Messages
		return messages[len(messages)-1].Parts[part].ToolResult.Content
	}
	if got := result(1, 0); !strings.Contains(got, "only after validate_order") {
		t.Errorf("got %q", got)
	}
	if got := result(3, 0); got != "nothing to charge" {
		t.Errorf("got %q", got)
	}
	if got := result(4, 0); got != "charged" {
		t.Errorf("got %q", got)
	}
	if got := result(4, 1); !strings.Contains(got, "only after charge") {
		t.Errorf("it waits for an earlier round: %q", got)
	}
	if asked != 1 {
		t.Errorf("asked %d times: nobody is asked about a call that would fail", asked)
	}
}

func TestPreconditions(t *testing.T) {
	tool := (&Shop{Name: "Baker"}).ChargeTool()
	var v *contracts.Violation
	if err := tool.Require(t.Context(), []byte(`{"card":"4111","cents":0}`)); !errors.As(err, &v) || v.Message != "nothing to charge" {
		t.Errorf("got %v", err)
	}
	if err := tool.Require(t.Context(), []byte(`{"card":"4111","cents":1}`)); err != nil {
		t.Errorf("got %v", err)
	}
	if err := tool.Require(t.Context(), []byte(`{"card":1}`)); err == nil {
		t.Error("the arguments do not fit")
	}
}

// step is anything that a model may do that has tools, if the request has some.
func step(r *rand.Rand, req *provider.Request) alloytest.Step {
	steps := []alloytest.Step{
		alloytest.Fail(503),
		alloytest.Reply(""),
		alloytest.Reply("no JSON"),
		alloytest.Truncate(`{"summary":`),
	}
	if len(req.Tools) > 0 {
		look := alloytest.ToolCall("lookup", map[string]any{"thing": "bread"})
		steps = append(steps, look, look)
	}
	return steps[r.IntN(len(steps))]
}

// What the doc comments say is the most is never passed, whatever the model does, and it is reached.
func TestWorstCase(t *testing.T) {
	shop := &Shop{Name: "Baker", stock: map[string]int{}}
	for _, c := range []struct {
		name             string
		requests, output int
		took             time.Duration
		call             func(context.Context, ...alloy.Option) error
		worst            []alloytest.Step
	}{
		{"Triage", 8, 1000 + 2000 + 6*4000, 45 * time.Second,
			func(ctx context.Context, opts ...alloy.Option) error {
				_, err := Triage(ctx, "x", append(opts, alloy.WithHedge(alloy.Hedge{}), alloy.WithBudget(alloy.Budget{}))...)
				return err
			},
			[]alloytest.Step{
				alloytest.Truncate(`{`), alloytest.Fail(503), alloytest.Fail(503), alloytest.Truncate(`{`), // the follow-up, and the first model
				alloytest.Fail(503), alloytest.Fail(503), alloytest.Hang(), // the second model
				alloytest.Reply("no JSON"), // the last request
			}},
		{"Sell", 12, 0, 5*time.Minute + 5*time.Second,
			func(ctx context.Context, opts ...alloy.Option) error {
				_, err := shop.Sell(ctx, "bread", append(opts, alloy.WithBudget(alloy.Budget{Per: time.Hour, Key: "shop"}))...)
				return err
			},
			[]alloytest.Step{
				alloytest.ToolCall("lookup", map[string]any{"thing": "bread"}).Times(9), // the limit, once more four, and no further
				alloytest.Reply(""), // the follow-up
				alloytest.Fail(503), // the last attempt
				alloytest.Reply(""), // the last request
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range 200 {
				synctest.Test(t, func(t *testing.T) {
					r := rand.New(rand.NewPCG(1, uint64(i)))
					model := alloytest.New(alloytest.Func(func(_ context.Context, req *provider.Request) alloytest.Step { return step(r, req) }).Forever())
					measure(t, model, c.requests, c.output, c.took, c.call)
				})
			}
			synctest.Test(t, func(t *testing.T) {
				model := alloytest.New(c.worst...).For(t)
				if got := measure(t, model, c.requests, c.output, c.took, c.call); got != c.requests {
					t.Errorf("%d requests at most, not %d", got, c.requests)
				}
			})
		})
	}
}

func measure(t *testing.T, model *alloytest.Model, requests, output int, took time.Duration, call func(context.Context, ...alloy.Option) error) int {
	t.Helper()
	began := time.Now()
	_ = call(fresh(t), alloy.WithProvider(model))
	if got := time.Since(began); got > took {
		t.Errorf("it took %v, more than %v", got, took)
	}
	tokens := 0
	for _, req := range model.Requests() {
		tokens += req.Settings.MaxTokens
	}
	if output > 0 && tokens > output {
		t.Errorf("%d tokens of output, more than %d", tokens, output)
	}
	if got := len(model.Requests()); got > requests {
		t.Errorf("%d requests, more than %d", got, requests)
	}
	return len(model.Requests())
}
