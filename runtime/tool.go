package alloy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alloygen/alloygen/contracts"
)

// NoTimeout is the Timeout of a Tool that is limited by the call alone. A command that is offered as a tool has it, as it
// limits itself.
const NoTimeout = -1

// Tool is a function that a model may call. Generated code makes one for each function with the directive tool; one made by
// hand needs Name, Input and Run.
type Tool struct {
	Name        string  // unique among the tools of a call; letters, digits, underscore and hyphen
	Description string  // for the model
	Input       *Schema // of an object with one property per parameter

	// Validate checks of the arguments what package output does not; needed if Input has keywords that it does not know.
	// Package rawschema makes such functions.
	Validate func(json []byte) error

	// Run runs the tool, in a goroutine of its own. input is JSON that fits Input. A string goes to the model as it is, any
	// other result as JSON; what is over 1 MiB is cut, and says so. The error goes to the model as well (see ToolError),
	// unless it is made by Stop. A panic is recovered and becomes an error. Run must end when ctx does: a tool that goes on
	// is left behind, and its result discarded.
	Run func(ctx context.Context, input []byte) (any, error)

	Timeout time.Duration // of all attempts together; 0 means that of the call's settings, 30 s unless changed; see NoTimeout
	Retry   Retry         // zero: one attempt
	RetryOn []Condition   // zero: any error but a contract's
	Redact  []string      // properties of the input whose values stay out of errors, events and reports

	Limit      *RateLimit // how often it may run, repeats included; nil: as often as it is called. Without a Key it is shared by the tool's name
	After      []string   // names of tools that must have succeeded in an earlier round of the call
	Approve    *Approval  // it runs only when the call's Approver says yes; nil: it needs no approval
	Idempotent bool       // with arguments that it has succeeded with in this run, it does not run again: the model gets the stored result

	// Require evaluates the preconditions alone, so that nobody is asked to approve a call that fails them. Run evaluates them
	// as well.
	Require func(ctx context.Context, input []byte) error
}

// ToolContracts are the contracts of one call of a tool, as generated code hands them over.
type ToolContracts[R any] struct {
	Require []contracts.Contract                // evaluated before the tool runs
	Ensure  func(result R) []contracts.Contract // evaluated after; nil for none
}

// RunTool runs a tool with its contracts: require, run, ensure. Generated code calls it for models and for Go callers alike;
// a tool without a result has R = None. A contract that does not hold is a *ToolError with the contract's message and a
// *contracts.Violation as its cause; a panic in run is recovered; other errors are wrapped in a *ToolError, unless they are
// made by Stop.
func RunTool[R any](ctx context.Context, name string, c ToolContracts[R], run func(context.Context) (R, error)) (R, error) {
	var zero R
	if v := contracts.Verify(contracts.Require, c.Require); v != nil {
		return zero, toolError(name, v)
	}
	result, err := runRecovered(ctx, run)
	if err != nil {
		return zero, toolError(name, err)
	}
	if v := contracts.Verify(contracts.Ensure, contractsOf(c.Ensure, result)); v != nil {
		return zero, toolError(name, v)
	}
	return result, nil
}

func runRecovered[R any](ctx context.Context, run func(context.Context) (R, error)) (result R, err error) {
	defer recovered(&err)
	return run(ctx)
}

// toolError makes err a *ToolError, unless it is one or stops the call.
func toolError(name string, err error) error {
	if stop, ok := errors.AsType[*stopError](err); ok {
		return stop
	}
	if e, ok := err.(*ToolError); ok {
		return e
	}
	return &ToolError{Tool: name, Message: describe(err), Err: err}
}

// violation is the broken contract in err, or nil.
func violation(err error) *contracts.Violation {
	v, _ := errors.AsType[*contracts.Violation](err)
	return v
}

// describe is what a model is told of an error: a contract's message as it is, anything else as "type: message".
func describe(err error) string {
	if v := violation(err); v != nil {
		return v.Message
	}
	return typeWord(err) + ": " + err.Error()
}

// typeWord names the type of an error; those that only carry text are plain errors.
func typeWord(err error) string {
	if _, ok := err.(*panicError); ok {
		return "panic"
	}
	name := strings.TrimLeft(fmt.Sprintf("%T", err), "*")
	switch name {
	case "errors.errorString", "fmt.wrapError", "fmt.wrapErrors", "errors.joinError":
		return "error"
	}
	return name
}
