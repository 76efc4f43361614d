package alloytest

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/alloygen/alloygen/runtime/provider"
)

// broken is a step that its own test cannot have meant.
func broken(name string, err error) Step {
	s := FailWith(&provider.Error{Class: provider.Invalid, Message: fmt.Sprintf("alloytest.%s: %v", name, err), Err: err})
	s.name = name
	return s
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

func classOf(status int) provider.Class {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict:
		return provider.Server
	case http.StatusPaymentRequired:
		return provider.Quota
	case http.StatusTooManyRequests:
		return provider.RateLimit
	case http.StatusServiceUnavailable, 529:
		return provider.Overloaded
	case http.StatusNotImplemented:
		return provider.Invalid
	}
	switch {
	case status >= 500:
		return provider.Server
	case status >= 300:
		return provider.Invalid
	}
	return provider.Malformed // a success without a body
}

func message(status int) string {
	if text := http.StatusText(status); text != "" {
		return text
	}
	return fmt.Sprintf("status %d", status)
}
