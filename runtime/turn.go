package alloy

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/alloygen/alloygen/runtime/provider"
)

// offerTools checks the tools of the call and prepares what models are told of them.
func (c *call) offerTools() *ConfigurationError {
	if len(c.set.tools) == 0 {
		return nil
	}
	tools := make([]provider.Tool, len(c.set.tools))
	for i := range c.set.tools {
		t := &c.set.tools[i]
		if t.Name == "" || t.Input == nil || t.Run == nil {
			return &ConfigurationError{Setting: "tools", Message: fmt.Sprintf("the tool %q needs Name, Input and Run", t.Name)}
		}
		for _, other := range tools[:i] {
			if other.Name == t.Name {
				return &ConfigurationError{Setting: "tools", Message: fmt.Sprintf("two tools are called %q", t.Name)}
			}
		}
		if _, err := parserOf(t.Input); err != nil {
			return &ConfigurationError{Setting: "tools", Message: fmt.Sprintf("the input schema of the tool %q: %v", t.Name, err), Err: err}
		}
		tools[i] = provider.Tool{Name: t.Name, Description: t.Description, Input: t.Input}
	}
	if c.set.maxToolTurns != 0 {
		c.tools = tools
	}
	return nil
}

func (c *call) tool(name string) *Tool {
	for i := range c.set.tools {
		if c.set.tools[i].Name == name {
			return &c.set.tools[i]
		}
	}
	return nil
}

// turn is one round of tools: it runs those that the model called and puts their results into the conversation, in the order
// of the calls and in one message.
func (c *call) turn(ctx context.Context, resp *provider.Response) *failure {
	c.pauses = 0
	if limit := c.set.maxToolTurns; limit >= 0 && c.turns >= limit {
		return c.limitExceeded(resp)
	}
	c.turns++
	c.rounds++
	said := withUniqueIDs(resp.Parts, c.rounds)
	calls := (&provider.Response{Parts: said}).ToolCalls()
	outcomes := c.runTools(ctx, calls)

	results := make([]Part, len(outcomes))
	for i := range outcomes {
		results[i] = Part{ToolResult: &outcomes[i].result}
	}
	c.messages = append(c.messages, Message{Role: provider.Assistant, Parts: said}, Message{Role: provider.User, Parts: results})
	if c.observed() {
		c.emit(ctx, TurnFinished{Meta: c.meta(), Turn: c.rounds, Tools: len(calls)})
	}
	return c.stopped(ctx, outcomes)
}

// stopped is the failure of a round in which a tool, or the end of the context, stops the call.
func (c *call) stopped(ctx context.Context, outcomes []outcome) *failure {
	for i := range outcomes {
		if config := outcomes[i].config; config != nil {
			return misconfigured(config)
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
	for i := len(c.messages) - 1; i >= 0 && isBlank(partial); i-- {
		if m := c.messages[i]; m.Role == provider.Assistant {
			partial = m.Text()
		}
	}
	message := fmt.Sprintf("more than %s of tools", counted(c.set.maxToolTurns, "round"))
	return &failure{kind: KindToolLoopLimit, limit: true, message: message, output: partial, err: errors.New(message)}
}

// withUniqueIDs is parts with an ID of its own for each tool call: results are matched by it.
func withUniqueIDs(parts []Part, round int) []Part {
	unique := append([]Part(nil), parts...)
	seen := map[string]bool{}
	n := 0
	for i := range unique {
		call := unique[i].ToolCall
		if call == nil {
			continue
		}
		n++
		id := call.ID
		for k := n; id == "" || seen[id]; k++ {
			id = call.ID + "_" + strconv.Itoa(round) + "_" + strconv.Itoa(k)
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

// runTools runs the tools of one round, up to parallelTools of them at once, and waits for all. A single call runs in the
// call's own goroutine. A tool that stops the call ends the others.
func (c *call) runTools(ctx context.Context, calls []*provider.ToolCall) []outcome {
	outcomes := make([]outcome, len(calls))
	if len(calls) == 1 {
		outcomes[0] = c.runTool(ctx, calls[0])
		return outcomes
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(len(calls), c.set.parallelTools) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(calls); i = int(next.Add(1)) - 1 {
				outcomes[i] = c.runTool(ctx, calls[i])
				if outcomes[i].stop != nil || outcomes[i].config != nil {
					cancel()
				}
			}
		})
	}
	workers.Wait()
	return outcomes
}
