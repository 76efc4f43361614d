package gemini_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/gemini"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

const (
	key  = "AIzaSyTest-0123456789abcdef"
	stop = `{"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"totalTokenCount":14,"cachedContentTokenCount":4,"thoughtsTokenCount":3,"promptTokensDetails":[{"modality":"TEXT","tokenCount":9}]},"modelVersion":"gemini-3.8-flash","responseId":"r_1"}`
)

// at returns a provider that sends its requests to the base URL.
func at(t testing.TB, base string) provider.Provider {
	t.Setenv("GEMINI_BASE_URL", base)
	t.Setenv("GEMINI_API_KEY", key)
	p, err := gemini.New(provider.Config{})
	require.NoError(t, err)
	return p
}

func assistant(parts ...provider.Part) provider.Message {
	return provider.Message{Role: provider.Assistant, Parts: parts}
}

func user(parts ...provider.Part) provider.Message {
	return provider.Message{Role: provider.User, Parts: parts}
}

// F146 F149
func TestGoldenRequests(t *testing.T) {
	half, seed := 0.5, int64(7)
	settings := func(req *provider.Request) *provider.Request {
		req.Settings = provider.Settings{Temperature: &half, TopP: &half, MaxTokens: 100, Seed: &seed, Effort: "low", Stop: []string{"END"}, Cache: true}
		return req
	}
	both := func(model string) *provider.Request {
		req := providertest.ToolsRequest(model)
		req.Output = providertest.Ticket()
		return req
	}
	output := func(schema *provider.Schema) *provider.Request {
		req := providertest.TypedRequest("gemini-3.8-flash")
		req.Output = schema
		return req
	}
	extra := providertest.ToolsRequest("gemini-3.8-flash")
	extra.Extra = map[string]any{
		"toolConfig": map[string]any{"functionCallingConfig": map[string]any{"mode": "ANY"}}, "gemini.generationConfig.topK": 4,
		"gemini.generationConfig.maxOutputTokens": 9, "openai.user": "u", "stream": true,
	}
	extra.Settings.MaxTokens = 300
	media := &provider.Request{Model: "gemini-3.8-flash", Messages: []provider.Message{user(
		provider.Part{Document: &provider.Document{Name: "invoice.pdf", Data: []byte("%PDF-1.7")}},
		provider.Part{Document: &provider.Document{URL: "https://example.com/b", MediaType: "text/plain"}},
		provider.Part{Audio: &provider.Audio{MediaType: "audio/wav", Data: []byte("RIFF")}},
		provider.Part{Image: &provider.Image{URL: "https://example.com/c"}},
		provider.Part{Text: "What is said?"},
	)}}
	closed := both("gemini-2.5-flash")
	closed.Tools, closed.ClosedTools = nil, closed.Tools
	for name, req := range map[string]*provider.Request{
		"text":                providertest.TextRequest("gemini-3.8-flash"),
		"typed":               providertest.TypedRequest("gemini-3.8-flash"),
		"tools":               providertest.ToolsRequest("gemini-3.8-flash"),
		"tools-2-5":           providertest.ToolsRequest("gemini-2.5-pro"),
		"schema-and-tools":    both("gemini-4-argon"),
		"tools-before-schema": both("gemini-2.5-flash"), // F149
		"schema-after-tools":  closed,                   // F149
		"image":               providertest.ImageRequest("gemini-3.8-flash"),
		"media":               media,
		"settings":            settings(providertest.TypedRequest("gemini-3.8-flash")),
		"settings-2-5":        settings(providertest.TextRequest("models/gemini-2.5-flash")),
		"extra":               extra, // F128
		"recursive": output(&provider.Schema{Name: "Node", Strict: true, JSON: `{"$ref":"#/$defs/Node","$defs":{"Node":{"type":"object","properties":{"value":{"type":"integer"},
			"next":{"anyOf":[{"$ref":"#/$defs/Node"},{"type":"null"}]}},"required":["value","next"],"additionalProperties":false}}}`}),
		"map":   output(&provider.Schema{Name: "Counts", JSON: `{"type": "object", "additionalProperties": {"type": "integer", "exclusiveMinimum": 0}}`}),
		"list":  output(&provider.Schema{Name: "Kinds", JSON: `{"type": "array", "items": {"type": "object", "properties": {"kind": {"type": "string", "const": "a"}, "on": {"const": true}, "n": {"type": "integer"}}, "required": ["kind"]}}`}),
		"allOf": output(&provider.Schema{Name: "Both", JSON: `{"allOf": [{"type": "object"}, true]}`}),
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, 200, stop)
			res := providertest.Do(t, at(t, server.URL), req)
			r, body := server.Last()
			require.Equal(t, "POST /v1beta/models/"+strings.TrimPrefix(req.Model, "models/")+":generateContent", r.Method+" "+r.URL.RequestURI())
			require.Equal(t, key, r.Header.Get("X-Goog-Api-Key"))
			require.Empty(t, r.Header.Get("Authorization"))
			require.Equal(t, "application/json", r.Header.Get("Content-Type"))
			providertest.Golden(t, name, body)
			if name == "settings" {
				require.Equal(t, []string{
					"gemini-3.8-flash takes no temperature: 0.5 was left out",
					"gemini-3.8-flash takes no top_p: 0.5 was left out",
				}, res.Warnings)
			} else {
				require.Empty(t, res.Warnings)
			}
		})
	}
}

