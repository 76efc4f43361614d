package anthropic_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/anthropic"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

const (
	key     = "sk-ant-test-0123456789"
	endTurn = `{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-7","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":2,"cache_read_input_tokens":4,"cache_creation_input_tokens":3,"output_tokens_details":{"thinking_tokens":1}}}`
)

// at returns a provider that sends its requests to the base URL.
func at(t testing.TB, base string) provider.Provider {
	t.Setenv("ANTHROPIC_BASE_URL", base)
	t.Setenv("ANTHROPIC_API_KEY", key)
	p, err := anthropic.New(provider.Config{})
	require.NoError(t, err)
	return p
}

// F111 F146 F147
func TestGoldenRequests(t *testing.T) {
	half, seed := 0.5, int64(7)
	settings := func(req *provider.Request) *provider.Request {
		req.Settings = provider.Settings{Temperature: &half, TopP: &half, MaxTokens: 100, Seed: &seed, Effort: "low", Stop: []string{"END"}}
		return req
	}
	older := providertest.TypedRequest("claude-3-7-sonnet-latest")
	both := providertest.ToolsRequest("claude-3-7-sonnet-latest")
	both.Output = providertest.Ticket()
	recursive := providertest.TypedRequest("claude-opus-4-7")
	recursive.Output = &provider.Schema{Name: "Node", Strict: true, JSON: `{"$ref": "#/$defs/Node", "$defs": {"Node": {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}}, "required": ["next"], "additionalProperties": false}}}`}
	closed := providertest.ToolsRequest("claude-opus-4-7")
	closed.Tools = nil
	cached := func(req *provider.Request) *provider.Request {
		req.System, req.Settings.Cache = "You are Acme Support.", true
		return req
	}
	closedCached := cached(providertest.ToolsRequest("claude-opus-4-7"))
	closedCached.Tools = nil
	stillNamed := cached(providertest.ToolsRequest("claude-opus-5-5"))
	stillNamed.Tools, stillNamed.ClosedTools = nil, stillNamed.Tools
	unforced := providertest.ToolsRequest("claude-opus-5-5")
	unforced.Output = recursive.Output
	documents := providertest.DocumentRequest("claude-opus-4-7")
	documents.Messages[0].Parts = append(documents.Messages[0].Parts,
		provider.Part{Document: &provider.Document{URL: "https://example.com/a.pdf"}},
		provider.Part{Document: &provider.Document{Name: "a.csv", MediaType: "text/csv; charset=utf-8", Data: []byte("a,\"b\"\n\xff")}},
		provider.Part{Document: &provider.Document{MediaType: "application/json", Data: []byte("{}")}})
	extra := providertest.ToolsRequest("claude-opus-4-7")
	extra.Extra = map[string]any{"tool_choice": map[string]any{"type": "any", "disable_parallel_tool_use": true}, "max_tokens": 9, "openai.user": "u"}
	for name, req := range map[string]*provider.Request{
		"text":          providertest.TextRequest("claude-opus-4-7"),
		"typed":         providertest.TypedRequest("claude-opus-4-7"),
		"tools":         providertest.ToolsRequest("claude-opus-4-7"),
		"image":         providertest.ImageRequest("claude-opus-4-7"),
		"settings":      settings(providertest.TypedRequest("claude-opus-4-7")),
		"settings-4-5":  settings(providertest.TypedRequest("claude-sonnet-4-5")),
		"answer-tool":   older,
		"answer-or-act": both,
		"tools-no-more": closed,
		"recursive":     recursive,
		"document":      documents,

		// F156: the constant beginning is marked, and nothing after it.
		"cached":               cached(providertest.ToolsRequest("claude-opus-4-7")),
		"cached-system":        cached(providertest.TypedRequest("claude-opus-4-7")),
		"cached-answer-tool":   cached(providertest.TypedRequest("claude-3-7-sonnet-latest")),
		"cached-tools-no-more": closedCached,
		"extra":                extra, // F128

		// What was said to the model, its tools too, stays as it is until the end.
		"closed-tools": stillNamed,
		// Models that cannot be made to call a tool are told to.
		"answer-tool-unforced": unforced,
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, 200, endTurn)
			res := providertest.Do(t, at(t, server.URL), req)
			r, body := server.Last()
			require.Equal(t, "POST /v1/messages", r.Method+" "+r.URL.Path)
			require.Equal(t, key, r.Header.Get("X-Api-Key"))
			require.Equal(t, "2023-06-01", r.Header.Get("Anthropic-Version"))
			require.Empty(t, r.Header.Get("Authorization"))
			providertest.Golden(t, name, body)
			if name == "settings" {
				require.Equal(t, []string{
					"claude-opus-4-7 takes no temperature: 0.5 was left out",
					"claude-opus-4-7 takes no top_p: 0.5 was left out",
					"claude-opus-4-7 takes no seed: 7 was left out",
				}, res.Warnings)
			}
			if name == "settings-4-5" {
				require.Equal(t, []string{
					"claude-sonnet-4-5 takes no top_p together with a temperature: 0.5 was left out",
					"claude-sonnet-4-5 takes no seed: 7 was left out",
					"claude-sonnet-4-5 takes no effort of that name: low was left out",
				}, res.Warnings)
			}
		})
	}
}

