package tools

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

func TestEveryTool(t *testing.T) { // F16, F95, F96, F109
	calls := []alloytest.Call{
		{Name: "add", Args: map[string]any{"a": "2"}},
		{Name: "add", Args: map[string]any{"a": 2, "b": 3}},
		{Name: "note", Args: map[string]any{"text": "x"}},
		{Name: "version"},
		{Name: "join", Args: map[string]any{"sep": "-", "words": []string{"a", "b"}}},
		{Name: "charge", Args: map[string]any{"card": map[string]any{"number": "4111"}, "cents": 0, "tags": map[string]string{}}},
		{Name: "by_hand"},
		{Name: "find", Args: map[string]any{"id": "1"}},
		{Name: "count_orders"},
	}
	model := alloytest.New(
		alloytest.ToolCalls(calls...),
		alloytest.ToolCall("summarize", map[string]any{"text": "long", "words": 3}), alloytest.Reply("short"),
		alloytest.ToolCall("rate", map[string]any{"id": "7"}), alloytest.Reply(`{"value": 5}`),
		alloytest.Reply(`{"value": ["done"]}`),
	).For(t)
	got, err := Plan(alloyContext(t, model), "goal")
	if err != nil || !slices.Equal(got, []string{"done"}) {
		t.Fatalf("got %v, %v", got, err)
	}
	requests := model.Requests()
	var results []string
	for _, message := range requests[len(requests)-1].Messages {
		for _, part := range message.Parts {
			if part.ToolResult != nil {
				results = append(results, part.ToolResult.Content)
			}
		}
	}
	want := []string{"2", "5", "", "1", "a-b", "nothing to charge", "done", "order 1", "3", "short", "5"}
	for i, w := range want {
		if i >= len(results) || !strings.Contains(results[i], w) {
			t.Errorf("result %d: want %q in %q", i, w, results)
		}
	}
}

// A command that is offered as a tool takes the time that it has as a command, not that of a tool.
func TestSlowCommandAsTool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := alloytest.New(
			alloytest.ToolCall("summarize", map[string]any{"text": "long", "words": 3}), alloytest.Reply("short").After(2*time.Minute),
			alloytest.Reply(`{"value": ["done"]}`),
		).For(t)
		if _, err := Plan(alloyContext(t, model), "goal"); err != nil {
			t.Fatal(err)
		}
		results := model.Requests()[2].Messages
		if got := results[len(results)-1].Parts[0].ToolResult; got.IsError || got.Content != "short" {
			t.Errorf("got %+v", got)
		}
	})
}

func alloyContext(t *testing.T, model *alloytest.Model) context.Context {
	client, err := alloy.New(alloy.WithProvider(model))
	if err != nil {
		t.Fatal(err)
	}
	return alloy.WithClient(t.Context(), client)
}

func TestRedactedNeverShows(t *testing.T) {
	model := alloytest.New(alloytest.Fail(400)).For(t)
	err := Pay(t.Context(), "4111-1111", "shop", alloy.WithProvider(model))
	if err == nil || strings.Contains(err.Error(), "4111") {
		t.Errorf("got %v", err)
	}
	if got := ChargeTool.Redact; !slices.Equal(got, []string{"card"}) {
		t.Errorf("got %v", got)
	}
}

func TestEnsureOfATool(t *testing.T) { // F99
	minus := -1
	_, err := Add(t.Context(), 1, &minus)
	if failed, ok := errors.AsType[*alloy.ToolError](err); !ok || failed.Message != "overflow" {
		t.Errorf("got %v", err)
	}
	if joined, err := Join(t.Context(), "+", "a", "b"); err != nil || joined != "a+b" {
		t.Errorf("got %q, %v", joined, err)
	}
}

// A tool may call the command that offers it.
func TestRecursion(t *testing.T) {
	model := alloytest.New(
		alloytest.ToolCall("delegate", map[string]any{"part": "half"}),
		alloytest.Reply("half done"), // the inner call
		alloytest.Reply("done"),
	).For(t)
	got, err := Work(alloyContext(t, model), "all")
	if err != nil || got != "done" {
		t.Errorf("got %q, %v", got, err)
	}
}
