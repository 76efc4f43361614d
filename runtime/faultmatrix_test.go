package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/internal/pipe"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
	_ "github.com/alloygen/alloygen/runtime/provider/anthropic"
	_ "github.com/alloygen/alloygen/runtime/provider/openai"
)

// vendor is one wire format, as a server writes it.
type vendor struct {
	name   string
	model  string // that is asked first
	second string // another one of the same vendor
}

var (
	openAI    = vendor{"openai", "gpt-5", "gpt-5-mini"}
	anthropic = vendor{"anthropic", "claude-opus-4-7", "claude-haiku-4-5"}
)

func (v vendor) other() vendor {
	if v == openAI {
		return anthropic
	}
	return openAI
}

// toolUse is a tool call on the wire.
type toolUse struct {
	id, name, args string // args is JSON in Anthropic's format, and JSON in a string in OpenAI's
}

// reply is an answer of text and tool calls; finish is in OpenAI's words.
func (v vendor) reply(finish, text string, calls ...toolUse) string {
	if v == openAI {
		message := map[string]any{"role": "assistant", "content": text}
		var list []any
		for _, c := range calls {
			list = append(list, map[string]any{"id": c.id, "type": "function", "function": map[string]any{"name": c.name, "arguments": c.args}})
		}
		if list != nil {
			message["tool_calls"] = list
		}
		return asJSON(map[string]any{
			"model":   "gpt-5-2026",
			"choices": []any{map[string]any{"message": message, "finish_reason": finish}},
			"usage":   map[string]any{"prompt_tokens": 7, "completion_tokens": 3},
		})
	}
	content := []any{}
	if text != "" {
		content = append(content, map[string]any{"type": "text", "text": text})
	}
	for _, c := range calls {
		content = append(content, map[string]any{"type": "tool_use", "id": c.id, "name": c.name, "input": json.RawMessage(c.args)})
	}
	if reason, ok := map[string]string{"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}[finish]; ok {
		finish = reason
	}
	return asJSON(map[string]any{
		"model": "claude-2026", "content": content, "stop_reason": finish,
		"usage": map[string]any{"input_tokens": 7, "output_tokens": 3},
	})
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// results are the tool results in a request's body, by the IDs of their calls.
func (v vendor) results(t *testing.T, body string) (ids, contents []string) {
	t.Helper()
	var request struct {
		Messages []struct {
			Role       string          `json:"role"`
			ToolCallID string          `json:"tool_call_id"`
			Content    json.RawMessage `json:"content"`
		} `json:"messages"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &request))
	for _, m := range request.Messages {
		if m.Role == "tool" {
			var text string
			require.NoError(t, json.Unmarshal(m.Content, &text))
			ids, contents = append(ids, m.ToolCallID), append(contents, text)
		}
		var blocks []struct {
			Type    string `json:"type"`
			ID      string `json:"tool_use_id"`
			Content []struct {
				Text string `json:"text"`
			} `json:"content"`
		}
		if m.Role != "user" || json.Unmarshal(m.Content, &blocks) != nil {
			continue
		}
		for _, b := range blocks {
			if b.Type == "tool_result" {
				ids, contents = append(ids, b.ID), append(contents, b.Content[0].Text)
			}
		}
	}
	return ids, contents
}

// handler answers one request.
type handler func(w http.ResponseWriter, r *http.Request)

func says(status int, header http.Header, body string) handler {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// raw writes bytes in place of a response, and closes the connection.
func raw(text string) handler {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, text)
			_ = conn.Close()
		}
	}
}

// stall writes what it is given and then nothing more, for as long as the client stays.
func stall(head string) handler {
	return func(w http.ResponseWriter, r *http.Request) {
		if head != "" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, head)
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}
}

func drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	for r.Context().Err() == nil {
		_, _ = io.WriteString(w, " ")
		_ = http.NewResponseController(w).Flush()
		time.Sleep(time.Second)
	}
}

// site is the vendors' HTTP servers on pipes, within a bubble.
type site struct {
	*pipe.Server
	client *http.Client
	handle func(model string, n int) handler

	mu     sync.Mutex
	models []string
	bodies []string
	times  []time.Time
}

// open starts the servers; handle chooses the answer to the n-th request to a model, from 1. Whatever is still there when the
// bubble ends makes the test fail.
func open(t *testing.T, handle func(model string, n int) handler) *site {
	s := &site{handle: handle}
	s.Server = pipe.Serve(t, &http.Server{Handler: http.HandlerFunc(s.serve)})
	s.client = s.Client
	return s
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var request struct {
		Model string            `json:"model"`
		Tools []json.RawMessage `json:"tools"`
	}
	if err != nil || json.Unmarshal(body, &request) != nil {
		http.Error(w, "no request", http.StatusBadRequest)
		return
	}
	if strings.Contains(string(body), `"tool_use_id"`) && len(request.Tools) == 0 {
		http.Error(w, "Requests which include tool_use or tool_result blocks must define tools.", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.models, s.bodies, s.times = append(s.models, request.Model), append(s.bodies, string(body)), append(s.times, time.Now())
	n := 0
	for _, model := range s.models {
		if model == request.Model {
			n++
		}
	}
	answer := s.handle(request.Model, n)
	s.mu.Unlock()
	answer(w, r)
}

// serves changes what is answered from now on.
func (s *site) serves(handle func(model string, n int) handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handle = handle
}

// asked are the models of the requests so far.
func (s *site) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.models)
}

// body is that of the n-th request, from 0.
func (s *site) body(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies[n]
}

// wait is the time between the first two requests.
func (s *site) wait() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.times[1].Sub(s.times[0])
}

// ask calls the typed command on the vendor's model, with three attempts.
func (s *site) ask(t *testing.T, v vendor, opts ...alloy.Option) (Ticket, error) {
	t.Helper()
	all := append([]alloy.Option{alloy.WithHTTPClient(s.client), alloy.WithModel(v.model), times(3), alloy.WithAttemptTimeout(20 * time.Second)}, opts...)
	return triage.Run(t.Context(), saying[Ticket]("Where is order 4392?"), all)
}

// good is a right answer.
func (v vendor) good() handler { return says(200, nil, v.reply("stop", lateJSON)) }

// byModel answers for each vendor's model with what the test gives, and well otherwise.
func byModel(faulty string, fault handler, times int) func(string, int) handler {
	return func(model string, n int) handler {
		switch {
		case model == faulty && n <= times:
			return fault
		case strings.HasPrefix(model, "claude"):
			return anthropic.good()
		}
		return openAI.good()
	}
}

const always = 1 << 20

// vendorKeys gives the providers an address and a key.
func vendorKeys(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-secret-of-the-test-4711")
	t.Setenv("OPENAI_BASE_URL", "http://openai.test/v1")
	t.Setenv("ANTHROPIC_API_KEY", "sk-ant-secret-of-the-test-4711")
	t.Setenv("ANTHROPIC_BASE_URL", "http://anthropic.test")
}

// fault is what goes wrong between a command and a vendor's model, and what is to come of it.
type fault struct {
	name     string
	serves   func(vendor) handler // of a server that answers
	dials    func() error         // of one that cannot be reached
	reset    bool
	kind     alloy.Kind
	asked    int // requests to a model with three attempts, if the fault stays
	fallback bool
	says     string // in the error
}

// faults are the rows of the matrix that need no more than that.
func faults() []fault {
	apiError := func(kind, code, message string) string {
		return asJSON(map[string]any{"type": "error", "error": map[string]any{"type": kind, "code": code, "message": message}})
	}
	same := func(h handler) func(vendor) handler { return func(vendor) handler { return h } }
	status := func(code int, header ...string) func(vendor) handler {
		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h[header[i]] = append(h[header[i]], header[i+1])
		}
		return same(says(code, h, ""))
	}
	answers := func(finish, text string) func(vendor) handler {
		return func(v vendor) handler { return says(200, nil, v.reply(finish, text)) }
	}
	const half = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	return []fault{
		{name: "X01_refused", dials: func() error { return &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED} }, kind: "network", asked: 3, fallback: true, says: "refused"},
		{name: "X02_no_such_host", dials: func() error { return &net.DNSError{Err: "no such host", Name: "openai.test", IsNotFound: true} }, kind: "invalid", asked: 1, fallback: true},
		{name: "X02_dns_temporary", dials: func() error { return &net.DNSError{Err: "server misbehaving", IsTemporary: true} }, kind: "network", asked: 3, fallback: true},
		{name: "X05_not_http", serves: same(raw("SSH-2.0-OpenSSH_9.6\r\n")), kind: "malformed", asked: 2, fallback: true},
		{name: "X06_closed_before_headers", serves: same(raw("")), kind: "network", asked: 3, fallback: true},
		{name: "X07_reset_in_body", serves: same(raw(half + "Content-Length: 900\r\n\r\n{\"mod")), reset: true, kind: "network", asked: 3, fallback: true},
		{name: "X08_body_too_short", serves: same(raw(half + "Content-Length: 900\r\n\r\n{\"mod")), kind: "network", asked: 3, fallback: true, says: "cut off"},
		{name: "X09_chunks_without_end", serves: same(raw(half + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"mod\r\n")), kind: "network", asked: 3, fallback: true},
		{name: "X10_slow_headers", serves: same(stall("")), kind: "timeout", asked: 3, fallback: true, says: "attempt timeout"},
		{name: "X11_slow_drip", serves: same(drip), kind: "timeout", asked: 3, fallback: true},
		{name: "X12_stalled_body", serves: same(stall(`{"model":`)), kind: "timeout", asked: 3, fallback: true},
		{name: "X15_truncated_json", serves: same(says(200, nil, `{"model":"x","cho`)), kind: "malformed", asked: 2, fallback: true},
		{name: "X16_empty_body", serves: same(says(200, nil, "")), kind: "malformed", asked: 2, fallback: true, says: "empty"},
		{name: "X16_no_content", serves: status(204), kind: "malformed", asked: 2, fallback: true},
		{name: "X17_captive_portal", serves: same(says(200, http.Header{"Content-Type": {"text/html"}}, "<html>Log in "+strings.Repeat("now ", 1000))), kind: "malformed", asked: 2, fallback: true, says: "text/html"},
		{name: "X17_without_a_type", serves: same(says(200, http.Header{"Content-Type": nil}, "<html>Log in")), kind: "malformed", asked: 2, fallback: true},
		{name: "X18_overloaded_in_a_success", serves: same(says(200, nil, apiError("overloaded_error", "", "busy"))), kind: "overloaded", asked: 3, fallback: true, says: "busy"},
		{name: "X18_unknown_error_in_a_success", serves: same(says(200, nil, apiError("strange", "", "odd"))), kind: "malformed", asked: 2, fallback: true, says: "odd"},
		{name: "X19_no_choices", serves: func(v vendor) handler {
			return says(200, nil, `{"model":"x","choices":[],"content":[],"stop_reason":"end_turn"}`)
		}, kind: "malformed", asked: 2, fallback: true},
		{name: "X22_400", serves: status(400), kind: "invalid", asked: 1},
		{name: "X22_401", serves: status(401), kind: "invalid", asked: 1, fallback: true},
		{name: "X22_403", serves: status(403), kind: "invalid", asked: 1, fallback: true},
		{name: "X22_404", serves: status(404), kind: "invalid", asked: 1, fallback: true},
		{name: "X22_413", serves: status(413), kind: "invalid", asked: 1},
		{name: "X22_422", serves: status(422), kind: "invalid", asked: 1},
		{name: "X23_408", serves: status(408), kind: "server", asked: 3, fallback: true},
		{name: "X23_409", serves: status(409), kind: "server", asked: 3, fallback: true},
		{name: "X28_retry_after_an_hour", serves: status(429, "Retry-After", "3600"), kind: "rate_limit", asked: 1, fallback: true, says: "1h0m0s"},
		{name: "X29_quota", serves: same(says(429, nil, apiError("billing_error", "insufficient_quota", "pay"))), kind: "quota", asked: 1, fallback: true, says: "billing"},
		{name: "X31_500", serves: status(500), kind: "server", asked: 3, fallback: true},
		{name: "X31_502", serves: same(says(502, http.Header{"Content-Type": {"text/html"}}, "<h1>Bad gateway</h1>")), kind: "server", asked: 3, fallback: true},
		{name: "X31_503", serves: status(503), kind: "overloaded", asked: 3, fallback: true},
		{name: "X31_504", serves: status(504), kind: "server", asked: 3, fallback: true},
		{name: "X32_501", serves: status(501), kind: "invalid", asked: 1, fallback: true},
		{name: "X33_529", serves: status(529), kind: "overloaded", asked: 3, fallback: true},
		{name: "X34_500_not_to_be_retried", serves: status(500, "X-Should-Retry", "false"), kind: "invalid", asked: 1, fallback: true},
		{name: "X34_400_to_be_retried", serves: status(400, "X-Should-Retry", "true"), kind: "rate_limit", asked: 3, fallback: true},
		{name: "X36_filtered", serves: answers("content_filter", "I will not"), kind: "refusal", asked: 1},
		{name: "X37_cut_off_at_the_limit", serves: answers("length", lateJSON[:40]), kind: "truncated", asked: 2, fallback: true, says: "max_tokens"},
		{name: "X38_unknown_finish_reason", serves: answers("tired", lateJSON), kind: "malformed", asked: 2, fallback: true, says: "tired"},
		{name: "X38_null_finish_reason", serves: answers("", lateJSON), kind: "network", asked: 3, fallback: true},
		{name: "X39_context_window", serves: same(says(400, nil, apiError("invalid_request_error", "context_length_exceeded", "prompt is too long"))), kind: "context_window", asked: 1, fallback: true, says: "larger window"},
	}
}

// TestFaults lets real requests of net/http meet each fault.
func TestFaults(t *testing.T) {
	vendorKeys(t)
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			for _, v := range []vendor{openAI, anthropic} {
				t.Run(v.name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { f.stays(t, v) })
					synctest.Test(t, func(t *testing.T) { f.passes(t, v) })
					synctest.Test(t, func(t *testing.T) { f.fallsBack(t, v) })
				})
			}
		})
	}
}

