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
	if g.breaker != nil && g.breaker.State() != resilience.Closed {
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
	waited, f := c.awaitSlots(ctx, &a, patient)
	if f != nil {
		return a, f
	}
	took, f := c.takeTurn(ctx, g, waited, weight, patient)
	if f != nil {
		return a, f
	}
	a.weight = weight
	if g.breaker != nil {
		permit, err := g.breaker.Allow()
		if open, ok := errors.AsType[*resilience.OpenError](err); ok {
			c.giveBack(ctx, g.limits, took, weight) // it has opened while the request waited
			return a, breakerOpen(open.Wait)
		}
		a.permit = permit
	}
	admitted = true
	return a, nil
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

// release gives back what the request held.
func (a *admission) release(o resilience.Outcome) (changed bool, from, to resilience.State) {
	if a.guard == nil {
		return false, 0, 0
	}
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
func (c *call) takeTurn(ctx context.Context, g *guard, waited time.Duration, weight int64, patient bool) (took taken, f *failure) {
	if len(g.limits) == 0 && waited == 0 {
		return took, nil
	}
	took, f = c.take(ctx, g.limits, weight, patient)
	if f == nil && c.observed() {
		c.emit(ctx, RateLimitAcquired{Meta: c.meta(), Operation: "request", Name: c.target.model, Key: took.key,
			Waited: waited + took.waited, Remaining: took.left})
	}
	return took, f
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

// taken is what was taken of limits.
type taken struct {
	key    string // of the limit that has the least left
	waited time.Duration
	left   int64
	first  time.Duration   // when the place in the first limit was taken; for giving it back
	others []time.Duration // … in the others
}

// take takes a place in each of the limits, or in none. A place that was taken while another limit still makes the request wait would be
// used later than it counts: it waits for one limit at a time, and takes the others at once or gives everything back.
func (c *call) take(ctx context.Context, limits []limited, weight int64, patient bool) (taken, *failure) {
	var waited time.Duration
	for slow := 0; ; {
		t := taken{}
		refuses := -1
		for n := range limits {
			i := (slow + n) % len(limits) // the slow one first
			grant, refused, f := limits[i].takeOne(ctx, weight, patient && n == 0)
			switch {
			case f != nil:
				c.giveSomeBack(ctx, limits, &t, slow, n, weight)
				if f.ended {
					f = c.ended(ctx, nil)
				}
				return t, f
			case refused:
				c.giveSomeBack(ctx, limits, &t, slow, n, weight)
				if !patient {
					return t, refusedHere(KindRateLimit, fmt.Sprintf("not sent: the rate limit %s allows no more now", limits[i].key), nil, 0)
				}
				refuses = i
			}
			if refuses >= 0 {
				break
			}
			waited += grant.Waited
			t.note(i, limits, grant)
		}
		if refuses < 0 {
			t.waited = waited
			return t, nil
		}
		slow = refuses
	}
}

// note remembers a place.
func (t *taken) note(i int, limits []limited, grant resilience.Grant) {
	if i == 0 {
		t.first = grant.At
	} else {
		if t.others == nil {
			t.others = make([]time.Duration, len(limits)-1)
		}
		t.others[i-1] = grant.At
	}
	if t.key == "" || grant.Left < t.left {
		t.key, t.left = limits[i].key, grant.Left
	}
}

// giveBack gives the places back in all limits.
func (c *call) giveBack(ctx context.Context, limits []limited, t taken, weight int64) {
	c.giveSomeBack(ctx, limits, &t, 0, len(limits), weight)
}

// giveSomeBack gives the places back in n of the limits, from one on.
func (c *call) giveSomeBack(ctx context.Context, limits []limited, t *taken, from, n int, weight int64) {
	for k := range n {
		i := (from + k) % len(limits)
		at := t.first
		if i > 0 {
			at = t.others[i-1]
		}
		_ = limits[i].Return(context.WithoutCancel(ctx), at, 1, limits[i].weight(weight))
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
