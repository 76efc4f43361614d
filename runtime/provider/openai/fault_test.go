package openai_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
	"github.com/alloygen/alloygen/runtime/provider/openai"
)

func errorBody(kind, code, message string) string {
	return fmt.Sprintf(`{"error":{"message":%q,"type":%q,"param":null,"code":%q}}`, message, kind, code)
}

func TestStatusFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		header http.Header
		body   string
		class  provider.Class
		word   string
	}{
		"X22 400":                       {status: 400, body: errorBody("invalid_request_error", "", "no"), class: provider.Invalid, word: "invalid_request_error"},
		"X22 401":                       {status: 401, body: errorBody("invalid_request_error", "invalid_api_key", "no"), class: provider.Invalid, word: "invalid_api_key"},
		"X22 403":                       {status: 403, class: provider.Invalid},
		"X22 404, the text of Ollama":   {status: 404, body: `{"error":"model \"x\" not found"}`, class: provider.Invalid},
		"X22 413":                       {status: 413, class: provider.Invalid},
		"X22 422, the detail of vLLM":   {status: 422, body: `{"detail":"bad field"}`, class: provider.Invalid},
		"X23 408":                       {status: 408, class: provider.Server},
		"X23 409":                       {status: 409, class: provider.Server},
		"X24 429":                       {status: 429, body: errorBody("tokens", "rate_limit_exceeded", "slow"), class: provider.RateLimit, word: "rate_limit_exceeded"},
		"X29 quota":                     {status: 429, body: errorBody("insufficient_quota", "insufficient_quota", "pay"), class: provider.Quota, word: "insufficient_quota"},
		"X29 quota, whatever is said":   {status: 429, header: http.Header{"X-Should-Retry": {"true"}}, body: errorBody("insufficient_quota", "insufficient_quota", "pay"), class: provider.Quota, word: "insufficient_quota"},
		"402":                           {status: 402, class: provider.Quota},
		"X31 500":                       {status: 500, class: provider.Server},
		"X31 502, HTML":                 {status: 502, header: http.Header{"Content-Type": {"text/html"}}, body: "<h1>Bad gateway</h1>", class: provider.Server},
		"X31 503":                       {status: 503, class: provider.Overloaded},
		"X31 504":                       {status: 504, class: provider.Server},
		"X32 501":                       {status: 501, class: provider.Invalid},
		"X33 529":                       {status: 529, class: provider.Overloaded},
		"X34 500 not to be retried":     {status: 500, header: http.Header{"X-Should-Retry": {"false"}}, class: provider.Invalid},
		"X34 400 to be retried":         {status: 400, header: http.Header{"X-Should-Retry": {"true"}}, class: provider.RateLimit},
		"X36 filter of the prompt":      {status: 400, body: errorBody("", "content_filter", "filtered"), class: provider.Refusal, word: "content_filter"},
		"X36 prompt against a policy":   {status: 400, body: errorBody("invalid_request_error", "invalid_prompt", "violates our usage policy"), class: provider.Refusal, word: "invalid_prompt"},
		"prompt of a wrong shape":       {status: 400, body: errorBody("invalid_request_error", "invalid_prompt", "bad item"), class: provider.Invalid, word: "invalid_prompt"},
		"X39 context":                   {status: 400, body: errorBody("invalid_request_error", "context_length_exceeded", "too long"), class: provider.ContextWindow, word: "context_length_exceeded"},
		"X39 context, llama.cpp":        {status: 400, body: `{"error":{"code":400,"message":"the request exceeds the context","type":"exceed_context_size_error"}}`, class: provider.ContextWindow, word: "exceed_context_size_error"},
		"X39 context, vLLM":             {status: 400, body: `{"error":{"message":"This model's maximum context length is 4096 tokens","type":"BadRequestError","code":400}}`, class: provider.ContextWindow, word: "BadRequestError"},
		"X39 context, xAI":              {status: 400, body: `{"code":"invalid-argument","error":"This model's maximum prompt length is 131072 but the request contains 200000 tokens."}`, class: provider.ContextWindow},
		"X39 more than a minute allows": {status: 429, body: errorBody("tokens", "rate_limit_exceeded", "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 342389."), class: provider.ContextWindow, word: "rate_limit_exceeded"},
		"X39 the same, Groq":            {status: 413, body: errorBody("tokens", "rate_limit_exceeded", "Request too large for model `llama-3.3` on tokens per minute (TPM): Limit 6000, Requested 14368."), class: provider.ContextWindow, word: "rate_limit_exceeded"},
		"redirect is not followed":      {status: 307, header: http.Header{"Location": {"https://example.com/"}}, class: provider.Invalid},
		"error that is a list":          {status: 500, body: `{"error":["a"]}`, class: provider.Server},
		"error body of a foreign shape": {status: 500, body: `[1]`, class: provider.Server},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"req_7"}}
			for k, v := range tc.header {
				header[k] = v
			}
			server := providertest.ServeHeader(t, tc.status, header, tc.body)
			for i, api := range []string{"chat", "responses"} {
				req := providertest.TypedRequest("gpt-5")
				req.Extra = map[string]any{"openai.api": api}
				e := providertest.Fail(t, at(t, server.URL), req)
				require.Equal(t, tc.class, e.Class)
				require.Equal(t, tc.status, e.Status)
				require.Equal(t, tc.word, e.Type)
				require.NotEmpty(t, e.Message)
				require.Equal(t, "req_7", e.RequestID)
				require.Equal(t, "openai", e.Provider)
				require.Equal(t, "gpt-5", e.Model)
				require.Equal(t, i+1, server.Count(), "one request, always")
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	const date = "Sun, 22 Nov 2026 10:00:00 GMT" // of the response: far from this machine's clock
	for name, tc := range map[string]struct {
		status int
		header http.Header
		want   time.Duration
	}{
		"X24 seconds":             {429, http.Header{"Retry-After": {"2"}}, 2 * time.Second},
		"fraction of a second":    {429, http.Header{"Retry-After": {"0.25"}}, 250 * time.Millisecond},
		"X25 milliseconds":        {429, http.Header{"Retry-After-Ms": {"50"}}, 50 * time.Millisecond},
		"milliseconds win":        {429, http.Header{"Retry-After-Ms": {"50"}, "Retry-After": {"1"}}, 50 * time.Millisecond},
		"X26 date":                {429, http.Header{"Date": {date}, "Retry-After": {"Sun, 22 Nov 2026 10:00:30 GMT"}}, 30 * time.Second},
		"X27 negative":            {429, http.Header{"Retry-After": {"-5"}}, 0},
		"X27 zero":                {429, http.Header{"Retry-After": {"0"}}, 0},
		"X27 NaN":                 {429, http.Header{"Retry-After": {"NaN"}}, 0},
		"X27 infinite":            {429, http.Header{"Retry-After": {"Inf"}}, 0},
		"X27 overflow":            {429, http.Header{"Retry-After": {"1e300"}}, 0},
		"X27 just overflow":       {429, http.Header{"Retry-After": {"9223372037"}}, 0},
		"X27 junk":                {429, http.Header{"Retry-After": {"soon"}}, 0},
		"X27 empty":               {429, http.Header{"Retry-After": {""}}, 0},
		"X27 past date":           {429, http.Header{"Date": {date}, "Retry-After": {"Sun, 22 Nov 2026 09:59:30 GMT"}}, 0},
		"X27 two headers":         {429, http.Header{"Retry-After": {"1", "900"}}, 0},
		"one header twice":        {429, http.Header{"Retry-After": {"3", "3"}}, 3 * time.Second},
		"X27 bad ms, good s":      {429, http.Header{"Retry-After-Ms": {"NaN"}, "Retry-After": {"3"}}, 3 * time.Second},
		"X28 an hour":             {429, http.Header{"Retry-After": {"3600"}}, time.Hour},
		"X30 reset":               {429, http.Header{"X-Ratelimit-Reset-Tokens": {"6m0s"}}, 6 * time.Minute},
		"the longest reset":       {429, http.Header{"X-Ratelimit-Reset-Tokens": {"20ms"}, "X-Ratelimit-Reset-Requests": {"1.5s"}}, 1500 * time.Millisecond},
		"the exhausted reset":     {429, http.Header{"X-Ratelimit-Reset-Tokens": {"1s"}, "X-Ratelimit-Remaining-Tokens": {"0"}, "X-Ratelimit-Reset-Requests": {"9h"}, "X-Ratelimit-Remaining-Requests": {"12"}}, time.Second},
		"X27 negative reset":      {429, http.Header{"X-Ratelimit-Reset-Tokens": {"-6m0s"}}, 0},
		"anthropic's reset":       {429, http.Header{"Date": {date}, "Anthropic-Ratelimit-Input-Tokens-Reset": {"2026-11-22T10:01:00Z"}, "Anthropic-Ratelimit-Input-Tokens-Remaining": {"0"}}, time.Minute},
		"anthropic's past reset":  {429, http.Header{"Date": {date}, "Anthropic-Ratelimit-Tokens-Reset": {"2026-11-22T09:01:00Z"}}, 0},
		"header before reset":     {429, http.Header{"Retry-After": {"1"}, "X-Ratelimit-Reset-Tokens": {"6m0s"}}, time.Second},
		"503 too":                 {503, http.Header{"Retry-After": {"4"}}, 4 * time.Second},
		"no reset for a 500":      {500, http.Header{"X-Ratelimit-Reset-Tokens": {"6m0s"}}, 0},
		"without anything":        {429, http.Header{}, 0},
		"reset in another format": {429, http.Header{"X-Ratelimit-Reset-Tokens": {"tomorrow"}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.ServeHeader(t, tc.status, tc.header, errorBody("some_error", "", "slow down"))
			e := providertest.Fail(t, at(t, server.URL), providertest.TextRequest("gpt-5"))
			require.Equal(t, tc.want, e.RetryAfter)
		})
	}
}

