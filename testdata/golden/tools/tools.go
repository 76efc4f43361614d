// Package tools has tools of every signature, commands as tools, and tools of another package.
package tools

import (
	"context"
	"errors"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/testdata/golden/tools/orders"
)

// plan uses everything there is.
//
//alloy:command
//alloy:tools add, note, Version, join, charge, byHand
//alloy:tools orders.find, orders.Count, summarize, orders.rate, orders.value
func plan(goal string) alloy.Prompt[[]string] { return alloy.Promptf[[]string]("%s", goal) }

// summarize shortens a text to so many words.
//
//alloy:command
//alloy:param words at most so many
func summarize(text string, words int) string { return text }

// replan and plan offer each other.
//
//alloy:command
//alloy:tools replan
func replan(goal string) string { return goal }

// work has a tool that calls it.
//
//alloy:command
//alloy:tools delegate
func work(goal string) string { return goal }

// delegate hands on a part of the work.
//
//alloy:tool
func delegate(ctx context.Context, part string) (string, error) { return Work(ctx, part) }

// add adds two numbers.
//
//alloy:tool
//alloy:ensure result >= a, "overflow"
func add(a int, b *int) int {
	if b == nil {
		return a
	}
	return a + *b
}

// note writes something down.
//
//alloy:tool
func note(text string) {}

// Version is exported already.
//
//alloy:tool
func Version(ctx context.Context) (string, error) { return "1", ctx.Err() }

// join joins words.
//
//alloy:tool
func join(sep string, words ...string) (joined string, err error) {
	for i, w := range words {
		if i > 0 {
			joined += sep
		}
		joined += w
	}
	return joined, nil
}

// Card is a payment card.
type Card struct {
	Number string `json:"number"`
	Month  int8   `json:"month,omitempty"`
}

// charge takes money.
//
//alloy:tool
//alloy:redact card
func charge(card Card, cents uint32, tags map[string]string) error {
	if cents == 0 {
		return errors.New("nothing to charge")
	}
	return nil
}

// byHand is a tool that no directive made.
var byHand = alloy.Tool{
	Name:  "by_hand",
	Input: &alloy.Schema{JSON: `{"type":"object","properties":{},"required":[],"additionalProperties":false}`},
	Run:   func(context.Context, []byte) (any, error) { return "done", nil },
}

// pay must not show the card.
//
//alloy:command
//alloy:redact card
//alloy:tools orders.Find
func pay(card, shop string) alloy.Prompt[alloy.None] {
	return alloy.Promptf[alloy.None]("%s %s", card, shop)
}

var _ = orders.Count
