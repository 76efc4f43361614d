package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

func ExampleAsk() {
	model := alloytest.New(alloytest.Reply("Five are in stock."))
	stock := map[string]any{"lantern": 5}
	text, err := alloy.Ask(context.Background(), "How many lanterns are there?", alloy.WithContext(stock), alloy.WithProvider(model))
	fmt.Println(text, err)
	fmt.Println(model.Requests()[0].Messages[0].Text())
	// Output:
	// Five are in stock. <nil>
	// Context: {"lantern":5}
	//
	// Task: How many lanterns are there?
}

// A tool made by hand: a schema for its input, and a function.
func ExampleTool() {
	weather := alloy.Tool{
		Name:        "weather",
		Description: "weather returns the weather of a city.",
		Input: &alloy.Schema{Name: "weather", JSON: `{
			"type": "object",
			"properties": {"city": {"type": "string"}},
			"required": ["city"],
			"additionalProperties": false
		}`},
		Run: func(_ context.Context, input []byte) (any, error) {
			var in struct{ City string }
			if err := json.Unmarshal(input, &in); err != nil {
				return nil, err
			}
			return in.City + ": sunny, 21 °C", nil
		},
		Timeout: 5 * time.Second,
	}
	model := alloytest.New(
		alloytest.ToolCall("weather", map[string]any{"city": "Lisbon"}),
		alloytest.Reply("No umbrella needed."),
	)
	text, err := alloy.Ask(context.Background(), "Do I need an umbrella in Lisbon?", alloy.WithTools(weather), alloy.WithProvider(model))
	fmt.Println(text, err)
	// Output: No umbrella needed. <nil>
}

// A tool that knows that going on makes no sense ends the whole call.
func ExampleStop() {
	errClosed := errors.New("the account is closed")
	account := alloy.Tool{
		Name:  "account",
		Input: &alloy.Schema{JSON: `{"type":"object","properties":{}}`},
		Run:   func(context.Context, []byte) (any, error) { return nil, alloy.Stop(errClosed) },
	}
	model := alloytest.New(alloytest.ToolCall("account", nil))
	_, err := alloy.Ask(context.Background(), "What is my balance?", alloy.WithTools(account), alloy.WithProvider(model))
	fmt.Println(errors.Is(err, errClosed))
	fmt.Println(err)
	// Output:
	// true
	// Ask: gpt-5-mini failed after 1 attempt: stopped: the tool account stopped the call: the account is closed
}

func ExampleReport() {
	model := alloytest.New(alloytest.Fail(503), alloytest.Reply(" "), alloytest.Reply("It is late."))
	var report alloy.Report
	text, err := alloy.Ask(context.Background(), "Where is order 4392?",
		alloy.WithRetry(alloy.Retry{Attempts: 2, Base: time.Millisecond}),
		alloy.WithReport(&report),
		alloy.WithProvider(model),
	)
	fmt.Println(text, err)
	fmt.Println(report.Requests, "requests,", report.Retries, "retry,", report.FollowUps, "follow-up")
	for _, a := range report.Attempts {
		fmt.Println(a.Model, "failed:", a.Kind)
	}
	// Output:
	// It is late. <nil>
	// 3 requests, 1 retry, 1 follow-up
	// gpt-5-mini failed: overloaded
	// gpt-5-mini failed: empty
}

// Every error of a call says what happened; which type it is says what to do.
func ExampleCommandError() {
	model := alloytest.New(alloytest.Fail(401))
	_, err := alloy.Ask(context.Background(), "Where is order 4392?", alloy.WithProvider(model))
	if failed, ok := errors.AsType[*alloy.CommandError](err); ok {
		fmt.Println(failed.Kind, "after", len(failed.Attempts), "attempt")
	}
	fmt.Println(err)
	// Output:
	// invalid after 1 attempt
	// Ask: gpt-5-mini failed after 1 attempt: invalid: HTTP 401: Unauthorized
}

func ExampleObserverFunc() {
	log := alloy.ObserverFunc(func(_ context.Context, e alloy.Event) {
		switch e := e.(type) {
		case alloy.RequestFinished:
			fmt.Println(e.About().Command, "request", e.Number, "succeeded:", e.Err == nil)
		case alloy.FallbackStarted:
			fmt.Println(e.About().Command, "goes from", e.From, "to", e.To)
		}
	})
	client, err := alloy.New(alloy.WithFallback("claude-haiku-4-5"), alloy.WithObserver(log))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := alloy.WithClient(context.Background(), client)
	model := alloytest.New(alloytest.Fail(500), alloytest.Reply("It is late."))
	fmt.Println(alloy.Ask(ctx, "Where is order 4392?", alloy.WithProvider(model)))
	// Output:
	// Ask request 1 succeeded: false
	// Ask goes from gpt-5-mini to claude-haiku-4-5
	// Ask request 2 succeeded: true
	// It is late. <nil>
}

// Parse serves those who get their answers in another way, from a vendor's batch API for example.
func ExampleCommand_Parse() {
	price := alloy.NewCommand(alloy.Definition[float64]{
		Name:    "Price",
		Wrapped: true,
		Output: &alloy.Schema{Name: "Price", Strict: true, JSON: `{
			"type": "object",
			"properties": {"value": {"type": "number", "minimum": 0}},
			"required": ["value"],
			"additionalProperties": false
		}`},
	})
	fmt.Println(price.Parse("The price is:\n```json\n{\"value\": \"12.50\"}\n```"))
	_, err := price.Parse(`{"value": -1}`)
	fmt.Println(err)
	// Output:
	// 12.5 <nil>
	// Price: the answer is no float64: $.value: want a number of at least 0, got -1; it begins `{"value": -1}`
}
