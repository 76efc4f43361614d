package alloy_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/store"
)

// ledger is a provider that writes down what it was asked, when, and what it reported.
type ledger struct {
	provider.Provider
	mu    sync.Mutex
	times []time.Time
	usage provider.Usage
}

func (l *ledger) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	l.mu.Lock()
	l.times = append(l.times, time.Now())
	l.mu.Unlock()
	resp, err := l.Provider.Do(ctx, req, emit)
	l.mu.Lock()
	defer l.mu.Unlock()
	if perr, ok := errors.AsType[*provider.Error](err); ok {
		l.usage = l.usage.Add(perr.Usage)
	} else if resp != nil {
		l.usage = l.usage.Add(resp.Usage)
	}
	return resp, err
}

// plays is a provider that plays one step after the other, whoever asks, and then the last one for ever.
func plays(steps ...alloytest.Step) *ledger {
	var next atomic.Int64
	return &ledger{Provider: alloytest.New(alloytest.Func(func(context.Context, *provider.Request) alloytest.Step {
		return steps[min(int(next.Add(1)), len(steps))-1]
	}).Forever())}
}

// drawTurn is what a model does with a request without tools: it answers, or not, after a time, and says what that cost.
func drawTurn(t *rapid.T) alloytest.Step {
	turn := rapid.SampledFrom([]alloytest.Step{
		alloytest.ReplyJSON(late),
		alloytest.ReplyJSON(late),
		alloytest.Reply("I think it is late"),
		alloytest.Truncate(`{"summary":"x`),
		alloytest.Refuse("no"),
		alloytest.Fail(500), alloytest.Fail(503), alloytest.Fail(529), alloytest.Fail(409), alloytest.Fail(401), alloytest.Fail(413),
		alloytest.Fail(429), alloytest.Fail(429).RetryAfter(1500 * time.Millisecond), alloytest.Fail(503).RetryAfter(3 * time.Second),
		alloytest.Fail(429).RetryAfter(40 * time.Second), alloytest.Fail(429).RetryAfter(time.Hour),
		alloytest.FailWith(&provider.Error{Class: provider.Network}),
		alloytest.FailWith(&provider.Error{Class: provider.Malformed}),
		alloytest.FailWith(&provider.Error{Class: provider.Quota}),
		alloytest.Cut("half"),
		alloytest.Hang(),
		alloytest.Func(func(context.Context, *provider.Request) alloytest.Step { panic("oh") }),
	}).Draw(t, "turn")
	after := drawTime(t, "after", 0, 0, 20*time.Millisecond, 700*time.Millisecond, 4*time.Second)
	usage := provider.Usage{InputTokens: rapid.IntRange(1, 50).Draw(t, "in"), OutputTokens: rapid.IntRange(0, 50).Draw(t, "out")}
	return turn.After(after).Usage(usage)
}

func drawTime(t *rapid.T, label string, of ...time.Duration) time.Duration {
	return rapid.SampledFrom(of).Draw(t, label)
}

func drawRetry(t *rapid.T) alloy.Retry {
	return alloy.Retry{
		Attempts:   rapid.IntRange(0, 5).Draw(t, "attempts"),
		Backoff:    rapid.SampledFrom([]alloy.Backoff{alloy.Exponential, alloy.Linear, alloy.Constant}).Draw(t, "backoff"),
		Base:       drawTime(t, "base", 0, time.Millisecond, 300*time.Millisecond, 2*time.Second, time.Hour),
		Max:        drawTime(t, "max", 0, 200*time.Millisecond, 5*time.Second),
		Jitter:     rapid.SampledFrom([]float64{alloy.NoJitter, alloy.NoJitter, 0, 0.5, 1}).Draw(t, "jitter"),
		FullJitter: rapid.IntRange(0, 3).Draw(t, "full") == 3,
	}
}

// bounds are the shortest and the longest wait before the k-th repeat, from 0, after a failure.
func bounds(r alloy.Retry, k int, kind alloy.Kind, retryAfter time.Duration) (low, high float64) {
	base, most, jitter := float64(r.Base), float64(r.Max), r.Jitter
	if base == 0 {
		base = float64(500 * time.Millisecond)
	}
	if most == 0 {
		most = float64(time.Minute)
	}
	if jitter == 0 {
		jitter = 0.25
	}
	if kind == alloy.KindOverloaded {
		base *= 2
	}
	switch r.Backoff {
	case alloy.Exponential:
		base *= float64(int(1) << k)
	case alloy.Linear:
		base *= float64(k + 1)
	}
	plain := min(base, most)
	switch {
	case r.FullJitter:
		low, high = 0, plain
	case jitter < 0:
		low, high = plain, plain
	default:
		low, high = plain*(1-jitter), min(plain*(1+jitter), most)
	}
	if after := float64(retryAfter); after > 0 {
		low, high = max(low, after), max(high, min(1.1*after, most))
	}
	return low, high
}

