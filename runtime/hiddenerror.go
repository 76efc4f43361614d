package alloy

import (
	"errors"
	"reflect"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime/provider"
)

// hideError returns err if neither it nor a cause of it holds a secret, and otherwise an error without them that still
// matches what err does.
func (s *secrets) hideError(err error) error {
	if err == nil || !s.any() || !s.showsIn(err) {
		return err
	}
	return &hiddenError{text: s.hide(err.Error()), err: err, secrets: s}
}

// shows reports whether a text holds a secret.
func (s *secrets) shows(text string) bool { return s.hide(text) != text }

// showsIn reports whether a secret is in the text of an error, in its causes, or in what our own types hold beside their
// text.
func (s *secrets) showsIn(err error) bool {
	if s.shows(err.Error()) {
		return true
	}
	switch e := err.(type) {
	case *CommandError:
		if s.shows(e.Output) {
			return true
		}
		for i := range e.Attempts {
			if a := &e.Attempts[i]; s.shows(a.Message) || a.Err != nil && s.showsIn(a.Err) {
				return true
			}
		}
	case *ToolLoopLimitExceeded:
		if s.shows(e.PartialText) || s.shows(e.failed.Output) {
			return true
		}
	case *contracts.Violation:
		if e.Panic != nil && s.shows(printed(e.Panic)) {
			return true
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		cause := e.Unwrap()
		return cause != nil && s.showsIn(cause)
	case interface{ Unwrap() []error }:
		for _, cause := range e.Unwrap() {
			if cause != nil && s.showsIn(cause) {
				return true
			}
		}
	}
	return false
}

// hiddenError is an error that held a secret. errors.Is sees the causes; errors.As gets copies of our own types without the
// secret.
type hiddenError struct {
	text    string
	err     error
	secrets *secrets
}

func (e *hiddenError) Error() string        { return e.text }
func (e *hiddenError) Is(target error) bool { return errors.Is(e.err, target) }

func (e *hiddenError) As(target any) bool {
	switch target := target.(type) {
	case **provider.Error:
		return copyHidden(e, target, func(c *provider.Error) {
			c.Message, c.Err = e.secrets.hide(c.Message), e.secrets.hideError(c.Err)
		})
	case **ToolError:
		return copyHidden(e, target, func(c *ToolError) {
			c.Message, c.Err = e.secrets.hide(c.Message), e.secrets.hideError(c.Err)
		})
	case **ConfigurationError:
		return copyHidden(e, target, e.secrets.hideConfiguration)
	case **CommandError:
		return copyHidden(e, target, e.secrets.hideCommand)
	case **ToolLoopLimitExceeded:
		return copyHidden(e, target, func(c *ToolLoopLimitExceeded) {
			c.PartialText = e.secrets.hide(c.PartialText)
			e.secrets.hideCommand(&c.failed)
		})
	case **contracts.Violation:
		return copyHidden(e, target, func(c *contracts.Violation) {
			c.Message = e.secrets.hide(c.Message)
			if c.Panic != nil {
				c.Panic = e.secrets.hide(printed(c.Panic))
			}
		})
	}
	// A type of somebody else's: it is what it is, and only its own text can show the secret.
	return reflect.TypeOf(target).Kind() == reflect.Pointer && errors.As(e.err, target)
}

// copyHidden sets target to a copy of the E among the causes of e, with the secrets taken out of it.
func copyHidden[E any, P interface {
	*E
	error
}](e *hiddenError, target *P, hide func(P)) bool {
	cause, ok := errors.AsType[P](e.err)
	if ok {
		shown := *cause
		hide(&shown)
		*target = &shown
	}
	return ok
}

func (s *secrets) hideConfiguration(e *ConfigurationError) {
	e.Message, e.Err = s.hide(e.Message), s.hideError(e.Err)
}

func (s *secrets) hideCommand(e *CommandError) {
	e.Message, e.Output, e.Err = s.hide(e.Message), s.hide(e.Output), s.hideError(e.Err)
	e.Attempts = append([]Attempt(nil), e.Attempts...)
	for i := range e.Attempts {
		a := &e.Attempts[i]
		a.Message, a.Err = s.hide(a.Message), s.hideError(a.Err)
	}
}
