package alloy_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

// The rows of the matrix about what the client itself does: breaker, rate limits, hedging, the retry budget. Each runs over
// net/http.

// own returns a context with a client of its own, whose calls go to the site.
func (s *site) own(t *testing.T, opts ...alloy.Option) context.Context {
	t.Helper()
	client, err := alloy.New(append([]alloy.Option{alloy.WithHTTPClient(s.client),
		alloy.WithRetry(alloy.Retry{Attempts: 1})}, opts...)...)
	require.NoError(t, err)
	return alloy.WithClient(t.Context(), client)
}

// triaged makes one call.
func triaged(ctx context.Context, v vendor, opts ...alloy.Option) (Ticket, error) {
	return triage.Run(ctx, saying[Ticket]("Where is order 4392?"), append([]alloy.Option{alloy.WithModel(v.model)}, opts...))
}

func bothVendors(t *testing.T, name string, check func(t *testing.T, v vendor)) {
	t.Run(name, func(t *testing.T) {
		for _, v := range []vendor{openAI, anthropic} {
			t.Run(v.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { check(t, v) })
			})
		}
	})
}

func slowly(d time.Duration, then handler) handler {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			then(w, r)
		case <-r.Context().Done():
		}
	}
}

func TestFaultsAndTheBreaker(t *testing.T) {
	vendorKeys(t)
	breaker := alloy.WithBreaker(alloy.Breaker{Failures: 3, Cooldown: 30 * time.Second})
	broken := says(500, nil, "")

	// F93: after the third failure nothing is sent; the call fails over at once; a probe after the cooldown closes the breaker.
	bothVendors(t, "F93_opens_and_recovers", func(t *testing.T, v vendor) {
		var down atomic.Bool
		down.Store(true)
		s := open(t, func(model string, _ int) handler {
			if model == v.model && down.Load() {
				return broken
			}
			return byModel("", nil, 0)(model, 1)
		})
		var seen events
		ctx := s.own(t, breaker, alloy.WithObserver(&seen))
		for range 3 {
			_, err := triaged(ctx, v)
			require.Equal(t, alloy.KindServer, failed(t, err).Kind)
		}
		_, err := triaged(ctx, v)
		require.Equal(t, alloy.KindBreakerOpen, failed(t, err).Kind)
		require.True(t, failed(t, err).Attempts[0].Refused)
		require.NotContains(t, err.Error(), "attempt", "none was made")
		require.Len(t, s.asked(), 3)
		got, err := triaged(ctx, v, alloy.WithFallback(v.other().model))
		require.NoError(t, err)
		require.Equal(t, late, got)
		require.Equal(t, v.other().model, s.asked()[3])
		time.Sleep(30 * time.Second)
		_, err = triaged(ctx, v) // the probe fails, and the cooldown doubles
		require.Equal(t, alloy.KindServer, failed(t, err).Kind)
		time.Sleep(59 * time.Second)
		_, err = triaged(ctx, v)
		require.Equal(t, alloy.KindBreakerOpen, failed(t, err).Kind)
		down.Store(false)
		time.Sleep(time.Second)
		for range 2 {
			_, err = triaged(ctx, v)
			require.NoError(t, err)
		}
		var changes []string
		for _, e := range of[alloy.BreakerChanged](&seen) {
			changes = append(changes, e.From+" "+e.To)
		}
		require.Equal(t, []string{"closed open", "half_open open", "half_open closed"}, changes)
		require.Len(t, of[alloy.RequestRefused](&seen), 3)
	})

	bothVendors(t, "X23_not_counted", func(t *testing.T, v vendor) {
		for _, h := range []handler{says(408, nil, ""), says(409, nil, ""), says(400, nil, ""), says(401, nil, ""), says(429, nil, ""), says(200, nil, v.reply("content_filter", "no"))} {
			s := open(t, byModel(v.model, h, always))
			ctx := s.own(t, breaker)
			for range 10 {
				_, err := triaged(ctx, v)
				require.NotEqual(t, alloy.KindBreakerOpen, failed(t, err).Kind)
			}
			require.Len(t, s.asked(), 10)
		}
	})

	// X06: a connection that the server closes while it is idle says nothing of the server.
	bothVendors(t, "X06_reused_connection_is_not_counted", func(t *testing.T, v vendor) {
		s := open(t, func(_ string, n int) handler {
			if n%2 == 0 {
				return raw("")
			}
			return v.good()
		})
		ctx := s.own(t, breaker)
		for i := range 12 {
			_, err := triaged(ctx, v)
			if i%2 == 1 {
				require.True(t, as[*provider.Error](t, err).Reused)
				require.Equal(t, alloy.KindNetwork, failed(t, err).Kind)
			} else {
				require.NoError(t, err)
			}
		}
		fresh := open(t, byModel(v.model, raw(""), always))
		ctx = fresh.own(t, breaker)
		for range 3 {
			_, err := triaged(ctx, v)
			require.False(t, as[*provider.Error](t, err).Reused)
		}
		_, err := triaged(ctx, v)
		require.Equal(t, alloy.KindBreakerOpen, failed(t, err).Kind)
	})

	bothVendors(t, "X65_late_success_of_an_old_generation", func(t *testing.T, v vendor) {
		s := open(t, func(_ string, n int) handler {
			if n == 1 {
				return slowly(10*time.Second, v.good())
			}
			return broken
		})
		ctx := s.own(t, breaker)
		var slow sync.WaitGroup
		slow.Go(func() {
			_, err := triaged(ctx, v)
			if err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		for range 3 {
			_, err := triaged(ctx, v)
			require.Error(t, err)
		}
		slow.Wait()
		_, err := triaged(ctx, v)
		require.Equal(t, alloy.KindBreakerOpen, failed(t, err).Kind, "a request from before says nothing")
	})

	bothVendors(t, "X66_probe_that_says_nothing", func(t *testing.T, v vendor) {
		for name, probe := range map[string]func(ctx context.Context, s *site) error{
			"cancelled": func(ctx context.Context, _ *site) error {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				_, err := triaged(ctx, v)
				return err
			},
			"excluded": func(ctx context.Context, s *site) error {
				s.serves(func(string, int) handler { return says(401, nil, "") })
				_, err := triaged(ctx, v)
				return err
			},
			"panic": func(ctx context.Context, _ *site) (err error) {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				_, err = triaged(ctx, v, alloy.WithObserver(alloy.ObserverFunc(func(context.Context, alloy.Event) { panic("oh") })))
				return err
			},
			"end of the goroutine": func(ctx context.Context, _ *site) error {
				done := make(chan struct{})
				go func() {
					defer close(done)
					_, _ = triaged(ctx, v, alloy.WithObserver(alloy.ObserverFunc(func(_ context.Context, e alloy.Event) {
						if _, ok := e.(alloy.RequestStarted); ok {
							runtime.Goexit()
						}
					})))
				}()
				<-done
				return errors.New("gone")
			},
		} {
			s := open(t, func(_ string, n int) handler {
				if n <= 3 {
					return broken
				}
				return stall("")
			})
			ctx := s.own(t, breaker, alloy.WithConcurrency("slots", 1))
			for range 3 {
				_, err := triaged(ctx, v)
				require.Error(t, err)
			}
			time.Sleep(30 * time.Second)
			require.Error(t, probe(ctx, s), name)
			s.serves(func(string, int) handler { return v.good() })
			_, err := triaged(ctx, v)
			require.NoError(t, err, "the probe's place is free again after: %s", name)
		}
	})

	bothVendors(t, "X67_one_probe_of_100", func(t *testing.T, v vendor) {
		s := open(t, func(_ string, n int) handler {
			if n <= 3 {
				return broken
			}
			return slowly(time.Second, v.good())
		})
		ctx := s.own(t, breaker)
		for range 3 {
			_, err := triaged(ctx, v)
			require.Error(t, err)
		}
		time.Sleep(30 * time.Second)
		var all sync.WaitGroup
		var refused, answered atomic.Int32
		for range 100 {
			all.Go(func() {
				switch _, err := triaged(ctx, v); {
				case err == nil:
					answered.Add(1)
				default:
					if e, ok := errors.AsType[*alloy.CommandError](err); ok && e.Kind == alloy.KindBreakerOpen {
						refused.Add(1)
					}
				}
			})
		}
		all.Wait()
		require.Equal(t, int32(99), refused.Load())
		require.Equal(t, int32(1), answered.Load())
		require.Len(t, s.asked(), 4)
	})

	// F182: a health that is critical opens the breaker after the next failure.
	bothVendors(t, "F182_health_opens_the_breaker", func(t *testing.T, v vendor) {
		s := open(t, byModel(v.model, broken, always))
		ctx := s.own(t, alloy.WithHealthBreaker(critical(v.model)))
		_, err := triaged(ctx, v)
		require.Equal(t, alloy.KindServer, failed(t, err).Kind)
		_, err = triaged(ctx, v)
		require.Equal(t, alloy.KindBreakerOpen, failed(t, err).Kind)
		_, err = triaged(s.own(t, alloy.WithHealthBreaker(panicking{})), v)
		require.Equal(t, alloy.KindServer, failed(t, err).Kind)
	})
}

type critical string

func (c critical) Critical(model string) bool { return model == string(c) }

type panicking struct{}

func (panicking) Critical(string) bool { panic("oh") }

func TestFaultsAndRateLimits(t *testing.T) {
	vendorKeys(t)

	// X68: of three windows the third refuses, and the first two have lost nothing.
	bothVendors(t, "X68_third_window_refuses", func(t *testing.T, v vendor) {
		s := open(t, byModel("", nil, 0))
		limit := alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(10), alloy.PerMinute(20), alloy.PerHour(3)}}
		var seen events
		ctx := s.own(t, alloy.WithRateLimit("support", limit), alloy.WithTimeout(time.Minute), alloy.WithObserver(&seen))
		for range 3 {
			_, err := triaged(ctx, v)
			require.NoError(t, err)
		}
		begin := time.Now()
		for range 50 {
			_, err := triaged(ctx, v)
			require.Equal(t, alloy.KindRateLimit, failed(t, err).Kind)
			require.ErrorContains(t, err, "would take 1h0m0s")
			require.Equal(t, time.Hour, failed(t, err).Attempts[0].RetryAfter)
		}
		require.Zero(t, time.Since(begin), "what cannot be met is refused at once")
		require.Len(t, s.asked(), 3)
		time.Sleep(time.Hour)
		for range 3 {
			_, err := triaged(ctx, v)
			require.NoError(t, err)
		}
		for i, e := range of[alloy.RateLimitAcquired](&seen) {
			require.Equal(t, "request", e.Operation)
			require.Equal(t, int64(2-i%3), e.Remaining)
		}
	})

	// F162, F163: each attempt takes a place, and an event says so before the request.
	bothVendors(t, "F163_every_attempt_takes_one", func(t *testing.T, v vendor) {
		s := open(t, byModel(v.model, says(500, nil, ""), 2))
		var seen events
		ctx := s.own(t, alloy.WithRateLimit("support", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerMinute(5)}}),
			alloy.WithObserver(&seen), times(3))
		_, err := triaged(ctx, v)
		require.NoError(t, err)
		taken := of[alloy.RateLimitAcquired](&seen)
		require.Len(t, taken, 3)
		require.Equal(t, "support", taken[2].Key)
		require.Equal(t, v.model, taken[2].Name)
		require.Equal(t, int64(2), taken[2].Remaining)
		names := seen.names()
		require.Equal(t, []string{"CallStarted", "StateChanged", "RateLimitAcquired", "RequestStarted"}, names[:4])
	})

	// F158: 10/s and 60/m hold at once, in the order of arrival.
	bothVendors(t, "F158_windows_hold_at_once", func(t *testing.T, v vendor) {
		s := open(t, byModel("", nil, 0))
		ctx := s.own(t, alloy.WithRateLimit(v.name, alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(10), alloy.PerMinute(60)}}), alloy.WithTimeout(time.Hour))
		begin := time.Now()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if _, err := triaged(ctx, v); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		in := func(d time.Duration) (n int) {
			for _, at := range s.times {
				if at.Sub(begin) < d {
					n++
				}
			}
			return n
		}
		require.Equal(t, 10, in(time.Second))
		require.Equal(t, 60, in(time.Minute))
		require.Equal(t, 70, in(61*time.Second))
		require.Equal(t, 100, in(65*time.Second))
	})

	// Limits of a provider, of a model and of a name that commands share hold together, each for what it is meant for.
	bothVendors(t, "scopes", func(t *testing.T, v vendor) {
		s := open(t, byModel("", nil, 0))
		one := alloy.RateLimit{Requests: []alloy.Rate{alloy.PerHour(1)}}
		for _, key := range []string{v.name, v.model, v.name + "/" + v.model, "support"} {
			ctx := s.own(t, alloy.WithRateLimit(key, one))
			_, err := triaged(ctx, v)
			require.NoError(t, err)
			_, err = triaged(ctx, v)
			require.Equal(t, alloy.KindRateLimit, failed(t, err).Kind, key)
			_, err = triaged(ctx, v, alloy.WithRateLimit(key, alloy.RateLimit{}))
			require.NoError(t, err, "one without rates removes it")
			_, err = triaged(ctx, v, alloy.WithFallback(v.other().model))
			if key == "support" {
				require.Error(t, err, "the limit is that of the command, whatever it asks")
			} else {
				require.NoError(t, err, "the limit is that of %s", key)
			}
		}
		// What was taken of the first is given back when the second refuses.
		ctx := s.own(t, alloy.WithRateLimit("first", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerHour(2)}}),
			alloy.WithRateLimit("second", one))
		_, err := triaged(ctx, v)
		require.NoError(t, err)
		for range 5 {
			_, err = triaged(ctx, v)
			require.ErrorContains(t, err, "second")
		}
		_, err = triaged(ctx, v, alloy.WithRateLimit("second", alloy.RateLimit{}))
		require.NoError(t, err)
	})

	// Tokens are estimated, and then corrected by what the vendor reports: 10 here.
	bothVendors(t, "tokens", func(t *testing.T, v vendor) {
		s := open(t, byModel("", nil, 0))
		ctx := s.own(t, alloy.WithRateLimit("support", alloy.RateLimit{Tokens: []alloy.Rate{alloy.PerHour(1500)}}),
			alloy.WithMaxTokens(1000))
		for range 20 {
			_, err := triaged(ctx, v)
			require.NoError(t, err, "what was too much is given back")
		}
		_, err := triaged(ctx, v, alloy.WithMaxTokens(2000))
		require.ErrorContains(t, err, "more than the rate limit support ever allows")
		require.Len(t, s.asked(), 20)
	})

	// The key of a model cools down: no call asks it before its vendor allows it.
	bothVendors(t, "cooldown_is_shared", func(t *testing.T, v vendor) {
		s := open(t, byModel(v.model, says(429, http.Header{"Retry-After": {"20"}}, ""), 1))
		var seen events
		ctx := s.own(t, alloy.WithObserver(&seen))
		_, err := triaged(ctx, v)
		require.Equal(t, alloy.KindRateLimit, failed(t, err).Kind)
		begin := time.Now()
		_, err = triaged(ctx, v, alloy.WithTimeout(10*time.Second))
		require.ErrorContains(t, err, "longer than the call may take")
		_, err = triaged(ctx, v, alloy.WithTimeout(10*time.Second), alloy.WithFallback(v.other().model))
		require.NoError(t, err)
		require.Zero(t, time.Since(begin))
		_, err = triaged(ctx, v)
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(begin), 20*time.Second)
		require.LessOrEqual(t, time.Since(begin), 22*time.Second)
		require.Len(t, of[alloy.CooldownStarted](&seen), 1)
	})

	// X61: the caller gives up while a request waits for its turn; nothing is lost by it.
	left := errors.New("the user left")
	for name, opt := range map[string]alloy.Option{
		"X61_in_limiter":        alloy.WithRateLimit("support", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerMinute(1)}}),
		"X61_in_bulkhead_queue": alloy.WithConcurrency("support", 1),
	} {
		bothVendors(t, name, func(t *testing.T, v vendor) {
			s := open(t, func(string, int) handler { return slowly(30*time.Second, v.good()) })
			ctx := s.own(t, opt, alloy.WithBreaker(alloy.Breaker{}))
			var first sync.WaitGroup
			first.Go(func() {
				if _, err := triaged(ctx, v); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
			quitting, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(5*time.Second, func() { cancel(left) })
			begin := time.Now()
			_, err := triaged(quitting, v)
			require.ErrorIs(t, err, left)
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, alloy.KindCanceled, failed(t, err).Kind)
			require.Equal(t, 5*time.Second, time.Since(begin))
			first.Wait()
			_, err = triaged(ctx, v)
			require.NoError(t, err)
			require.LessOrEqual(t, time.Since(begin), 90*time.Second, "no place is lost")
			require.Len(t, s.asked(), 2)
		})
	}

	bothVendors(t, "concurrency", func(t *testing.T, v vendor) {
		var now, most atomic.Int32
		s := open(t, func(string, int) handler {
			return func(w http.ResponseWriter, r *http.Request) {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Second)
				now.Add(-1)
				v.good()(w, r)
			}
		})
		ctx := s.own(t, alloy.WithConcurrency(v.name, 3))
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				if _, err := triaged(ctx, v); err != nil {
					t.Error(err)
				}
			})
		}
		begin := time.Now()
		all.Wait()
		require.Equal(t, int32(3), most.Load())
		require.Equal(t, 4*time.Second, time.Since(begin))
	})
}

