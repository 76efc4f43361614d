package alloy

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/resilience"
)

// runTools runs the tools of one round, up to parallelTools of them at once, and waits for all. A single call runs in the
// call's own goroutine. A tool that stops the call ends the others.
func (c *call) runTools(ctx context.Context, calls []*provider.ToolCall) []outcome {
	outcomes := make([]outcome, len(calls))
	if len(calls) == 1 {
		outcomes[0] = c.runTool(ctx, calls[0])
		return outcomes
	}
	ctx, cancel := context.WithCancel(ctx)
	var next atomic.Int64
	var workers sync.WaitGroup
	c.parallel = true
	defer func() { // the reader of a stream may end the goroutine
		cancel()
		workers.Wait()
		c.parallel = false
	}()
	n := min(len(calls), c.set.parallelTools)
	watched := c.sink != nil && c.sink.event != nil // by a reader who sees what happens while it happens
	if watched {
		c.sink.expect(n)
	}
	for range n {
		workers.Go(func() {
			if watched {
				defer c.sink.ended()
			}
			for i := int(next.Add(1)) - 1; i < len(calls); i = int(next.Add(1)) - 1 {
				outcomes[i] = unfinished(calls[i]) // until it has one
				outcomes[i] = c.runTool(ctx, calls[i])
				if outcomes[i].stop != nil || outcomes[i].config != nil || outcomes[i].end != nil {
					cancel()
				}
			}
		})
	}
	if watched {
		c.sink.await()
	}
	workers.Wait()
	return outcomes
}

// unfinished is the outcome of a tool call whose goroutine has ended before it had one.
func unfinished(call *provider.ToolCall) outcome {
	o := refused(call.Name, "not run to its end")
	o.result.CallID, o.result.Name, o.result.IsError = call.ID, call.Name, true
	return o
}

// outcome is one tool call that has been dealt with.
type outcome struct {
	result       provider.ToolResult
	repairs      []Repair // of the arguments
	attempts     int
	err          error
	stop         error               // made by Stop: the call ends
	config       *ConfigurationError // of a command that is a tool: the call ends
	end          *failure            // the call ends with it: going on is not safe
	stillRunning bool
	stored       bool // the result of an earlier run of the tool
	denied       bool // by the Approver, or for want of one
	opaque       bool // arguments with redacted properties that could not be read: nothing of them is shown
}

// runTool deals with one tool call: arguments, order, approval, what is stored, rate limit, timeout, retry, the tool, its
// result. Whatever goes wrong becomes the text that the model gets.
func (c *call) runTool(ctx context.Context, call *provider.ToolCall) outcome {
	began := time.Now()
	tool := c.tool(call.Name)
	input, o := c.toolInput(tool, call)
	repairs := o.repairs
	if o.opaque {
		c.conceal(call.ID)
	}
	if c.observed() {
		c.emit(ctx, ToolStarted{Meta: c.meta(), Tool: call.Name, CallID: call.ID, Turn: c.rounds, Arguments: c.shownArguments(call)})
	}
	if o.err == nil && ctx.Err() != nil {
		o = refused(call.Name, "not run: the call has ended")
	} else if o.err == nil {
		o = c.perform(ctx, tool, call.ID, input)
	}
	o.result.CallID, o.result.Name, o.result.IsError = call.ID, call.Name, o.err != nil
	if e, ok := o.err.(*ToolError); ok {
		mine := *e // the tool may return the same error again
		mine.CallID = call.ID
		o.err = &mine
	}
	if c.observed() {
		c.emit(ctx, ToolFinished{Meta: c.meta(), Tool: call.Name, CallID: call.ID, Turn: c.rounds, Attempts: o.attempts,
			Duration: time.Since(began), Repairs: c.shownRepairs(repairs),
			Result: c.shown(&o, o.result.Content), StillRunning: o.stillRunning, Stored: o.stored, Denied: o.denied,
			Err: c.shownError(&o), Stack: stackOf(o.err)})
	}
	return o
}

// perform runs a tool that may run now.
func (c *call) perform(ctx context.Context, tool *Tool, callID string, input []byte) outcome {
	if missing := c.missing(tool); missing != "" {
		return refused(tool.Name, fmt.Sprintf("not run: %s may run only after %s has succeeded", tool.Name, missing))
	}
	if tool.Approve != nil && tool.Require != nil {
		if err := c.preconditions(ctx, tool, input); err != nil { // nobody is asked about a call that would fail
			err = toolError(tool.Name, err)
			o := refused(tool.Name, failureText(err, 0))
			o.err = err
			return o
		}
	}
	return c.runOnce(ctx, tool, callID, input)
}