// What a server says beside HTTP 200.
func TestBadAnswers(t *testing.T) {
	page := "<html>Log in to the " + strings.Repeat("wonderful ", 100) + "airport</html>"
	deep := strings.Repeat("[", 20000) + strings.Repeat("]", 20000)
	choice := func(message, finish string) string {
		return `{"choices":[{"message":` + message + `,"finish_reason":` + finish + `}],"usage":{"prompt_tokens":3,"completion_tokens":4}}`
	}
	for name, tc := range map[string]struct {
		kind, body string
		class      provider.Class
		word       string
	}{
		"X15 truncated JSON":         {body: `{"choices":[{"mess`, class: provider.Malformed},
		"X16 empty":                  {body: "", class: provider.Malformed},
		"X16 white space":            {body: " \n", class: provider.Malformed},
		"X17 HTML":                   {kind: "text/html", body: page, class: provider.Malformed},
		"X17 HTML without a type":    {kind: "-", body: page, class: provider.Malformed},
		"X17 JSON as text":           {kind: "text/plain", body: stop, class: provider.Malformed},
		"X18 error":                  {body: errorBody("server_error", "", "oops"), class: provider.Server, word: "server_error"},
		"X18 quota":                  {body: errorBody("insufficient_quota", "", "pay"), class: provider.Quota, word: "insufficient_quota"},
		"X18 error with a number":    {body: `{"error":{"code":429,"message":"busy"}}`, class: provider.RateLimit},
		"X18 error with digits":      {body: `{"error":{"code":"503","message":"busy"}}`, class: provider.Overloaded},
		"X18 error as text":          {body: `{"error":"something"}`, class: provider.Malformed},
		"X18 unknown error":          {body: errorBody("new_error", "", "what"), class: provider.Malformed, word: "new_error"},
		"X18 error of a choice":      {body: `{"choices":[{"error":{"code":429,"message":"busy"},"message":{"content":""},"finish_reason":"error"}]}`, class: provider.RateLimit},
		"X18 error without words":    {body: `{"error":""}`, class: provider.Malformed},
		"X19 no choices":             {body: `{"choices":[]}`, class: provider.Malformed},
		"X19 nothing of the API":     {body: `{}`, class: provider.Malformed},
		"JSON of another kind":       {body: `[1]`, class: provider.Malformed},
		"X21 depth":                  {body: `{"choices":` + deep + `}`, class: provider.Malformed},
		"X21 number":                 {body: `{"usage":{"prompt_tokens":1e999}}`, class: provider.Malformed},
		"content of another type":    {body: choice(`{"content":7}`, `"stop"`), class: provider.Malformed},
		"X38 unknown finish reason":  {body: choice(`{"content":"x"}`, `"surprise"`), class: provider.Malformed},
		"X38 finish reason null":     {body: choice(`{"content":"x"}`, `null`), class: provider.Truncated},
		"X48 stream instead of JSON": {kind: "text/event-stream", body: "data: {}\n\n", class: provider.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Content-Type": {"application/json"}}
			switch tc.kind {
			case "":
			case "-":
				header["Content-Type"] = nil
			default:
				header.Set("Content-Type", tc.kind)
			}
			server := providertest.ServeHeader(t, 200, header, tc.body)
			e := providertest.Fail(t, at(t, server.URL), providertest.TypedRequest("gpt-5"))
			require.Equal(t, tc.class, e.Class, "%v", e)
			require.Equal(t, tc.word, e.Type)
			require.LessOrEqual(t, len(e.Message), 512)
			require.NotEmpty(t, e.Message)
			require.Zero(t, e.Status, "200 is no failure of HTTP")
		})
	}
	t.Run("X16 204", func(t *testing.T) {
		server := providertest.Serve(t, 204, "")
		require.Equal(t, provider.Malformed, providertest.Fail(t, at(t, server.URL), providertest.TextRequest("gpt-5")).Class)
	})
	t.Run("usage of a bad answer is kept", func(t *testing.T) {
		server := providertest.Serve(t, 200, choice(`{"content":"x"}`, `"surprise"`))
		e := providertest.Fail(t, at(t, server.URL), providertest.TextRequest("gpt-5"))
		require.Equal(t, provider.Usage{InputTokens: 3, OutputTokens: 4}, e.Usage)
	})
}

