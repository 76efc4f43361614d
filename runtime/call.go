package alloy

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime/provider"
)

// run is one call, from left to right. Every other function of the pipeline is one step of it.
func (c *call) run(caller context.Context, opts []Option) error {
	err := c.settle(caller, opts) // options, models, tools
	defer c.abandoned(caller)
	c.started(caller)
	if err == nil {
		err = c.require()
	}
	if err == nil {
		err = c.open(caller) // the prompt function runs here, once, unless a run goes on
	}
	if err != nil {
		return c.finished(caller, err)
	}
	ctx, cancel := c.within(caller, c.set.timeout) // the time of the whole call, and of the reader of its stream
	defer cancel()

	done, f := c.pickUp(ctx)                                           // what a run that goes on was left with
	for !done && (f == nil || c.again(ctx, f) || c.fallback(ctx, f)) { // turns; repeats and re-asks; the next model
		var resp *provider.Response
		switch resp, f = c.request(ctx); { // budget ─ breaker ─ slots ─ rate limits ─ hedge ─ attempt timeout ─ provider
		case f != nil:
		case c.wantsTools(resp):
			f = c.turn(ctx, resp) // parse ─ after ─ approve ─ idempotent ─ rate limit ─ timeout ─ retry ─ require ─ the tool ─ ensure
		case resp.Finish == provider.FinishPause:
			f = c.resume(resp)
		default:
			f = c.interrupted(c.accept(ctx, resp)) // parse ─ schema ─ decode ─ ensure
			done = f == nil
		}
	}
	if done || c.finalize(caller, f) || c.degrade(caller, f) { // one last request without tools; an answer without a model
		c.showResult(caller)
		return c.finished(ctx, nil)
	}
	return c.finished(ctx, c.failed(f))
}

// call is the state of one call. It is used by one goroutine; only tools of one round run side by side, and they touch
// nothing of it but its events and secrets.
type call struct {
	cmd     *command
	typed   typed
	in      inputs
	sink    *sink // the reader of a stream; nil for a plain call
	client  *Client
	set     settings
	targets []target

	target target // that is asked now
	at     int    // its place among the targets

	caller   context.Context
	system   string
	messages []Message       // the conversation
	opening  int             // how many of them were there before the first request
	media    media           // … there is in it beside text
	tools    []provider.Tool // what the model is told of set.tools
	closed   bool            // the model has answered: no more tools
	discreet bool            // a tool of the call redacts
	opaque   map[string]bool // IDs of tool calls of which observers see nothing

	requests   int
	turns      int           // rounds of tools that count for max_tool_turns
	rounds     int           // all rounds of tools
	pauses     int           // in a row
	followedUp bool          // the free follow-up is used up
	lengthened bool          // an answer was cut off and asked for again
	maxTokens  int           // instead of the setting, for an answer that was cut off
	grace      time.Duration // of the last request that finalize makes, once it has come to that

	failures  int  // of this model
	repeats   int  // failed requests in a row
	malformed bool // this model has once sent what is no reply
	attempts  []Attempt
	usage     provider.Usage
	spent     spending // with what is set aside for requests that are under way
	spentUSD  float64
	unpriced  int // requests of which nobody knows what they cost

	parallel bool // tools run side by side, in goroutines of their own
	state    RunState
	resumed  *checkpoint       // of the run that the call goes on with
	epoch    string            // of the store that keeps what tools have done
	done     map[string]record // what tools have done, by what it is kept under
	name     string            // that no other call has

	number  uint64 // of the call in this process
	begun   time.Time
	over    bool       // the observers know how it ended
	mu      sync.Mutex // held while observers look
	secrets secrets

	firstMessages [2]Message // room for the conversations of most calls
	firstParts    [1]Part
}

var calls atomic.Uint64

// request returns the first request of a call.
func (c *command) request(ctx context.Context, t typed, in inputs, opts []Option) (*provider.Request, error) {
	one := &call{cmd: c, typed: t, in: in}
	if err := one.settle(ctx, opts); err != nil {
		return nil, err
	}
	if err := one.require(); err != nil {
		return nil, err
	}
	if err := one.compose(ctx); err != nil {
		return nil, err
	}
	if err := one.bind(); err != nil {
		return nil, c.configurationError(err)
	}
	return one.build(), nil
}

