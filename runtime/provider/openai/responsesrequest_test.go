package openai_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
	"github.com/alloygen/alloygen/runtime/provider/openai"
)

const completed = `{"id":"resp_1","object":"response","status":"completed","model":"gpt-5-mini-2025","error":null,"incomplete_details":null,"output":[{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[]}]}],"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":11}}`

// instead is a transport that sends every request to another server.
type instead struct{ base *url.URL }

func (i instead) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("X-Asked", r.URL.Host)
	r.URL.Scheme, r.URL.Host = i.base.Scheme, i.base.Host
	return http.DefaultTransport.RoundTrip(r)
}

// vendor returns a provider that takes the server for OpenAI's own.
func vendor(t testing.TB, server *providertest.Server) provider.Provider {
	t.Setenv("OPENAI_BASE_URL", "")
	t.Setenv("OPENAI_API_KEY", key)
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	p, err := openai.New(provider.Config{HTTPClient: &http.Client{Transport: instead{base}}})
	require.NoError(t, err)
	return p
}

// A transport may put the key in by itself, when the base URL says where: at OpenAI too, whose API is then the usual one.
func TestTransportWithTheKey(t *testing.T) {
	server := providertest.Serve(t, 200, completed)
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	p, err := openai.New(provider.Config{HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		out := r.Clone(r.Context())
		out.Header.Set("Authorization", "Bearer of the vault")
		return instead{base}.RoundTrip(out)
	})}})
	require.NoError(t, err)
	t.Setenv("OPENAI_API_KEY", "")
	t.Setenv("OPENAI_BASE_URL", "")
	providertest.Refused(t, p, providertest.TextRequest("gpt-5"), "OPENAI_API_KEY")
	t.Setenv("OPENAI_BASE_URL", "https://api.openai.com/v1")
	providertest.Do(t, p, providertest.TextRequest("gpt-5"))
	r, _ := server.Last()
	require.Equal(t, "/v1/responses", r.URL.Path)
	require.Equal(t, "Bearer of the vault", r.Header.Get("Authorization"))
	require.Equal(t, "api.openai.com", r.Header.Get("X-Asked"))
}

// F146 F148
func TestGoldenResponsesRequests(t *testing.T) {
	half, seed := 0.5, int64(7)
	settings := func(req *provider.Request) *provider.Request {
		req.Settings = provider.Settings{Temperature: &half, TopP: &half, MaxTokens: 5, Seed: &seed, Effort: "low", Stop: []string{"END"}, Cache: true}
		return req
	}
	extra := providertest.ToolsRequest("gpt-4.1")
	extra.Extra = map[string]any{
		"tool_choice": "required", "parallel_tool_calls": false, "openai.prompt_cache_key": "k", "anthropic.container": "c", "openai.api": "responses", "stream": true, "store": true,
	}
	beside := providertest.TypedRequest("gpt-5")
	beside.Settings.Effort = "high"
	beside.Extra = map[string]any{"openai.reasoning.summary": "auto", "openai.text.verbosity": "low"}
	replaced := providertest.TypedRequest("gpt-5")
	replaced.Settings.Effort = "high"
	replaced.Extra = map[string]any{"openai.reasoning": map[string]any{"summary": "auto"}, "openai.text.format.name": "odd", "text": map[string]any{"verbosity": "low"}}
	recursive := providertest.TypedRequest("gpt-5")
	recursive.Output = &provider.Schema{Name: "Node[int]", Strict: true, JSON: `{"$ref":"#/$defs/Node","$defs":{"Node":{"type":"object","properties":{"value":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/Node"},{"type":"null"}]}},"required":["value","next"],"additionalProperties":false}}}`}
	loose := providertest.TypedRequest("gpt-5")
	loose.Output = &provider.Schema{Name: "Counts", JSON: `{"type": "object", "additionalProperties": {"type": "integer"}}`}
	byAddress := providertest.DocumentRequest("gpt-5-mini")
	byAddress.Messages[0].Parts = append(byAddress.Messages[0].Parts,
		provider.Part{Document: &provider.Document{URL: "https://example.com/a.pdf"}},
		provider.Part{Document: &provider.Document{MediaType: "text/csv", Data: []byte("a,b")}})
	bare := providertest.TextRequestAfter(1, "gpt-5-mini")
	bare.Tools = []provider.Tool{{Name: "now"}}
	for name, req := range map[string]*provider.Request{
		"text":      providertest.TextRequest("gpt-5-mini"),
		"typed":     providertest.TypedRequest("gpt-5-mini"),
		"tools":     providertest.ToolsRequest("gpt-5-mini"),
		"image":     providertest.ImageRequest("gpt-5-mini"),
		"document":  byAddress,
		"settings":  settings(providertest.TextRequest("gpt-4.1")),
		"reasoning": settings(providertest.TextRequest("o3-mini")), // F148
		"extra":     extra,                                         // F128
		"beside":    beside,
		"replaced":  replaced,
		"recursive": recursive,
		"map":       loose,
		"bare-tool": bare,
		"older":     providertest.TypedRequest("gpt-4"),
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, 200, completed)
			res := providertest.Do(t, vendor(t, server), req)
			r, body := server.Last()
			require.Equal(t, "POST /v1/responses", r.Method+" "+r.URL.Path)
			require.Equal(t, "api.openai.com", r.Header.Get("X-Asked"))
			require.Equal(t, "Bearer "+key, r.Header.Get("Authorization"))
			providertest.Golden(t, "responses/"+name, body)
			require.Equal(t, map[string][]string{
				"settings": {
					"the Responses API takes no max_output_tokens below 16: 5 was raised",
					"the Responses API takes no seed: 7 was left out",
					`the Responses API takes no stop sequences: ["END"] was left out`,
					"gpt-4.1 takes no effort: low was left out",
				},
				"reasoning": {
					"o3-mini takes no temperature: 0.5 was left out",
					"o3-mini takes no top_p: 0.5 was left out",
					"the Responses API takes no max_output_tokens below 16: 5 was raised",
					"the Responses API takes no seed: 7 was left out",
					`the Responses API takes no stop sequences: ["END"] was left out`,
				},
				"text": {`the Responses API takes no stop sequences: ["END"] was left out`},
			}[name], res.Warnings)
		})
	}
}

