package ollama_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
	"github.com/alloygen/alloygen/runtime/provider/ollama"
)

func call(id, name, arguments string) provider.Part {
	return provider.Part{ToolCall: &provider.ToolCall{ID: id, Name: name, Arguments: arguments}}
}

func text(s string) provider.Part { return provider.Part{Text: s} }

func thoughts(s string) provider.Part {
	return provider.Part{Vendor: &provider.Vendor{Provider: "ollama", Data: fmt.Appendf(nil, `{"thinking":%q}`, s)}}
}

// said is a piece of an answer.
func said(content, more string) string {
	return fmt.Sprintf(`{"model":"m","created_at":"2026-11-25T09:00:00Z","message":{"role":"assistant","content":%q%s},"done":false}`, content, more)
}

// done is the last piece.
func done(reason string) string {
	return `{"model":"m","created_at":"2026-11-25T09:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"` + reason + `","prompt_eval_count":3,"eval_count":4}`
}

func stream(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

func serveStream(t *testing.T, body string) provider.Provider {
	return at(t, providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"application/x-ndjson"}}, body).URL)
}

// asked is the address of a request, which goes nowhere.
func asked(t *testing.T) (address string) {
	t.Helper()
	to := roundTrip(func(r *http.Request) (*http.Response, error) {
		address = r.URL.String()
		return nil, errors.New("nowhere")
	})
	p, err := ollama.New(provider.Config{HTTPClient: &http.Client{Transport: to}})
	require.NoError(t, err)
	providertest.Fail(t, p, providertest.TextRequest("llama3.2"))
	return address
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The same answer, in one piece and as a stream.
func TestAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		whole  string // message.content and more, of the answer in one piece
		lines  []string
		reason string
		parts  []provider.Part
		finish provider.FinishReason
	}{
		"text":           {`"content":"Hello é"`, []string{said("Hel", ""), said("lo é", "")}, "stop", []provider.Part{text("Hello é")}, provider.FinishStop},
		"nothing":        {`"content":""`, nil, "stop", nil, provider.FinishStop},
		"X37 length":     {`"content":"{\"a\":"`, []string{said(`{"a":`, "")}, "length", []provider.Part{text(`{"a":`)}, provider.FinishLength},
		"stop for calls": {`"content":"Look.","tool_calls":[{"id":"c1","function":{"index":0,"name":"f","arguments":{"a": 1}}},{"id":"c2","function":{"name":"g","arguments":{}}}]`, []string{said("Look.", ""), said("", `,"tool_calls":[{"id":"c1","function":{"index":0,"name":"f","arguments":{"a": 1}}}]`), said("", `,"tool_calls":[{"id":"c2","function":{"name":"g","arguments":{}}}]`)}, "stop", []provider.Part{text("Look."), call("c1", "f", `{"a": 1}`), call("c2", "g", "{}")}, provider.FinishToolCalls},
		"X50 same id":    {`"tool_calls":[{"id":"c","function":{"name":"f"}},{"id":"c","function":{"name":"g"}}]`, []string{said("", `,"tool_calls":[{"id":"c","function":{"name":"f"}},{"id":"c","function":{"name":"g"}}]`)}, "stop", []provider.Part{call("c", "f", "{}"), call("call_1_1", "g", "{}")}, provider.FinishToolCalls},
		"X51 no id":      {`"content":"","tool_calls":[{"function":{"name":"f","arguments":null}},{"function":{"name":"f","arguments":"{\"a\":1}"}}]`, []string{said("", `,"tool_calls":[{"function":{"name":"f","arguments":null}}]`), said("", `,"tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1}"}}]`)}, "stop", []provider.Part{call("call_1_0", "f", "{}"), call("call_1_1", "f", `{"a":1}`)}, provider.FinishToolCalls},
		"thoughts":       {`"content":"Hi","thinking":"hm"`, []string{said("", `,"thinking":"h"`), said("", `,"thinking":"m"`), said("Hi", "")}, "stop", []provider.Part{thoughts("hm"), text("Hi")}, provider.FinishStop},
	} {
		check := func(t *testing.T, res *provider.Response) {
			require.Equal(t, tc.parts, res.Parts)
			require.Equal(t, tc.finish, res.Finish)
			require.Equal(t, "m", res.Model)
			require.Equal(t, provider.Usage{InputTokens: 3, OutputTokens: 4}, res.Usage)
		}
		t.Run(name, func(t *testing.T) {
			body := `{"model":"m","message":{"role":"assistant",` + tc.whole + `},"done":true,"done_reason":"` + tc.reason + `","prompt_eval_count":3,"eval_count":4}`
			server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body)
			check(t, providertest.Do(t, at(t, server.URL), providertest.TextRequestAfter(1, "llama3.2")))
		})
		for end, after := range map[string]string{"": "\n", ", and more": "\n{nonsense", ", without a last line's end": ""} {
			t.Run(name+", streamed"+end, func(t *testing.T) {
				body := strings.TrimSuffix(stream(append(tc.lines, done(tc.reason))...), "\n") + after
				res, deltas, err := providertest.Collect(serveStream(t, body), providertest.TextRequestAfter(1, "llama3.2"))
				require.NoError(t, err)
				check(t, res)
				words, calls := "", []*provider.ToolCall(nil)
				for _, d := range deltas {
					if words += d.Text; d.ToolCall != nil {
						calls = append(calls, d.ToolCall)
					}
				}
				require.Equal(t, res.Text(), words)
				require.Equal(t, res.ToolCalls(), calls)
				require.Len(t, deltas, len(tc.lines)+len(calls), "each line is a sign of life, be it shown or not")
			})
		}
	}
	t.Run("the request of a stream", func(t *testing.T) {
		server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"application/x-ndjson"}}, stream(done("stop")))
		_, _, err := providertest.Collect(at(t, server.URL), providertest.TextRequest("llama3.2"))
		require.NoError(t, err)
		r, body := server.Last()
		require.Equal(t, "application/x-ndjson", r.Header.Get("Accept"))
		providertest.Golden(t, "stream", body)
	})
	t.Run("an error of the reader ends it", func(t *testing.T) {
		enough := errors.New("enough")
		p := serveStream(t, stream(said("a", ""), said("b", ""), done("stop")))
		_, err := p.Do(t.Context(), providertest.TextRequest("llama3.2"), func(provider.Delta) error { return enough })
		require.Equal(t, enough, err)
	})
}

