package alloy

import (
	"context"
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
	case c.set.hedge.After > 0 && len(c.set.tools) > 0:
		return &ConfigurationError{Setting: "hedge", Message: "hedge: a call with tools cannot be hedged: two answers may call different tools; leave one of them out"}
	case c.sink != nil && !c.target.can.Stream:
		return &ConfigurationError{Setting: "stream", Message: fmt.Sprintf("the model %s does not stream: choose another, or make a plain call", c.target.model)}
	case c.media.images && !c.target.can.Images:
		return c.takesNo("images")
	case c.media.documents && !c.target.can.Documents:
		return c.takesNo("documents")
	case c.media.audio && !c.target.can.Audio:
		return c.takesNo("recordings")
	}
	return nil
}

func (c *call) takesNo(what string) *ConfigurationError {
	return &ConfigurationError{Setting: "model", Message: fmt.Sprintf("the model %s takes no %s: choose another for this prompt", c.target.model, what)}
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
	if c.closed {
		req.ClosedTools = c.tools
	} else {
		req.Tools = c.tools
	}
	if c.cmd.form == formTyped && (!c.target.can.Schema || len(req.Tools) > 0 && (!c.target.can.SchemaWithTools || c.toldTools())) {
		if req.System != "" {
			req.System += "\n\n"
		}
		req.System += c.cmd.shapeText()
		if c.target.can.Schema {
			req.Output = nil // asked for again with the schema, and without tools, if the answer does not fit
		}
	}
	if c.toldTools() {
		c.tellTools(req)
	}
	return req
}

// request sends the conversation to the current model, once, or as often as hedging has it.
func (c *call) request(ctx context.Context) (*provider.Response, *failure) {
	if err := c.bind(); err != nil {
		return nil, misconfigured(err)
	}
	if outOfTime(ctx) {
		return nil, c.ended(ctx, nil)
	}
	req := c.build()
	var resp *provider.Response
	var f *failure
	if c.set.hedge.After > 0 && c.sink == nil {
		resp, f = c.hedged(ctx, req)
	} else {
		resp, f = c.exchange(ctx, req)
	}
	if f == nil {
		c.repeats = 0
	}
	return resp, f
}

// outcome says whether a request failed.
func (c *call) outcome(ctx context.Context, late error, resp *provider.Response, err error) *failure {
	switch {
	case ctx.Err() != nil: // an answer that comes too late is not taken
		return c.ended(ctx, err)
	case late != nil:
		return c.attemptTimedOut(late, err)
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
