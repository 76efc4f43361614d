package roots

import (
	"errors"
	"testing"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

func reply(t *testing.T, text string) alloy.Option {
	return alloy.WithProvider(alloytest.New(alloytest.Reply(text)).For(t))
}

func TestRoots(t *testing.T) { // F3, F5, F35
	ctx := t.Context()
	if got, err := Plain(ctx, "x", reply(t, "hi")); err != nil || got != "hi" {
		t.Error(got, err)
	}
	if got, err := Text(ctx, "x", reply(t, "hi")); err != nil || got != "hi" {
		t.Error(got, err)
	}
	if err := Effect(ctx, "x", reply(t, "")); err != nil {
		t.Error(err)
	}
	if got, err := Price(ctx, "x", reply(t, `{"value":3.5}`)); err != nil || got != 3.5 {
		t.Error(got, err)
	}
	if got, err := Yes(ctx, "x", reply(t, `{"value":true}`)); err != nil || !got {
		t.Error(got, err)
	}
	if got, err := Small(ctx, "x", reply(t, `{"value":-7}`)); err != nil || got != -7 {
		t.Error(got, err)
	}
	if got, err := ColorOfCommand.Parse(`{"value":"blue"}`); err != nil || got != Blue {
		t.Error(got, err)
	}
	if got, err := List(ctx, "x", reply(t, `{"value":[{"X":1,"Y":2}]}`)); err != nil || len(got) != 1 || got[0].Y != 2 {
		t.Error(got, err)
	}
	if got, err := Pair(ctx, "x", reply(t, `{"value":["a","b"]}`)); err != nil || got[1] != "b" {
		t.Error(got, err)
	}
	if got, err := TableCommand.Parse(`{"a":1}`); err != nil || got["a"] != 1 {
		t.Error(got, err)
	}
	if got, err := Maybe(ctx, "x", reply(t, `{"value":null}`)); err != nil || got != nil {
		t.Error(got, err)
	}
	if _, err := NothingCommand.Parse(`{}`); err != nil {
		t.Error(err)
	}
	if got, err := None(ctx, reply(t, `{"X":1,"Y":2}`)); err != nil || got.X != 1 {
		t.Error(got, err)
	}
}

func TestPromptError(t *testing.T) { // F10
	if _, err := Checked(t.Context(), "", alloy.WithProvider(alloytest.New().For(t))); err != errTopic && !errors.Is(err, errTopic) {
		t.Error(err)
	}
}
