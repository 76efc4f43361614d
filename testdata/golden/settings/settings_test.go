package settings

import (
	"testing"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

func TestNearestWins(t *testing.T) { // F11, F19
	all, err := AllRequest(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if all.Model != "claude-sonnet-4-5" || *all.Settings.Temperature != 0.2 || *all.Settings.TopP != 0.9 || *all.Settings.Seed != 7 ||
		all.Settings.MaxTokens != 512 || all.Settings.Effort != "low" || len(all.Settings.Stop) != 2 {
		t.Errorf("got %+v", all)
	}
	if want := "You are careful.\nYou say \"yes\" or \"no\".\nAnd keep it short."; all.System != want {
		t.Errorf("got %q", all.System)
	}
	w := &Writer{}
	edit, err := w.EditRequest(t.Context(), "x", alloy.WithMaxTokens(9))
	if err != nil || edit.Model != "gpt-5-mini" || *edit.Settings.Temperature != 1 || edit.Settings.MaxTokens != 9 {
		t.Errorf("got %+v, %v", edit, err)
	}
}

func TestRetryOfTheType(t *testing.T) {
	model := alloytest.New(alloytest.Fail(400)).For(t)
	if _, err := (Writer{}).Write(t.Context(), "x", alloy.WithProvider(model)); err == nil {
		t.Error("400 is not retried")
	}
}
