package contracts

import (
	"errors"
	"testing"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

func TestFirstViolationInOrder(t *testing.T) { // F102
	for want, call := range map[string]func() error{
		"say a topic":             func() error { _, err := write(t, " ", 0, nil); return err },
		"between 1 and 999 words": func() error { _, err := write(t, "a", 0, []string{"a"}); return err },
		"that topic is banned":    func() error { _, err := write(t, "a", 5, []string{"a"}); return err },
	} {
		v, ok := errors.AsType[*contracts.Violation](call())
		if !ok || v.Message != want || v.Kind != contracts.Require {
			t.Errorf("want %q, got %+v", want, v)
		}
	}
}

func write(t *testing.T, topic string, words int, banned []string, opts ...alloy.Option) (Draft, error) {
	return WriteDraft(t.Context(), topic, words, banned, append(opts, alloy.WithProvider(alloytest.New()))...)
}

func TestEnsureGoesToTheModel(t *testing.T) {
	var report alloy.Report
	model := alloytest.New(
		alloytest.ReplyJSON(Draft{Title: "a title", Tags: []string{"two words"}}),
		alloytest.ReplyJSON(Draft{Title: "a title", Tags: []string{"one"}}),
	).For(t)
	got, err := WriteDraft(t.Context(), "a", 5, nil, alloy.WithProvider(model), alloy.WithReport(&report))
	if err != nil || got.Tags[0] != "one" {
		t.Fatal(got, err)
	}
	if len(report.Checks) != 1 || report.Checks[0].Name != "many «tags»" || !report.Checks[0].Held {
		t.Errorf("checks %+v", report.Checks)
	}
	if report.Attempts[0].Kind != alloy.KindContract {
		t.Errorf("attempts %+v", report.Attempts)
	}
}

func TestPanicIsAViolation(t *testing.T) { // F101
	_, err := Risky(t.Context(), nil)
	v, ok := errors.AsType[*contracts.Violation](err)
	if !ok || v.Panic == nil || v.Message != "no words" {
		t.Errorf("got %+v", err)
	}
	if _, err := Risky(t.Context(), []string{"a", "b"}); err == nil || err.(*alloy.ToolError).Message != "no x" {
		t.Errorf("got %v", err)
	}
}