// strike opens servers of which that of v shows the fault so many times; it returns how often it was asked, too.
func (f fault) strike(t *testing.T, v vendor, times int) (*site, func() int) {
	if f.dials == nil {
		s := open(t, byModel(v.model, f.serves(v), times))
		s.Reset.Store(f.reset)
		return s, func() int { return len(s.asked()) }
	}
	s := open(t, byModel("", nil, 0))
	var dials atomic.Int32
	s.Dial = func(_ context.Context, addr string) error {
		if strings.HasPrefix(addr, v.name) && int(dials.Add(1)) <= times {
			return f.dials()
		}
		return nil
	}
	return s, func() int { return int(dials.Load()) }
}

// stays: the fault does not go away, and the call gives up in time.
func (f fault) stays(t *testing.T, v vendor) {
	s, asked := f.strike(t, v, always)
	var report alloy.Report
	got, err := s.ask(t, v, alloy.WithReport(&report))
	require.Zero(t, got)
	require.Equal(t, f.kind, failed(t, err).Kind, "%v", err)
	require.ErrorContains(t, err, f.says)
	require.Less(t, len(err.Error()), 1500)
	require.NotContains(t, err.Error(), "4711", "the key")
	require.Equal(t, f.asked, asked(), "%v", err)
	require.Equal(t, f.asked, report.Requests, "X71: each request that is counted is one request")
}

