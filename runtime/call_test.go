package alloy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/alloytest"
)

func TestTypedAnswer(t *testing.T) { // F6
	got, model, err := play(t, nil, alloytest.ReplyJSON(good))
	require.NoError(t, err)
	require.Equal(t, good, got)
	require.Equal(t, "Triage this message:\nWhere is order 4392?", model.Requests()[0].Messages[0].Text()) // F1, F54
}

func TestReask(t *testing.T) {
	got, model, err := play(t, nil, alloytest.ReplyJSON(weak), alloytest.ReplyJSON(good))
	require.NoError(t, err)
	require.Equal(t, good, got)
	require.Len(t, model.Requests(), 2)
	_, _, err = play(t, nil, alloytest.ReplyJSON(weak), alloytest.ReplyJSON(weak))
	t.Log(err)
	_, _, err = play(t, nil, alloytest.Fail(503))
	t.Log(err)
}
