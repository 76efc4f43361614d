package alloy

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime/provider"
)

// Command is a command without a call: its name, the schema of its answer and the parser. Generated code makes one for each
// function with the directive command. It is an immutable value, cheap to copy.
type Command[T any] struct {
	Name string // as in errors, events and reports

	def *definition[T]
}

// Definition is what generated code says of a command.
type Definition[T any] struct {
	Name     string                  // in errors, events and reports: "Triage", or "Agent.Triage" for a method
	Output   *Schema                 // of the answer; nil for plain text and None
	Wrapped  bool                    // the root of Output is {"value": …}; Decode gets, and Encode gives, the bare value
	Decode   func([]byte) (T, error) // nil: encoding/json
	Encode   func(T) ([]byte, error) // nil: encoding/json
	Validate func(json []byte) error // checks what package output does not; needed if the schema has keywords that it does not know
}

// NewCommand returns a command with settings that its calls start from. Generated code calls it; the settings are the
// directives, the nearest of each already chosen.
func NewCommand[T any](d Definition[T], settings ...Option) Command[T] {
	def := &definition[T]{
		command: command{
			name:     d.Name,
			form:     formOf[T](),
			result:   reflect.TypeFor[T](),
			output:   d.Output,
			wrapped:  d.Wrapped,
			validate: d.Validate,
			options:  settings,
		},
		decode: d.Decode,
		encode: d.Encode,
	}
	return Command[T]{Name: d.Name, def: def}
}

// Call is one call of a command, as generated code hands it over.
type Call[T any] struct {
	Require []contracts.Contract                            // evaluated first; if one does not hold no model is called
	Prompt  func(context.Context) (Prompt[T], error)        // runs once; its error comes back as it is, and its panic is the caller's
	Ensure  func(result T) []contracts.Contract             // nil for none; an answer that breaks one is rejected
	Check   func(result T) []contracts.Contract             // nil for none; only recorded
	Tools   []Tool                                          // of the directives; WithTools adds to them
	Client  *Client                                         // of the receiver's field; nil for the context's or the default
	Degrade func(ctx context.Context, err error) (T, error) // nil for none; answers when everything else has failed with err
	Redact  []string                                        // what Redacted made of parameters that stay out of errors, events and reports
}

// Schema returns the JSON Schema of the answer; "" for plain text and None.
func (c Command[T]) Schema() string {
	if c.def == nil {
		return ""
	}
	return c.def.output.Text()
}

// Parse reads an answer: it finds the JSON in the text, fits it to the schema and decodes it, with the leniency of the command's
// own settings, else Lenient. Contracts are not evaluated. The error is a *CommandError of kind empty, parse or schema; for a
// schema that is none, or a setting that makes no sense, a *ConfigurationError.
func (c Command[T]) Parse(text string) (T, error) {
	if c.def == nil {
		return *new(T), undefined()
	}
	how, err := c.def.reading()
	if err != nil {
		return *new(T), err
	}
	r := run[T]{def: c.def}
	if _, f := c.def.read(text, how, &r); f != nil {
		return *new(T), c.def.parseError(text, f)
	}
	return r.result, nil
}

// Run makes one call. Generated wrappers call it. On an error the result is the zero T. The error is the prompt function's
// own, a *ConfigurationError, a *CommandError or a *ToolLoopLimitExceeded.
func (c Command[T]) Run(ctx context.Context, call Call[T], opts []Option) (T, error) {
	return c.run(ctx, call, opts, nil)
}

// run makes one call. to is the reader of its stream; nil for a plain call.
func (c Command[T]) run(ctx context.Context, in Call[T], opts []Option, to *sink) (T, error) {
	if c.def == nil || in.Prompt == nil {
		return *new(T), undefined()
	}
	r := &run[T]{def: c.def, in: in}
	one := &call{cmd: &c.def.command, typed: r, in: r.inputs(), sink: to}
	if err := one.run(ctx, opts); err != nil {
		return *new(T), err
	}
	return r.result, nil
}