// X82
func TestNoCredentialInErrors(t *testing.T) {
	const other = "sk-proj-abcdefghijklmnop"
	for name, tc := range map[string]struct{ body, message string }{
		"key":            {errorBody("invalid_request_error", "invalid_api_key", "Incorrect API key provided: "+key+"."), "Incorrect API key provided: [redacted]."},
		"another key":    {errorBody("", "", "bad "+other+" key"), "bad [redacted] key"},
		"Groq's key":     {errorBody("", "", "bad gsk_0123456789 key"), "bad [redacted] key"},
		"web token":      {errorBody("", "", "bad eyJhbGciOi.eyJzdWIi.c2ln!"), "bad [redacted]!"},
		"key many times": {"<pre>" + strings.Repeat(key+" ", 99), "<pre>[redacted] [redacted]"},
		"masked key":     {errorBody("", "", "bad sk-abcd****wxyz key"), "bad [redacted] key"},
		"bearer":         {errorBody("", "", "header Authorization: Bearer abc.def rejected"), "header Authorization: [redacted] rejected"},
		"in a URL":       {errorBody("", "", "cannot reach https://user:hunter2@proxy.local/x"), "cannot reach https:[redacted]proxy.local/x"},
		"in a web page":  {"<pre>Authorization: Bearer " + key + "</pre>", "<pre>Authorization: [redacted]"},
		"in the type":    {errorBody(key, "", "m"), "m"},
		"on one line":    {`{"error":{"message":"a\nb\u0000c"}}`, "a b c"},
		"at the cut":     {errorBody("", "", strings.Repeat("x", 500)+" "+key), strings.Repeat("x", 500) + " [redacted]"},
		"cut in a rune":  {errorBody("", "", strings.Repeat("é", 300)), strings.Repeat("é", 254) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, 401, tc.body)
			e := providertest.Fail(t, at(t, server.URL), providertest.TextRequest("gpt-5"))
			require.True(t, strings.HasPrefix(e.Message, tc.message), "%q", e.Message)
			require.LessOrEqual(t, len(e.Message), 512)
			shown := fmt.Sprintf("%v %+v %#v", e, *e, *e)
			for _, hidden := range []string{key, other, "hunter2", "abc.def"} {
				require.NotContains(t, shown, hidden)
			}
		})
	}
	t.Run("request id", func(t *testing.T) {
		for _, id := range []string{"of " + key, strings.Repeat("x", 9000)} {
			server := providertest.ServeHeader(t, 401, http.Header{"X-Request-Id": {id}}, "{}")
			e := providertest.Fail(t, at(t, server.URL), providertest.TextRequest("gpt-5"))
			require.NotContains(t, e.Error(), key)
			require.LessOrEqual(t, len(e.RequestID), 512)
		}
	})
	t.Run("of the base URL, echoed", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(404)
			_, _ = fmt.Fprintf(w, "no %s for %s", r.RequestURI, r.Header["Authorization"])
		}))
		defer server.Close()
		p := at(t, "http://user:hunter+2@"+server.Listener.Addr().String()+"/v1?version=2026-01-01&access_token=hunter%2F3")
		t.Setenv("OPENAI_API_KEY", "") // what the address has is sent in its place
		e := providertest.Fail(t, p, providertest.TextRequest("gpt-5"))
		require.Equal(t, "no /v1/chat/completions?version=2026-01-01&access_token=[redacted] for [Basic [redacted]]", e.Message)
	})
	t.Run("base URL", func(t *testing.T) {
		p := at(t, "http://user:hunter2@127.0.0.1:1/v1?token=hunter3")
		e := providertest.Fail(t, p, providertest.TextRequest("gpt-5"))
		require.NotContains(t, fmt.Sprintf("%v %+v %v", e, *e, e.Err), "hunter")
	})
}

