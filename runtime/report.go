package alloy

import (
	"context"
	"errors"
	"time"

	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/provider"
)

// Report is what one call did. Give it to WithReport, and read it when the call has returned; the next call with the same
// report starts it anew.
type Report struct {
	Command   string
	Model     string         // the last that was tried: the one that answered, if the call succeeded
	Requests  int            // to models, failed ones included
	Turns     int            // rounds of tools
	ToolCalls int            // tool calls that the models made
	ToolFails int            // of these, with an error for a result
	Retries   int            // repeats of failed requests and tools
	FollowUps int            // answers that were asked for again
	Hedges    int            // further requests because one was slow
	Refused   int            // requests that were not sent: breaker, rate limit, budget
	Finalized string         // why a last request was made: limit, timeout or error; empty if none was
	Degraded  bool           // the result is that of the degrade function
	Blocked   []string       // tools that were not approved, by name, once for each call
	Run       string         // the run's ID; empty without one
	Resumed   bool           // the call went on where an earlier one had ended
	Waited    time.Duration  // for rate limits and cooldowns
	Attempts  []Attempt      // failed requests and rejected answers
	Tools     []ToolFinished // every tool call, in the order in which they finished
	Checks    []Check        // outcomes of the check contracts
	Repairs   []Repair       // what was changed in the accepted answer to make it fit
	Warnings  []string       // settings that a model does not take and that were left out
	Usage     provider.Usage // tokens of all requests
	Cost      float64        // in US dollars, of the requests whose price is known
	Unpriced  int            // requests that may have cost something that nobody knows
	Duration  time.Duration
	Panics    []ObserverPanicked // of other observers
	Err       error              // what the call returned
}

// Repair is one change that was made to an answer to make it fit.
type Repair = output.Repair

// Observe adds an event to the report.
func (r *Report) Observe(_ context.Context, e Event) {
	switch e := e.(type) {
	case CallStarted:
		*r = Report{Command: e.Command, Model: e.Model, Run: e.Run}
	case RunResumed:
		r.Resumed = true
	case RequestRefused:
		r.Refused++
		r.Attempts = append(r.Attempts, Attempt{Model: e.Model, Kind: e.Kind, Message: e.Message, RetryAfter: e.Wait, Refused: true, Err: e.Err})
	case RateLimitAcquired:
		r.Waited += e.Waited
	case HedgeStarted:
		r.Hedges++
	case DegradeFinished:
		r.Degraded = e.Err == nil
	case RequestFinished:
		r.request(e)
	case RetryScheduled:
		r.Retries++
	case AnswerRejected:
		r.Attempts = append(r.Attempts, Attempt{Model: e.Model, Kind: e.Kind, Message: e.Reason, Err: e.Err, Stack: stackOf(e.Err)})
		if e.Again {
			r.FollowUps++
		}
	case AnswerAccepted:
		r.Repairs = e.Repairs
	case ToolFinished:
		r.Tools = append(r.Tools, e)
		r.ToolCalls++
		if e.Err != nil {
			r.ToolFails++
		}
		if e.Denied {
			r.Blocked = append(r.Blocked, e.Tool)
		}
	case TurnFinished:
		r.Turns = e.Turn
	case FallbackStarted:
		r.Model = e.To
	case FinalizeStarted:
		r.Finalized = e.Reason
	case CheckRecorded:
		r.Checks = append(r.Checks, e.Check)
	case ObserverPanicked:
		r.Panics = append(r.Panics, e)
	case CallFinished:
		r.Duration, r.Usage, r.Cost, r.Unpriced, r.Err = e.Duration, e.Usage, e.Cost, e.Unpriced, e.Err
	}
}

func (r *Report) request(e RequestFinished) {
	r.Requests++
	if e.Err != nil && !e.Lost {
		a := Attempt{Model: e.Model, Kind: e.Kind, Message: e.Message, Err: e.Err, Stack: stackOf(e.Err)}
		if perr, ok := errors.AsType[*provider.Error](e.Err); ok {
			a.RetryAfter = perr.RetryAfter
		}
		r.Attempts = append(r.Attempts, a)
	}
	if e.Response != nil {
		r.Warnings = append(r.Warnings, e.Response.Warnings...)
	}
}