// X72: a hedge takes the first success, and nothing of the others is left.
func TestFaultsAndHedging(t *testing.T) {
	vendorKeys(t)
	hedge := alloy.WithHedge(alloy.Hedge{After: 2 * time.Second})
	bothVendors(t, "X72_fast_error_slow_success", func(t *testing.T, v vendor) {
		s := open(t, func(_ string, n int) handler {
			if n == 1 {
				return slowly(5*time.Second, v.good())
			}
			return says(500, nil, "")
		})
		var report alloy.Report
		var seen events
		got, err := triaged(s.own(t), v, hedge, alloy.WithReport(&report), alloy.WithObserver(&seen))
		require.NoError(t, err)
		require.Equal(t, late, got)
		require.Equal(t, 1, report.Hedges)
		require.Equal(t, 2, report.Requests)
		require.Equal(t, 5*time.Second, report.Duration)
		require.Len(t, report.Attempts, 1, "the one that failed")
		require.Equal(t, 1, of[alloy.RequestStarted](&seen)[1].Hedge)
	})
	bothVendors(t, "X72_loser_is_cancelled", func(t *testing.T, v vendor) {
		gone := make(chan struct{})
		s := open(t, func(_ string, n int) handler {
			if n == 1 {
				return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done(); close(gone) }
			}
			return slowly(time.Second, v.good())
		})
		var seen events
		got, err := triaged(s.own(t, alloy.WithBreaker(alloy.Breaker{Failures: 1})), v, hedge, alloy.WithObserver(&seen))
		require.NoError(t, err)
		require.Equal(t, late, got)
		<-gone
		finished := of[alloy.RequestFinished](&seen)
		require.Len(t, finished, 2)
		require.True(t, finished[1].Lost)
		require.Len(t, of[alloy.AnswerAccepted](&seen), 1)
		require.Empty(t, of[alloy.BreakerChanged](&seen), "to lose is no failure")
	})
	bothVendors(t, "X72_both_succeed", func(t *testing.T, v vendor) {
		s := open(t, func(_ string, n int) handler {
			return slowly(time.Duration(4-2*n)*time.Second+time.Duration(n)*time.Second, v.good())
		})
		var report alloy.Report
		_, err := triaged(s.own(t), v, hedge, alloy.WithReport(&report))
		require.NoError(t, err)
		require.Equal(t, 2, report.Requests)
	})
	bothVendors(t, "X72_fails_before_the_hedge", func(t *testing.T, v vendor) {
		s := open(t, byModel(v.model, says(500, nil, ""), 1))
		_, err := triaged(s.own(t), v, hedge)
		require.Equal(t, alloy.KindServer, failed(t, err).Kind)
		require.Len(t, s.asked(), 1)
		_, err = triaged(s.own(t), v, hedge, times(2))
		require.NoError(t, err)
	})
	bothVendors(t, "X72_all_fail", func(t *testing.T, v vendor) {
		s := open(t, func(_ string, n int) handler { return slowly(3*time.Second, says(500+n, nil, "")) })
		_, err := triaged(s.own(t), v, hedge)
		require.Equal(t, 501, as[*provider.Error](t, err).Status)
		require.Len(t, s.asked(), 2)
	})
	// F163: a hedge takes its place in the rate limit, or is not sent.
	bothVendors(t, "F163_hedges_take_a_token", func(t *testing.T, v vendor) {
		for limit, want := range map[int64]int{1: 1, 2: 2} {
			s := open(t, func(string, int) handler { return slowly(5*time.Second, v.good()) })
			_, err := triaged(s.own(t, alloy.WithRateLimit("support", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerMinute(limit)}})), v, hedge)
			require.NoError(t, err)
			require.Len(t, s.asked(), want)
		}
	})
	// X61: the caller gives up while two requests are under way.
	bothVendors(t, "X61_in_hedge", func(t *testing.T, v vendor) {
		left := errors.New("the user left")
		s := open(t, func(string, int) handler { return stall("") })
		ctx, cancel := context.WithCancelCause(s.own(t))
		time.AfterFunc(5*time.Second, func() { cancel(left) })
		begin := time.Now()
		_, err := triaged(ctx, v, hedge)
		require.ErrorIs(t, err, left)
		require.Equal(t, 5*time.Second, time.Since(begin))
		require.Len(t, s.asked(), 2)
	})
	t.Run("tools_are_refused", func(t *testing.T) {
		_, err := run(t, reply, play(t), hedge, alloy.WithTools((&lookup{}).tool()))
		require.Equal(t, "hedge", as[*alloy.ConfigurationError](t, err).Setting)
	})
}

