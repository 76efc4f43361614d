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

// F171, F172
func Example() {
	main()
	// Output:
	// flaky: requests 3, retries 1, follow-ups 1, turns 0
	//   failed: main: overloaded
	//   failed: main: parse
	//   rain, -17 °C, from main
	// looping: requests 5, retries 0, follow-ups 0, turns 3
	//   asked for the best answer after: limit
	//   clear, 52 °C, from main
	// down: requests 5, retries 2, follow-ups 0, turns 1
	//   failed: main: network
	//   failed: main: network
	//   failed: main: network
	//   clear, -45 °C, from spare
	// all down: requests 6, retries 4, follow-ups 0, turns 0
	//   failed: main: network
	//   failed: main: network
	//   failed: main: network
	//   failed: spare: network
	//   failed: spare: network
	//   failed: spare: network
	//   no model has answered: this is the climate
	//   cloudy, 7 °C, from spare
	// risky: blocked [sound_alarm]
	//   I would have sounded the alarm. ApprovalDenied: the tool was not run, because nobody has approved it
}

// The same faults, in the words of a test.
func TestPredict(t *testing.T) {
	model := alloytest.New(
		alloytest.Fail(503),
		alloytest.Reply("I think it will be sunny."),
		alloytest.ReplyJSON(Forecast{Sky: Clear, Celsius: 12}),
	).For(t)
	got, err := Predict(t.Context(), "Oslo", alloy.WithProvider(model))
	if err != nil || got != (Forecast{Clear, 12}) {
		t.Errorf("got %+v, %v", got, err)
	}
}
