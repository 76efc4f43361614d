package main

import (
	"os"
	"testing"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

// TestMain keeps the tests off the network, whatever keys the machine has.
func TestMain(m *testing.M) {
	os.Setenv("ALLOY_BACKEND", "offline")
	os.Exit(m.Run())
}

func Example() {
	main()
	// Output:
	// stock: 12
	// No model was asked; this demo answers: Context: {"customer":"Ada","lanterns":5,"size":"large"} Task…
}

func TestAskWithATool(t *testing.T) {
	model := alloytest.New(
		alloytest.ToolCall("stock", map[string]string{"size": "huge"}),
		alloytest.ToolCall("stock", map[string]string{"size": "large"}),
		alloytest.Reply("No: we have 3."),
	).For(t)
	answer, err := alloy.Ask(t.Context(), "Can we ship this order today?", alloy.WithProvider(model), alloy.WithContext(map[string]int{"lanterns": 5}), alloy.WithTools(StockTool))
	if err != nil || answer != "No: we have 3." {
		t.Errorf("got %q, %v", answer, err)
	}
	if got, want := model.Requests()[0].Messages[0].Text(), "Context: {\"lanterns\":5}\n\nTask: Can we ship this order today?"; got != want {
		t.Errorf("the model was asked %q, want %q", got, want)
	}
	results := model.Requests()[2].Messages
	if first := results[2].Parts[0].ToolResult; !first.IsError {
		t.Errorf("a size that there is not was taken: %+v", first)
	}
	if second := results[4].Parts[0].ToolResult; second.IsError || second.Content != "3" {
		t.Errorf("got %+v", second)
	}
}

// A tool is a function that Go code may call as well.
func TestStock(t *testing.T) {
	got, err := Stock(t.Context(), Small)
	if err != nil || got != 12 {
		t.Errorf("got %d, %v", got, err)
	}
}
