// Faults shows what a command makes of models that fail: one that is flaky, one that runs in circles, one that is down, one that
// wants to do something risky.
//
//	go run ./examples/faults
//
// The faults are injected in this process, before the model: the built-in one, or, with OPENAI_API_KEY or ANTHROPIC_API_KEY
// set, that vendor's.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

//go:generate go tool alloygen

// Sky is what the sky looks like.
type Sky string

const (
	Clear  Sky = "clear"
	Cloudy Sky = "cloudy"
	Rain   Sky = "rain"
)

// Forecast is the weather of one day.
type Forecast struct {
	Sky     Sky `json:"sky"`
	Celsius int `json:"celsius" jsonschema:"minimum=-60,maximum=60"`
}

// predict says what the weather will be. Its waits are short, so that the example is quick.
//
//alloy:command
//alloy:tools readSensor
//alloy:max_tool_turns 3
//alloy:finalize limit
//alloy:retry 3 base=1ms
//alloy:timeout 60s
//alloy:degrade climate
func predict(city string) alloy.Prompt[Forecast] {
	return alloy.Promptf[Forecast]("What will the weather be in %s tomorrow?", city)
}

// readSensor returns the temperature in degrees Celsius now.
//
//alloy:tool
func readSensor(city string) int { return 4 + len(city) }

// climate is what the weather usually is: better than nothing when no model answers.
func climate(city string, err error) (Forecast, error) {
	return Forecast{Sky: Cloudy, Celsius: 7}, nil
}

// warn decides whether the city is warned.
//
//alloy:command
//alloy:tools soundAlarm
func warn(city string) string { return "Is there a reason to sound the alarm in " + city + "?" }

// soundAlarm wakes everybody. It runs only when somebody has approved it.
//
//alloy:tool
//alloy:approve timeout=1m
func soundAlarm(city string) string { return "the sirens of " + city + " are on" }

func main() {
	model, err := connect()
	if err != nil {
		log.Fatal(err)
	}

	// A 503, then an answer that is no JSON. The request is repeated, and the answer is asked for again.
	try("flaky", faulty{model, flaky()}, alloy.WithModel("main"))

	// Tool calls without end. After three rounds one last request, without tools, asks for the best answer.
	try("looping", faulty{model, looping}, alloy.WithModel("main"))

	// The first model is gone, the second answers.
	try("down", faulty{model, down("main")}, alloy.WithModel("main"), alloy.WithFallback("spare"))

	// Both are gone. The degrade function answers, and the report lists every attempt.
	try("all down", faulty{model, down("main", "spare")}, alloy.WithModel("main"), alloy.WithFallback("spare"))

	// The alarm is not sounded: nobody has approved it.
	var report alloy.Report
	answer, err := Warn(context.Background(), "Oslo", alloy.WithProvider(faulty{model, risky}), alloy.WithReport(&report))
	fmt.Printf("risky: blocked %v\n  %s\n", report.Blocked, answer)
	if err != nil {
		fmt.Println("  ", err)
	}
}

// try asks for a forecast and prints how it went.
func try(name string, model provider.Provider, opts ...alloy.Option) {
	var report alloy.Report
	forecast, err := Predict(context.Background(), "Oslo", append(opts, alloy.WithProvider(model), alloy.WithReport(&report))...)
	fmt.Printf("%s: requests %d, retries %d, follow-ups %d, turns %d\n", name, report.Requests, report.Retries, report.FollowUps, report.Turns)
	for _, attempt := range report.Attempts {
		fmt.Printf("  failed: %s: %s\n", attempt.Model, attempt.Kind)
	}
	if report.Finalized != "" {
		fmt.Printf("  asked for the best answer after: %s\n", report.Finalized)
	}
	if report.Degraded {
		fmt.Println("  no model has answered: this is the climate")
	}
	switch failed, ok := errors.AsType[*alloy.CommandError](err); {
	case err == nil:
		fmt.Printf("  %s, %d °C, from %s\n", forecast.Sky, forecast.Celsius, report.Model)
	case ok:
		fmt.Printf("  %s failed for good after %d attempts: %s\n", failed.Command, len(failed.Attempts), failed.Kind)
	default:
		fmt.Printf("  %v\n", err) // a missing key, say: nothing that another attempt could cure
	}
}
