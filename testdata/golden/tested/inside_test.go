package tested

import (
	"testing"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

//alloy:command
func inside(text string) alloy.Prompt[Answer] { return alloy.Promptf[Answer]("%s", text) }

func TestInside(t *testing.T) {
	got, err := Inside(t.Context(), "x", alloy.WithProvider(alloytest.New(alloytest.Reply(`{"text":"in"}`)).For(t)))
	if err != nil || got.Text != "in" {
		t.Error(got, err)
	}
}
