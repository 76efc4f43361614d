package alloy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime/provider"
)

// run is one call, from left to right. Every other function of the pipeline is one step of it.
func (c *call) run(caller context.Context) error {
	c.started(caller)
	if err := c.require(); err != nil {
		return c.finished(caller, err)
	}
	if err := c.open(caller); err != nil { // the prompt function runs here, once
		return c.finished(caller, err)
	}
	ctx, cancel := c.limit(caller) // the time of the whole call
	defer cancel()

	var f *failure
	for f == nil || c.again(ctx, f) || c.fallback(ctx, f) { // turns; repeats and re-asks; the next model
		var resp *provider.Response
		switch resp, f = c.request(ctx); { // attempt timeout ─ provider
		case f != nil:
		case resp.Finish == provider.FinishPause:
			f = c.resume(resp)
		case c.wantsTools(resp):
			f = c.turn(ctx, resp) // parse ─ timeout ─ retry ─ require ─ the tool ─ ensure
		default:
			if f = c.accept(ctx, resp); f == nil { // parse ─ schema ─ decode ─ ensure
				return c.finished(ctx, nil)
			}
		}
	}
	if c.finalize(caller, f) { // one last request without tools
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
	client  *Client
	set     settings
	targets []target

	target target // that is asked now
	at     int    // its place among the targets

	caller   context.Context
	system   string
	messages []Message       // the conversation
	pictures bool            // … has images in it
	tools    []provider.Tool // what the model is told of set.tools
	closed   bool            // the model has answered: no more tools

	requests   int
	turns      int  // rounds of tools that count for max_tool_turns
	rounds     int  // all rounds of tools
	pauses     int  // in a row
	followedUp bool // the free follow-up is used up
	lengthened bool // an answer was cut off and asked for again
	maxTokens  int  // instead of the setting, for an answer that was cut off

	failures  int  // of this model
	repeats   int  // failed requests in a row
	malformed bool // this model has once sent what is no reply
	attempts  []Attempt
	usage     provider.Usage

	number  uint64 // of the call in this process
	begun   time.Time
	mu      sync.Mutex // held while observers look
	secrets secrets

	firstMessages [2]Message // room for the conversations of most calls
	firstParts    [1]Part
}

var calls atomic.Uint64

// call makes one call of the command.
func (c *command) call(ctx context.Context, t typed, in inputs, opts []Option) error {
	one, err := c.newCall(ctx, t, in, opts)
	if err != nil {
		return err
	}
	return one.run(ctx)
}

// request returns the first request of a call.
func (c *command) request(ctx context.Context, t typed, in inputs, opts []Option) (*provider.Request, error) {
	one, err := c.newCall(ctx, t, in, opts)
	if err != nil {
		return nil, err
	}
	if err := one.require(); err != nil {
		return nil, err
	}
	if err := one.open(ctx); err != nil {
		return nil, err
	}
	if err := one.bind(); err != nil {
		return nil, c.configurationError(err)
	}
	return one.build(), nil
}

// newCall settles the settings of a call.
func (c *command) newCall(ctx context.Context, t typed, in inputs, opts []Option) (*call, error) {
	client := clientFor(ctx, in.client)
	b, err := c.baseFor(client)
	if err != nil {
		return nil, c.configurationError(err)
	}
	one := &call{cmd: c, typed: t, in: in, client: client, set: b.settings, targets: b.targets, caller: ctx}
	one.secrets.add(in.redact...)
	one.set.tools = append(one.set.tools[:len(one.set.tools):len(one.set.tools)], in.tools...)
	one.set.applyAll(opts)
	if err := one.set.err; err != nil {
		return nil, c.configurationError(err)
	}
	if one.targets == nil || one.set.routed != b.settings.routed {
		if one.targets, err = one.set.resolve(); err != nil {
			return nil, c.configurationError(err)
		}
	}
	one.target = one.targets[0]
	one.maxTokens = one.set.generation.MaxTokens
	if err := one.offerTools(); err != nil {
		return nil, c.configurationError(err)
	}
	return one, nil
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

// open runs the prompt function and begins the conversation: examples, history, prompt.
func (c *call) open(ctx context.Context) error {
	p, err := c.typed.prompt(ctx)
	if err != nil {
		return err
	}
	c.system = joinLines(c.set.system, p.system)
	c.messages = c.firstMessages[:0]
	for _, e := range p.examples {
		answer, err := c.example(e)
		if err != nil {
			return c.cmd.configurationError(&ConfigurationError{Setting: "example", Message: "WithExample: " + err.Error(), Err: err})
		}
		c.messages = append(c.messages, UserMessage(Text(e.input)), AssistantMessage(Text(answer)))
	}
	c.messages = append(c.messages, p.history...)
	context, err := c.set.contextText()
	if err != nil {
		return c.cmd.configurationError(&ConfigurationError{Setting: "context", Message: "WithContext: " + err.Error(), Err: err})
	}
	parts := p.parts
	switch {
	case parts == nil:
		c.firstParts[0].Text = context + p.text
		parts = c.firstParts[:]
	case context != "":
		parts = append([]Part{Text(context)}, parts...)
	}
	c.messages = append(c.messages, Message{Role: provider.User, Parts: parts})
	c.pictures = hasImages(c.messages)
	return nil
}

// example is the answer of an example, as the model would write it.
func (c *call) example(e example) (string, error) {
	if text, ok := e.output.(string); ok && c.cmd.form == formText {
		return text, nil
	}
	data, err := c.typed.encode(e.output)
	if err != nil {
		return "", err
	}
	if c.cmd.wrapped {
		return `{"value":` + string(data) + `}`, nil
	}
	return string(data), nil
}

// contextText is what WithContext puts before the prompt.
func (s *settings) contextText() (string, error) {
	if !s.hasContext {
		return "", nil
	}
	data, err := plainJSON(s.context)
	if err != nil {
		return "", err
	}
	return "Context: " + data + "\n\nTask: ", nil
}

// plainJSON is v as JSON on one line, with <, > and & as they are: the reader is a model, not a browser.
func plainJSON(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

func hasImages(messages []Message) bool {
	for _, m := range messages {
		for i := range m.Parts {
			if m.Parts[i].Image != nil {
				return true
			}
		}
	}
	return false
}

// limit starts the time of the whole call.
func (c *call) limit(caller context.Context) (context.Context, context.CancelFunc) {
	if c.set.timeout <= 0 {
		return caller, func() {}
	}
	return context.WithTimeout(caller, c.set.timeout)
}

// started tells the observers that the call begins.
func (c *call) started(ctx context.Context) {
	if !c.observed() {
		return
	}
	c.number, c.begun = calls.Add(1), time.Now()
	var fallback []string
	for _, t := range c.targets[1:] {
		fallback = append(fallback, t.model)
	}
	c.emit(ctx, CallStarted{Meta: c.meta(), Model: c.target.model, Fallback: fallback})
}

// finished tells the observers how the call ended, and returns err.
func (c *call) finished(ctx context.Context, err error) error {
	if c.observed() {
		c.emit(ctx, CallFinished{Meta: c.meta(), Model: c.target.model, Duration: time.Since(c.begun), Turns: c.rounds, Usage: c.usage, Err: err})
	}
	return err
}

// bind finds the provider of the current model, and whether the model can do what the call asks for.
func (c *call) bind() *ConfigurationError {
	if c.target.do != nil {
		return nil
	}
	if err := c.target.bind(c.client, &c.set); err != nil {
		return err
	}
	return nil
}

// lacks says what the current model cannot do for this call.
func (c *call) lacks() *ConfigurationError {
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
		req.System = joinLines(req.System, c.cmd.shapeText())
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
	if err := c.lacks(); err != nil {
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
	f := c.outcome(ctx, attempt, resp, err)
	c.requestFinished(ctx, began, resp, f)
	if f != nil {
		return nil, f
	}
	c.repeats = 0
	return resp, nil
}

// send is Do, with a panic in it turned into an error: providers may be anybody's.
func send(ctx context.Context, p provider.Provider, req *provider.Request) (resp *provider.Response, err error) {
	defer recovered(&err)
	return p.Do(ctx, req, nil)
}

// outcome says whether a request failed, and adds up what it cost.
func (c *call) outcome(ctx, attempt context.Context, resp *provider.Response, err error) *failure {
	c.requests++
	perr, _ := errors.AsType[*provider.Error](err)
	switch {
	case err == nil && resp != nil:
		c.usage = c.usage.Add(resp.Usage)
	case perr != nil:
		c.usage = c.usage.Add(perr.Usage)
	}
	switch {
	case ctx.Err() != nil: // an answer that comes too late is not taken
		return c.ended(ctx, err)
	case attempt.Err() != nil:
		return c.attemptTimedOut(err)
	case err != nil:
		return requestFailure(err)
	case resp == nil:
		return requestFailure(&provider.Error{Provider: c.target.provider, Model: c.target.name, Class: provider.Malformed, Message: "no response"})
	}
	return nil
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

// wantsTools reports whether the model waits for tools.
func (c *call) wantsTools(resp *provider.Response) bool {
	if c.closed || resp.Finish == provider.FinishLength || resp.Finish == provider.FinishRefusal {
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
		return requestFailure(&provider.Error{Provider: c.target.provider, Model: c.target.name, Class: provider.Malformed, Message: fmt.Sprintf("the model paused %d times in a row", c.pauses)})
	}
	if len(resp.Parts) > 0 {
		c.messages = append(c.messages, Message{Role: provider.Assistant, Parts: resp.Parts})
	}
	return nil
}

// say adds a turn of the user to the conversation.
func (c *call) say(text string) {
	c.messages = append(c.messages, UserMessage(Text(text)))
}

// heard adds what the model said to the conversation, without tool calls that were not run.
func (c *call) heard(resp *provider.Response) {
	var parts []Part
	blank := true
	for _, p := range resp.Parts {
		if p.ToolCall == nil {
			parts = append(parts, p)
			blank = blank && isBlank(p.Text)
		}
	}
	if !blank { // vendors refuse turns without content
		c.messages = append(c.messages, Message{Role: provider.Assistant, Parts: parts})
	}
}