// Request evaluates require, runs the prompt function and returns the first request that Run would send, without sending it.
// It needs no credential and no network. The errors are those of Run.
func (c Command[T]) Request(ctx context.Context, call Call[T], opts []Option) (*provider.Request, error) {
	if c.def == nil || call.Prompt == nil {
		return nil, undefined()
	}
	r := &run[T]{def: c.def, in: call}
	return c.def.request(ctx, r, r.inputs(), opts)
}

func undefined() error {
	return &ConfigurationError{Setting: "command", Message: "a command is made by NewCommand, and its Call needs a Prompt"}
}

// command is a Command without its type: all of a call but the decoding happens here, once for all types.
type command struct {
	name     string
	form     form
	result   reflect.Type
	output   *Schema
	wrapped  bool
	validate func([]byte) error
	options  []Option

	base atomic.Pointer[base] // the settings of the latest call, before its own options
}

// form says what an answer is.
type form uint8

const (
	formTyped form = iota // JSON
	formText              // any text but a blank one
	formNone              // ignored
)

func formOf[T any]() form {
	switch any(*new(T)).(type) {
	case None:
		return formNone
	case string:
		return formText
	}
	return formTyped
}

// definition adds to a command what depends on its type.
type definition[T any] struct {
	command
	decode func([]byte) (T, error)
	encode func(T) ([]byte, error)
}

// typed is the part of a call that depends on the command's type, as the pipeline sees it.
type typed interface {
	prompt(ctx context.Context) (prompt, error)
	encode(output any) ([]byte, error) // an example's answer, bare
	decode(json []byte) error          // the bare answer becomes the result
	text(text string)                  // the text becomes the result
	partial(json []byte) (any, error)  // the value of a bare answer that is not whole
	value() any                        // the result
	ensure() []contracts.Contract      // of the result
	check() []contracts.Contract       // of the result
	degrades() bool
	degrade(ctx context.Context, cause error) error // what the degrade function returns becomes the result
}

// inputs is the part of a Call that does not depend on its type.
type inputs struct {
	require []contracts.Contract
	tools   []Tool
	client  *Client
	redact  []string
}

// run is one call with its type.
type run[T any] struct {
	def    *definition[T]
	in     Call[T]
	result T
}

func (r *run[T]) inputs() inputs {
	return inputs{require: r.in.Require, tools: r.in.Tools, client: r.in.Client, redact: r.in.Redact}
}

func (r *run[T]) prompt(ctx context.Context) (prompt, error) {
	p, err := r.in.Prompt(ctx)
	return p.prompt, err
}

func (r *run[T]) encode(output any) ([]byte, error) {
	v, ok := output.(T)
	switch {
	case !ok:
		return nil, fmt.Errorf("an example of type %T for a command of type %T", output, v)
	case r.def.encode != nil:
		return r.def.encode(v)
	}
	return json.Marshal(v)
}

func (r *run[T]) decode(data []byte) (err error) {
	r.result = *new(T)
	if r.def.decode != nil {
		r.result, err = r.def.decode(data)
		return err
	}
	return json.Unmarshal(data, &r.result)
}

func (r *run[T]) partial(data []byte) (any, error) {
	if r.def.decode != nil {
		v, err := r.def.decode(data)
		return v, err
	}
	var v T
	err := json.Unmarshal(data, &v)
	return v, err
}

func (r *run[T]) value() any { return r.result }

func (r *run[T]) text(text string) {
	if s, ok := any(&r.result).(*string); ok {
		*s = text
	}
}

func (r *run[T]) ensure() []contracts.Contract {
	return contractsOf(r.in.Ensure, r.result)
}

func (r *run[T]) check() []contracts.Contract {
	return contractsOf(r.in.Check, r.result)
}

func (r *run[T]) degrades() bool { return r.in.Degrade != nil }

func (r *run[T]) degrade(ctx context.Context, cause error) (err error) {
	defer recovered(&err)
	result, err := r.in.Degrade(ctx, cause)
	if err == nil {
		r.result = result
	}
	return err
}

// contractsOf is what of says of a result; nothing if it is nil. If it panics, its contracts do not hold.
func contractsOf[T any](of func(T) []contracts.Contract, result T) (all []contracts.Contract) {
	if of == nil {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			all = []contracts.Contract{{Message: "the contracts cannot be evaluated", Holds: func() bool { panic(p) }}}
		}
	}()
	return of(result)
}
