package gemini_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

func call(id, name, arguments string) provider.Part {
	return provider.Part{ToolCall: &provider.ToolCall{ID: id, Name: name, Arguments: arguments}}
}

func text(s string) provider.Part { return provider.Part{Text: s} }

// vendor is a vendor part that came from the model of the tests.
func vendor(fields string) provider.Part {
	return provider.Part{Vendor: &provider.Vendor{Provider: "gemini", Data: json.RawMessage(`{"model":"gemini-3.8-flash",` + fields + `}`)}}
}

// piece is an answer, or a piece of one; without a reason it goes on.
func piece(parts, reason string) string {
	finish := ""
	if reason != "" {
		finish = `,"finishReason":"` + reason + `"`
	}
	return `{"candidates":[{"content":{"parts":[` + parts + `],"role":"model"}` + finish + `,"index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4},"modelVersion":"m","responseId":"r_1"}`
}

// stream writes pieces as events.
func stream(pieces ...string) string {
	return "data: " + strings.Join(pieces, "\r\n\r\ndata: ") + "\r\n\r\n"
}

func serveStream(t *testing.T, body string) provider.Provider {
	return at(t, providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"text/event-stream"}}, body).URL)
}

// The same answer, in one piece and as a stream: it comes back equal, but for the ids of parts that only streams have.
func TestAnswers(t *testing.T) {
	const signature = `"thoughtSignature":"c2ln"`
	for name, tc := range map[string]struct {
		pieces []string // of the stream; the answer in one piece is their parts in one
		reason string
		parts  []provider.Part
		finish provider.FinishReason
	}{
		"text":             {[]string{`{"text":"Hel"}`, `{"text":"lo é"}`}, "STOP", []provider.Part{text("Hello é")}, provider.FinishStop},
		"nothing":          {[]string{``}, "STOP", nil, provider.FinishStop},
		"empty parts":      {[]string{`{"text":""}`, `{}`}, "STOP", nil, provider.FinishStop},
		"two parts":        {[]string{`{"text":"a"},{"text":"b"}`, `{"text":"c"}`}, "STOP", []provider.Part{text("abc")}, provider.FinishStop},
		"X37 length":       {[]string{`{"text":"{\"a\":"}`}, "MAX_TOKENS", []provider.Part{text(`{"a":`)}, provider.FinishLength},
		"X37 only thought": {[]string{``}, "MAX_TOKENS", nil, provider.FinishLength},
		"X36 safety":       {[]string{`{"text":"Well, "}`, ``}, "SAFETY", []provider.Part{text("Well, ")}, provider.FinishRefusal},
		"X20 broken UTF-8": {[]string{"{\"text\":\"a\xffb\\ud800c\"}"}, "STOP", []provider.Part{text("a\uFFFDb\uFFFDc")}, provider.FinishStop},
		"calls and text": {[]string{`{"text":"Let me look."}`, `{"functionCall":{"id":"c1","name":"f","args":{"a": 1}}}`, `{"functionCall":{"id":"c2","name":"g"}}`}, "STOP",
			[]provider.Part{text("Let me look."), call("c1", "f", `{"a": 1}`), call("c2", "g", "{}")}, provider.FinishToolCalls},
		"X50 same id": {[]string{`{"functionCall":{"id":"c","name":"f","args":{}}},{"functionCall":{"id":"c","name":"g","args":null}}`}, "STOP",
			[]provider.Part{call("c", "f", "{}"), call("call_1_1", "g", "{}")}, provider.FinishToolCalls},
		"X51 no id": {[]string{`{"functionCall":{"name":"f","args":{}}}`, `{"functionCall":{"name":"f","args":{}}}`}, "STOP",
			[]provider.Part{call("call_1_0", "f", "{}"), call("call_1_1", "f", "{}")}, provider.FinishToolCalls},
		"thoughts": {[]string{`{"text":"h","thought":true}`, `{"text":"m","thought":true}`, `{"text":"Hi"}`}, "STOP",
			[]provider.Part{vendor(`"part":{"text":"hm","thought":true}`), text("Hi")}, provider.FinishStop},
		"signature of a call": {[]string{`{"functionCall":{"name":"f","args":{}},` + signature + `}`, `{"functionCall":{"name":"g","args":{}}}`}, "STOP",
			[]provider.Part{vendor(signature), call("call_1_1", "f", "{}"), call("call_1_2", "g", "{}")}, provider.FinishToolCalls},
		"signature of a text": {[]string{`{"text":"Hi",` + signature + `}`}, "STOP", []provider.Part{vendor(signature), text("Hi")}, provider.FinishStop},
		"signature at the end": {[]string{`{"text":"H"}`, `{"text":"i"}`, `{` + signature + `}`}, "STOP",
			[]provider.Part{text("Hi"), vendor(`"part":{"text":"",` + signature + `}`)}, provider.FinishStop},
		"a kind not yet made": {[]string{`{"dream":{"x":[1]},` + signature + `}`, `{"text":"Hi"}`}, "STOP",
			[]provider.Part{vendor(`"part":{"dream":{"x":[1]},` + signature + `}`), text("Hi")}, provider.FinishStop},
	} {
		check := func(t *testing.T, res *provider.Response) {
			require.Equal(t, tc.parts, res.Parts)
			require.Equal(t, tc.finish, res.Finish)
			require.Equal(t, "m", res.Model)
			require.Equal(t, "r_1", res.RequestID)
			require.Equal(t, provider.Usage{InputTokens: 3, OutputTokens: 4}, res.Usage)
		}
		t.Run(name, func(t *testing.T) {
			var all []string
			for _, p := range tc.pieces {
				if p != "" {
					all = append(all, p)
				}
			}
			server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"application/json; charset=UTF-8"}}, piece(strings.Join(all, ","), tc.reason))
			check(t, providertest.Do(t, at(t, server.URL), providertest.TextRequestAfter(1, "gemini-3.8-flash")))
		})
		t.Run(name+", streamed", func(t *testing.T) {
			var pieces []string
			for i, p := range tc.pieces {
				reason := ""
				if i == len(tc.pieces)-1 {
					reason = tc.reason
				}
				pieces = append(pieces, piece(p, reason))
			}
			res, deltas, err := providertest.Collect(serveStream(t, stream(pieces...)), providertest.TextRequestAfter(1, "gemini-3.8-flash"))
			require.NoError(t, err)
			check(t, res)
			said, calls := "", []*provider.ToolCall(nil)
			for _, d := range deltas {
				if said += d.Text; d.ToolCall != nil {
					calls = append(calls, d.ToolCall)
				}
			}
			require.Equal(t, res.Text(), said)
			require.Equal(t, res.ToolCalls(), calls)
			written := slices.DeleteFunc(slices.Clone(tc.pieces), func(p string) bool { return p == "" || name == "empty parts" })
			require.Len(t, deltas, len(written)+len(calls), "each piece is a sign of life, be it shown or not")
		})
	}
	t.Run("usage", func(t *testing.T) {
		server := providertest.Serve(t, 200, stop)
		res := providertest.Do(t, at(t, server.URL), providertest.TextRequest("gemini-3.8-flash"))
		require.Equal(t, provider.Usage{InputTokens: 9, OutputTokens: 5, CachedTokens: 4, ReasoningTokens: 3}, res.Usage)
	})
	t.Run("two answers, of which the first counts", func(t *testing.T) {
		other := strings.ReplaceAll(piece(`{"text":"Bonjour"}`, "MAX_TOKENS"), `"index":0`, `"index":1`)
		p := serveStream(t, stream(piece(`{"text":"Hel"}`, ""), other, piece(`{"text":"lo"}`, "STOP"), other))
		res, deltas, err := providertest.Collect(p, providertest.TextRequest("gemini-3.8-flash"))
		require.NoError(t, err)
		require.Equal(t, []provider.Delta{{Text: "Hel"}, {Text: "lo"}}, deltas)
		require.Equal(t, "Hello", res.Text())
		require.Equal(t, provider.FinishStop, res.Finish)
	})
	t.Run("the request of a stream", func(t *testing.T) {
		server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"text/event-stream"}}, stream(piece("", "STOP")))
		_, _, err := providertest.Collect(at(t, server.URL+"?team=a"), providertest.TextRequest("gemini-3.8-flash"))
		require.NoError(t, err)
		r, body := server.Last()
		require.Equal(t, "/v1beta/models/gemini-3.8-flash:streamGenerateContent?team=a&alt=sse", r.URL.RequestURI())
		require.Equal(t, "text/event-stream", r.Header.Get("Accept"))
		providertest.Golden(t, "text", body) // as without a stream
	})
	t.Run("an error of the reader ends it", func(t *testing.T) {
		enough := errors.New("enough")
		p := serveStream(t, stream(piece(`{"text":"a"}`, ""), piece(`{"text":"b"}`, "STOP")))
		_, err := p.Do(t.Context(), providertest.TextRequest("gemini-3.8-flash"), func(provider.Delta) error { return enough })
		require.Equal(t, enough, err)
	})
}

