// Program has one generated command on openai: what alloygen costs to build and adds to a binary.
package main

import (
	"context"
	"fmt"
	"os"

	alloy "github.com/alloygen/alloygen/runtime"
)

//go:generate go tool alloygen

// Ticket is one triaged message of a customer.
type Ticket struct {
	Summary string   `json:"summary"`
	Urgent  bool     `json:"urgent"`
	Orders  []string `json:"orders"`
}

// triage classifies a customer's message.
//
//alloy:command
//alloy:model gpt-5-mini
func triage(message string) alloy.Prompt[Ticket] {
	return alloy.Promptf[Ticket]("Triage this message:\n%s", message)
}

func main() {
	ticket, err := Triage(context.Background(), "Where is order 4392?")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(ticket)
}