func TestBadStreams(t *testing.T) {
	begun := stream(said("caf", ""))
	for name, tc := range map[string]struct {
		kind, body string
		class      provider.Class
	}{
		"X40 no end":                  {body: begun, class: provider.Truncated},
		"empty":                       {body: "", class: provider.Truncated},
		"X38 done, without a reason":  {body: begun + `{"model":"m","message":{},"done":true}` + "\n", class: provider.Truncated},
		"X41 cut in a line":           {body: begun + `{"model":"m","message":{"cont`, class: provider.Truncated},
		"X41 cut in a rune":           {body: begun + "{\"message\":{\"content\":\"\xc3", class: provider.Truncated},
		"X41 cut in a number":         {body: begun + strings.TrimSuffix(done("stop"), "4}"), class: provider.Truncated},
		"X44 error":                   {body: begun + stream(`{"error":"an error was encountered while running the model: unexpected EOF"}`), class: provider.Server},
		"X44 context":                 {body: stream(`{"error":"the input length exceeds the context length"}`), class: provider.ContextWindow},
		"X45 no JSON":                 {body: begun + "{nonsense\n", class: provider.Malformed},
		"X48 JSON":                    {kind: "application/json", body: stop, class: provider.Malformed},
		"X48 events":                  {kind: "text/event-stream", body: "data: {}\n\n", class: provider.Malformed},
		"X18 error instead of stream": {kind: "application/json", body: `{"error":"oops"}`, class: provider.Server},
		"X38 unknown reason":          {body: begun + stream(done("surprise")), class: provider.Malformed},
		"it has only loaded":          {body: stream(done("load")), class: provider.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			kind := tc.kind
			if kind == "" {
				kind = "application/x-ndjson"
			}
			server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {kind}}, tc.body)
			res, deltas, err := providertest.Collect(at(t, server.URL), providertest.TextRequest("llama3.2"))
			require.Nil(t, res)
			var e *provider.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.class, e.Class, "%v", e)
			for _, d := range deltas {
				require.Equal(t, "caf", d.Text, "nothing broken reaches the reader")
			}
		})
	}
	t.Run("X07 cut by a reset", func(t *testing.T) {
		base := providertest.Raw(t, "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"+begun)
		_, _, err := providertest.Collect(at(t, base), providertest.TextRequest("llama3.2"))
		var e *provider.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, provider.Truncated, e.Class)
	})
}