// What the API refuses is not sent: blank text, contents without parts, names and arguments that another vendor's model made
// up, and a call without a signature.
func TestConversationOfAnotherVendor(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	providertest.Do(t, at(t, server.URL), &provider.Request{Model: "gemini-3.8-flash", System: " ", Messages: []provider.Message{
		providertest.Text("Hello"),
		assistant(text(" \n")),
		providertest.Text("Say something."),
		assistant(
			provider.Part{Vendor: &provider.Vendor{Provider: "anthropic", Data: json.RawMessage(`{"type":"thinking"}`)}},
			call("call:1.é", "0 a/é", `{"broken": `), call("call_2", "b", "")),
		user(provider.Part{ToolResult: &provider.ToolResult{CallID: "call:1.é", Content: "no JSON", IsError: true}}),
		user(text("go on"), provider.Part{ToolResult: &provider.ToolResult{CallID: "call_2"}}),
	}})
	_, body := server.Last()
	providertest.Golden(t, "other-vendor", body)
}

// What an answer has of the vendor's own goes back to the model that made it, and to no other.
func TestWhatIsKeptGoesBack(t *testing.T) {
	answered := piece(`{"text":"hm","thought":true},{"text":"I will look.","thoughtSignature":"c2ln"},{"functionCall":{"id":"c1","name":"lookup_order","args":{"orderID":"4392"}},"thoughtSignature":"c2lnMg=="},
		{"functionCall":{"id":"c2","name":"lookup_order","args":{"orderID":"1"}}},{"executableCode":{"language":"PYTHON","code":"1+1"}},{"text":"","thoughtSignature":"c2lnMw=="}`, "STOP")
	for name, model := range map[string]string{"signatures": "gemini-3.8-flash", "signatures-of-another-model": "gemini-4-argon", "signatures-of-another-model-2-5": "gemini-2.5-pro"} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, 200, answered)
			p := at(t, server.URL)
			req := providertest.TextRequestAfter(1, "gemini-3.8-flash")
			req.Messages = append(req.Messages, assistant(providertest.Do(t, p, req).Parts...), user(
				provider.Part{ToolResult: &provider.ToolResult{CallID: "c1", Name: "lookup_order", Content: `{"n":12345678901234567890}`}},
				provider.Part{ToolResult: &provider.ToolResult{CallID: "c2", Name: "lookup_order", Content: "lost"}}))
			req.Model = model
			providertest.Do(t, p, req)
			_, body := server.Last()
			providertest.Golden(t, name, body)
		})
	}
}