const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

func TestBrokenConnections(t *testing.T) {
	free := func(t *testing.T) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		return "http://" + l.Addr().String()
	}
	raw := func(answer string) func(*testing.T) string {
		return func(t *testing.T) string { return providertest.Raw(t, answer) }
	}
	var cut bytes.Buffer
	w := gzip.NewWriter(&cut)
	_, _ = io.WriteString(w, stop)
	_ = w.Close()
	cut.Truncate(cut.Len() - 8)
	for name, tc := range map[string]struct {
		base  func(*testing.T) string
		class provider.Class
		is    error
	}{
		"X01 refused":                    {free, provider.Network, syscall.ECONNREFUSED},
		"X05 no HTTP":                    {raw("SSH-2.0-OpenSSH_9.6\r\n"), provider.Malformed, nil},
		"X05 half HTTP":                  {raw("HTTP/1.1 abc\r\n\r\n"), provider.Malformed, nil},
		"X06 close before headers":       {raw(""), provider.Network, io.EOF},
		"X08 shorter than said":          {raw(head + "Content-Length: 900\r\n\r\n{\"choices\""), provider.Truncated, io.ErrUnexpectedEOF},
		"X09 chunks without end":         {raw(head + "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"c\r\n"), provider.Truncated, io.ErrUnexpectedEOF},
		"bad chunks":                     {raw(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), provider.Malformed, nil},
		"X13 headers without end":        {raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 11<<10)), provider.TooLarge, nil},
		"X14 garbage as gzip":            {raw(head + "Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\ngarbage"), provider.Truncated, nil},
		"X14 garbage as gzip, long":      {raw(head + "Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\ngarbage garbage garb"), provider.Malformed, gzip.ErrHeader},
		"X14 gzip cut":                   {raw(head + "Content-Encoding: gzip\r\nContent-Length: " + fmt.Sprint(cut.Len()) + "\r\n\r\n" + cut.String()), provider.Truncated, nil},
		"TLS wanted, plain HTTP present": {func(t *testing.T) string { return "https" + providertest.Serve(t, 200, stop).URL[4:] }, provider.Invalid, http.ErrSchemeMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			base := tc.base(t)
			e := providertest.Fail(t, at(t, base), providertest.TextRequest("gpt-5"))
			require.Equal(t, tc.class, e.Class, "%v", e)
			require.Zero(t, e.Status)
			if tc.is != nil {
				require.ErrorIs(t, e, tc.is)
			}
		})
	}
}

