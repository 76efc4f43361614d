package alloy_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// approves is an Approver that always says the same.
func approves(yes bool, reason string) alloy.Approver {
	return alloy.ApproverFunc(func(context.Context, alloy.ApprovalRequest) (alloy.Decision, error) {
		return alloy.Decision{Approved: yes, Reason: reason}, nil
	})
}

// risky is the tool of l, which needs approval.
func risky(l *lookup, a alloy.Approval) alloy.Tool {
	tool := l.tool()
	tool.Approve = &a
	return tool
}

// F121, X60: a risky tool runs only when the approver says yes; one that needs no approval runs freely.
func TestRiskyToolNeedsApproval(t *testing.T) {
	for _, tc := range []struct {
		name     string
		approver alloy.Approver
		ran      int
		told     string
		reason   string
	}{
		{"no approver", nil, 0, "ApprovalDenied: the tool was not run, because nobody has approved it", "nobody could decide: the call has no Approver: set one with WithApprover"},
		{"yes", approves(true, "small amount"), 1, "shipped", "small amount"},
		{"X60_denied", approves(false, "ask Ada first"), 0, "ApprovalDenied: the tool was not run: ask Ada first", "ask Ada first"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var l, free lookup
			other := free.tool()
			other.Name = "look"
			var seen events
			var report alloy.Report
			m := play(t, alloytest.ToolCalls(alloytest.Call{Name: "lookup_order",
				Args: order("4392")}, alloytest.Call{Name: "look", Args: order("1")}), alloytest.Reply("done"))
			got, err := run(t, reply, m, alloy.WithTools(risky(&l, alloy.Approval{}), other), alloy.WithApprover(tc.approver),
				alloy.WithObserver(&seen), alloy.WithReport(&report))
			require.NoError(t, err)
			require.Equal(t, "done", got)
			require.Len(t, l.ran, tc.ran)
			require.Len(t, free.ran, 1)
			require.Equal(t, tc.told, results(m.Requests()[1])[0].Content)
			decided := of[alloy.ApprovalDecided](&seen)
			require.Len(t, decided, 1)
			require.Equal(t, tc.ran == 1, decided[0].Approved)
			require.Equal(t, tc.reason, decided[0].Reason)
			require.Len(t, report.Blocked, 1-tc.ran)
		})
	}
}

// F122, X60: what happens when nobody decides in time, or when the approver fails; each decision is an event with its duration.
func TestApprovalThatNobodyGives(t *testing.T) {
	sleeps := alloy.ApproverFunc(func(ctx context.Context, _ alloy.ApprovalRequest) (alloy.Decision, error) {
		<-ctx.Done()
		return alloy.Decision{Approved: true}, nil // too late
	})
	for _, tc := range []struct {
		name     string
		approval alloy.Approval
		approver alloy.Approver
		ran      int
		took     time.Duration
		timedOut bool
	}{
		{"X60_timed_out", alloy.Approval{}, sleeps, 0, 5 * time.Minute, true},
		{"own_timeout", alloy.Approval{Timeout: time.Second}, sleeps, 0, time.Second, true},
		{"accepted_on_timeout", alloy.Approval{Timeout: time.Second, AcceptOnTimeout: true}, sleeps, 1, time.Second, true},
		{"deaf_approver", alloy.Approval{Timeout: time.Second}, alloy.ApproverFunc(func(context.Context, alloy.ApprovalRequest) (alloy.Decision, error) {
			time.Sleep(time.Minute)
			return alloy.Decision{Approved: true}, nil
		}), 0, time.Second, true},
		{"fails", alloy.Approval{AcceptOnTimeout: true}, alloy.ApproverFunc(func(context.Context, alloy.ApprovalRequest) (alloy.Decision, error) {
			return alloy.Decision{Approved: true}, errors.New("the queue is full")
		}), 0, 0, false},
		{"X60_panics", alloy.Approval{AcceptOnTimeout: true}, alloy.ApproverFunc(func(context.Context, alloy.ApprovalRequest) (alloy.Decision, error) { panic("nil map") }), 0, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l lookup
				var seen events
				m := play(t, alloytest.ToolCall("lookup_order", order("4392")), alloytest.Reply("done"))
				_, err := run(t, reply, m, alloy.WithTools(risky(&l, tc.approval)), alloy.WithApprover(tc.approver),
					alloy.WithObserver(&seen), alloy.WithTimeout(time.Hour))
				require.NoError(t, err)
				require.Len(t, l.ran, tc.ran)
				decided := of[alloy.ApprovalDecided](&seen)[0]
				require.Equal(t, tc.took, decided.Duration)
				require.Equal(t, tc.timedOut, decided.TimedOut)
				require.NotEmpty(t, decided.Reason)
				time.Sleep(time.Hour) // for the approver that was left behind
			})
		})
	}
}