// An answer that stops at the limit of one request goes on in the next one, and comes back whole.
func TestPause(t *testing.T) {
	paused := func(said, token string) string {
		return `{"candidates":[{"content":{"parts":[{"text":"` + said + `"}]},"finishReason":"CONTINUATION","continuationToken":"` + token + `"}]}`
	}
	server := providertest.Serve(t, 200, paused("Once", "dG9r"))
	p := at(t, server.URL)
	req := providertest.TextRequestAfter(1, "gemini-4-argon")
	res := providertest.Do(t, p, req)
	require.Equal(t, provider.FinishPause, res.Finish)
	require.Equal(t, "Once", res.Text())
	req.Messages = append(req.Messages, assistant(res.Parts...))

	server = providertest.Serve(t, 200, paused(" upon", "dG9rMg=="))
	p = at(t, server.URL)
	res = providertest.Do(t, p, req)
	_, body := server.Last()
	require.JSONEq(t, `{"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"continuationToken":"dG9r"}`, string(body))
	require.Equal(t, provider.FinishPause, res.Finish)
	require.Equal(t, "Once upon", res.Text())
	req.Messages = append(req.Messages, assistant(res.Parts...))

	server = providertest.Serve(t, 200, piece(`{"text":" a time"},{"functionCall":{"name":"f"}}`, "STOP"))
	p = at(t, server.URL)
	res = providertest.Do(t, p, req)
	_, body = server.Last()
	require.JSONEq(t, `{"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"continuationToken":"dG9rMg=="}`, string(body))
	require.Equal(t, []provider.Part{text("Once upon a time"), call("call_3_1", "f", "{}")}, res.Parts)

	t.Run("the rest of the conversation has it once", func(t *testing.T) {
		after := *req
		after.Messages = append(after.Messages[:3:3], assistant(res.Parts...), providertest.Text("Go on."))
		providertest.Do(t, p, &after)
		_, body := server.Last()
		require.Equal(t, 1, strings.Count(string(body), "Once"))
		require.NotContains(t, string(body), "continuationToken")
	})
	t.Run("a question instead", func(t *testing.T) {
		after := *req
		after.Messages = append(after.Messages[:2:2], providertest.Text("No more."))
		providertest.Do(t, p, &after)
		_, body := server.Last()
		require.JSONEq(t, `{"contents":[{"role":"user","parts":[{"text":"Hello"}]},{"role":"model","parts":[{"text":"Once"}]},{"role":"user","parts":[{"text":"No more."}]}]}`, string(body))
	})
	t.Run("another model begins anew", func(t *testing.T) {
		after := *req
		after.Model = "gemini-3.8-flash"
		res := providertest.Do(t, p, &after)
		_, body := server.Last()
		require.JSONEq(t, `{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}`, string(body))
		require.Equal(t, " a time", res.Text())
	})
}

