package alloy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// failure is a failed request, a rejected answer, or the end of a call.
type failure struct {
	kind       Kind
	message    string        // what happened
	err        error         // the cause
	retryAfter time.Duration // what the server asked for
	status     int           // the HTTP status, if there is one

	answer *provider.Response // the rejected answer; nil when a request failed
	output string             // its text
	reask  string             // what the model is told of it; empty: the request is repeated as it was

	config   *ConfigurationError    // then nothing else counts
	limit    *ToolLoopLimitExceeded // of max_tool_turns
	ended    bool                   // with the context of the call
	sent     bool                   // a request was under way
	local    bool                   // no request was sent: a limit, a breaker or a budget of ours forbade it
	lost     bool                   // another request of the hedge was faster
	final    bool                   // a part of the answer has been delivered: nothing is tried again
	reused   bool                   // the connection had served requests before
	last     error                  // why the last request of finalize failed too
	degraded error                  // why the degrade function failed too
}

// rejected reports whether f is an answer that was not taken.
func (f *failure) rejected() bool { return f.answer != nil }

// unsafe reports whether going on with the run might do something twice, or lose something.
func (f *failure) unsafe() bool { return f.kind == KindUnknown || f.kind == KindStore }

func misconfigured(err *ConfigurationError) *failure {
	return &failure{message: err.Message, err: err, config: err}
}

// requestFailure classifies the error of a provider.
func requestFailure(err error) *failure {
	if c, ok := errors.AsType[*ConfigurationError](err); ok {
		return misconfigured(c)
	}
	if c, ok := errors.AsType[*provider.ConfigError](err); ok {
		return misconfigured(asConfigurationError(c))
	}
	f := &failure{kind: kindOf(err), message: err.Error(), err: err, sent: true}
	if f.kind == "" {
		f.kind = KindInvalid
	}
	if _, ok := err.(*panicError); ok {
		f.message = "the provider panicked: " + f.message
	}
	if perr, ok := errors.AsType[*provider.Error](err); ok {
		f.status, f.retryAfter, f.message, f.reused = perr.Status, perr.RetryAfter, vendorMessage(perr), perr.Reused
	}
	return f
}

// vendorMessage is what an error says beside its model and kind, which stand before it already.
func vendorMessage(e *provider.Error) string {
	message := e.Message
	if e.Status != 0 {
		message = fmt.Sprintf("HTTP %d: %s", e.Status, message)
	}
	if e.RequestID != "" {
		message += " (request " + e.RequestID + ")"
	}
	return message
}

// attemptTimedOut is the failure of a request that took longer than attempt_timeout, or of a stream that was silent for too long.
func (c *call) attemptTimedOut(late, err error) *failure {
	message := fmt.Sprintf("no answer within the attempt timeout of %v", c.set.attemptTimeout)
	if silent, ok := errors.AsType[*silence](late); ok {
		message = silent.Error()
	}
	return &failure{kind: KindTimeout, message: message, err: because(message, context.DeadlineExceeded, err), sent: true}
}

// ended is the end of the call with its context. err is that of the request under way, or nil.
func (c *call) ended(ctx context.Context, err error) *failure {
	f := &failure{kind: KindCanceled, ended: true, sent: err != nil}
	cause := context.Cause(ctx)
	switch {
	case cause == nil: // too little time is left
		cause = context.DeadlineExceeded
		fallthrough
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		f.kind, f.message = KindTimeout, c.lateMessage()
	case cause == errLeft:
		f.message = errLeft.Error()
	default:
		f.message = "the caller's context ended"
		if cause != context.Canceled {
			f.message += ": " + cause.Error()
		}
	}
	if n := len(c.attempts); err == nil && n > 0 {
		err = c.attempts[n-1].Err
	}
	f.err = because(f.message, cause, ctx.Err(), err)
	return f
}

// because is an error with several causes, which all match.
func because(message string, causes ...error) error {
	e := &causesError{message: message}
	for _, cause := range causes {
		if cause != nil {
			e.causes = append(e.causes, cause)
		}
	}
	return e
}

type causesError struct {
	message string
	causes  []error
}

func (e *causesError) Error() string   { return e.message }
func (e *causesError) Unwrap() []error { return e.causes }

// lateMessage says whose time is up.
func (c *call) lateMessage() string {
	switch {
	case c.callerHasTime() && c.grace > 0:
		return fmt.Sprintf("no answer within the grace of %v", c.grace)
	case c.ownTime():
		return fmt.Sprintf("no answer within %v; raise the timeout if the model needs longer", c.set.timeout)
	}
	return "the deadline of the caller's context has passed"
}

// ownTime reports whether the call's own limit comes before the caller's deadline.
func (c *call) ownTime() bool { return c.set.timeout > 0 && c.callerHasTime() }

func (c *call) callerHasTime() bool { return !outOfTime(c.caller) }