// X60: the arguments that are shown are those that are run, whatever the approver does with its copy.
func TestApprovedArgumentsAreRun(t *testing.T) {
	var l lookup
	var shown string
	approver := alloy.ApproverFunc(func(_ context.Context, r alloy.ApprovalRequest) (alloy.Decision, error) {
		shown = r.Arguments
		r.Arguments = `{"orderID":"9999"}`
		return alloy.Decision{Approved: true}, nil
	})
	m := play(t, alloytest.ToolCall("lookup_order", `{'orderID': 4392,}`), alloytest.Reply("done"))
	_, err := run(t, reply, m, alloy.WithTools(risky(&l, alloy.Approval{})), alloy.WithApprover(approver))
	require.NoError(t, err)
	require.Equal(t, `{"orderID":"4392"}`, shown)
	require.Equal(t, []string{"4392"}, l.ran)
}

// Nobody is asked about a call whose arguments do not fit, or that breaks a precondition.
func TestNothingToApprove(t *testing.T) {
	var l lookup
	asked := 0
	approver := alloy.ApproverFunc(func(context.Context, alloy.ApprovalRequest) (alloy.Decision, error) {
		asked++
		return alloy.Decision{Approved: true}, nil
	})
	tool := risky(&l, alloy.Approval{})
	tool.Require = func(_ context.Context, input []byte) error {
		if string(input) == `{"orderID":"0"}` {
			return errors.New("there is no order 0")
		}
		return nil
	}
	m := play(t, alloytest.ToolCall("lookup_order", `{"orderID":[]}`), alloytest.ToolCall("lookup_order", order("0")), alloytest.ToolCall("lookup_order", order("1")), alloytest.Reply("done"))
	_, err := run(t, reply, m, alloy.WithTools(tool), alloy.WithApprover(approver))
	require.NoError(t, err)
	require.Equal(t, 1, asked)
	require.Equal(t, []string{"1"}, l.ran)
	require.Equal(t, "error: there is no order 0", results(m.Requests()[2])[1].Content)
}

// X61: the caller gives up while somebody is asked.
func TestCancellationDuringApproval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := errors.New("the user left")
		var l lookup
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(left) })
		approver := alloy.ApproverFunc(func(ctx context.Context, _ alloy.ApprovalRequest) (alloy.Decision, error) {
			<-ctx.Done()
			return alloy.Decision{}, ctx.Err()
		})
		_, err := reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(play(t, alloytest.ToolCall("lookup_order", order("1")))),
			alloy.WithTools(risky(&l, alloy.Approval{AcceptOnTimeout: true})), alloy.WithApprover(approver)})
		require.ErrorIs(t, err, left)
		require.Empty(t, l.ran)
	})
}

func TestToolAfterOthers(t *testing.T) {
	var validate, save lookup
	first, then := validate.tool(), save.tool()
	first.Name, then.Name, then.After = "validate_order", "save_order", []string{"validate_order"}
	validate.err = errors.New("the database is away")
	m := play(t,
		alloytest.ToolCall("save_order", order("1")),
		alloytest.ToolCall("validate_order", order("1")), // fails
		alloytest.Func(func(context.Context, *provider.Request) alloytest.Step {
			validate.err = nil
			return alloytest.ToolCalls(alloytest.Call{Name: "validate_order",
				Args: order("1")}, alloytest.Call{Name: "save_order", Args: order("1")})
		}),
		alloytest.ToolCall("save_order", order("1")),
		alloytest.Reply("saved"))
	got, err := run(t, reply, m, alloy.WithTools(first, then))
	require.NoError(t, err)
	require.Equal(t, "saved", got)
	require.Len(t, save.ran, 1)
	told := results(m.Requests()[4])
	const refused = "not run: save_order may run only after validate_order has succeeded"
	require.Equal(t, refused, told[0].Content)
	require.True(t, told[0].IsError)
	require.Equal(t, refused, told[3].Content, "tools of one round run side by side")
	require.Equal(t, "shipped", told[4].Content)
}