// Whatever fails, and however a call retries: each model is attempted so often and no oftener, each wait is within its bounds
// and is what was said, none is begun that does not fit the time that is left, and the usage is what the provider reported.
func TestAnyRetry(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		retry := drawRetry(rt)
		model := plays(rapid.SliceOfN(rapid.Custom(drawTurn), 1, 16).Draw(rt, "turns")...)
		timeout := drawTime(rt, "timeout", 300*time.Millisecond, 3*time.Second, 30*time.Second, 10*time.Minute)
		caller := drawTime(rt, "caller", 2*time.Second, time.Hour)
		chain := []string{"gpt-5", "claude-haiku-4-5", "o3"}
		var seen events
		opts := []alloy.Option{
			alloy.WithProvider(model), alloy.WithRetry(retry), alloy.WithTimeout(timeout), alloy.WithObserver(&seen),
			alloy.WithAttemptTimeout(drawTime(rt, "attempt timeout", 0, time.Second)),
			alloy.WithFallback(chain[:rapid.IntRange(0, 3).Draw(rt, "fallback")]...),
		}
		if rapid.Bool().Draw(rt, "breaker") {
			opts = append(opts, alloy.WithBreaker(alloy.Breaker{Failures: 2, Cooldown: time.Second}))
		}
		var begin, end time.Time
		synctest.Test(t, func(*testing.T) {
			begin = time.Now()
			ctx, cancel := context.WithTimeout(context.Background(), caller)
			defer cancel()
			_, _ = triage.Run(alloy.WithClient(ctx, new(alloy.Client)), saying[Ticket]("x"), opts)
			end = time.Now()
		})
		deadline := begin.Add(min(timeout, caller))
		if end.After(deadline) {
			rt.Fatalf("it ended %v after its deadline", end.Sub(deadline))
		}
		if usage := of[alloy.CallFinished](&seen)[0].Usage; usage != model.usage {
			rt.Fatalf("the usage is %+v, and the provider has reported %+v", usage, model.usage)
		}
		if n := len(of[alloy.RequestStarted](&seen)); n != len(model.times) {
			rt.Fatalf("%d requests are told of, there were %d", n, len(model.times))
		}
		checkWaits(rt, seen.all, retry, deadline)
		checkEachModel(rt, seen.all, max(retry.Attempts, 1))
	})
}

// checkWaits follows the story of a call from wait to wait.
func checkWaits(t *rapid.T, story []alloy.Event, retry alloy.Retry, deadline time.Time) {
	repeats := 0
	var failure alloy.RequestFinished
	for i, e := range story {
		switch e := e.(type) {
		case alloy.FallbackStarted:
			repeats = 0
		case alloy.RequestStarted:
			if left := deadline.Sub(e.Time); left < time.Millisecond {
				t.Fatalf("a request with %v left", left)
			}
		case alloy.RequestFinished:
			if failure = e; e.Err == nil {
				repeats = 0
			}
		case alloy.RetryScheduled:
			var after time.Duration
			if perr, ok := errors.AsType[*provider.Error](failure.Err); ok && failure.Kind != alloy.KindTimeout { // which is ours
				after = perr.RetryAfter
			}
			low, high := bounds(retry, repeats, failure.Kind, after)
			if d := float64(e.Delay); d < low-1 || d > high+1 {
				t.Fatalf("wait %d after %v (Retry-After %v) is %v, want %v to %v: %+v",
					repeats, failure.Kind, after, e.Delay, time.Duration(low), time.Duration(high), retry)
			}
			if until := e.Time.Add(e.Delay); !until.Before(deadline) {
				t.Fatalf("a wait that ends %v after the deadline was begun", until.Sub(deadline))
			}
			if next := story[i+1].About().Time; !next.Equal(e.Time.Add(e.Delay)) {
				t.Fatalf("it was to wait %v, and did so for %v: %T", e.Delay, next.Sub(e.Time), story[i+1])
			}
			repeats++
		}
	}
}