// X70: 1,000 callers meet a model that is down. Retries are a fifth of the requests at most, or ten.
func TestFaultX70RetryStorm(t *testing.T) {
	vendorKeys(t)
	for _, v := range []vendor{openAI, anthropic} {
		t.Run(v.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const callers = 1000
				s := open(t, byModel(v.model, says(503, nil, ""), always))
				ctx := s.own(t, times(5))
				var exhausted atomic.Int32
				count := alloy.WithObserver(alloy.ObserverFunc(func(_ context.Context, e alloy.Event) {
					if _, ok := e.(alloy.RetryBudgetExhausted); ok {
						exhausted.Add(1)
					}
				}))
				var all sync.WaitGroup
				for range callers {
					all.Go(func() {
						_, err := triaged(ctx, v, count)
						if e, ok := errors.AsType[*provider.Error](err); !ok || e.Status != 503 {
							t.Error("want the original error: ", err)
						}
					})
				}
				all.Wait()
				require.LessOrEqual(t, len(s.asked()), callers+callers/5+10)
				require.GreaterOrEqual(t, len(s.asked()), callers+callers/5)
				require.NotZero(t, exhausted.Load())
				require.False(t, strings.Contains(fmt.Sprint(s.asked()), "o3"))
			})
		})
	}
}
