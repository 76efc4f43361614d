package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/alloygen/alloygen/runtime"
)

//go:generate go tool alloygen

// Agent answers customers of a shop. A struct with its dependencies, its commands and its tools is all that an agent is:
// tests give it other orders and a scripted model.
//
//alloy:system You are Acme Support. Be concise, friendly, and accurate.
//alloy:system Look an order up before you say anything about it, and never promise what a tool has not confirmed.
//alloy:retry 3 base=500ms max=30s
//alloy:timeout 60s
type Agent struct {
	Orders OrderBook
	Client *alloy.Client // which model is asked, and how; nil for the default client
}

// OrderBook is where the shop keeps its orders.
type OrderBook interface {
	Order(ctx context.Context, id string) (Order, error)
	Refund(ctx context.Context, id string, cents int) error
}

// ErrNoOrder is the error of an OrderBook that does not know an order.
var ErrNoOrder = errors.New("no such order")

// State is how far an order is.
type State string

const (
	Packed    State = "packed"
	Shipped   State = "shipped"
	Delivered State = "delivered"
)

// Order is what the shop knows of one order.
type Order struct {
	ID    string `json:"id"`
	State State  `json:"state"`
	Cents int    `json:"cents"` // what was paid
}

// Reply is what goes back to the customer.
type Reply struct {
	Text        string `json:"text"`         // to the customer, in the language of their message
	NeedsPerson bool   `json:"needs_person"` // a colleague must look at it
}

// answer replies to a customer's message.
//
//alloy:command
//alloy:stream
//alloy:tools lookupOrder,refund
//alloy:max_tool_turns 6
//alloy:finalize limit
//alloy:require contracts.NotBlank(message), "message must not be blank"
//alloy:ensure contracts.NotBlank(result.Text), "say something to the customer"
//alloy:check !result.NeedsPerson, "solved without a person"
func (a *Agent) answer(message string) alloy.Prompt[Reply] {
	return alloy.Promptf[Reply]("A customer writes:\n%s", message)
}

// lookupOrder returns the state of an order and what was paid for it.
//
//alloy:tool
//alloy:param orderID the order number, four digits
//alloy:timeout 5s
//alloy:retry 2 base=100ms
//alloy:require len(orderID) == 4, "order numbers have four digits"
func (a *Agent) lookupOrder(ctx context.Context, orderID string) (Order, error) {
	return a.Orders.Order(ctx, orderID)
}

// refund pays money back to the customer.
//
//alloy:tool
//alloy:param orderID the order number, four digits
//alloy:param cents how much, in cents
//alloy:require len(orderID) == 4, "order numbers have four digits"
//alloy:require cents > 0 && cents <= 5000, "refunds are between 1 and 5000 cents: more needs a person"
func (a *Agent) refund(ctx context.Context, orderID string, cents int) (string, error) {
	order, err := a.Orders.Order(ctx, orderID)
	if err != nil {
		return "", err
	}
	if cents > order.Cents {
		return "", fmt.Errorf("only %d cents were paid for order %s", order.Cents, orderID)
	}
	if err := a.Orders.Refund(ctx, orderID, cents); err != nil {
		return "", alloy.Stop(err) // money is at stake: the call ends here, and the model gets no say in it
	}
	return fmt.Sprintf("%d cents are on their way back", cents), nil
}
