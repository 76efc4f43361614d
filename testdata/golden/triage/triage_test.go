package triage

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

func TestTypedAnswerAfterTools(t *testing.T) { // F1, F6, F97, F100
	model := alloytest.New(
		alloytest.ToolCall("lookup_order", map[string]any{"orderID": "43"}),
		alloytest.ToolCall("lookup_order", map[string]any{"orderID": "4392"}),
		alloytest.ReplyJSON(Ticket{Summary: "Order 4392 is late", Priority: Urgent, Score: 0.9, OrderIDs: []string{"4392"}}),
	).For(t)
	ticket, err := Triage(t.Context(), "Where is order 4392?", alloy.WithProvider(model))
	if err != nil {
		t.Fatal(err)
	}
	var priority Priority = ticket.Priority
	if priority != Urgent || ticket.OrderIDs[0] != "4392" {
		t.Errorf("got %+v", ticket)
	}
	requests := model.Requests()
	if got := requests[0].Messages[0].Parts[0].Text; got != "Triage this message:\nWhere is order 4392?" {
		t.Errorf("prompt %q", got)
	}
	if got := requests[0].System; got != "You are Acme Support. Be concise, friendly, and accurate." {
		t.Errorf("system %q", got)
	}
	tool := requests[0].Tools[0]
	if tool.Description != "lookupOrder returns an order's current state." || !strings.Contains(tool.Input.Text(), "the order number, digits only") {
		t.Errorf("tool %+v", tool)
	}
	last := requests[1].Messages[len(requests[1].Messages)-1]
	if got := last.Parts[0].ToolResult.Content; got != "order numbers have four digits" {
		t.Errorf("the model was told %q", got)
	}
}

func TestRequireCallsNoModel(t *testing.T) {
	_, err := Triage(t.Context(), " ", alloy.WithProvider(alloytest.New().For(t)))
	failed, ok := errors.AsType[*alloy.CommandError](err)
	if !ok || failed.Kind != alloy.KindContract {
		t.Fatalf("got %v", err)
	}
	if v, ok := errors.AsType[*contracts.Violation](err); !ok || v.Expr != `strings.TrimSpace(message) != ""` {
		t.Errorf("got %v", err)
	}
}

func TestEnsureAsksAgain(t *testing.T) {
	model := alloytest.New(
		alloytest.ReplyJSON(Ticket{Summary: "fire", Priority: Urgent, Score: 0.1, OrderIDs: []string{}}),
		alloytest.ReplyJSON(Ticket{Summary: "fire", Priority: Urgent, Score: 0.9, OrderIDs: []string{}}),
	).For(t)
	ticket, err := Triage(t.Context(), "fire!", alloy.WithProvider(model))
	if err != nil || ticket.Score != 0.9 {
		t.Errorf("got %+v, %v", ticket, err)
	}
}

func TestParts(t *testing.T) {
	req, err := TriageRequest(t.Context(), "hello")
	if err != nil || req.Model != "claude-opus-4-7" || req.Output.Name != "Ticket" {
		t.Errorf("got %+v, %v", req, err)
	}
	ticket, err := TriageCommand.Parse(`{"summary":"s","priority":"low","score":1,"order_ids":[]}`)
	if err != nil || ticket.Summary != "s" || TriageCommand.Name != "Triage" || !strings.Contains(TriageCommand.Schema(), "money or safety is at stake") {
		t.Errorf("got %+v, %v", ticket, err)
	}
}

func TestToolWrapperHasContracts(t *testing.T) { // F104
	if order, err := LookupOrder(context.Background(), "4392"); err != nil || order.State != "shipped" {
		t.Errorf("got %+v, %v", order, err)
	}
	_, err := LookupOrder(context.Background(), "1")
	if failed, ok := errors.AsType[*alloy.ToolError](err); !ok || failed.Message != "order numbers have four digits" {
		t.Errorf("got %v", err)
	}
}