// half is a transport whose answers break off with err after their beginning.
type half struct{ err error }

func (h half) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(io.MultiReader(strings.NewReader(`{"choices"`), iotest.ErrReader(h.err))),
	}, nil
}

// X07
func TestResetInTheBody(t *testing.T) {
	t.Setenv("OPENAI_BASE_URL", "http://nowhere")
	reset := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	p, err := openai.New(provider.Config{HTTPClient: &http.Client{Transport: half{reset}}})
	require.NoError(t, err)
	e := providertest.Fail(t, p, providertest.TextRequest("gpt-5"))
	require.Equal(t, provider.Network, e.Class)
	require.ErrorIs(t, e, syscall.ECONNRESET)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What a transport classes by itself keeps its class, before the answer and in it; the key is in none of it.
func TestErrorsOfATransport(t *testing.T) {
	of := func(t *testing.T, transport http.RoundTripper) provider.Provider {
		t.Setenv("OPENAI_BASE_URL", "http://nowhere")
		t.Setenv("OPENAI_API_KEY", key)
		p, err := openai.New(provider.Config{HTTPClient: &http.Client{Transport: transport}})
		require.NoError(t, err)
		return p
	}
	denied := &provider.Error{Class: provider.Invalid, Status: 401, Type: "expired_token", Message: "sign in again"}
	busy := &provider.Error{Class: provider.RateLimit, RetryAfter: time.Minute, Message: "tokens are rationed"}
	for name, tc := range map[string]struct{ err, want *provider.Error }{
		"no credential": {denied, &provider.Error{Class: provider.Invalid, Status: 401, Type: "expired_token", Message: "cloud: sign in again " + secret}},
		"to be retried": {busy, &provider.Error{Class: provider.RateLimit, RetryAfter: time.Minute, Message: "cloud: tokens are rationed " + secret}},
		"no class":      {&provider.Error{Message: "?"}, &provider.Error{Class: provider.Network, Message: "cloud: : ? " + secret}},
	} {
		t.Run(name, func(t *testing.T) {
			wrapped := fmt.Errorf("cloud: %w %s", tc.err, key)
			for where, transport := range map[string]http.RoundTripper{
				"": roundTrip(func(*http.Request) (*http.Response, error) { return nil, wrapped }), "reading the answer: ": half{wrapped},
			} {
				e := providertest.Fail(t, of(t, transport), providertest.TextRequest("gpt-5"))
				require.ErrorIs(t, e, tc.err)
				require.Equal(t, where+tc.want.Message, e.Message)
				require.Equal(t, []any{tc.want.Class, tc.want.Status, tc.want.Type, tc.want.RetryAfter}, []any{e.Class, e.Status, e.Type, e.RetryAfter})
			}
		})
	}
	t.Run("configuration", func(t *testing.T) {
		wrong := &provider.ConfigError{Setting: "Transport.Region", Message: "no region"}
		p := of(t, roundTrip(func(*http.Request) (*http.Response, error) { return nil, fmt.Errorf("cloud: %w", wrong) }))
		e := providertest.Refused(t, p, providertest.TextRequest("gpt-5"), "Transport.Region")
		require.EqualError(t, e, "openai: cloud: no region")
		require.ErrorIs(t, e, wrong)
	})
}

// A redirect is followed only by a client with a rule of its own, and never with the key to another host.
func TestRedirects(t *testing.T) {
	elsewhere := providertest.Serve(t, 200, stop)
	var header http.Header // of the request behind a redirect on the same host
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/other/chat/completions":
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		case "/here/chat/completions":
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
		default:
			header = r.Header
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, stop)
		}
	}))
	defer server.Close()
	e := providertest.Fail(t, at(t, server.URL+"/other"), providertest.TextRequest("gpt-5"))
	require.Equal(t, "the server redirects to another address, which is not followed: set OPENAI_BASE_URL to it", e.Message)
	require.Zero(t, elsewhere.Count())

	following := func(t *testing.T, base string) provider.Provider {
		at(t, base)
		p, err := openai.New(provider.Config{HTTPClient: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}})
		require.NoError(t, err)
		return p
	}
	providertest.Do(t, following(t, server.URL+"/here"), providertest.TextRequest("gpt-5"))
	require.Equal(t, "Bearer "+key, header.Get("Authorization"))
	providertest.Do(t, following(t, server.URL+"/other"), providertest.TextRequest("gpt-5")) // of another port, which net/http takes for the same
	r, _ := elsewhere.Last()
	require.Empty(t, r.Header.Values("Authorization"))
}

