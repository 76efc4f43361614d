package alloy

import (
	"context"
	"errors"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/resilience"
)

// exchange is one request and its answer, with all that stands between: budget, breaker, slots, rate limits, attempt timeout.
type exchange struct {
	admission
	expected estimate
	number   int // of the request in the call
	hedge    int // 0 unless it is a further request of a hedge
	began    time.Time
	open     bool // begun and not concluded
	sent     bool
}

// exchange sends a request once and waits for its answer.
func (c *call) exchange(ctx context.Context, req *provider.Request) (*provider.Response, *failure) {
	var x exchange
	defer c.abandon(ctx, &x)
	if f := c.begin(ctx, &x, req, true); f != nil {
		return nil, f
	}
	if c.sink != nil {
		if err := c.beginAnswer(ctx); err != nil {
			return nil, misconfigured(err)
		}
	}
	x.sent = true
	resp, late, err := c.send(ctx, req)
	resp, f := c.conclude(ctx, &x, resp, c.outcome(ctx, late, resp, err), err)
	return resp, c.interrupted(f)
}

// send is Do within the attempt timeout, and the timeouts of a stream, with a panic in it turned into an error: providers may be
// anybody's. late is which of these has passed.
func (c *call) send(ctx context.Context, req *provider.Request) (resp *provider.Response, late, err error) {
	if c.sink != nil {
		return c.sendStream(ctx, req)
	}
	whole := ctx
	if c.set.attemptTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = c.limitAttempt(ctx)
		defer cancel()
	}
	resp, err = do(ctx, c.target.do, req, nil)
	if c.caller.Err() != nil {
		<-whole.Done() // which comes at once, but not in the same moment; it says why the request ended
	}
	return c.heardCalls(resp), ctx.Err(), err
}

func (c *call) sendStream(ctx context.Context, req *provider.Request) (resp *provider.Response, late, err error) {
	ctx, clock := c.startClock(ctx)
	defer clock.stop()
	resp, err = do(ctx, c.target.do, req, func(d provider.Delta) error {
		clock.pause() // the reader's time is not the model's
		err := c.deliver(ctx, d)
		clock.goOn()
		return err
	})
	clock.pause()
	if ctx.Err() != nil {
		return resp, context.Cause(ctx), err
	}
	resp = c.heardCalls(resp)
	if err == nil && resp != nil && c.sink.pieces == 0 { // it came in one piece, or was held back
		c.show(ctx, resp.Text())
	}
	return resp, nil, err
}

// limitAttempt starts the time of one request. Where that is over before the call's, and nobody but the caller ends the call, the
// context stands beside the call's and not below it: one that has another below it costs twice as much.
func (c *call) limitAttempt(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.set.hedge.After == 0 {
		end := time.Now().Add(c.set.attemptTimeout)
		if whole, limited := ctx.Deadline(); !limited || end.Before(whole) {
			return context.WithDeadline(c.caller, end)
		}
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, c.set.attemptTimeout)
}

func do(ctx context.Context, p provider.Provider, req *provider.Request, emit func(provider.Delta) error) (resp *provider.Response, err error) {
	defer recovered(&err)
	if resp, err = p.Do(ctx, req, emit); err != nil {
		_ = err.Error() // one that panics does it here
	}
	return resp, err
}

// begin does everything that comes before a request is sent.
func (c *call) begin(ctx context.Context, x *exchange, req *provider.Request, patient bool) *failure {
	if c.target.guard.weighted || len(c.set.budgets) > 0 {
		x.expected = c.estimateOf(req)
	}
	if f := c.afford(ctx, x.expected); f != nil {
		return c.refused(ctx, f, patient)
	}
	x.open = true // from here on something is held
	f := c.admit(ctx, &x.admission, int64(x.expected.tokens()), patient)
	if f == nil && !patient && !c.target.guard.model.retries.Retry() { // a hedge is one request more in an outage
		f = refusedHere(KindRateLimit, "not sent: the retries are too many", nil, 0)
	}
	if f != nil {
		c.abandon(ctx, x)
		return c.refused(ctx, f, patient)
	}
	if patient && c.repeats == 0 {
		c.target.guard.model.retries.Request()
	}
	c.requests++
	x.number = c.requests
	x.began = c.requestStarted(ctx, x, req)
	return nil
}

// refused tells the observers of a request that is not sent. One of a hedge that has no place is no loss.
func (c *call) refused(ctx context.Context, f *failure, patient bool) *failure {
	if patient && f.local && c.observed() {
		c.emit(ctx, RequestRefused{Meta: c.meta(), Model: c.target.model, Provider: c.target.provider, Turn: c.rounds,
			Kind: f.kind, Message: f.message, Wait: f.retryAfter, Err: f.err})
	}
	return f
}