// F148 for Gemini, and F153 in part: what the registration says of a model is what its requests do.
func TestModels(t *testing.T) {
	half := 0.5
	registered, ok := provider.Lookup("gemini")
	require.True(t, ok)
	for model, tc := range map[string]struct {
		temperature, both bool
		efforts           map[string]string // what an effort becomes; "" is left out
	}{
		"gemini-2.0-flash":       {true, false, map[string]string{"low": "", "none": ""}},
		"gemini-2.5-pro":         {true, false, map[string]string{"none": "", "minimal": "1024", "low": "1024", "medium": "8192", "high": "24576", "xhigh": ""}},
		"gemini-2.5-flash":       {true, false, map[string]string{"none": "0"}},
		"gemini-3-pro-preview":   {true, true, map[string]string{"minimal": "", "low": "LOW", "medium": "", "high": "HIGH"}},
		"gemini-3-flash-preview": {true, true, map[string]string{"Minimal": "MINIMAL", "medium": "MEDIUM"}},
		"gemini-3.1-pro-preview": {true, true, map[string]string{"minimal": "", "medium": "MEDIUM"}},
		"gemini-3.5-flash":       {true, true, map[string]string{"minimal": "MINIMAL"}},
		"gemini-3.5-flash-lite":  {false, true, map[string]string{"minimal": "MINIMAL"}},
		"gemini-3.8-flash":       {false, true, map[string]string{"minimal": "", "none": "", "high": "HIGH"}},
		"gemini-4-argon":         {false, true, map[string]string{"minimal": "", "low": "LOW", "max": ""}},
		"gemini-flash-latest":    {false, true, map[string]string{"low": "LOW"}},
		"gemma-4-31b-it":         {true, true, nil},
		"tunedModels/mine":       {true, true, nil},
	} {
		t.Run(model, func(t *testing.T) {
			can := registered.Capabilities(model)
			require.Equal(t, tc.temperature, can.Temperature)
			require.Equal(t, tc.both, can.SchemaWithTools)
			require.True(t, can.Tools && can.Schema && can.Images && can.Documents && can.Audio && can.Stream)
			server := providertest.Serve(t, 200, stop)
			p := at(t, server.URL)
			req := providertest.TypedRequest(model)
			req.Tools = []provider.Tool{providertest.Search()}
			req.Settings.Temperature = &half
			res := providertest.Do(t, p, req)
			_, body := server.Last()
			require.Equal(t, tc.temperature, strings.Contains(string(body), `"temperature":0.5`))
			require.Equal(t, tc.temperature, len(res.Warnings) == 0)
			require.Equal(t, tc.both, strings.Contains(string(body), "responseJsonSchema"))
			for effort, want := range tc.efforts {
				req := providertest.TypedRequest(model)
				req.Settings.Effort = effort
				res := providertest.Do(t, p, req)
				_, body := server.Last()
				switch {
				case want == "":
					require.NotContains(t, string(body), "thinking", effort)
					require.Equal(t, []string{model + " takes no effort of that name: " + effort + " was left out"}, res.Warnings)
				case want[0] <= '9':
					require.Contains(t, string(body), `"thinkingConfig":{"thinkingBudget":`+want+`}`, effort)
				default:
					require.Contains(t, string(body), `"thinkingConfig":{"thinkingLevel":"`+want+`"}`, effort)
				}
			}
		})
	}
	for model, tools := range map[string]bool{"gemini-2.5-flash-image": false, "gemini-3-pro-image-preview": false, "gemini-2.5-flash-preview-tts": false} {
		can := registered.Capabilities(model)
		require.Equal(t, tools, can.Tools, model)
		require.Equal(t, model == "gemini-3-pro-image-preview", can.Schema, model)
	}
}

func TestAddresses(t *testing.T) {
	for model, want := range map[string]string{
		"gemini-3.8-flash":        "/v1beta/models/gemini-3.8-flash:generateContent",
		"models/gemini-3.8-flash": "/v1beta/models/gemini-3.8-flash:generateContent",
		"tunedModels/mine":        "/v1beta/tunedModels/mine:generateContent",
		"a/b?c #":                 "/v1beta/models/a%2Fb%3Fc%20%23:generateContent",
		"..":                      "/v1beta/models/..:generateContent",
	} {
		server := providertest.Serve(t, 200, stop)
		providertest.Do(t, at(t, server.URL), providertest.TextRequest(model))
		r, _ := server.Last()
		require.Equal(t, want, r.URL.RequestURI())
	}
	server := providertest.Serve(t, 200, stop)
	providertest.Do(t, at(t, server.URL+"/gateway?team=a"), providertest.TextRequest("gemini-3.8-flash"))
	r, _ := server.Last()
	require.Equal(t, "/gateway/v1beta/models/gemini-3.8-flash:generateContent?team=a", r.URL.RequestURI())
}

