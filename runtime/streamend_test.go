package alloy_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/store"
)

// until ranges over a view up to the first value that fits.
func until[V any](t *testing.T, seq iter.Seq[V], fits func(V) bool) {
	t.Helper()
	for v := range seq {
		if fits(v) {
			return
		}
	}
	t.Error("there was no such value")
}

func isA[E alloy.Event](e alloy.Event) bool {
	_, ok := e.(E)
	return ok
}

// A stream runs once, whoever ranges over it, and wherever: the second loop has nothing, be it within the first, and a Result
// within the loop is an error.
func TestStreamRunsOnce(t *testing.T) {
	m := play(t, alloytest.Reply("").Chunks("a", "b"))
	s := streamed(t, reply, m)
	for range s.Text() {
		require.Empty(t, slices.Collect(s.Text()))
		require.Empty(t, slices.Collect(s.Events()))
		_, err := s.Result()
		require.Equal(t, "stream", as[*alloy.ConfigurationError](t, err).Setting)
	}
	for range 2 {
		got, err := s.Result()
		require.NoError(t, err)
		require.Equal(t, "ab", got)
	}

	for range 50 {
		s := streamed(t, reply, play(t, alloytest.Reply("").Chunks("a", "b")))
		var mu sync.Mutex
		var all []string
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for piece := range s.Text() {
					mu.Lock()
					all = append(all, piece)
					mu.Unlock()
				}
				if got, err := s.Result(); err == nil && got != "ab" {
					t.Errorf("got %q", got)
				}
			})
		}
		readers.Wait()
		got, err := s.Result()
		require.NoError(t, err)
		require.Equal(t, "ab", got)
		require.Subset(t, []string{"a", "b"}, all)
		require.Len(t, slices.Compact(all), len(all))
	}
}

// A view may be pulled, in a goroutine of its own, and left in the middle of tools that run side by side.
func TestPulledStream(t *testing.T) {
	var l lookup
	calls := make3("lookup_order")
	for _, stopAt := range []func(alloy.Event) bool{isA[alloy.CallStarted], isA[alloy.RequestStarted], isA[alloy.ToolStarted], isA[alloy.TurnFinished], isA[alloy.TextDelta]} {
		m := alloytest.New(alloytest.ToolCalls(calls...), alloytest.Reply("").Chunks("a", "b"))
		s := streamed(t, reply, m, alloy.WithTools(l.tool()))
		next, stop := iter.Pull(s.Events())
		for {
			e, ok := next()
			require.True(t, ok)
			if stopAt(e) {
				break
			}
		}
		stop()
		_, err := s.Result()
		require.Equal(t, alloy.KindCanceled, failed(t, err).Kind)
	}
}

// A reader who leaves during the last request of finalize ends it like any other.
func TestLeavingTheLastRequest(t *testing.T) {
	for name, view := range map[string]func(t *testing.T, s *alloy.Stream[string]){
		"text": func(t *testing.T, s *alloy.Stream[string]) {
			until(t, s.Text(), func(piece string) bool { return piece == "a" })
		},
		"partials": func(t *testing.T, s *alloy.Stream[string]) {
			until(t, s.Partials(), func(v string) bool { return v == "a" })
		},
		"before":             func(t *testing.T, s *alloy.Stream[string]) { until(t, s.Events(), isA[alloy.FinalizeStarted]) },
		"at its first piece": func(t *testing.T, s *alloy.Stream[string]) { until(t, s.Events(), isA[alloy.TextDelta]) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := alloytest.New(alloytest.ToolCall("lookup_order", order("1")).Times(2), alloytest.Reply("").Chunks("a", "b"))
				call := saying[string]("hello")
				call.Degrade = func(context.Context, error) (string, error) { return "later", nil }
				s := reply.Stream(t.Context(), call, []alloy.Option{alloy.WithProvider(m), alloy.WithTools((&lookup{}).tool()),
					alloy.WithMaxToolTurns(1), alloy.WithFinalize(alloy.Finalize{Limit: true})})
				view(t, s)
				_, err := s.Result()
				require.Equal(t, alloy.KindCanceled, failed(t, err).Kind)
				require.ErrorContains(t, err, "the reader left the stream")
				if name == "before" {
					require.Len(t, m.Requests(), 2)
				}
			})
		})
	}
}

// Who leaves a stream that has come to its end has what it has come to.
func TestLeavingAtTheEnd(t *testing.T) {
	s := streamed(t, reply, play(t, alloytest.Reply("hello")))
	until(t, s.Events(), isA[alloy.AnswerAccepted])
	got, err := s.Result()
	require.NoError(t, err)
	require.Equal(t, "hello", got)

	s = streamed(t, reply, play(t, alloytest.Fail(401)))
	until(t, s.Events(), isA[alloy.CallFinished])
	_, err = s.Result()
	require.Equal(t, alloy.KindInvalid, failed(t, err).Kind)
}

