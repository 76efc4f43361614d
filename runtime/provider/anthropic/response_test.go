package anthropic_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

func call(id, name, arguments string) provider.Part {
	return provider.Part{ToolCall: &provider.ToolCall{ID: id, Name: name, Arguments: arguments}}
}

func text(s string) provider.Part { return provider.Part{Text: s} }

func vendor(data string) provider.Part {
	return provider.Part{Vendor: &provider.Vendor{Provider: "anthropic", Data: json.RawMessage(data)}}
}

func message(content, reason string) string {
	return `{"type":"message","model":"m","content":` + content + `,"stop_reason":"` + reason + `","usage":{"input_tokens":3,"output_tokens":4}}`
}

const thinking = `{"type":"thinking","thinking":"hm","signature":"s"}`

func TestAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		body   string
		parts  []provider.Part
		finish provider.FinishReason
	}{
		"text":                {message(`[{"type":"text","text":"Hi"}]`, "end_turn"), []provider.Part{text("Hi")}, provider.FinishStop},
		"stop sequence":       {message(`[{"type":"text","text":"Hi"}]`, "stop_sequence"), []provider.Part{text("Hi")}, provider.FinishStop},
		"blank text":          {message(`[{"type":"text","text":""}]`, "end_turn"), []provider.Part{}, provider.FinishStop},
		"thinking":            {message(`[`+thinking+`,{"type":"text","text":"Hi"}]`, "end_turn"), []provider.Part{vendor(thinking), text("Hi")}, provider.FinishStop},
		"calls":               {message(`[{"type":"text","text":"Let me look."},{"type":"tool_use","id":"t1","name":"f","input":{"a": 1}},{"type":"tool_use","id":"t2","name":"g","input":{}}]`, "tool_use"), []provider.Part{text("Let me look."), call("t1", "f", `{"a": 1}`), call("t2", "g", "{}")}, provider.FinishToolCalls},
		"X50 same id":         {message(`[{"type":"tool_use","id":"t","name":"f","input":{}},{"type":"tool_use","id":"t","name":"g"}]`, "tool_use"), []provider.Part{call("t", "f", "{}"), call("call_1_1", "g", "{}")}, provider.FinishToolCalls},
		"X51 no id":           {message(`[{"type":"tool_use","name":"f","input":null}]`, "tool_use"), []provider.Part{call("call_1_0", "f", "{}")}, provider.FinishToolCalls},
		"X35 refusal":         {message(`[]`, "refusal"), []provider.Part{}, provider.FinishRefusal},
		"X37 max_tokens":      {message(`[{"type":"text","text":"{\"a\""}]`, "max_tokens"), []provider.Part{text(`{"a"`)}, provider.FinishLength},
		"X38 pause_turn":      {message(`[{"type":"server_tool_use","id":"s1"}]`, "pause_turn"), []provider.Part{vendor(`{"type":"server_tool_use","id":"s1"}`)}, provider.FinishPause},
		"X20 broken UTF-8":    {message("[{\"type\":\"text\",\"text\":\"a\xffb\"}]", "end_turn"), []provider.Part{text("a\uFFFDb")}, provider.FinishStop},
		"a kind not yet made": {message(`[{"type":"dream","x":[1]},{"type":"text","text":"Hi"}]`, "end_turn"), []provider.Part{vendor(`{"type":"dream","x":[1]}`), text("Hi")}, provider.FinishStop},
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"application/json"}, "Request-Id": {"req_1"}}, tc.body)
			res := providertest.Do(t, at(t, server.URL), providertest.TypedRequest("claude-opus-4-7"))
			require.Equal(t, tc.parts, res.Parts)
			require.Equal(t, tc.finish, res.Finish)
			require.Equal(t, "m", res.Model)
			require.Equal(t, "req_1", res.RequestID)
			require.Equal(t, provider.Usage{InputTokens: 3, OutputTokens: 4}, res.Usage)
		})
	}
	t.Run("usage with a cache", func(t *testing.T) {
		res := providertest.Do(t, at(t, providertest.Serve(t, 200, endTurn).URL), providertest.TextRequest("claude-opus-4-7"))
		require.Equal(t, provider.Usage{InputTokens: 12, OutputTokens: 2, CachedTokens: 4, ReasoningTokens: 1}, res.Usage)
	})
}

