package providersuite

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

// class is a row of the table of classes: how the vendor's server shows it, and what is to come of it.
type class struct {
	name     string
	kind     alloy.Kind
	shows    func(v *vendor) step
	without  func(lacks) bool
	asked    int  // requests with three attempts, if it stays
	breaker  bool // counts for the breaker
	fallback bool // another vendor's model is asked
	says     string
}

func classes() []class {
	fails := func(c provider.Class) func(*vendor) step {
		return func(v *vendor) step { return v.failure(c).step }
	}
	answers := func(a said) func(*vendor) step { return func(*vendor) step { return reply(a) } }
	same := func(s step) func(*vendor) step { return func(*vendor) step { return s } }
	refusal := says("I will not.")
	refusal.finish = provider.FinishRefusal
	tooLong := says(ticketPieces[0])
	tooLong.finish = provider.FinishLength
	return []class{
		{name: "network", kind: alloy.KindNetwork, shows: same(cut), asked: 3, breaker: true, fallback: true},
		{name: "timeout", kind: alloy.KindTimeout, shows: same(silent), asked: 3, breaker: true, fallback: true},
		{name: "server", kind: alloy.KindServer, shows: fails(provider.Server), asked: 3, breaker: true, fallback: true, says: "HTTP 500"},
		{name: "rate_limit", kind: alloy.KindRateLimit, shows: fails(provider.RateLimit), asked: 3, fallback: true, says: "HTTP 429"},
		{name: "overloaded", kind: alloy.KindOverloaded, shows: fails(provider.Overloaded), asked: 3, breaker: true, fallback: true},
		{name: "quota", kind: alloy.KindQuota, shows: fails(provider.Quota), asked: 1, fallback: true},
		{name: "invalid", kind: alloy.KindInvalid, shows: fails(provider.Invalid), asked: 1, fallback: true, says: "HTTP 404"},
		{name: "refused_key", kind: alloy.KindInvalid, shows: refusedKey, asked: 1, fallback: true, says: "HTTP 401"},
		{name: "invalid_request", kind: alloy.KindInvalid, shows: same(text("application/json", 400, `{"error":{"message":"no"}}`)), asked: 1, says: "HTTP 400"},
		{name: "context_window", kind: alloy.KindContextWindow, shows: fails(provider.ContextWindow), asked: 1, fallback: true},
		{name: "refusal", kind: alloy.KindRefusal, shows: answers(refusal), without: refusals, asked: 1},
		{name: "truncated_at_the_limit", kind: alloy.KindTruncated, shows: answers(tooLong), asked: 2, fallback: true},
		{name: "truncated_body", kind: alloy.KindNetwork, shows: same(cutInTheMiddle), asked: 3, breaker: true, fallback: true},
		{name: "malformed_json", kind: alloy.KindMalformed, shows: same(text("application/json", 200, `{"mod`)), asked: 2, breaker: true, fallback: true},
		{name: "malformed_page", kind: alloy.KindMalformed, shows: same(text("text/html", 200, "<html>Log in")), asked: 2, breaker: true, fallback: true, says: "text/html"},
		{name: "malformed_without_an_answer", kind: alloy.KindMalformed, shows: func(v *vendor) step {
			return text("application/json", 200, v.empty())
		}, asked: 2, breaker: true, fallback: true},
		{name: "malformed_finish_reason", kind: alloy.KindMalformed, shows: func(v *vendor) step {
			return text("application/json", 200, v.strange())
		}, asked: 2, breaker: true, fallback: true},
		{name: "empty", kind: alloy.KindEmpty, shows: answers(says(" \n")), asked: 4, fallback: true},
		{name: "parse", kind: alloy.KindParse, shows: answers(says("It is late.")), asked: 4, fallback: true},
		{name: "schema", kind: alloy.KindSchema, shows: answers(says(`{"summary":"late"}`)), asked: 4, fallback: true},
		{name: "contract", kind: alloy.KindContract, shows: answers(says(`{"summary":"late","priority":"urgent","score":0,"order_ids":[]}`)), asked: 4,
			fallback: true, says: "urgent needs a score"},
	}
}

// refusedKey is how the server says that it does not know the key; Google says so with HTTP 400.
func refusedKey(v *vendor) step {
	if _, ok := v.format.(generate); ok {
		return text("application/json", 400, `{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT",`+
			`"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}`)
	}
	return text("application/json", 401, `{"error":{"message":"unauthorized"}}`)
}

