// Package limits bounds what its commands and tools may do.
//
//alloy:model gpt-5-mini
//alloy:rate_limit 500/m 10/s 20000/h burst=20 key=limits tokens=1000000/d,60000/m
//alloy:breaker failures=3 window=30s cooldown=10s
//alloy:budget usd=5 per=24h
package limits

import (
	"context"
	"errors"
	"strings"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/testdata/golden/limits/spare"
)

var _ = spare.Shorten // so that the file imports it

// Ticket is one triaged message.
type Ticket struct {
	Summary string `json:"summary"`
	Urgent  bool   `json:"urgent"`
}

// triage classifies a message.
//
//alloy:command
//alloy:model claude-opus-4-7
//alloy:fallback claude-haiku-4-5
//alloy:max_tokens 1000
//alloy:retry 3
//alloy:timeout 30s
//alloy:finalize timeout
//alloy:hedge after=2s max=3
//alloy:rate_limit 10/s
//alloy:breaker
//alloy:budget usd=0.5 tokens=80000
//alloy:degrade byRule
func triage(message string) alloy.Prompt[Ticket] {
	return alloy.Promptf[Ticket]("Triage this message:\n%s", message)
}

func byRule(ctx context.Context, message string, err error) (Ticket, error) {
	if strings.Contains(message, "fire") {
		return Ticket{Summary: message, Urgent: true}, nil
	}
	return Ticket{}, errors.Join(err, ctx.Err())
}

// shorten has a degrade function of another package, and gives more words than it takes.
//
//alloy:command
//alloy:degrade spare.Shorten
func shorten(text string, words int) string { return text }

// record needs no answer.
//
//alloy:command
//alloy:hedge after=500ms
//alloy:degrade keep
func record(event string, tags ...string) alloy.Prompt[alloy.None] {
	return alloy.Promptf[alloy.None]("%s %q", event, tags)
}

var kept []string

func keep(event string, tags []string, err error) error {
	kept = append(kept, append([]string{event}, tags...)...)
	return nil
}

// awkward has parameters with the names that generated code would like to use.
//
//alloy:command
//alloy:degrade concat
//alloy:require err != ctx, "they are the same"
func awkward(ctx, err, concat, alloy string) string { return ctx + err + concat + alloy }

func concat(c context.Context, ctx, err, concat, alloy string, cause error) (string, error) {
	return ctx + err + concat + alloy, nil
}

// Shop sells things.
//
//alloy:budget tokens=8000 per=1h key=shop
//alloy:degrade sorry
type Shop struct {
	Name  string
	stock map[string]int
}

// sell has tools that wait for each other, for a person, or for their turn.
//
//alloy:command
//alloy:retry 2
//alloy:retry_on transient,tool_loop_limit
//alloy:max_tool_turns 4
//alloy:finalize limit,error grace=5s
//alloy:tools validateOrder, find, charge, ship
func (s *Shop) sell(wish string) (alloy.Prompt[string], error) {
	return alloy.Promptf[string]("%s wants %s", s.Name, wish), nil
}

// browse goes on until the model has seen enough.
//
//alloy:command
//alloy:max_tool_turns -1
//alloy:tools find
func (s *Shop) browse(wish string) string { return wish }

func (s *Shop) sorry(wish string, err error) (string, error) { return "sorry, no " + wish, nil }

// validateOrder checks an order.
//
//alloy:tool
func validateOrder(id string) error {
	if id == "" {
		return errors.New("no order")
	}
	return nil
}

// find looks for a thing.
//
//alloy:tool name=lookup
//alloy:rate_limit 100/m burst=5
func (s *Shop) find(thing string) (int, error) { return s.stock[thing], nil }

// charge takes money.
//
//alloy:tool
//alloy:after validateOrder, find
//alloy:approve timeout=5m on_timeout=accept
//alloy:idempotent
//alloy:rate_limit 1/s key=bank
//alloy:require cents > 0 && s.Name != "", "nothing to charge"
//alloy:redact card
func (s *Shop) charge(ctx context.Context, card string, cents int) (string, error) {
	return "charged", ctx.Err()
}

// ship sends a thing.
//
//alloy:tool
//alloy:after charge
//alloy:approve
func (s *Shop) ship(thing string) { s.stock[thing]-- }