// Where the vendor cannot hold the model to a schema, the model answers through a tool, and nobody sees it.
func TestAnswerTool(t *testing.T) {
	union := &provider.Schema{Name: "Shape", JSON: `{"anyOf":[{"$ref":"#/$defs/A"}],"$defs":{"A":{"type":"object"}}}`}
	for name, tc := range map[string]struct {
		output  *provider.Schema
		content string
		parts   []provider.Part
		finish  provider.FinishReason
	}{
		"answer": {nil, `[{"type":"text","text":"Here:"},{"type":"tool_use","id":"t","name":"answer","input":{"summary":"x"}}]`,
			[]provider.Part{text(`{"summary":"x"}`)}, provider.FinishStop},
		"thinking stays": {nil, `[` + thinking + `,{"type":"tool_use","id":"t","name":"answer","input":{}}]`,
			[]provider.Part{vendor(thinking), text("{}")}, provider.FinishStop},
		"another tool first": {nil, `[{"type":"tool_use","id":"t1","name":"lookup_order","input":{}},{"type":"tool_use","id":"t2","name":"answer","input":{"summary":"guess"}}]`,
			[]provider.Part{call("t1", "lookup_order", "{}")}, provider.FinishToolCalls},
		"in words": {nil, `[{"type":"text","text":"{}"}]`, []provider.Part{text("{}")}, provider.FinishStop},
		"root that is no object": {union, `[{"type":"tool_use","id":"t","name":"answer","input":{"value":{"type":"A"}}}]`,
			[]provider.Part{text(`{"type":"A"}`)}, provider.FinishStop},
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, 200, message(tc.content, "tool_use"))
			req := providertest.TypedRequest("claude-3-7-sonnet-latest")
			if tc.output != nil {
				req.Output = tc.output
			}
			res := providertest.Do(t, at(t, server.URL), req)
			require.Equal(t, tc.parts, res.Parts)
			require.Equal(t, tc.finish, res.Finish)
			_, body := server.Last()
			require.Contains(t, string(body), `"tool_choice":{"type":"tool","name":"answer"}`)
		})
	}
	t.Run("name of its own", func(t *testing.T) {
		server := providertest.Serve(t, 200, message(`[{"type":"tool_use","id":"t","name":"answer_","input":{}}]`, "tool_use"))
		req := providertest.TypedRequest("claude-3-7-sonnet-latest")
		taken := providertest.Search()
		taken.Name = "answer"
		req.Tools = []provider.Tool{taken}
		req.Extra = map[string]any{"thinking": map[string]any{"type": "enabled", "budget_tokens": 1024}}
		res := providertest.Do(t, at(t, server.URL), req)
		require.Equal(t, "{}", res.Text())
		_, body := server.Last()
		require.Contains(t, string(body), `"tool_choice":{"type":"auto"}`, "a model that thinks cannot be forced")
	})
}

