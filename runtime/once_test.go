package alloy_test

import (
	"errors"
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