func TestBadStreams(t *testing.T) {
	begun := stream(piece(`{"text":"caf"}`, ""))
	for name, tc := range map[string]struct {
		kind, body string
		class      provider.Class
	}{
		"X40 no end":                  {body: begun, class: provider.Truncated},
		"empty":                       {body: "", class: provider.Truncated},
		"X38 usage, no finish reason": {body: begun + stream(`{"usageMetadata":{"promptTokenCount":1}}`), class: provider.Truncated},
		"X41 cut in a line":           {body: begun + `data: {"candidates":[{"cont`, class: provider.Truncated},
		"X41 cut in a rune":           {body: begun + "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\xc3", class: provider.Truncated},
		"X44 error":                   {body: begun + stream(reported(503, "UNAVAILABLE", "overloaded")), class: provider.Overloaded},
		"X44 error first":             {body: stream(reported(429, "RESOURCE_EXHAUSTED", "slow")), class: provider.RateLimit},
		"X45 no JSON":                 {body: begun + "data: {nonsense\n\n", class: provider.Malformed},
		"X48 JSON":                    {kind: "application/json", body: stop, class: provider.Malformed},
		"X48 a list, without alt=sse": {kind: "application/json", body: "[" + stop + "]", class: provider.Malformed},
		"X18 error instead of stream": {kind: "application/json", body: "[" + reported(500, "INTERNAL", "oops") + "]", class: provider.Server},
		"X38 unknown finish reason":   {body: begun + stream(piece("", "FUNCTION_CALL")), class: provider.Malformed},
		"X36 blocked prompt":          {body: stream(`{"promptFeedback":{"blockReason":"SAFETY"}}`), class: provider.Refusal},
		"X36 without words":           {body: stream(piece("", ""), piece("", "RECITATION")), class: provider.Refusal},
	} {
		t.Run(name, func(t *testing.T) {
			kind := tc.kind
			if kind == "" {
				kind = "text/event-stream"
			}
			server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {kind}}, tc.body)
			res, deltas, err := providertest.Collect(at(t, server.URL), providertest.TextRequest("gemini-3.8-flash"))
			require.Nil(t, res)
			var e *provider.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.class, e.Class, "%v", e)
			for _, d := range deltas {
				require.Equal(t, "caf", d.Text, "nothing broken reaches the reader")
			}
			if strings.HasPrefix(tc.body, begun) {
				require.NotZero(t, e.Usage.InputTokens, "usage is kept")
			}
		})
	}
	t.Run("X07 cut behind the finish reason", func(t *testing.T) {
		base := providertest.Raw(t, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"+stream(piece(`{"text":"a"}`, "STOP")))
		_, _, err := providertest.Collect(at(t, base), providertest.TextRequest("gemini-3.8-flash"))
		var e *provider.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, provider.Truncated, e.Class)
	})
}
