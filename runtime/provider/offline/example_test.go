package offline_test

import (
	"context"
	"fmt"
	"log"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/offline"
)

func ExampleNew() {
	model, err := offline.New(provider.Config{})
	if err != nil {
		log.Fatal(err)
	}
	resp, err := model.Do(context.Background(), &provider.Request{
		Model:    "offline",
		Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{{Text: "Where is order 4392?"}}}},
		Output:   &provider.Schema{JSON: `{"type":"object","properties":{"summary":{"type":"string"},"priority":{"enum":["low","urgent"]}},"required":["summary","priority"]}`},
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Text())
	// Output: {"summary":"plain summary","priority":"urgent"}
}