// A word that a model refuses is left out, and the response warns of it.
func TestEfforts(t *testing.T) {
	for _, tc := range []struct{ model, efforts string }{
		{"claude-3-7-sonnet-latest", ""},
		{"claude-haiku-4-5-20251001", ""},
		{"eu.anthropic.claude-haiku-4-5-20251001-v1:0", ""},
		{"claude-sonnet-4-5", ""},
		{"claude-opus-4-5", "low medium high"},
		{"claude-opus-4-6", "low medium high max"},
		{"claude-sonnet-4-6", "low medium high max"},
		{"claude-opus-4-7", "low medium high xhigh max"},
		{"claude-haiku-5-5", "low medium high xhigh max"},
		{"claude-opus-5-5", "low medium high xhigh max"},
		{"my-model", "none minimal low medium high xhigh max"},
	} {
		server := providertest.Serve(t, 200, endTurn)
		p := at(t, server.URL)
		for _, effort := range []string{"none", "minimal", "low", "medium", "high", "xhigh", "max"} {
			req := providertest.TextRequest(tc.model)
			req.Settings.Effort = strings.ToUpper(effort)
			res := providertest.Do(t, p, req)
			_, body := server.Last()
			takes := slices.Contains(strings.Fields(tc.efforts), effort)
			require.Equal(t, takes, strings.Contains(string(body), `"output_config":{"effort":"`+effort+`"}`), "%s %s", tc.model, body)
			require.Equal(t, takes, len(res.Warnings) == 0, "%s %s", tc.model, effort)
		}
	}
}

// A model can be made to call a tool unless it thinks on demand, or is of those that never can.
func TestForcedTool(t *testing.T) {
	for _, tc := range []struct {
		model, thinking, choice string
	}{
		{"claude-opus-4-7", "", `{"type":"tool","name":"answer"}`},
		{"claude-opus-5", "", `{"type":"tool","name":"answer"}`},
		{"claude-haiku-5-5", "", `{"type":"tool","name":"answer"}`},
		{"my-model", "", `{"type":"tool","name":"answer"}`},
		{"claude-opus-4-7", "thinking", `{"type":"auto"}`},
		{"claude-opus-4-7", "anthropic.thinking", `{"type":"auto"}`},
		{"claude-opus-4-7", "openai.thinking", `{"type":"tool","name":"answer"}`},
		{"claude-opus-5-5", "", `{"type":"auto"}`},
		{"claude-sonnet-5-5", "", `{"type":"auto"}`},
		{"claude-fable-5", "", `{"type":"tool","name":"answer"}`},
		{"claude-fable-5-1", "", `{"type":"auto"}`},
		{"claude-fable-5-2", "", `{"type":"auto"}`},
		{"claude-opus-6", "", `{"type":"auto"}`},
		{"us.anthropic.claude-haiku-4-5-20251001-v1:0", "", `{"type":"tool","name":"answer"}`},
		{"global.anthropic.claude-opus-5-5", "", `{"type":"auto"}`},
		{"claude-mythos-5-1", "", `{"type":"auto"}`},
	} {
		server := providertest.Serve(t, 200, endTurn)
		req := providertest.TypedRequest(tc.model)
		req.Output = &provider.Schema{Name: "Counts", JSON: `{"type":"object","additionalProperties":{"type":"integer"}}`}
		if tc.thinking != "" {
			req.Extra = map[string]any{tc.thinking: map[string]any{"type": "adaptive"}}
		}
		providertest.Do(t, at(t, server.URL), req)
		_, body := server.Last()
		require.Contains(t, string(body), `"tool_choice":`+tc.choice, tc.model)
		require.Equal(t, tc.choice == `{"type":"auto"}`, strings.Contains(string(body), "Always answer by calling it"), tc.model)
	}
}

