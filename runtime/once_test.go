package alloy_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/store"
)

func idempotent(l *lookup) alloy.Tool {
	tool := l.tool()
	tool.Idempotent = true
	return tool
}

// F124, F126: the same arguments in one call give the stored result, however they are written.
func TestIdempotentToolRunsOnce(t *testing.T) {
	var l lookup
	tool := idempotent(&l)
	tool.Input = &alloy.Schema{Name: "lookup_order", JSON: `{"type":"object","properties":{"orderID":{"type":"string"},"n":{"type":"integer"}},"required":["orderID"],"additionalProperties":false}`}
	var seen events
	m := play(t,
		alloytest.ToolCall("lookup_order", `{"orderID": "4392", "n": 1}`),
		alloytest.ToolCalls(alloytest.Call{Name: "lookup_order", Args: `{"n":1,"orderID":"4392"}`}, alloytest.Call{Name: "lookup_order", Args: `{"n":2,"orderID":"4392"}`}, alloytest.Call{Name: "lookup_order", Args: `{ "n" : 2, "orderID" : "4392" }`}),
		alloytest.Reply("done"))
	_, err := run(t, reply, m, alloy.WithTools(tool), alloy.WithObserver(&seen))
	require.NoError(t, err)
	require.Equal(t, []string{"4392", "4392"}, l.ran)
	for _, r := range results(m.Requests()[2]) {
		require.Equal(t, "shipped", r.Content)
		require.False(t, r.IsError)
	}
	stored := 0
	for _, e := range of[alloy.ToolFinished](&seen) {
		if e.Stored {
			stored++
			require.Zero(t, e.Attempts)
		}
	}
	require.Equal(t, 2, stored)

	_, err = run(t, reply, play(t, alloytest.ToolCall("lookup_order", `{"orderID":"4392","n":1}`), alloytest.Reply("done")), alloy.WithTools(tool))
	require.NoError(t, err)
	require.Len(t, l.ran, 3, "another call is another run")
}

// F125: failures are not kept.
func TestFailedIdempotentToolRunsAgain(t *testing.T) {
	l := lookup{err: errors.New("the database is away")}
	m := play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.ToolCall("lookup_order", order("1")), alloytest.Reply("done"))
	_, err := run(t, reply, m, alloy.WithTools(idempotent(&l)))
	require.NoError(t, err)
	require.Len(t, l.ran, 2)
}

// F125: what is stored of a run can be dropped, and then the tool runs again.
func TestForgottenResultRunsAgain(t *testing.T) {
	var l lookup
	s := store.NewMemory()
	for range 2 {
		_, err := run(t, reply, play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Reply("done")),
			alloy.WithTools(idempotent(&l)),
			alloy.WithStore(s), alloy.WithRunID("r1"), alloy.WithCheckpointer(forgetful{}))
		require.NoError(t, err)
	}
	require.Len(t, l.ran, 1)
	require.NoError(t, s.Forget(t.Context(), "run/r1/"))
	_, err := run(t, reply, play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Reply("done")),
		alloy.WithTools(idempotent(&l)),
		alloy.WithStore(s), alloy.WithRunID("r1"), alloy.WithCheckpointer(forgetful{}))
	require.NoError(t, err)
	require.Len(t, l.ran, 2)
}

// What is said of one call's outcome is said of no other: call_1 is not the beginning of call_10.
func TestForgettingOneOutcome(t *testing.T) {
	s := store.NewMemory()
	begin := func(key string) store.State {
		claim, err := s.Begin(t.Context(), key)
		require.NoError(t, err)
		if claim.State == store.Mine {
			require.NoError(t, s.Lose(t.Context(), claim))
		}
		return claim.State
	}
	unknown := map[string]*alloy.UnknownOutcome{}
	for _, id := range []string{"call_1", "call_10"} {
		var l lookup
		m := play(t, alloytest.ToolCalls(alloytest.Call{Name: "lookup_order", Args: order("1"), ID: id}))
		_, err := run(t, reply, m, alloy.WithTools(l.tool()), alloy.WithStore(lostWhenItFinishes{s}), alloy.WithRunID("r1"), alloy.WithCheckpointer(refusing{}))
		require.Error(t, err)
		key := "run/r1/lookup_order/call/" + id + "/"
		require.Equal(t, store.Unknown, begin(key))
		unknown[id] = &alloy.UnknownOutcome{Key: key}
	}
	require.NoError(t, unknown["call_1"].Forget(t.Context(), s))
	require.Equal(t, store.Mine, begin(unknown["call_1"].Key))
	require.Equal(t, store.Unknown, begin(unknown["call_10"].Key))
	require.NoError(t, unknown["call_1"].Settle(t.Context(), s, "shipped"))
	require.Equal(t, store.Done, begin(unknown["call_1"].Key))
}

// lostWhenItFinishes keeps no result.
type lostWhenItFinishes struct{ store.Store }

func (lostWhenItFinishes) Finish(context.Context, store.Claim, []byte) error {
	return errors.New("gone")
}

// refusing keeps a checkpoint before the tools, and none after.
type refusing struct{}

func (refusing) Save(_ context.Context, _ string, data []byte) error {
	if strings.Contains(string(data), `"tool_result"`) {
		return errors.New("gone")
	}
	return nil
}

func (refusing) Load(context.Context, string) ([]byte, error) { return nil, store.ErrNotFound }
