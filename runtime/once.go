package alloy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/alloygen/alloygen/runtime/store"
)

// UnknownOutcome says that nobody knows whether a tool has done its work: the process that ran it ended before it could say.
// The tool is not run again, and the call fails with kind unknown_outcome. Look at what the tool has done, and then say so
// with Settle, or let it run with Forget; after that the run can be resumed.
type UnknownOutcome struct {
	Run    string
	Tool   string
	CallID string
	Key    string // in the store
}

// Error says which tool, in which run, and what to do.
func (e *UnknownOutcome) Error() string {
	return fmt.Sprintf("nobody knows whether the tool %s (call %s) of the run %q has done its work: an earlier attempt ended while it ran. "+
		"Look at what it did, then call Settle with its result, or Forget to let it run", e.Tool, e.CallID, e.Run)
}

// Settle records that the tool has done its work, with the result that the model is to read.
func (e *UnknownOutcome) Settle(ctx context.Context, s store.Results, result string) error {
	if err := s.Forget(ctx, e.Key); err != nil {
		return err
	}
	claim, err := s.Begin(ctx, e.Key)
	if err != nil {
		return err
	}
	if claim.State != store.Mine {
		return fmt.Errorf("the tool %s of the run %q runs at this moment, or has been settled: resume the run", e.Tool, e.Run)
	}
	data, err := json.Marshal(record{Content: result})
	if err != nil {
		return err
	}
	return s.Finish(ctx, claim, data)
}

// Forget records that the tool has not done its work: it runs when the run is resumed.
func (e *UnknownOutcome) Forget(ctx context.Context, s store.Results) error {
	return s.Forget(ctx, e.Key)
}

// record is what is kept of a tool that has run.
type record struct {
	Content string `json:"content"`
	Error   string `json:"error,omitempty"`
}

func (r record) outcome(tool string) outcome {
	var o outcome
	o.result.Content, o.stored = r.Content, true
	if r.Error != "" {
		o.err = &ToolError{Tool: tool, Message: r.Error}
	}
	return o
}

// runOnce runs a tool unless the run has its result already. Tools that are idempotent are known by their arguments, others,
// of which only runs with an ID keep anything, by the ID of the call.
func (c *call) runOnce(ctx context.Context, tool *Tool, callID string, input []byte) outcome {
	key := c.onceKey(tool, callID, input)
	if key == "" {
		if o, ok := c.mayRun(ctx, tool, callID, input); !ok {
			return o
		}
		return c.attemptTool(ctx, tool, input)
	}
	if tool.Approve != nil { // whoever is asked is asked about something that will run
		claim, o := c.claim(ctx, tool, callID, key)
		if claim.State != store.Mine {
			return o
		}
		_ = c.results().Release(ctx, claim)
		if o, ok := c.mayRun(ctx, tool, callID, input); !ok {
			return o
		}
	}
	claim, o := c.claim(ctx, tool, callID, key)
	if claim.State != store.Mine {
		return o
	}
	settled := false
	defer func() {
		if !settled { // the goroutine ends
			_ = c.results().Lose(context.WithoutCancel(ctx), claim)
		}
	}()
	o = c.attemptTool(ctx, tool, input)
	settled = true
	c.keep(ctx, tool, claim, &o)
	return o
}

func (c *call) mayRun(ctx context.Context, tool *Tool, callID string, input []byte) (outcome, bool) {
	if tool.Approve == nil {
		return outcome{}, true
	}
	return c.approve(ctx, tool, callID, input)
}

// onceKey is what the result of a tool call is kept under; empty if it is not kept. No key is the beginning of another,
// because stores forget by beginnings.
func (c *call) onceKey(tool *Tool, callID string, input []byte) string {
	switch {
	case tool.Idempotent:
		sum := sha256.Sum256([]byte(tool.Name + ":" + string(canonical(input))))
		return c.runKey() + tool.Name + "/" + hex.EncodeToString(sum[:]) + "/"
	case c.set.run != "":
		return c.runKey() + tool.Name + "/call/" + url.PathEscape(callID) + "/"
	}
	return ""
}