// X13: HTTP/2 has its own words for headers over the limit.
func TestHeadersOverTheLimit(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := range 17 { // a little over it: of more, HTTP/2 says only that the protocol was broken
			w.Header().Set(fmt.Sprint("A", i), strings.Repeat("b", 4<<10))
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	server.Client().Transport.(*http.Transport).MaxResponseHeaderBytes = 64 << 10
	t.Setenv("OPENAI_BASE_URL", server.URL)
	p, err := openai.New(provider.Config{HTTPClient: server.Client()})
	require.NoError(t, err)
	e := providertest.Fail(t, p, providertest.TextRequest("gpt-5"))
	require.Equal(t, provider.TooLarge, e.Class, "%v", e)
}

// A status that is neither a success nor a failure has a class too.
func TestSwitchingProtocols(t *testing.T) {
	base := providertest.Raw(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	e := providertest.Fail(t, at(t, base), providertest.TextRequest("gpt-5"))
	require.Equal(t, provider.Malformed, e.Class)
	require.Equal(t, http.StatusSwitchingProtocols, e.Status)
}

// An error whose body does not end is what its status says, and is not waited for.
func TestErrorsWithoutEnd(t *testing.T) {
	t.Setenv("OPENAI_BASE_URL", "http://pipe")
	for name, stream := range map[string]func(provider.Delta) error{"plain": nil, "streamed": func(provider.Delta) error { return nil }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := hanging(t, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 900\r\n\r\nbusy")
				defer client.CloseIdleConnections()
				p, err := openai.New(provider.Config{HTTPClient: client})
				require.NoError(t, err)
				start := time.Now()
				_, err = p.Do(t.Context(), providertest.TextRequest("gpt-5"), stream)
				var e *provider.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, provider.Overloaded, e.Class)
				require.Equal(t, http.StatusServiceUnavailable, e.Status)
				require.Equal(t, "busy", e.Message)
				require.Equal(t, 5*time.Second, time.Since(start))
			})
		})
	}
}

