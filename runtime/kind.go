package alloy

import (
	"context"
	"errors"
	"net"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime/provider"
)

// Kind says why a request, an answer or a call failed. The words are those of the retry_on directive; a Kind is also a
// Condition for WithRetryOn.
type Kind string

// Failed requests. The class that a provider gives a failure decides; package provider says which statuses are in which class.
const (
	KindNetwork       Kind = "network"        // refused, reset, a temporary DNS failure, a connection that was cut
	KindTimeout       Kind = "timeout"        // of one attempt, or of the whole call
	KindRateLimit     Kind = "rate_limit"     // HTTP 429 (RFC 6585 §4) and its like
	KindOverloaded    Kind = "overloaded"     // HTTP 503, 529, overloaded_error; its waits are twice as long
	KindServer        Kind = "server"         // HTTP 500, 502, 504, 408, 409
	KindQuota         Kind = "quota"          // the account has no money left
	KindInvalid       Kind = "invalid"        // HTTP 400, 401, 403, 404, 413, 422, 501; a bad certificate
	KindContextWindow Kind = "context_window" // the conversation is too long for the model
	KindMalformed     Kind = "malformed"      // a reply that is none: bad JSON, HTML, no choices; repeated at most once
	KindTooLarge      Kind = "too_large"      // a reply over the size limit
)

// Requests that were not sent.
const (
	KindBreakerOpen Kind = "breaker_open" // the model kept failing, and is not asked for a while
	KindBudget      Kind = "budget"       // the request would have passed a budget
	KindStore       Kind = "store"        // the store of WithStore cannot be reached, and going on without it is not safe
)

// Rejected answers.
const (
	KindEmpty     Kind = "empty"     // a blank answer
	KindParse     Kind = "parse"     // no JSON in it, or broken JSON
	KindSchema    Kind = "schema"    // JSON that does not fit the schema or the Go type
	KindContract  Kind = "contract"  // a contract (ensure) that does not hold; for a call also its require
	KindTruncated Kind = "truncated" // an answer that ran into max_tokens; a stream that was cut is network
	KindRefusal   Kind = "refusal"   // the model, or a filter of its vendor, refused
)

// Ends of a call.
const (
	KindToolLoopLimit Kind = "tool_loop_limit" // more than max_tool_turns rounds of tools
	KindCanceled      Kind = "canceled"        // the caller's context ended, or the reader left the stream
	KindStopped       Kind = "stopped"         // a tool returned Stop
	KindCheckpoint    Kind = "checkpoint"      // the state of a run was found and cannot be used
	KindUnknown       Kind = "unknown_outcome" // nobody knows whether a tool of an earlier attempt at the run has done its work
)

// Condition says which failures WithRetryOn retries: a Kind, a KindSet, MatchError or MatchType.
type Condition interface{ matches(k Kind, err error) bool }

func (k Kind) matches(other Kind, _ error) bool { return k == other }

// KindSet is a Condition that stands for several kinds.
type KindSet string

const (
	// Transient failures pass by themselves: network, timeout, rate_limit, overloaded, server. A malformed reply counts too.
	Transient KindSet = "transient"
	// OutputRejected answers can be cured by asking again: empty, parse, schema, contract, truncated.
	OutputRejected KindSet = "output"
	// All failures but a ConfigurationError, a failing require, and the end of the call's time or of the caller's context,
	// which nothing retries. A malformed reply and a truncated answer get one more attempt of a model even so.
	All KindSet = "all"
)

func (s KindSet) matches(k Kind, _ error) bool {
	switch s {
	case All:
		return true
	case Transient:
		return k.transient()
	case OutputRejected:
		return k.output()
	}
	return false
}

func (k Kind) transient() bool {
	switch k {
	case KindNetwork, KindTimeout, KindRateLimit, KindOverloaded, KindServer, KindMalformed:
		return true
	}
	return false
}

func (k Kind) output() bool {
	switch k {
	case KindEmpty, KindParse, KindSchema, KindContract, KindTruncated:
		return true
	}
	return false
}

// MatchError is the condition that errors.Is finds target in a failure.
func MatchError(target error) Condition { return matchError{target} }

type matchError struct{ target error }

func (m matchError) matches(_ Kind, err error) bool { return errors.Is(err, m.target) }

// MatchType is the condition that errors.As finds an E in a failure.
func MatchType[E error]() Condition { return matchType[E]{} }

type matchType[E error] struct{}

func (matchType[E]) matches(_ Kind, err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// defaultRetryOn holds while retry_on is unset: what the next try can cure.
var defaultRetryOn = []Condition{Transient, OutputRejected}

func matchesAny(conditions []Condition, k Kind, err error) bool {
	for _, c := range conditions {
		if c != nil && c.matches(k, err) {
			return true
		}
	}
	return false
}

// kindOf classifies the error of a tool, which may be anything: a command's, a provider's, a contract's, or Go's own.
func kindOf(err error) Kind {
	if e, ok := errors.AsType[*CommandError](err); ok {
		return e.Kind
	}
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return kindOfClass(e.Class)
	}
	if _, ok := errors.AsType[*contracts.Violation](err); ok {
		return KindContract
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return KindTimeout
	}
	if errors.Is(err, context.Canceled) {
		return KindCanceled
	}
	if e, ok := errors.AsType[net.Error](err); ok {
		if e.Timeout() {
			return KindTimeout
		}
		return KindNetwork
	}
	return ""
}

// kindOfClass names a provider's class; the words are the same but for a cut stream, which is the network's doing.
func kindOfClass(c provider.Class) Kind {
	if c == provider.Truncated {
		return KindNetwork
	}
	return Kind(c)
}