// Once text was delivered nothing else answers in its place, when the time is up as little as when the request fails; before
// it, and after the text that comes with calls of tools, everything does.
func TestNothingFollowsDeliveredText(t *testing.T) {
	entry := `{"value":[{"name":"a","n":1,"tags":[]},`
	list := saying[[]Entry]("hello")
	list.Degrade = func(context.Context, error) ([]Entry, error) { return []Entry{{Name: "later"}}, nil }
	call := saying[string]("hello")
	call.Degrade = func(context.Context, error) (string, error) { return "later", nil }
	all := alloy.WithFinalize(alloy.Finalize{Limit: true, Timeout: true, Error: true})
	var l lookup
	hanging := emitting(func(ctx context.Context, emit func(provider.Delta) error) error {
		if err := emit(provider.Delta{Text: entry}); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
	synctest.Test(t, func(t *testing.T) {
		opts := []alloy.Option{alloy.WithProvider(hanging), alloy.WithTimeout(time.Second), all}
		s := reply.Stream(t.Context(), call, opts)
		require.Equal(t, []string{entry}, slices.Collect(s.Text()))
		_, err := s.Result()
		require.Equal(t, alloy.KindTimeout, failed(t, err).Kind)
		require.Equal(t, len(entry), as[*alloy.StreamInterrupted](t, err).Delivered)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		i := listing.Stream(t.Context(), list, opts)
		require.Equal(t, []Entry{{"a", 1, []string{}}}, slices.Collect(alloy.Items(i)))
		_, err = i.Result()
		as[*alloy.StreamInterrupted](t, err)

		p := listing.Stream(t.Context(), list, append(opts, alloy.WithFinalize(alloy.Finalize{})))
		partials := slices.Collect(p.Partials())
		require.Equal(t, []Entry{{Name: "later"}}, partials[len(partials)-1], "partial values begin anew")
	})

	// The last request of finalize is a request like any other.
	m := play(t, alloytest.ToolCall("lookup_order", order("1")).Times(2), alloytest.Cut("half"))
	s := reply.Stream(t.Context(), call, []alloy.Option{alloy.WithProvider(m), alloy.WithTools(l.tool()), alloy.WithMaxToolTurns(1), all})
	require.Equal(t, []string{"half"}, slices.Collect(s.Text()))
	_, err := s.Result()
	as[*alloy.ToolLoopLimitExceeded](t, err)
	require.Equal(t, 4, as[*alloy.StreamInterrupted](t, err).Delivered)

	m = play(t, alloytest.ToolCall("lookup_order", order("1")).Saying("I look. ").Times(2))
	s = reply.Stream(t.Context(), call, []alloy.Option{alloy.WithProvider(m), alloy.WithTools(l.tool()), alloy.WithMaxToolTurns(1)})
	require.Equal(t, "I look. I look. later", strings.Join(slices.Collect(s.Text()), ""))

	m = play(t, alloytest.ToolCall("lookup_order", order("1")).Saying("I look. "), alloytest.Fail(401))
	s = reply.Stream(t.Context(), call, []alloy.Option{alloy.WithProvider(m), alloy.WithTools(l.tool())})
	require.Equal(t, "I look. later", strings.Join(slices.Collect(s.Text()), ""))
}

// A value that no request has brought is delivered as a model would write it.
func TestTextOfAValue(t *testing.T) {
	call := saying[Ticket]("hello")
	call.Degrade = func(context.Context, error) (Ticket, error) { return late, nil }
	s := triage.Stream(t.Context(), call, []alloy.Option{alloy.WithProvider(play(t, alloytest.Fail(503)))})
	require.Equal(t, []string{lateJSON}, slices.Collect(s.Text()))

	run := []alloy.Option{alloy.WithStore(store.NewMemory()), alloy.WithRunID("r1")}
	require.Len(t, slices.Collect(streamed(t, listing, play(t, alloytest.Reply(`{"value":[]}`)), run...).Text()), 1)
	require.Equal(t, []string{`{"value":[]}`}, slices.Collect(streamed(t, listing, play(t), run...).Text()))
	text := ""
	for e := range streamed(t, listing, play(t), run...).Events() {
		if d, ok := e.(alloy.TextDelta); ok {
			text += d.Text
		}
	}
	require.Equal(t, `{"value":[]}`, text)
}

// Restarted comes whenever what was shown counts no more, and only then: what a model says before it calls tools stands.
func TestRestarted(t *testing.T) {
	half, whole := lateJSON[:30], alloytest.Reply("").Chunks(pieces(lateJSON, 9)...)
	degraded := func(context.Context, error) (Ticket, error) { return late, nil }
	retry := alloy.WithRetry(alloy.Retry{Attempts: 2, Base: 1})
	tool := alloytest.ToolCall("lookup_order", order("1"))
	for name, tc := range map[string]struct {
		steps            []alloytest.Step
		degrade          func(context.Context, error) (Ticket, error)
		events, partials int
	}{
		"all is well":                      {[]alloytest.Step{whole}, nil, 0, 0},
		"a failure before the first piece": {[]alloytest.Step{alloytest.Fail(500), whole}, nil, 0, 0},
		"a failure after it":               {[]alloytest.Step{alloytest.Cut(half), whole}, nil, 1, 1},
		"a rejected answer":                {[]alloytest.Step{alloytest.Reply(`{"summary":"x"}`), whole}, nil, 1, 1},
		"tools":                            {[]alloytest.Step{tool, whole}, nil, 0, 0},
		"tools with text":                  {[]alloytest.Step{tool.Saying("I look. "), whole}, nil, 0, 0},
		"tools with half an answer":        {[]alloytest.Step{tool.Saying(half), whole}, nil, 0, 1},
		"a failure after tools with text":  {[]alloytest.Step{tool.Saying("I look. "), alloytest.Cut(half), whole}, nil, 1, 1},
		"degrade":                          {[]alloytest.Step{alloytest.Fail(401)}, degraded, 0, 0},
		"degrade after a part":             {[]alloytest.Step{alloytest.Cut(half), alloytest.Cut("")}, degraded, 1, 1},
		"degrade after the last part":      {[]alloytest.Step{alloytest.Cut(""), alloytest.Cut(half)}, degraded, 1, 1},
		"another candidate is the answer":  {[]alloytest.Step{alloytest.Reply("").Chunks(`Like {"summary": "an example", "priority": "no`, `ne", "score": 7}, so: `, lateJSON)}, nil, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			for _, view := range []string{"events", "partials"} {
				var seen events
				call := saying[Ticket]("hello")
				call.Degrade = tc.degrade
				s := triage.Stream(t.Context(), call, []alloy.Option{alloy.WithProvider(play(t, tc.steps...)), alloy.WithTools((&lookup{}).tool()), retry, alloy.WithObserver(&seen)})
				want, text, shown := tc.events, "", late
				if view == "events" {
					for e := range s.Events() {
						switch e := e.(type) {
						case alloy.Restarted, alloy.TurnFinished:
							text = ""
						case alloy.TextDelta:
							text += e.Text
						}
					}
					got, err := triage.Parse(text)
					require.NoError(t, err, text)
					require.Equal(t, late, got)
				} else {
					want = tc.partials
					for shown = range s.Partials() {
					}
				}
				require.Equal(t, late, shown)
				_, err := s.Result()
				require.NoError(t, err)
				require.Len(t, of[alloy.Restarted](&seen), want, view)
			}
		})
	}
}

// A call that did not return has a Result all the same: one of the errors of a call.
func TestResultOfACallThatDidNotReturn(t *testing.T) {
	for name, loop := range map[string]func(s *alloy.Stream[string]){
		"loop":   func(s *alloy.Stream[string]) { leave(s.Text()) },
		"result": func(s *alloy.Stream[string]) { _, _ = s.Result() },
	} {
		t.Run(name, func(t *testing.T) {
			s := reply.Stream(t.Context(), alloy.Call[string]{Prompt: func(context.Context) (alloy.Prompt[string], error) { panic("mine") }}, nil)
			require.PanicsWithValue(t, "mine", func() { loop(s) })
			_, err := s.Result()
			require.Equal(t, alloy.KindCanceled, failed(t, err).Kind)
			require.Empty(t, slices.Collect(s.Text()))
		})
	}
}

// A reader whose goroutine ends, or panics, while tools run side by side waits for them, as for everything that the call has begun.
func TestEndOfTheReaderAmidTools(t *testing.T) {
	for name, end := range map[string]func(){"goexit": runtime.Goexit, "panic": func() { panic(errors.New("mine")) }} {
		t.Run(name, func(t *testing.T) {
			tool := alloy.Tool{Name: "slow", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}}
			var seen events
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer func() { _ = recover() }()
				begun := 0
				for e := range streamed(t, reply, alloytest.New(alloytest.ToolCalls(make3("slow")...)), alloy.WithTools(tool), alloy.WithObserver(&seen)).Events() {
					if isA[alloy.ToolStarted](e) {
						if begun++; begun == 3 {
							end()
						}
					}
				}
			}()
			<-done
			require.Len(t, of[alloy.ToolFinished](&seen), 3)
			require.IsType(t, alloy.CallFinished{}, seen.all[len(seen.all)-1])
		})
	}
}