// cutInTheMiddle is half an answer, and then the end of the connection.
func cutInTheMiddle(x exchange) {
	if x.asked.stream {
		x.send(x.vendor.stream(says(ticketPieces...)).begin...)
	} else {
		body := x.vendor.whole(says(ticketJSON))
		x.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(x, body[:len(body)/2])
		_ = http.NewResponseController(x).Flush()
	}
	cut(x)
}

// known is a call of the typed command, as a stream by its partial values, which may begin anew.
func known(ctx context.Context, streamed bool, opts ...alloy.Option) (o outcome[Ticket]) {
	opts = append([]alloy.Option{alloy.WithAttemptTimeout(20 * time.Second)}, opts...)
	if !streamed {
		return ask(ctx, triage, false, opts...)
	}
	s := triage.Stream(ctx, asking[Ticket](alloy.Text(question)), opts)
	for range s.Partials() {
	}
	o.value, o.err = s.Result()
	return o
}

// TestClasses: every class of failure, in each vendor's own words.
func TestClasses(t *testing.T) {
	for _, c := range classes() {
		t.Run(c.name, func(t *testing.T) {
			t.Run("stays", func(t *testing.T) { eachTwice(t, c.without, c.stays) })
			t.Run("passes", func(t *testing.T) { eachTwice(t, c.without, c.passes) })
			t.Run("breaker", func(t *testing.T) { eachTwice(t, c.without, c.trips) })
			t.Run("fallback", func(t *testing.T) { eachTwice(t, c.without, c.fallsBack) })
		})
	}
}

// stays: it does not go away, and the call gives up.
func (c class) stays(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v, c.shows(v))
	var report alloy.Report
	got := known(s.of(t, times(3)), streamed, alloy.WithReport(&report))
	e := failed(t, got.err)
	require.Equal(t, c.kind, e.Kind, "%v", e)
	require.ErrorContains(t, e, c.says)
	require.Len(t, s.asked(), c.asked)
	require.Equal(t, c.asked, report.Requests, "each request that is counted is one request")
	require.Len(t, e.Attempts, c.asked)
	require.Equal(t, streamed, s.asked()[0].stream)
	if perr, ok := e.Err.(*provider.Error); ok && perr.Status >= 400 && v.idHeader != "" {
		require.Equal(t, "req_1", as[*provider.Error](t, e.Attempts[0].Err).RequestID)
	}
}

// passes: what comes once is got over, if it is one that is tried again, after a wait of the length that it asks for.
func (c class) passes(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v, c.shows(v), reply(says(ticketPieces...)))
	begin := time.Now()
	got := known(s.of(t, times(3)), streamed)
	if c.asked == 1 {
		require.Error(t, got.err)
		return
	}
	require.NoError(t, got.err)
	require.Equal(t, ticket, got.value)
	low, high := 500*time.Millisecond, 500*time.Millisecond
	switch c.kind {
	case alloy.KindTimeout:
		low, high = 20500*time.Millisecond, 20500*time.Millisecond
	case alloy.KindRateLimit:
		low, high = 2*time.Second, 2200*time.Millisecond
	case alloy.KindOverloaded:
		low, high = time.Second, time.Second
	case alloy.KindTruncated, alloy.KindEmpty, alloy.KindParse, alloy.KindSchema, alloy.KindContract:
		low, high = 0, 0
	}
	require.GreaterOrEqual(t, time.Since(begin), low)
	require.LessOrEqual(t, time.Since(begin), high)
}

// trips: whether it counts for the breaker, or makes the model cool down.
func (c class) trips(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v, c.shows(v))
	var seen events
	require.Error(t, known(s.of(t, alloy.WithBreaker(alloy.Breaker{Failures: 1})), streamed, alloy.WithObserver(&seen), alloy.WithAutoFinalize(false)).err)
	changed := of[alloy.BreakerChanged](&seen)
	require.Equal(t, c.breaker, len(changed) == 1 && changed[0].To == "open", "%v", changed)
	cooled := of[alloy.CooldownStarted](&seen)
	if c.kind == alloy.KindRateLimit {
		require.Equal(t, 2*time.Second, cooled[0].Duration)
	} else {
		require.Empty(t, cooled)
	}
}

