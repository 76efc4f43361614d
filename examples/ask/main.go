// Ask is the shortest way to a model: a question, data, a tool, and the answer as text. The tool's schema and its check of
// arguments are generated; the question needs no function of its own.
//
//	go run ./examples/ask
//
// It runs without a network. With OPENAI_API_KEY or ANTHROPIC_API_KEY set, the same program asks that vendor's model.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/alloygen/alloygen/examples/internal/choose"
	"github.com/alloygen/alloygen/runtime"
)

//go:generate go tool alloygen

// Size is how big a lantern is.
type Size string

const (
	Small Size = "small"
	Large Size = "large"
)

// stock returns how many lanterns of a size are in the store.
//
//alloy:tool
//alloy:param size which lanterns
//alloy:ensure result >= 0, "the store has lost count: ask a person"
func stock(size Size) int {
	return map[Size]int{Small: 12, Large: 3}[size]
}

func main() {
	order := map[string]any{"customer": "Ada", "lanterns": 5, "size": Large}

	var report alloy.Report
	answer, err := alloy.Ask(context.Background(), "Can we ship this order today?",
		alloy.WithModel(choose.Model()),
		alloy.WithSystem("Answer in one sentence."),
		alloy.WithContext(order),
		alloy.WithTools(StockTool),
		alloy.WithReport(&report),
	)
	if err != nil {
		log.Fatal(err)
	}
	for _, tool := range report.Tools {
		fmt.Printf("%s: %s\n", tool.Tool, tool.Result)
	}
	fmt.Println(answer)
}
