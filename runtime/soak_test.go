package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/observe/async"
	"github.com/alloygen/alloygen/runtime/observe/health"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/store"
)

const (
	soakCallers = 200
	soakSlots   = 12
)

// TestSoak lets many callers make calls of every sort, in real time and over real sockets, to a server that does everything
// wrong now and then, for as long as ALLOY_SOAK says. What must hold of any call is checked of each; what must hold of all, at
// the end.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("ALLOY_SOAK"))
	if err != nil {
		t.Skip("it runs for as long as ALLOY_SOAK says: ALLOY_SOAK=5m")
	}
	base := runtime.NumGoroutine()
	s := newSoak(t)
	var all sync.WaitGroup
	for i := range soakCallers {
		all.Go(func() { s.caller(i) })
	}
	time.Sleep(length / 3)
	early := s.heap()
	time.Sleep(length - length/3)
	late := s.heap()
	close(s.stop)
	all.Wait()

	t.Logf("%d calls, %d requests served, %d values; heap %d KB, then %d KB; how calls ended: %v",
		s.calls.Load(), s.server.served.Load(), s.values.Load(), early>>10, late>>10, s.ends())
	require.Positive(t, s.values.Load())
	require.LessOrEqual(t, late, early+early/4+4<<20, "the heap stays as it was")
	s.recover()
	s.close()
	for end := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > base && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), base)
}

// soak is what the callers share.
type soak struct {
	t       *testing.T
	server  *roughServer
	store   store.Store
	health  *health.Monitor
	sink    *async.Observer
	clients []*soakClient
	stop    chan struct{}

	quiet   sync.RWMutex // held by each caller during a call, and by whoever wants none
	calls   atomic.Int64
	values  atomic.Int64
	faults  atomic.Int64
	numbers atomic.Int64 // of questions and runs
	told    atomic.Int64 // events that the sink was given
	read    atomic.Int64 // events that it has handed on

	mu       sync.Mutex
	kinds    map[alloy.Kind]int
	effects  map[string]bool // what idempotent tools have brought about, by run, tool and arguments
	previous map[string]bool // the same, of some time ago
}

type soakClient struct {
	*alloy.Client
	http  *http.Transport
	slots bool
}

func newSoak(t *testing.T) *soak {
	s := &soak{t: t, server: openRough(t), store: store.NewMemory(), health: health.New(), stop: make(chan struct{})}
	s.kinds, s.effects = map[alloy.Kind]int{}, map[string]bool{}
	s.sink = async.New(alloy.ObserverFunc(s.readAll), 256)
	breaker := alloy.WithBreaker(alloy.Breaker{Failures: 4, Window: time.Second, Cooldown: 10 * time.Millisecond})
	slots := alloy.WithConcurrency("soak", soakSlots)
	both := []alloy.Rate{alloy.PerSecond(300), alloy.PerMinute(10_000)}
	rates := alloy.WithRateLimit("soak", alloy.RateLimit{Requests: both, Burst: 50})
	tokens := alloy.WithRateLimit("openai", alloy.RateLimit{Tokens: []alloy.Rate{alloy.PerSecond(500_000)}})
	budget := alloy.WithBudget(alloy.Budget{Tokens: 5_000_000, USD: 1000, Per: time.Minute, Key: "soak"})
	price := alloy.WithPrice("claude-opus-4-7", alloy.Price{Input: 5, Output: 25})
	for _, opts := range [][]alloy.Option{
		nil,
		{breaker, slots},
		{rates, slots},
		{tokens, breaker, alloy.WithHealthBreaker(s.health), budget, price},
		{breaker, rates, slots, budget, price, tokens},
		{breaker, alloy.WithHealthBreaker(brokenHealth{}), slots},
	} {
		s.clients = append(s.clients, s.newClient(opts...))
	}
	return s
}

