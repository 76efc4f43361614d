package alloy

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/store"
)

// WithRunID names the run that a call is. Its state is kept after each turn: in the Checkpointer of WithCheckpointer, else in
// the store of WithStore, else in the client's memory. A call with the ID of a run that ended early goes on where that one
// was: the prompt function is not run again, nor is a tool that has run; one of which nobody knows whether it has run ends the
// call with an *UnknownOutcome. A call with the ID of a run that has an answer returns that answer.
//
// A checkpoint holds the conversation as the model has it, redacted parameters included: keep the store as you keep those.
func WithRunID(id string) Option { return option(func(s *settings) { s.run = id }) }

// WithCheckpointer keeps the states of runs in c. A call without WithRunID gets an ID of its own, which its CallStarted event and
// its report have. The results of tools are kept there too if c is a store.Results.
func WithCheckpointer(c store.Checkpointer) Option {
	return option(func(s *settings) { s.checkpointer = c })
}

// CheckpointError says that the state of a run was found and cannot be used: it is damaged, or a newer version wrote it.
type CheckpointError struct {
	Run     string
	Version int // of the checkpoint; 0 if it cannot be read
	Err     error
}

// Error says which run, what is wrong and what to do.
func (e *CheckpointError) Error() string {
	return fmt.Sprintf("the checkpoint of the run %q cannot be used: %v; give another run ID to start anew", e.Run, e.Err)
}

// Unwrap returns Err.
func (e *CheckpointError) Unwrap() error { return e.Err }

// checkpointVersion is that of the form below. Whoever changes what a field means raises it and teaches readCheckpoint the
// older form.
const checkpointVersion = 1

// checkpoint is the state of a run, as it is kept.
type checkpoint struct {
	Version    int                `json:"version"`
	Command    string             `json:"command"`
	State      RunState           `json:"state"`
	Epoch      string             `json:"epoch,omitempty"` // of the store that has the results of the tools
	Model      string             `json:"model"`           // that was asked last, as named
	System     string             `json:"system,omitempty"`
	Messages   []Message          `json:"messages"`
	Opening    int                `json:"opening"`
	Requests   int                `json:"requests"`
	Turns      int                `json:"turns"`
	Rounds     int                `json:"rounds"`
	FollowedUp bool               `json:"followed_up,omitempty"`
	Lengthened bool               `json:"lengthened,omitempty"`
	Closed     bool               `json:"closed,omitempty"`
	MaxTokens  int                `json:"max_tokens,omitempty"`
	Usage      provider.Usage     `json:"usage"`
	USD        float64            `json:"usd,omitempty"`
	Unpriced   int                `json:"unpriced,omitempty"`
	Answer     *provider.Response `json:"answer,omitempty"` // of a run that is completed
}

// readCheckpoint reads a checkpoint of any version so far.
func readCheckpoint(run string, data []byte) (*checkpoint, error) {
	var p checkpoint
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, &CheckpointError{Run: run, Err: err}
	}
	switch {
	case p.Version > checkpointVersion:
		return nil, &CheckpointError{Run: run, Version: p.Version,
			Err: fmt.Errorf("its version is %d, and this program knows %d: resume it with the program that wrote it", p.Version, checkpointVersion)}
	case p.Version < 1, p.Command == "", len(p.Messages) == 0, p.Opening < 1, p.Opening > len(p.Messages):
		return nil, &CheckpointError{Run: run, Version: p.Version, Err: errors.New("it is not whole")}
	case p.State == Completed && p.Answer == nil:
		return nil, &CheckpointError{Run: run, Version: p.Version, Err: errors.New("it is completed, and has no answer")}
	case p.State == WaitingForTool && len((&provider.Response{Parts: p.Messages[len(p.Messages)-1].Parts}).ToolCalls()) == 0:
		return nil, &CheckpointError{Run: run, Version: p.Version, Err: errors.New("it waits for tools, and no tool was called")}
	}
	return &p, nil
}

// keeper is who keeps the checkpoints.
func (c *call) keeper() store.Checkpointer {
	if c.set.checkpointer != nil {
		return soundCheckpointer{c.set.checkpointer}
	}
	return c.storage()
}

// results is who keeps what tools have done. Of a call that is no run nobody else will ask.
func (c *call) results() store.Results {
	if c.set.run == "" {
		return c.client.ownMemory()
	}
	if r, ok := c.set.checkpointer.(store.Results); ok {
		return soundResults{r}
	}
	return c.storage()
}

// save keeps the state of the run. Calls without a run ID keep none.
func (c *call) save(ctx context.Context, answer *provider.Response) *failure {
	if c.set.run == "" {
		return nil
	}
	p := checkpoint{
		Version: checkpointVersion, Command: c.cmd.name, State: c.state, Epoch: c.epoch, Model: c.target.model,
		System: c.system, Messages: c.messages, Opening: c.opening,
		Requests: c.requests, Turns: c.turns, Rounds: c.rounds, FollowedUp: c.followedUp, Lengthened: c.lengthened,
		Closed: c.closed, MaxTokens: c.maxTokens,
		Usage: c.usage, USD: c.spentUSD, Unpriced: c.unpriced, Answer: answer,
	}
	if answer != nil {
		p.State = Completed
	}
	data, err := json.Marshal(p)
	if err == nil {
		err = c.persist(ctx, func(ctx context.Context) error { return c.keeper().Save(ctx, c.set.run, data) })
	}
	if c.observed() {
		c.emit(ctx, CheckpointSaved{Meta: c.meta(), Run: c.set.run, Turn: c.rounds, State: p.State, Size: len(data), Err: err})
	}
	if err != nil {
		return c.unavailable(ctx, fmt.Sprintf("the checkpoint of the run %q was not kept", c.set.run), err)
	}
	return nil
}

