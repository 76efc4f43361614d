package provider

import (
	"fmt"
	"net/http"
	"time"
)

// Class says what kind of failure a request met. It alone decides on retry and fallback; nothing else looks at status codes.
type Class string

const (
	Network       Class = "network"        // refused, reset, temporary DNS failure, EOF before headers
	Timeout       Class = "timeout"        // attempt timeout, no first token, silence between tokens
	Server        Class = "server"         // 500, 502, 504, 408, 409
	RateLimit     Class = "rate_limit"     // 429 and its like
	Overloaded    Class = "overloaded"     // 529, 503, overloaded_error, in a stream too
	Quota         Class = "quota"          // insufficient_quota, billing
	Invalid       Class = "invalid"        // 400, 401, 403, 404, 413, 422, 501, bad certificate
	ContextWindow Class = "context_window" // the conversation is too long for the model
	Refusal       Class = "refusal"        // the model, or a filter, refused
	Truncated     Class = "truncated"      // a cut stream or body
	Malformed     Class = "malformed"      // 200 with bad JSON, HTML, an error body, no choices, an unknown finish reason
	Canceled      Class = "canceled"       // the caller's context ended
	TooLarge      Class = "too_large"      // the response is over the size limit
)

// StatusClass is the class of an HTTP status alone, without what the vendor says in the body; empty for a status that is no
// failure.
func StatusClass(status int) Class {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict: // 408, 409
		return Server
	case http.StatusPaymentRequired: // 402
		return Quota
	case http.StatusTooManyRequests: // 429
		return RateLimit
	case http.StatusNotImplemented: // 501
		return Invalid
	case http.StatusServiceUnavailable, 529:
		return Overloaded
	}
	switch {
	case status >= 500:
		return Server
	case status >= 300:
		return Invalid
	}
	return ""
}

// Error is a failed request. A key that is refused has Status 401, and an account or a country that is not served 403, where the
// server has 400 for them too. An http.RoundTripper may return one: its Class, Status, Type and RetryAfter are kept, where any other
// error of a transport is of the class network.
type Error struct {
	Provider   string        // openai, anthropic …
	Model      string        // as asked for
	Class      Class         // decides on retry and fallback
	Status     int           // the HTTP status; 0 when no response came
	Type       string        // the vendor's word for the error: invalid_request_error, insufficient_quota …
	Message    string        // the vendor's message, or what happened; at most 512 bytes, without credentials
	RequestID  string        // the vendor's, for support
	RetryAfter time.Duration // how long the vendor asks to wait; 0 when it does not say
	Usage      Usage         // what the failed request cost, where the vendor says so
	Reused     bool          // the connection had served other requests before: its end may have been due to its age
	Err        error         // the cause, if there is one
}

// Error says which provider and model failed, how, and what the vendor said.
func (e *Error) Error() string {
	where := e.Provider
	if e.Model != "" {
		where += "/" + e.Model
	}
	if where != "" {
		where += ": "
	}
	what := string(e.Class)
	if e.Status != 0 {
		what = fmt.Sprintf("%s (HTTP %d)", e.Class, e.Status)
	}
	msg := fmt.Sprintf("%s%s: %s", where, what, e.Message)
	if e.RequestID != "" {
		msg += " (request " + e.RequestID + ")"
	}
	return msg
}

func (e *Error) Unwrap() error { return e.Err }

// ConfigError is a mistake in the program or its environment that no other attempt can cure: a missing credential, an
// unknown model, a capability that the model lacks. An http.RoundTripper may return one, before it sends anything.
type ConfigError struct {
	Provider string
	Setting  string // the variable or option to change; several are joined with ", "
	Message  string // what is wrong and what to do
	Err      error
}

func (e *ConfigError) Error() string {
	if e.Provider == "" {
		return e.Message
	}
	return e.Provider + ": " + e.Message
}

func (e *ConfigError) Unwrap() error { return e.Err }
