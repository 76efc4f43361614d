package tested_test

import (
	"testing"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/testdata/golden/tested"
)

//alloy:command
func outside(text string) alloy.Prompt[tested.Answer] {
	return alloy.Promptf[tested.Answer]("%s", text)
}

func TestOutside(t *testing.T) {
	got, err := Outside(t.Context(), "x", alloy.WithProvider(alloytest.New(alloytest.Reply(`{"text":"out"}`)).For(t)))
	if err != nil || got.Text != "out" {
		t.Error(got, err)
	}
}