// F31
func TestConfiguration(t *testing.T) {
	nan := math.NaN()
	for name, tc := range map[string]struct {
		key, base, setting, says string
		change                   func(*provider.Request)
	}{
		"no key":         {setting: "GEMINI_API_KEY, GOOGLE_API_KEY", says: "set GEMINI_API_KEY or GOOGLE_API_KEY (or GEMINI_BASE_URL, for a server that needs none)"},
		"control in key": {key: "k\x01", setting: "GEMINI_API_KEY, GOOGLE_API_KEY"},
		"base is no URL": {key: key, base: "localhost:8080", setting: "GEMINI_BASE_URL"},
		"not a number":   {key: key, setting: "temperature", change: func(r *provider.Request) { r.Settings.Temperature = &nan }},
		"extra no JSON":  {key: key, setting: "topK", change: func(r *provider.Request) { r.Extra = map[string]any{"gemini.generationConfig.topK": func() {}} }},
		"a model that can": {key: key, setting: "model", change: func(r *provider.Request) {
			r.Model, r.Messages = "gemini-2.5-pro-tts", providertest.ImageRequest("").Messages
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GEMINI_API_KEY", tc.key)
			t.Setenv("GOOGLE_API_KEY", "")
			t.Setenv("GEMINI_BASE_URL", tc.base)
			t.Setenv("GOOGLE_GEMINI_BASE_URL", "")
			p, err := gemini.New(provider.Config{})
			require.NoError(t, err, "New checks no credential")
			req := providertest.TypedRequest("gemini-2.5-pro")
			if tc.change != nil {
				tc.change(req)
			}
			_, err = p.Do(t.Context(), req, nil)
			var ce *provider.ConfigError
			require.ErrorAs(t, err, &ce)
			require.Equal(t, tc.setting, ce.Setting)
			require.Contains(t, ce.Error(), "gemini: ")
			require.Contains(t, ce.Error(), tc.says)
		})
	}
	t.Run("the SDK's variables", func(t *testing.T) {
		server := providertest.Serve(t, 200, stop)
		p := at(t, "")
		t.Setenv("GEMINI_API_KEY", " ")
		t.Setenv("GOOGLE_API_KEY", "k2")
		t.Setenv("GOOGLE_GEMINI_BASE_URL", server.URL)
		providertest.Do(t, p, providertest.TextRequest("gemini-3.8-flash"))
		r, _ := server.Last()
		require.Equal(t, "k2", r.Header.Get("X-Goog-Api-Key"))

		t.Setenv("GOOGLE_API_KEY", "")
		providertest.Do(t, p, providertest.TextRequest("gemini-3.8-flash"))
		r, _ = server.Last()
		require.Empty(t, r.Header.Values("X-Goog-Api-Key"), "a server of one's own needs none")

		t.Setenv("GOOGLE_GEMINI_BASE_URL", "nowhere")
		_, err := p.Do(t.Context(), providertest.TextRequest("gemini-3.8-flash"), nil)
		require.ErrorContains(t, err, "GOOGLE_GEMINI_BASE_URL is not an http or https URL")
	})
}

// Another server that speaks the API has a prefix, a base URL and a key of its own.
func TestRegister(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	t.Setenv("GEMINI_API_KEY", key)
	t.Setenv("GEMINI_BASE_URL", "http://elsewhere.test")
	eu, variable := providertest.Prefix("vertex-eu")
	t.Setenv(variable+"_API_KEY", "")
	require.NoError(t, gemini.Register(provider.Endpoint{Prefix: eu, BaseURL: server.URL}))
	registered, ok := provider.Lookup(eu)
	require.True(t, ok)
	p, err := registered.New(provider.Config{})
	require.NoError(t, err)
	providertest.Do(t, p, providertest.TextRequest("gemini-3.8-flash"))
	r, _ := server.Last()
	require.Equal(t, "/v1beta/models/gemini-3.8-flash:generateContent", r.URL.Path)
	require.Empty(t, r.Header.Get("X-Goog-Api-Key"), "another server's key")
	require.Error(t, gemini.Register(provider.Endpoint{Prefix: eu}))
}

