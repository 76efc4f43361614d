package alloy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// bind finds the provider of the current model. The error says what the model, or the program, lacks for this call.
func (c *call) bind() *ConfigurationError {
	if err := c.target.bind(c.client, &c.set); err != nil {
		return err
	}
	switch {
	case c.pictures && !c.target.can.Images:
		return &ConfigurationError{Setting: "model", Message: fmt.Sprintf("the model %s takes no images: choose another for this prompt", c.target.model)}
	case len(c.tools) > 0 && !c.target.can.Tools:
		return &ConfigurationError{Setting: "tools", Message: fmt.Sprintf("the model %s calls no tools: choose another, or none of the tools", c.target.model)}
	}
	return nil
}

// build makes the next request out of the conversation.
func (c *call) build() *provider.Request {
	req := &provider.Request{
		Model:    c.target.name,
		System:   c.system,
		Messages: c.messages[:len(c.messages):len(c.messages)],
		Output:   c.cmd.output,
		Settings: c.set.generation,
		Extra:    c.set.extra,
	}
	req.Settings.MaxTokens = c.maxTokens
	if !c.closed {
		req.Tools = c.tools
	}
	if c.cmd.form == formTyped && (!c.target.can.Schema || len(req.Tools) > 0 && !c.target.can.SchemaWithTools) {
		if req.System != "" {
			req.System += "\n\n"
		}
		req.System += c.cmd.shapeText()
		if c.target.can.Schema {
			req.Output = nil // asked for again with the schema, and without tools, if the answer does not fit
		}
	}
	return req
}

// request sends the conversation to the current model, once.
func (c *call) request(ctx context.Context) (*provider.Response, *failure) {
	if err := c.bind(); err != nil {
		return nil, misconfigured(err)
	}
	if outOfTime(ctx) {
		return nil, c.ended(ctx, nil)
	}
	attempt := ctx
	if c.set.attemptTimeout > 0 {
		var cancel context.CancelFunc
		attempt, cancel = context.WithTimeout(ctx, c.set.attemptTimeout)
		defer cancel()
	}
	req := c.build()
	began := c.requestStarted(ctx, req)
	resp, err := send(attempt, c.target.do, req)
	c.requests++
	usage := usageOf(resp, err)
	c.usage = c.usage.Add(usage)
	f := c.outcome(ctx, attempt, resp, err)
	c.requestFinished(ctx, began, resp, usage, f)
	if f != nil {
		return nil, f
	}
	c.repeats = 0
	return resp, nil
}

// send is Do, with a panic in it turned into an error: providers may be anybody's.
func send(ctx context.Context, p provider.Provider, req *provider.Request) (resp *provider.Response, err error) {
	defer recovered(&err)
	if resp, err = p.Do(ctx, req, nil); err != nil {
		_ = err.Error() // one that panics does it here
	}
	return resp, err
}

// usageOf is what a request cost, whether it failed or came too late.
func usageOf(resp *provider.Response, err error) provider.Usage {
	if err == nil && resp != nil {
		return resp.Usage
	}
	if perr, ok := errors.AsType[*provider.Error](err); ok {
		return perr.Usage
	}
	return provider.Usage{}
}

// outcome says whether a request failed.
func (c *call) outcome(ctx, attempt context.Context, resp *provider.Response, err error) *failure {
	switch {
	case ctx.Err() != nil: // an answer that comes too late is not taken
		return c.ended(ctx, err)
	case attempt.Err() != nil:
		return c.attemptTimedOut(err)
	case err != nil:
		return requestFailure(err)
	case resp == nil:
		return c.malformedReply("no response")
	case !knownFinish(resp.Finish):
		return c.malformedReply(fmt.Sprintf("unknown finish reason %q", resp.Finish))
	}
	return nil
}

// malformedReply is the failure of a request whose reply is none.
func (c *call) malformedReply(message string) *failure {
	return requestFailure(&provider.Error{Provider: c.target.provider, Model: c.target.name, Class: provider.Malformed, Message: message})
}

// knownFinish reports whether the pipeline knows what to do after that finish reason; a provider that gives none is done.
func knownFinish(r provider.FinishReason) bool {
	switch r {
	case "", provider.FinishStop, provider.FinishToolCalls, provider.FinishLength, provider.FinishRefusal, provider.FinishPause:
		return true
	}
	return false
}

// leastTime is what must be left of a deadline for a request to make sense.
const leastTime = time.Millisecond

func outOfTime(ctx context.Context) bool {
	if ctx.Err() != nil {
		return true
	}
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) < leastTime
}
