package settings

import (
	"context"
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

// What the parts of the commands read, and what a call takes at once: a rejected answer needs a second request.
func TestNearestLeniency(t *testing.T) {
	answers := []string{`{"value":true}`, "```json\n{\"value\":true}\n```", "yes"}
	type command struct {
		parse func(string) (bool, error)
		ask   func(context.Context, string, ...alloy.Option) (bool, error)
		taken int
	}
	for name, c := range map[string]command{
		"function": {AllCommand.Parse, All, 3},
		"type":     {WriterGradeCommand.Parse, Writer{}.Grade, 2},
		"package":  {JudgeCommand.Parse, Judge, 1},
	} {
		for i, answer := range answers {
			got, err := c.parse(answer)
			if got != (i < c.taken) || (err == nil) != got {
				t.Errorf("%s: Parse of %q gives %v, %v", name, answer, got, err)
			}
			requests := []alloytest.Step{alloytest.Reply(answer)}
			if i >= c.taken {
				requests = append(requests, alloytest.Reply(answers[0]))
			}
			model := alloytest.New(requests...).For(t) // fails if one is left over
			if got, err := c.ask(t.Context(), "x", alloy.WithProvider(model)); !got || err != nil {
				t.Errorf("%s: %q gives %v, %v", name, answer, got, err)
			}
		}
	}
}