// restore finds the run that the call goes on with. It reports whether there is one.
func (c *call) restore(ctx context.Context) (bool, error) {
	if c.set.run == "" {
		return false, nil
	}
	if c.set.timeout > 0 { // it is a part of the call
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.set.timeout)
		defer cancel()
	}
	var data []byte
	err := c.persist(ctx, func(ctx context.Context) (err error) {
		data, err = c.keeper().Load(ctx, c.set.run)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return false, nil
	case err != nil && ctx.Err() != nil:
		return false, c.failed(c.ended(ctx, err))
	case err != nil:
		return false, c.failedRun(KindStore, fmt.Sprintf("the run %q cannot be looked up: %v", c.set.run, err), err)
	}
	if f := c.enterEpoch(ctx); f != nil {
		return false, c.failedRun(f.kind, f.message, f.err)
	}
	p, err := readCheckpoint(c.set.run, data)
	if err != nil {
		return false, c.failedRun(KindCheckpoint, err.Error(), err)
	}
	if p.Command != c.cmd.name {
		return false, &ConfigurationError{Command: c.cmd.name, Setting: "run_id",
			Message: fmt.Sprintf("the run %q is one of the command %s: give each run an ID of its own", c.set.run, p.Command)}
	}
	c.resumed = p
	c.goOn(p)
	if c.observed() {
		c.emit(ctx, RunResumed{Meta: c.meta(), Run: c.set.run, Turn: p.Rounds, State: p.State})
	}
	return true, nil
}

func (c *call) failedRun(kind Kind, message string, err error) error {
	return &CommandError{Command: c.cmd.name, Model: c.target.model, Kind: kind, Message: c.secrets.hide(message),
		Err: c.secrets.hideError(err)}
}

// goOn puts the call where the run was.
func (c *call) goOn(p *checkpoint) {
	c.system, c.messages, c.opening = p.System, p.Messages, p.Opening
	c.media = mediaOf(c.messages)
	c.requests, c.turns, c.rounds = p.Requests, p.Turns, p.Rounds
	c.followedUp, c.lengthened, c.closed = p.FollowedUp, p.Lengthened, p.Closed
	c.usage, c.spentUSD, c.unpriced = p.Usage, p.USD, p.Unpriced
	c.spent = spending{tokens: p.Usage.Total(), usd: p.USD}
	if p.MaxTokens > 0 {
		c.maxTokens = p.MaxTokens
	}
	for i := range c.targets {
		if c.targets[i].model == p.Model && i > 0 {
			c.at, c.target = i, c.targets[i]
		}
	}
	c.recallTools()
}

// recallTools remembers what idempotent tools of the conversation have done.
func (c *call) recallTools() {
	inputs := map[string][]byte{}
	for _, m := range c.messages {
		for i := range m.Parts {
			switch p := &m.Parts[i]; {
			case p.ToolCall != nil:
				if tool := c.tool(p.ToolCall.Name); tool != nil && tool.Idempotent {
					if input, o := c.toolInput(tool, p.ToolCall); o.err == nil {
						inputs[p.ToolCall.ID] = input
					}
				}
			case p.ToolResult != nil && !p.ToolResult.IsError:
				if input, known := inputs[p.ToolResult.CallID]; known {
					c.remember(c.onceKey(c.tool(p.ToolResult.Name), p.ToolResult.CallID, input), record{Content: p.ToolResult.Content})
				}
			}
		}
	}
}

// enterEpoch finds out whether the store with the results of tools still is what it was.
func (c *call) enterEpoch(ctx context.Context) *failure {
	if c.set.run == "" {
		return nil
	}
	err := c.persist(ctx, func(ctx context.Context) (err error) {
		c.epoch, err = c.results().Epoch(ctx)
		return err
	})
	if err != nil {
		return c.unavailable(ctx, "no tool was run, because the store of their results does not answer", err)
	}
	return nil
}

// pickUp goes on with what the run was left with: an answer, which ends the call, or a round of tools.
func (c *call) pickUp(ctx context.Context) (done bool, f *failure) {
	p := c.resumed
	switch {
	case p == nil:
		return false, c.save(ctx, nil)
	case p.State == Completed:
		if f := c.accept(ctx, p.Answer); f == nil {
			return true, nil
		}
		return false, nil // the command has changed since: it is asked again
	case p.State == WaitingForTool:
		return false, c.round(ctx)
	}
	return false, nil
}

// begunEarlier reports whether a tool call is of the round that the run was left in, and the store with the results of tools
// has lost, or may have lost, what it knew then.
func (c *call) begunEarlier(callID string) bool {
	p := c.resumed
	if p == nil || p.State != WaitingForTool || p.Epoch == c.epoch {
		return false
	}
	for _, call := range (&provider.Response{Parts: p.Messages[len(p.Messages)-1].Parts}).ToolCalls() {
		if call.ID == callID {
			return true
		}
	}
	return false
}

// token is a name that no other call has.
func (c *call) token() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.name == "" {
		c.name = rand.Text()
	}
	return c.name
}
