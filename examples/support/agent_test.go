package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// TestMain keeps the tests off the network, whatever keys the machine has.
func TestMain(m *testing.M) {
	os.Setenv("ALLOY_BACKEND", "offline")
	os.Exit(m.Run())
}

func Example() {
	main()
	// Output:
	// tool:  lookup_order: order numbers have four digits
	// tool:  refund: order numbers have four digits
	// reply: typical text (needs a person: true)
	// 2 requests, 2 tool calls, 2 of them refused or failed
}

// newAgent is an agent with one order, whose model plays the steps.
func newAgent(t *testing.T, steps ...alloytest.Step) (*Agent, *alloytest.Model) {
	t.Helper()
	model := alloytest.New(steps...).For(t)
	client, err := alloy.New(alloy.WithProvider(model))
	if err != nil {
		t.Fatal(err)
	}
	return &Agent{Orders: newShop(Order{ID: "4392", State: Shipped, Cents: 1999}), Client: client}, model
}

// told are the results of tools that the model was given, in order.
func told(model *alloytest.Model) []string {
	requests := model.Requests()
	var all []string
	for _, message := range requests[len(requests)-1].Messages {
		for _, part := range message.Parts {
			if part.ToolResult != nil {
				all = append(all, part.ToolResult.Content)
			}
		}
	}
	return all
}

func order(id string) map[string]any { return map[string]any{"orderID": id} }

func refund(id string, cents int) map[string]any {
	return map[string]any{"orderID": id, "cents": cents}
}

// A contract's message goes to the model, which corrects itself.
func TestAnswer(t *testing.T) {
	agent, model := newAgent(t,
		alloytest.ToolCall("lookup_order", order("#4392")),
		alloytest.ToolCall("lookup_order", order("4392")),
		alloytest.ToolCalls(
			alloytest.Call{Name: "refund", Args: refund("4392", 900000)},
			alloytest.Call{Name: "refund", Args: refund("4392", 2000)},
			alloytest.Call{Name: "refund", Args: refund("9999", 100)},
		),
		alloytest.ToolCall("refund", refund("4392", 1999)),
		alloytest.ReplyJSON(Reply{Text: "Your 19.99 are on their way."}),
	)
	var report alloy.Report
	reply, err := agent.Answer(t.Context(), "Order 4392 came broken. I want my 19.99 back.", alloy.WithReport(&report))
	if err != nil {
		t.Fatal(err)
	}
	if reply.Text != "Your 19.99 are on their way." {
		t.Errorf("got %+v", reply)
	}
	want := []string{
		"order numbers have four digits",
		`{"id":"4392","state":"shipped","cents":1999}`,
		"refunds are between 1 and 5000 cents: more needs a person",
		"only 1999 cents were paid for order 4392",
		"order 9999: no such order",
		"1999 cents are on their way back",
	}
	got := told(model)
	if len(got) != len(want) {
		t.Fatalf("the model was told %q", got)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("tool result %d: got %q, want %q in it", i, got[i], want[i])
		}
	}
	if len(report.Checks) != 1 || !report.Checks[0].Held {
		t.Errorf("checks: %+v", report.Checks)
	}
}

// A page shows the reply while it is written.
func TestAnswerStream(t *testing.T) {
	agent, _ := newAgent(t,
		alloytest.ToolCall("lookup_order", order("4392")),
		alloytest.Reply("").Chunks(`{"text":"It `, `has been `, `shipped.","needs_person":`, `false}`),
	)
	stream := agent.AnswerStream(t.Context(), "Where is order 4392?")
	var shown []string
	for reply := range stream.Partials() {
		if n := len(shown); n == 0 || shown[n-1] != reply.Text {
			shown = append(shown, reply.Text)
		}
	}
	want := []string{"It ", "It has been ", "It has been shipped."}
	if !slices.Equal(shown, want) {
		t.Errorf("got %q, want %q", shown, want)
	}
	if reply, err := stream.Result(); err != nil || reply.Text != "It has been shipped." {
		t.Errorf("got %+v, %v", reply, err)
	}
}

// brokenBank is a shop that cannot pay.
type brokenBank struct{ *shop }

var errBank = errors.New("the bank does not answer")

func (brokenBank) Refund(context.Context, string, int) error { return errBank }

// Where money is at stake a tool ends the call: the model is not asked what to make of it.
func TestRefundThatFailsEndsTheCall(t *testing.T) {
	agent, _ := newAgent(t, alloytest.ToolCall("refund", refund("4392", 100)))
	agent.Orders = brokenBank{agent.Orders.(*shop)}
	_, err := agent.Answer(t.Context(), "I want my money back.")
	if !errors.Is(err, errBank) {
		t.Errorf("got %v, want %v", err, errBank)
	}
}

// A model that never comes to an end is asked once more, without tools.
func TestAnswerEnds(t *testing.T) {
	agent, model := newAgent(t,
		alloytest.ToolCall("lookup_order", order("4392")).Times(7),
		alloytest.ReplyJSON(Reply{Text: "A colleague will write to you.", NeedsPerson: true}),
	)
	var report alloy.Report
	reply, err := agent.Answer(t.Context(), "Where is order 4392?", alloy.WithReport(&report))
	if err != nil || !reply.NeedsPerson || report.Finalized != "limit" {
		t.Errorf("got %+v, %v, finalized %q", reply, err, report.Finalized)
	}
	if last := model.Requests()[7]; len(last.Tools) != 0 {
		t.Errorf("the last request still has tools")
	}
}

// Go code that calls a tool meets its contracts too.
func TestToolsForGoCallers(t *testing.T) {
	agent, _ := newAgent(t)
	_, err := agent.LookupOrder(t.Context(), "12")
	if failed, ok := errors.AsType[*alloy.ToolError](err); !ok || failed.Message != "order numbers have four digits" {
		t.Errorf("got %v", err)
	}
	_, err = agent.LookupOrder(t.Context(), "9999")
	if !errors.Is(err, ErrNoOrder) {
		t.Errorf("got %v, want %v", err, ErrNoOrder)
	}
}

// Calls of one agent may run side by side: a model for that answers from the request.
func TestManyCustomers(t *testing.T) {
	agent, _ := newAgent(t, alloytest.Func(func(_ context.Context, req *provider.Request) alloytest.Step {
		return alloytest.ReplyJSON(Reply{Text: "re: " + req.Messages[0].Text()})
	}).Forever())
	for _, name := range []string{"Ada", "Grace", "Edsger"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, err := agent.Answer(context.Background(), "I am "+name)
			if err != nil || !strings.HasSuffix(reply.Text, "I am "+name) {
				t.Errorf("got %+v, %v", reply, err)
			}
		})
	}
}
