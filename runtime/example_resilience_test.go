package alloy_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/observe/health"
	"github.com/alloygen/alloygen/runtime/store"
	"github.com/alloygen/alloygen/runtime/store/file"
)

// Everything that stands before a model, set once for a program. A directive, or an option of a call, changes one of it.
func ExampleNew() {
	client, err := alloy.New(
		alloy.WithModel("claude-opus-4-7"),
		alloy.WithFallback("gpt-5"),
		alloy.WithTimeout(2*time.Minute),
		alloy.WithAttemptTimeout(30*time.Second),
		alloy.WithRetry(alloy.Retry{Attempts: 3}),
		alloy.WithRateLimit("anthropic", alloy.RateLimit{
			Requests: []alloy.Rate{alloy.PerSecond(10), alloy.PerMinute(500)},
			Tokens:   []alloy.Rate{alloy.PerMinute(400_000)},
		}),
		alloy.WithConcurrency("anthropic", 32),
		alloy.WithBreaker(alloy.Breaker{}),
		alloy.WithBudget(alloy.Budget{USD: 50, Per: 24 * time.Hour, Key: "support"}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := alloy.WithClient(context.Background(), client)
	model := alloytest.New(alloytest.Reply("It leaves tomorrow."))
	fmt.Println(alloy.Ask(ctx, "Where is order 4392?", alloy.WithProvider(model)))
	// Output: It leaves tomorrow. <nil>
}

func ExampleWithRetry() {
	waits := alloy.ObserverFunc(func(_ context.Context, e alloy.Event) {
		if e, ok := e.(alloy.RetryScheduled); ok {
			fmt.Println("attempt", e.Attempt, "of", e.Max, "failed, the next comes in", e.Delay)
		}
	})
	model := alloytest.New(alloytest.Fail(500).Times(2), alloytest.Reply("It leaves tomorrow."))
	text, err := alloy.Ask(context.Background(), "Where is order 4392?",
		alloy.WithRetry(alloy.Retry{Attempts: 3, Base: time.Millisecond, Jitter: alloy.NoJitter}),
		alloy.WithObserver(waits),
		alloy.WithProvider(model),
	)
	fmt.Println(text, err)
	// Output:
	// attempt 1 of 3 failed, the next comes in 1ms
	// attempt 2 of 3 failed, the next comes in 2ms
	// It leaves tomorrow. <nil>
}

// A Retry-After that is longer than the longest wait is not waited for: the call fails at once, and says what was asked for. Until
// then no call of the client asks the model.
func ExampleRetry_retryAfter() {
	model := alloytest.New(alloytest.Fail(429).RetryAfter(time.Hour))
	client, err := alloy.New(alloy.WithProvider(model), alloy.WithRetry(alloy.Retry{Attempts: 3}))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := alloy.WithClient(context.Background(), client)
	for range 2 {
		_, err := alloy.Ask(ctx, "Where is order 4392?")
		if failed, ok := errors.AsType[*alloy.CommandError](err); ok {
			last := failed.Attempts[0]
			fmt.Println(last.Kind, "wait", last.RetryAfter.Round(time.Minute), "sent:", !last.Refused)
		}
	}
	fmt.Println(len(model.Requests()), "request")
	// Output:
	// rate_limit wait 1h0m0s sent: true
	// rate_limit wait 1h0m0s sent: false
	// 1 request
}

// A place that is not free before the end of the call is refused at once.
func ExampleWithRateLimit() {
	model := alloytest.New(alloytest.Reply("Hello.").Forever())
	client, err := alloy.New(alloy.WithProvider(model),
		alloy.WithRateLimit("openai", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerHour(2)}}))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := alloy.WithClient(context.Background(), client)
	for range 3 {
		_, err := alloy.Ask(ctx, "Hello?")
		if failed, ok := errors.AsType[*alloy.CommandError](err); ok {
			fmt.Println(failed.Kind, "wait", failed.Attempts[0].RetryAfter.Round(time.Minute))
		}
	}
	fmt.Println(len(model.Requests()), "requests")
	// Output:
	// rate_limit wait 1h0m0s
	// 2 requests
}

