package resilience_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// attempt is what one attempt does.
type attempt struct {
	takes time.Duration
	fails bool
	deaf  bool // does not end with its context
	then  func()
}

var errAttempt = errors.New("failed")

// heat is a hedged call of scripted attempts, and what happened.
type heat struct {
	attempts []attempt
	refuse   int // the attempt that Start refuses; 0: none
	log      []string
	begin    time.Time
}

func (h *heat) note(format string, args ...any) {
	h.log = append(h.log, fmt.Sprintf("%v ", time.Since(h.begin))+fmt.Sprintf(format, args...))
}

func (h *heat) run(ctx context.Context, after time.Duration, most int) (string, error) {
	h.begin = time.Now()
	v, err := resilience.Hedge(ctx, resilience.Hedging[string]{
		After: after, Max: most,
		Run: func(ctx context.Context, n int) (string, error) {
			a := h.attempts[n]
			if a.deaf {
				time.Sleep(a.takes)
			} else if err := resilience.Sleep(ctx, a.takes); err != nil {
				return "", err
			}
			if a.then != nil {
				a.then()
			}
			if a.fails {
				return "", fmt.Errorf("attempt %d: %w", n, errAttempt)
			}
			return fmt.Sprint("answer ", n), nil
		},
		Start: func(n int) bool {
			h.note("start %d", n)
			return n != h.refuse
		},
		Ended: func(n int, v string, err error, won bool) {
			outcome := "won"
			if !won {
				outcome = fmt.Sprintf("lost: %q %v", v, err)
			}
			h.note("%d %s", n, outcome)
		},
	})
	h.note("returned")
	return v, err
}

func TestX72Hedge(t *testing.T) {
	const s = time.Second
	for _, tc := range []struct {
		name     string
		attempts []attempt
		refuse   int
		most     int
		want     string // or
		err      string
		log      []string
	}{
		{"fast enough", []attempt{{takes: s}}, 0, 2, "answer 0", "", []string{"1s 0 won", "1s returned"}},
		{"X72_fast_error_slow_success", []attempt{{takes: 9 * s}, {takes: s, fails: true}}, 0, 2, "answer 0", "", []string{"2s start 1", "3s 1 lost: \"\" attempt 1: failed", "9s 0 won", "9s returned"}},
		{"X72_first_fails_later", []attempt{{takes: 3 * s, fails: true}, {takes: 4 * s}}, 0, 2, "answer 1", "", []string{"2s start 1", "3s 0 lost: \"\" attempt 0: failed", "6s 1 won", "6s returned"}},
		{"X72_both_succeed", []attempt{{takes: 5 * s}, {takes: s}}, 0, 2, "answer 1", "", []string{"2s start 1", "3s 1 won", "3s 0 lost: \"\" another attempt was faster", "3s returned"}},
		{"X72_loser_drained", []attempt{{takes: 5 * s, deaf: true}, {takes: s}}, 0, 2, "answer 1", "", []string{"2s start 1", "3s 1 won", "5s 0 lost: \"answer 0\" <nil>", "5s returned"}},
		{"fails before the second", []attempt{{takes: s, fails: true}}, 0, 2, "", "attempt 0: failed", []string{"1s 0 lost: \"\" attempt 0: failed", "1s returned"}},
		{"all fail", []attempt{{takes: 6 * s, fails: true}, {takes: s, fails: true}}, 0, 2, "", "attempt 0: failed", []string{"2s start 1", "3s 1 lost: \"\" attempt 1: failed", "6s 0 lost: \"\" attempt 0: failed", "6s returned"}},
		{"all fail, the first first", []attempt{{takes: 3 * s, fails: true}, {takes: 5 * s, fails: true}}, 0, 2, "", "attempt 0: failed", []string{"2s start 1", "3s 0 lost: \"\" attempt 0: failed", "7s 1 lost: \"\" attempt 1: failed", "7s returned"}},
		{"three", []attempt{{takes: 9 * s}, {takes: 8 * s}, {takes: s}}, 0, 3, "answer 2", "", nil},
		{"refused", []attempt{{takes: 9 * s}}, 1, 3, "answer 0", "", []string{"2s start 1", "9s 0 won", "9s returned"}},
		{"the third refused", []attempt{{takes: 9 * s}, {takes: 9 * s}}, 2, 3, "answer 0", "", []string{"2s start 1", "4s start 2", "9s 0 won", "9s 1 lost: \"\" another attempt was faster", "9s returned"}},
		{"no hedging", []attempt{{takes: 9 * s}}, 0, 1, "answer 0", "", []string{"9s 0 won", "9s returned"}},
		{"none at all", []attempt{{takes: 9 * s}}, 0, 0, "answer 0", "", []string{"9s 0 won", "9s returned"}},
		{"panic", []attempt{{takes: 3 * s, then: func() { panic("boom") }}, {takes: s, fails: true}}, 0, 2, "", "panic: boom", nil},
		{"end of the goroutine", []attempt{{takes: s, then: runtime.Goexit}}, 0, 2, "", "the attempt ended its goroutine with runtime.Goexit", nil},
		{"a panic loses", []attempt{{takes: 5 * s}, {takes: s, then: func() { panic("boom") }}}, 0, 2, "answer 0", "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &heat{attempts: tc.attempts, refuse: tc.refuse}
				got, err := h.run(t.Context(), 2*s, tc.most)
				require.Equal(t, tc.want, got)
				if tc.err == "" {
					require.NoError(t, err)
				} else {
					require.EqualError(t, err, tc.err)
				}
				if tc.log != nil {
					require.Equal(t, tc.log, h.log)
				}
			})
		})
	}
}

func TestHedgeEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("the user left")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { cancel(cause) })
		h := &heat{attempts: []attempt{{takes: time.Hour}, {takes: time.Hour}, {takes: time.Hour}}}
		_, err := h.run(ctx, 2*time.Second, 3)
		require.Equal(t, cause, err)
		require.Equal(t, "3s returned", h.log[len(h.log)-1])

		h = &heat{attempts: []attempt{{takes: 9 * time.Second, deaf: true}}}
		got, err := h.run(ctx, 2*time.Second, 3)
		require.NoError(t, err)
		require.Equal(t, "answer 0", got, "what came in spite of the end is not thrown away")
		require.Equal(t, []string{"9s 0 won", "9s returned"}, h.log, "but there are no more")
	})
}

// An answer that has come is looked at before another attempt begins, even if the caller was busy when both were due.
func TestHedgeLooksAtAnswersFirst(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			got, err := resilience.Hedge(t.Context(), resilience.Hedging[int]{
				After: time.Second, Max: 3,
				Run: func(ctx context.Context, n int) (int, error) {
					if n == 0 {
						return n, resilience.Sleep(ctx, 1100*ms)
					}
					return n, errAttempt
				},
				Start: func(n int) bool { return n < 2 || !t.Failed() && fail(t, "one too many") },
				Ended: func(n int, _ int, _ error, _ bool) {
					if n == 1 {
						time.Sleep(10 * time.Second) // an observer takes its time
					}
				},
			})
			require.NoError(t, err)
			require.Zero(t, got)
		})
	}
}

func fail(t *testing.T, message string) bool {
	t.Error(message)
	return false
}

// A panic of a callback goes on to the caller, after all attempts have ended.
func TestHedgeWithCallbacksThatPanic(t *testing.T) {
	for _, where := range []string{"start", "ended"} {
		synctest.Test(t, func(t *testing.T) {
			var ended atomic.Int32
			require.PanicsWithValue(t, where, func() {
				_, _ = resilience.Hedge(t.Context(), resilience.Hedging[int]{
					After: time.Second, Max: 3,
					Run: func(ctx context.Context, n int) (int, error) {
						defer ended.Add(1)
						if n == 1 && where == "ended" {
							return 1, nil
						}
						<-ctx.Done()
						time.Sleep(time.Duration(n) * time.Second)
						return 0, context.Cause(ctx)
					},
					Start: func(n int) bool {
						if n == 2 && where == "start" {
							panic(where)
						}
						return n < 2
					},
					Ended: func(int, int, error, bool) { panic(where) },
				})
				panic(where + " did not panic")
			})
			require.EqualValues(t, 2, ended.Load())
		})
	}
}

func TestPanicErrorShowsItsValue(t *testing.T) {
	require.ErrorIs(t, &resilience.PanicError{Value: errAttempt}, errAttempt)
	require.NoError(t, errors.Unwrap(&resilience.PanicError{Value: 5}))
}

// Whatever the attempts do, the earliest success of those that were begun wins, or the error of the first is returned; and all
// that were begun have ended.
func TestHedgeEqualsTheSchedule(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const after = 100 * ms
		most := rapid.IntRange(0, 5).Draw(rt, "max")
		refuse := rapid.IntRange(0, 6).Draw(rt, "refused")
		attempts := make([]attempt, 5)
		for i := range attempts {
			attempts[i] = attempt{ // no two things at one time
				takes: time.Duration(rapid.IntRange(0, 500).Draw(rt, "takes"))*ms + time.Duration(i+1)*time.Microsecond,
				fails: rapid.Bool().Draw(rt, "fails"),
				deaf:  rapid.Bool().Draw(rt, "deaf"),
			}
		}
		// The schedule: attempt k begins at k·after, if then nobody has won, somebody is still at it, and none was refused.
		begun, winner := 0, -1
		var won time.Duration
		for k := range max(most, 1) {
			begins := time.Duration(k) * after
			busy := k == 0
			for i := range begun {
				busy = busy || time.Duration(i)*after+attempts[i].takes > begins
			}
			if winner >= 0 && won < begins || !busy || k > 0 && k == refuse {
				break
			}
			if ends := begins + attempts[k].takes; !attempts[k].fails && (winner < 0 || ends < won) {
				winner, won = k, ends
			}
			begun++
		}
		h := &heat{attempts: attempts, refuse: refuse}
		var got string
		var err error
		synctest.Test(t, func(t *testing.T) { got, err = h.run(t.Context(), after, most) })
		if winner < 0 {
			require.EqualError(rt, err, "attempt 0: failed")
		} else {
			require.NoError(rt, err)
			require.Equal(rt, fmt.Sprint("answer ", winner), got)
		}
		starts := 0
		for k := 1; k < max(most, 1) && k <= begun; k++ {
			if k < begun || k == refuse && h.startRefused() {
				starts++
			}
		}
		require.Len(rt, h.log, begun+starts+1, "%v", h.log)
	})
}

func (h *heat) startRefused() bool {
	for _, line := range h.log {
		if line[len(line)-len("start n"):] == fmt.Sprint("start ", h.refuse) {
			return true
		}
	}
	return false
}
