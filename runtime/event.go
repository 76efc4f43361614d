package alloy

import (
	"context"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Observer gets the events of calls: logs, metrics, traces and reports are observers, and nothing else tells them anything.
//
// The events of one call come one after the other, those of different calls at the same time. Observe must not keep the
// call waiting; it may make calls of its own. A panic in it is recovered and told to the other observers. Text in events never holds the values of
// redacted parameters; what an event points to must not be changed.
type Observer interface {
	Observe(ctx context.Context, e Event)
}

// ObserverFunc is a function that observes.
type ObserverFunc func(ctx context.Context, e Event)

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, e Event) { f(ctx, e) }

// Event is something that happened in a call: one of the struct types below, as a value. Events are built only when somebody observes.
type Event interface {
	About() Meta
	event()
}

// Meta is what all events have.
type Meta struct {
	Call    uint64    // the number of the call in this process
	Command string    // the command's name
	Time    time.Time // when it happened
}

// About returns what all events have.
func (m Meta) About() Meta { return m }
func (Meta) event()        {}

// CallStarted is the first event of a call, before its contracts and its prompt function.
type CallStarted struct {
	Meta
	Model    string   // empty if the settings name none that is known
	Fallback []string // the models after it
}

// RequestStarted comes before each request to a model.
type RequestStarted struct {
	Meta
	Model    string // as named in the settings
	Provider string
	Turn     int               // rounds of tools that have run
	Number   int               // of the request in the call, from 1
	Request  *provider.Request // what is sent
}

// RequestFinished comes after each request to a model.
type RequestFinished struct {
	Meta
	Model    string
	Provider string
	Turn     int
	Number   int
	Duration time.Duration
	Response *provider.Response // nil if it failed
	Usage    provider.Usage     // failed requests may cost as well
	Kind     Kind               // why it failed; empty if it did not, and for a ConfigurationError
	Message  string             // what happened, as in Attempt; empty if it did not fail
	Err      error              // nil if it did not fail
}

// RetryScheduled comes before the wait for another attempt of a failed request or tool. There is none after the last attempt.
type RetryScheduled struct {
	Meta
	Operation string // request or tool
	Name      string // the model's, or the tool's
	Attempt   int    // the one that failed, from 1
	Max       int    // attempts in total
	Delay     time.Duration
	Err       error
}

// AnswerRejected comes when an answer is blank, does not fit, breaks a contract, was cut off, or is a refusal.
type AnswerRejected struct {
	Meta
	Model   string
	Kind    Kind
	Reason  string // what was wrong with it
	Output  string // the first 120 characters of the answer
	Again   bool   // it is asked for again
	Free    bool   // … without counting as a failure
	Attempt int    // the failures of this model so far
	Max     int    // attempts in total
	Err     error
}

// AnswerAccepted comes when an answer has become the result.
type AnswerAccepted struct {
	Meta
	Model   string
	Repairs []Repair // what was changed to make it fit
}

// ToolStarted comes before a tool runs.
type ToolStarted struct {
	Meta
	Tool      string
	CallID    string
	Turn      int    // the round, from 1
	Arguments string // as the model wrote them; of a tool that redacts, as they were read and without what it redacts
}

// ToolFinished comes when a tool call has its result.
type ToolFinished struct {
	Meta
	Tool         string
	CallID       string
	Turn         int
	Attempts     int // 0 if the tool did not run: it is unknown, or its arguments do not fit
	Duration     time.Duration
	Repairs      []Repair // what was changed in the arguments to make them fit
	Result       string   // what the model gets
	StillRunning bool     // the tool has not ended with its context, and was left behind
	Err          error    // nil if it succeeded
	Stack        []byte   // of a panic
}

// TurnFinished comes when all tool calls of a round have their results.
type TurnFinished struct {
	Meta
	Turn  int // from 1
	Tools int // calls in it
}

// FallbackStarted comes when the call moves on to the next model.
type FallbackStarted struct {
	Meta
	From, To string
	Kind     Kind // why
	Err      error
}

// FinalizeStarted comes before the last request that WithFinalize asks for.
type FinalizeStarted struct {
	Meta
	Reason string // limit, timeout or error
	Err    error
}

// CheckRecorded comes for each check contract of an accepted answer.
type CheckRecorded struct {
	Meta
	Check
}

// Check is the outcome of a check contract, which is recorded and has no other effect.
type Check struct {
	Name  string
	Expr  string // the Go expression
	Held  bool
	Stack []byte // of a panic in the expression, which counts as not held
}

// ObserverPanicked comes when an observer panicked; that observer does not get it.
type ObserverPanicked struct {
	Meta
	Panic any
	Stack []byte
}

// CallFinished is the last event of a call.
type CallFinished struct {
	Meta
	Model    string // the last that was tried
	Duration time.Duration
	Turns    int            // rounds of tools
	Usage    provider.Usage // of all requests
	Err      error          // nil if it succeeded
}
