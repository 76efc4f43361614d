package alloy_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// F67
func TestRetryCountsTotalAttempts(t *testing.T) {
	for attempts, want := range map[int]int{0: 1, 1: 1, 3: 3} {
		synctest.Test(t, func(t *testing.T) {
			m := play(t, alloytest.Fail(500).Times(want))
			_, err := run(t, reply, m, times(attempts))
			require.Len(t, m.Requests(), want)
			require.Len(t, failed(t, err).Attempts, want)
		})
	}
}

// F20, F67: unset is one attempt.
func TestNoRetryUnlessAskedFor(t *testing.T) {
	m := play(t, alloytest.Fail(503))
	_, err := run(t, reply, m)
	require.EqualValues(t, "overloaded", failed(t, err).Kind)
}

// F66
func TestFailedRequestsBecomeCommandErrors(t *testing.T) {
	for status, kind := range map[int]string{400: "invalid", 401: "invalid", 402: "quota", 404: "invalid", 429: "rate_limit", 500: "server", 503: "overloaded"} {
		synctest.Test(t, func(t *testing.T) {
			_, err := run(t, reply, play(t, alloytest.Fail(status).Forever()), alloy.WithModel("gpt-5"), times(3))
			e := failed(t, err)
			require.EqualValues(t, kind, e.Kind)
			require.Equal(t, "Reply", e.Command)
			require.Equal(t, "gpt-5", e.Model)
			require.Equal(t, status, as[*provider.Error](t, err).Status)
		})
	}
}

// F68, F69, F75
func TestWhatIsRetried(t *testing.T) {
	stale := errors.New("stale")
	network := alloytest.FailWith(&provider.Error{Class: provider.Network, Message: "refused", Err: stale})
	for _, tc := range []struct {
		name    string
		fails   alloytest.Step
		retryOn []alloy.Condition
		retried bool
	}{
		{"F68 503 by default", alloytest.Fail(503), nil, true},
		{"F75 429 by default", alloytest.Fail(429), nil, true},
		{"F75 network by default", network, nil, true},
		{"500 by default", alloytest.Fail(500), nil, true},
		{"timeout by default", alloytest.FailWith(&provider.Error{Class: provider.Timeout}), nil, true},
		{"cut stream by default", alloytest.Cut("half"), nil, true},
		{"blank answer by default", alloytest.Reply(" "), nil, true},
		{"F75 400 by default", alloytest.Fail(400), nil, false},
		{"401 by default", alloytest.Fail(401), nil, false},
		{"quota by default", alloytest.FailWith(&provider.Error{Class: provider.Quota}), nil, false},
		{"refusal by default", alloytest.Refuse("no"), nil, false},
		{"context window by default", alloytest.FailWith(&provider.Error{Class: provider.ContextWindow}), nil, false},
		{"F68 400 under all", alloytest.Fail(400), []alloy.Condition{alloy.All}, true},
		{"quota under all", alloytest.FailWith(&provider.Error{Class: provider.Quota}), []alloy.Condition{alloy.All}, true},
		{"refusal under refusal", alloytest.Refuse("no"), []alloy.Condition{alloy.KindRefusal}, true},
		{"F69 503 under timeout", alloytest.Fail(503), []alloy.Condition{alloy.KindTimeout}, false},
		{"F69 blank answer under timeout", alloytest.Reply(""), []alloy.Condition{alloy.KindTimeout}, false},
		{"503 under transient", alloytest.Fail(503), []alloy.Condition{alloy.Transient}, true},
		{"blank answer under transient", alloytest.Reply(""), []alloy.Condition{alloy.Transient}, false},
		{"blank answer under output", alloytest.Reply(""), []alloy.Condition{alloy.OutputRejected}, true},
		{"F70 error of one's own", network, []alloy.Condition{alloy.MatchError(stale)}, true},
		{"F70 another error", network, []alloy.Condition{alloy.MatchError(errors.New("stale"))}, false},
		{"F70 type", network, []alloy.Condition{alloy.MatchType[*provider.Error]()}, true},
		{"F70 another type", network, []alloy.Condition{alloy.MatchType[*alloy.ToolError]()}, false},
		{"F70 one of several", network, []alloy.Condition{alloy.KindParse, alloy.MatchError(stale)}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				steps := []alloytest.Step{tc.fails}
				if tc.retried {
					steps = append(steps, alloytest.Reply("ok"))
				}
				opts := []alloy.Option{times(3), alloy.WithAutoFinalize(false)}
				if tc.retryOn != nil {
					opts = append(opts, alloy.WithRetryOn(tc.retryOn...))
				}
				got, err := run(t, reply, play(t, steps...), opts...)
				if tc.retried {
					require.NoError(t, err)
					require.Equal(t, "ok", got)
					return
				}
				// F71: the message counts what was really attempted.
				require.Len(t, failed(t, err).Attempts, 1)
			})
		})
	}
}

