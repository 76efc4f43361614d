package outgoing

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/alloygen/alloygen/runtime/provider"
)

// NoCredential is the error for a credential that could not be had: what was tried, and why it failed. status is what its issuer
// answered; 0 when that is not known. A failure of the network may pass, and so may what the status says so of; anything else is
// permanent: nobody is signed in, the issuer refuses.
func NoCredential(what string, status int, err error) error {
	// As the errors of the AWS SDK have it.
	if answered, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err); ok {
		status = answered.HTTPStatusCode()
	}
	class := provider.StatusClass(status)
	if class == "" {
		if _, network := errors.AsType[net.Error](err); network || errors.Is(err, context.Canceled) {
			return fmt.Errorf("%s: %w", what, err)
		}
		class = provider.Invalid
	}
	// Without the status: it is not the one of the request.
	return &provider.Error{Class: class, Message: what + ": " + err.Error(), Err: err}
}