// X13 X14
func TestAnswersOverTheLimit(t *testing.T) {
	for name, compress := range map[string]bool{"X13 plain": false, "X14 gzip": true} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				block := bytes.Repeat([]byte(" "), 1<<20)
				if compress {
					w.Header().Set("Content-Encoding", "gzip")
					var member bytes.Buffer // members that follow each other are one gzip body
					z := gzip.NewWriter(&member)
					_, _ = z.Write(block)
					_ = z.Close()
					block = member.Bytes()
				}
				for range 40 {
					if _, err := w.Write(block); err != nil {
						return
					}
				}
			}))
			defer server.Close()
			e := providertest.Fail(t, at(t, server.URL), providertest.TextRequest("gpt-5"))
			require.Equal(t, provider.TooLarge, e.Class)
		})
	}
}

// X02
func TestNames(t *testing.T) {
	for name, tc := range map[string]struct {
		err   net.DNSError
		class provider.Class
	}{
		"X02 no such host":  {net.DNSError{Err: "no such host", Name: "nowhere", IsNotFound: true}, provider.Invalid},
		"X02 temporary":     {net.DNSError{Err: "server misbehaving", Name: "nowhere", IsTemporary: true}, provider.Network},
		"X02 resolver slow": {net.DNSError{Err: "i/o timeout", Name: "nowhere", IsTimeout: true, IsTemporary: true}, provider.Network},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OPENAI_BASE_URL", "http://nowhere")
			dial := func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &tc.err}
			}
			p, err := openai.New(provider.Config{HTTPClient: &http.Client{Transport: &http.Transport{DialContext: dial}}})
			require.NoError(t, err)
			require.Equal(t, tc.class, providertest.Fail(t, p, providertest.TextRequest("gpt-5")).Class)
		})
	}
}

