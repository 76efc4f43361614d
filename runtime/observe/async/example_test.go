package async_test

import (
	"context"
	"fmt"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/observe/async"
)

// The call does not wait for the log.
func ExampleNew() {
	slowLog := alloy.ObserverFunc(func(_ context.Context, e alloy.Event) {
		if e, ok := e.(alloy.CallFinished); ok {
			time.Sleep(10 * time.Millisecond)
			fmt.Println("logged:", e.Command, "asked", e.Model)
		}
	})
	sink := async.New(slowLog, 0)
	model := alloytest.New(alloytest.Reply("It leaves tomorrow."))
	text, err := alloy.Ask(context.Background(), "Where is order 4392?", alloy.WithObserver(sink), alloy.WithProvider(model))
	fmt.Println(text, err)

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := sink.Close(ctx); err != nil { // at the end of the program: what waits is handed on first
		fmt.Println(err, sink.Dropped())
	}
	// Output:
	// It leaves tomorrow. <nil>
	// logged: Ask asked gpt-5-mini
}
