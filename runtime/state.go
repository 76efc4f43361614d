package alloy

import "context"

// RunState is how far a call has come. It goes from idle to running, to waiting_for_tool and back for each round of tools, and
// ends in completed or error.
type RunState string

const (
	Idle           RunState = "idle"
	Running        RunState = "running"          // a model is asked
	WaitingForTool RunState = "waiting_for_tool" // a model has called tools
	Completed      RunState = "completed"
	Failed         RunState = "error"
)

// becomes changes the state, and tells the observers.
func (c *call) becomes(ctx context.Context, next RunState) {
	from := c.state
	if c.state = next; from == next || !c.observed() {
		return
	}
	if from == "" {
		from = Idle
	}
	c.emit(ctx, StateChanged{Meta: c.meta(), From: from, To: next})
}
