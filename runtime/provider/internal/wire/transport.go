package wire

import (
	"cmp"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
)

// transportError is the error for a request that brought no response, or whose context ended.
func (r *Reply) transportError(ctx context.Context, err error) *provider.Error {
	if ctx.Err() != nil {
		return r.contextError(ctx)
	}
	err = unwrapURL(err)
	e := r.caused(err, transportClass(err), err.Error())
	e.Reused = r.reused.Load()
	if e.Class == provider.Malformed { // whose cause quotes what came, unredacted
		e.Err = nil
	}
	return e
}

// unwrapURL takes the URL off an error of net/http: it says nothing new and may hold a credential.
func unwrapURL(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}

// caused is the error for what the transport returned. A transport of the caller's may say with a *provider.Error of what class
// it is, and what else is known: that no other attempt gets the credential, or for how long to wait.
func (r *Reply) caused(err error, class provider.Class, message string) *provider.Error {
	own, ok := errors.AsType[*provider.Error](err)
	if !ok || own.Class == "" {
		own = &provider.Error{Class: class, Message: message}
	}
	e := r.Fail(own.Class, strings.Replace(message, own.Error(), own.Message, 1)) // the class stands beside it already
	e.Status, e.Type, e.RetryAfter, e.Err = cmp.Or(own.Status, e.Status), r.redact(own.Type), own.RetryAfter, err
	return e
}

// bodyError is the error for a response whose body could not be read.
func (r *Reply) bodyError(ctx context.Context, err error) *provider.Error {
	if ctx.Err() != nil {
		return r.contextError(ctx)
	}
	var class provider.Class
	message := "reading the answer: " + err.Error()
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, errTooLarge):
		return r.TooLarge()
	case errors.Is(err, io.ErrUnexpectedEOF):
		class, message = provider.Truncated, "the answer was cut off"
	case corrupt, errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		class = provider.Malformed
	default:
		class = transportClass(err)
	}
	return r.caused(err, class, message)
}

// contextError tells a time that ran out from a caller who gave up. The cause of the context is kept beside its error.
func (r *Reply) contextError(ctx context.Context) *provider.Error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause != nil && !errors.Is(cause, err) {
		err = errors.Join(cause, err)
	}
	class := provider.Canceled
	if errors.Is(err, context.DeadlineExceeded) {
		class = provider.Timeout
	}
	e := r.Fail(class, "no answer before the end of the context: "+cause.Error())
	e.Err = err
	return e
}

func transportClass(err error) provider.Class {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound && !dns.IsTemporary {
			return provider.Invalid
		}
		return provider.Network
	}
	if isCertificate(err) || errors.Is(err, http.ErrSchemeMismatch) {
		return provider.Invalid
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return provider.Timeout
	}
	if isGarbled(err) {
		return provider.Malformed
	}
	// Headers over the limit: net/http has no type for it, and other words in HTTP/2.
	if says(err, "response headers exceeded", "header list larger than", "header list too large") {
		return provider.TooLarge
	}
	return provider.Network
}

func isCertificate(err error) bool {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	// An alert of either side, such as for a version that the other does not speak, is an OpError of these names.
	op, ok := errors.AsType[*net.OpError](err)
	alert := ok && (op.Op == "remote error" || op.Op == "local error")
	return verification || authority || host || invalid || alert
}

// isGarbled says whether something that is no HTTP came back. For some of these errors net/http has only words.
func isGarbled(err error) bool {
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, protocol := errors.AsType[textproto.ProtocolError](err)
	return record || protocol || says(err, "malformed ", "chunk length", "unsupported transfer encoding")
}

func says(err error, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(err.Error(), w) })
}