// A model that keeps failing is left alone, and the next one asked in its place.
func ExampleWithBreaker() {
	model := alloytest.New(
		alloytest.Fail(500), alloytest.Reply("The spare answers."),
		alloytest.Fail(500), alloytest.Reply("The spare answers."),
		alloytest.Reply("The spare answers at once."),
	)
	client, err := alloy.New(alloy.WithProvider(model),
		alloy.WithModel("claude-opus-4-7"), alloy.WithFallback("gpt-5"),
		alloy.WithBreaker(alloy.Breaker{Failures: 2, Cooldown: time.Minute}))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := alloy.WithClient(context.Background(), client)
	for range 3 {
		fmt.Println(alloy.Ask(ctx, "Where is order 4392?"))
	}
	// Output:
	// The spare answers. <nil>
	// The spare answers. <nil>
	// The spare answers at once. <nil>
}

// A monitor that observes the calls opens the breaker of a model of which more than half of the last calls have failed.
func ExampleWithHealthBreaker() {
	monitor := health.New(health.WithMinCalls(20))
	err := alloy.Configure(
		alloy.WithObserver(monitor),
		alloy.WithHealthBreaker(monitor),
	)
	fmt.Println(err)
	alloy.SetDefault(nil) // of this example alone
	// Output: <nil>
}

// The second request is sent when the first is slow, and is taken because it comes first.
func ExampleWithHedge() {
	model := alloytest.New(alloytest.Hang(), alloytest.Reply("It leaves tomorrow."))
	var report alloy.Report
	text, err := alloy.Ask(context.Background(), "Where is order 4392?",
		alloy.WithHedge(alloy.Hedge{After: 5 * time.Millisecond}),
		alloy.WithReport(&report),
		alloy.WithProvider(model),
	)
	fmt.Println(text, err)
	fmt.Println(report.Requests, "requests,", report.Hedges, "hedge")
	// Output:
	// It leaves tomorrow. <nil>
	// 2 requests, 1 hedge
}

// What would pass the budget is not sent.
func ExampleWithBudget() {
	model := alloytest.New()
	_, err := alloy.Ask(context.Background(), "Where is order 4392?",
		alloy.WithMaxTokens(400),
		alloy.WithBudget(alloy.Budget{Tokens: 300}),
		alloy.WithProvider(model),
	)
	fmt.Println(err)
	// Output: Ask: gpt-5-mini: budget: not sent: the request needs about 405 tokens, 0 of the budget of 300 are spent
}

func ExampleWithPrice() {
	model := alloytest.New(alloytest.Reply("It leaves tomorrow."))
	var report alloy.Report
	_, err := alloy.Ask(context.Background(), "Where is order 4392?",
		alloy.WithModel("local/llama-70b"),
		alloy.WithPrice("local/llama-70b", alloy.Price{Input: 1_000, Output: 2_000}), // dollars per million tokens
		alloy.WithBudget(alloy.Budget{USD: 5}),
		alloy.WithReport(&report),
		alloy.WithProvider(model),
	)
	fmt.Printf("$%.3f, %v\n", report.Cost, err)
	// Output: $0.015, <nil>
}

