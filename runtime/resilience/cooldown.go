package resilience

import "time"

// Cooldown is a time in which something is left alone. The zero value is over. It is not for concurrent use.
type Cooldown struct{ from, until time.Duration }

// Start begins a cooldown of d, unless one that lasts as long is under way. It reports whether it did.
func (c *Cooldown) Start(d time.Duration) bool {
	now := uptime()
	if d <= c.left(now) {
		return false
	}
	c.from, c.until = now, now+d
	return true
}

// Left is how long it goes on.
func (c *Cooldown) Left() time.Duration {
	if *c == (Cooldown{}) { // there has been none: the clock need not be read
		return 0
	}
	return c.left(uptime())
}

// left is what is still to come of it. Before it began it is another clock's, and nothing.
func (c *Cooldown) left(now time.Duration) time.Duration {
	if now < c.from {
		return 0
	}
	return max(c.until-now, 0)
}