// runKey is the beginning of all keys of the run.
func (c *call) runKey() string {
	if c.set.run != "" {
		return "run/" + url.PathEscape(c.set.run) + "/"
	}
	return "call/" + c.token() + "/"
}

// canonical is JSON in which neither the order of keys nor white space tells two values apart. Numbers stay as they are written.
func canonical(data []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return data
	}
	sorted, err := json.Marshal(v)
	if err != nil {
		return data
	}
	return sorted
}

// claim claims the right to run a tool. Unless the claim is Mine, the outcome is what there is in place of it.
func (c *call) claim(ctx context.Context, tool *Tool, callID, key string) (claim store.Claim, o outcome) {
	if r, known := c.recall(key); known {
		return store.Claim{State: store.Done}, r.outcome(tool.Name)
	}
	err := c.persist(ctx, func(ctx context.Context) (err error) {
		claim, err = c.results().Begin(ctx, key)
		return err
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return store.Claim{}, refused(tool.Name, "not run: the call has ended")
	case err != nil:
		o = refused(tool.Name, "not run: "+err.Error())
		o.end = c.unavailable(ctx, "the tool "+tool.Name+" was not run, so that it does not run twice", err)
		return store.Claim{}, o
	}
	switch claim.State {
	case store.Done:
		var r record
		if err := json.Unmarshal(claim.Result, &r); err != nil {
			return claim, c.unknown(tool, callID, key)
		}
		c.remember(key, r)
		return claim, r.outcome(tool.Name)
	case store.Mine:
		if !c.begunEarlier(callID) {
			return claim, o
		}
		// The store has lost what it knew of the round that the run was left in.
		_ = c.results().Lose(ctx, claim)
		claim.State = store.Unknown
	}
	return claim, c.unknown(tool, callID, key)
}

// unknown ends the call: nobody knows what the tool has done.
func (c *call) unknown(tool *Tool, callID, key string) outcome {
	err := &UnknownOutcome{Run: c.set.run, Tool: tool.Name, CallID: callID, Key: key}
	o := refused(tool.Name, "not run: nobody knows whether it has run already")
	o.end = &failure{kind: KindUnknown, message: err.Error(), err: err, local: true}
	return o
}

// keep stores what a tool has done, even when nobody waits for the call any more.
func (c *call) keep(ctx context.Context, tool *Tool, claim store.Claim, o *outcome) {
	lasting := context.WithoutCancel(ctx)
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		lasting, cancel = context.WithTimeout(lasting, 2*time.Second)
		defer cancel()
	}
	results := c.results()
	switch {
	case o.stillRunning:
		_ = c.persist(lasting, func(ctx context.Context) error { return results.Lose(ctx, claim) })
	case o.err != nil && (tool.Idempotent || o.stop != nil || o.config != nil || o.end != nil || o.attempts == 0):
		_ = c.persist(lasting, func(ctx context.Context) error { return results.Release(ctx, claim) })
	default:
		r := record{Content: o.result.Content}
		if o.err != nil {
			r.Error = describe(o.err)
			if e, ok := errors.AsType[*ToolError](o.err); ok {
				r.Error = e.Message
			}
		}
		c.remember(claim.Key, r)
		data, err := json.Marshal(r)
		if err == nil {
			err = c.persist(lasting, func(ctx context.Context) error { return results.Finish(ctx, claim, data) })
		}
		if err != nil { // this call knows the result, and goes on; others must not take it for work in progress
			_ = results.Lose(lasting, claim)
		}
	}
}

// remember and recall are the call's own memory: a store that has lost a result while the call goes on must not make a tool
// run again.
func (c *call) remember(key string, r record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = map[string]record{}
	}
	c.done[key] = r
}

func (c *call) recall(key string) (record, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, known := c.done[key]
	return r, known
}
