// Package agent has a struct with its dependencies, commands and tools.
package agent

import (
	"context"
	"errors"

	"github.com/alloygen/alloygen/runtime"
)

// Orders is where orders are kept.
type Orders interface {
	State(ctx context.Context, id string) (string, error)
}

// Agent answers customers.
//
//alloy:system You work for Acme.
//alloy:max_tool_turns 4
type Agent struct {
	Name   string
	orders Orders
	client *alloy.Client
}

// Reply is what a customer reads.
type Reply struct {
	Text   string `json:"text"`
	Closed bool   `json:"closed"`
}

// answer writes a reply in the agent's name.
//
//alloy:command
//alloy:tools state, close, summarize
//alloy:require a.Name != "", "the agent needs a name"
//alloy:ensure len(result.Text) > 0, "the reply is blank"
func (a *Agent) answer(ctx context.Context, question string) (alloy.Prompt[Reply], error) {
	if err := ctx.Err(); err != nil {
		return alloy.Prompt[Reply]{}, err
	}
	return alloy.Promptf[Reply]("You are %s. Answer: %s", a.Name, question), nil
}

// summarize shortens a text.
//
//alloy:command
//alloy:max_tool_turns 0
func (a *Agent) summarize(text string) string { return "Shorten: " + text }

// state returns the state of an order.
//
//alloy:tool
func (a *Agent) state(ctx context.Context, orderID string) (string, error) {
	return a.orders.State(ctx, orderID)
}

var errClosed = errors.New("already closed")

// close closes an order.
//
//alloy:tool name=close_order
//alloy:timeout 5s
//alloy:retry 2 backoff=constant base=10ms jitter=0%
//alloy:retry_on network
//alloy:require a.Name != "", "nobody may close it"
func (a *Agent) close(orderID string, reason *string) error {
	if orderID == "closed" {
		return alloy.Stop(errClosed)
	}
	return nil
}

// Ping shows that methods with a value receiver work, and exported tools.
//
//alloy:tool
func (Agent) Ping() bool { return true }
