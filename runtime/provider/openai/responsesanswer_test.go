package openai_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

// recorded is a reply as the vendor documents it.
func recorded(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/recorded/" + name)
	require.NoError(t, err)
	return string(data)
}

func respondWith(t *testing.T, kind, body string) provider.Provider {
	header := http.Header{"Content-Type": {kind}, "X-Request-Id": {"req_1"}}
	return vendor(t, providertest.ServeHeader(t, 200, header, body))
}

// output is a response of those items.
func output(items, status string) string {
	return `{"model":"m","output":[` + items + `],` + status + `,"usage":{"input_tokens":3,"output_tokens":4}}`
}

const (
	isCompleted = `"status":"completed"`
	isTruncated = `"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}`
	isFiltered  = `"status":"incomplete","incomplete_details":{"reason":"content_filter"}`
)

func says(content ...string) string {
	return `{"id":"msg_1","type":"message","role":"assistant","content":[` + strings.Join(content, ",") + `]}`
}

func outputText(s string) string { return `{"type":"output_text","text":` + s + `}` }

func calls(id, name, arguments string) string {
	data, _ := json.Marshal(map[string]string{"type": "function_call", "id": "fc_1", "call_id": id, "name": name, "arguments": arguments})
	return string(data)
}

func TestResponses(t *testing.T) {
	const refusal = `{"type":"refusal","refusal":"I will not."}`
	search := `{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"x"},"arguments":{},"content":7}`
	for name, tc := range map[string]struct {
		body   string
		parts  []provider.Part
		finish provider.FinishReason
	}{
		"text":                {output(says(outputText(`"Hi"`)), isCompleted), []provider.Part{text("Hi")}, provider.FinishStop},
		"pieces of a message": {output(says(outputText(`"a"`), outputText(`"b"`)), isCompleted), []provider.Part{text("ab")}, provider.FinishStop},
		"two messages":        {output(says(outputText(`"a"`))+","+says(outputText(`"b"`)), isCompleted), []provider.Part{text("a"), text("b")}, provider.FinishStop},
		"nothing said":        {output(says(), isCompleted), nil, provider.FinishStop},
		"only thoughts":       {output(reasoning, isCompleted), []provider.Part{keptPart("gpt-5", `"item":`+reasoning)}, provider.FinishStop},
		"thoughts in the clear do not go back": {output(`{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":null},`+says(outputText(`"Hi"`)), isCompleted),
			[]provider.Part{text("Hi")}, provider.FinishStop},
		"a kind of its own": {output(search+","+says(outputText(`"Hi"`)), isCompleted), []provider.Part{keptPart("gpt-5", `"item":`+search), text("Hi")}, provider.FinishStop},
		"phase": {output(`{"type":"message","phase":"final_answer","content":[`+outputText(`"Hi"`)+`]}`, isCompleted),
			[]provider.Part{keptPart("gpt-5", `"phase":"final_answer"`), text("Hi")}, provider.FinishStop},
		"calls and text": {output(says(outputText(`"Let me look."`))+","+calls("c1", "f", `{"a":1}`)+","+calls("c2", "g", ""), isCompleted),
			[]provider.Part{text("Let me look."), call("c1", "f", `{"a":1}`), call("c2", "g", "")}, provider.FinishToolCalls},
		"X20 UTF-8":               {output(says(outputText("\"a\xffb\\ud800c\\u0000\"")), isCompleted), []provider.Part{text("a\uFFFDb\uFFFDc\x00")}, provider.FinishStop},
		"X35 refusal":             {output(says(refusal), isCompleted), []provider.Part{text("I will not.")}, provider.FinishRefusal},
		"X35 refusal after words": {output(says(outputText(`"Well."`), refusal), isCompleted), []provider.Part{text("Well.")}, provider.FinishRefusal},
		"X36 filter":              {output(says(outputText(`"Half a"`)), isFiltered), []provider.Part{text("Half a")}, provider.FinishRefusal},
		"X37 length":              {output(says(outputText(`"{\"a\":"`)), isTruncated), []provider.Part{text(`{"a":`)}, provider.FinishLength},
		"X37 length, no word yet": {output(reasoning, isTruncated), []provider.Part{keptPart("gpt-5", `"item":`+reasoning)}, provider.FinishLength},
		"X50 same id":             {output(calls("c", "f", "")+","+calls("c", "g", ""), isCompleted), []provider.Part{call("c", "f", ""), call("call_1_1", "g", "")}, provider.FinishToolCalls},
		"X51 no id":               {output(calls("", "f", "")+","+calls("", "g", ""), isCompleted), []provider.Part{call("call_1_0", "f", ""), call("call_1_1", "g", "")}, provider.FinishToolCalls},
	} {
		t.Run(name, func(t *testing.T) {
			res := providertest.Do(t, respondWith(t, "application/json; charset=utf-8", tc.body), providertest.TypedRequest("gpt-5"))
			require.Equal(t, tc.parts, res.Parts)
			require.Equal(t, tc.finish, res.Finish)
			require.Equal(t, "m", res.Model)
			require.Equal(t, "req_1", res.RequestID)
			require.Equal(t, provider.Usage{InputTokens: 3, OutputTokens: 4}, res.Usage)
		})
	}
	t.Run("usage", func(t *testing.T) {
		res := providertest.Do(t, respondWith(t, "application/json", completed), providertest.TextRequest("gpt-5"))
		require.Equal(t, provider.Usage{InputTokens: 9, OutputTokens: 2, CachedTokens: 4, ReasoningTokens: 1}, res.Usage)
		require.Equal(t, "gpt-5-mini-2025", res.Model, "as the vendor reports it")
	})
}

