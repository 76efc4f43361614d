package wire

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

const (
	// MaxBody bounds an answer, and one event of a stream, in bytes.
	MaxBody = 32 << 20

	// ItemSize is what each call, block or part of a stream counts beside what is in it, so that a stream of empty ones is bounded
	// too: at 2048.
	ItemSize = 16 << 10

	maxErrorBody = 64 << 10 // of an error, of which 512 bytes are shown
	maxPooled    = 1 << 20  // buffers above it are left to the garbage collector
)

var errTooLarge = errors.New("over the size limit")

// Reply is a response whose headers said success.
type Reply struct {
	RequestID string // the vendor's

	service  *Service
	endpoint *endpoint
	model    string
	res      *http.Response
	cancel   context.CancelFunc // ends the request, if its answer is a stream
	reused   atomic.Bool        // the connection had served other requests; net/http dials in goroutines of its own
}

// Close ends the reply; what was not read of it is discarded.
func (r *Reply) Close() {
	_ = r.res.Body.Close()
	r.cancel()
}

// A stream's last event is read before its end, which the connection needs to serve another request. A server that says more
// than this, or ends later, is not waited for.
const (
	mostAfterEnd = 4 << 10
	waitForEnd   = 20 * time.Millisecond
)

// drain reads the end of a stream whose last event was read.
func (r *Reply) drain() {
	timer := time.AfterFunc(waitForEnd, r.cancel)
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, r.res.Body, mostAfterEnd)
}

// Decode reads the whole body, at most 32 MiB, and decodes it into v. A body that is no JSON object is Malformed.
func (r *Reply) Decode(ctx context.Context, v any) error {
	return r.DecodeWith(ctx, func(body []byte) error { return json.Unmarshal(body, v) })
}

// DecodeWith is Decode with a function in place of json.Unmarshal. The body is the function's only until it returns.
func (r *Reply) DecodeWith(ctx context.Context, decode func(body []byte) error) error {
	buf := buffers.Get().(*[]byte)
	defer release(buf)
	var err error
	*buf, err = readAll(r.res.Body, (*buf)[:0], MaxBody)
	if err != nil {
		return r.bodyError(ctx, err)
	}
	if t := r.res.Header.Get("Content-Type"); t != "" && !isJSON(t) {
		return r.unexpected(*buf)
	}
	if crowded(*buf) {
		return r.TooLarge()
	}
	if err := decode(*buf); err != nil {
		if !json.Valid(*buf) {
			return r.unexpected(*buf)
		}
		return r.Fail(provider.Malformed, "the answer has not the form of the API: "+err.Error())
	}
	return nil
}

// Events checks that the body is a stream of events and returns its reader.
func (r *Reply) Events(ctx context.Context) (*Events, error) {
	if err := r.isStream(ctx); err != nil {
		return nil, err
	}
	return NewEvents(r.res.Body), nil
}

// Lines checks that the body is a stream of lines and returns its reader.
func (r *Reply) Lines(ctx context.Context) (*Lines, error) {
	if err := r.isStream(ctx); err != nil {
		return nil, err
	}
	return NewLines(r.res.Body), nil
}

// isStream reads the body of a reply that is no stream, for the error that it makes.
func (r *Reply) isStream(ctx context.Context) error {
	if hasMediaType(r.res.Header.Get("Content-Type"), r.service.streamType()) {
		return nil
	}
	body, err := readAll(io.LimitReader(r.res.Body, maxErrorBody), nil, maxErrorBody)
	if err != nil {
		return r.bodyError(ctx, err)
	}
	return r.unexpected(body)
}

// Fail returns an error of that class about this reply. The message is redacted and cut.
func (r *Reply) Fail(class provider.Class, message string) *provider.Error {
	e := r.newError(class, message)
	e.RequestID = r.RequestID
	if r.res != nil && r.res.StatusCode != http.StatusOK {
		e.Status = r.res.StatusCode
	}
	return e
}

// TooLarge is the error for an answer that is over MaxBody, or has too many parts.
func (r *Reply) TooLarge() *provider.Error {
	return r.Fail(provider.TooLarge, "the answer is over 32 MiB, or has too many parts")
}