// The context may end before, between and within deltas.
func TestContextOfAStream(t *testing.T) {
	left := errors.New("the user left")
	for _, view := range []func(*alloy.Stream[string]) int{
		func(s *alloy.Stream[string]) int { return len(slices.Collect(s.Text())) },
		func(s *alloy.Stream[string]) int { return len(slices.Collect(s.Partials())) },
		func(s *alloy.Stream[string]) int { return len(slices.Collect(s.Events())) },
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(left)
		m := play(t)
		s := reply.Stream(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(m)})
		view(s)
		_, err := s.Result()
		require.ErrorIs(t, err, left)
		require.Empty(t, m.Requests())
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(1500*time.Millisecond, func() { cancel(left) })
			begin := time.Now()
			s := reply.Stream(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(pacing(time.Second, time.Second, time.Second)), times(3)})
			require.Positive(t, view(s))
			_, err := s.Result()
			require.ErrorIs(t, err, left)
			require.Equal(t, alloy.KindCanceled, failed(t, err).Kind)
			require.Equal(t, 1500*time.Millisecond, time.Since(begin))
		})
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	s := reply.Stream(ctx, saying[string]("hello"), []alloy.Option{alloy.WithProvider(play(t, alloytest.Reply("").Chunks("a", "b", "c"))), times(3)})
	n := 0
	for range s.Text() {
		n++
		cancel(left)
	}
	require.Equal(t, 1, n)
	_, err := s.Result()
	require.ErrorIs(t, err, left)
	require.Equal(t, 1, as[*alloy.StreamInterrupted](t, err).Delivered)
}