func TestFaults(t *testing.T) {
	reported := func(kind, message string) string {
		return fmt.Sprintf(`{"type":"error","error":{"type":%q,"message":%q},"request_id":"req_1"}`, kind, message)
	}
	for name, tc := range map[string]struct {
		status int
		header http.Header
		body   string
		class  provider.Class
		wait   time.Duration
	}{
		"X22 invalid":              {400, nil, reported("invalid_request_error", "no"), provider.Invalid, 0},
		"X22 key":                  {401, nil, reported("authentication_error", "invalid x-api-key"), provider.Invalid, 0},
		"X22 permission":           {403, nil, reported("permission_error", "no"), provider.Invalid, 0},
		"X22 model":                {404, nil, reported("not_found_error", "model: x"), provider.Invalid, 0},
		"X22 size":                 {413, nil, reported("request_too_large", "no"), provider.Invalid, 0},
		"X24 rate limit":           {429, http.Header{"Retry-After": {"2"}}, reported("rate_limit_error", "slow"), provider.RateLimit, 2 * time.Second},
		"X29 billing":              {402, nil, reported("billing_error", "pay"), provider.Quota, 0},
		"X29 credit":               {400, nil, reported("invalid_request_error", "Your credit balance is too low to access the API"), provider.Quota, 0},
		"X29 limit of the owner's": {400, nil, reported("invalid_request_error", "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."), provider.Quota, 0},
		"X36 blocked":              {200, nil, `{"content":[],"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber","explanation":"It could do harm."},"usage":{"input_tokens":3}}`, provider.Refusal, 0},
		"X31 500":                  {500, nil, reported("api_error", "oops"), provider.Server, 0},
		"X31 504":                  {504, nil, reported("timeout_error", "slow"), provider.Server, 0},
		"X31 503 of a gateway":     {503, nil, "upstream connect error", provider.Overloaded, 0},
		"X33 overloaded":           {529, nil, reported("overloaded_error", "Overloaded"), provider.Overloaded, 0},
		"X34 not to be retried":    {529, http.Header{"X-Should-Retry": {"false"}}, reported("overloaded_error", "Overloaded"), provider.Invalid, 0},
		"X39 context":              {400, nil, reported("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), provider.ContextWindow, 0},
		"X39 context, as a reason": {200, nil, message(`[{"type":"text","text":"x"}]`, "model_context_window_exceeded"), provider.ContextWindow, 0},
		"X18 overloaded with 200":  {200, nil, reported("overloaded_error", "Overloaded"), provider.Overloaded, 0},
		"X18 invalid with 200":     {200, nil, reported("invalid_request_error", "no"), provider.Invalid, 0},
		"X18 unknown with 200":     {200, nil, reported("strange_error", "?"), provider.Malformed, 0},
		"X19 no content":           {200, nil, message("[]", "end_turn"), provider.Malformed, 0},
		"X19 nothing of the API":   {200, nil, "{}", provider.Malformed, 0},
		"X38 unknown reason":       {200, nil, message(`[{"type":"text","text":"x"}]`, "surprise"), provider.Malformed, 0},
		"X15 truncated JSON":       {200, nil, `{"content":[`, provider.Malformed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Content-Type": {"application/json"}}
			for k, v := range tc.header {
				header[k] = v
			}
			server := providertest.ServeHeader(t, tc.status, header, tc.body)
			e := providertest.Fail(t, at(t, server.URL), providertest.TypedRequest("claude-opus-4-7"))
			require.Equal(t, tc.class, e.Class, "%v", e)
			require.Equal(t, tc.wait, e.RetryAfter)
			require.Equal(t, 1, server.Count(), "one request, always")
		})
	}
	t.Run("X22 a disabled account is none of the request's", func(t *testing.T) {
		server := providertest.Serve(t, 400, reported("invalid_request_error", "This organization has been disabled."))
		e := providertest.Fail(t, at(t, server.URL), providertest.TypedRequest("claude-opus-4-7"))
		require.Equal(t, provider.Invalid, e.Class)
		require.Equal(t, 403, e.Status)
	})
	t.Run("X82", func(t *testing.T) {
		server := providertest.Serve(t, 401, reported("authentication_error", "invalid key "+key))
		e := providertest.Fail(t, at(t, server.URL), providertest.TypedRequest("claude-opus-4-7"))
		require.Equal(t, "invalid key [redacted]", e.Message)
	})
}

// event is one event of a stream; its type is in its data too.
func event(data string) string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(data, `{"type":"`), `"`)
	return "event: " + kind + "\ndata: " + data + "\n\n"
}

const (
	started = `{"type":"message_start","message":{"type":"message","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":1,"cache_read_input_tokens":5}}}`
	stopped = `{"type":"message_stop"}`
)

func ended(reason string) string {
	return `{"type":"message_delta","delta":{"stop_reason":"` + reason + `","stop_sequence":null},"usage":{"output_tokens":7}}`
}

func streamOf(events ...string) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString(event(e))
	}
	return b.String()
}

func serveStream(t *testing.T, body string) provider.Provider {
	return at(t, providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"text/event-stream; charset=utf-8"}}, body).URL)
}

func textDelta(index int, s string) string {
	return fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"text_delta","text":%q}}`, index, s)
}

func jsonDelta(index int, s string) string {
	return fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"input_json_delta","partial_json":%q}}`, index, s)
}

func block(index int, content string) string {
	return fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":%s}`, index, content)
}

