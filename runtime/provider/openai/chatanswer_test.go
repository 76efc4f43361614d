package openai_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
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

func TestAnswers(t *testing.T) {
	choice := func(message, finish string) string {
		return `{"model":"m","choices":[{"message":` + message + `,"finish_reason":"` + finish + `"}]}`
	}
	for name, tc := range map[string]struct {
		body   string
		parts  []provider.Part
		finish provider.FinishReason
	}{
		"text":                    {choice(`{"content":"Hi"}`, "stop"), []provider.Part{text("Hi")}, provider.FinishStop},
		"null content":            {choice(`{"content":null}`, "stop"), nil, provider.FinishStop},
		"X35 refusal":             {choice(`{"content":null,"refusal":"I will not."}`, "stop"), []provider.Part{text("I will not.")}, provider.FinishRefusal},
		"X36 filter":              {choice(`{"content":""}`, "content_filter"), nil, provider.FinishRefusal},
		"X37 length":              {choice(`{"content":"{\"a\":"}`, "length"), []provider.Part{text(`{"a":`)}, provider.FinishLength},
		"X20 UTF-8":               {choice("{\"content\":\"a\xffb\\ud800c\\u0000\"}", "stop"), []provider.Part{text("a\uFFFDb\uFFFDc\x00")}, provider.FinishStop},
		"calls and text":          {choice(`{"content":"Let me look.","tool_calls":[{"id":"c1","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c2","function":{"name":"g","arguments":""}}]}`, "tool_calls"), []provider.Part{text("Let me look."), call("c1", "f", `{"a":1}`), call("c2", "g", "")}, provider.FinishToolCalls},
		"stop, as Ollama":         {choice(`{"tool_calls":[{"id":"c1","function":{"name":"f","arguments":"{}"}}]}`, "stop"), []provider.Part{call("c1", "f", "{}")}, provider.FinishToolCalls},
		"X50 same id":             {choice(`{"tool_calls":[{"id":"c","function":{"name":"f"}},{"id":"c","function":{"name":"g"}}]}`, "tool_calls"), []provider.Part{call("c", "f", ""), call("call_1_1", "g", "")}, provider.FinishToolCalls},
		"content in parts":        {choice(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"H"},{"type":"text","text":"i"}]}`, "stop"), []provider.Part{text("Hi")}, provider.FinishStop},
		"arguments as an object":  {choice(`{"tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"a": 1}}},{"id":"c2","function":{"name":"g","arguments":null}}]}`, "tool_calls"), []provider.Part{call("c1", "f", `{"a":1}`), call("c2", "g", "")}, provider.FinishToolCalls},
		"X37 length of the model": {choice(`{"content":"H"}`, "model_length"), []provider.Part{text("H")}, provider.FinishLength},
		"other words for stop":    {choice(`{"content":"Hi"}`, "eos"), []provider.Part{text("Hi")}, provider.FinishStop},
		"X51 no id":               {choice(`{"tool_calls":[{"function":{"name":"f"}},{"id":"","function":{"name":"g"}}]}`, "tool_calls"), []provider.Part{call("call_1_0", "f", ""), call("call_1_1", "g", "")}, provider.FinishToolCalls},
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"application/json; charset=utf-8"}, "X-Request-Id": {"req_1"}}, tc.body)
			res := providertest.Do(t, at(t, server.URL), providertest.TypedRequest("gpt-5"))
			require.Equal(t, tc.parts, res.Parts)
			require.Equal(t, tc.finish, res.Finish)
			require.Equal(t, "m", res.Model)
			require.Equal(t, "req_1", res.RequestID)
		})
	}
	t.Run("usage", func(t *testing.T) {
		server := providertest.Serve(t, 200, stop)
		res := providertest.Do(t, at(t, server.URL), providertest.TextRequest("gpt-5"))
		require.Equal(t, provider.Usage{InputTokens: 9, OutputTokens: 2, CachedTokens: 4, ReasoningTokens: 1}, res.Usage)
		require.Equal(t, "gpt-5-mini-2025", res.Model, "as the vendor reports it")
	})
	t.Run("usage of other servers", func(t *testing.T) {
		for usage, want := range map[string]provider.Usage{
			// xAI: reasoning beside the completion
			`{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}`:   {InputTokens: 32, OutputTokens: 103, ReasoningTokens: 94},
			`{"prompt_tokens":32,"completion_tokens":103,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}`: {InputTokens: 32, OutputTokens: 103, ReasoningTokens: 94},
			// DeepSeek
			`{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":1}`: {InputTokens: 9, OutputTokens: 2, CachedTokens: 8},
			`null`: {},
		} {
			server := providertest.Serve(t, 200, `{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":`+usage+`}`)
			require.Equal(t, want, providertest.Do(t, at(t, server.URL), providertest.TextRequest("grok-4")).Usage, usage)
		}
	})
}