// StreamError returns the error for a stream that could not be read to its end.
func (r *Reply) StreamError(ctx context.Context, err error) *provider.Error {
	if errors.Is(err, io.EOF) {
		return r.Fail(provider.Truncated, "the stream ended before the answer was complete")
	}
	return r.bodyError(ctx, err)
}

// Reported returns the error that an answer with a successful status reports in its body: raw is the value of "error".
func (r *Reply) Reported(raw json.RawMessage) *provider.Error {
	return r.faultError(parseFault([]byte(`{"error":` + string(raw) + `}`)))
}

// IsSet says whether a value was there and not null.
func IsSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// unexpected returns the error for a body of another kind than was asked for.
func (r *Reply) unexpected(body []byte) *provider.Error {
	if json.Valid(body) {
		if f := parseFault(body); f.found {
			return r.faultError(f)
		}
	}
	what := "the answer is no JSON"
	if len(bytes.TrimSpace(body)) == 0 {
		return r.Fail(provider.Malformed, "the answer is empty")
	}
	if t := r.res.Header.Get("Content-Type"); t != "" {
		what = "unexpected answer of type " + t
	}
	return r.Fail(provider.Malformed, fmt.Sprintf("%s: %s", what, body[:min(len(body), maxErrorBody)]))
}

// faultError is the error for a fault that came with a successful status.
func (r *Reply) faultError(f Fault) *provider.Error {
	class := cmp.Or(r.service.Classify(f), provider.Malformed)
	e := r.Fail(class, cmp.Or(f.Message, "the answer is an error without words"))
	e.Type = r.redact(f.word())
	e.RetryAfter = f.RetryAfter
	return e
}

// waitForError is how long the body of an error is waited for. Without it the status says enough.
const waitForError = 5 * time.Second

// statusError reads the body of a response that is no success.
func (r *Reply) statusError(ctx context.Context) *provider.Error {
	timer := time.AfterFunc(waitForError, r.Close)
	body, err := readAll(io.LimitReader(r.res.Body, maxErrorBody), nil, maxErrorBody)
	timer.Stop()
	if err != nil && ctx.Err() != nil {
		return r.transportError(ctx, err)
	}
	h := r.res.Header
	f := parseFault(body)
	f.Status = r.res.StatusCode
	switch {
	case f.Status >= 300 && f.Status < 400:
		f.Message = "the server redirects to another address, which is not followed: set " + cmp.Or(r.service.BaseVar, "the base URL") + " to it"
	case f.Message == "":
		f.Message = cmp.Or(string(bytes.TrimSpace(body)), http.StatusText(f.Status), "no message")
	}
	class := cmp.Or(r.service.Classify(f), provider.StatusClass(f.Status), provider.Malformed)
	e := r.Fail(obey(h.Get("X-Should-Retry"), class), f.Message)
	e.Status = f.refused()
	e.Type = r.redact(f.word())
	e.RetryAfter = cmp.Or(retryAfter(h, e.Class), f.RetryAfter)
	return e
}

func (r *Reply) newError(class provider.Class, message string) *provider.Error {
	return &provider.Error{Provider: r.service.Provider, Model: r.model, Class: class, Message: r.redact(message)}
}

func (r *Reply) redact(s string) string { return redact(s, r.endpoint.secrets) }

func isJSON(contentType string) bool {
	return hasMediaType(contentType, "application/json") || strings.Contains(contentType, "+json")
}

func hasMediaType(contentType, want string) bool {
	if len(contentType) < len(want) || !strings.EqualFold(contentType[:len(want)], want) {
		return false
	}
	rest := strings.TrimLeft(contentType[len(want):], " \t")
	return rest == "" || rest[0] == ';'
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

func release(buf *[]byte) {
	if cap(*buf) <= maxPooled {
		buffers.Put(buf)
	}
}

// readAll appends all of r to buf. More than limit bytes is errTooLarge.
func readAll(r io.Reader, buf []byte, limit int) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > limit:
			return buf, errTooLarge
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}