func (s *soak) newClient(opts ...alloy.Option) *soakClient {
	dialer := new(net.Dialer)
	c := &soakClient{slots: len(opts) > 0}
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		switch rand.IntN(100) {
		case 0:
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		case 1:
			return nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}
		}
		return dialer.DialContext(ctx, network, addr)
	}
	c.http = &http.Transport{MaxIdleConnsPerHost: 32, DialContext: dial}
	client, err := alloy.New(append([]alloy.Option{
		alloy.WithHTTPClient(&http.Client{Transport: c.http}), alloy.WithStore(s.store), alloy.WithObserver(s.health),
		alloy.WithObserver(alloy.ObserverFunc(func(ctx context.Context, e alloy.Event) {
			s.told.Add(1)
			s.sink.Observe(ctx, e)
		}))}, opts...)...)
	require.NoError(s.t, err)
	c.Client = client
	return c
}

type brokenHealth struct{}

func (brokenHealth) Critical(string) bool {
	if rand.IntN(2) == 0 {
		panic("oh")
	}
	return rand.IntN(20) == 0
}

// readAll reads what an event points to, long after the call has gone on: the race detector would see a change.
func (s *soak) readAll(_ context.Context, e alloy.Event) {
	defer s.read.Add(1)
	switch e := e.(type) {
	case alloy.RequestStarted:
		_ = json.NewEncoder(io.Discard).Encode(e.Request.Messages)
	case alloy.RequestFinished:
		_ = json.NewEncoder(io.Discard).Encode(e.Response)
	}
	_, _ = fmt.Fprintf(io.Discard, "%+v", e)
	if rand.IntN(1000) == 0 {
		panic("oh")
	}
}