// conclude does everything that comes after a request: what it cost, and what its end says of the model.
func (c *call) conclude(ctx context.Context, x *exchange, resp *provider.Response, f *failure, err error) (*provider.Response, *failure) {
	c.account(ctx, x, resp, err, f)
	if f == nil {
		return resp, nil
	}
	if f.kind == KindRateLimit && f.retryAfter > 0 {
		c.startCooldown(ctx, f.retryAfter)
	}
	return nil, f
}

// account closes an exchange.
func (c *call) account(ctx context.Context, x *exchange, resp *provider.Response, err error, f *failure) {
	x.open = false
	outcome := resilience.Success
	if f != nil {
		if outcome = resilience.Ignored; f.countsForBreaker() {
			outcome = resilience.Failure
		}
	}
	usage := usageOf(resp, err)
	c.usage = c.usage.Add(usage)
	cost, priced := c.cost(usage)
	used := spending{tokens: usage.Total(), usd: cost}
	switch {
	case priced:
		c.spentUSD += cost
	case f == nil || f.costsUnknown():
		c.unpriced++
		if usage.Total() == 0 { // the vendor took it, and does not say what it cost
			used = spending{tokens: x.expected.tokens(), usd: x.expected.usd}
		}
	}
	if x.expected != (estimate{}) {
		c.charge(ctx, x.expected, used)
		c.correctLimits(ctx, x, int64(used.tokens))
	}
	changed, from, to := x.release(outcome)
	c.requestFinished(ctx, x, resp, usage, cost, priced, f)
	if changed {
		c.breakerChanged(ctx, from, to)
	}
	c.feedBreaker(ctx, outcome)
}

// costsUnknown reports whether a failed request may have cost something that nobody reported: the vendor had it when it ended.
func (f *failure) costsUnknown() bool {
	switch f.kind {
	case KindTimeout, KindCanceled, KindNetwork, KindMalformed, KindTooLarge:
		return f.sent
	}
	return false
}

// abandon gives back what a request holds that is not sent, or whose provider or observer has ended the goroutine.
func (c *call) abandon(ctx context.Context, x *exchange) {
	if !x.open {
		return
	}
	x.open = false
	x.release(resilience.Ignored)
	if x.sent { // nobody knows what it has cost: it stays with what is expected
		return
	}
	c.giveBack(ctx, &x.admission)
	c.charge(ctx, x.expected, spending{})
}

// correctLimits puts the tokens that were used in place of those that were expected.
func (c *call) correctLimits(ctx context.Context, x *exchange, used int64) {
	if delta := used - x.weight; delta != 0 {
		for _, l := range x.guard.limits {
			if l.weighted {
				_ = l.Correct(context.WithoutCancel(ctx), delta)
			}
		}
	}
}

// startCooldown keeps all calls of the client, and of those that share its store, away from the model.
func (c *call) startCooldown(ctx context.Context, d time.Duration) {
	if !c.target.guard.model.coolDown(d) {
		return
	}
	if c.set.store != nil {
		c.set.store.CoolDown(ctx, c.target.key(), d)
	}
	if c.observed() {
		c.emit(ctx, CooldownStarted{Meta: c.meta(), Model: c.target.model, Provider: c.target.provider, Duration: d})
	}
}

// feedBreaker opens the breaker when the model's health is critical.
func (c *call) feedBreaker(ctx context.Context, o resilience.Outcome) {
	b := c.target.guard.breaker
	if c.set.health == nil || b == nil || o != resilience.Failure || !c.critical() {
		return
	}
	if from := b.State(); b.Trip() {
		c.breakerChanged(ctx, from, b.State())
	}
}

func (c *call) critical() (yes bool) {
	var err error
	defer recovered(&err) // of somebody's health
	return c.set.health.Critical(c.target.model)
}

func (c *call) breakerChanged(ctx context.Context, from, to resilience.State) {
	if !c.observed() {
		return
	}
	e := BreakerChanged{Meta: c.meta(), Model: c.target.model, Provider: c.target.provider, From: from.String(), To: to.String()}
	if to == resilience.Open {
		_, e.Wait = c.target.guard.breaker.Ready()
	}
	c.emit(ctx, e)
}

// usageOf is what a request cost, whether it failed or came too late.
func usageOf(resp *provider.Response, err error) provider.Usage {
	if err == nil && resp != nil {
		return resp.Usage
	}
	if perr, ok := errors.AsType[*provider.Error](err); ok {
		return perr.Usage
	}
	return provider.Usage{}
}