// settle finds the settings of the call, its models and its tools.
func (c *call) settle(caller context.Context, opts []Option) error {
	c.caller, c.client = caller, clientFor(caller, c.in.client)
	c.secrets.add(c.in.redact...)
	b, err := c.cmd.baseFor(c.client)
	if err != nil {
		c.set.applyAll(opts) // for the observers among them
		return c.cmd.configurationError(err)
	}
	c.set, c.targets = b.settings, b.targets
	c.set.tools = append(c.set.tools[:len(c.set.tools):len(c.set.tools)], c.in.tools...)
	c.set.applyAll(opts)
	if err := c.set.err; err != nil {
		return c.cmd.configurationError(err)
	}
	if c.targets == nil || c.set.routed != b.settings.routed {
		if c.targets, err = c.set.resolve(); err != nil {
			return c.cmd.configurationError(err)
		}
	}
	c.target = c.targets[0]
	if c.set.guarded != b.settings.guarded {
		c.target.guard = nil
	}
	c.maxTokens = c.set.generation.MaxTokens
	if c.set.checkpointer != nil && c.set.run == "" {
		c.set.run = c.token()
		c.name = "" // it outlives the call
	}
	if err := c.offerTools(); err != nil {
		return c.cmd.configurationError(err)
	}
	return nil
}

// configurationError is err with the command's name. Errors of options and of the environment are shared: it is a copy.
func (c *command) configurationError(err *ConfigurationError) error {
	if err.Command != "" {
		return err
	}
	named := *err
	named.Command = c.name
	return &named
}

// require evaluates the preconditions.
func (c *call) require() error {
	v := contracts.Verify(contracts.Require, c.in.require)
	if v == nil {
		return nil
	}
	return &CommandError{Command: c.cmd.name, Kind: KindContract, Message: c.secrets.hide(v.Message), Err: c.secrets.hideError(v)}
}

// within starts the time of the call, or of its last request. It ends when the reader of the stream leaves, too.
func (c *call) within(caller context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := caller, func() {}
	if d > 0 {
		ctx, cancel = context.WithTimeout(caller, d)
	}
	if c.sink == nil {
		return ctx, cancel
	}
	ctx, leave := context.WithCancelCause(ctx)
	c.sink.leave = func() { leave(errLeft) }
	if c.sink.left {
		leave(errLeft)
	}
	return ctx, func() { leave(nil); cancel() }
}

// started tells the observers that the call begins.
func (c *call) started(ctx context.Context) {
	if c.sink != nil && c.sink.event != nil {
		c.set.observers = append(c.set.observers[:len(c.set.observers):len(c.set.observers)], c.sink)
	}
	if !c.observed() {
		return
	}
	c.number, c.begun = calls.Add(1), time.Now()
	e := CallStarted{Meta: c.meta(), Model: c.target.model, Run: c.set.run}
	for _, t := range c.targets {
		e.Fallback = append(e.Fallback, t.model)
	}
	e.Fallback = e.Fallback[min(1, len(e.Fallback)):]
	c.emit(ctx, e)
}

// finished tells the observers how the call ended, and returns err.
func (c *call) finished(ctx context.Context, err error) error {
	c.over = true
	if c.name != "" { // results of tools that were kept for this call alone
		_ = c.client.ownMemory().Forget(context.WithoutCancel(ctx), c.runKey())
	}
	if err == nil {
		c.becomes(ctx, Completed)
	} else {
		c.becomes(ctx, Failed)
	}
	if c.observed() {
		c.emit(ctx, CallFinished{Meta: c.meta(), Model: c.target.model, Duration: time.Since(c.begun), Turns: c.rounds,
			Usage: c.usage, Cost: c.spentUSD, Unpriced: c.unpriced,
			Err: c.secrets.hideError(err)})
	}
	return err
}

var errAbandoned = errors.New("the call ended with a panic, or with the goroutine that made it")

func abandoned(command string) error {
	return &CommandError{Command: command, Kind: KindCanceled, Message: errAbandoned.Error(), Err: errAbandoned}
}

// abandoned tells the observers of a call that did not return: the prompt function, whose panic is the caller's, or an
// observer has ended it.
func (c *call) abandoned(ctx context.Context) {
	if !c.over {
		_ = c.finished(ctx, abandoned(c.cmd.name))
	}
}
