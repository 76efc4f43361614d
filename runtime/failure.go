package alloy

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/resilience"
)

// failure is a failed request, a rejected answer, or the end of a call.
type failure struct {
	kind       Kind
	message    string        // what happened
	err        error         // the cause
	retryAfter time.Duration // what the server asked for
	status     int           // the HTTP status, if there is one

	answer *provider.Response // the rejected answer; nil when a request failed
	output string             // its text
	reask  string             // what the model is told of it; empty: the request is repeated as it was

	config *ConfigurationError // then nothing else counts
	limit  bool                // of max_tool_turns
	ended  bool                // with the context of the call
	sent   bool                // a request was under way
}

// rejected reports whether f is an answer that was not taken.
func (f *failure) rejected() bool { return f.answer != nil }

func misconfigured(err *ConfigurationError) *failure { return &failure{config: err} }

// requestFailure classifies the error of a provider.
func requestFailure(err error) *failure {
	if c, ok := errors.AsType[*ConfigurationError](err); ok {
		return misconfigured(c)
	}
	if c, ok := errors.AsType[*provider.ConfigError](err); ok {
		return misconfigured(asConfigurationError(c))
	}
	f := &failure{kind: kindOf(err), message: err.Error(), err: err, sent: true}
	if f.kind == "" {
		f.kind = KindInvalid
	}
	if perr, ok := errors.AsType[*provider.Error](err); ok {
		f.status, f.retryAfter = perr.Status, perr.RetryAfter
	}
	return f
}

// attemptTimedOut is the failure of a request that took longer than attempt_timeout.
func (c *call) attemptTimedOut(err error) *failure {
	message := fmt.Sprintf("no answer within the attempt timeout of %v", c.set.attemptTimeout)
	return &failure{kind: KindTimeout, message: message, err: errors.Join(errors.New(message), context.DeadlineExceeded, err), sent: true}
}

// ended is the end of the call with its context. err is that of the request under way, or nil.
func (c *call) ended(ctx context.Context, err error) *failure {
	f := &failure{kind: KindCanceled, ended: true, sent: err != nil}
	cause := context.Cause(ctx)
	switch {
	case cause == nil: // too little time is left
		cause = context.DeadlineExceeded
		fallthrough
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		f.kind, f.message = KindTimeout, c.lateMessage()
	default:
		f.message = "canceled by the caller"
		if cause != context.Canceled {
			f.message += ": " + cause.Error()
		}
	}
	causes := []error{cause}
	if ctxErr := ctx.Err(); ctxErr != nil && ctxErr != cause {
		causes = append(causes, ctxErr)
	}
	if err != nil {
		causes = append(causes, err)
	} else if n := len(c.attempts); n > 0 {
		causes = append(causes, c.attempts[n-1].Err)
	}
	f.err = causes[0]
	if len(causes) > 1 {
		f.err = errors.Join(causes...)
	}
	return f
}

// lateMessage says whose time is up.
func (c *call) lateMessage() string {
	if c.ownTime() {
		return fmt.Sprintf("no answer within %v; raise the timeout if the model needs longer", c.set.timeout)
	}
	return "the deadline of the caller's context has passed"
}

// ownTime reports whether the call's own limit comes before the caller's deadline.
func (c *call) ownTime() bool {
	if c.set.timeout <= 0 || c.caller.Err() != nil {
		return false
	}
	deadline, ok := c.caller.Deadline()
	return !ok || time.Until(deadline) >= leastTime
}

// again decides whether the current model gets another chance, and prepares it: a rejected answer is asked for again in the
// conversation, a failed request repeated after a wait.
func (c *call) again(ctx context.Context, f *failure) bool {
	if f.config != nil {
		return false
	}
	free := c.isFree(f)
	if free {
		c.followedUp = true
	} else if !f.ended {
		c.failures++
	}
	c.record(f)
	retry := !f.ended && (free || c.failures < c.set.retry.attempts() && c.retriable(f))
	c.answerRejected(ctx, f, retry, free)
	if !retry {
		return false
	}
	switch {
	case f.rejected():
		c.reask(f)
	case f.limit:
		c.turns = 0
	case f.kind == KindStopped:
	default:
		return c.wait(ctx, f)
	}
	return true
}

// isFree reports whether f is asked for again without counting as a failure: one rejected answer of a call is.
func (c *call) isFree(f *failure) bool {
	if !f.rejected() || c.followedUp || !c.set.autoFinalize {
		return false
	}
	switch f.kind {
	case KindRefusal:
		return false
	case KindTruncated:
		return c.cmd.form == formTyped && !c.lengthened
	}
	return true
}

