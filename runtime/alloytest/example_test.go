package alloytest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// A test names what the model does, calls the command, and looks at the result and at what was asked.
func Example() {
	model := alloytest.New(
		alloytest.Fail(500),
		alloytest.Reply("It leaves tomorrow."),
	)
	answer, err := alloy.Ask(context.Background(), "Where is order 4392?",
		alloy.WithProvider(model),
		alloy.WithModel("claude-opus-4-7"),
		alloy.WithRetry(alloy.Retry{Attempts: 2, Base: time.Microsecond}),
	)
	fmt.Println(answer, err)
	for _, request := range model.Requests() {
		fmt.Println(request.Model, request.Messages[0].Text())
	}
	// Output:
	// It leaves tomorrow. <nil>
	// claude-opus-4-7 Where is order 4392?
	// claude-opus-4-7 Where is order 4392?
}

func ExampleToolCall() {
	clock := alloy.Tool{
		Name:  "clock",
		Input: &alloy.Schema{Name: "clock", JSON: `{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`},
		Run:   func(context.Context, []byte) (any, error) { return "12:30", nil },
	}
	model := alloytest.New(
		alloytest.ToolCall("clock", map[string]string{"city": "Oslo"}),
		alloytest.Reply("Half past twelve."),
	)
	answer, err := alloy.Ask(context.Background(), "What time is it in Oslo?", alloy.WithProvider(model), alloy.WithTools(clock))
	fmt.Println(answer, err)

	for _, message := range model.Requests()[1].Messages {
		for _, part := range message.Parts {
			if part.ToolResult != nil {
				fmt.Println("the model was told:", part.ToolResult.Content)
			}
		}
	}
	// Output:
	// Half past twelve. <nil>
	// the model was told: 12:30
}

// The class of a failure, and so what the command does about it, is that of the real providers.
func ExampleFail() {
	_, err := alloy.Ask(context.Background(), "hello", alloy.WithProvider(alloytest.New(alloytest.Fail(429).RetryAfter(2*time.Second))))
	if failed, ok := errors.AsType[*alloy.CommandError](err); ok {
		fmt.Println(failed.Kind, failed.Attempts[0].RetryAfter)
	}
	// Output: rate_limit 2s
}

// Func answers from the request, for calls whose order is not known.
func ExampleFunc() {
	model := alloytest.New(alloytest.Func(func(_ context.Context, req *provider.Request) alloytest.Step {
		question := req.Messages[0].Text()
		if strings.Contains(question, "weather") {
			return alloytest.Reply("Rain.")
		}
		return alloytest.Refuse("I only know the weather.")
	}).Forever())

	answer, err := alloy.Ask(context.Background(), "How is the weather?", alloy.WithProvider(model))
	fmt.Println(answer, err)
	_, err = alloy.Ask(context.Background(), "How are you?", alloy.WithProvider(model))
	fmt.Println(err != nil)
	// Output:
	// Rain. <nil>
	// true
}
