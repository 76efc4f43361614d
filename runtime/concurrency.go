package alloy

import "github.com/alloygen/alloygen/runtime/resilience"

// bulkhead is how many requests may be under way at once.
type bulkhead struct {
	key string
	n   int
}

// WithConcurrency limits how many requests are under way at once, so that one slow model cannot take all of a program's
// connections. The key is as that of WithRateLimit: a provider, a model, or a name that commands share. Who must wait does so
// in the order of arrival. 0 removes the limit of that key. It holds for the client in this process.
func WithConcurrency(key string, n int) Option {
	return option(func(s *settings) {
		if n < 0 {
			s.refuse("concurrency", "%q: want a number of at least 0, got %d", key, n)
			return
		}
		s.bulkheads = replaced(s.bulkheads, bulkhead{key, n}, func(b bulkhead) bool { return b.key == key })
		s.guarded++
	})
}

// slots are the places of a bulkhead. All calls of the client share them.
func (c *Client) slots(b bulkhead) *resilience.Bulkhead {
	if found, ok := c.bulkheads.Load(b); ok {
		return found.(*resilience.Bulkhead)
	}
	found, _ := c.bulkheads.LoadOrStore(b, resilience.NewBulkhead(b.n))
	return found.(*resilience.Bulkhead)
}
