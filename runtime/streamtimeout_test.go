package alloy_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// emitting is a provider that says when its deltas come.
type emitting func(ctx context.Context, emit func(provider.Delta) error) error

func (e emitting) Do(ctx context.Context, _ *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	text := ""
	err := e(ctx, func(d provider.Delta) error {
		text += d.Text
		return emit(d)
	})
	if err != nil {
		return nil, err
	}
	return &provider.Response{Parts: []provider.Part{{Text: text}}, Finish: provider.FinishStop}, nil
}

// pacing delivers the pieces of "abc", each after a pause. A pause may be cut short by the context.
func pacing(pauses ...time.Duration) emitting {
	return func(ctx context.Context, emit func(provider.Delta) error) error {
		for i, pause := range pauses {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := emit(provider.Delta{Text: "abc"[i : i+1]}); err != nil {
				return err
			}
		}
		return nil
	}
}

// How long a stream may be silent, and how long an attempt may take.
func TestLimitsOfAStream(t *testing.T) {
	limits := func(first, idle time.Duration) alloy.Option {
		return alloy.WithStreamTimeout(alloy.StreamTimeout{First: first, Idle: idle})
	}
	const s = time.Second
	for name, tc := range map[string]struct {
		pauses []time.Duration
		opts   []alloy.Option
		got    int // pieces
		ends   time.Duration
		says   string // empty: all is well
	}{
		"defaults":                 {pauses: []time.Duration{59 * s, 59 * s, 59 * s}, got: 3, ends: 177 * s},
		"default first":            {pauses: []time.Duration{61 * s}, ends: 60 * s, says: "no piece of the answer within 1m0s"},
		"default idle":             {pauses: []time.Duration{s, 61 * s}, got: 1, ends: 61 * s, says: "no further piece of the answer within 1m0s"},
		"first":                    {pauses: []time.Duration{3 * s}, opts: []alloy.Option{limits(2*s, 0)}, ends: 2 * s, says: "no piece of the answer within 2s"},
		"idle":                     {pauses: []time.Duration{9 * s, 3 * s}, opts: []alloy.Option{limits(0, 2*s)}, got: 1, ends: 11 * s, says: "no further piece of the answer within 2s"},
		"idle of the third":        {pauses: []time.Duration{9 * s, s, 3 * s}, opts: []alloy.Option{limits(0, 2*s)}, got: 2, ends: 12 * s, says: "no further piece of the answer within 2s"},
		"none":                     {pauses: []time.Duration{99 * s, 99 * s}, opts: []alloy.Option{limits(-1, -1)}, got: 2, ends: 198 * s},
		"no first":                 {pauses: []time.Duration{99 * s, 99 * s}, opts: []alloy.Option{limits(-1, 0)}, got: 1, ends: 159 * s, says: "no further piece"},
		"no idle":                  {pauses: []time.Duration{9 * s, 99 * s}, opts: []alloy.Option{limits(0, -1)}, got: 2, ends: 108 * s},
		"attempt":                  {pauses: []time.Duration{2 * s, 2 * s, 2 * s}, opts: []alloy.Option{alloy.WithAttemptTimeout(5 * s)}, got: 2, ends: 5 * s, says: "no answer within the attempt timeout of 5s"},
		"attempt before the first": {pauses: []time.Duration{9 * s}, opts: []alloy.Option{alloy.WithAttemptTimeout(5 * s)}, ends: 5 * s, says: "no answer within the attempt timeout of 5s"},
		"silence before attempt":   {pauses: []time.Duration{9 * s}, opts: []alloy.Option{alloy.WithAttemptTimeout(5 * s), limits(4*s, 0)}, ends: 4 * s, says: "no piece of the answer within 4s"},
		"call":                     {pauses: []time.Duration{2 * s, 9 * s}, opts: []alloy.Option{alloy.WithTimeout(5 * s)}, got: 1, ends: 5 * s, says: "no answer within 5s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				stream := streamed(t, reply, pacing(tc.pauses...), tc.opts...)
				require.Len(t, slices.Collect(stream.Text()), tc.got)
				_, err := stream.Result()
				require.Equal(t, tc.ends, time.Since(begin))
				if tc.says == "" {
					require.NoError(t, err)
					return
				}
				require.ErrorContains(t, err, tc.says)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, alloy.KindTimeout, failed(t, err).Kind)
				if tc.got > 0 {
					require.Equal(t, tc.got, as[*alloy.StreamInterrupted](t, err).Delivered)
				}
			})
		})
	}
}

// A reader who is slow is not a silent model, nor one that takes long; nor are tools that run. The reader's time is the call's.
func TestSlowReader(t *testing.T) {
	limits := []alloy.Option{alloy.WithTimeout(time.Hour), alloy.WithStreamTimeout(alloy.StreamTimeout{First: 4 * time.Second, Idle: 4 * time.Second}),
		alloy.WithAttemptTimeout(10 * time.Second), alloy.WithBreaker(alloy.Breaker{Failures: 1})}
	whole := rogue(func(context.Context) (*provider.Response, error) {
		return &provider.Response{Parts: []provider.Part{{Text: "abc"}}, Finish: provider.FinishStop}, nil
	})
	for name, model := range map[string]provider.Provider{"in pieces": pacing(3*time.Second, 3*time.Second, 3*time.Second), "in one piece": whole} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := streamed(t, reply, model, limits...)
				for range s.Text() {
					time.Sleep(time.Minute)
				}
				got, err := s.Result()
				require.NoError(t, err)
				require.Equal(t, "abc", got)

				s = streamed(t, reply, model, append(limits, alloy.WithTimeout(30*time.Second))...)
				for range s.Text() {
					time.Sleep(time.Minute)
				}
				_, err = s.Result()
				require.ErrorContains(t, err, "no answer within 30s")
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // the time that the reader leaves to the model still counts
		s := streamed(t, reply, pacing(3*time.Second, 3*time.Second, 3*time.Second), append(limits, alloy.WithAttemptTimeout(8*time.Second))...)
		for range s.Text() {
			time.Sleep(time.Minute)
		}
		_, err := s.Result()
		require.ErrorContains(t, err, "attempt timeout of 8s")
	})
	synctest.Test(t, func(t *testing.T) {
		slow := alloy.Tool{Name: "slow", Input: anyInput, Timeout: time.Hour, Run: func(context.Context, []byte) (any, error) {
			time.Sleep(time.Minute)
			return "ok", nil
		}}
		m := play(t, alloytest.ToolCall("slow", nil).Saying("Wait. "), alloytest.Reply("done").After(3*time.Second))
		s := streamed(t, reply, m, append(limits, alloy.WithTools(slow))...)
		require.Equal(t, []string{"Wait. ", "done"}, slices.Collect(s.Text()))
		_, err := s.Result()
		require.NoError(t, err)
	})
}
