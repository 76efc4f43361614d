package agent

import (
	"context"
	"errors"
	"testing"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

type shipped struct{}

func (shipped) State(context.Context, string) (string, error) { return "shipped", nil }

func newAgent(t *testing.T, steps ...alloytest.Step) (*Agent, *alloytest.Model) {
	model := alloytest.New(steps...).For(t)
	client, err := alloy.New(alloy.WithProvider(model))
	if err != nil {
		t.Fatal(err)
	}
	return &Agent{Name: "Ada", orders: shipped{}, client: client}, model
}

func TestMethods(t *testing.T) { // F16
	a, model := newAgent(t,
		alloytest.ToolCalls(
			alloytest.Call{Name: "state", Args: map[string]any{"orderID": "4392"}},
			alloytest.Call{Name: "summarize", Args: map[string]any{"text": "a long story"}},
			alloytest.Call{Name: "close_order", Args: map[string]any{"orderID": "4392", "reason": "done"}},
		),
		alloytest.Reply("short"), // of the command that is a tool
		alloytest.ReplyJSON(Reply{Text: "It is on its way."}),
	)
	reply, err := a.Answer(t.Context(), "Where is it?")
	if err != nil || reply.Text != "It is on its way." {
		t.Fatalf("got %+v, %v", reply, err)
	}
	requests := model.Requests()
	if got := requests[1].System; got != "You work for Acme." {
		t.Errorf("the settings of the type are missing: %q", got)
	}
	results := requests[2].Messages[len(requests[2].Messages)-1].Parts
	for i, want := range []string{"shipped", "short"} {
		if got := results[i].ToolResult.Content; got != want {
			t.Errorf("result %d is %q, not %q", i, got, want)
		}
	}
	if AgentAnswerCommand.Name != "Agent.Answer" {
		t.Errorf("name %q", AgentAnswerCommand.Name)
	}
}

func TestStop(t *testing.T) {
	a, _ := newAgent(t, alloytest.ToolCall("close_order", map[string]any{"orderID": "closed"}))
	if _, err := a.Answer(t.Context(), "Close it."); !errors.Is(err, errClosed) {
		t.Errorf("got %v", err)
	}
}

func TestRequireSeesTheReceiver(t *testing.T) {
	a, _ := newAgent(t)
	a.Name = ""
	if _, err := a.Answer(t.Context(), "Hello?"); err == nil {
		t.Error("want a violation")
	}
	if err := a.Close(t.Context(), "1", nil); err == nil {
		t.Error("want a violation")
	}
	if tool := a.PingTool(); tool.Name != "ping" {
		t.Errorf("got %+v", tool)
	}
}
