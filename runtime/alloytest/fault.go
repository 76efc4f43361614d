package alloytest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/alloygen/alloygen/runtime/provider"
)

// mistake is what becomes of a request when the script itself is wrong: no other attempt, and no other model, can cure it.
func mistake(message string, err error) Step {
	return FailWith(&provider.ConfigError{Provider: Name, Setting: "script", Message: message, Err: err})
}

// ended is the error of a request whose context ended. It tells a time that ran out from a caller who gave up.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if !errors.Is(cause, err) {
		err = errors.Join(cause, err)
	}
	class := provider.Canceled
	if errors.Is(err, context.DeadlineExceeded) {
		class = provider.Timeout
	}
	return &provider.Error{Class: class, Message: "no answer before the end of the context: " + cause.Error(), Err: err}
}

// classOf is the class of a status, with a success that has no body for malformed.
func classOf(status int) provider.Class {
	return cmp.Or(provider.StatusClass(status), provider.Malformed)
}

func message(status int) string {
	if text := http.StatusText(status); text != "" {
		return text
	}
	return fmt.Sprintf("status %d", status)
}
