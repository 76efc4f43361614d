package generic

import (
	"testing"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

func TestGenericReceiver(t *testing.T) {
	model := alloytest.New(alloytest.ToolCall("list", nil), alloytest.Reply(`{"key":"7"}`)).For(t)
	client, err := alloy.New(alloy.WithProvider(model))
	if err != nil {
		t.Fatal(err)
	}
	seven := 7
	s := &Store[int, string]{values: map[int]string{7: "x"}, Client: client}
	got, err := s.Choose(t.Context(), "about", &seven)
	if err != nil || got.Key != "7" {
		t.Error(got, err)
	}
	if _, err := s.Choose(t.Context(), "about", nil); err == nil {
		t.Error("want a violation")
	}
}
