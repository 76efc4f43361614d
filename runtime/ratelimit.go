package alloy

import (
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// Rate is at most N in any interval of length Per.
type Rate = resilience.Rate

// PerSecond, PerMinute, PerHour and PerDay are rates.
func PerSecond(n int64) Rate { return Rate{N: n, Per: time.Second} }

// PerMinute is at most n in any minute.
func PerMinute(n int64) Rate { return Rate{N: n, Per: time.Minute} }

// PerHour is at most n in any hour.
func PerHour(n int64) Rate { return Rate{N: n, Per: time.Hour} }

// PerDay is at most n in any 24 hours.
func PerDay(n int64) Rate { return Rate{N: n, Per: 24 * time.Hour} }

// RateLimit is how often something may be done. All its rates hold at once: each is a real window, which sees at most N in any
// interval, and a request takes its place in all of them or in none. Who must wait does so in the order of arrival; a wait
// that does not fit what is left of the call's time is refused at once.
type RateLimit struct {
	Key      string // who gives the same key and the same rates shares the limit; WithRateLimit sets it
	Requests []Rate // of requests, or of runs of a tool; repeats and hedges count
	Burst    int64  // how many may go at once; 0 means 10. Over N of the fastest rate, that window may see N+Burst
	Tokens   []Rate // of tokens: estimated as for a Budget before a request, and corrected by the usage that the vendor reports
}

func (l RateLimit) limit() resilience.Limit {
	return resilience.Limit{Rates: l.Requests, Burst: l.Burst, Weights: l.Tokens}
}

// WithRateLimit limits requests to models. A key that names a provider (anthropic) or a model (claude-opus-4-7, openai/gpt-5)
// limits the requests to it; any other key limits all requests of the calls that the option is for, together with those of
// other commands that have the same key and rates. Limits with different keys hold together; of several with one key the
// nearest counts, and one without rates removes it. They are counted in the client's memory, or in the store of WithStore.
func WithRateLimit(key string, limit RateLimit) Option {
	limit.Key = key
	return option(func(s *settings) {
		if len(limit.Requests)+len(limit.Tokens) > 0 {
			if err := limit.limit().Validate(); err != nil {
				s.refuse("rate_limit", "%q: %v", key, err)
				return
			}
		}
		s.limits = replaced(s.limits, limit, func(l RateLimit) bool { return l.Key == key })
		s.guarded++
	})
}

// replaced is list with value in place of the one that is meant; the list itself, which others may share, stays.
func replaced[T any](list []T, value T, meant func(T) bool) []T {
	next := make([]T, 0, len(list)+1)
	for _, v := range list {
		if !meant(v) {
			next = append(next, v)
		}
	}
	return append(next, value)
}