// passes: a fault that comes once is got over if it is one that is tried again.
func (f fault) passes(t *testing.T, v vendor) {
	s, _ := f.strike(t, v, 1)
	got, err := s.ask(t, v)
	if f.asked == 1 {
		require.Error(t, err)
		return
	}
	require.NoError(t, err)
	require.Equal(t, late, got)
}

// fallsBack: another vendor's model is asked, if that may help.
func (f fault) fallsBack(t *testing.T, v vendor) {
	s, _ := f.strike(t, v, always)
	got, err := s.ask(t, v, alloy.WithFallback(v.other().model))
	if !f.fallback {
		require.Equal(t, v.model, failed(t, err).Model)
		return
	}
	require.NoError(t, err)
	require.Equal(t, late, got)
	require.Equal(t, v.other().model, s.asked()[len(s.asked())-1])
}

// X24 to X28, X30, X33: how long a server makes us wait before the second request.
func TestFaultsThatAskToWait(t *testing.T) {
	vendorKeys(t)
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	const own = 500 * time.Millisecond
	for _, tc := range []struct {
		name      string
		status    int
		header    func() http.Header
		low, high time.Duration
	}{
		{"X24_retry_after_seconds", 429, func() http.Header { return http.Header{"Retry-After": {"2"}} }, 2 * time.Second, 2200 * time.Millisecond},
		{"X24_shorter_than_our_own", 429, func() http.Header { return http.Header{"Retry-After": {"0.1"}} }, own, own},
		{"X25_retry_after_ms", 429, func() http.Header { return http.Header{"Retry-After-Ms": {"600"}} }, 600 * time.Millisecond, 660 * time.Millisecond},
		{"X26_date_of_a_clock_ahead", 429, func() http.Header {
			return http.Header{"Date": {in(time.Hour)}, "Retry-After": {in(time.Hour + 10*time.Second)}}
		}, 10 * time.Second, 11 * time.Second},
		{"X26_date_of_a_clock_behind", 429, func() http.Header {
			return http.Header{"Date": {in(-time.Hour)}, "Retry-After": {in(-time.Hour + 10*time.Second)}}
		}, 10 * time.Second, 11 * time.Second},
		{"X27_negative", 429, func() http.Header { return http.Header{"Retry-After": {"-5"}} }, own, own},
		{"X27_not_a_number", 429, func() http.Header { return http.Header{"Retry-After": {"NaN"}} }, own, own},
		{"X27_infinite", 429, func() http.Header { return http.Header{"Retry-After": {"Inf"}} }, own, own},
		{"X27_overflow", 429, func() http.Header { return http.Header{"Retry-After": {"1e300"}} }, own, own},
		{"X27_junk", 429, func() http.Header { return http.Header{"Retry-After": {"soon"}} }, own, own},
		{"X27_past", 429, func() http.Header { return http.Header{"Retry-After": {in(-time.Minute)}} }, own, own},
		{"X27_two_headers", 429, func() http.Header { return http.Header{"Retry-After": {"3", "30"}} }, own, own},
		{"X30_only_a_reset", 429, func() http.Header { return http.Header{"X-Ratelimit-Reset-Tokens": {"40s"}} }, 40 * time.Second, 44 * time.Second},
		{"X31_503_with_retry_after", 503, func() http.Header { return http.Header{"Retry-After": {"5"}} }, 5 * time.Second, 5500 * time.Millisecond},
		{"X31_500", 500, func() http.Header { return nil }, own, own},
		{"X33_529_waits_twice_as_long", 529, func() http.Header { return nil }, 2 * own, 2 * own},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, v := range []vendor{openAI, anthropic} {
				synctest.Test(t, func(t *testing.T) {
					s := open(t, byModel(v.model, says(tc.status, tc.header(), ""), 1))
					_, err := s.ask(t, v)
					require.NoError(t, err)
					require.GreaterOrEqual(t, s.wait(), tc.low)
					require.LessOrEqual(t, s.wait(), tc.high)
				})
			}
		})
	}

	// A wait that is longer than the cap, or than what is left of the call, is none: there is an answer or an error at once.
	for name, opts := range map[string][]alloy.Option{
		"X28_over_the_cap":      {alloy.WithRetry(alloy.Retry{Attempts: 3, Max: 20 * time.Second})},
		"X28_over_the_deadline": {alloy.WithTimeout(29 * time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, byModel("gpt-5", says(429, http.Header{"Retry-After": {"30"}}, ""), always))
				begin := time.Now()
				_, err := s.ask(t, openAI, opts...)
				require.Equal(t, 30*time.Second, as[*provider.Error](t, err).RetryAfter)
				require.Equal(t, 30*time.Second, failed(t, err).Attempts[0].RetryAfter)
				got, err := s.ask(t, openAI, append(opts, alloy.WithFallback(anthropic.model))...)
				require.NoError(t, err)
				require.Equal(t, late, got)
				require.Zero(t, time.Since(begin))
				require.Equal(t, []string{"gpt-5", anthropic.model}, s.asked(), "the model cools down: the second call does not ask it")
			})
		})
	}

	t.Run("X63_deadline_shorter_than_our_own_wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, byModel("gpt-5", says(500, nil, ""), always))
			begin := time.Now()
			_, err := s.ask(t, openAI, alloy.WithTimeout(1200*time.Millisecond))
			require.Equal(t, 500, as[*provider.Error](t, err).Status)
			require.Equal(t, 500*time.Millisecond, time.Since(begin), "one wait fits, the second does not")
		})
	})
}