// A recorded answer comes out the same plainly and as a stream, and goes back as it came.
func TestRecordedResponse(t *testing.T) {
	req := providertest.ToolsRequest("gpt-5")
	plain := providertest.Do(t, respondWith(t, "application/json", recorded(t, "responses-tools.json")), req)
	require.Equal(t, provider.FinishToolCalls, plain.Finish)
	require.Equal(t, "I will look, é 😀.", plain.Text())
	require.Len(t, plain.ToolCalls(), 2)
	require.Equal(t, provider.Usage{InputTokens: 412, OutputTokens: 97, CachedTokens: 256, ReasoningTokens: 64}, plain.Usage)

	streamed, deltas, err := providertest.Collect(respondWith(t, "text/event-stream", recorded(t, "responses-tools.sse")), req)
	require.NoError(t, err)
	deltas = slices.DeleteFunc(deltas, func(d provider.Delta) bool { return d == provider.Delta{} })
	require.Len(t, deltas, 5)
	require.Equal(t, plain.Text(), deltas[0].Text+deltas[1].Text+deltas[2].Text)
	require.Equal(t, []*provider.ToolCall{deltas[3].ToolCall, deltas[4].ToolCall}, streamed.ToolCalls())
	sameParts(t, plain.Parts, streamed.Parts)
	plain.Parts, streamed.Parts = nil, nil
	require.Equal(t, plain, streamed)

	plain = providertest.Do(t, respondWith(t, "application/json", recorded(t, "responses-tools.json")), req)
	req.Messages = append(req.Messages, provider.Message{Role: provider.Assistant, Parts: plain.Parts})
	server := providertest.Serve(t, 200, completed)
	providertest.Do(t, vendor(t, server), req)
	_, body := server.Last()
	providertest.Golden(t, "responses/answered", body)
}

// sameParts requires the same parts; what is kept for the vendor need only be the same JSON.
func sameParts(t *testing.T, want, got []provider.Part) {
	require.Len(t, got, len(want))
	for i := range want {
		if want[i].Vendor == nil {
			require.Equal(t, want[i], got[i])
			continue
		}
		require.Equal(t, want[i].Vendor.Provider, got[i].Vendor.Provider)
		require.JSONEq(t, string(want[i].Vendor.Data), string(got[i].Vendor.Data))
	}
}

