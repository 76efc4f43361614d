// Package support holds the commands that the benchmarks call: a typed answer, a typed answer after a tool, and plain text.
package support

import (
	"fmt"
	"strings"

	alloy "github.com/alloygen/alloygen/runtime"
)

//go:generate go tool alloygen

// Priority is how soon a ticket needs a person.
type Priority string

const (
	Low    Priority = "low"
	Normal Priority = "normal"
	Urgent Priority = "urgent" // money or safety is at stake
)

// Item is one thing that a ticket is about.
type Item struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Problem  string `json:"problem"` // in the customer's words
}

// Ticket is one triaged message of a customer.
type Ticket struct {
	Summary  string   `json:"summary"` // one sentence
	Priority Priority `json:"priority"`
	Score    float64  `json:"score" jsonschema:"minimum=0,maximum=1"` // how sure the triage is
	OrderID  string   `json:"order_id"`
	Items    []Item   `json:"items"`
	Tags     []string `json:"tags"`
	Refund   bool     `json:"refund"` // whether the customer asks for money back
	Attempts int      `json:"attempts"`
}

// Check says what is wrong with a ticket; the hand-written clients call it, and triage promises the same in its ensure.
func (t Ticket) Check() error {
	if t.Priority == Urgent && t.Score < 0.5 {
		return fmt.Errorf("urgent needs a score of at least 0.5")
	}
	return nil
}

// System is the system prompt of every way to triage.
const System = "You are Acme Support. Be concise, friendly, and accurate."

// Ask is the prompt of triage.
func Ask(message string) string { return "Triage this message:\n" + message }

// triage classifies a customer's message.
//
//alloy:command
//alloy:model gpt-5-mini
//alloy:system You are Acme Support. Be concise, friendly, and accurate.
//alloy:require strings.TrimSpace(message) != "", "message must not be blank"
//alloy:ensure result.Priority != Urgent || result.Score >= 0.5, "urgent needs a score of at least 0.5"
func triage(message string) alloy.Prompt[Ticket] {
	return alloy.PromptOf[Ticket](alloy.Text(Ask(message)))
}

// resolve triages a message with the state of its order at hand.
//
//alloy:command
//alloy:model gpt-5-mini
//alloy:system You are Acme Support. Be concise, friendly, and accurate.
//alloy:tools lookupOrder
//alloy:require strings.TrimSpace(message) != "", "message must not be blank"
//alloy:ensure result.Priority != Urgent || result.Score >= 0.5, "urgent needs a score of at least 0.5"
func resolve(message string) alloy.Prompt[Ticket] {
	return alloy.PromptOf[Ticket](alloy.Text(Ask(message)))
}

// summarize condenses a message to one sentence.
//
//alloy:command
//alloy:model gpt-5-mini
func summarize(message string) string {
	return "Summarize in one sentence:\n" + message
}

// Order is an order's state.
type Order struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// FindOrder looks in the shop's books; the hand-written client calls it, and the tool does.
func FindOrder(orderID string) (Order, error) {
	if orderID == "" || strings.Trim(orderID, "0123456789") != "" {
		return Order{}, fmt.Errorf("order number %q is not made of digits", orderID)
	}
	return Order{ID: orderID, Status: "shipped"}, nil
}

// lookupOrder returns an order's current state.
//
//alloy:tool
//alloy:param orderID the order number, digits only
func lookupOrder(orderID string) (Order, error) { return FindOrder(orderID) }
