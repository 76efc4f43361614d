package alloy

import (
	"errors"
	"runtime/debug"
)

// panicError is a recovered panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return printed(e.value) }

func (e *panicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
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

// recovered turns a panic into an error of the function that defers it.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &panicError{value: p, stack: debug.Stack()}
	}
}
