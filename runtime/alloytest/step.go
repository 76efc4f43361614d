package alloytest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Step is what a Model does with one request. It is a value: a method returns a changed copy.
type Step struct {
	name       string // of the function that made it, for messages
	text       string
	chunks     []string // of the text, in a stream; nil: split after each space
	calls      []Call
	finish     provider.FinishReason
	err        error // comes after text and calls were delivered
	retryAfter time.Duration
	hang       bool
	handler    func(context.Context, *provider.Request) Step
	delay      time.Duration
	usage      *provider.Usage
	times      int // plays at least once
	forever    bool
}

// Call is one tool call of a model's turn.
type Call struct {
	Name string
	Args any    // a string goes to the tool as it is, so that a test can send broken JSON; anything else is encoded as JSON
	ID   string // made up when empty
}

// Reply answers with text.
func Reply(text string) Step { return Step{name: "Reply", text: text, finish: provider.FinishStop} }

// ReplyJSON answers with v as encoding/json writes it. A type for which alloygen generates its own encoding (a union, a
// time.Duration) needs Reply and the JSON text.
func ReplyJSON(v any) Step {
	text, err := json.Marshal(v)
	if err != nil {
		return mistake("ReplyJSON: "+err.Error(), err)
	}
	s := Reply(string(text))
	s.name = "ReplyJSON"
	return s
}

// ToolCall asks for one tool. args is as in Call.
func ToolCall(name string, args any) Step { return ToolCalls(Call{Name: name, Args: args}) }

// ToolCalls asks for several tools in one turn.
func ToolCalls(calls ...Call) Step {
	return Step{name: "ToolCalls", calls: calls, finish: provider.FinishToolCalls}
}

// Truncate answers with text that ran into the limit of tokens.
func Truncate(text string) Step {
	return Step{name: "Truncate", text: text, finish: provider.FinishLength}
}

// Refuse is a refusal, with the model's reason.
func Refuse(reason string) Step {
	return Step{name: "Refuse", text: reason, finish: provider.FinishRefusal}
}

// Pause answers with the first part of a long turn: the model wants the same conversation again, to go on.
func Pause(text string) Step {
	return Step{name: "Pause", text: text, finish: provider.FinishPause}
}

// Cut delivers text and then loses the connection: an error of class provider.Truncated.
func Cut(text string) Step {
	s := FailWith(&provider.Error{Class: provider.Truncated, Message: "the connection was cut"})
	s.name, s.text = "Cut", text
	return s
}

// Fail is an answer with that HTTP status and no body, in the class that the vendors' providers give it: 429 is
// provider.RateLimit, 503 and 529 are provider.Overloaded, 400 is provider.Invalid, and so on.
func Fail(status int) Step {
	s := FailWith(&provider.Error{Class: classOf(status), Status: status, Message: message(status)})
	s.name = fmt.Sprintf("Fail(%d)", status)
	return s
}

// FailWith fails with err. A provider.Error says what no status says (a refused connection, a used-up quota); its provider
// and model are filled in when they are empty. A provider.ConfigError is what a missing key gives.
func FailWith(err error) Step { return Step{name: "FailWith", err: err} }

// Hang stays silent, after its Chunks, until the context of the request ends. The error is of class provider.Timeout when that
// was a deadline and provider.Canceled otherwise.
func Hang() Step { return Step{name: "Hang", hang: true} }

// Func leaves the answer to h, which sees the request. It makes a model for concurrent calls, and for programs whose order
// of requests does not matter to the test:
//
//	alloytest.New(alloytest.Func(answer).Forever())
func Func(h func(ctx context.Context, req *provider.Request) Step) Step {
	return Step{name: "Func", handler: h}
}

// Times plays the step n times, and once if n is less than one.
func (s Step) Times(n int) Step { s.times = n; return s }

// Forever plays the step for this request and all that follow. No later step is reached.
func (s Step) Forever() Step { s.forever = true; return s }

// After plays the step once d has passed. The context of the request cuts it short, as with Hang.
func (s Step) After(d time.Duration) Step { s.delay = d; return s }

// RetryAfter makes a failed step ask for a pause before the next attempt, as the Retry-After header does.
func (s Step) RetryAfter(d time.Duration) Step { s.retryAfter = d; return s }

// Saying puts text before the tool calls of the step, as models do that think aloud.
func (s Step) Saying(text string) Step { s.text = text; return s }