// X04
func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	trusting := func(change func(*tls.Config)) *http.Client {
		c := server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		change(c)
		return &http.Client{Transport: &http.Transport{TLSClientConfig: c}}
	}
	for name, client := range map[string]*http.Client{
		"X04 unknown authority": {Transport: &http.Transport{}},
		"X04 expired":           trusting(func(c *tls.Config) { c.Time = func() time.Time { return time.Now().AddDate(100, 0, 0) } }),
		"X04 wrong host":        trusting(func(c *tls.Config) { c.ServerName = "elsewhere.example.org" }),
		"X04 alert":             trusting(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11; c.MinVersion = tls.VersionTLS10 }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OPENAI_BASE_URL", server.URL)
			p, err := openai.New(provider.Config{HTTPClient: client})
			require.NoError(t, err)
			e := providertest.Fail(t, p, providertest.TextRequest("gpt-5"))
			require.Equal(t, provider.Invalid, e.Class, "%v", e)
		})
	}
}

// hanging is a client whose requests get no more of an answer than its beginning.
func hanging(t *testing.T, begin string) *http.Client {
	dial := func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			_, _ = theirs.Read(make([]byte, 1)) // of the request
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			_, _ = io.WriteString(theirs, begin)
		}()
		t.Cleanup(func() { _ = theirs.Close() })
		return ours, nil
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial}}
}

func TestContextEnds(t *testing.T) {
	t.Setenv("OPENAI_BASE_URL", "http://pipe")
	errGaveUp := errors.New("gave up")
	for name, tc := range map[string]struct {
		end   func(context.Context) (context.Context, context.CancelFunc)
		class provider.Class
		is    []error
	}{
		"X64 attempt timeout": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Minute)
		}, provider.Timeout, []error{context.DeadlineExceeded}},
		"X64 timeout with a cause": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(ctx, time.Minute, errGaveUp)
		}, provider.Timeout, []error{context.DeadlineExceeded, errGaveUp}},
		"X61 canceled": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Minute, cancel)
			return ctx, cancel
		}, provider.Canceled, []error{context.Canceled}},
		"X61 canceled with a cause": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(time.Minute, func() { cancel(errGaveUp) })
			return ctx, func() { cancel(nil) }
		}, provider.Canceled, []error{context.Canceled, errGaveUp}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := hanging(t, "")
				defer client.CloseIdleConnections()
				p, err := openai.New(provider.Config{HTTPClient: client})
				require.NoError(t, err)
				ctx, cancel := tc.end(t.Context())
				defer cancel()
				start := time.Now()
				_, err = p.Do(ctx, providertest.TextRequest("gpt-5"), nil)
				require.Equal(t, time.Minute, time.Since(start))
				var e *provider.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, tc.class, e.Class)
				for _, is := range tc.is {
					require.ErrorIs(t, err, is)
				}
			})
		})
	}
	t.Run("X03 dial timeout", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
				ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
				defer cancel()
				<-ctx.Done()
				return nil, &net.OpError{Op: "dial", Err: ctx.Err()}
			}
			p, err := openai.New(provider.Config{HTTPClient: &http.Client{Transport: &http.Transport{DialContext: dial}}})
			require.NoError(t, err)
			require.Equal(t, provider.Timeout, providertest.Fail(t, p, providertest.TextRequest("gpt-5")).Class)
		})
	})
	t.Run("X62 already over", func(t *testing.T) {
		server := providertest.Serve(t, 200, stop)
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		_, err := at(t, server.URL).Do(ctx, providertest.TextRequest("gpt-5"), nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Zero(t, server.Count())
	})
}
