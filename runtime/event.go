package alloy

import (
	"context"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Observer gets the events of calls: logs, metrics, traces and reports are observers, and nothing else tells them anything.
//
// The events of one call come one after the other, those of different calls at the same time. Observe must not keep the call
// waiting; it may make calls of its own. A panic in it is recovered and told to the other observers. Text in events never
// holds the values of redacted parameters; what an event points to must not be changed.
type Observer interface {
	Observe(ctx context.Context, e Event)
}

// ObserverFunc is a function that observes.
type ObserverFunc func(ctx context.Context, e Event)

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, e Event) { f(ctx, e) }

// Event is something that happened in a call: one of the struct types below, as a value. Events are built only when somebody
// observes.
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
	Run      string   // of WithRunID; empty without it
}

// RunResumed comes when a call goes on where an earlier one with the same run ID ended.
type RunResumed struct {
	Meta
	Run   string
	Turn  int      // rounds of tools that have run
	State RunState // in which the run was left
}

// StateChanged comes when a call begins, waits for tools, goes on, and ends.
type StateChanged struct {
	Meta
	From, To RunState
}

// CheckpointSaved comes after each attempt to keep the state of a run. Only calls with a run ID have checkpoints.
type CheckpointSaved struct {
	Meta
	Run   string
	Turn  int // rounds of tools that have run
	State RunState
	Size  int   // in bytes
	Err   error // nil if it is kept
}

// RateLimitAcquired comes when a request or a tool has what its rate limits allow: at once, or after a wait. A wait for the
// end of a model's cooldown counts as well.
type RateLimitAcquired struct {
	Meta
	Operation string // request or tool
	Name      string // the model's, or the tool's
	Key       string // of the limit that left the least; empty for a cooldown alone
	Waited    time.Duration
	Remaining int64 // how many more could go now
}

// CooldownStarted comes when a vendor has asked to wait: no call of the client asks that model until then.
type CooldownStarted struct {
	Meta
	Model    string
	Provider string
	Duration time.Duration
}

// BreakerChanged comes when the breaker of a model opens, lets a probe through, or closes.
type BreakerChanged struct {
	Meta
	Model    string
	Provider string
	From, To string        // closed, open or half_open
	Wait     time.Duration // until a probe may go, if it is open
}

// HedgeStarted comes before a further request is sent because the one before it is slow.
type HedgeStarted struct {
	Meta
	Model  string
	Number int           // of the hedge, from 1
	After  time.Duration // how long the request before it has been under way
}

// RetryBudgetExhausted comes when a failed request is not repeated because the retries of all calls are too many: more than a
// fifth of the requests to the model. Hedges come out of the same budget.
type RetryBudgetExhausted struct {
	Meta
	Model string
	Err   error // the failure that stays
}

// RequestStarted comes before each request to a model.
type RequestStarted struct {
	Meta
	Model    string // as named in the settings
	Provider string
	Turn     int               // rounds of tools that have run
	Number   int               // of the request in the call, from 1
	Hedge    int               // 0 for the first of a hedged request, or one that is not hedged
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
	Cost     float64            // in US dollars; 0 as long as Priced is false
	Priced   bool               // the price of the model and the usage are known
	Hedge    int                // as in RequestStarted
	Lost     bool               // another request of the hedge was faster: this one was given up, and its failure counts for nothing
	Kind     Kind               // why it failed; empty if it did not, and for a ConfigurationError
	Message  string             // what happened, as in Attempt; empty if it did not fail
	Err      error              // nil if it did not fail
}

// RequestRefused comes in place of a request that is not sent: the breaker of the model is open, a rate limit or a cooldown lasts
// longer than the call may take, or a budget would be passed.
type RequestRefused struct {
	Meta
	Model    string
	Provider string
	Turn     int           // rounds of tools that have run
	Kind     Kind          // breaker_open, rate_limit, budget or store
	Message  string        // what happened
	Wait     time.Duration // until it could go; 0 if that is not known
	Err      error
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

// TextDelta comes for each piece of text of a stream. Where a call redacts something, which may stand across two pieces, only
// the reader of the stream gets it.
type TextDelta struct {
	Meta
	Model string
	Text  string
}

// Restarted comes when a stream begins its answer anew: what has been shown of it counts no more. What a model says before it
// calls tools is no part of its answer, and stands.
type Restarted struct {
	Meta
	Model string // that is asked now
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
	Stored       bool     // the result is that of an earlier run of the tool, which did not run again
	Denied       bool     // it was not approved, and did not run
	Err          error    // nil if it succeeded
	Stack        []byte   // of a panic
}

// ApprovalRequested comes before the call's Approver is asked.
type ApprovalRequested struct {
	Meta
	Tool      string
	CallID    string
	Turn      int           // the round, from 1
	Arguments string        // as in ToolStarted
	Timeout   time.Duration // how long the Approver may take
}

// ApprovalDecided comes when a tool that needs approval has it, or not.
type ApprovalDecided struct {
	Meta
	Tool     string
	CallID   string
	Turn     int
	Approved bool
	Reason   string
	TimedOut bool // nobody decided in time
	Duration time.Duration
	Err      error // why nobody could decide; nil if somebody did
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

// DegradeFinished comes when a call that had failed was answered by its degrade function, or that failed as well.
type DegradeFinished struct {
	Meta
	Cause    error // of the call's failure
	Duration time.Duration
	Err      error  // nil if there is a value
	Stack    []byte // of a panic
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
	Cost     float64        // in US dollars, of the requests whose price is known
	Unpriced int            // requests whose price is not: their cost is unknown, which is not nothing
	Err      error          // nil if it succeeded
}
