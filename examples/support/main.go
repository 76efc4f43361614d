// Support is an agent: a struct with its dependencies, a command and two tools with contracts.
//
//	go run ./examples/support
//
// It prints what happens on the way, as an observer sees it. It runs without a network: the built-in model calls each tool
// once, with arguments that it makes up, so the contracts have something to do. With OPENAI_API_KEY or ANTHROPIC_API_KEY
// set, the same program asks that vendor's model.
package main

import (
	"context"
	"fmt"
	"log"
	"sync"

	"github.com/alloygen/alloygen/examples/internal/choose"
	"github.com/alloygen/alloygen/runtime"
)

func main() {
	client, err := alloy.New(
		alloy.WithModel(choose.Model()),
		alloy.WithParallelTools(1), // so that they are told of in order
		alloy.WithObserver(alloy.ObserverFunc(narrate)),
	)
	if err != nil {
		log.Fatal(err)
	}
	agent := &Agent{
		Orders: newShop(Order{ID: "4392", State: Shipped, Cents: 1999}),
		Client: client,
	}

	var report alloy.Report
	reply, err := agent.Answer(context.Background(), "Order 4392 came broken. I want my 19.99 back.", alloy.WithReport(&report))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("reply: %s (needs a person: %t)\n", reply.Text, reply.NeedsPerson)
	fmt.Printf("%d requests, %d tool calls, %d of them refused or failed\n", report.Requests, report.ToolCalls, report.ToolFails)
}

// narrate prints the tools of a call.
func narrate(_ context.Context, event alloy.Event) {
	if e, ok := event.(alloy.ToolFinished); ok {
		fmt.Printf("tool:  %s: %s\n", e.Tool, e.Result)
	}
}

// shop is an OrderBook in memory. The tools of one round run side by side, so it has a lock.
type shop struct {
	mu     sync.Mutex
	orders map[string]Order
}

func newShop(orders ...Order) *shop {
	s := &shop{orders: map[string]Order{}}
	for _, order := range orders {
		s.orders[order.ID] = order
	}
	return s
}

func (s *shop) Order(_ context.Context, id string) (Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order, ok := s.orders[id]
	if !ok {
		return Order{}, fmt.Errorf("order %s: %w", id, ErrNoOrder)
	}
	return order, nil
}

func (s *shop) Refund(_ context.Context, id string, cents int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	order := s.orders[id]
	order.Cents -= cents
	s.orders[id] = order
	return nil
}
