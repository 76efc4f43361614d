package alloy

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Approver decides whether a tool that needs approval may run: a person, a policy, a queue. Tools need it by the directive
// approve; without an Approver they do not run. Approve is called in a goroutine of its own and must end when ctx does. An
// error or a panic means no.
type Approver interface {
	Approve(ctx context.Context, r ApprovalRequest) (Decision, error)
}

// ApproverFunc is a function that approves.
type ApproverFunc func(ctx context.Context, r ApprovalRequest) (Decision, error)

// Approve calls f.
func (f ApproverFunc) Approve(ctx context.Context, r ApprovalRequest) (Decision, error) {
	return f(ctx, r)
}

// ApprovalRequest is what an Approver decides about.
type ApprovalRequest struct {
	Command   string
	Run       string // of WithRunID; empty without it
	Tool      string
	CallID    string
	Turn      int    // the round, from 1
	Arguments string // the JSON that the tool will get: what is shown is what is run, redacted parameters included
}

// Decision is what an Approver says.
type Decision struct {
	Approved bool
	Reason   string // for the events; the model reads why it may not
}

// Approval says how a tool is approved.
type Approval struct {
	Timeout         time.Duration // how long the Approver may take; 0 means 5 minutes. It is no part of the tool's own timeout
	AcceptOnTimeout bool          // the tool runs when nobody has decided in time; default: it does not
}

// DefaultApprovalTimeout is how long an Approver may take unless the tool says otherwise.
const DefaultApprovalTimeout = 5 * time.Minute

// WithApprover sets who approves the tools that need it. Default: nobody, so that they do not run.
func WithApprover(a Approver) Option { return option(func(s *settings) { s.approver = a }) }

var (
	errNoApprover = errors.New("the call has no Approver: set one with WithApprover")
	errUndecided  = errors.New("nobody decided in time")
)

// approve asks for a tool's approval. The outcome is that of a tool that was denied; ok: it may run.
func (c *call) approve(ctx context.Context, tool *Tool, callID string, input []byte) (o outcome, ok bool) {
	timeout := tool.Approve.Timeout
	if timeout <= 0 {
		timeout = DefaultApprovalTimeout
	}
	began := time.Now()
	if c.observed() {
		c.emit(ctx, ApprovalRequested{Meta: c.meta(), Tool: tool.Name, CallID: callID, Turn: c.rounds,
			Arguments: c.secrets.hide(masked(input, tool.Redact)), Timeout: timeout})
	}
	d, err := c.decide(ctx, timeout, ApprovalRequest{Command: c.cmd.name, Run: c.set.run, Tool: tool.Name, CallID: callID,
		Turn: c.rounds, Arguments: string(input)})
	late := errors.Is(err, errUndecided)
	switch {
	case late && ctx.Err() == nil && tool.Approve.AcceptOnTimeout:
		d = Decision{Approved: true, Reason: "nobody decided in time, and then the tool may run"}
	case err != nil:
		d = Decision{Reason: "nobody could decide: " + err.Error()}
		if late {
			d.Reason = fmt.Sprintf("nobody decided within %v", timeout)
		}
	}
	if c.observed() {
		c.emit(ctx, ApprovalDecided{Meta: c.meta(), Tool: tool.Name, CallID: callID, Turn: c.rounds, Approved: d.Approved,
			Reason: c.secrets.hide(d.Reason), TimedOut: late,
			Duration: time.Since(began), Err: c.secrets.hideError(err)})
	}
	if d.Approved {
		return outcome{}, true
	}
	message := "ApprovalDenied: the tool was not run"
	if d.Reason != "" && err == nil {
		message += ": " + d.Reason
	} else if err != nil {
		message += ", because nobody has approved it"
	}
	o = refused(tool.Name, message)
	o.denied = true
	return o, false
}

// decide asks the Approver, in a goroutine, so that one that ignores its context does not keep the call.
func (c *call) decide(ctx context.Context, timeout time.Duration, r ApprovalRequest) (Decision, error) {
	if c.set.approver == nil {
		return Decision{}, errNoApprover
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errUndecided)
	defer cancel()
	type decided struct {
		Decision
		err error
	}
	done := make(chan decided, 1)
	go func() {
		d := decided{err: errors.New("the Approver ended its goroutine (runtime.Goexit)")}
		defer func() { done <- d }()
		defer recovered(&d.err)
		d.Decision, d.err = c.set.approver.Approve(ctx, r)
	}()
	select {
	case d := <-done:
		if ctx.Err() != nil { // a decision that comes too late is none
			return Decision{}, context.Cause(ctx)
		}
		return d.Decision, d.err
	case <-ctx.Done():
		return Decision{}, context.Cause(ctx)
	}
}