// F71
func TestErrorSaysHowOftenWasAttempted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := run(t, reply, play(t, alloytest.Fail(400)), times(3))
		require.ErrorContains(t, err, "1 attempt")
		_, err = run(t, reply, play(t, alloytest.Fail(503).Times(3)), times(3))
		require.ErrorContains(t, err, "3 attempts")
		_, err = run(t, reply, play(t, alloytest.Fail(503), alloytest.Fail(400)), times(3))
		require.ErrorContains(t, err, "2 attempts")
	})
}

// F70: an error of one's own gets out of a tool with Stop.
func TestStopIsRetriedWhenNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stale := errors.New("the cache is stale")
		l := &lookup{err: alloy.Stop(stale)}
		m := play(t, alloytest.ToolCall("lookup_order", order("4392")), alloytest.Reply("ok"))
		got, err := run(t, reply, m, alloy.WithTools(l.tool()), times(2), alloy.WithRetryOn(alloy.MatchError(stale)))
		require.NoError(t, err)
		require.Equal(t, "ok", got)

		m = play(t, alloytest.ToolCall("lookup_order", order("4392")))
		_, err = run(t, reply, m, alloy.WithTools(l.tool()), times(2), alloy.WithFallback("o3"))
		require.ErrorIs(t, err, stale)
		require.EqualValues(t, "stopped", failed(t, err).Kind)
	})
}

// F73
func TestToolLoopLimitIsRetriedWhenNamed(t *testing.T) {
	script := []alloytest.Step{alloytest.ToolCall("lookup_order", order("1")), alloytest.ToolCall("lookup_order", order("2"))}
	for _, on := range []alloy.Condition{alloy.KindToolLoopLimit, alloy.All} {
		synctest.Test(t, func(t *testing.T) {
			l := &lookup{}
			m := play(t, append(script, alloytest.ToolCall("lookup_order", order("3")), alloytest.Reply("ok"))...)
			got, err := run(t, reply, m, alloy.WithTools(l.tool()), alloy.WithMaxToolTurns(1), times(2), alloy.WithRetryOn(on))
			require.NoError(t, err)
			require.Equal(t, "ok", got)
			require.Equal(t, []string{"1", "3"}, l.ran, "the second attempt has its own rounds")
		})
	}
	for _, opts := range [][]alloy.Option{{}, {alloy.WithRetryOn(alloy.Transient, alloy.OutputRejected)}} {
		m := play(t, script...)
		_, err := run(t, reply, m, append(opts, alloy.WithTools((&lookup{}).tool()), alloy.WithMaxToolTurns(1), times(2), alloy.WithFallback("o3"))...)
		as[*alloy.ToolLoopLimitExceeded](t, err)
	}
}

// F74
func TestRetryOfTheCommandBeatsTheClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := alloy.New(times(2))
		require.NoError(t, err)
		cmd := alloy.NewCommand(alloy.Definition[string]{Name: "Reply"}, times(4))
		m := play(t, alloytest.Fail(500).Times(4))
		_, err = cmd.Run(alloy.WithClient(t.Context(), client), saying[string]("hello"), []alloy.Option{alloy.WithProvider(m)})
		require.Len(t, failed(t, err).Attempts, 4)
	})
}