// keptPart is what an answer of that model left in the conversation.
func keptPart(model, rest string) provider.Part {
	return provider.Part{Vendor: &provider.Vendor{Provider: "openai", Data: json.RawMessage(`{"model":"` + model + `",` + rest + `}`)}}
}

const reasoning = `{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAA"}`

// Reasoning goes back to the model that made it, where something follows it; what came through Chat Completions, or from
// another vendor, goes through.
func TestConversationOfManyModels(t *testing.T) {
	server := providertest.Serve(t, 200, completed)
	req := &provider.Request{Model: "gpt-5-mini", Messages: []provider.Message{
		providertest.Text("Where is order 4392?"),
		{Role: provider.Assistant, Parts: []provider.Part{
			keptPart("gpt-5-mini", `"item":`+reasoning),
			keptPart("gpt-5-mini", `"phase":"commentary"`),
			text("I will look."),
			keptPart("gpt-5", `"item":{"type":"reasoning","id":"of another"}`),
			{Vendor: &provider.Vendor{Provider: "anthropic", Data: json.RawMessage(`{"type":"thinking"}`)}},
			{Vendor: &provider.Vendor{Provider: "openai", Data: json.RawMessage(`"nothing of ours"`)}},
			call("toolu_1", "functions.lookup order", `{"broken": `),
			call("call_1_2", "", ""),
		}},
		{Role: provider.User, Parts: []provider.Part{
			{ToolResult: &provider.ToolResult{CallID: "toolu_1", Content: "no JSON", IsError: true}},
			{ToolResult: &provider.ToolResult{CallID: "call_1_2"}},
			text("go on"), {Image: &provider.Image{URL: "https://example.com/a.jpg"}},
		}},
		{Role: provider.Assistant, Parts: []provider.Part{text("It is"), keptPart("gpt-5-mini", `"item":{"type":"reasoning","id":"before nothing"}`)}},
		{Role: provider.Assistant, Parts: []provider.Part{text("")}},
		{Role: provider.User},
	}}
	providertest.Do(t, vendor(t, server), req)
	_, body := server.Last()
	providertest.Golden(t, "responses/many-models", body)

	req.Model = "gpt-4.1"
	providertest.Do(t, vendor(t, server), req)
	_, body = server.Last()
	require.NotContains(t, string(body), "reasoning")
	require.NotContains(t, string(body), "phase")
}

// Which API a request goes to.
func TestAPIs(t *testing.T) {
	const whole, cut = "/v1/chat/completions", "/v1/responses"
	for name, tc := range map[string]struct {
		base, model, api, want string
	}{
		"OpenAI":                       {"", "gpt-5", "", cut},
		"OpenAI, spelt out":            {"https://api.openai.com/v1", "gpt-4.1", "", cut},
		"OpenAI in a region":           {"https://eu.api.openai.com/v1", "gpt-4.1", "", cut},
		"OpenAI, chosen":               {"", "gpt-5", "chat", whole},
		"OpenAI's models that hear":    {"", "gpt-audio-mini", "", whole},
		"OpenAI's models that search":  {"", "gpt-4o-search-preview", "", whole},
		"a tuned model":                {"", "ft:gpt-4o-audio-preview:me::1", "", whole},
		"elsewhere":                    {"https://example.com/v1", "gpt-5", "", whole},
		"elsewhere, chosen":            {"https://example.com/v1", "gpt-5", "responses", cut},
		"a name that only looks alike": {"https://evil-api.openai.com.example.com/v1", "gpt-5", "", whole},
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, 200, `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"status":"completed","output":[{"type":"message"}]}`)
			p := vendor(t, server)
			t.Setenv("OPENAI_BASE_URL", tc.base)
			req := providertest.TypedRequest(tc.model)
			if tc.api != "" {
				req.Extra = map[string]any{"openai.api": tc.api}
			}
			providertest.Do(t, p, req)
			r, body := server.Last()
			require.Equal(t, tc.want, r.URL.Path)
			require.NotContains(t, string(body), `"api"`)
		})
	}
}

func TestResponsesTakeNoRecordings(t *testing.T) {
	server := providertest.Serve(t, 200, completed)
	req := providertest.AudioRequest("gpt-audio")
	req.Extra = map[string]any{"openai.api": "responses"}
	require.ErrorContains(t, providertest.Refused(t, vendor(t, server), req, "openai.api"), "takes no recordings")
	require.Zero(t, server.Count())
}
