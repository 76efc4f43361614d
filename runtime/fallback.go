package alloy

import "context"

// fallback moves on to the next model that may do better.
func (c *call) fallback(ctx context.Context, f *failure) bool {
	if f.config != nil || f.ended || f.final || f.limit != nil || !c.mayFallBack(f) {
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
	case KindCanceled, KindStopped, KindTooLarge, KindBudget, KindStore, KindUnknown:
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
