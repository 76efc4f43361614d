package alloy

import (
	"context"
	"fmt"
	"strconv"

	"github.com/alloygen/alloygen/runtime/provider"
)

// turn is one round of tools: it runs those that the model called and puts their results into the conversation, in the order
// of the calls and in one message.
func (c *call) turn(ctx context.Context, resp *provider.Response) *failure {
	c.pauses = 0
	if f := c.goesOn(); f != nil {
		return f
	}
	if limit := c.set.maxToolTurns; limit >= 0 && c.turns >= limit {
		return c.limitExceeded(resp)
	}
	c.turns++
	c.rounds++
	c.messages = append(c.messages, Message{Role: provider.Assistant, Parts: c.withUniqueIDs(resp.Parts)})
	c.becomes(ctx, WaitingForTool)
	if f := c.enterEpoch(ctx); f != nil {
		return f
	}
	if f := c.save(ctx, nil); f != nil { // before a tool has an effect that nobody would know of
		return f
	}
	return c.round(ctx)
}

// round runs the tools of the last message, and puts their results behind it.
func (c *call) round(ctx context.Context) *failure {
	said := c.messages[len(c.messages)-1]
	calls := (&provider.Response{Parts: said.Parts}).ToolCalls()
	outcomes := c.runTools(ctx, calls)
	if f := c.stopped(ctx, outcomes); f != nil && f.kind == KindUnknown {
		return f // the round is not over: it goes on when somebody has said what the tool has done
	}
	results := make([]Part, len(outcomes))
	for i := range outcomes {
		results[i] = Part{ToolResult: &outcomes[i].result}
	}
	c.messages = append(c.messages, Message{Role: provider.User, Parts: results})
	if c.observed() {
		c.emit(ctx, TurnFinished{Meta: c.meta(), Turn: c.rounds, Tools: len(calls)})
	}
	if f := c.stopped(ctx, outcomes); f != nil {
		return f
	}
	c.becomes(ctx, Running)
	return c.save(ctx, nil)
}

// stopped is the failure of a round in which a tool, or the end of the context, stops the call.
func (c *call) stopped(ctx context.Context, outcomes []outcome) *failure {
	for i := range outcomes {
		if config := outcomes[i].config; config != nil {
			return misconfigured(config)
		}
		if end := outcomes[i].end; end != nil {
			return end
		}
		if err := outcomes[i].stop; err != nil {
			name := outcomes[i].result.Name
			return &failure{kind: KindStopped, message: fmt.Sprintf("the tool %s stopped the call: %v", name, err), err: err}
		}
	}
	if ctx.Err() != nil {
		return c.ended(ctx, nil)
	}
	return nil
}

// limitExceeded is the failure of a model that wants more rounds of tools than there are.
func (c *call) limitExceeded(resp *provider.Response) *failure {
	partial := resp.Text()
	for i := len(c.messages) - 1; i >= c.opening && isBlank(partial); i-- {
		if m := c.messages[i]; m.Role == provider.Assistant {
			partial = m.Text()
		}
	}
	limit := &ToolLoopLimitExceeded{Command: c.cmd.name, MaxTurns: c.set.maxToolTurns, TurnsTaken: c.turns, PartialText: c.secrets.hide(partial)}
	return &failure{kind: KindToolLoopLimit, limit: limit, message: limit.Error(), output: partial, err: limit}
}

// withUniqueIDs is parts with an ID for each tool call that no other call of the conversation has: results are matched by it,
// and not every vendor takes one that comes again in a later turn.
func (c *call) withUniqueIDs(parts []Part) []Part {
	unique := append([]Part(nil), parts...)
	seen := map[string]bool{}
	for _, m := range c.messages {
		for i := range m.Parts {
			if call := m.Parts[i].ToolCall; call != nil {
				seen[call.ID] = true
			}
		}
	}
	n := 0
	for i := range unique {
		call := unique[i].ToolCall
		if call == nil {
			continue
		}
		n++
		id := call.ID
		for k := n; id == "" || seen[id]; k++ {
			id = call.ID + "_" + strconv.Itoa(c.rounds) + "_" + strconv.Itoa(k)
		}
		seen[id] = true
		if id != call.ID {
			renamed := *call
			renamed.ID = id
			unique[i].ToolCall = &renamed
		}
	}
	return unique
}

// wantsTools reports whether the model waits for tools. One that calls tools where there are none has not answered.
func (c *call) wantsTools(resp *provider.Response) bool {
	if c.closed || len(c.set.tools) == 0 || resp.Finish == provider.FinishLength || resp.Finish == provider.FinishRefusal {
		return false
	}
	for i := range resp.Parts {
		if resp.Parts[i].ToolCall != nil {
			return true
		}
	}
	return false
}

// mostPauses is how often in a row a model may ask to go on.
const mostPauses = 32

// resume goes on with a turn that the model has paused.
func (c *call) resume(resp *provider.Response) *failure {
	if c.pauses++; c.pauses > mostPauses {
		return c.malformedReply(fmt.Sprintf("the model paused %d times in a row", c.pauses))
	}
	if f := c.goesOn(); f != nil {
		return f
	}
	if len(resp.Parts) > 0 {
		c.messages = append(c.messages, Message{Role: provider.Assistant, Parts: resp.Parts})
	}
	return nil
}