// What a quota is good for: another vendor's model, not another of the same (X29).
func TestFaultX29QuotaOfOneVendor(t *testing.T) {
	vendorKeys(t)
	synctest.Test(t, func(t *testing.T) {
		broke := says(429, nil, `{"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"pay"}}`)
		s := open(t, byModel("gpt-5", broke, always))
		_, err := s.ask(t, openAI, alloy.WithFallback(openAI.second))
		require.Equal(t, alloy.KindQuota, failed(t, err).Kind)
		_, err = s.ask(t, openAI, alloy.WithFallback(openAI.second, anthropic.model))
		require.NoError(t, err)
		require.Equal(t, []string{"gpt-5", "gpt-5", anthropic.model}, s.asked())
	})
}

// X50 to X57: what models do with tools, and tools to models.
func TestFaultsOfTools(t *testing.T) {
	vendorKeys(t)
	const giant = 1<<20 + 1
	attempts := 0
	tools := alloy.WithTools(
		(&lookup{}).tool(),
		alloy.Tool{Name: "panics", Input: anyInput, Run: func(context.Context, []byte) (any, error) {
			var order *Ticket
			return order.Summary, nil
		}},
		alloy.Tool{Name: "slow", Input: anyInput, Timeout: time.Second, Run: func(ctx context.Context, _ []byte) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}},
		alloy.Tool{Name: "deaf", Input: anyInput, Timeout: time.Second, Run: func(context.Context, []byte) (any, error) {
			time.Sleep(10 * time.Second)
			return nil, nil
		}},
		alloy.Tool{Name: "giant", Input: anyInput, Run: func(context.Context, []byte) (any, error) { return strings.Repeat("x", giant), nil }},
		alloy.Tool{Name: "flaky", Input: anyInput, Retry: alloy.Retry{Attempts: 4}, Run: func(context.Context, []byte) (any, error) {
			if attempts++; attempts < 4 {
				return nil, errors.New("not yet")
			}
			return "at last", nil
		}},
		alloy.Tool{Name: "fails", Input: anyInput, Run: func(context.Context, []byte) (any, error) {
			attempts++
			return nil, errors.New("never")
		}},
	)
	lookups := func(ids ...string) (calls []toolUse) {
		for _, id := range ids {
			calls = append(calls, toolUse{id, "lookup_order", `{"orderID":"1"}`})
		}
		return calls
	}
	for _, tc := range []struct {
		name  string
		calls []toolUse
		want  []string // beginnings of the results
		ran   int      // attempts that are counted
	}{
		{"X50_one_id_twice", lookups("a", "a"), []string{"shipped", "shipped"}, 0},
		{"X51_no_ids", lookups("", ""), []string{"shipped", "shipped"}, 0},
		{"X51_some_ids", lookups("", "call_1_0", ""), []string{"shipped", "shipped", "shipped"}, 0},
		{"X52_unknown_tool", []toolUse{{"a", "rm", `{}`}}, []string{"Tool 'rm' not available."}, 0},
		{"X53_wrong_type", []toolUse{{"a", "lookup_order", `{"orderID":{}}`}}, []string{"invalid arguments: "}, 0},
		{"X53_missing", []toolUse{{"a", "lookup_order", `{}`}}, []string{"invalid arguments: "}, 0},
		{"X53_no_object", []toolUse{{"a", "lookup_order", `[1]`}}, []string{"invalid arguments: "}, 0},
		{"X54_giant_arguments", []toolUse{{"a", "lookup_order", `{"orderID":"` + strings.Repeat("9", giant) + `"}`}}, []string{"the arguments are too long"}, 0},
		{"X54_giant_result", []toolUse{{"a", "giant", `{}`}}, []string{"xxx"}, 0},
		{"X55_panic", []toolUse{{"a", "panics", `{}`}, {"b", "lookup_order", `{"orderID":"1"}`}}, []string{"panic: runtime error: invalid memory address", "shipped"}, 0},
		{"X56_timeout", []toolUse{{"a", "slow", `{}`}}, []string{"Tool 'slow' timed out after 1s"}, 0},
		{"X56_ignores_its_context", []toolUse{{"a", "deaf", `{}`}}, []string{"Tool 'deaf' timed out after 1s"}, 0},
		{"X57_recovers", []toolUse{{"a", "flaky", `{}`}}, []string{"at last"}, 4},
		{"X57_is_not_retried", []toolUse{{"a", "fails", `{}`}}, []string{"error: never"}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, v := range []vendor{openAI, anthropic} {
				synctest.Test(t, func(t *testing.T) {
					attempts = 0
					s := open(t, func(_ string, n int) handler {
						if n == 1 {
							return says(200, nil, v.reply("tool_calls", "", tc.calls...))
						}
						return v.good()
					})
					got, err := s.ask(t, v, tools)
					require.NoError(t, err)
					require.Equal(t, late, got)
					require.Len(t, s.asked(), 2)
					ids, contents := v.results(t, s.body(1))
					require.Len(t, contents, len(tc.want))
					seen := map[string]bool{}
					for i, want := range tc.want {
						require.True(t, strings.HasPrefix(contents[i], want), "%.200s", contents[i])
						require.NotEmpty(t, ids[i])
						require.False(t, seen[ids[i]], "each call has a result of its own")
						seen[ids[i]] = true
					}
					require.Equal(t, tc.ran, attempts)
					time.Sleep(time.Minute) // for the tool that was left behind
				})
			}
		})
	}

	for _, args := range []string{`{"orderID":`, ``, `null`} {
		t.Run("X53_openai_"+args, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, func(_ string, n int) handler {
					if n == 1 {
						return says(200, nil, openAI.reply("tool_calls", "", toolUse{"a", "lookup_order", args}))
					}
					return openAI.good()
				})
				_, err := s.ask(t, openAI, tools)
				require.NoError(t, err)
				_, contents := openAI.results(t, s.body(1))
				require.Contains(t, contents[0], "invalid arguments")
			})
		})
	}

	t.Run("X58_the_same_call_again_and_again", func(t *testing.T) {
		for _, v := range []vendor{openAI, anthropic} {
			synctest.Test(t, func(t *testing.T) {
				looping := func(last int) func(string, int) handler {
					return func(_ string, n int) handler {
						if n == last {
							return v.good()
						}
						return says(200, nil, v.reply("tool_calls", "Again.", lookups("same")...))
					}
				}
				s := open(t, looping(always))
				_, err := s.ask(t, v, tools)
				limit := as[*alloy.ToolLoopLimitExceeded](t, err)
				require.Equal(t, 10, limit.TurnsTaken)
				require.Equal(t, "Again.", limit.PartialText)
				require.Len(t, s.asked(), 11)
				ids, _ := v.results(t, s.body(10))
				unique := map[string]bool{}
				for _, id := range ids {
					unique[id] = true
				}
				require.Len(t, unique, 10, "vendors want an ID of its own for each call of a conversation")

				s = open(t, looping(12))
				got, err := s.ask(t, v, tools, alloy.WithFinalize(alloy.Finalize{Limit: true}))
				require.NoError(t, err)
				require.Equal(t, late, got)
			})
		}
	})
}

