package openai_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
	"github.com/alloygen/alloygen/runtime/provider/openai"
)

const (
	key    = "sk-test-0123456789abcdef"
	stop   = `{"id":"c1","model":"gpt-5-mini-2025","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":1}}}`
	secret = "[redacted]"
)

// at returns a provider that sends its requests to the base URL.
func at(t testing.TB, base string) provider.Provider {
	t.Setenv("OPENAI_BASE_URL", base)
	t.Setenv("OPENAI_API_KEY", key)
	p, err := openai.New(provider.Config{})
	require.NoError(t, err)
	return p
}

// F146 F148
func TestGoldenRequests(t *testing.T) {
	half, seed := 0.5, int64(7)
	settings := func(req *provider.Request) *provider.Request {
		req.Settings = provider.Settings{Temperature: &half, TopP: &half, MaxTokens: 100, Seed: &seed, Effort: "low", Stop: []string{"END"}}
		return req
	}
	extra := providertest.ToolsRequest("gpt-4.1")
	extra.Extra = map[string]any{
		"tool_choice": "required", "user": "u1", "openai.service_tier": "flex", "anthropic.container": "c", "openai.api": "chat",
		"temperature": 0.1, "stream": true,
	}
	recursive := providertest.TypedRequest("gpt-5")
	recursive.Output = &provider.Schema{Name: "Node[int]", Strict: true, JSON: `{"$ref":"#/$defs/Node","$defs":{"Node":{"type":"object","properties":{"value":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/Node"},{"type":"null"}]}},"required":["value","next"],"additionalProperties":false}}}`}
	loose := providertest.TypedRequest("gpt-5")
	loose.Output = &provider.Schema{Name: "Counts", JSON: `{"type": "object", "additionalProperties": {"type": "integer"}}`}
	for name, req := range map[string]*provider.Request{
		"text":      providertest.TextRequest("gpt-5-mini"),
		"typed":     providertest.TypedRequest("gpt-5-mini"),
		"tools":     providertest.ToolsRequest("gpt-5-mini"),
		"image":     providertest.ImageRequest("gpt-5-mini"),
		"settings":  settings(providertest.TextRequest("gpt-4.1")),
		"reasoning": settings(providertest.TextRequest("o3-mini")), // F148
		"extra":     extra,                                         // F128
		"recursive": recursive,
		"map":       loose,
		"document":  providertest.DocumentRequest("gpt-5-mini"),
		"audio":     providertest.AudioRequest("gpt-audio"),
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, 200, stop)
			res := providertest.Do(t, at(t, server.URL+"/v1"), req)
			r, body := server.Last()
			require.Equal(t, "POST /v1/chat/completions", r.Method+" "+r.URL.Path)
			require.Equal(t, "Bearer "+key, r.Header.Get("Authorization"))
			require.Equal(t, "application/json", r.Header.Get("Content-Type"))
			providertest.Golden(t, name, body)
			if name == "settings" {
				require.Equal(t, []string{"gpt-4.1 takes no effort: low was left out"}, res.Warnings)
			}
		})
	}
}

// F148
func TestReasoningModelsTakeNoTemperature(t *testing.T) {
	half := 0.5
	for model, dropped := range map[string]bool{
		"gpt-5-mini": true, "gpt-5": true, "gpt-5.1-2025-11-13": true, "gpt-6-sol": true, "o1": true, "o3-mini": true, "o4-mini": true,
		"openai/gpt-5": true, "gpt-4.1": false, "gpt-4o": false, "gpt-5-chat-latest": false, "llama3.2": false, "omni": false,
	} {
		t.Run(model, func(t *testing.T) {
			server := providertest.Serve(t, 200, stop)
			req := providertest.TypedRequest(model)
			req.Settings = provider.Settings{Temperature: &half, MaxTokens: 5, Stop: []string{"END"}}
			res := providertest.Do(t, at(t, server.URL), req)
			_, body := server.Last()
			if dropped {
				require.NotContains(t, string(body), "temperature")
				require.Contains(t, string(body), `"max_completion_tokens":5`)
				require.NotContains(t, string(body), "stop")
				require.Equal(t, []string{model + " takes no temperature: 0.5 was left out", model + ` takes no stop sequences: ["END"] was left out`}, res.Warnings)
			} else {
				require.Contains(t, string(body), `"temperature":0.5`)
				require.Contains(t, string(body), `"stop":["END"]`)
				require.Contains(t, string(body), map[bool]string{true: `"max_completion_tokens":5`, false: `"max_tokens":5`}[strings.HasPrefix(model, "gpt-5")])
				require.Empty(t, res.Warnings)
			}
			registered, _ := provider.Lookup("openai")
			require.Equal(t, !dropped, registered.Capabilities(model).Temperature)
		})
	}
}

