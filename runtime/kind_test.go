package alloy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime/provider"
)

// The error of a tool may be anything; retry_on of the tool goes by its kind.
func TestKindOfAnyError(t *testing.T) {
	for _, tc := range []struct {
		err  error
		kind Kind
	}{
		{&CommandError{Kind: KindSchema}, KindSchema},
		{&ToolLoopLimitExceeded{}, KindToolLoopLimit},
		{&provider.Error{Class: provider.Overloaded}, KindOverloaded},
		{&provider.Error{Class: provider.Truncated}, KindNetwork},
		{&contracts.Violation{}, KindContract},
		{context.DeadlineExceeded, KindTimeout},
		{context.Canceled, KindCanceled},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, KindNetwork},
		{&net.DNSError{IsTimeout: true}, KindTimeout},
		{errors.New("other"), ""},
	} {
		require.Equal(t, tc.kind, kindOf(fmt.Errorf("in a tool: %w", tc.err)), "%T", tc.err)
	}
}

func TestConditions(t *testing.T) {
	stale := errors.New("stale")
	dial := &net.OpError{Op: "dial", Err: stale}
	for _, tc := range []struct {
		name      string
		condition Condition
		kind      Kind
		err       error
		want      bool
	}{
		{"kind", KindTimeout, KindTimeout, nil, true},
		{"other kind", KindTimeout, KindServer, nil, false},
		{"transient", Transient, KindRateLimit, nil, true},
		{"malformed is transient", Transient, KindMalformed, nil, true},
		{"quota is not", Transient, KindQuota, nil, false},
		{"output", OutputRejected, KindTruncated, nil, true},
		{"a refusal is no rejected output", OutputRejected, KindRefusal, nil, false},
		{"all", All, KindInvalid, nil, true},
		{"a set that is none", KindSet("often"), KindInvalid, nil, false},
		{"error", MatchError(stale), KindNetwork, dial, true},
		{"other error", MatchError(stale), KindNetwork, errors.New("stale"), false},
		{"type", MatchType[*net.OpError](), KindNetwork, fmt.Errorf("x: %w", dial), true},
		{"interface", MatchType[net.Error](), KindNetwork, dial, true},
		{"other type", MatchType[*net.DNSError](), KindNetwork, dial, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, matchesAny([]Condition{nil, tc.condition}, tc.kind, tc.err))
		})
	}
}
