package file_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/store/file"
)

// Runs of a program that is started again go on.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "runs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	runs, err := file.Open(filepath.Join(dir, "runs.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer runs.Close()
	client, err := alloy.New(alloy.WithStore(runs))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := alloy.WithClient(context.Background(), client)
	model := alloytest.New(alloytest.Reply("It leaves tomorrow."))
	for range 2 {
		fmt.Println(alloy.Ask(ctx, "Where is order 4392?", alloy.WithRunID("order-4392"), alloy.WithProvider(model)))
	}
	fmt.Println(len(model.Requests()), "request")
	// Output:
	// It leaves tomorrow. <nil>
	// It leaves tomorrow. <nil>
	// 1 request
}
