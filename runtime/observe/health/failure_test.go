package health_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/observe/health"
	"github.com/alloygen/alloygen/runtime/provider"
)

// The column "breaker" of the classes of failures.
func TestWhatCounts(t *testing.T) {
	status := func(s int) error { return &provider.Error{Class: provider.Server, Status: s} }
	const no, call, failure = 0, 1, 2
	for _, tc := range []struct {
		kind alloy.Kind
		err  error
		want int
	}{
		{"", nil, call},
		{alloy.KindNetwork, errDown, failure},
		{alloy.KindNetwork, &provider.Error{Class: provider.Truncated}, failure},
		{alloy.KindNetwork, &provider.Error{Class: provider.Network, Reused: true}, no},
		{alloy.KindTimeout, errDown, failure},
		{alloy.KindOverloaded, status(503), failure},
		{alloy.KindMalformed, errDown, failure},
		{alloy.KindServer, errDown, failure},
		{alloy.KindServer, status(500), failure},
		{alloy.KindServer, status(408), call}, // X23
		{alloy.KindServer, status(409), call},
		{alloy.KindServer, fmt.Errorf("wrapped: %w", status(409)), call},
		{alloy.KindRateLimit, status(429), call},
		{alloy.KindQuota, errDown, call},
		{alloy.KindInvalid, status(401), call},
		{alloy.KindContextWindow, errDown, call},
		{alloy.KindTooLarge, errDown, call},
		{alloy.KindRefusal, errDown, call},
		{alloy.KindCanceled, errDown, no},
		{alloy.KindBreakerOpen, errDown, no},
		{alloy.KindBudget, errDown, no},
		{alloy.KindStore, errDown, no},
		{"", &alloy.ConfigurationError{Message: "no key"}, no},
		{"of_another_provider", errDown, no},
	} {
		t.Run(fmt.Sprintf("%s/%v", tc.kind, tc.err), func(t *testing.T) {
			m := health.New()
			show(m, 1, alloy.RequestFinished{Model: gpt, Kind: tc.kind, Err: tc.err})
			s := m.Status(gpt)
			require.Equal(t, tc.want != no, s.Calls == 1)
			require.Equal(t, tc.want == failure, s.Failures == 1)
			if tc.want != no {
				require.Equal(t, tc.kind, s.LastError)
			}
		})
	}
}

func TestRequestThatLostToItsHedge(t *testing.T) {
	m := health.New()
	e := failed(alloy.KindNetwork)
	e.Lost = true
	show(m, 1, e)
	require.Zero(t, m.Status(gpt).Calls)
	require.Empty(t, m.Report().Models)
}

// The last error stays as long as it is in the window, whatever was answered since.
func TestLastError(t *testing.T) {
	m := health.New()
	show(m, 1, failed(alloy.KindServer))
	show(m, 1, failed(alloy.KindQuota))
	show(m, 1, failed(alloy.KindCanceled))
	show(m, 98, answered(0))
	require.Equal(t, alloy.KindQuota, m.Status(gpt).LastError)
	require.Equal(t, 1, m.Status(gpt).Failures)
	show(m, 1, answered(0))
	require.Equal(t, alloy.KindQuota, m.Status(gpt).LastError)
	show(m, 1, answered(0))
	require.Empty(t, m.Status(gpt).LastError)
	require.Zero(t, m.Status(gpt).Failures)
}

// No text of an error is kept: it may be long, or hold a secret.
func TestMessagesAreNotKept(t *testing.T) {
	m := health.New()
	e := failed(alloy.KindServer)
	e.Message, e.Err = "sesame", errors.New("sesame")
	show(m, 1, e)
	require.NotContains(t, fmt.Sprintf("%+v", m.Report()), "sesame")
	_, body := get(m)
	require.NotContains(t, body, "sesame")
}