// X61, X62, X64: wherever the caller gives up, the call is over at that time, with the caller's reason.
func TestFaultsOfTheCaller(t *testing.T) {
	vendorKeys(t)
	left := errors.New("the user left")
	for _, tc := range []struct {
		name  string
		fault func(v vendor) handler
		dial  bool
		opts  []alloy.Option
	}{
		{name: "X61_in_dial", dial: true},
		{name: "X61_before_headers", fault: func(vendor) handler { return stall("") }},
		{name: "X61_in_body", fault: func(vendor) handler { return stall(`{"mo`) }},
		{name: "X61_in_backoff", fault: func(vendor) handler { return says(500, nil, "") }, opts: []alloy.Option{alloy.WithRetry(alloy.Retry{Attempts: 3, Base: time.Minute})}},
		{name: "X61_in_tool", fault: func(v vendor) handler {
			return says(200, nil, v.reply("tool_calls", "", toolUse{"a", "wait", `{}`}, toolUse{"b", "wait", `{}`}))
		}},
		{name: "X61_in_fallback", fault: func(vendor) handler { return says(401, nil, "") }, opts: []alloy.Option{alloy.WithFallback("o3")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, v := range []vendor{openAI, anthropic} {
				synctest.Test(t, func(t *testing.T) {
					s := open(t, func(model string, _ int) handler {
						if model == "o3" {
							return stall("")
						}
						return tc.fault(v)
					})
					if tc.dial {
						s.Dial = func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
					}
					ctx, cancel := context.WithCancelCause(t.Context())
					time.AfterFunc(5*time.Second, func() { cancel(left) })
					begin := time.Now()
					wait := alloy.Tool{Name: "wait", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) {
						<-ctx.Done()
						return nil, ctx.Err()
					}}
					_, err := triage.Run(ctx, saying[Ticket]("hello"), append([]alloy.Option{alloy.WithHTTPClient(s.client), alloy.WithModel(v.model), alloy.WithTools(wait),
						alloy.WithRetryOn(alloy.All), times(3), alloy.WithFinalize(alloy.Finalize{Limit: true, Timeout: true, Error: true})}, tc.opts...))
					require.ErrorIs(t, err, left)
					require.ErrorIs(t, err, context.Canceled)
					require.Equal(t, alloy.KindCanceled, failed(t, err).Kind)
					require.LessOrEqual(t, time.Since(begin), 5*time.Second+time.Millisecond)
				})
			}
		})
	}

	t.Run("X62_no_time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, byModel("", nil, 0))
			for _, left := range []time.Duration{-time.Hour, 1} {
				ctx, cancel := context.WithTimeout(t.Context(), left)
				_, err := triage.Run(ctx, saying[Ticket]("hello"), []alloy.Option{alloy.WithHTTPClient(s.client), alloy.WithFallback("o3"), times(3)})
				require.ErrorIs(t, err, context.DeadlineExceeded)
				cancel()
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := triage.Run(ctx, saying[Ticket]("hello"), []alloy.Option{alloy.WithHTTPClient(s.client)})
			require.ErrorIs(t, err, context.Canceled)
			require.Empty(t, s.asked())
		})
	})

	t.Run("X64_attempt_timeout", func(t *testing.T) {
		for _, v := range []vendor{openAI, anthropic} {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, byModel(v.model, stall(""), always))
				_, err := s.ask(t, v)
				require.NotErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				for _, a := range failed(t, err).Attempts {
					require.Equal(t, alloy.KindTimeout, a.Kind)
				}
			})
		}
	})
}