// stream writes chunks as events, with an end.
func stream(chunks ...string) string {
	return "data: " + strings.Join(chunks, "\n\ndata: ") + "\n\ndata: [DONE]\n\n"
}

func delta(d string) string { return `{"model":"m","choices":[{"index":0,"delta":` + d + `}]}` }

func done(reason string) string {
	return `{"choices":[{"index":0,"delta":{},"finish_reason":"` + reason + `"}]}`
}

const usageChunk = `{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}`

func serveStream(t *testing.T, body string) provider.Provider {
	return at(t, providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"text/event-stream; charset=utf-8"}}, body).URL)
}

func TestStreams(t *testing.T) {
	callDelta := func(s string) string { return delta(`{"tool_calls":[` + s + `]}`) }
	textDelta := func(s string) provider.Delta { return provider.Delta{Text: s} }
	for name, tc := range map[string]struct {
		body   string
		deltas []provider.Delta
		parts  []provider.Part
		finish provider.FinishReason
	}{
		"text": {stream(delta(`{"role":"assistant","content":null}`), delta(`{"content":"He"}`), delta(`{"role":"assistant","content":"llo é"}`), done("stop"), usageChunk),
			[]provider.Delta{textDelta("He"), textDelta("llo é")}, []provider.Part{text("Hello é")}, provider.FinishStop},
		"refusal": {stream(delta(`{"refusal":"I "}`), delta(`{"refusal":"won't"}`), done("stop"), usageChunk),
			[]provider.Delta{{}, {}}, []provider.Part{text("I won't")}, provider.FinishRefusal},
		"thoughts": {stream(delta(`{"role":"assistant","content":null,"reasoning":""}`), delta(`{"reasoning":"h","content":""}`), delta(`{"reasoning_content":"m"}`), delta(`{"reasoning_content":null}`),
			delta(`{"content":"Hey","reasoning":"a"}`), done("stop"), usageChunk),
			[]provider.Delta{{}, {}, textDelta("Hey")}, []provider.Part{text("Hey")}, provider.FinishStop},
		"call in pieces, then another": {stream(
			callDelta(`{"index":0,"id":"c1","function":{"name":"f","arguments":""}}`), callDelta(`{"index":0,"function":{"arguments":"{\"a\""}}`),
			callDelta(`{"index":0,"function":{"arguments":":1}"}}`), callDelta(`{"index":1,"id":"c2","function":{"name":"g","arguments":"{}"}}`), done("tool_calls"), usageChunk),
			[]provider.Delta{{}, {}, {}, {}, {ToolCall: call("c1", "f", `{"a":1}`).ToolCall}, {ToolCall: call("c2", "g", "{}").ToolCall}},
			[]provider.Part{call("c1", "f", `{"a":1}`), call("c2", "g", "{}")}, provider.FinishToolCalls},
		"X51 gap, no ids": {stream(callDelta(`{"index":0,"function":{"name":"f","arguments":"1"}}`), callDelta(`{"index":5,"function":{"name":"g","arguments":"2"}}`),
			callDelta(`{"index":0,"function":{"arguments":"1"}}`), done("tool_calls"), usageChunk),
			[]provider.Delta{{}, {}, {}, {ToolCall: call("call_1_0", "f", "11").ToolCall}, {ToolCall: call("call_1_1", "g", "2").ToolCall}},
			[]provider.Part{call("call_1_0", "f", "11"), call("call_1_1", "g", "2")}, provider.FinishToolCalls},
		"every call numbered 0": {stream(callDelta(`{"index":0,"id":"c1","function":{"name":"f","arguments":"{}"}}`), callDelta(`{"index":0,"id":"c2","function":{"name":"g","arguments":"{}"}}`), done("stop"), usageChunk),
			[]provider.Delta{{}, {}, {ToolCall: call("c1", "f", "{}").ToolCall}, {ToolCall: call("c2", "g", "{}").ToolCall}},
			[]provider.Part{call("c1", "f", "{}"), call("c2", "g", "{}")}, provider.FinishToolCalls},
		"no numbers, no ids": {stream(
			callDelta(`{"function":{"name":"f","arguments":"{\"a\""}}`), callDelta(`{"function":{"arguments":":1}"}}`), callDelta(`{"function":{"name":"f","arguments":"{\"a\":2}"}},{"function":{"name":"g","arguments":""}},{"function":{"name":"h","arguments":"{}"}}`), done("stop"), usageChunk),
			[]provider.Delta{{}, {}, {}, {ToolCall: call("call_1_0", "f", `{"a":1}`).ToolCall}, {ToolCall: call("call_1_1", "f", `{"a":2}`).ToolCall}, {ToolCall: call("call_1_2", "g", "").ToolCall}, {ToolCall: call("call_1_3", "h", "{}").ToolCall}},
			[]provider.Part{call("call_1_0", "f", `{"a":1}`), call("call_1_1", "f", `{"a":2}`), call("call_1_2", "g", ""), call("call_1_3", "h", "{}")}, provider.FinishToolCalls},
		"every call numbered 0, no ids": {stream(callDelta(`{"index":0,"function":{"name":"f","arguments":"{}"}}`), callDelta(`{"index":0,"function":{"name":"f","arguments":"{}"}}`), done("stop"), usageChunk),
			[]provider.Delta{{}, {}, {ToolCall: call("call_1_0", "f", "{}").ToolCall}, {ToolCall: call("call_1_1", "f", "{}").ToolCall}},
			[]provider.Part{call("call_1_0", "f", "{}"), call("call_1_1", "f", "{}")}, provider.FinishToolCalls},
		"the name in every piece": {stream(callDelta(`{"index":0,"id":"c1","function":{"name":"f","arguments":"{\"a\""}}`), callDelta(`{"index":0,"function":{"name":"f","arguments":":1}"}}`), done("stop"), usageChunk),
			[]provider.Delta{{}, {}, {ToolCall: call("c1", "f", `{"a":1}`).ToolCall}}, []provider.Part{call("c1", "f", `{"a":1}`)}, provider.FinishToolCalls},
		"content in parts": {stream(delta(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}`), delta(`{"content":[{"type":"text","text":"Hi"}]}`), done("stop"), usageChunk),
			[]provider.Delta{{}, textDelta("Hi")}, []provider.Part{text("Hi")}, provider.FinishStop},
		"two answers": {stream(delta(`{"content":"a"}`), `{"choices":[{"index":1,"delta":{"content":"z"},"finish_reason":"length"}]}`, delta(`{"content":"b"}`), done("stop"), usageChunk),
			[]provider.Delta{textDelta("a"), textDelta("b")}, []provider.Part{text("ab")}, provider.FinishStop},
		"X45 data after the end": {stream(delta(`{"content":"a"}`), done("length"), usageChunk) + "data: nonsense\n\n",
			[]provider.Delta{textDelta("a")}, []provider.Part{text("a")}, provider.FinishLength},
		"two answers, of which the first counts": {stream(delta(`{"content":"He"}`), strings.Replace(delta(`{"content":"Bonjour"}`), `"index":0`, `"index":1`, 1),
			delta(`{"content":"llo"}`), done("stop"), strings.Replace(done("length"), `"index":0`, `"index":1`, 1), usageChunk),
			[]provider.Delta{textDelta("He"), textDelta("llo")}, []provider.Part{text("Hello")}, provider.FinishStop},
		"comments": {": hello\n\n" + stream(delta(`{"content":"a"}`), done("stop"), usageChunk),
			[]provider.Delta{textDelta("a")}, []provider.Part{text("a")}, provider.FinishStop},
	} {
		t.Run(name, func(t *testing.T) {
			res, deltas, err := providertest.Collect(serveStream(t, tc.body), providertest.TextRequestAfter(1, "gpt-5"))
			require.NoError(t, err)
			require.Equal(t, tc.deltas, deltas)
			require.Equal(t, tc.parts, res.Parts)
			require.Equal(t, tc.finish, res.Finish)
			require.Equal(t, 9, res.Usage.InputTokens)
		})
	}
	t.Run("request", func(t *testing.T) {
		server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"text/event-stream"}}, stream(done("stop")))
		_, _, err := providertest.Collect(at(t, server.URL), providertest.TextRequest("gpt-5"))
		require.NoError(t, err)
		r, body := server.Last()
		require.Equal(t, "text/event-stream", r.Header.Get("Accept"))
		providertest.Golden(t, "stream", body)
	})
	t.Run("an error of the reader ends it", func(t *testing.T) {
		enough := errors.New("enough")
		p := serveStream(t, stream(delta(`{"content":"a"}`), delta(`{"content":"b"}`), done("stop")))
		_, err := p.Do(t.Context(), providertest.TextRequest("gpt-5"), func(provider.Delta) error { return enough })
		require.Equal(t, enough, err)
	})
}

// What DeepSeek, Moonshot, OpenRouter and Google want back with a message of theirs, or refuse the conversation, goes back to the
// model that made it.
func TestThoughtsGoBack(t *testing.T) {
	const returned = `{"role":"assistant","reasoning_content":"hm, <b>","reasoning_details":[{"type":"reasoning.encrypted","data":"e"}],"content":"Wait.",` +
		`"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}},{"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]}`
	whole := `{"choices":[{"message":{"content":"Wait.","reasoning_content":"hm, <b>","reasoning_details":[{"type":"reasoning.encrypted","data":"e"}],` +
		`"tool_calls":[{"id":"c1","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}},{"id":"c2","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`
	pieces := stream(delta(`{"reasoning_content":"hm, ","content":null}`), delta(`{"reasoning_content":"<b>","reasoning_details":[{"type":"reasoning.encrypted","data":"e"}]}`), delta(`{"content":"Wait.","reasoning_content":null}`),
		delta(`{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}},{"index":1,"id":"c2","function":{"name":"g","arguments":"{}"}}]}`), done("tool_calls"))
	for kind, body := range map[string]string{"application/json": whole, "text/event-stream": pieces} {
		t.Run(kind, func(t *testing.T) {
			server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {kind}}, body)
			p := at(t, server.URL)
			req := providertest.ToolsRequest("deepseek-v4-pro")
			ask := func() *provider.Response {
				var emit func(provider.Delta) error
				if kind != "application/json" {
					emit = func(provider.Delta) error { return nil }
				}
				res, err := p.Do(t.Context(), req, emit)
				require.NoError(t, err)
				return res
			}
			req.Messages = append(req.Messages, provider.Message{Role: provider.Assistant, Parts: ask().Parts}, providertest.Text("go on"))
			ask()
			_, sent := server.Last()
			var plain strings.Builder
			require.NoError(t, json.NewEncoder(&plain).Encode(json.RawMessage(sent))) // <, > escaped or not
			require.Contains(t, strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(plain.String()), returned)

			req.Model = "another"
			ask()
			_, sent = server.Last()
			require.NotContains(t, string(sent), "reasoning")
			require.NotContains(t, string(sent), "extra_content")

			req.Tools = nil // then the words are nobody's business
			require.Equal(t, "Wait.", ask().Parts[0].Text)
		})
	}
	t.Run("empty", func(t *testing.T) { // which DeepSeek wants back too
		server := providertest.Serve(t, 200, `{"choices":[{"message":{"reasoning_content":"","tool_calls":[{"id":"c1","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`)
		res := providertest.Do(t, at(t, server.URL), providertest.ToolsRequest("m"))
		require.JSONEq(t, `{"model":"m","message":{"reasoning_content":""}}`, string(res.Parts[0].Vendor.Data))
	})
	t.Run("of another kind", func(t *testing.T) {
		server := providertest.Serve(t, 200, `{"choices":[{"message":{"content":"Hi","reasoning_content":{"a":1},"reasoning_details":"x"},"finish_reason":"stop"}]}`)
		require.Equal(t, []provider.Part{text("Hi")}, providertest.Do(t, at(t, server.URL), providertest.ToolsRequest("m")).Parts)
	})
}

func TestBadStreams(t *testing.T) {
	start := "data: " + delta(`{"content":"caf"}`) + "\n\n"
	for name, tc := range map[string]struct {
		kind, body string
		class      provider.Class
	}{
		"X40 no end":                   {body: start, class: provider.Truncated},
		"X40 finish reason, no [DONE]": {body: start + "data: " + done("stop") + "\n\n", class: provider.Truncated},
		"X38 [DONE], no finish reason": {body: start + "data: [DONE]\n\n", class: provider.Truncated},
		"empty":                        {body: "", class: provider.Truncated},
		"X41 cut in a line":            {body: start + `data: {"choices":[{"delta":{"conte`, class: provider.Truncated},
		"X41 cut in a rune":            {body: start + "data: {\"choices\":[{\"delta\":{\"content\":\"\xc3", class: provider.Truncated},
		"X44 error":                    {body: start + "data: " + errorBody("server_error", "", "oops") + "\n\n", class: provider.Server},
		"X44 error first":              {body: "data: " + errorBody("", "rate_limit_exceeded", "slow") + "\n\n", class: provider.RateLimit},
		"X39 context, LM Studio":       {body: "event: error\ndata: " + errorBody("", "", "The number of tokens to keep from the initial prompt is greater than the context length.") + "\n\n", class: provider.ContextWindow},
		"X45 no JSON":                  {body: start + "data: {nonsense\n\n", class: provider.Malformed},
		"X48 JSON":                     {kind: "application/json", body: stop, class: provider.Malformed},
		"X18 error instead of stream":  {kind: "application/json", body: errorBody("server_error", "", "oops"), class: provider.Server},
		"server in trouble":            {body: start + "data: " + done("error") + "\n\ndata: [DONE]\n\n", class: provider.Server},
		"server without resources":     {body: start + "data: " + done("insufficient_system_resource") + "\n\ndata: [DONE]\n\n", class: provider.Overloaded},
		"unknown finish reason":        {body: start + "data: " + done("surprise") + "\n\ndata: [DONE]\n\n", class: provider.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			kind := tc.kind
			if kind == "" {
				kind = "text/event-stream"
			}
			server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {kind}}, tc.body)
			res, deltas, err := providertest.Collect(at(t, server.URL), providertest.TextRequest("gpt-5"))
			require.Nil(t, res)
			var e *provider.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.class, e.Class, "%v", e)
			for _, d := range deltas {
				require.Equal(t, "caf", d.Text, "nothing broken reaches the reader")
			}
		})
	}
	t.Run("calls without end", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(w, "data: %s\n\n", delta(fmt.Sprintf(`{"tool_calls":[{"index":%d,"id":"c%d","function":{"name":"f"}}]}`, i, i))); err != nil {
					return
				}
			}
		}))
		defer server.Close()
		_, err := at(t, server.URL).Do(t.Context(), providertest.TextRequest("gpt-5"), func(provider.Delta) error { return nil })
		var e *provider.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, provider.TooLarge, e.Class)
	})
	t.Run("X07 cut by a reset", func(t *testing.T) {
		base := providertest.Raw(t, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndata:\r\n")
		_, _, err := providertest.Collect(at(t, base), providertest.TextRequest("gpt-5"))
		var e *provider.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, provider.Truncated, e.Class)
	})
}