// What the API has no place for in the settings is left out or lowered, and the response warns of it.
func TestSettingsThatAreNotTaken(t *testing.T) {
	number := func(n float64) *float64 { return &n }
	for _, tc := range []struct {
		model    string
		settings provider.Settings
		sent     string
		warning  string
	}{
		{"claude-sonnet-4-6", provider.Settings{TopP: number(0.5)}, `"top_p":0.5`, ""},
		{"claude-3-7-sonnet-latest", provider.Settings{Temperature: number(0.2), TopP: number(0.5)}, `"temperature":0.2,"top_p":0.5`, ""},
		{"claude-haiku-4-5", provider.Settings{Temperature: number(1.5)}, `"temperature":1`, "claude-haiku-4-5 takes temperatures up to 1: 1.5 was lowered"},
		{"my-model", provider.Settings{Temperature: number(1.5), TopP: number(0.5)}, `"temperature":1.5,"top_p":0.5`, ""},
		{"claude-opus-4-7", provider.Settings{Stop: []string{"\n\n", "END"}}, `"stop_sequences":["END"]`, "claude-opus-4-7 takes no stop sequence: one of white space alone was left out"},
	} {
		server := providertest.Serve(t, 200, endTurn)
		req := providertest.TextRequest(tc.model)
		req.Settings = tc.settings
		res := providertest.Do(t, at(t, server.URL), req)
		_, body := server.Last()
		require.Contains(t, string(body), tc.sent+"}")
		require.Equal(t, tc.warning, strings.Join(res.Warnings, ", "))
	}
}

func TestBlankSystemPrompt(t *testing.T) {
	server := providertest.Serve(t, 200, endTurn)
	req := providertest.TextRequest("claude-opus-4-7")
	req.System, req.Settings.Cache = " \n", true
	providertest.Do(t, at(t, server.URL), req)
	_, body := server.Last()
	require.NotContains(t, string(body), "system")
}

// F128
func TestToolChoiceGoesOnlyWithTools(t *testing.T) {
	server := providertest.Serve(t, 200, endTurn)
	req := providertest.TextRequest("claude-opus-4-7")
	req.Extra = map[string]any{"tool_choice": map[string]any{"type": "any"}}
	providertest.Do(t, at(t, server.URL), req)
	_, body := server.Last()
	require.NotContains(t, string(body), "tool_choice")
}

// What the API refuses is not sent: blank text, messages without content, ids of calls that another vendor made, arguments
// that are no object.
func TestConversationOfAnotherVendor(t *testing.T) {
	server := providertest.Serve(t, 200, endTurn)
	req := &provider.Request{Model: "claude-opus-4-7", Messages: []provider.Message{
		providertest.Text("Hello"),
		{Role: provider.Assistant, Parts: []provider.Part{{Text: " \n"}}},
		providertest.Text("Say something."),
		{Role: provider.Assistant, Parts: []provider.Part{
			{Vendor: &provider.Vendor{Provider: "anthropic", Data: json.RawMessage(`{"type":"thinking","thinking":"hm","signature":"s"}`)}},
			{ToolCall: &provider.ToolCall{ID: "call:1.é", Name: "a", Arguments: `{"broken": `}},
			{ToolCall: &provider.ToolCall{ID: "call_2", Name: "b"}},
		}},
		{Role: provider.User, Parts: []provider.Part{{ToolResult: &provider.ToolResult{CallID: "call:1.é", Content: "no JSON", IsError: true}}}},
		{Role: provider.User, Parts: []provider.Part{{Text: "go on"}, {ToolResult: &provider.ToolResult{CallID: "call_2"}}}},
	}}
	providertest.Do(t, at(t, server.URL), req)
	_, body := server.Last()
	providertest.Golden(t, "other-vendor", body)
}

// F31
func TestMissingKey(t *testing.T) {
	t.Setenv("ANTHROPIC_API_KEY", "")
	t.Setenv("ANTHROPIC_BASE_URL", "")
	p, err := anthropic.New(provider.Config{})
	require.NoError(t, err, "New checks no credential")
	_, err = p.Do(t.Context(), providertest.TextRequest("claude-opus-4-7"), nil)
	var ce *provider.ConfigError
	require.ErrorAs(t, err, &ce)
	require.Equal(t, "ANTHROPIC_API_KEY", ce.Setting)
}