// X73: when all models fail the error has them in order; one that is named twice is a mistake.
func TestFaultX73AllModelsFail(t *testing.T) {
	vendorKeys(t)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, func(model string, _ int) handler {
			return says(map[string]int{"gpt-5": 500, anthropic.model: 529, "o3": 401}[model], nil, "")
		})
		_, err := s.ask(t, openAI, alloy.WithFallback(anthropic.model, "o3"), times(1))
		require.EqualError(t, err, "Triage: 3 models failed after 3 attempts: gpt-5: server: HTTP 500: Internal Server Error; "+
			anthropic.model+": overloaded: HTTP 529: no message; o3: invalid: HTTP 401: Unauthorized")
		require.Equal(t, []string{"gpt-5", anthropic.model, "o3"}, s.asked())

		_, err = s.ask(t, openAI, alloy.WithFallback("o3", "o3"))
		as[*alloy.ConfigurationError](t, err)
		require.Len(t, s.asked(), 3)
	})
}

// X74: another model than was asked for is recorded; usage that nobody tells is none.
func TestFaultX74AnotherModelAndNoUsage(t *testing.T) {
	vendorKeys(t)
	for _, v := range []vendor{openAI, anthropic} {
		synctest.Test(t, func(t *testing.T) {
			var body map[string]any
			require.NoError(t, json.Unmarshal([]byte(v.reply("stop", lateJSON)), &body))
			delete(body, "usage")
			var seen events
			var report alloy.Report
			s := open(t, byModel(v.model, says(200, nil, asJSON(body)), always))
			_, err := s.ask(t, v, alloy.WithObserver(&seen), alloy.WithReport(&report))
			require.NoError(t, err)
			finished := of[alloy.RequestFinished](&seen)[0]
			require.Equal(t, v.model, finished.Model)
			require.Equal(t, body["model"], finished.Response.Model)
			require.Zero(t, report.Usage)
		})
	}
}

