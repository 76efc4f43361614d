package alloy_test

import (
	"context"
	"fmt"
	"strings"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

// parrot is a provider: it sends one request, in whatever format, and never repeats it.
type parrot struct{}

func (parrot) Do(_ context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	last := req.Messages[len(req.Messages)-1]
	text := "You said: " + last.Parts[0].Text
	if emit != nil { // a stream
		for piece := range strings.SplitAfterSeq(text, ": ") {
			if err := emit(provider.Delta{Text: piece}); err != nil {
				return nil, err
			}
		}
	}
	return &provider.Response{Model: req.Model, Parts: []provider.Part{{Text: text}}, Finish: provider.FinishStop}, nil
}

// A provider of one's own, for one call, and by a prefix.
func ExampleWithProvider() {
	fmt.Println(alloy.Ask(context.Background(), "hello", alloy.WithProvider(parrot{})))

	err := provider.Register(provider.Registration{
		Name: "parrot",
		New:  func(provider.Config) (provider.Provider, error) { return parrot{}, nil },
	})
	if err != nil {
		fmt.Println(err)
	}
	for piece := range alloy.AskStream(context.Background(), "hello", alloy.WithModel("parrot/grey")).Text() {
		fmt.Printf("%q\n", piece)
	}
	// Output:
	// You said: hello <nil>
	// "You said: "
	// "hello"
}