// What the API says beside HTTP 200.
func TestBadResponses(t *testing.T) {
	hi := says(outputText(`"Hi"`))
	for name, tc := range map[string]struct {
		kind, body string
		class      provider.Class
		word       string
	}{
		"X15 truncated JSON":         {body: `{"output":[{"ty`, class: provider.Malformed},
		"X16 empty":                  {body: "", class: provider.Malformed},
		"X17 HTML":                   {kind: "text/html", body: "<html>", class: provider.Malformed},
		"X18 error":                  {body: errorBody("server_error", "", "oops"), class: provider.Server, word: "server_error"},
		"X18 failed":                 {body: output("", `"status":"failed","error":{"code":"server_error","message":"oops"}`), class: provider.Server, word: "server_error"},
		"X18 failed, slow down":      {body: output("", `"status":"failed","error":{"code":"rate_limit_exceeded","message":"slow"}`), class: provider.RateLimit, word: "rate_limit_exceeded"},
		"X18 failed, policy":         {body: output("", `"status":"failed","error":{"code":"bio_policy","message":"no"}`), class: provider.Refusal, word: "bio_policy"},
		"X36 prompt filtered":        {body: output("", `"status":"failed","error":{"code":"invalid_prompt","message":"flagged by our usage policy"}`), class: provider.Refusal, word: "invalid_prompt"},
		"X18 prompt wrong":           {body: output("", `"status":"failed","error":{"code":"invalid_prompt","message":"empty"}`), class: provider.Invalid, word: "invalid_prompt"},
		"X18 picture wrong":          {body: output("", `"status":"failed","error":{"code":"invalid_base64_image","message":"?"}`), class: provider.Invalid, word: "invalid_base64_image"},
		"X18 failed without a word":  {body: output("", `"status":"failed","error":null`), class: provider.Server},
		"X18 unknown":                {body: output("", `"status":"failed","error":{"code":"new","message":"?"}`), class: provider.Malformed, word: "new"},
		"X19 no output":              {body: output("", isCompleted), class: provider.Malformed},
		"X19 nothing of the API":     {body: `{}`, class: provider.Malformed},
		"X19 of the other API":       {body: stop, class: provider.Malformed},
		"X21 depth":                  {body: `{"output":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, class: provider.Malformed},
		"an item of another shape":   {body: `{"output":[[1]],"status":"completed"}`, class: provider.Malformed},
		"a status of another shape":  {body: `{"output":[` + reasoning + `],"status":7}`, class: provider.Malformed},
		"a message of another shape": {body: `{"output":[{"type":"message","content":"Hi"}],"status":"completed"}`, class: provider.Malformed},
		"X38 unknown status":         {body: output(hi, `"status":"queued"`), class: provider.Malformed},
		"X38 unknown reason":         {body: output(hi, `"status":"incomplete","incomplete_details":{"reason":"surprise"}`), class: provider.Malformed},
		"X38 incomplete for nothing": {body: output(hi, `"status":"incomplete","incomplete_details":null`), class: provider.Malformed},
		"X38 no status":              {body: output(hi, `"status":null`), class: provider.Truncated},
		"X48 stream instead of JSON": {kind: "text/event-stream", body: "data: {}\n\n", class: provider.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			kind := tc.kind
			if kind == "" {
				kind = "application/json"
			}
			e := providertest.Fail(t, respondWith(t, kind, tc.body), providertest.TypedRequest("gpt-5"))
			require.Equal(t, tc.class, e.Class, "%v", e)
			require.Equal(t, tc.word, e.Type)
			require.NotEmpty(t, e.Message)
			require.Equal(t, "req_1", e.RequestID)
			require.Zero(t, e.Status, "200 is no failure of HTTP")
			if strings.Contains(tc.body, `"output_tokens":4`) {
				require.Equal(t, 4, e.Usage.OutputTokens, "what it cost is kept")
			}
		})
	}
}

// events writes events of a stream.
func events(list ...string) string {
	var b strings.Builder
	for _, data := range list {
		kind, _, _ := strings.Cut(strings.TrimPrefix(data, `{"type":"`), `"`)
		b.WriteString("event: " + kind + "\ndata: " + data + "\n\n")
	}
	return b.String()
}

func added(index, item string) string {
	return `{"type":"response.output_item.added","output_index":` + index + `,"item":` + item + `}`
}

func itemDone(index, item string) string {
	return `{"type":"response.output_item.done","output_index":` + index + `,"item":` + item + `}`
}

func more(index, words string) string {
	return `{"type":"response.output_text.delta","output_index":` + index + `,"content_index":0,"delta":` + words + `}`
}

func ends(kind, response string) string {
	return `{"type":"response.` + kind + `","response":` + response + `}`
}

func TestResponsesStreams(t *testing.T) {
	hello := says(outputText(`"Hello"`))
	words := func(list ...string) (deltas []provider.Delta) {
		for _, s := range list {
			deltas = append(deltas, provider.Delta{Text: s})
		}
		return deltas
	}
	for name, tc := range map[string]struct {
		body   string
		deltas []provider.Delta
		parts  []provider.Part
		finish provider.FinishReason
	}{
		"text": {events(more("0", `"He"`), more("0", `"llo"`), itemDone("0", hello), ends("completed", output(hello, isCompleted))),
			words("He", "llo"), []provider.Part{text("Hello")}, provider.FinishStop},
		"the end has no output": {events(more("0", `"Hello"`), itemDone("0", hello), ends("completed", output("", isCompleted))),
			words("Hello"), []provider.Part{text("Hello")}, provider.FinishStop},
		"no item ends": {events(added("0", says()), more("0", `"Hello"`), ends("completed", output("", isCompleted))),
			words("Hello"), []provider.Part{text("Hello")}, provider.FinishStop},
		"no deltas": {events(itemDone("0", hello), ends("completed", output(hello, isCompleted))),
			words("Hello"), []provider.Part{text("Hello")}, provider.FinishStop},
		"the end alone": {events(ends("completed", output(hello+","+calls("c1", "f", "{}"), isCompleted))),
			append(words("Hello"), provider.Delta{ToolCall: call("c1", "f", "{}").ToolCall}), []provider.Part{text("Hello"), call("c1", "f", "{}")}, provider.FinishToolCalls},
		"fewer deltas than words": {events(more("0", `"He"`), itemDone("0", hello), ends("completed", output(hello, isCompleted))),
			words("He", "llo"), []provider.Part{text("Hello")}, provider.FinishStop},
		"what was shown stands": {events(more("0", `"Help"`), itemDone("0", `{"type":"message","phase":"final_answer","content":[`+outputText(`"Hello"`)+`]}`), ends("completed", output(hello, isCompleted))),
			words("Help"), []provider.Part{keptPart("gpt-5", `"phase":"final_answer"`), text("Help")}, provider.FinishStop},
		"thoughts, words, a call": {events(
			added("0", `{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"half"}`), `{"type":"response.reasoning_summary.delta","delta":{"text":"hm"}}`,
			itemDone("0", reasoning), more("1", `"Hello"`), itemDone("1", hello),
			added("2", calls("c1", "f", "")), `{"type":"response.function_call_arguments.delta","output_index":2,"delta":"{"}`, itemDone("2", calls("c1", "f", "{}")),
			ends("completed", output(`{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"cut"}`, isCompleted))),
			append(words("", "", "", "Hello", "", "", ""), provider.Delta{ToolCall: call("c1", "f", "{}").ToolCall}),
			[]provider.Part{keptPart("gpt-5", `"item":`+reasoning), text("Hello"), call("c1", "f", "{}")}, provider.FinishToolCalls},
		"X51 no order, no ids": {events(itemDone("5", calls("", "g", "2")), itemDone("0", calls("", "f", "1")), ends("completed", output("", isCompleted))),
			[]provider.Delta{{}, {}, {ToolCall: call("call_1_0", "f", "1").ToolCall}, {ToolCall: call("call_1_1", "g", "2").ToolCall}},
			[]provider.Part{call("call_1_0", "f", "1"), call("call_1_1", "g", "2")}, provider.FinishToolCalls},
		"X35 refusal": {events(added("0", says()), `{"type":"response.refusal.delta","output_index":0,"delta":"I "}`, `{"type":"response.refusal.delta","output_index":0,"delta":"won't"}`,
			ends("completed", output("", isCompleted))),
			words("", ""), []provider.Part{text("I won't")}, provider.FinishRefusal},
		"a tool of the vendor's": {events(`{"type":"response.in_progress","response":{}}`, `{"type":"keepalive","sequence_number":3}`, `{"type":"response.web_search_call.searching","output_index":0}`,
			more("1", `"He"`), ends("completed", output("", isCompleted))),
			words("", "He"), []provider.Part{text("He")}, provider.FinishStop},
		"X36 filter": {events(more("0", `"He"`), ends("incomplete", output(says(outputText(`"He"`)), isFiltered))),
			words("He"), []provider.Part{text("He")}, provider.FinishRefusal},
		"X37 length in a call": {events(more("0", `"He"`), added("1", calls("c1", "f", "")), ends("incomplete", output("", isTruncated))),
			words("He", ""), []provider.Part{text("He")}, provider.FinishLength},
		"X45 data after the end": {events(more("0", `"He"`), ends("completed", output("", isCompleted))) + "data: nonsense\n\n",
			words("He"), []provider.Part{text("He")}, provider.FinishStop},
		"comments, events yet to be made": {": hello\n\n" + events(`{"type":"response.dreamt","item":7,"delta":[1]}`, more("0", `"He"`), ends("completed", output("", isCompleted))),
			words("He"), []provider.Part{text("He")}, provider.FinishStop},
	} {
		t.Run(name, func(t *testing.T) {
			res, deltas, err := providertest.Collect(respondWith(t, "text/event-stream", tc.body), providertest.TextRequestAfter(1, "gpt-5"))
			require.NoError(t, err)
			require.Equal(t, tc.deltas, deltas)
			require.Equal(t, tc.parts, res.Parts)
			require.Equal(t, tc.finish, res.Finish)
			require.Equal(t, provider.Usage{InputTokens: 3, OutputTokens: 4}, res.Usage)
			require.Equal(t, "req_1", res.RequestID)
		})
	}
	t.Run("request", func(t *testing.T) {
		server := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"text/event-stream"}}, events(ends("completed", output(hello, isCompleted))))
		_, _, err := providertest.Collect(vendor(t, server), providertest.TextRequest("gpt-5"))
		require.NoError(t, err)
		r, body := server.Last()
		require.Equal(t, "text/event-stream", r.Header.Get("Accept"))
		providertest.Golden(t, "responses/stream", body)
	})
	t.Run("an error of the reader ends it", func(t *testing.T) {
		enough := errors.New("enough")
		for _, body := range []string{
			events(more("0", `"a"`), more("0", `"b"`), ends("completed", output("", isCompleted))),
			events(ends("completed", output(calls("c1", "f", "{}"), isCompleted))),
		} {
			_, err := respondWith(t, "text/event-stream", body).Do(t.Context(), providertest.TextRequest("gpt-5"), func(provider.Delta) error { return enough })
			require.Equal(t, enough, err)
		}
	})
}

// However many items an answer has, it is read in one pass.
func TestManyItems(t *testing.T) {
	many := func(item string) string {
		return output(strings.TrimSuffix(strings.Repeat(item+",", 30_000), ","), isCompleted)
	}
	t.Run("of a stream", func(t *testing.T) {
		_, _, err := providertest.Collect(respondWith(t, "text/event-stream", events(ends("completed", many("{}")))), providertest.TextRequest("gpt-5"))
		var e *provider.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, provider.TooLarge, e.Class)
	})
	t.Run("calls", func(t *testing.T) {
		res := providertest.Do(t, respondWith(t, "application/json", many(`{"type":"function_call"}`)), providertest.TextRequest("gpt-5"))
		require.Len(t, res.Parts, 30_000)
		require.Equal(t, "call_3_29999", res.Parts[29_999].ToolCall.ID)
	})
	t.Run("pieces of a text", func(t *testing.T) {
		item := says(strings.TrimSuffix(strings.Repeat(outputText(`"0123456789abcdef"`)+",", 30_000), ","))
		res := providertest.Do(t, respondWith(t, "application/json", output(item, isCompleted)), providertest.TextRequest("gpt-5"))
		require.Len(t, res.Text(), 480_000)
	})
}

func TestBadResponsesStreams(t *testing.T) {
	begun := events(`{"type":"response.created","response":{}}`, more("0", `"caf"`))
	for name, tc := range map[string]struct {
		kind, body string
		class      provider.Class
		word       string
	}{
		"X40 no end":                         {body: begun, class: provider.Truncated},
		"X40 every item, no end":             {body: begun + events(itemDone("0", says(outputText(`"caf"`)))), class: provider.Truncated},
		"X40 [DONE] alone":                   {body: begun + "data: [DONE]\n\n", class: provider.Truncated},
		"empty":                              {body: "", class: provider.Truncated},
		"X41 cut in a line":                  {body: begun + `data: {"type":"response.output_text.del`, class: provider.Truncated},
		"X41 cut in a rune":                  {body: begun + "data: {\"type\":\"response.output_text.delta\",\"delta\":\"\xc3", class: provider.Truncated},
		"X44 error":                          {body: begun + events(`{"type":"error","code":"server_error","message":"oops","param":null,"sequence_number":3}`), class: provider.Server, word: "server_error"},
		"X44 error inside an error":          {body: begun + events(`{"type":"error","error":{"type":"tokens","code":"rate_limit_exceeded","message":"slow"}}`), class: provider.RateLimit, word: "rate_limit_exceeded"},
		"X44 error without a type":           {body: "data: " + errorBody("server_error", "", "oops") + "\n\n", class: provider.Server, word: "server_error"},
		"X44 error first, no code":           {body: events(`{"type":"error","code":null,"message":"oops"}`), class: provider.Malformed},
		"X44 failed":                         {body: begun + events(ends("failed", output("", `"status":"failed","error":{"code":"server_error","message":"oops"}`))), class: provider.Server, word: "server_error"},
		"X44 overloaded":                     {body: begun + events(ends("failed", output("", `"status":"failed","error":{"code":"server_is_overloaded","message":"busy"}`))), class: provider.Overloaded, word: "server_is_overloaded"},
		"X45 no JSON":                        {body: begun + "data: {nonsense\n\n", class: provider.Malformed},
		"X45 delta of another kind":          {body: begun + events(more("0", "7")), class: provider.Malformed},
		"X45 item missing":                   {body: begun + events(`{"type":"response.output_item.done","output_index":0}`), class: provider.Malformed},
		"X45 call without its end":           {body: begun + events(added("1", calls("c1", "f", "")), ends("completed", output("", isCompleted))), class: provider.Malformed},
		"X48 JSON":                           {kind: "application/json", body: completed, class: provider.Malformed},
		"X48 the chunks of Chat Completions": {body: stream(delta(`{"content":"caf"}`), done("stop")), class: provider.Truncated},
		"X18 error instead of stream":        {kind: "application/json", body: errorBody("server_error", "", "oops"), class: provider.Server, word: "server_error"},
		"X38 unknown reason":                 {body: begun + events(ends("incomplete", output("", `"status":"incomplete","incomplete_details":{"reason":"surprise"}`))), class: provider.Malformed},
		"X19 no output":                      {body: events(ends("completed", output("", isCompleted))), class: provider.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			kind := tc.kind
			if kind == "" {
				kind = "text/event-stream"
			}
			res, deltas, err := providertest.Collect(respondWith(t, kind, tc.body), providertest.TextRequest("gpt-5"))
			require.Nil(t, res)
			var e *provider.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.class, e.Class, "%v", e)
			require.Equal(t, tc.word, e.Type)
			for _, d := range deltas {
				require.Contains(t, []string{"caf", ""}, d.Text, "nothing broken reaches the reader")
			}
			if strings.Contains(tc.body, `"output_tokens":4`) {
				require.Equal(t, 4, e.Usage.OutputTokens, "what it cost is kept")
			}
		})
	}
}