// X82: a server that writes credentials into its errors does not get them into ours.
func TestFaultX82SecretsInErrorBodies(t *testing.T) {
	vendorKeys(t)
	t.Setenv("OPENAI_BASE_URL", "http://ada:hunter2@openai.test/v1")
	for _, v := range []vendor{openAI, anthropic} {
		for name, status := range map[string]int{"failure": 401, "success": 200} {
			t.Run(v.name+"_"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := open(t, func(string, int) handler {
						return func(w http.ResponseWriter, r *http.Request) {
							echo := fmt.Sprintf("key %s %s at http://ada:hunter2@openai.test", r.Header.Get("Authorization"), r.Header.Get("X-Api-Key"))
							says(status, nil, asJSON(map[string]any{"error": map[string]any{"type": echo, "message": echo}}))(w, r)
						}
					})
					var seen events
					var report alloy.Report
					_, err := s.ask(t, v, alloy.WithObserver(&seen), alloy.WithReport(&report))
					written := fmt.Sprintf("%+v %+v %+v %+v", err, report, *as[*provider.Error](t, err), *failed(t, err))
					for _, e := range of[alloy.RequestFinished](&seen) {
						written += fmt.Sprintf("%+v", e)
					}
					require.NotContains(t, written, "4711")
					require.NotContains(t, written, "hunter2")
				})
			})
		}
	}
}