// F76, F77, F78
func TestWaitsBetweenAttempts(t *testing.T) {
	const s = time.Second
	for _, tc := range []struct {
		name  string
		retry alloy.Retry
		want  []time.Duration
	}{
		{"F76 the default doubles from 500 ms", alloy.Retry{Attempts: 4}, []time.Duration{s / 2, s, 2 * s}},
		{"F78 exponential up to 60 s", alloy.Retry{Attempts: 9, Base: s}, []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s}},
		{"F78 linear", alloy.Retry{Attempts: 4, Backoff: alloy.Linear, Base: 2 * s}, []time.Duration{2 * s, 4 * s, 6 * s}},
		{"F78 constant", alloy.Retry{Attempts: 4, Backoff: alloy.Constant, Base: 5 * s}, []time.Duration{5 * s, 5 * s, 5 * s}},
		{"F80 the cap", alloy.Retry{Attempts: 4, Base: 3 * s, Max: 4 * s}, []time.Duration{3 * s, 4 * s, 4 * s}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tc.retry.Jitter = alloy.NoJitter
				m := timed(play(t, alloytest.Fail(500).Times(tc.retry.Attempts)))
				begin := time.Now()
				_, err := run(t, reply, m, alloy.WithRetry(tc.retry))
				require.Error(t, err)
				require.Equal(t, tc.want, m.waits())
				require.Equal(t, m.marks[len(m.marks)-1], time.Since(begin), "no wait after the last attempt")
			})
		})
	}
}

// F79, F80: jitter is on by default, and the cap holds after it.
func TestJitterOfWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		different := map[time.Duration]bool{}
		for range 50 {
			m := timed(play(t, alloytest.Fail(500).Times(3)))
			_, err := run(t, reply, m, alloy.WithRetry(alloy.Retry{Attempts: 3, Base: time.Second, Max: 2 * time.Second}))
			require.Error(t, err)
			first, second := m.waits()[0], m.waits()[1]
			require.GreaterOrEqual(t, first, 750*time.Millisecond)
			require.LessOrEqual(t, first, 1250*time.Millisecond)
			require.GreaterOrEqual(t, second, 1500*time.Millisecond)
			require.LessOrEqual(t, second, 2*time.Second)
			different[first] = true
		}
		require.Greater(t, len(different), 40)
	})
}

// Waits grow from one repeat of a request to the next, not over the whole call.
func TestWaitsBeginAnewWithEachRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := timed(play(t, alloytest.Fail(500).Times(2), alloytest.ToolCall("lookup_order", order("1")), alloytest.Fail(500), alloytest.Reply("ok")))
		_, err := run(t, reply, m, times(9), alloy.WithTools((&lookup{}).tool()))
		require.NoError(t, err)
		require.Equal(t, []time.Duration{time.Second / 2, time.Second, 0, time.Second / 2}, m.waits())
	})
}

func TestOverloadedModelsGetMoreTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := timed(play(t, alloytest.Fail(529).Times(2), alloytest.Reply("ok")))
		_, err := run(t, reply, m, times(3))
		require.NoError(t, err)
		require.Equal(t, []time.Duration{time.Second, 2 * time.Second}, m.waits())
	})
}

func TestRetryAfterIsAFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := timed(play(t, alloytest.Fail(429).RetryAfter(10*time.Second), alloytest.Fail(429).RetryAfter(100*time.Millisecond), alloytest.Reply("ok")))
		_, err := run(t, reply, m, times(3))
		require.NoError(t, err)
		require.GreaterOrEqual(t, m.waits()[0], 10*time.Second)
		require.LessOrEqual(t, m.waits()[0], 11*time.Second)
		require.GreaterOrEqual(t, m.waits()[1], time.Second)
		require.LessOrEqual(t, m.waits()[1], 1100*time.Millisecond)
	})
}

