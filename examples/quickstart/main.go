// Quickstart is one command: it reads a customer's message and returns a Ticket.
//
//	go run ./examples/quickstart
//
// It runs without a network. With OPENAI_API_KEY or ANTHROPIC_API_KEY set, the same program asks that vendor's model.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/alloygen/alloygen/examples/internal/choose"
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
	Summary  string   `json:"summary" jsonschema:"minLength=1"` // one sentence, in English
	Priority Priority `json:"priority"`
	Score    float64  `json:"score" jsonschema:"minimum=0,maximum=1"` // how sure the triage is
	OrderIDs []string `json:"order_ids"`                              // the order numbers in the message
}

// triage classifies a customer's message.
//
//alloy:command
//alloy:system You are Acme Support. Be concise, friendly, and accurate.
//alloy:retry 3 backoff=exponential base=500ms max=30s jitter=25%
//alloy:timeout 30s
//alloy:require strings.TrimSpace(message) != "", "message must not be blank"
//alloy:ensure len(result.OrderIDs) <= 20, "name at most 20 orders"
func triage(message string) alloy.Prompt[Ticket] {
	return alloy.Promptf[Ticket]("Triage this message:\n%s", message)
}

func main() {
	ctx := context.Background()
	model := alloy.WithModel(choose.Model())

	ticket, err := Triage(ctx, "Where is order 4392? I have been waiting for two weeks!", model)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("summary:  %s\npriority: %s\nscore:    %.2f\norders:   %s\n", ticket.Summary, ticket.Priority, ticket.Score, strings.Join(ticket.OrderIDs, ", "))

	// Every failure is one of four error types. This one comes before any model is asked.
	_, err = Triage(ctx, "   ", model)
	if failed, ok := errors.AsType[*alloy.CommandError](err); ok {
		fmt.Printf("failed:   %s (%s)\n", failed.Message, failed.Kind)
	}
}