// What is shown to the Approver is what is run.
func ExampleWithApprover() {
	atMostFifty := alloy.ApproverFunc(func(_ context.Context, r alloy.ApprovalRequest) (alloy.Decision, error) {
		if strings.Contains(r.Arguments, `"euros":50`) {
			return alloy.Decision{Approved: true}, nil
		}
		return alloy.Decision{Reason: "over the limit of 50 euros"}, nil
	})
	refund := alloy.Tool{
		Name:    "refund",
		Input:   &alloy.Schema{JSON: `{"type":"object","properties":{"euros":{"type":"integer"}},"required":["euros"]}`},
		Run:     func(context.Context, []byte) (any, error) { return "paid back", nil },
		Approve: &alloy.Approval{Timeout: time.Minute},
	}
	model := alloytest.New(
		alloytest.ToolCall("refund", map[string]int{"euros": 900}),
		alloytest.ToolCall("refund", map[string]int{"euros": 50}),
		alloytest.Reply("I have refunded 50 euros."),
	)
	results := alloy.ObserverFunc(func(_ context.Context, e alloy.Event) {
		if e, ok := e.(alloy.ToolFinished); ok {
			fmt.Println(e.Result)
		}
	})
	fmt.Println(alloy.Ask(context.Background(), "Refund order 4392.",
		alloy.WithTools(refund), alloy.WithApprover(atMostFifty), alloy.WithObserver(results), alloy.WithProvider(model)))
	// Output:
	// ApprovalDenied: the tool was not run: over the limit of 50 euros
	// paid back
	// I have refunded 50 euros. <nil>
}

// The run goes on where it was: the tool of the first call does not run again in the second, and the prompt is not asked for.
func ExampleWithRunID() {
	charges := 0
	charge := alloy.Tool{
		Name:  "charge",
		Input: &alloy.Schema{JSON: `{"type":"object","properties":{}}`},
		Run:   func(context.Context, []byte) (any, error) { charges++; return "charged", nil },
	}
	runs := store.NewMemory()
	ask := func(model *alloytest.Model) {
		text, err := alloy.Ask(context.Background(), "Charge order 4392.",
			alloy.WithRunID("order-4392"), alloy.WithStore(runs), alloy.WithTools(charge), alloy.WithProvider(model))
		fmt.Printf("%q %v\n", text, err)
	}
	ask(alloytest.New(alloytest.ToolCall("charge", nil), alloytest.Fail(500)))
	ask(alloytest.New(alloytest.Reply("The order is paid.")))
	ask(alloytest.New()) // it has its answer: no model is asked
	fmt.Println(charges, "charge")
	// Output:
	// "" Ask: gpt-5-mini failed after 1 attempt: server: HTTP 500: Internal Server Error
	// "The order is paid." <nil>
	// "The order is paid." <nil>
	// 1 charge
}

// A process ends while a tool runs. The next one does not run the tool again: somebody has to say what it has done.
func ExampleUnknownOutcome() {
	dir, err := os.MkdirTemp("", "runs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "runs.db")
	charge := func(run func()) alloy.Tool {
		return alloy.Tool{
			Name:  "charge",
			Input: &alloy.Schema{JSON: `{"type":"object","properties":{}}`},
			Run:   func(context.Context, []byte) (any, error) { run(); return "charged", nil },
		}
	}
	ask := func(runs store.Store, tool alloy.Tool, model *alloytest.Model) (string, error) {
		return alloy.Ask(context.Background(), "Charge order 4392.",
			alloy.WithRunID("order-4392"), alloy.WithStore(runs), alloy.WithTools(tool), alloy.WithProvider(model))
	}

	first, err := file.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	begun, end := make(chan struct{}), make(chan struct{})
	var process sync.WaitGroup
	process.Go(func() {
		_, _ = ask(first, charge(func() { close(begun); <-end }), alloytest.New(alloytest.ToolCall("charge", nil)))
	})
	<-begun
	first.Close() // as the end of the process does

	ctx := context.Background()
	runs, err := file.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer runs.Close()
	again := charge(func() { fmt.Println("charged twice") })
	model := alloytest.New(alloytest.Reply("The order is paid."))
	answer, err := ask(runs, again, model)
	if unknown, ok := errors.AsType[*alloy.UnknownOutcome](err); ok {
		fmt.Println(unknown.Tool, "of", unknown.Run)
		// Look at what it did. It has charged; had it not, it would be unknown.Forget(ctx, runs).
		if err := unknown.Settle(ctx, runs, "charged, receipt 17"); err != nil {
			fmt.Println(err)
		}
		answer, err = ask(runs, again, model)
	}
	fmt.Println(answer, err)
	close(end)
	process.Wait()
	// Output:
	// charge of order-4392
	// The order is paid. <nil>
}