// Chunks replaces the text of the step by these pieces, which a stream delivers one by one. An empty piece is the zero
// provider.Delta: a sign of life of a model that thinks. A step that fails, or hangs, does so after them.
func (s Step) Chunks(chunks ...string) Step {
	s.text, s.chunks = strings.Join(chunks, ""), chunks
	return s
}

// Usage sets what the step costs, failed steps included. Unset, an answer costs a token for every four bytes in and out,
// and a failure nothing.
func (s Step) Usage(u provider.Usage) Step { s.usage = &u; return s }

// turn is one request as a step plays it.
type turn struct {
	model   *Model
	request *provider.Request
	number  int
	emit    func(provider.Delta) error
}

func (s Step) play(ctx context.Context, t turn) (*provider.Response, error) {
	if err := s.wait(ctx); err != nil {
		return nil, s.fail(err, t)
	}
	if s.handler != nil {
		return s.handler(ctx, clone(t.request)).play(ctx, t)
	}
	parts := s.parts(t.model)
	if err := s.deliver(parts, t.emit); err != nil {
		return nil, err
	}
	if s.hang {
		<-ctx.Done()
		return nil, s.fail(ended(ctx), t)
	}
	if s.err != nil {
		return nil, s.fail(s.err, t)
	}
	return &provider.Response{
		Model:     t.request.Model,
		RequestID: fmt.Sprintf("req_%d", t.number),
		Parts:     parts,
		Finish:    s.finish,
		Usage:     s.cost(t.request),
	}, nil
}

// wait is the silence before the answer; it ends early with ctx.
func (s Step) wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return ended(ctx)
	}
	if s.delay <= 0 {
		return nil
	}
	timer := time.NewTimer(s.delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

// fail completes an error, on a copy: a step may play in many goroutines.
func (s Step) fail(err error, t turn) error {
	perr, ok := err.(*provider.Error)
	if !ok {
		return err
	}
	e := *perr
	if e.Provider == "" {
		e.Provider, e.Model = Name, t.request.Model
	}
	if s.retryAfter != 0 {
		e.RetryAfter = s.retryAfter
	}
	if s.usage != nil {
		e.Usage = *s.usage
	}
	return &e
}

func (s Step) parts(m *Model) []provider.Part {
	var parts []provider.Part
	if s.text != "" {
		parts = append(parts, provider.Part{Text: s.text})
	}
	for _, c := range s.calls {
		if c.ID == "" {
			c.ID = m.callID()
		}
		parts = append(parts, provider.Part{ToolCall: &provider.ToolCall{ID: c.ID, Name: c.Name, Arguments: arguments(c.Args)}})
	}
	return parts
}

// deliver streams parts to emit, unless it is nil.
func (s Step) deliver(parts []provider.Part, emit func(provider.Delta) error) error {
	if emit == nil {
		return nil
	}
	for _, p := range parts {
		deltas := []provider.Delta{{ToolCall: p.ToolCall}}
		if p.ToolCall == nil {
			deltas = deltas[:0]
			for _, c := range s.pieces() {
				deltas = append(deltas, provider.Delta{Text: c})
			}
		}
		for _, d := range deltas {
			if err := emit(d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s Step) pieces() []string {
	if s.chunks != nil {
		return s.chunks
	}
	return slices.DeleteFunc(strings.SplitAfter(s.text, " "), func(c string) bool { return c == "" })
}

func (s Step) cost(req *provider.Request) provider.Usage {
	if s.usage != nil {
		return *s.usage
	}
	in := len(req.System)
	for _, m := range req.Messages {
		for _, p := range m.Parts {
			in += len(p.Text)
			if p.ToolResult != nil {
				in += len(p.ToolResult.Content)
			}
		}
	}
	out := len(s.text)
	for _, c := range s.calls {
		out += len(c.Name) + len(arguments(c.Args))
	}
	return provider.Usage{InputTokens: (in + 3) / 4, OutputTokens: (out + 3) / 4}
}

// arguments is the text of a tool call's arguments.
func arguments(args any) string {
	switch a := args.(type) {
	case nil:
		return "{}"
	case string:
		return a
	}
	text, err := json.Marshal(args)
	if err != nil {
		return fmt.Sprintf("alloytest: these arguments have no JSON: %v", err)
	}
	return string(text)
}
