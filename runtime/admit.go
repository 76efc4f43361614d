package alloy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// admission is what one request holds while it is under way.
type admission struct {
	guard  *guard
	permit resilience.Permit
	held   int   // of the guard's slots
	weight int64 // tokens that are taken of the limits
	places places
}

// admit lets a request through: a look at the breaker, the cooldown, a slot, the rate limits, the breaker's permit. This is the
// only place that knows their order. patient: it waits for what it does not get at once. What a has got is its own, whatever ends
// admit.
func (c *call) admit(ctx context.Context, a *admission, weight int64, patient bool) *failure {
	g := c.target.guard
	a.guard, a.weight = g, weight
	if g.breaker != nil && g.breaker.State() != resilience.Closed {
		if ok, wait := g.breaker.Ready(); !ok {
			return breakerOpen(wait)
		}
	}
	waited, f := c.awaitSlots(ctx, a, patient)
	if f != nil {
		return f
	}
	if f := c.takeTurn(ctx, a, waited, patient); f != nil {
		return f
	}
	if g.breaker != nil {
		permit, err := g.breaker.Allow()
		if open, ok := errors.AsType[*resilience.OpenError](err); ok { // it has opened while the request waited
			return breakerOpen(open.Wait)
		}
		a.permit = permit
	}
	return nil
}

// awaitSlots waits for the end of the model's cooldown and takes the slots. Who waits for the one does not hold the other.
func (c *call) awaitSlots(ctx context.Context, a *admission, patient bool) (waited time.Duration, f *failure) {
	for {
		d, f := c.coolDown(ctx, a.guard, patient)
		if f != nil {
			return waited, f
		}
		waited += d
		for _, slot := range a.guard.slots {
			if !patient && !slot.TryAcquire() {
				return waited, refusedHere(KindRateLimit, "not sent: too many requests are under way", nil, 0)
			}
			if patient && slot.Acquire(ctx) != nil {
				return waited, c.ended(ctx, nil)
			}
			a.held++
		}
		if a.held == 0 || a.guard.model.coolingDown() == 0 {
			return waited, nil
		}
		a.releaseSlots() // the model cools down since
	}
}

func (a *admission) releaseSlots() {
	for ; a.held > 0; a.held-- {
		a.guard.slots[a.held-1].Release()
	}
}

// release gives back what the request held. Its places in the limits stay used.
func (a *admission) release(o resilience.Outcome) (changed bool, from, to resilience.State) {
	a.releaseSlots()
	return a.permit.Done(o)
}

func breakerOpen(wait time.Duration) *failure {
	message := "not sent: the breaker of the model is open, because requests to it keep failing"
	if wait > 0 {
		message += fmt.Sprintf("; the next may go in %v", wait.Round(time.Millisecond))
	}
	return refusedHere(KindBreakerOpen, message, nil, wait)
}

// refusedHere is the failure of a request that was not sent.
func refusedHere(kind Kind, message string, err error, wait time.Duration) *failure {
	if err == nil {
		err = errors.New(message)
	}
	return &failure{kind: kind, message: message, err: err, retryAfter: wait, local: true}
}

// takeTurn takes a place in all rate limits of the model. waited: for its cooldown.
func (c *call) takeTurn(ctx context.Context, a *admission, waited time.Duration, patient bool) *failure {
	if len(a.guard.limits) == 0 && waited == 0 {
		return nil
	}
	slow, f := c.take(ctx, a, patient)
	if f == nil && c.observed() {
		key, left := a.places.least(a.guard.limits)
		c.emit(ctx, RateLimitAcquired{Meta: c.meta(), Operation: "request", Name: c.target.model, Key: key,
			Waited: waited + slow, Remaining: left})
	}
	return f
}

