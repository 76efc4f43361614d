package alloy

import (
	"context"
	"slices"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// observed reports whether anybody looks: without observers no event is built.
func (c *call) observed() bool { return len(c.set.observers) > 0 }

func (c *call) meta() Meta {
	return Meta{Call: c.number, Command: c.cmd.name, Time: time.Now()}
}

// emit gives an event to all observers, one event at a time.
func (c *call) emit(ctx context.Context, e Event) {
	c.tell(ctx, e)
	if c.sink != nil && !c.parallel {
		c.sink.flush() // in the reader's goroutine, which this is
	}
}

func (c *call) tell(ctx context.Context, e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, o := range c.set.observers {
		if p, ok := observe(ctx, o, e).(*panicError); ok {
			panicked := ObserverPanicked{Meta: c.meta(), Panic: p.value, Stack: p.stack}
			for j, other := range c.set.observers {
				if j != i {
					observe(ctx, other, panicked)
				}
			}
		}
	}
}

func observe(ctx context.Context, o Observer, e Event) (err error) {
	defer recovered(&err)
	o.Observe(ctx, e)
	return nil
}

// requestStarted tells the observers of a request, and returns when it began.
func (c *call) requestStarted(ctx context.Context, x *exchange, req *provider.Request) (began time.Time) {
	if !c.observed() {
		return
	}
	began = time.Now()
	c.emit(ctx, RequestStarted{Meta: c.meta(), Model: c.target.model, Provider: c.target.provider, Turn: c.rounds,
		Number: x.number, Hedge: x.hedge, Request: c.shownRequest(req)})
	return began
}

func (c *call) requestFinished(ctx context.Context, x *exchange, resp *provider.Response, usage provider.Usage, cost float64, priced bool, f *failure) {
	if !c.observed() {
		return
	}
	e := RequestFinished{Meta: c.meta(), Model: c.target.model, Provider: c.target.provider, Turn: c.rounds, Number: x.number, Hedge: x.hedge,
		Duration: time.Since(x.began), Usage: usage, Cost: cost, Priced: priced}
	if f != nil {
		e.Kind, e.Message, e.Err, e.Lost = f.kind, c.secrets.hide(f.message), c.secrets.hideError(f.err), f.lost
	} else {
		e.Response = c.shownResponse(resp)
	}
	c.emit(ctx, e)
}

// shownRequest is req without secrets.
func (c *call) shownRequest(req *provider.Request) *provider.Request {
	if !c.hides() {
		return req
	}
	shown := *req
	shown.System = c.secrets.hide(req.System)
	shown.Messages = slices.Clone(req.Messages)
	for i, m := range req.Messages {
		shown.Messages[i].Parts = c.shownParts(m.Parts)
	}
	return &shown
}

// hides reports whether there is, or may come, something to hide.
func (c *call) hides() bool { return c.discreet || c.secrets.any() }

func (c *call) shownResponse(resp *provider.Response) *provider.Response {
	if !c.hides() {
		return resp
	}
	for _, call := range resp.ToolCalls() {
		c.shownArguments(call) // the arguments may turn up in the text before them
	}
	shown := *resp
	shown.Parts = c.shownParts(resp.Parts)
	return &shown
}

func (c *call) shownParts(parts []Part) []Part {
	shown := slices.Clone(parts)
	for i := range shown {
		p := &shown[i]
		p.Text = c.secrets.hide(p.Text)
		if p.ToolCall != nil {
			call := *p.ToolCall
			call.Arguments = c.shownArguments(p.ToolCall)
			p.ToolCall = &call
		}
		if p.ToolResult != nil {
			result := *p.ToolResult
			if result.Content = c.secrets.hide(result.Content); c.opaque[result.CallID] {
				result.Content = redacted
			}
			p.ToolResult = &result
		}
		if p.Vendor != nil { // of unknown form: nothing of it is shown
			p.Vendor = &provider.Vendor{Provider: p.Vendor.Provider}
		}
	}
	return shown
}

// shownArguments are the arguments of a tool call: as the model wrote them, or, if the tool redacts some, as they were read
// and without those; nothing of them if they cannot be read.
func (c *call) shownArguments(call *provider.ToolCall) string {
	tool := c.tool(call.Name)
	if tool == nil || len(tool.Redact) == 0 {
		return c.secrets.hide(call.Arguments)
	}
	input, o := c.toolInput(tool, call)
	if o.opaque {
		return redacted
	}
	return c.secrets.hide(masked(input, tool.Redact))
}

// shownRepairs are repairs without secrets, which may be in the keys that a path names.
func (c *call) shownRepairs(repairs []Repair) []Repair {
	if !c.hides() {
		return repairs
	}
	shown := slices.Clone(repairs)
	for i := range shown {
		shown[i].Path = c.secrets.hide(shown[i].Path)
	}
	return shown
}