// checkEachModel counts what counts as a failure, and the requests.
func checkEachModel(t *rapid.T, story []alloy.Event, attempts int) {
	failures, requests, free := map[string]int{}, map[string]int{}, 0
	for _, e := range story {
		switch e := e.(type) {
		case alloy.RequestStarted:
			requests[e.Model]++
		case alloy.RequestFinished:
			if e.Err != nil {
				failures[e.Model]++
			}
		case alloy.AnswerRejected:
			if !e.Free {
				failures[e.Model]++
			} else if free++; free > 1 {
				t.Fatal("two answers were asked for again for free")
			}
		}
	}
	for model, n := range requests {
		if failures[model] > attempts || n > attempts+free {
			t.Fatalf("%s was asked %d times and failed %d times, of %d", model, n, failures[model], attempts)
		}
	}
}

func drawLimit(t *rapid.T) alloy.RateLimit {
	rates := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) alloy.Rate {
		return alloy.Rate{
			N:   rapid.Int64Range(1, 12).Draw(t, "n"),
			Per: rapid.SampledFrom([]time.Duration{100 * time.Millisecond, time.Second, 10 * time.Second, time.Minute}).Draw(t, "per"),
		}
	}), 1, 3).Draw(t, "rates")
	return alloy.RateLimit{Requests: rates, Burst: rapid.SampledFrom([]int64{0, 0, 1, 3, 30}).Draw(t, "burst")}
}

// Whoever asks, retries and hedges, and whatever fails: the provider never sees more requests than the rates allow, in any
// interval.
func TestAnyRateLimit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := drawLimit(rt)
		model := plays(rapid.SliceOfN(rapid.Custom(drawTurn), 1, 40).Draw(rt, "turns")...)
		type caller struct {
			pause, timeout time.Duration
			calls          int
		}
		callers := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) caller {
			return caller{
				pause:   drawTime(t, "pause", 0, 0, 30*time.Millisecond, time.Second, 20*time.Second),
				timeout: drawTime(t, "timeout", 100*time.Millisecond, 3*time.Second, 5*time.Minute),
				calls:   rapid.IntRange(1, 3).Draw(t, "calls"),
			}
		}), 1, 30).Draw(rt, "callers")
		opts := []alloy.Option{
			alloy.WithProvider(model), alloy.WithRateLimit("all", limit),
			alloy.WithRetry(alloy.Retry{Attempts: rapid.IntRange(1, 4).Draw(rt, "attempts")}),
			alloy.WithHedge(alloy.Hedge{After: drawTime(rt, "hedge", 0, 500*time.Millisecond)}),
			alloy.WithConcurrency("all", rapid.SampledFrom([]int{0, 1, 5}).Draw(rt, "slots")),
		}
		if rapid.Bool().Draw(rt, "breaker") {
			opts = append(opts, alloy.WithBreaker(alloy.Breaker{Cooldown: time.Second}))
		}
		client, err := alloy.New(opts...)
		require.NoError(rt, err)
		synctest.Test(t, func(*testing.T) {
			ctx := alloy.WithClient(context.Background(), client)
			var all sync.WaitGroup
			for _, c := range callers {
				all.Go(func() {
					for range c.calls {
						time.Sleep(c.pause)
						_, _ = triage.Run(ctx, saying[Ticket]("x"), []alloy.Option{alloy.WithTimeout(c.timeout)})
					}
				})
			}
			all.Wait()
		})
		checkRates(rt, model.times, limit)
	})
}

// checkRates counts the requests of every interval that begins with one.
func checkRates(t *rapid.T, times []time.Time, limit alloy.RateLimit) {
	slices.SortFunc(times, time.Time.Compare)
	fastest := slices.MaxFunc(limit.Requests, func(a, b alloy.Rate) int {
		switch x, y := float64(a.N)/float64(a.Per), float64(b.N)/float64(b.Per); {
		case x > y, x == y && a.Per < b.Per:
			return 1
		case x < y, a.Per > b.Per:
			return -1
		}
		return 0
	})
	burst := limit.Burst
	if burst == 0 {
		burst = min(10, fastest.N)
	}
	const microsecond = time.Microsecond // the unit of the windows
	for i, from := range times {
		for j := i; j < len(times); j++ {
			n, took := int64(j-i+1), times[j].Sub(from)
			for _, r := range limit.Requests {
				most := r.N
				if r == fastest && burst > r.N { // see RateLimit.Burst
					most += burst
				}
				if took < r.Per-microsecond && n > most {
					t.Fatalf("%d requests within %v, at most %d are allowed per %v: %+v", n, took, most, r.Per, limit)
				}
			}
			if paced := float64(burst) + float64(took+microsecond)*float64(fastest.N)/float64(fastest.Per); float64(n) > paced+1e-6 {
				t.Fatalf("%d requests within %v, the burst of %d allows %.2f: %+v", n, took, burst, paced, limit)
			}
		}
	}
}

// jinx makes what it is asked about panic, now and then, or end its goroutine.
type jinx struct {
	mu    sync.Mutex
	rnd   *rand.Rand
	often float64 // 0: never
}

