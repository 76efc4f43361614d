package serve

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/alloygen/alloygen/contracts"
	alloy "github.com/alloygen/alloygen/runtime"
)

// end is what the end of a call is to a client that is not to know more.
type end struct {
	status int
	detail string
}

// ends has every alloy.Kind. That of a failing require, which is contract too, is a case of its own.
var ends = map[alloy.Kind]end{
	alloy.KindNetwork:       {http.StatusBadGateway, "The connection to the model failed."},
	alloy.KindTimeout:       {http.StatusGatewayTimeout, "There was no answer in time."},
	alloy.KindRateLimit:     {http.StatusServiceUnavailable, "There are too many requests; try again later."},
	alloy.KindOverloaded:    {http.StatusServiceUnavailable, "The model is overloaded; try again later."},
	alloy.KindServer:        {http.StatusBadGateway, "The model's vendor failed."},
	alloy.KindQuota:         {http.StatusServiceUnavailable, "The quota for the model is used up."},
	alloy.KindInvalid:       {http.StatusBadGateway, "The model's vendor refused the request."},
	alloy.KindContextWindow: {http.StatusUnprocessableEntity, "The request is too long for the model."},
	alloy.KindMalformed:     {http.StatusBadGateway, "The model's vendor sent a reply that is none."},
	alloy.KindTooLarge:      {http.StatusBadGateway, "The reply of the model's vendor is too large."},
	alloy.KindBreakerOpen:   {http.StatusServiceUnavailable, "The model kept failing, and rests; try again later."},
	alloy.KindBudget:        {http.StatusServiceUnavailable, "The budget is used up."},
	alloy.KindStore:         {http.StatusServiceUnavailable, "The storage of the service cannot be reached."},
	alloy.KindEmpty:         {http.StatusBadGateway, "The model gave no answer."},
	alloy.KindParse:         {http.StatusBadGateway, "The model gave no answer that can be read."},
	alloy.KindSchema:        {http.StatusBadGateway, "The model gave no answer that fits."},
	alloy.KindContract:      {http.StatusBadGateway, "The model gave no answer that fits."},
	alloy.KindTruncated:     {http.StatusBadGateway, "The model's answer was cut off."},
	alloy.KindRefusal:       {http.StatusUnprocessableEntity, "The model refused to answer."},
	alloy.KindToolLoopLimit: {http.StatusBadGateway, "The model came to no answer."},
	alloy.KindCanceled:      {statusClientClosed, "The request was cancelled."},
	alloy.KindStopped:       {http.StatusInternalServerError, "A tool ended the request."},
	alloy.KindCheckpoint:    {http.StatusInternalServerError, "The state of the run cannot be used."},
	alloy.KindUnknown:       {http.StatusInternalServerError, "It is not known whether a tool has done its work."},
}

// problemOf is what a client is told of a call's error. ctx is its request's.
func (c *config) problemOf(ctx context.Context, command string, err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.complete()
	}
	p := &Problem{Status: http.StatusInternalServerError, Kind: kindInternal, Detail: "The service failed."}
	if failed, ok := errors.AsType[*alloy.CommandError](err); ok {
		c.explain(p, command, failed)
	} else if wrong, ok := errors.AsType[*alloy.ConfigurationError](err); ok {
		p.Kind, p.Detail = kindConfiguration, "The service is not configured."
		if c.messages {
			p.Detail = wrong.Message
		}
	} else if ended := ctx.Err(); ended != nil && errors.Is(err, ended) { // of a prompt function that gave up
		kind := alloy.KindCanceled
		if ended == context.DeadlineExceeded {
			kind = alloy.KindTimeout
		}
		p.Kind, p.Status, p.Detail = string(kind), ends[kind].status, ends[kind].detail
	}
	return p.complete()
}

// explain says why a command has no value.
func (c *config) explain(p *Problem, command string, failed *alloy.CommandError) {
	p.Kind = string(failed.Kind)
	mine := failed.Kind == alloy.KindContract && failed.Command == command
	if v, ok := errors.AsType[*contracts.Violation](failed); ok && mine && v.Kind == contracts.Require {
		if v.Panic == nil { // one that panics says nothing of the request
			p.Status, p.Detail = http.StatusUnprocessableEntity, failed.Message
		}
		return
	}
	if known, ok := ends[failed.Kind]; ok {
		p.Status, p.Detail = known.status, known.detail
	}
	if c.messages {
		p.Detail = failed.Message
	}
	if n := len(failed.Attempts); n > 0 && p.Status == http.StatusServiceUnavailable {
		p.RetryAfter = wholeSeconds(failed.Attempts[n-1].RetryAfter)
	}
}

// wholeSeconds rounds up: who comes earlier comes in vain.
func wholeSeconds(d time.Duration) int {
	if d <= 0 {
		return 0
	}
	return int((d-1)/time.Second) + 1
}
