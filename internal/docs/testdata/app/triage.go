package main

import "github.com/alloygen/alloygen/runtime" // package alloy

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

// triage classifies a customer's message.
//
//alloy:command
//alloy:model gpt-5-mini
//alloy:fallback claude-haiku-4-5
//alloy:system You are Acme Support. Be concise and accurate.
//alloy:retry 3 backoff=exponential base=500ms max=30s
//alloy:timeout 30s
//alloy:require strings.TrimSpace(message) != "", "message must not be blank"
//alloy:ensure len(result.OrderIDs) <= 20, "name at most 20 orders"
func triage(message string) alloy.Prompt[Ticket] {
	return alloy.Promptf[Ticket]("Triage this message:\n%s", message)
}
