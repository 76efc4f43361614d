// Package triage is the first example of the manual: one command with a tool.
package triage

import (
	"context"
	"fmt"

	"github.com/alloygen/alloygen/runtime"
)

//go:generate go tool alloygen

// Priority is how soon a ticket needs a person.
type Priority string

const (
	Low    Priority = "low"
	Normal Priority = "normal"
	Urgent Priority = "urgent" // money or safety is at stake
)

// Ticket is one triaged customer message.
type Ticket struct {
	Summary  string   `json:"summary"` // one sentence, in English
	Priority Priority `json:"priority"`
	Score    float64  `json:"score" jsonschema:"minimum=0,maximum=1"` // how sure the triage is
	OrderIDs []string `json:"order_ids"`
}

// Order is what a shop knows of one order.
type Order struct {
	ID    string `json:"id"`
	State string `json:"state"`
}

// triage classifies a customer's message.
//
// It looks up the orders that the message names.
//
//alloy:command
//alloy:model claude-opus-4-7
//alloy:fallback claude-haiku-4-5
//alloy:system You are Acme Support. Be concise, friendly, and accurate.
//alloy:retry 3 backoff=exponential base=500ms max=30s jitter=25%
//alloy:retry_on transient,output
//alloy:timeout 30s
//alloy:tools lookupOrder
//alloy:require strings.TrimSpace(message) != "", "message must not be blank"
//alloy:ensure result.Priority != Urgent || result.Score >= 0.5, "urgent needs a score of at least 0.5"
func triage(message string) alloy.Prompt[Ticket] {
	return alloy.Promptf[Ticket]("Triage this message:\n%s", message)
}

// lookupOrder returns an order's current state.
//
//alloy:tool
//alloy:param orderID the order number, digits only
//alloy:require len(orderID) == 4, "order numbers have four digits"
func lookupOrder(ctx context.Context, orderID string) (Order, error) {
	if orderID == "0000" {
		return Order{}, fmt.Errorf("order %s: not found", orderID)
	}
	return Order{ID: orderID, State: "shipped"}, ctx.Err()
}