// fallsBack: another vendor's model is asked, if that may help.
func (c class) fallsBack(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v, c.shows(v))
	var report alloy.Report
	got := known(s.of(t), streamed, alloy.WithFallback(v.other), alloy.WithReport(&report))
	last := s.asked()[len(s.asked())-1]
	if !c.fallback {
		require.Equal(t, c.kind, failed(t, got.err).Kind)
		require.Equal(t, v, last.vendor)
		return
	}
	require.NoError(t, got.err)
	require.Equal(t, ticket, got.value)
	require.Equal(t, v.other, report.Model)
	require.NotEqual(t, v, last.vendor)
	require.True(t, strings.HasPrefix(last.turns[0].text, question), "the conversation goes along")
}

// The class local: nothing is sent to a model whose breaker is open, whose rate limit leaves nothing in time, or for which no
// budget is left; but for the budget, another model is asked.
func TestLocalFailures(t *testing.T) {
	for name, tc := range map[string]struct {
		limit    func(v *vendor) alloy.Option
		kind     alloy.Kind
		fallback bool
	}{
		"breaker": {func(*vendor) alloy.Option { return alloy.WithBreaker(alloy.Breaker{Failures: 1}) }, alloy.KindBreakerOpen, true},
		"rate_limit": {func(v *vendor) alloy.Option {
			return alloy.WithRateLimit(v.provider, alloy.RateLimit{Requests: []alloy.Rate{{N: 1, Per: time.Hour}}, Burst: 1})
		}, alloy.KindRateLimit, true},
		"budget": {func(*vendor) alloy.Option { return alloy.WithBudget(alloy.Budget{Tokens: 100, Per: time.Hour}) }, alloy.KindBudget, false},
	} {
		t.Run(name, func(t *testing.T) {
			eachTwice(t, nil, func(t *testing.T, v *vendor, streamed bool) {
				s := open(t, v, v.failure(provider.Server).step)
				ctx := s.of(t, tc.limit(v), alloy.WithTimeout(time.Minute))
				kind := alloy.KindServer
				if tc.kind == alloy.KindBudget { // which the first request would already pass
					kind = tc.kind
				}
				require.Equal(t, kind, failed(t, known(ctx, streamed, alloy.WithMaxTokens(200)).err).Kind)
				sent := len(s.asked())
				require.Equal(t, tc.kind, failed(t, known(ctx, streamed, alloy.WithMaxTokens(200)).err).Kind)
				require.Len(t, s.asked(), sent, "nothing is sent")
				got := known(ctx, streamed, alloy.WithMaxTokens(200), alloy.WithFallback(v.other))
				require.Equal(t, tc.fallback, got.err == nil, "%v", got.err)
			})
		})
	}
}

// Cancel: wherever the caller gives up, the request ends with it, and nothing is left.
func TestCancel(t *testing.T) {
	begun := func(x exchange) {
		if x.asked.stream {
			x.send(x.vendor.stream(says(ticketPieces...)).begin...)
		} else {
			x.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(x, `{"mod`)
			_ = http.NewResponseController(x).Flush()
		}
	}
	for name, fault := range map[string]func(gone chan struct{}) step{
		"before_the_headers": func(gone chan struct{}) step { return func(x exchange) { silent(x); close(gone) } },
		"in_the_body":        func(gone chan struct{}) step { return func(x exchange) { begun(x); silent(x); close(gone) } },
	} {
		t.Run(name, func(t *testing.T) {
			eachTwice(t, nil, func(t *testing.T, v *vendor, streamed bool) {
				gone := make(chan struct{})
				s := open(t, v, fault(gone))
				ctx, cancel := context.WithCancelCause(s.of(t, times(3), alloy.WithFallback(v.other)))
				time.AfterFunc(5*time.Second, func() { cancel(io.ErrClosedPipe) })
				begin := time.Now()
				got := known(ctx, streamed)
				require.Equal(t, alloy.KindCanceled, failed(t, got.err).Kind)
				require.ErrorIs(t, got.err, io.ErrClosedPipe)
				require.Equal(t, 5*time.Second, time.Since(begin))
				<-gone
				require.Len(t, s.asked(), 1)
			})
		})
	}
}
