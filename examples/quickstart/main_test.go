package main

import (
	"errors"
	"os"
	"testing"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

// TestMain keeps the tests off the network, whatever keys the machine has.
func TestMain(m *testing.M) {
	os.Setenv("ALLOY_BACKEND", "offline")
	os.Exit(m.Run())
}

// The program's output is the same every time.
func Example() {
	main()
	// Output:
	// summary:  made-up summary
	// priority: low
	// score:    0.90
	// orders:   made-up order id
	// failed:   message must not be blank (contract)
}

// A scripted model takes the place of the real one.
func TestTriage(t *testing.T) {
	model := alloytest.New(
		alloytest.ReplyJSON(Ticket{Summary: "Order 4392 is late", Priority: Urgent, Score: 0.9, OrderIDs: []string{"4392"}}),
	).For(t)

	ticket, err := Triage(t.Context(), "Where is order 4392?", alloy.WithProvider(model))
	if err != nil {
		t.Fatal(err)
	}
	if ticket.Priority != Urgent || len(ticket.OrderIDs) != 1 || ticket.OrderIDs[0] != "4392" {
		t.Errorf("got %+v", ticket)
	}
	if got, want := model.Requests()[0].Messages[0].Text(), "Triage this message:\nWhere is order 4392?"; got != want {
		t.Errorf("the model was asked %q, want %q", got, want)
	}
}

// An answer that does not fit the type is asked for again, with the reason.
func TestTriageAsksAgain(t *testing.T) {
	model := alloytest.New(
		alloytest.Reply(`{"summary": "late", "priority": "asap", "score": 0.9, "order_ids": []}`),
		alloytest.ReplyJSON(Ticket{Summary: "late", Priority: Normal, Score: 0.9, OrderIDs: []string{}}),
	).For(t)

	ticket, err := Triage(t.Context(), "Where is my order?", alloy.WithProvider(model))
	if err != nil || ticket.Priority != Normal {
		t.Errorf("got %+v, %v", ticket, err)
	}
}

// A broken precondition costs no request.
func TestTriageNeedsAMessage(t *testing.T) {
	model := alloytest.New().For(t)
	_, err := Triage(t.Context(), " ", alloy.WithProvider(model))
	if _, ok := errors.AsType[*contracts.Violation](err); !ok {
		t.Errorf("got %v, want a violated contract", err)
	}
}

// The parts of a command work without a call.
func TestTriageCommand(t *testing.T) {
	ticket, err := TriageCommand.Parse("```json\n{\"summary\": \"late\", \"priority\": \"low\", \"score\": \"0.5\", \"order_ids\": []}\n```")
	if err != nil || ticket.Score != 0.5 {
		t.Errorf("got %+v, %v", ticket, err)
	}
	request, err := TriageRequest(t.Context(), "Where is my order?")
	if err != nil || request.Output == nil || request.Output.Name != "Ticket" {
		t.Errorf("got %+v, %v", request, err)
	}
}