func TestStreams(t *testing.T) {
	words := func(list ...string) (deltas []provider.Delta) {
		for _, s := range list {
			deltas = append(deltas, provider.Delta{Text: s})
		}
		return deltas
	}
	for name, tc := range map[string]struct {
		model, body string
		output      *provider.Schema
		deltas      []provider.Delta
		parts       []provider.Part
		finish      provider.FinishReason
	}{
		"text": {body: streamOf(started, `{"type":"ping","error":null}`, block(0, `{"type":"text","text":""}`), `{"type":"ping"}`, textDelta(0, "He"), textDelta(0, "llo"), `{"type":"content_block_stop","index":0}`, ended("end_turn"), stopped, `{"type":"nonsense"}`),
			deltas: words("He", "llo"), parts: []provider.Part{text("Hello")}, finish: provider.FinishStop},
		"thinking, text and a call": {body: streamOf(started,
			block(0, `{"type":"thinking","thinking":"","signature":""}`), `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h"}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m"}}`, `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}`,
			block(1, `{"type":"text","text":"A"}`), textDelta(1, "B"), block(2, `{"type":"tool_use","id":"t1","name":"f","input":{}}`), jsonDelta(2, `{"a"`), jsonDelta(2, `: 1}`),
			block(3, `{"type":"tool_use","id":"t2","name":"g","input":{}}`), ended("tool_use"), stopped),
			deltas: append(words("", "", "", "", "A", "B", "", "", "", ""), provider.Delta{ToolCall: call("t1", "f", `{"a": 1}`).ToolCall}, provider.Delta{ToolCall: call("t2", "g", "{}").ToolCall}),
			parts:  []provider.Part{vendor(`{"signature":"s","thinking":"hm","type":"thinking"}`), text("AB"), call("t1", "f", `{"a": 1}`), call("t2", "g", "{}")}, finish: provider.FinishToolCalls},
		"the answer tool": {model: "claude-3-7-sonnet-latest", body: streamOf(started, block(0, `{"type":"text","text":""}`), textDelta(0, "Here:"),
			block(1, `{"type":"tool_use","id":"t1","name":"answer","input":{}}`), jsonDelta(1, `{"a"`), jsonDelta(1, `:1}`), ended("tool_use"), stopped),
			deltas: words("", "", `{"a"`, `:1}`), parts: []provider.Part{text(`{"a":1}`)}, finish: provider.FinishStop},
		"an answer that is held back": {model: "claude-3-7-sonnet-latest", output: &provider.Schema{Name: "List", JSON: `{"type":"array","items":{"type":"integer"}}`}, body: streamOf(started,
			block(0, `{"type":"tool_use","id":"t1","name":"answer","input":{}}`), jsonDelta(0, `{"value":`), jsonDelta(0, `[1]}`), ended("tool_use"), stopped),
			deltas: words("", "", "", "[1]"), parts: []provider.Part{text("[1]")}, finish: provider.FinishStop},
		"X37 cut off in a tool of the vendor's": {body: streamOf(started, block(0, `{"type":"text","text":"A"}`),
			block(1, `{"type":"server_tool_use","id":"s1","name":"web_search","input":{}}`), jsonDelta(1, `{"query": "wea`), ended("max_tokens"), stopped),
			deltas: words("A", "", ""), parts: []provider.Part{text("A"), vendor(`{"id":"s1","input":{},"name":"web_search","type":"server_tool_use"}`)}, finish: provider.FinishLength},
		"words for the answer tool": {model: "claude-3-7-sonnet-latest", body: streamOf(started, block(0, `{"type":"text","text":""}`), textDelta(0, "{}"), ended("end_turn"), stopped),
			deltas: words("", "{}"), parts: []provider.Part{text("{}")}, finish: provider.FinishStop},
	} {
		t.Run(name, func(t *testing.T) {
			req := providertest.TypedRequest("claude-opus-4-7")
			if tc.model != "" {
				req.Model = tc.model
			}
			if tc.output != nil {
				req.Output = tc.output
			}
			res, deltas, err := providertest.Collect(serveStream(t, tc.body), req)
			require.NoError(t, err)
			require.Equal(t, tc.deltas, deltas)
			require.Equal(t, tc.parts, res.Parts)
			require.Equal(t, tc.finish, res.Finish)
			require.Equal(t, provider.Usage{InputTokens: 8, OutputTokens: 7, CachedTokens: 5}, res.Usage)
			require.Equal(t, "m", res.Model)
		})
	}
	t.Run("the request of a stream", func(t *testing.T) {
		server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"text/event-stream"}}, streamOf(started, block(0, `{"type":"text","text":"a"}`), ended("end_turn"), stopped))
		_, _, err := providertest.Collect(at(t, server.URL), providertest.TypedRequest("claude-opus-4-7"))
		require.NoError(t, err)
		r, body := server.Last()
		require.Equal(t, "text/event-stream", r.Header.Get("Accept"))
		providertest.Golden(t, "stream", body)
	})
	t.Run("an error of the reader ends it", func(t *testing.T) {
		enough := errors.New("enough")
		p := serveStream(t, streamOf(started, block(0, `{"type":"text","text":"a"}`), stopped))
		_, err := p.Do(t.Context(), providertest.TextRequest("claude-opus-4-7"), func(provider.Delta) error { return enough })
		require.Equal(t, enough, err)
	})
}