// strike panics, or not.
func (j *jinx) strike(how ...func()) {
	j.mu.Lock()
	hit := j.rnd.Float64() < j.often
	which := 0
	if hit {
		which = j.rnd.IntN(3 + len(how))
	}
	j.mu.Unlock()
	switch {
	case !hit:
	case which == 0:
		panic("oh")
	case which == 1:
		panic(errors.New("an error that was thrown"))
	case which == 2:
		var order *Ticket
		order.Summary = "nobody's"
	default:
		how[which-3]()
	}
}

func (j *jinx) Critical(string) bool { j.strike(); return false }

func (j *jinx) Approve(context.Context, alloy.ApprovalRequest) (alloy.Decision, error) {
	j.strike()
	return alloy.Decision{Approved: true}, nil
}

// jinxed is a Checkpointer.
type jinxed struct {
	store.Checkpointer
	*jinx
}

func (j jinxed) Save(ctx context.Context, run string, data []byte) error {
	j.strike()
	return j.Checkpointer.Save(ctx, run, data)
}

func (j jinxed) Load(ctx context.Context, run string) ([]byte, error) {
	j.strike()
	return j.Checkpointer.Load(ctx, run)
}

// havoc is what strikes at calls, and what is left of them.
type havoc struct {
	*jinx
	model   *ledger
	kept    store.Store
	effects map[string]int // of the idempotent tool, by run and arguments
	untold  int64          // requests that the provider may have been paid for and has reported nothing of
	gone    int64          // requests with which the provider has ended the goroutine: in that of a call they count as paid for, in a hedge's as failed
	faults  []string
}

func (h *havoc) Observe(ctx context.Context, e alloy.Event) {
	if e, ok := e.(alloy.RequestFinished); ok && e.Usage.Total() == 0 {
		if e.Kind == alloy.KindTimeout || e.Kind == alloy.KindCanceled {
			h.mu.Lock()
			h.untold++
			h.mu.Unlock()
		}
	}
	h.strike()
}

func (h *havoc) fault(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = append(h.faults, fmt.Sprintf(format, args...))
}

// intN is a random number.
func (h *havoc) intN(n int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rnd.IntN(n)
}

// turn is what the model does.
func (h *havoc) turn(_ context.Context, req *provider.Request) alloytest.Step {
	for i, m := range req.Messages {
		var called, answered []string
		for _, p := range m.Parts {
			if p.ToolCall != nil {
				called = append(called, p.ToolCall.ID)
			}
		}
		if called == nil {
			continue
		}
		for _, p := range req.Messages[i+1].Parts {
			answered = append(answered, p.ToolResult.CallID)
		}
		if !slices.Equal(called, answered) {
			h.fault("calls %q, results %q", called, answered)
		}
	}
	h.strike(func() {
		h.mu.Lock()
		h.gone++
		h.mu.Unlock()
		runtime.Goexit()
	})
	steps := []alloytest.Step{alloytest.ReplyJSON(late), alloytest.Fail(500), alloytest.Hang(), alloytest.Reply("no answer")}
	if len(req.Tools) > 0 {
		any := func() alloytest.Call {
			return alloytest.Call{Name: []string{"pay", "once", "look"}[h.intN(3)], Args: order(fmt.Sprint(h.intN(3)))}
		}
		steps = append(steps, alloytest.ToolCalls(any()), alloytest.ToolCalls(any(), any(), any()))
	}
	return steps[h.intN(len(steps))].After(time.Duration(h.intN(3)) * 300 * time.Millisecond).
		Usage(provider.Usage{InputTokens: 1 + h.intN(50), OutputTokens: h.intN(50)})
}

// tools of a run: one that needs approval, one that is idempotent, and one that is neither.
func (h *havoc) tools(run string) alloy.Option {
	tool := func(name string) alloy.Tool {
		schema := &alloy.Schema{Name: name, JSON: orderSchema}
		return alloy.Tool{Name: name, Input: schema, Run: func(_ context.Context, input []byte) (any, error) {
			h.strike(runtime.Goexit)
			time.Sleep(10 * time.Millisecond)
			if name == "once" {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.effects[run+string(input)]++
			}
			return "done", nil
		}}
	}
	pay, once := tool("pay"), tool("once")
	pay.Approve, once.Idempotent = &alloy.Approval{}, true
	return alloy.WithTools(pay, once, tool("look"))
}