func TestWaitsThatCannotPayOff(t *testing.T) {
	for _, tc := range []struct {
		name string
		fail alloytest.Step
		opts []alloy.Option
	}{
		{"Retry-After over the cap", alloytest.Fail(429).RetryAfter(time.Hour), []alloy.Option{alloy.WithTimeout(0)}},
		{"Retry-After over the deadline", alloytest.Fail(429).RetryAfter(20 * time.Second), []alloy.Option{alloy.WithTimeout(10 * time.Second)}},
		{"wait over the deadline", alloytest.Fail(503), []alloy.Option{alloy.WithTimeout(10 * time.Second), alloy.WithRetry(alloy.Retry{Attempts: 3, Base: 10 * time.Second, Jitter: alloy.NoJitter})}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := append([]alloy.Option{times(3)}, tc.opts...)
				begin := time.Now()
				_, err := run(t, reply, play(t, tc.fail), opts...)
				require.Zero(t, time.Since(begin), "there is no wait")
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				e := failed(t, err)
				require.Len(t, e.Attempts, 1)
				require.Equal(t, as[*provider.Error](t, err).RetryAfter, e.Attempts[0].RetryAfter)

				m := play(t, tc.fail, alloytest.Reply("from the fallback"))
				got, err := run(t, reply, m, append(opts, alloy.WithModel("gpt-5"), alloy.WithFallback("o3"))...)
				require.NoError(t, err)
				require.Equal(t, "from the fallback", got)
				require.Zero(t, time.Since(begin))
			})
		})
	}
}

func TestCancellationEndsAWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := errors.New("the user left")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(left) })
		begin := time.Now()
		_, err := reply.Run(ctx, saying[string]("hello"), []alloy.Option{
			alloy.WithProvider(play(t, alloytest.Fail(500))), alloy.WithFallback("o3"), alloy.WithRetryOn(alloy.All),
			alloy.WithRetry(alloy.Retry{Attempts: 3, Base: time.Minute}),
		})
		require.Equal(t, time.Second, time.Since(begin))
		require.ErrorIs(t, err, left)
		require.Equal(t, 500, as[*provider.Error](t, err).Status, "the last failure is in the error as well")
		require.EqualValues(t, "canceled", failed(t, err).Kind)
	})
}

// F82
func TestRetryScheduledEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen events
		_, err := run(t, reply, play(t, alloytest.Fail(500).Times(3)), times(3), alloy.WithModel("gpt-5"), alloy.WithObserver(&seen))
		require.Error(t, err)
		scheduled := of[alloy.RetryScheduled](&seen)
		require.Len(t, scheduled, 2, "none after the last attempt")
		for i, e := range scheduled {
			require.Equal(t, "request", e.Operation)
			require.Equal(t, "gpt-5", e.Name)
			require.Equal(t, i+1, e.Attempt)
			require.Equal(t, 3, e.Max)
			require.Equal(t, []time.Duration{time.Second / 2, time.Second}[i], e.Delay)
			as[*provider.Error](t, e.Err)
		}
	})
}

// F83
func TestErrorListsEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("connection refused")
		m := play(t,
			alloytest.Fail(500),
			alloytest.Fail(429).RetryAfter(2*time.Second),
			alloytest.FailWith(&provider.Error{Class: provider.Network, Message: "dial", Err: refused}),
		)
		_, err := run(t, reply, m, times(3), alloy.WithModel("gpt-5"))
		require.ErrorIs(t, err, refused)
		e := failed(t, err)
		require.Len(t, e.Attempts, 3)
		for i, kind := range []string{"server", "rate_limit", "network"} {
			require.EqualValues(t, kind, e.Attempts[i].Kind)
			require.Equal(t, "gpt-5", e.Attempts[i].Model)
			require.NotEmpty(t, e.Attempts[i].Message)
		}
		require.Equal(t, 2*time.Second, e.Attempts[1].RetryAfter)
		require.ErrorIs(t, e.Attempts[2].Err, refused)
	})
}

// A malformed reply is worth one more request, not several.
func TestMalformedRepliesAreRepeatedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		malformed := alloytest.FailWith(&provider.Error{Class: provider.Malformed, Message: "HTML"})
		m := play(t, malformed.Times(2))
		_, err := run(t, reply, m, times(5))
		require.EqualValues(t, "malformed", failed(t, err).Kind)
	})
}