// coolDown waits until the model may be asked again. Others may prolong that meanwhile.
func (c *call) coolDown(ctx context.Context, g *guard, patient bool) (waited time.Duration, f *failure) {
	for {
		left := g.model.coolingDown()
		if c.set.store != nil {
			left = max(left, c.set.store.Cooling(ctx, c.target.key()))
		}
		if left <= 0 {
			return waited, nil
		}
		b := c.set.retry.backoff()
		message := fmt.Sprintf("not sent: the vendor has asked to wait, %v are left", left.Round(time.Millisecond))
		if !patient || left > b.Max {
			return waited, refusedHere(KindRateLimit, message, nil, left)
		}
		d := b.Floor(0, left, nil)
		switch err := resilience.Sleep(ctx, d); {
		case errors.Is(err, resilience.ErrNoTime):
			return waited, refusedHere(KindRateLimit, message+", longer than the call may take", nil, left)
		case err != nil:
			return waited, c.ended(ctx, nil)
		}
		waited += d
	}
}

// places are those that a request has taken: n of the guard's limits, from one on and around.
type places struct {
	from, n int
	grants  []resilience.Grant // of each limit
}

// least is the limit with the least left.
func (p *places) least(limits []limited) (key string, left int64) {
	for i := range p.grants {
		if i == 0 || p.grants[i].Left < left {
			key, left = limits[i].key, p.grants[i].Left
		}
	}
	return key, left
}

// take takes a place in each of the limits, or in none, and says how long it had to wait. A place that was taken while another
// limit still makes the request wait would be used later than it counts: it waits for one limit at a time, and takes the others
// at once or gives everything back.
func (c *call) take(ctx context.Context, a *admission, patient bool) (waited time.Duration, f *failure) {
	limits := a.guard.limits
	a.places.grants = make([]resilience.Grant, len(limits))
	for a.places.n < len(limits) {
		i := (a.places.from + a.places.n) % len(limits) // the slow one first
		grant, refused, f := limits[i].takeOne(ctx, a.weight, patient && a.places.n == 0)
		switch {
		case f == nil && !refused:
			waited += grant.Waited
			a.places.grants[i] = grant
			a.places.n++
		case refused && patient:
			c.giveBack(ctx, a)
			a.places.from = i
		case refused:
			return waited, refusedHere(KindRateLimit, fmt.Sprintf("not sent: the rate limit %s allows no more now", limits[i].key), nil, 0)
		case f.ended:
			return waited, c.ended(ctx, nil)
		default:
			return waited, f
		}
	}
	return waited, nil
}

// giveBack gives the places back that a request does not use.
func (c *call) giveBack(ctx context.Context, a *admission) {
	for ; a.places.n > 0; a.places.n-- {
		i := (a.places.from + a.places.n - 1) % len(a.guard.limits)
		l := &a.guard.limits[i]
		_ = l.Return(context.WithoutCancel(ctx), a.places.grants[i].At, 1, l.weight(a.weight))
	}
}

func (l *limited) weight(weight int64) int64 {
	if l.weighted {
		return weight
	}
	return 0
}

// takeOne takes a place in one limit. Who is not patient is refused where it would have to wait.
func (l *limited) takeOne(ctx context.Context, weight int64, patient bool) (g resilience.Grant, refused bool, f *failure) {
	weight = l.weight(weight)
	if patient {
		g, err := l.Wait(ctx, 1, weight)
		return g, false, l.failure(ctx, weight, err)
	}
	v, err := l.Try(ctx, 1, weight)
	switch {
	case err != nil, v.Never:
		if err == nil {
			err = &resilience.LimitError{Never: true}
		}
		return g, false, l.failure(ctx, weight, err)
	case !v.OK:
		return g, true, nil
	}
	return resilience.Grant{Left: v.Left, At: v.At}, false, nil
}

// failure is that of a limit that cannot be met.
func (l *limited) failure(ctx context.Context, weight int64, err error) *failure {
	if err == nil {
		return nil
	}
	limit, ok := errors.AsType[*resilience.LimitError](err)
	switch {
	case ok && limit.Never:
		return refusedHere(KindRateLimit, fmt.Sprintf("not sent: the request needs about %d tokens, more than the rate limit %s ever allows",
			weight, l.key), err, 0)
	case ok:
		return refusedHere(KindRateLimit, fmt.Sprintf("not sent: the rate limit %s would take %v, longer than the call may take",
			l.key, limit.Wait.Round(time.Millisecond)), err, limit.Wait)
	case ctx.Err() != nil:
		return &failure{ended: true}
	}
	return refusedHere(KindRateLimit, fmt.Sprintf("not sent: the rate limit %s: %v", l.key, err), err, 0)
}