// retriable reports whether retry_on covers f.
func (c *call) retriable(f *failure) bool {
	switch {
	case f.kind == KindCanceled:
		return false
	case f.kind == KindMalformed && c.malformed:
		return false
	case f.kind == KindTruncated && f.rejected() && c.lengthened:
		return false
	}
	return matchesAny(c.set.retryOn, f.kind, f.err)
}

// record keeps f for the error that the call may end with.
func (c *call) record(f *failure) {
	if f.ended && !f.sent {
		return
	}
	c.attempts = append(c.attempts, Attempt{
		Model:      c.target.model,
		Kind:       f.kind,
		Message:    c.secrets.hide(f.message),
		RetryAfter: f.retryAfter,
		Err:        c.secrets.hideError(f.err),
	})
}

// reask tells the model why its answer was rejected. The answer has ended the loop of tools, unless it was cut off in a tool call.
func (c *call) reask(f *failure) {
	if f.reask == "" {
		return
	}
	c.heard(f.answer)
	c.say(f.reask)
	if f.kind == KindTruncated {
		c.lengthened = true
		c.maxTokens = moreRoom(c.maxTokens, f.answer.Usage.OutputTokens)
		c.closed = c.closed || len(f.answer.ToolCalls()) == 0
		return
	}
	c.closed = true
}

// smallLimit is the most tokens that count as a vendor's own limit, as opposed to what the model can write at all.
const smallLimit = 4096

// moreRoom doubles a limit. Where none is set, an answer that was cut off early ran into a limit of the vendor's, as
// Anthropic's is, and gets room in the same way.
func moreRoom(limit, written int) int {
	if limit == 0 && written > 0 && written <= smallLimit {
		limit = written
	}
	return 2 * limit
}

// wait passes the time before a repeat of a failed request. It is false, at once, when waiting makes no sense.
func (c *call) wait(ctx context.Context, f *failure) bool {
	c.malformed = c.malformed || f.kind == KindMalformed
	b := c.set.retry.backoff()
	if f.kind == KindOverloaded {
		b.Base *= 2
	}
	if f.retryAfter > b.Max {
		return false
	}
	d := b.Floor(b.Wait(c.repeats, nil), f.retryAfter, nil)
	c.repeats++
	if deadline, ok := ctx.Deadline(); ok && d > time.Until(deadline)-leastTime {
		return false
	}
	if c.observed() {
		c.emit(ctx, RetryScheduled{Meta: c.meta(), Operation: "request", Name: c.target.model, Attempt: c.failures,
			Max: c.set.retry.attempts(), Delay: d, Err: c.secrets.hideError(f.err)})
	}
	if resilience.Sleep(ctx, d) == nil {
		return true
	}
	*f = *c.ended(ctx, nil)
	return false
}

// fallback moves on to the next model that may do better.
func (c *call) fallback(ctx context.Context, f *failure) bool {
	if f.config != nil || f.ended || f.limit || !c.mayFallBack(f) {
		return false
	}
	for next := c.at + 1; next < len(c.targets); next++ {
		if f.kind == KindQuota && c.targets[next].provider == c.target.provider {
			continue
		}
		if f.rejected() {
			c.reask(f)
		}
		if c.observed() {
			c.emit(ctx, FallbackStarted{Meta: c.meta(), From: c.target.model, To: c.targets[next].model, Kind: f.kind, Err: c.secrets.hideError(f.err)})
		}
		c.use(next)
		return true
	}
	return false
}

// mayFallBack is the column "fallback" of the classes: another model cannot cure a bad request.
func (c *call) mayFallBack(f *failure) bool {
	switch f.kind {
	case KindInvalid:
		return f.status != 400 && f.status != 413 && f.status != 422
	case KindCanceled, KindStopped, KindTooLarge:
		return false
	case KindRefusal:
		return matchesAny(c.set.retryOn, f.kind, f.err)
	}
	return true
}

// use makes a target the current model. What only the last vendor understands is dropped from the conversation, and tools
// may be called again; those that have run are in it with their results.
func (c *call) use(next int) {
	previous := c.target.provider
	c.at, c.target = next, c.targets[next]
	c.failures, c.repeats, c.malformed, c.closed = 0, 0, false, false
	if c.target.provider != previous {
		c.messages = withoutVendor(c.messages)
	}
}

// withoutVendor is a copy of messages without vendor parts.
func withoutVendor(messages []Message) []Message {
	kept := make([]Message, 0, len(messages))
	for _, m := range messages {
		parts := make([]Part, 0, len(m.Parts))
		for _, p := range m.Parts {
			if p.Vendor == nil {
				parts = append(parts, p)
			}
		}
		if len(parts) > 0 {
			kept = append(kept, Message{Role: m.Role, Parts: parts})
		}
	}
	return kept
}

