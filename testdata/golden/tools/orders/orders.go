// Package orders has tools and commands that another package offers.
package orders

import (
	"context"

	"github.com/alloygen/alloygen/runtime"
)

// find finds an order.
//
//alloy:tool
func find(id string) string { return "order " + id }

// Count counts orders.
//
//alloy:tool name=count_orders
func Count(ctx context.Context) int { return 3 }

// rate says how good an order was.
//
//alloy:command
//alloy:param id the order's number
//alloy:redact id
func rate(ctx context.Context, id string) alloy.Prompt[int] { return alloy.Promptf[int]("%s", id) }

//alloy:command name=Appraise
func value(id string) string { return id }
