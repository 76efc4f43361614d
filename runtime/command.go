package alloy

import (
	"context"

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
	Validate func(json []byte) error // checks what the parser does not, in schemas written by hand; nil for none
}

type definition[T any] struct {
	command
	Definition[T]
}

// NewCommand returns a command with settings that its calls start from. Generated code calls it; settings are the directives,
// the nearest of each already chosen.
func NewCommand[T any](d Definition[T], settings ...Option) Command[T] {
	def := &definition[T]{Definition: d}
	def.command = command{name: d.Name, output: d.Output, options: settings}
	return Command[T]{Name: d.Name, def: def}
}

// Call is one call of a command, as generated code hands it over.
type Call[T any] struct {
	Require []contracts.Contract                     // evaluated first; if one does not hold no model is called
	Prompt  func(context.Context) (Prompt[T], error) // runs once; its error comes back as it is
	Ensure  func(result T) []contracts.Contract      // nil for none; an answer that breaks one is rejected
	Check   func(result T) []contracts.Contract      // nil for none; only recorded
	Tools   []Tool                                   // of the directives; WithTools adds to them
	Client  *Client                                  // of the receiver's field; nil for the context's or the default
	Redact  []string                                 // what Redacted made of parameters that stay out of errors, events and reports
}

// Schema returns the JSON Schema of the answer; "" for plain text and None.
func (c Command[T]) Schema() string {
	if out := c.def.Definition.Output; out != nil {
		return out.JSON
	}
	return ""
}

// Parse reads an answer: it finds the JSON, fits it to the schema and decodes it. Contracts are not evaluated. The error is a *CommandError.
func (c Command[T]) Parse(text string) (T, error) {
	return *new(T), c.def.pending()
}

// Run makes one call. Generated wrappers call it. On an error the result is the zero T.
func (c Command[T]) Run(ctx context.Context, call Call[T], opts []Option) (T, error) {
	return *new(T), c.def.pending()
}

// Request evaluates require, runs the prompt function and returns the first request that Run would send, without sending it.
func (c Command[T]) Request(ctx context.Context, call Call[T], opts []Option) (*provider.Request, error) {
	return nil, c.def.pending()
}

// command is a Command without its type.
type command struct {
	name    string
	output  *Schema
	options []Option
}

func (c *command) pending() error {
	return &ConfigurationError{Command: c.name, Message: "the pipeline is not part of this commit"}
}
