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
	weight int64 // tokens that were taken of the limits
}

// admit lets a request through: a look at the breaker, a slot, the rate limits, the breaker's permit. This is the only place that
// knows their order. patient: it waits for what it does not get at once.
func (c *call) admit(ctx context.Context, weight int64, patient bool) (a admission, f *failure) {
	g := c.target.guard
	a.guard = g
	if g.breaker != nil {
		if ok, wait := g.breaker.Ready(); !ok {
			return a, breakerOpen(wait)
		}
	}
	admitted := false
	defer func() { // whatever ends it, a panic or the goroutine's end included
		if !admitted {
			a.release(resilience.Ignored)
		}
	}()
	for _, slot := range g.slots {
		if !patient && !slot.TryAcquire() {
			return a, refusedHere(KindRateLimit, "not sent: too many requests are under way", nil, 0)
		}
		if patient && slot.Acquire(ctx) != nil {
			return a, c.ended(ctx, nil)
		}
		a.held++
	}
	if f := c.takeTurn(ctx, g, weight, patient); f != nil {
		return a, f
	}
	a.weight = weight
	if g.breaker != nil {
		permit, err := g.breaker.Allow()
		if open, ok := errors.AsType[*resilience.OpenError](err); ok {
			return a, breakerOpen(open.Wait)
		}
		a.permit = permit
	}
	admitted = true
	return a, nil
}

// release gives back what the request held.
func (a *admission) release(o resilience.Outcome) (changed bool, from, to resilience.State) {
	if a.guard == nil {
		return false, 0, 0
	}
	for ; a.held > 0; a.held-- {
		a.guard.slots[a.held-1].Release()
	}
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

// takeTurn waits for the end of the model's cooldown and takes a place in all its rate limits.
func (c *call) takeTurn(ctx context.Context, g *guard, weight int64, patient bool) *failure {
	waited, f := c.coolDown(ctx, g, patient)
	if f != nil {
		return f
	}
	if len(g.limits) == 0 && waited == 0 {
		return nil
	}
	took, f := c.take(ctx, g.limits, weight, patient)
	if f == nil && c.observed() {
		c.emit(ctx, RateLimitAcquired{Meta: c.meta(), Operation: "request", Name: c.target.model, Key: took.key,
			Waited: waited + took.waited, Remaining: took.left})
	}
	return f
}

// coolDown waits until the model may be asked again.
func (c *call) coolDown(ctx context.Context, g *guard, patient bool) (time.Duration, *failure) {
	left := g.model.coolingDown()
	if c.set.store != nil {
		left = max(left, c.set.store.Cooling(ctx, c.target.key()))
	}
	if left <= 0 {
		return 0, nil
	}
	b := c.set.retry.backoff()
	message := fmt.Sprintf("not sent: the vendor has asked to wait, %v are left", left.Round(time.Millisecond))
	if !patient || left > b.Max {
		return 0, refusedHere(KindRateLimit, message, nil, left)
	}
	d := b.Floor(0, left, nil)
	switch err := resilience.Sleep(ctx, d); {
	case errors.Is(err, resilience.ErrNoTime):
		return 0, refusedHere(KindRateLimit, message+", longer than the call may take", nil, left)
	case err != nil:
		return 0, c.ended(ctx, nil)
	}
	return d, nil
}

// taken is what was taken of limits.
type taken struct {
	key    string // of the limit that has the least left
	waited time.Duration
	left   int64
	at     []time.Duration // when, of each limit; for giving it back
}

// take takes a place in each of the limits, or in none.
func (c *call) take(ctx context.Context, limits []limited, weight int64, patient bool) (all taken, f *failure) {
	for i := range limits {
		grant, f := limits[i].takeOne(ctx, weight, patient)
		if f != nil {
			if f.ended {
				f = c.ended(ctx, nil)
			}
			for j := range i {
				_ = limits[j].Return(context.WithoutCancel(ctx), all.at[j], 1, limits[j].weight(weight))
			}
			return all, f
		}
		if len(limits) > 1 {
			all.at = append(all.at, grant.At)
		}
		all.waited += grant.Waited
		if i == 0 || grant.Left < all.left {
			all.key, all.left = limits[i].key, grant.Left
		}
	}
	return all, nil
}

func (l *limited) weight(weight int64) int64 {
	if l.weighted {
		return weight
	}
	return 0
}

func (l *limited) takeOne(ctx context.Context, weight int64, patient bool) (resilience.Grant, *failure) {
	weight = l.weight(weight)
	if !patient {
		v, err := l.Try(ctx, 1, weight)
		if err != nil || !v.OK {
			return resilience.Grant{}, refusedHere(KindRateLimit,
				fmt.Sprintf("not sent: the rate limit %s allows no more now", l.key), err, v.Wait)
		}
		return resilience.Grant{Left: v.Left, At: v.At}, nil
	}
	grant, err := l.Wait(ctx, 1, weight)
	if err == nil {
		return grant, nil
	}
	limit, ok := errors.AsType[*resilience.LimitError](err)
	switch {
	case ok && limit.Never:
		return grant, refusedHere(KindRateLimit,
			fmt.Sprintf("not sent: the request needs about %d tokens, more than the rate limit %s ever allows", weight, l.key), err, 0)
	case ok:
		return grant, refusedHere(KindRateLimit,
			fmt.Sprintf("not sent: the rate limit %s would take %v, longer than the call may take", l.key, limit.Wait.Round(time.Millisecond)), err, limit.Wait)
	case ctx.Err() != nil:
		return grant, &failure{ended: true}
	}
	return grant, refusedHere(KindRateLimit, fmt.Sprintf("not sent: the rate limit %s: %v", l.key, err), err, 0)
}
