package alloy

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// ConfigurationError is a mistake in the program or its environment: no or an unknown model, a missing credential (all
// missing names at once), a provider that is not linked, something that the model cannot do, a malformed ALLOY_ variable,
// a bad schema. Nothing retries or wraps it, and no request was sent for it unless the mistake is that of a fallback model.
type ConfigurationError struct {
	Command string // the command that was called
	Setting string // the option, directive or variable to change
	Message string // what is wrong and what to do
	Err     error  // the cause, if there is one
}

// Error says which command, what is wrong and what to do.
func (e *ConfigurationError) Error() string {
	return prefixed(e.Command, e.Message)
}

// Unwrap returns Err.
func (e *ConfigurationError) Unwrap() error { return e.Err }

// CommandError says that a command has no value to return, and why. errors.Is and errors.As reach the cause: a
// *provider.Error, a *contracts.Violation, context.DeadlineExceeded, context.Canceled, what a tool gave to Stop …
type CommandError struct {
	Command  string
	Model    string    // whose turn it was, as it was named; empty if a require did not hold
	Kind     Kind      // of the last failure
	Message  string    // what happened, without the command's name
	Output   string    // the first 120 characters of the rejected answer, with an ellipsis when there are more
	Attempts []Attempt // those that failed, in order, of all models
	Err      error     // the cause
}

// Attempt is one failed request or rejected answer of a call.
type Attempt struct {
	Model      string        // as it was named
	Kind       Kind          // why it failed
	Message    string        // what happened
	RetryAfter time.Duration // what the server asked for, or our own limit; 0 when nobody did
	Refused    bool          // the request was not sent: see RequestRefused
	Err        error         // the cause
	Stack      []byte        // of a panic in a contract, a decoder or a provider
}

// Error says which command failed, after how many attempts with which models, and why.
func (e *CommandError) Error() string { return prefixed(e.Command, e.Message) }

// Unwrap returns Err.
func (e *CommandError) Unwrap() error { return e.Err }

// ToolError is a failed tool. A model gets Message as the tool's output, and the call goes on; Go code that calls the
// generated wrapper of a tool gets the error itself.
type ToolError struct {
	Tool    string // the tool's name
	CallID  string // of the model's tool call; empty when Go code called
	Message string // for the model: a contract's message verbatim, or the error as "type: message"
	Err     error  // the cause: a *contracts.Violation, or what the tool returned
}

// Error says which tool failed and why.
func (e *ToolError) Error() string { return prefixed("tool "+e.Tool, e.Message) }

// Unwrap returns Err.
func (e *ToolError) Unwrap() error { return e.Err }

// ToolLoopLimitExceeded says that a model wanted more than max_tool_turns rounds of tools. It matches *CommandError through
// errors.As, with kind tool_loop_limit.
type ToolLoopLimitExceeded struct {
	Command     string
	MaxTurns    int    // the limit
	TurnsTaken  int    // rounds that were run
	PartialText string // what the model last said beside its tool calls; may be empty

	failed CommandError // what As shows
}

// Error has the limit, the rounds taken and the first 500 characters of PartialText.
func (e *ToolLoopLimitExceeded) Error() string {
	text := "No final answer produced."
	if e.PartialText != "" {
		text = shorten(e.PartialText, 500)
	}
	return fmt.Sprintf("Exceeded tool-call turn limit (max_tool_turns=%d, turns_taken=%d). %s", e.MaxTurns, e.TurnsTaken, text)
}

// Unwrap returns why the last request that finalize asked for failed; nil without one.
func (e *ToolLoopLimitExceeded) Unwrap() error { return e.failed.Err }

// As lets errors.As find a *CommandError.
func (e *ToolLoopLimitExceeded) As(target any) bool {
	p, ok := target.(**CommandError)
	if !ok {
		return false
	}
	failed := e.failed
	failed.Command, failed.Kind, failed.Message = e.Command, KindToolLoopLimit, e.Error()
	*p = &failed
	return true
}

// Stop makes a tool end the whole call: the tool returns Stop(err), and the command fails with a *CommandError of kind
// stopped in which errors.Is and errors.As find err. It is retried only if retry_on names err or says all, and never goes
// to a fallback model. Stop(nil) is nil.
func Stop(err error) error {
	if err == nil {
		return nil
	}
	return &stopError{err}
}

type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }
func (e *stopError) Unwrap() error { return e.err }

func prefixed(name, message string) string {
	if name == "" {
		return message
	}
	return name + ": " + message
}

// snippetLength is how many characters of an answer an error shows.
const snippetLength = 120

// shorten cuts text to n characters and marks the cut.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for i := range text {
		if n == 0 {
			return strings.ToValidUTF8(text[:i], string(utf8.RuneError)) + ellipsis
		}
		n--
	}
	return text
}
