package resilience

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a panic of a function that was called here.
type PanicError struct {
	Value any
	Stack []byte
}

// Error has the value.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// recovered turns a panic into an error of the function that defers it.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &PanicError{Value: p, Stack: debug.Stack()}
	}
}