// finalizeText asks for the best answer of a call that would otherwise end without one.
const finalizeText = "No more tools can be called. Give the best answer that you can with what you know now, in the form that was asked for."

// finalize makes the last request that WithFinalize asks for. It reports whether the answer was taken; if not, its failure
// joins f.
func (c *call) finalize(caller context.Context, f *failure) bool {
	reason := c.finalizeReason(f)
	if reason == "" {
		return false
	}
	grace := c.set.finalize.Grace
	if grace <= 0 {
		grace = DefaultGrace
	}
	ctx, cancel := context.WithTimeout(caller, grace)
	defer cancel()
	if c.observed() {
		c.emit(ctx, FinalizeStarted{Meta: c.meta(), Reason: reason, Err: c.secrets.hideError(f.err)})
	}
	c.closed = true
	c.say(finalizeText)
	resp, last := c.request(ctx)
	if last == nil {
		last = c.accept(ctx, resp)
	}
	if last == nil {
		return true
	}
	if last.config == nil {
		c.record(last)
		c.answerRejected(ctx, last, false, false)
		f.err = errors.Join(f.err, last.err)
	}
	return false
}

// finalizeReason says why there is to be a last request; empty if there is to be none.
func (c *call) finalizeReason(f *failure) string {
	on := c.set.finalize
	switch {
	case f.config != nil || f.kind == KindStopped || c.caller.Err() != nil:
		return ""
	case f.limit:
		return pick(on.Limit, "limit")
	case f.ended:
		return pick(on.Timeout && c.ownTime(), "timeout")
	}
	return pick(on.Error && c.rounds > 0, "error")
}

func pick(condition bool, word string) string {
	if condition {
		return word
	}
	return ""
}

// failed is the error of a call that ended with f.
func (c *call) failed(f *failure) error {
	if f.config != nil {
		return c.cmd.configurationError(f.config)
	}
	e := CommandError{
		Command:  c.cmd.name,
		Model:    c.target.model,
		Kind:     f.kind,
		Message:  c.summary(f),
		Output:   c.secrets.hide(shorten(f.output, snippetLength)),
		Attempts: c.attempts,
		Err:      c.secrets.hideError(f.err),
	}
	if f.limit {
		return &ToolLoopLimitExceeded{
			Command:     e.Command,
			MaxTurns:    c.set.maxToolTurns,
			TurnsTaken:  c.turns,
			PartialText: c.secrets.hide(f.output),
			failed:      e,
		}
	}
	return &e
}

// summary says what happened: with one model its last failure, with several the last of each.
func (c *call) summary(f *failure) string {
	var b strings.Builder
	b.WriteString(c.models())
	if n := len(c.attempts); n > 0 {
		fmt.Fprintf(&b, " failed after %s: ", counted(n, "attempt"))
	} else {
		b.WriteString(": ")
	}
	if c.at == 0 {
		b.WriteString(string(f.kind) + ": " + f.message + hint(f))
	} else {
		c.writeLastOfEach(&b, f)
	}
	return c.secrets.hide(b.String())
}

// models names the models that were tried.
func (c *call) models() string {
	if c.at == 0 {
		return c.target.model
	}
	return "every model"
}

func (c *call) writeLastOfEach(b *strings.Builder, f *failure) {
	for i, a := range c.attempts {
		if i+1 < len(c.attempts) && c.attempts[i+1].Model == a.Model {
			continue
		}
		fmt.Fprintf(b, "%s: %s: %s; ", a.Model, a.Kind, a.Message)
	}
	text := strings.TrimSuffix(b.String(), "; ")
	b.Reset()
	b.WriteString(text)
	if f.ended && !f.sent {
		b.WriteString("; " + f.message)
	}
	b.WriteString(hint(f))
}

// hint says what to do about a failure that repeating does not cure.
func hint(f *failure) string {
	switch f.kind {
	case KindTruncated:
		return " (raise max_tokens)"
	case KindContextWindow:
		return " (send less, or choose a model with a larger window)"
	case KindQuota:
		return " (see to the account's billing)"
	case KindRateLimit, KindOverloaded:
		if f.retryAfter > 0 {
			return fmt.Sprintf(" (the server asks to wait %v)", f.retryAfter)
		}
	}
	return ""
}

func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// recovered turns a panic into an error of the function that defers it.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &panicError{value: p, stack: debug.Stack()}
	}
}