// X52, X53: what a model called wrongly goes back in a form that servers take: OpenAI checks the name, vLLM reads the arguments.
func TestWrongCallsGoBack(t *testing.T) {
	req := providertest.ToolsRequest("gpt-5")
	for i, wrong := range []provider.ToolCall{{Name: "functions.look up", Arguments: `{"broken": `}, {Name: "", Arguments: ""}} {
		wrong.ID = req.Messages[1].Parts[i+1].ToolCall.ID
		req.Messages[1].Parts[i+1].ToolCall = &wrong
	}
	server := providertest.Serve(t, 200, stop)
	providertest.Do(t, at(t, server.URL), req)
	_, body := server.Last()
	require.Contains(t, string(body), `{"name":"functions_look_up","arguments":"{\"arguments\":\"{\\\"broken\\\": \"}"}`)
	require.Contains(t, string(body), `{"name":"unnamed","arguments":"{}"}`)
}

// A word for the effort that a model does not know is left out, in both APIs.
func TestEfforts(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	p := at(t, server.URL)
	for model, words := range map[string]string{
		"o3":                "low medium high",
		"gpt-5":             "minimal low medium high",
		"gpt-5-mini":        "minimal low medium high",
		"gpt-5.1":           "none low medium high",
		"gpt-5.1-codex-max": "none low medium high xhigh",
		"gpt-5.2":           "none low medium high xhigh",
		"openai/gpt-5.6":    "none low medium high xhigh max",
		"gpt-4.1":           "",
		"deepseek-v4":       "none minimal low medium high xhigh max",
	} {
		for _, word := range []string{"none", "minimal", "low", "medium", "high", "xhigh", "max"} {
			req := providertest.TextRequestAfter(1, model)
			req.Settings.Effort = word
			res := providertest.Do(t, p, req)
			_, body := server.Last()
			known := slices.Contains(strings.Fields(words), word)
			require.Equal(t, known, strings.Contains(string(body), `"reasoning_effort":"`+word+`"`), "%s %s", model, word)
			require.Equal(t, known, len(res.Warnings) == 0, "%s %s", model, word)
		}
	}
}

// F128
func TestToolOptionsGoOnlyWithTools(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	req := providertest.TypedRequest("gpt-5")
	req.Extra = map[string]any{"tool_choice": "auto", "parallel_tool_calls": false}
	p := at(t, server.URL)
	providertest.Do(t, p, req)
	_, body := server.Last()
	require.NotContains(t, string(body), "tool_choice")
	require.NotContains(t, string(body), "parallel_tool_calls")

	req.Tools = []provider.Tool{providertest.Search()}
	providertest.Do(t, p, req)
	_, body = server.Last()
	require.Contains(t, string(body), `"tool_choice":"auto"`)
	require.Contains(t, string(body), `"parallel_tool_calls":false`)
}

// F31
func TestConfiguration(t *testing.T) {
	nan := math.NaN()
	for name, tc := range map[string]struct {
		key, base, setting string
		change             func(*provider.Request)
	}{
		"no key":           {setting: "OPENAI_API_KEY"},
		"control in key":   {key: "sk-\x01", setting: "OPENAI_API_KEY"},
		"base is no URL":   {key: key, base: "localhost:8080", setting: "OPENAI_BASE_URL"},
		"base has no host": {key: key, base: "http://", setting: "OPENAI_BASE_URL"},
		"not a number":     {key: key, setting: "temperature", change: func(r *provider.Request) { r.Settings.Temperature = &nan }},
		"extra no JSON":    {key: key, setting: "f", change: func(r *provider.Request) { r.Extra = map[string]any{"f": func() {}} }},
		"other API":        {key: key, setting: "openai.api", change: func(r *provider.Request) { r.Extra = map[string]any{"openai.api": "completions"} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OPENAI_API_KEY", tc.key)
			t.Setenv("OPENAI_BASE_URL", tc.base)
			p, err := openai.New(provider.Config{})
			require.NoError(t, err, "New checks no credential")
			req := providertest.TypedRequest("gpt-4.1")
			if tc.change != nil {
				tc.change(req)
			}
			_, err = p.Do(t.Context(), req, nil)
			var ce *provider.ConfigError
			require.ErrorAs(t, err, &ce)
			require.Equal(t, tc.setting, ce.Setting)
			require.Contains(t, ce.Error(), "openai: ")
		})
	}
}

func TestServerOfOnesOwnNeedsNoKey(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	p := at(t, server.URL)
	t.Setenv("OPENAI_API_KEY", "")
	providertest.Do(t, p, providertest.TextRequest("llama"))
	r, _ := server.Last()
	require.Empty(t, r.Header.Values("Authorization"))

	t.Setenv("OPENAI_API_KEY", " sk-new\n") // read again, without the white space of a file
	providertest.Do(t, p, providertest.TextRequest("llama"))
	r, _ = server.Last()
	require.Equal(t, "Bearer sk-new", r.Header.Get("Authorization"))
}

