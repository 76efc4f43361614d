package resilience

import (
	"sync"
	"time"
)

// RetryBudget keeps an outage from being amplified: within ten seconds, retries may be at most a fifth of the requests,
// or ten if that is more. The zero value is ready. It is safe for many goroutines and does not allocate.
type RetryBudget struct {
	mu       sync.Mutex
	window   rolling
	requests [buckets]int
	retries  [buckets]int
}

const (
	budgetWindow  = 10 * time.Second
	budgetPart    = 5  // one in so many
	budgetAtLeast = 10 // retries
)

// Request counts a request. Whether a retry counts as one as well is the caller's choice.
func (b *RetryBudget) Request() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests[b.advance()]++
}

// Retry takes a retry out of the budget. It reports whether there was one left.
func (b *RetryBudget) Retry() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	bucket := b.advance()
	var requests, retries int
	for i := range buckets {
		requests += b.requests[i]
		retries += b.retries[i]
	}
	if retries+1 > max(budgetAtLeast, requests/budgetPart) {
		return false
	}
	b.retries[bucket]++
	return true
}

func (b *RetryBudget) advance() int {
	b.window.width = budgetWindow / buckets
	return b.window.advance(uptime(), func(i int) { b.requests[i], b.retries[i] = 0, 0 })
}