// What is said of a server's models counts for its requests, whatever is known of a model of that name.
func TestRegisteredCapabilities(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	send := func(can provider.Capabilities, req *provider.Request) (warnings []string, sent string) {
		prefix, _ := providertest.Prefix("vertex")
		require.NoError(t, gemini.Register(provider.Endpoint{Prefix: prefix, BaseURL: server.URL, Capabilities: func(string) provider.Capabilities { return can }}))
		registered, _ := provider.Lookup(prefix)
		p, err := registered.New(provider.Config{})
		require.NoError(t, err)
		warnings = providertest.Do(t, p, req).Warnings
		_, body := server.Last()
		return warnings, string(body)
	}
	req := providertest.TypedRequest("gemini-2.5-pro")
	req.Settings = provider.Settings{Temperature: new(0.5)}
	warnings, sent := send(provider.Capabilities{}, req)
	require.Equal(t, []string{"gemini-2.5-pro takes no temperature: 0.5 was left out"}, warnings)
	require.NotContains(t, sent, "generationConfig")

	req.Tools = []provider.Tool{providertest.LookupOrder()}
	_, sent = send(provider.Capabilities{Tools: true, Schema: true, SchemaWithTools: true}, req)
	require.Contains(t, sent, "responseJsonSchema")
}

func TestSeedOf64Bits(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	req := providertest.TextRequest("gemini-3.8-flash")
	seed := int64(math.MaxInt32) + 1
	req.Settings.Seed = &seed
	res := providertest.Do(t, at(t, server.URL), req)
	_, body := server.Last()
	require.NotContains(t, string(body), "seed")
	require.Equal(t, []string{"gemini-3.8-flash takes no seed of more than 32 bits: 2147483648 was left out"}, res.Warnings)
}

// What the API does not take is refused before anything is sent.
func TestFilesThatAreNotTaken(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	p := at(t, server.URL)
	ask := func(part provider.Part) *provider.Request {
		return &provider.Request{Model: "gemini-3.8-flash", Messages: []provider.Message{user(part)}}
	}
	word := "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	for setting, list := range map[string][]provider.Part{
		"image":    {{Image: &provider.Image{MediaType: "image/gif", Data: []byte("GIF89a")}}, {Image: &provider.Image{Data: []byte("not a picture")}}},
		"audio":    {{Audio: &provider.Audio{Data: []byte("no sound")}}, {Audio: &provider.Audio{MediaType: "video/mp4", Data: []byte("x")}}},
		"document": {{Document: &provider.Document{MediaType: word, Data: []byte("PK")}}, {Document: &provider.Document{MediaType: word, URL: "https://example.com/a"}}},
	} {
		for _, part := range list {
			require.ErrorContains(t, providertest.Refused(t, p, ask(part), setting), "is not taken: Gemini takes ")
		}
	}
	require.Zero(t, server.Count())

	for _, tc := range []struct {
		part provider.Part
		kind string
	}{
		{provider.Part{Audio: &provider.Audio{Data: []byte("RIFF\x00\x00\x00\x00WAVEfmt ")}}, "audio/wav"},
		{provider.Part{Audio: &provider.Audio{MediaType: "audio/x-wav", Data: []byte("x")}}, "audio/wav"},
		{provider.Part{Audio: &provider.Audio{Data: []byte("OggS\x00")}}, "audio/ogg"},
		{provider.Part{Image: &provider.Image{MediaType: "image/jpg", Data: []byte("x")}}, "image/jpeg"},
		{provider.Part{Document: &provider.Document{MediaType: "application/json", Data: []byte("{}")}}, "application/json"},
		{provider.Part{Document: &provider.Document{MediaType: "video/mp4", URL: "https://example.com/a"}}, "video/mp4"},
	} {
		providertest.Do(t, p, ask(tc.part))
		_, body := server.Last()
		require.Contains(t, string(body), `"mimeType":"`+tc.kind+`"`)
	}
}

// F128
func TestToolOptionsGoOnlyWithTools(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	req := providertest.TextRequest("gemini-3.8-flash")
	req.Extra = map[string]any{"toolConfig": map[string]any{}, "gemini.generationConfig": map[string]any{"topK": 1}, "gemini.generationConfig.seed": 2}
	providertest.Do(t, at(t, server.URL), req)
	_, body := server.Last()
	require.NotContains(t, string(body), "toolConfig")
	require.Contains(t, string(body), `"generationConfig":{"topK":1}`, "an object of the caller's stands for all of it")
	require.NotContains(t, string(body), "seed")
}