// What a base URL has in its path stays as it is, but for a slash at its end.
func TestBaseURLs(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	for base, want := range map[string]string{
		"":                               "/chat/completions",
		"/":                              "/chat/completions",
		"/v1/":                           "/v1/chat/completions",
		"/v1?api-version=1#top":          "/v1/chat/completions?api-version=1",
		"/group%2Fproject/v1":            "/group%2Fproject/v1/chat/completions",
		"/proxy/https://api.example/v1/": "/proxy/https://api.example/v1/chat/completions",
	} {
		providertest.Do(t, at(t, server.URL+base), providertest.TextRequest("gpt-5"))
		r, _ := server.Last()
		require.Equal(t, want, r.RequestURI, base)
	}
}

// F155: one client, one connection.
func TestConnectionsAreReused(t *testing.T) {
	opened := map[string]bool{}
	server := providertest.Serve(t, 200, stop)
	p := at(t, server.URL)
	for range 3 {
		providertest.Do(t, p, providertest.TypedRequest("gpt-5"))
		r, _ := server.Last()
		opened[r.RemoteAddr] = true
	}
	require.Len(t, opened, 1)
}

// A model older than structured output refuses the option; the runtime tells it the shape in the system prompt.
func TestOlderModelsGetNoSchema(t *testing.T) {
	for model, older := range map[string]bool{"gpt-4": true, "gpt-4-turbo": true, "gpt-3.5-turbo": true, "gpt-4o": false, "gpt-4.1": false, "gpt-4x": false} {
		server := providertest.Serve(t, 200, stop)
		providertest.Do(t, at(t, server.URL), providertest.TypedRequest(model))
		_, body := server.Last()
		require.Equal(t, !older, strings.Contains(string(body), "response_format"), model)
	}
}

// What a model or the API does not take is refused before anything is sent.
func TestPartsThatAreNotTaken(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	p := at(t, server.URL)
	providertest.Refused(t, p, providertest.ImageRequest("gpt-3.5-turbo"), "model")
	providertest.Refused(t, p, providertest.DocumentRequest("gpt-4-turbo"), "model")
	providertest.Refused(t, p, providertest.DocumentRequest("o3-mini"), "model")
	providertest.Refused(t, p, providertest.AudioRequest("gpt-5"), "model")
	byAddress := providertest.DocumentRequest("gpt-5")
	byAddress.Messages[0].Parts[0].Document = &provider.Document{URL: "https://example.com/a.pdf"}
	require.ErrorContains(t, providertest.Refused(t, p, byAddress, "openai.api"), "Responses")
	byAddress.Messages[0].Parts[0].Document = &provider.Document{MediaType: "text/csv", Data: []byte("a,b")}
	require.ErrorContains(t, providertest.Refused(t, p, byAddress, "openai.api"), "and no text/csv: give the document as text")
	flac := providertest.AudioRequest("gpt-audio")
	flac.Messages[0].Parts[0].Audio.MediaType = "audio/flac"
	require.ErrorContains(t, providertest.Refused(t, p, flac, "model"), "WAV and MP3, and no audio/flac")
	_, _, err := providertest.Collect(p, providertest.TextRequest("o1-pro")) // F132
	require.ErrorContains(t, err, "the model o1-pro cannot stream its answer")
	require.Zero(t, server.Count())
}

func TestAudioFormats(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	p := at(t, server.URL)
	for kind, format := range map[string]string{
		"audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/vnd.wave; codecs=1": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3",
		"audio/x-flac": "flac", "": "wav", // by its first bytes
	} {
		req := providertest.AudioRequest("whoever-hears")
		req.Messages[0].Parts[0].Audio = &provider.Audio{MediaType: kind, Data: []byte("RIFF\x04\x00\x00\x00WAVE")}
		providertest.Do(t, p, req)
		_, body := server.Last()
		require.Contains(t, string(body), `"format":"`+format+`"`, kind)
	}
}

// Settings.Cache: the vendor caches by itself, and nothing is sent.
func TestCacheSendsNothing(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	p := at(t, server.URL)
	req := providertest.TextRequest("gpt-4.1")
	providertest.Do(t, p, req)
	_, plain := server.Last()
	req.Settings.Cache = true
	require.Empty(t, providertest.Do(t, p, req).Warnings)
	_, cached := server.Last()
	require.Equal(t, string(plain), string(cached))
}

// A type that a caller has from elsewhere cannot break out of its string.
func TestTypesAreEscaped(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	req := providertest.DocumentRequest("whoever-reads")
	req.Messages[0].Parts[0].Document.MediaType = `application/pdf","x":"`
	providertest.Do(t, at(t, server.URL), req)
	_, body := server.Last()
	require.True(t, json.Valid(body), "%s", body)
	require.NotContains(t, string(body), `"x":`)
}