// preconditions evaluates what the tool requires, before it is approved.
func (c *call) preconditions(ctx context.Context, tool *Tool, input []byte) (err error) {
	defer recovered(&err)
	return tool.Require(ctx, input)
}

// missing is the first tool that must have succeeded in an earlier round and has not; empty if there is none. The rounds
// before alone count: tools of one round run side by side.
func (c *call) missing(tool *Tool) string {
	for _, name := range tool.After {
		if !c.succeeded(name) {
			return name
		}
	}
	return ""
}

func (c *call) succeeded(tool string) bool {
	for _, m := range c.messages {
		for i := range m.Parts {
			if r := m.Parts[i].ToolResult; r != nil && r.Name == tool && !r.IsError {
				return true
			}
		}
	}
	return false
}

// conceal keeps a tool call from the observers.
func (c *call) conceal(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opaque == nil {
		c.opaque = map[string]bool{}
	}
	c.opaque[id] = true
}

// shown is a text of a tool call as events have it.
func (c *call) shown(o *outcome, text string) string {
	if o.opaque {
		return redacted
	}
	return c.secrets.hide(text)
}

func (c *call) shownError(o *outcome) error {
	if o.opaque {
		return errors.New("the arguments do not fit")
	}
	return c.secrets.hideError(o.err)
}

// mostToolBytes is how long the arguments or the result of a tool may be.
const mostToolBytes = 1 << 20

// toolInput fits the arguments to the tool's schema. The outcome is an error if there is no such tool, or they do not fit.
func (c *call) toolInput(tool *Tool, call *provider.ToolCall) ([]byte, outcome) {
	if tool == nil {
		return nil, refused(call.Name, fmt.Sprintf("Tool '%s' not available. %s", call.Name, c.available()))
	}
	if len(call.Arguments) > mostToolBytes {
		o := refused(call.Name, fmt.Sprintf("the arguments are too long: %d bytes, at most %d are allowed", len(call.Arguments), mostToolBytes))
		o.opaque = len(tool.Redact) > 0
		return nil, o
	}
	arguments := call.Arguments
	if isBlank(arguments) {
		arguments = "{}"
	}
	fitted, err := tool.fit(arguments)
	if err == nil {
		c.secrets.addProperties(fitted.JSON, tool.Redact)
		return fitted.JSON, outcome{repairs: fitted.Repairs}
	}
	o := refused(call.Name, "invalid arguments: "+err.Error())
	o.opaque = len(tool.Redact) > 0 // what cannot be read cannot be redacted
	return nil, o
}

// fit reads arguments as Input has them, as tolerantly as answers. A value that the text breaks off in is not one that a
// tool, which may have effects, is run with.
func (t *Tool) fit(arguments string) (fitted output.Result, err error) {
	parser, err := parserOf(t.Input)
	if err != nil {
		return output.Result{}, err
	}
	fitted, err = parser.Parse(arguments)
	if err != nil {
		return output.Result{}, err
	}
	if fitted.Made(output.RepairCut) {
		return output.Result{}, errors.New("they break off within a value: send all of them")
	}
	if t.Validate == nil {
		return fitted, nil
	}
	defer recovered(&err)
	return fitted, t.Validate(fitted.JSON)
}

// refused is the outcome of a call whose tool does not run.
func refused(tool, message string) outcome {
	return outcome{result: provider.ToolResult{Content: message}, err: &ToolError{Tool: tool, Message: message}}
}