// An open stream has no goroutine beside its reader's, whatever it is read by, nor has one that was left, or forgotten.
func TestStreamsHaveNoGoroutines(t *testing.T) {
	base := runtime.NumGoroutine()
	look := func() {
		if n := runtime.NumGoroutine(); n > base {
			t.Errorf("%d goroutines, and %d without a stream", n, base)
		}
	}
	step := alloytest.Reply("").Chunks(pieces(`{"value":[{"name":"a","n":1,"tags":[]}]}`, 3)...)
	open := func() *alloy.Stream[[]Entry] { return streamed(t, listing, alloytest.New(step), times(3)) }
	for _, early := range []bool{false, true} {
		for range open().Text() {
			if look(); early {
				break
			}
		}
		for range open().Partials() {
			if look(); early {
				break
			}
		}
		for range open().Events() {
			if look(); early {
				break
			}
		}
		for range alloy.Items(open()) {
			if look(); early {
				break
			}
		}
	}
	open().Text()
	_ = open()
	look()
}

// What a piece costs does not grow with what came before it: four times as many pieces take four times the memory in all, give or
// take what grows by doubling.
func TestCostOfAPieceDoesNotGrow(t *testing.T) {
	entry := `{"name":"` + strings.Repeat("x", 80) + `","n":1,"tags":["y"]},`
	for name, read := range map[string]func(*alloy.Stream[[]Entry]){
		"text": func(s *alloy.Stream[[]Entry]) {
			for range s.Text() {
			}
		},
		"partials": func(s *alloy.Stream[[]Entry]) {
			for range s.Partials() {
			}
		},
		"events": func(s *alloy.Stream[[]Entry]) {
			for range s.Events() {
			}
		},
		"items": func(s *alloy.Stream[[]Entry]) {
			for range alloy.Items(s) {
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			cost := func(entries int) float64 {
				text := `{"value":[` + strings.TrimSuffix(strings.Repeat(entry, entries), ",") + `]}`
				s := streamed(t, listing, alloytest.New(alloytest.Reply("").Chunks(pieces(text, 4)...)))
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				read(s)
				runtime.ReadMemStats(&after)
				_, err := s.Result()
				require.NoError(t, err)
				return float64(after.TotalAlloc - before.TotalAlloc)
			}
			require.Less(t, cost(2000)/cost(500), 6.0)
		})
	}
}

// Many streams at once, read in every way.
func TestManyStreams(t *testing.T) {
	step := alloytest.Reply("").Chunks(pieces(`{"value":[{"name":"a","n":1,"tags":[]},{"name":"b","n":2,"tags":[]}]}`, 3)...)
	m := alloytest.New(step.Forever())
	want := []Entry{{"a", 1, []string{}}, {"b", 2, []string{}}}
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() {
			s := listing.Stream(t.Context(), saying[[]Entry]("hello"), []alloy.Option{alloy.WithProvider(m)})
			var got []Entry
			switch i % 4 {
			case 0:
				for range s.Text() {
				}
			case 1:
				for got = range s.Partials() {
				}
			case 2:
				for range s.Events() {
				}
			case 3:
				got = slices.Collect(alloy.Items(s))
			}
			result, err := s.Result()
			if err != nil || !slices.EqualFunc(result, want, func(a, b Entry) bool { return a.Name == b.Name }) || i%2 == 1 && len(got) != 2 {
				t.Errorf("got %v, %v, %v", got, result, err)
			}
		})
	}
	all.Wait()
}
