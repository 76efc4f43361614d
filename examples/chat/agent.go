package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/alloygen/alloygen/runtime"
)

//go:generate go tool alloygen

// Agent answers customers of a shop in a chat.
//
//alloy:system You are Acme Support. Be concise, friendly, and accurate.
//alloy:system Look an order up before you say anything about it.
//alloy:retry 3 base=500ms max=10s
//alloy:timeout 60s
type Agent struct {
	Orders map[string]Order // by number; nothing changes them
	Client *alloy.Client    // which model is asked, and how; nil for the default client
}

// Order is what the shop knows of one order.
type Order struct {
	ID    string `json:"id"`
	State string `json:"state"`
}

// ErrNoOrder is the error of a look-up of an order that there is not.
var ErrNoOrder = errors.New("no such order")

// Turn is an earlier message of the chat.
type Turn struct {
	Own  bool   `json:"own"`  // the agent's, not the customer's
	Text string `json:"text"` // as it was shown
}

// respond answers a customer. The agent keeps no memory: the page sends along what was said before.
//
//alloy:command
//alloy:http /respond
//alloy:tools lookupOrder
//alloy:max_tool_turns 4
//alloy:param message what the customer writes now
//alloy:param earlier what was said before, oldest first
//alloy:require contracts.NotBlank(message), "write something first"
//alloy:require len(earlier) <= 100, "this chat is too long: begin a new one"
func (a *Agent) respond(message string, earlier []Turn) alloy.Prompt[string] {
	history := make([]alloy.Message, len(earlier))
	for i, turn := range earlier {
		if turn.Own {
			history[i] = alloy.AssistantMessage(alloy.Text(turn.Text))
		} else {
			history[i] = alloy.UserMessage(alloy.Text(turn.Text))
		}
	}
	return alloy.PromptOf[string](alloy.Text(message)).WithHistory(history...)
}

// lookupOrder returns the state of an order.
//
//alloy:tool
//alloy:param orderID the order number, four digits
//alloy:require len(orderID) == 4, "order numbers have four digits"
func (a *Agent) lookupOrder(ctx context.Context, orderID string) (Order, error) {
	order, ok := a.Orders[orderID]
	if !ok {
		return Order{}, fmt.Errorf("order %s: %w", orderID, ErrNoOrder)
	}
	return order, nil
}