// call makes calls of one run, of which each goes on where the one before has ended.
func (h *havoc) call(ctx context.Context, run string, times int, opts ...alloy.Option) {
	for range times {
		func() {
			defer func() {
				if p := recover(); p != nil {
					h.fault("a panic has left the call: %v", p)
				}
			}()
			got, err := triage.Run(ctx, saying[Ticket]("x"), append(opts, alloy.WithRunID(run)))
			_, failed := errors.AsType[*alloy.CommandError](err)
			if err == nil && got.Summary != late.Summary || err != nil && !failed {
				h.fault("%+v, %T %v", got, err, err)
			}
		}()
	}
}

// Whatever panics, or ends its goroutine: nothing leaves the call but its error, and no slot, no permit, no token of a budget
// and no result of a tool is lost.
func TestAnyPanic(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		h := &havoc{
			jinx: &jinx{rnd: rand.New(rand.NewPCG(seed, 0)), often: rapid.SampledFrom([]float64{0.01, 0.05, 0.3}).Draw(rt, "often")},
			kept: store.NewMemory(), effects: map[string]int{},
		}
		h.model = &ledger{Provider: alloytest.New(alloytest.Func(h.turn).Forever())}
		slots := rapid.IntRange(1, 4).Draw(rt, "slots")
		budget := alloy.Budget{Tokens: 1 << 40, Per: 24 * time.Hour, Key: "all"}
		limit := alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(50)}, Tokens: []alloy.Rate{alloy.PerSecond(1_000_000)}}
		client, err := alloy.New(
			alloy.WithConcurrency("all", slots), alloy.WithBreaker(alloy.Breaker{Failures: 3}), alloy.WithHealthBreaker(h),
			alloy.WithRateLimit("all", limit), alloy.WithBudget(budget),
			alloy.WithAttemptTimeout(2*time.Second), alloy.WithTimeout(time.Minute),
			alloy.WithRetry(alloy.Retry{Attempts: rapid.IntRange(1, 3).Draw(rt, "attempts")}),
			alloy.WithStore(h.kept), alloy.WithCheckpointer(jinxed{h.kept, h.jinx}), alloy.WithApprover(h), alloy.WithObserver(h),
		)
		require.NoError(rt, err)
		patience := []time.Duration{time.Hour, time.Hour, 100 * time.Millisecond, time.Second}
		quits := rapid.SliceOfN(rapid.SampledFrom(patience), 1, 10).Draw(rt, "callers")
		var spent, reported int64
		synctest.Test(t, func(*testing.T) {
			ctx := alloy.WithClient(context.Background(), client)
			var all sync.WaitGroup
			for i, quit := range quits {
				all.Go(func() {
					ctx, cancel := context.WithTimeout(ctx, quit)
					defer cancel()
					run := fmt.Sprint("run", i)
					if i%3 == 0 {
						h.call(ctx, run, 2, alloy.WithProvider(h.model), alloy.WithHedge(alloy.Hedge{After: 200 * time.Millisecond, Max: 3}))
					} else {
						h.call(ctx, run, 3, alloy.WithProvider(h.model), h.tools(run))
					}
				})
			}
			all.Wait()
			h.often = 0
			time.Sleep(10 * time.Minute) // longer than any cooldown
			_, spent, _ = h.kept.Reserve(ctx, "all:tokens", budget.Per, store.MaxAmount, 0)
			reported = int64(h.model.usage.Total())
			h.calm(ctx, slots)
		})
		for _, fault := range h.faults {
			rt.Error(fault)
		}
		const guess, most = 1024, 2048 // what is set aside for a request here
		if rest := spent - reported; rest < guess*h.untold || rest > most*(h.untold+h.gone) {
			rt.Errorf("%d tokens of the budget are gone, %d are reported, and %d requests have not told theirs", spent, reported, h.untold)
		}
		for effect, n := range h.effects {
			if n > 1 {
				rt.Errorf("%s came about %d times", effect, n)
			}
		}
	})
}

// calm makes a call alone, which the breaker takes for its probe, and then as many as there are slots: the model answers none
// of these before all are there.
func (h *havoc) calm(ctx context.Context, slots int) {
	g := newGate(1)
	h.model.Provider = alloytest.New(alloytest.Func(func(ctx context.Context, _ *provider.Request) alloytest.Step {
		g.pass(ctx)
		return alloytest.ReplyJSON(late)
	}).Forever())
	opts := []alloy.Option{alloy.WithProvider(h.model), alloy.WithRetry(alloy.Retry{})}
	ask := func() {
		if _, err := triage.Run(ctx, saying[Ticket]("x"), opts); err != nil {
			h.fault("something is lost: %v", err)
		}
	}
	ask()
	g = newGate(slots)
	var all sync.WaitGroup
	for range slots {
		all.Go(ask)
	}
	all.Wait()
}