// Another server that speaks the API has a prefix, a base URL and a key of its own.
func TestRegister(t *testing.T) {
	server := providertest.Serve(t, 200, endTurn)
	t.Setenv("ANTHROPIC_API_KEY", key)
	t.Setenv("ANTHROPIC_BASE_URL", "http://elsewhere.test")
	eu, variable := providertest.Prefix("claude-eu")
	t.Setenv(variable+"_API_KEY", "sk-eu")
	require.NoError(t, anthropic.Register(provider.Endpoint{Prefix: eu, BaseURL: server.URL + "/eu"}))
	registered, ok := provider.Lookup(eu)
	require.True(t, ok)
	p, err := registered.New(provider.Config{})
	require.NoError(t, err)
	providertest.Do(t, p, providertest.TextRequest("claude-opus-4-7"))
	r, _ := server.Last()
	require.Equal(t, "/eu/v1/messages", r.URL.Path)
	require.Equal(t, "sk-eu", r.Header.Get("X-Api-Key"))
	err = providertest.Refused(t, p, providertest.AudioRequest("claude-opus-4-7"), "model")
	require.ErrorContains(t, err, eu+": ")

	us, variable := providertest.Prefix("claude-us")
	require.NoError(t, anthropic.Register(provider.Endpoint{Prefix: us, KeyVar: "US_KEY", Capabilities: func(string) provider.Capabilities {
		return provider.Capabilities{Images: true}
	}}))
	registered, _ = provider.Lookup(us)
	p, err = registered.New(provider.Config{})
	require.NoError(t, err)
	require.ErrorContains(t, providertest.Refused(t, p, providertest.TextRequest("claude-opus-4-7"), "US_KEY"), "no API key: set US_KEY")
	_, _, err = providertest.Collect(p, providertest.TextRequest("claude-opus-4-7"))
	require.ErrorContains(t, err, "cannot stream")
	t.Setenv("US_KEY", "k")
	require.ErrorContains(t, providertest.Refused(t, p, providertest.TextRequest("claude-opus-4-7"), variable+"_BASE_URL"), variable+"_BASE_URL is not an http or https URL")
}

// What is said of a server's models counts for its requests, whatever is known of a model of that name.
func TestRegisteredCapabilities(t *testing.T) {
	server := providertest.Serve(t, 200, endTurn)
	prefix, _ := providertest.Prefix("claude")
	require.NoError(t, anthropic.Register(provider.Endpoint{Prefix: prefix, BaseURL: server.URL, Capabilities: func(string) provider.Capabilities {
		return provider.Capabilities{Tools: true}
	}}))
	registered, _ := provider.Lookup(prefix)
	p, err := registered.New(provider.Config{})
	require.NoError(t, err)
	req := providertest.TypedRequest("claude-haiku-4-5")
	req.Settings = provider.Settings{Temperature: new(0.5)}
	res := providertest.Do(t, p, req)
	require.Equal(t, []string{"claude-haiku-4-5 takes no temperature: 0.5 was left out"}, res.Warnings)
	_, body := server.Last()
	for _, key := range []string{`"temperature"`, `"output_config"`, `"tools"`} {
		require.NotContains(t, string(body), key)
	}
}

// What a model or the API does not take is refused before anything is sent.
func TestPartsThatAreNotTaken(t *testing.T) {
	server := providertest.Serve(t, 200, endTurn)
	p := at(t, server.URL)
	providertest.Refused(t, p, providertest.ImageRequest("claude-2.1"), "model")
	providertest.Refused(t, p, providertest.DocumentRequest("claude-3-haiku-20240307"), "model")
	providertest.Refused(t, p, providertest.AudioRequest("claude-opus-4-7"), "model")
	for _, d := range []provider.Document{
		{MediaType: "application/msword", Data: []byte("x")},
		{MediaType: "text/plain", URL: "https://example.com/a.txt"},
	} {
		req := providertest.DocumentRequest("claude-opus-4-7")
		req.Messages[0].Parts[0].Document = &d
		require.ErrorContains(t, providertest.Refused(t, p, req, "document"), d.MediaType)
	}
	for _, img := range []provider.Image{{Data: []byte("not a picture")}, {MediaType: "image/heic", Data: providertest.PNG}} {
		req := providertest.ImageRequest("claude-opus-4-7")
		req.Messages[0].Parts = []provider.Part{{Image: &img}}
		require.ErrorContains(t, providertest.Refused(t, p, req, "image"), "Claude sees JPEG, PNG, GIF and WebP")
	}
	require.Zero(t, server.Count())

	req := providertest.ImageRequest("claude-opus-4-7")
	req.Messages[0].Parts = []provider.Part{{Image: &provider.Image{MediaType: "image/jpg", Data: providertest.PNG}}}
	providertest.Do(t, p, req)
	_, body := server.Last()
	require.Contains(t, string(body), `"media_type":"image/jpeg"`)
}