// attemptTool runs a tool as often as its own settings say.
func (c *call) attemptTool(ctx context.Context, tool *Tool, input []byte) (o outcome) {
	timeout := tool.Timeout
	if timeout == 0 {
		timeout = c.set.toolTimeout
	}
	toolCtx := ctx
	if timeout > 0 {
		var cancel context.CancelFunc
		toolCtx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	for {
		if o.err = c.toolTurn(toolCtx, tool); o.err != nil {
			break
		}
		o.attempts++
		o.result.Content, o.err, o.stillRunning = tool.run(toolCtx, input)
		if o.err == nil {
			return o
		}
		if stop, ok := errors.AsType[*stopError](o.err); ok {
			o.stop = stop.err
		}
		if config, ok := errors.AsType[*ConfigurationError](o.err); ok {
			o.config = config
		}
		late := toolCtx.Err() != nil && ctx.Err() == nil
		if late {
			message := fmt.Sprintf("Tool '%s' timed out after %v", tool.Name, timeout)
			o.err = &ToolError{Tool: tool.Name, Message: message, Err: because(message, context.DeadlineExceeded, o.err)}
		}
		if late || o.stop != nil || o.config != nil || !c.repeatTool(toolCtx, tool, &o) {
			break
		}
	}
	o.err = toolError(tool.Name, o.err)
	o.result.Content = failureText(o.err, o.attempts)
	return o
}

// toolTurn waits for the tool's rate limit.
func (c *call) toolTurn(ctx context.Context, tool *Tool) error {
	if tool.Limit == nil {
		return nil
	}
	limit := *tool.Limit
	if limit.Key == "" {
		limit.Key = "tool/" + tool.Name
	}
	limiter, err := c.storage().Limiter(limit.Key, limit.limit())
	if err != nil {
		return &ConfigurationError{Setting: "rate_limit",
			Message: fmt.Sprintf("the rate limit of the tool %s: %v", tool.Name, err), Err: err}
	}
	grant, err := limiter.Wait(ctx, 1, 0)
	if err != nil {
		return &ToolError{Tool: tool.Name, Message: fmt.Sprintf("not run: the rate limit %s: %v", limit.Key, err), Err: err}
	}
	if c.observed() {
		c.emit(ctx, RateLimitAcquired{Meta: c.meta(), Operation: "tool", Name: tool.Name, Key: limit.Key, Waited: grant.Waited,
			Remaining: grant.Left})
	}
	return nil
}

// repeatTool waits for another attempt of a tool that failed. It is false when there is to be none.
func (c *call) repeatTool(ctx context.Context, tool *Tool, o *outcome) bool {
	if ctx.Err() != nil || o.attempts >= tool.Retry.attempts() || !tool.retriable(o.err) {
		return false
	}
	d := tool.Retry.backoff().Wait(o.attempts-1, nil)
	if deadline, ok := ctx.Deadline(); ok && d > time.Until(deadline)-leastTime {
		return false
	}
	if c.observed() {
		c.emit(ctx, RetryScheduled{Meta: c.meta(), Operation: "tool", Name: tool.Name, Attempt: o.attempts,
			Max: tool.Retry.attempts(), Delay: d, Err: c.secrets.hideError(o.err)})
	}
	return resilience.Sleep(ctx, d) == nil
}

// retriable reports whether the tool's settings cover err. A failing require is never retried.
func (t *Tool) retriable(err error) bool {
	kind := kindOf(err)
	if v := violation(err); v != nil {
		return v.Kind != contracts.Require && matchesAny(t.RetryOn, kind, err)
	}
	return len(t.RetryOn) == 0 || matchesAny(t.RetryOn, kind, err)
}

// lingering is how long a tool may take to end once its context has.
const lingering = time.Millisecond

var errGoexit = errors.New("the tool ended its goroutine (runtime.Goexit)")

// run runs the tool once, in a goroutine, so that one that ignores its context can be left behind: its result is then
// discarded.
func (t *Tool) run(ctx context.Context, input []byte) (result string, err error, stillRunning bool) {
	type ended struct {
		result string
		err    error
	}
	done := make(chan ended, 1)
	go func() {
		e := ended{err: errGoexit}
		defer func() { done <- e }()
		defer recovered(&e.err)
		e.result, e.err = t.result(ctx, input)
	}()
	select {
	case e := <-done:
		return e.result, e.err, false
	case <-ctx.Done():
	}
	timer := time.NewTimer(lingering)
	defer timer.Stop()
	select {
	case e := <-done:
		return e.result, e.err, false
	case <-timer.C:
		return "", context.Cause(ctx), true
	}
}

// result is what the tool returns, as the model gets it. Methods of the value and of the error belong to the tool: when they
// panic, it does.
func (t *Tool) result(ctx context.Context, input []byte) (string, error) {
	value, err := t.Run(ctx, input)
	if err != nil {
		_ = err.Error() // a nil pointer in it shows here
		return "", err
	}
	return resultText(value), nil
}
