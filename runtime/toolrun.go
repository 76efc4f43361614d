package alloy

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/alloygen/alloygen/contracts"
)

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
	if c.Ensure != nil {
		if v := contracts.Verify(contracts.Ensure, c.Ensure(result)); v != nil {
			return zero, toolError(name, v)
		}
	}
	return result, nil
}

func runRecovered[R any](ctx context.Context, run func(context.Context) (R, error)) (result R, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, stack: debug.Stack()}
		}
	}()
	return run(ctx)
}

// toolError makes err a *ToolError, unless it is one or stops the call.
func toolError(name string, err error) error {
	if _, ok := err.(*stopError); ok {
		return err
	}
	if stop, ok := errors.AsType[*stopError](err); ok {
		return stop
	}
	if e, ok := err.(*ToolError); ok {
		return e
	}
	return &ToolError{Tool: name, Message: describe(err), Err: err}
}

// panicError is a recovered panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprint(e.value) }

func (e *panicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}

// violation is the broken contract in err, or nil.
func violation(err error) *contracts.Violation {
	v, _ := errors.AsType[*contracts.Violation](err)
	return v
}

// stackOf is the stack of the panic in err, or nil.
func stackOf(err error) []byte {
	if p, ok := errors.AsType[*panicError](err); ok {
		return p.stack
	}
	if v := violation(err); v != nil {
		return v.Stack
	}
	return nil
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