// heap is what is in use while nobody calls, in bytes.
func (s *soak) heap() uint64 {
	s.quiet.Lock()
	defer s.quiet.Unlock()
	for s.read.Load()+int64(s.sink.Dropped()) < s.told.Load() {
		time.Sleep(10 * time.Millisecond)
	}
	for _, c := range s.clients {
		c.http.CloseIdleConnections()
	}
	for range 3 {
		runtime.GC()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func (s *soak) ends() string {
	var all []string
	for kind, n := range s.kinds {
		all = append(all, fmt.Sprintf("%s %d", kind, n))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// recover shows that every client can do all that it could do at first: its breakers close, and all its slots can be used at
// once.
func (s *soak) recover() {
	for i, c := range s.clients {
		ctx := alloy.WithClient(s.t.Context(), c.Client)
		for _, v := range []vendor{openAI, anthropic} {
			s.server.calm.Store(newGate(1))
			ask := func() error {
				_, err := triage.Run(ctx, saying[Ticket]("question 0"), []alloy.Option{
					alloy.WithModel(v.model), alloy.WithTimeout(time.Minute), alloy.WithRetry(alloy.Retry{Attempts: 3}),
					alloy.WithBudget(alloy.Budget{Per: time.Minute, Key: "soak"}),
				})
				return err
			}
			err := ask()
			for err != nil && failed(s.t, err).Kind == alloy.KindBreakerOpen {
				wait := failed(s.t, err).Attempts[0].RetryAfter
				require.Positive(s.t, wait, "a probe that has ended is under way")
				time.Sleep(wait)
				err = ask()
			}
			require.NoError(s.t, err, "client %d", i)
			if !c.slots {
				continue
			}
			s.server.calm.Store(newGate(soakSlots))
			var all sync.WaitGroup
			for range soakSlots {
				all.Go(func() {
					if err := ask(); err != nil {
						s.t.Errorf("client %d has lost a slot: %v", i, err)
					}
				})
			}
			all.Wait()
		}
	}
}

func (s *soak) close() {
	for _, c := range s.clients {
		c.http.CloseIdleConnections()
	}
	s.server.Close()
	require.NoError(s.t, s.sink.Close(s.t.Context()))
}

// caller makes one call after the other.
func (s *soak) caller(i int) {
	rnd := rand.New(rand.NewPCG(uint64(i), uint64(time.Now().UnixNano())))
	for {
		select {
		case <-s.stop:
			return
		default:
		}
		s.quiet.RLock()
		n := s.numbers.Add(1)
		switch rnd.IntN(4) {
		case 0:
			s.run(rnd, n)
		default:
			s.call(rnd, n, "")
		}
		s.quiet.RUnlock()
	}
}

// run makes the calls of one run: one after the other, or two at once, each of which goes on where the run is.
func (s *soak) run(rnd *rand.Rand, n int64) {
	run := fmt.Sprint("soak", n)
	seeds := make([]*rand.Rand, 1+rnd.IntN(3))
	for i := range seeds {
		seeds[i] = rand.New(rand.NewPCG(rnd.Uint64(), 0))
	}
	if rnd.IntN(4) == 0 {
		var all sync.WaitGroup
		for _, seed := range seeds {
			all.Go(func() { s.call(seed, n, run) })
		}
		all.Wait()
	} else {
		for _, seed := range seeds {
			s.call(seed, n, run)
		}
	}
	_ = s.store.Forget(context.Background(), "run/"+run+"/")
}

// call makes one call, and looks at what came of it.
func (s *soak) call(rnd *rand.Rand, n int64, run string) {
	s.calls.Add(1)
	c := &soakCall{soak: s, question: fmt.Sprint("question ", n), run: run, attempts: rnd.IntN(4)}
	client := s.clients[rnd.IntN(len(s.clients))]
	ctx, cancel := context.WithCancel(alloy.WithClient(context.Background(), client.Client))
	defer cancel()
	if rnd.IntN(10) == 0 {
		stop := time.AfterFunc(time.Duration(rnd.IntN(200))*time.Millisecond, cancel)
		defer stop.Stop()
	}
	opts := c.options(rnd)
	call := saying[Ticket](c.question)
	if rnd.IntN(5) == 0 {
		call.Ensure = func(result Ticket) []contracts.Contract {
			holds := func() bool { return result.Score < 0.9 }
			return []contracts.Contract{{Expr: "result.Score < 0.9", Message: "the score is too high", Holds: holds}}
		}
	}
	if rnd.IntN(5) == 0 {
		fails := rnd.IntN(3)
		call.Degrade = func(context.Context, error) (Ticket, error) {
			switch fails {
			case 0:
				return Ticket{}, errors.New("the cache is empty")
			case 1:
				panic("oh")
			}
			return Ticket{Summary: c.question, Priority: "low", OrderIDs: []string{}}, nil
		}
	}
	defer func() {
		if p := recover(); p != nil {
			s.t.Errorf("a panic has left a call: %v\n%s", p, debug.Stack())
		}
	}()
	var got Ticket
	var err error
	switch rnd.IntN(6) {
	case 0, 1:
		got, err = c.stream(ctx, rnd, call, opts)
	case 2:
		if run == "" {
			got, err = c.list(ctx, rnd, opts)
			break
		}
		fallthrough
	default:
		got, err = triage.Run(ctx, call, opts)
	}
	c.check(got, err)
}

// soakCall is one call.
type soakCall struct {
	*soak
	question string
	run      string // empty: none
	attempts int
	hedged   bool
	seen     events
	report   alloy.Report
}

func (c *soakCall) options(rnd *rand.Rand) []alloy.Option {
	one := func(of ...string) string { return of[rnd.IntN(len(of))] }
	ms := func(low, high int) time.Duration { return time.Duration(low+rnd.IntN(high-low)) * time.Millisecond }
	often := func(n int) bool { return rnd.IntN(n) == 0 }
	opts := []alloy.Option{
		alloy.WithObserver(&c.seen), alloy.WithReport(&c.report), alloy.WithModel(one(openAI.model, anthropic.model)),
		alloy.WithRetry(alloy.Retry{Attempts: c.attempts, Base: ms(1, 10), Max: ms(20, 100), FullJitter: often(2)}),
		alloy.WithTimeout(ms(50, 4000)), alloy.WithAttemptTimeout(ms(20, 1500)), alloy.WithToolTimeout(ms(5, 100)),
		alloy.WithAutoFinalize(often(2)), alloy.WithMaxToolTurns(rnd.IntN(6) - 1), alloy.WithParallelTools(rnd.IntN(5)),
	}
	if often(2) {
		chain := []string{openAI.second, anthropic.second, "o3"}
		opts = append(opts, alloy.WithFallback(chain[rnd.IntN(3):]...))
	}
	if often(4) {
		conditions := []alloy.Condition{alloy.KindTimeout, alloy.KindRefusal, alloy.Transient, alloy.All}
		opts = append(opts, alloy.WithRetryOn(conditions[rnd.IntN(4):]...))
	}
	if often(4) {
		opts = append(opts, alloy.WithFinalize(alloy.Finalize{Limit: often(2), Timeout: often(2), Error: often(2), Grace: ms(20, 200)}))
	}
	if often(8) {
		opts = append(opts, alloy.WithBudget(alloy.Budget{Tokens: 100 + rnd.IntN(5000)}))
	}
	if often(8) {
		opts = append(opts, alloy.WithObserver(alloy.ObserverFunc(func(context.Context, alloy.Event) {
			if rand.IntN(4) == 0 {
				panic("oh")
			}
		})))
	}
	if c.run != "" {
		opts = append(opts, alloy.WithRunID(c.run))
	}
	switch {
	case often(4):
		c.hedged = true
		opts = append(opts, alloy.WithHedge(alloy.Hedge{After: ms(2, 50), Max: 2 + rnd.IntN(2)}))
	case !often(4):
		opts = append(opts, c.tools(), alloy.WithApprover(alloy.ApproverFunc(decide)))
	}
	return opts
}

// decide approves, or not, or does neither.
func decide(ctx context.Context, _ alloy.ApprovalRequest) (alloy.Decision, error) {
	switch rand.IntN(12) {
	case 0:
		panic("oh")
	case 1:
		runtime.Goexit()
	case 2:
		<-ctx.Done()
		return alloy.Decision{Approved: true}, nil
	case 3:
		time.Sleep(30 * time.Millisecond) // deaf to the end of ctx
	case 4:
		return alloy.Decision{}, errors.New("the queue is away")
	case 5, 6:
		return alloy.Decision{Reason: "ask Ada first"}, nil
	}
	return alloy.Decision{Approved: true}, nil
}

var (
	errSoakStop = errors.New("enough")
	soakOrder   = &alloy.Schema{Name: "order", JSON: orderSchema}
)

func (c *soakCall) tools() alloy.Option {
	owner := c.run
	if owner == "" {
		owner = "call" + c.question
	}
	tool := func(name string, run func(ctx context.Context) error) alloy.Tool {
		return alloy.Tool{Name: name, Input: soakOrder, Run: func(ctx context.Context, input []byte) (any, error) {
			return name + string(input), run(ctx)
		}}
	}
	idle := func(context.Context) error { return nil }
	once := func(name string) alloy.Tool {
		tool := tool(name, nil)
		tool.Idempotent = true
		tool.Run = func(ctx context.Context, input []byte) (any, error) {
			if err := misbehave(ctx); err != nil {
				return nil, err
			}
			var in struct{ OrderID string }
			if err := json.Unmarshal(input, &in); err != nil {
				return nil, err
			}
			c.effect(owner + " " + name + " " + in.OrderID)
			return "paid", nil
		}
		return tool
	}
	pay, both := tool("pay", idle), once("both")
	pay.Approve = &alloy.Approval{Timeout: 20 * time.Millisecond}
	both.Approve = &alloy.Approval{Timeout: 20 * time.Millisecond, AcceptOnTimeout: true}
	flaky := tool("flaky", misbehave)
	flaky.Retry = alloy.Retry{Attempts: 3, Base: time.Millisecond}
	after := tool("after", idle)
	after.After = []string{"look"}
	limited := tool("limited", idle)
	limited.Limit = &alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(200)}}
	stops := tool("stops", func(context.Context) error {
		if rand.IntN(5) == 0 {
			return alloy.Stop(errSoakStop)
		}
		return nil
	})
	return alloy.WithTools(tool("look", idle), pay, once("once"), both, flaky, after, limited, stops)
}

// misbehave is what a tool does before its work.
func misbehave(ctx context.Context) error {
	switch rand.IntN(16) {
	case 0:
		panic("oh")
	case 1:
		runtime.Goexit()
	case 2:
		<-ctx.Done()
		return ctx.Err()
	case 3:
		time.Sleep(150 * time.Millisecond) // deaf to the end of ctx
	case 4, 5:
		return errors.New("the database is away")
	case 6:
		time.Sleep(time.Duration(rand.IntN(10)) * time.Millisecond)
	}
	return nil
}

// effect is what an idempotent tool is to bring about once.
func (s *soak) effect(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.effects[name] || s.previous[name] {
		s.t.Errorf("%s came about twice", name)
	}
	if s.effects[name] = true; len(s.effects) > 20_000 { // those of runs that have long been over go
		s.effects, s.previous = map[string]bool{}, s.effects
	}
}

// check holds the call to what must be true of any.
func (c *soakCall) check(got Ticket, err error) {
	c.seen.all = slices.DeleteFunc(c.seen.all, func(e alloy.Event) bool {
		_, other := e.(alloy.ObserverPanicked)
		return other
	})
	if fault := c.fault(got, err); fault != "" && c.faults.Add(1) <= 20 {
		var story strings.Builder
		for _, e := range c.seen.all {
			fmt.Fprintf(&story, "\n  %T %.500s", e, fmt.Sprintf("%+v", e))
		}
		c.t.Errorf("%s: %s\n  result %+v, error %v%s", c.question, fault, got, err, story.String())
	}
	kind := alloy.Kind("value")
	if e, ok := errors.AsType[*alloy.CommandError](err); ok {
		kind = e.Kind
	} else {
		c.values.Add(1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kinds[kind]++
}

func (c *soakCall) fault(got Ticket, err error) string {
	e, failed := errors.AsType[*alloy.CommandError](err)
	switch {
	case err != nil && !failed:
		return fmt.Sprintf("%T is no CommandError", err)
	case failed && (e.Kind == "" || e.Kind == alloy.KindStore || e.Kind == alloy.KindCheckpoint):
		return "a failure of the store, which does not fail"
	case err != nil && !reflect.ValueOf(got).IsZero():
		return "a value beside an error"
	case err == nil && (got.Summary != c.question || got.Score < 0 || got.Score > 1 || got.OrderIDs == nil):
		return "a value that is none"
	case failed && strings.Contains(err.Error(), "secret-of-the-test"):
		return "the error has the key"
	}
	return c.storyFault(err)
}

// storyFault is what is wrong with the events.
func (c *soakCall) storyFault(err error) string {
	all := c.seen.all
	finished, ok := all[len(all)-1].(alloy.CallFinished)
	if _, begun := all[0].(alloy.CallStarted); !begun || !ok || finished.Err != err {
		return "the events do not begin and end with the call"
	}
	var usage provider.Usage
	requests, failures, rejected := map[string]int{}, map[string]int{}, map[string]int{}
	var started, ended, toolsStarted, toolsFinished, free, accepted int
	for _, e := range all {
		switch e := e.(type) {
		case alloy.RequestStarted:
			started++
			if e.Hedge == 0 {
				requests[e.Model]++
			}
		case alloy.RequestFinished:
			ended++
			usage = usage.Add(e.Usage)
			if e.Err != nil && e.Hedge == 0 {
				failures[e.Model]++
			}
		case alloy.AnswerRejected:
			if e.Free {
				free++
			} else {
				rejected[e.Model]++
			}
		case alloy.AnswerAccepted:
			accepted++
		case alloy.ToolStarted:
			toolsStarted++
		case alloy.ToolFinished:
			toolsFinished++
		}
	}
	last := 0
	if c.report.Finalized != "" {
		last = 1
	}
	attempts := max(c.attempts, 1)
	for model, n := range requests {
		if c.hedged && n > attempts+free+last {
			return fmt.Sprintf("%s was asked %d times, of %d", model, n, attempts)
		}
		if failed := failures[model] + rejected[model]; !c.hedged && failed > attempts+last {
			return fmt.Sprintf("%s failed %d times, of %d", model, failed, attempts)
		}
	}
	switch {
	case started != ended || started != c.report.Requests:
		return fmt.Sprintf("%d requests began and %d ended; the report has %d", started, ended, c.report.Requests)
	case toolsStarted != toolsFinished:
		return fmt.Sprintf("%d tools began and %d ended", toolsStarted, toolsFinished)
	case free > 1:
		return "two answers were asked for again for free"
	case err == nil && accepted != 1 && !c.report.Degraded:
		return fmt.Sprintf("%d answers were accepted", accepted)
	case !c.report.Resumed && (finished.Usage != usage || c.report.Usage != usage):
		return fmt.Sprintf("the usage is %+v, of the requests %+v", finished.Usage, usage)
	}
	return ""
}