func TestBadStreams(t *testing.T) {
	begun := streamOf(started, block(0, `{"type":"text","text":""}`), textDelta(0, "caf"))
	overloaded := event(`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`)
	for name, tc := range map[string]struct {
		body  string
		class provider.Class
	}{
		"X40 no end":                   {begun, provider.Truncated},
		"X40 stop reason, no end":      {begun + event(ended("end_turn")), provider.Truncated},
		"X38 end, no stop reason":      {begun + event(stopped), provider.Truncated},
		"X41 cut in a rune":            {begun + "data: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"\xc3", provider.Truncated},
		"X44 overloaded in mid-stream": {begun + overloaded, provider.Overloaded},
		"X44 overloaded at once":       {overloaded, provider.Overloaded},
		"X45 no JSON":                  {begun + "data: nonsense\n\n", provider.Malformed},
		"X45 delta of no block":        {begun + event(textDelta(1, "é")), provider.Malformed},
		"X45 block of another shape":   {streamOf(started, block(0, "[1]")), provider.Malformed},
		"X19 nothing in it":            {streamOf(started, ended("end_turn"), stopped), provider.Malformed},
		"X36 blocked in mid-stream": {begun + event(`{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","category":"bio","explanation":null}},"usage":{}}`) +
			event(stopped), provider.Refusal},
	} {
		t.Run(name, func(t *testing.T) {
			res, deltas, err := providertest.Collect(serveStream(t, tc.body), providertest.TextRequest("claude-opus-4-7"))
			require.Nil(t, res)
			var e *provider.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.class, e.Class, "%v", e)
			for _, d := range deltas {
				require.Equal(t, "caf", d.Text, "nothing broken reaches the reader")
			}
		})
	}
	t.Run("X36 the vendor's word", func(t *testing.T) {
		server := providertest.Serve(t, 200, `{"content":[],"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber","explanation":"It could do harm."},"usage":{"input_tokens":3}}`)
		e := providertest.Fail(t, at(t, server.URL), providertest.TextRequest("claude-opus-5-5"))
		require.Equal(t, "the answer was blocked: cyber: It could do harm.", e.Message)
		require.Equal(t, "cyber", e.Type)
		require.Equal(t, 3, e.Usage.InputTokens)
	})
	t.Run("usage is kept", func(t *testing.T) {
		_, _, err := providertest.Collect(serveStream(t, begun+overloaded), providertest.TextRequest("claude-opus-4-7"))
		var e *provider.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, 8, e.Usage.InputTokens)
	})
}

// F153 in part: what the registration says of a model is what its requests do.
func TestCapabilities(t *testing.T) {
	registered, ok := provider.Lookup("anthropic")
	require.True(t, ok)
	half := 0.5
	for model, takes := range map[string]bool{
		"claude-opus-4-7": false, "claude-opus-5": false, "claude-sonnet-5-5": false, "claude-mythos-preview": false,
		"claude-opus-4-6": true, "claude-sonnet-4-6": true, "claude-haiku-4-5-20251001": true, "claude-opus-4-20250514": true, "claude-3-5-haiku-latest": true, "my-model": true,
		"anthropic.claude-opus-4-7": false, "us.anthropic.claude-opus-4-6-v1": true,
		"us.anthropic.claude-opus-4-7": false, "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-opus-4-7-20260401-v1:0": false,
		"global.anthropic.claude-haiku-4-5-20251001-v1:0": true, "anthropic.claude-opus-4-20250514-v1:0": true, "claude-opus-4@20250514": true,
	} {
		server := providertest.Serve(t, 200, endTurn)
		req := providertest.TypedRequest(model)
		req.Settings.Temperature = &half
		res := providertest.Do(t, at(t, server.URL), req)
		_, body := server.Last()
		require.Equal(t, takes, registered.Capabilities(model).Temperature, model)
		require.True(t, registered.Capabilities(model).Stream, model)
		require.Contains(t, string(body), `"model":"`+model+`"`)
		require.False(t, registered.Capabilities(model).Audio, model)
		require.Equal(t, takes, strings.Contains(string(body), `"temperature":0.5`), model)
		require.Equal(t, !takes, len(res.Warnings) == 1, model)
	}
}
