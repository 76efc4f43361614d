package alloy_test

import (
	"context"
	"errors"
	"fmt"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

func ExampleStream_Text() {
	model := alloytest.New(alloytest.Reply("").Chunks("It leaves ", "tomor", "row."))
	stream := alloy.AskStream(context.Background(), "Where is order 4392?", alloy.WithProvider(model))
	for piece := range stream.Text() {
		fmt.Printf("%q\n", piece)
	}
	text, err := stream.Result()
	fmt.Println(text, err)
	// Output:
	// "It leaves "
	// "tomor"
	// "row."
	// It leaves tomorrow. <nil>
}

// reading is a call of the examples below; generated code writes functions that make theirs.
func reading[T any](prompt string) alloy.Call[T] {
	return alloy.Call[T]{Prompt: func(context.Context) (alloy.Prompt[T], error) { return alloy.Promptf[T]("%s", prompt), nil }}
}

func ExampleStream_Partials() {
	type city struct {
		Name    string `json:"name"`
		Country string `json:"country"`
		Founded int    `json:"founded"`
	}
	describe := alloy.NewCommand(alloy.Definition[city]{Name: "Describe", Output: &alloy.Schema{JSON: `{
		"type": "object",
		"properties": {"name": {"type": "string"}, "country": {"type": "string", "enum": ["NO", "PT"]}, "founded": {"type": "integer"}},
		"required": ["name", "country", "founded"]
	}`}})
	model := alloytest.New(alloytest.Reply("").Chunks(`{"name": "Os`, `lo", "country": "N`, `O", "founded": 10`, `40}`))
	stream := describe.Stream(context.Background(), reading[city]("Describe Oslo."), []alloy.Option{alloy.WithProvider(model)})
	for partial := range stream.Partials() {
		fmt.Printf("%+v\n", partial)
	}
	_, err := stream.Result()
	fmt.Println(err)
	// Output:
	// {Name:Os Country: Founded:0}
	// {Name:Oslo Country: Founded:0}
	// {Name:Oslo Country:NO Founded:0}
	// {Name:Oslo Country:NO Founded:1040}
	// {Name:Oslo Country:NO Founded:1040}
	// <nil>
}

func ExampleItems() {
	rivers := alloy.NewCommand(alloy.Definition[[]string]{Name: "Rivers", Wrapped: true, Output: &alloy.Schema{JSON: `{
		"type": "object",
		"properties": {"value": {"type": "array", "items": {"type": "string"}}},
		"required": ["value"]
	}`}})
	model := alloytest.New(alloytest.Reply("").Chunks(`{"value": ["Tejo", "Dou`, `ro", "Minho`, `"]}`))
	stream := rivers.Stream(context.Background(), reading[[]string]("Name rivers of Portugal."), []alloy.Option{alloy.WithProvider(model)})
	for river := range alloy.Items(stream) {
		fmt.Println(river)
	}
	all, err := stream.Result()
	fmt.Println(len(all), err)
	// Output:
	// Tejo
	// Douro
	// Minho
	// 3 <nil>
}

// A page shows text and tools while they come, and begins anew when the answer does.
func ExampleStream_Events() {
	model := alloytest.New(alloytest.ToolCall("lookup_order", map[string]any{}).Saying("Let me look."),
		alloytest.Cut("It le"), alloytest.Reply("").Chunks("It is ", "here."))
	lookup := alloy.Tool{Name: "lookup_order", Input: &alloy.Schema{JSON: `{"type":"object"}`}, Run: func(context.Context, []byte) (any, error) { return "shipped", nil }}
	stream := alloy.AskStream(context.Background(), "Where is order 4392?", alloy.WithTools(lookup),
		alloy.WithRetry(alloy.Retry{Attempts: 2, Base: 1}), alloy.WithProvider(model))
	shown := ""
	for event := range stream.Events() {
		switch e := event.(type) {
		case alloy.TextDelta:
			shown += e.Text
		case alloy.ToolStarted:
			fmt.Printf("%q stands, and %s runs\n", shown, e.Tool)
			shown = ""
		case alloy.Restarted:
			fmt.Printf("%q is void\n", shown)
			shown = ""
		}
	}
	fmt.Printf("%q is the answer\n", shown)
	// Output:
	// "Let me look." stands, and lookup_order runs
	// "It le" is void
	// "It is here." is the answer
}

// Text that was delivered is not delivered again: the call ends, though an attempt would be left.
func ExampleStreamInterrupted() {
	model := alloytest.New(alloytest.Cut("Perhaps"), alloytest.Reply("It leaves tomorrow."))
	stream := alloy.AskStream(context.Background(), "Where is order 4392?",
		alloy.WithRetry(alloy.Retry{Attempts: 2}), alloy.WithProvider(model))
	for piece := range stream.Text() {
		fmt.Println(piece)
	}
	_, err := stream.Result()
	if cut, ok := errors.AsType[*alloy.StreamInterrupted](err); ok {
		fmt.Println("cut after", cut.Delivered, "bytes")
	}
	// Output:
	// Perhaps
	// cut after 7 bytes
}
