// Package contracts holds what a contract of a command or tool is, what a broken one looks like, and predicates that are
// worth having a name. It imports nothing of alloygen.
package contracts

import "runtime/debug"

// Kind says when a contract is evaluated.
type Kind string

const (
	Require Kind = "require" // before the call, over its parameters
	Ensure  Kind = "ensure"  // after the call, over its parameters and its result
	Check   Kind = "check"   // after the call, only recorded in the report
)

// Contract is one directive //alloy:require, ensure or check, as generated code hands it over.
type Contract struct {
	Expr    string      // the Go expression, as written
	Message string      // what the model or the caller is told when it does not hold; the name, for a check
	Holds   func() bool // evaluates Expr with the parameters of one call
}

// Violation is a contract that did not hold, or that panicked while it was evaluated. It is the cause that errors.As
// finds in a CommandError or a ToolError.
type Violation struct {
	Kind    Kind
	Expr    string
	Message string
	Panic   any    // what the expression panicked with; nil when it was simply false
	Stack   []byte // the stack of that panic
}

// Error returns the contract's message, verbatim: it is written for the model or the caller.
func (v *Violation) Error() string { return v.Message }

// Verify evaluates the contracts in order and returns the first that does not hold, or nil. A contract that panics does not hold.
func Verify(kind Kind, contracts []Contract) *Violation {
	for i := range contracts {
		if v := verify(kind, &contracts[i]); v != nil {
			return v
		}
	}
	return nil
}

func verify(kind Kind, c *Contract) (v *Violation) {
	defer func() {
		if p := recover(); p != nil {
			v = &Violation{Kind: kind, Expr: c.Expr, Message: c.Message, Panic: p, Stack: debug.Stack()}
		}
	}()
	if c.Holds() {
		return nil
	}
	return &Violation{Kind: kind, Expr: c.Expr, Message: c.Message}
}