func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		class  provider.Class
		says   string
	}{
		"X22 no such model":        {404, `{"error":"model 'llama3.2' not found"}`, provider.Invalid, "model 'llama3.2' not found: get it with: ollama pull llama3.2"},
		"X22 no such model, older": {404, `{"error":"model \"llama3.2\" not found, try pulling it first"}`, provider.Invalid, `model "llama3.2" not found: get it with: ollama pull llama3.2`},
		"X22 no such page":         {404, "404 page not found", provider.Invalid, "404 page not found"},
		"X22 no tools":             {400, `{"error":"registry.ollama.ai/library/llama2:latest does not support tools"}`, provider.Invalid, "registry.ollama.ai/library/llama2:latest does not support tools"},
		"X22 no thoughts":          {400, `{"error":"\"llama3.2\" does not support thinking"}`, provider.Invalid, ""},
		"X22 not allowed":          {401, `{"error":"unauthorized","signin_url":"https://ollama.com/connect"}`, provider.Invalid, "unauthorized"},
		"X22 a schema of no use":   {500, `{"error":"invalid JSON schema in format"}`, provider.Invalid, "invalid JSON schema in format"},
		"X22 too large for it":     {500, `{"error":"model requires more system memory (5.6 GiB) than is available (3.2 GiB)"}`, provider.Invalid, ""},
		"X24 cloud":                {429, `{"error":"too many concurrent requests"}`, provider.RateLimit, ""},
		"X29 plan":                 {429, `{"error":"you've reached your weekly usage limit, please upgrade to continue"}`, provider.Quota, ""},
		"X31 it broke":             {500, `{"error":"model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, check ollama server logs for details"}`, provider.Server, ""},
		"X31 cloud out of reach":   {502, `{"error":"Post \"https://ollama.com:443/api/chat\": EOF"}`, provider.Server, ""},
		"X31 canceled by them":     {499, `{"error":"request canceled"}`, provider.Server, ""},
		"X33 busy":                 {503, `{"error":"server busy, please try again.  maximum pending requests exceeded"}`, provider.Overloaded, ""},
		"X33 loading":              {500, `{"error":"unexpected server status: llm server loading model"}`, provider.Overloaded, ""},
		"X39 context":              {400, `{"error":"the input length exceeds the context length"}`, provider.ContextWindow, ""},
		"X18 error with 200":       {200, `{"error":"something"}`, provider.Server, "something"},
		"X15 truncated JSON":       {200, `{"message":{"content":"`, provider.Malformed, ""},
		"X16 empty":                {200, "", provider.Malformed, ""},
		"X19 nothing of the API":   {200, `{}`, provider.Malformed, "the answer has nothing of the API in it"},
		"it broke in the middle":   {200, said("x", ""), provider.Truncated, "the answer ends before it is done"},
		"X38 unknown reason":       {200, done("surprise"), provider.Malformed, `unknown reason "surprise" for being done`},
		"content of another type":  {200, `{"message":{"content":7},"done":true,"done_reason":"stop"}`, provider.Malformed, ""},
		"X31 500, no JSON":         {500, strings.Repeat("x", 600), provider.Server, strings.Repeat("x", 509) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, tc.status, tc.body)
			e := providertest.Fail(t, at(t, server.URL), providertest.TypedRequest("llama3.2"))
			require.Equal(t, tc.class, e.Class, "%v", e)
			require.NotEmpty(t, e.Message)
			if tc.says != "" {
				require.Equal(t, tc.says, e.Message)
			}
			require.LessOrEqual(t, len(e.Message), 512)
			if tc.status != 200 {
				require.Equal(t, tc.status, e.Status)
			}
			require.Equal(t, "ollama", e.Provider)
			require.Equal(t, 1, server.Count(), "one request, always")
		})
	}
}
