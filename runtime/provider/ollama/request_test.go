package ollama_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
	"github.com/alloygen/alloygen/runtime/provider/ollama"
)

const stop = `{"model":"llama3.2","created_at":"2026-11-25T09:00:00.0Z","message":{"role":"assistant","content":"Hi"},"done":true,"done_reason":"stop","total_duration":4883583458,"load_duration":1334875,"prompt_eval_count":26,"prompt_eval_duration":342546000,"eval_count":282,"eval_duration":4535599000}`

// at returns a provider that sends its requests to the base URL.
func at(t testing.TB, base string) provider.Provider {
	t.Setenv("OLLAMA_BASE_URL", base)
	t.Setenv("OLLAMA_API_KEY", "")
	p, err := ollama.New(provider.Config{})
	require.NoError(t, err)
	return p
}

func assistant(parts ...provider.Part) provider.Message {
	return provider.Message{Role: provider.Assistant, Parts: parts}
}

func user(parts ...provider.Part) provider.Message {
	return provider.Message{Role: provider.User, Parts: parts}
}

// F146 F150
func TestGoldenRequests(t *testing.T) {
	half, seed := 0.5, int64(math.MaxInt64)
	settings := providertest.TextRequest("qwen3:8b")
	settings.Settings = provider.Settings{Temperature: &half, TopP: &half, MaxTokens: 100, Seed: &seed, Effort: "low", Stop: []string{"END"}, Cache: true}
	levels := providertest.TypedRequest("gpt-oss:20b")
	levels.Settings.Effort = "High"
	both := providertest.ToolsRequest("llama3.2")
	both.Output = providertest.Ticket()
	closed := providertest.ToolsRequest("llama3.2")
	closed.Tools, closed.ClosedTools, closed.Output = nil, closed.Tools, both.Output
	output := func(schema string) *provider.Request {
		req := providertest.TypedRequest("llama3.2")
		req.Output = &provider.Schema{Name: "T", JSON: schema}
		return req
	}
	input := &provider.Request{Model: "llama3.2", Messages: []provider.Message{providertest.Text("Hi")}, Tools: []provider.Tool{
		{Name: "order", Input: &provider.Schema{JSON: `{"type":"object","properties":{
			"to":{"$ref":"#/$defs/Customer","description":"who gets it"},"tree":{"$ref":"#/$defs/Tree"},"gone":{"$ref":"#/$defs/Gone"}},"required":["to"],
			"$defs":{"Customer":{"type":"object","description":"A customer.","properties":{"name":{"$ref":"#/$defs/Name"}}},"Name":{"type":"string"},
			"Tree":{"type":"object","properties":{"left":{"$ref":"#/$defs/Tree"},"all":{"type":"array","items":{"$ref":"#/$defs/Tree"}}}}}}`}},
		{Name: "now"},
	}}
	extra := providertest.TextRequest("llama3.2")
	extra.Extra = map[string]any{"ollama.options.num_ctx": 8192, "ollama.options.num_predict": 9, "ollama.truncate": true, "keep_alive": "5m", "openai.user": "u", "stream": true}
	for name, req := range map[string]*provider.Request{
		"text":          providertest.TextRequest("llama3.2"),
		"typed":         providertest.TypedRequest("hf.co/unsloth/x:Q4_K_M"),
		"tools":         providertest.ToolsRequest("llama3.2"),
		"tools-now":     both, // a schema would forbid the calls
		"tools-no-more": closed,
		"input":         input,
		"image": {Model: "llava", Messages: []provider.Message{user(provider.Part{Text: "What "}, provider.Part{Image: &provider.Image{Data: providertest.PNG}}, provider.Part{Text: "differs?"},
			provider.Part{Image: &provider.Image{MediaType: "image/png", Data: providertest.PNG}})}},
		"settings": settings,
		"levels":   levels,
		"extra":    extra, // F128
		"patterns": output(`{"type":"object","properties":{"a":{"type":"string","pattern":"[0-9]+"},"b":{"type":"string","pattern":"^\\d$"},"c":{"type":"string","pattern":"^(a|b\\.)[0-9]{2}$"},
			"d":{"type":"string","maxLength":9000},"e":{"type":"string","format":"uri"},"f":{"type":"string","pattern":"^a\\$"}},"additionalProperties":{"type":"integer"}}`),
		"any": output(`{"type":"object","properties":{"a":true}}`),
		"other-vendor": {Model: "llama3.2", Messages: []provider.Message{
			assistant(provider.Part{Vendor: &provider.Vendor{Provider: "anthropic", Data: []byte(`{"thinking":"no"}`)}}, call("c1", "f", `{"broken": `), call("c2", "g", "")),
			user(provider.Part{ToolResult: &provider.ToolResult{CallID: "c1", Content: "no JSON", IsError: true}}, provider.Part{ToolResult: &provider.ToolResult{CallID: "c2", Content: "2"}}, text("go on")),
			assistant(provider.Part{Vendor: &provider.Vendor{Provider: "ollama", Data: []byte(`{"thinking":"hm"}`)}}, text("a"), text("b")),
			user(),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, 200, stop)
			res := providertest.Do(t, at(t, server.URL), req)
			r, body := server.Last()
			require.Equal(t, "POST /api/chat", r.Method+" "+r.URL.RequestURI())
			require.Empty(t, r.Header.Values("Authorization"), "no key is needed")
			require.Equal(t, "application/json", r.Header.Get("Content-Type"))
			require.Empty(t, res.Warnings)
			providertest.Golden(t, name, body)
		})
	}
}

func TestEfforts(t *testing.T) {
	for _, tc := range []struct{ model, effort, want string }{
		{"qwen3", "", ""}, {"qwen3", "none", "false"}, {"qwen3", "xhigh", "true"},
		{"gpt-oss:120b-cloud", "medium", `"medium"`}, {"hf.co/unsloth/gpt-oss-20b-GGUF", "low", `"low"`}, {"gpt-oss", "none", "left out"},
		{"llama3.2:3b", "high", "left out"}, {"llama3.2", "none", ""}, {"mine/llama3.2", "high", "true"},
	} {
		server := providertest.Serve(t, 200, stop)
		req := providertest.TextRequest(tc.model)
		req.Settings.Effort = tc.effort
		res := providertest.Do(t, at(t, server.URL), req)
		_, body := server.Last()
		switch tc.want {
		case "", "left out":
			require.NotContains(t, string(body), "think")
			require.Equal(t, tc.want == "", len(res.Warnings) == 0)
		default:
			require.Contains(t, string(body), `"think":`+tc.want)
		}
	}
}

// F150: the forms of the host, as Ollama's own client reads them.
func TestHosts(t *testing.T) {
	for host, want := range map[string]string{
		"":                           "http://127.0.0.1:11434/api/chat",
		" \" 1.2.3.4 \" ":            "http://1.2.3.4:11434/api/chat",
		"'1.2.3.4'":                  "http://1.2.3.4:11434/api/chat",
		":1234":                      "http://127.0.0.1:1234/api/chat",
		"1.2.3.4:1234":               "http://1.2.3.4:1234/api/chat",
		"0.0.0.0":                    "http://127.0.0.1:11434/api/chat",
		"0.0.0.0:1234":               "http://127.0.0.1:1234/api/chat",
		"example.com":                "http://example.com:11434/api/chat",
		"example.com:1234":           "http://example.com:1234/api/chat",
		":66000":                     "http://127.0.0.1:11434/api/chat",
		":-1":                        "http://127.0.0.1:11434/api/chat",
		"[::1]":                      "http://[::1]:11434/api/chat",
		"::1":                        "http://[::1]:11434/api/chat",
		"[::]":                       "http://[::1]:11434/api/chat",
		"[::1]:1337":                 "http://[::1]:1337/api/chat",
		"http://1.2.3.4":             "http://1.2.3.4:80/api/chat",
		"https://1.2.3.4":            "https://1.2.3.4:443/api/chat",
		"https://1.2.3.4:4321":       "https://1.2.3.4:4321/api/chat",
		"https://example.com/ollama": "https://example.com:443/ollama/api/chat",
		"ollama.com":                 "https://ollama.com:443/api/chat",
		"https://me:p%40ss@a.corp/o": "https://me:p%40ss@a.corp:443/o/api/chat",
		"http://me:pass@a.corp:8080": "http://me:pass@a.corp:8080/api/chat",
	} {
		for _, variable := range []string{"OLLAMA_HOST", "OLLAMA_BASE_URL"} {
			t.Run(variable+"="+host, func(t *testing.T) {
				t.Setenv("OLLAMA_HOST", "")
				t.Setenv("OLLAMA_BASE_URL", "")
				t.Setenv(variable, host)
				require.Equal(t, want, asked(t))
			})
		}
	}
	t.Run("the base URL wins", func(t *testing.T) {
		t.Setenv("OLLAMA_HOST", "0.0.0.0")
		t.Setenv("OLLAMA_BASE_URL", "http://gateway:1")
		require.Equal(t, "http://gateway:1/api/chat", asked(t))
	})
	t.Run("no URL", func(t *testing.T) {
		t.Setenv("OLLAMA_BASE_URL", "")
		t.Setenv("OLLAMA_HOST", "unix:///run/ollama.sock")
		p, err := ollama.New(provider.Config{})
		require.NoError(t, err)
		_, err = p.Do(t.Context(), providertest.TextRequest("llama3.2"), nil)
		var ce *provider.ConfigError
		require.ErrorAs(t, err, &ce)
		require.Equal(t, "OLLAMA_HOST", ce.Setting)
	})
}

func TestKey(t *testing.T) {
	server := providertest.Serve(t, 200, stop)
	p := at(t, server.URL)
	t.Setenv("OLLAMA_API_KEY", " secret-key\n")
	providertest.Do(t, p, providertest.TextRequest("gpt-oss:120b"))
	r, _ := server.Last()
	require.Equal(t, "Bearer secret-key", r.Header.Get("Authorization"))
}

// What the API has no place for is refused before anything is sent.
func TestRefused(t *testing.T) {
	nan := math.NaN()
	for name, tc := range map[string]struct {
		setting string
		change  func(*provider.Request)
	}{
		"a picture's address": {"image", func(r *provider.Request) { r.Messages = providertest.ImageRequest("").Messages }},
		"a document": {"model", func(r *provider.Request) {
			r.Messages = []provider.Message{user(provider.Part{Document: &provider.Document{Data: []byte("%PDF")}})}
		}},
		"a recording": {"model", func(r *provider.Request) {
			r.Messages = []provider.Message{user(provider.Part{Audio: &provider.Audio{Data: []byte("RIFF")}})}
		}},
		"a model that sees nothing": {"model", func(r *provider.Request) {
			r.Model, r.Messages = "llama3.2:3b", []provider.Message{user(provider.Part{Image: &provider.Image{Data: providertest.PNG}})}
		}},
		"not a number":  {"temperature", func(r *provider.Request) { r.Settings.Temperature = &nan }},
		"extra no JSON": {"num_ctx", func(r *provider.Request) { r.Extra = map[string]any{"ollama.options.num_ctx": func() {}} }},
	} {
		t.Run(name, func(t *testing.T) {
			server := providertest.Serve(t, 200, stop)
			req := providertest.TextRequest("my-model")
			tc.change(req)
			_, err := at(t, server.URL).Do(t.Context(), req, nil)
			var ce *provider.ConfigError
			require.ErrorAs(t, err, &ce)
			require.Equal(t, tc.setting, ce.Setting)
			require.Contains(t, ce.Error(), "ollama: ")
			require.Zero(t, server.Count())
		})
	}
}

// F153 in part
func TestCapabilities(t *testing.T) {
	registered, ok := provider.Lookup("ollama")
	require.True(t, ok)
	require.Empty(t, registered.Credentials)
	for model, want := range map[string]string{ // tools, images
		"llama3.2": "yes no", "llama3.2:3b": "yes no", "library/llama3.2": "yes no", "llama3.2-vision:11b": "no yes", "gemma3:4b": "no yes", "qwen3-vl": "yes yes",
		"Gemma2:2b": "no no", "gpt-oss:120b-cloud": "yes no", "mine/llama3.2": "yes yes", "hf.co/a/gemma2": "yes yes", "unheard-of": "yes yes",
	} {
		can := registered.Capabilities(model)
		words := strings.NewReplacer("true", "yes", "false", "no")
		require.Equal(t, want, words.Replace(map[bool]string{true: "true", false: "false"}[can.Tools]+" "+map[bool]string{true: "true", false: "false"}[can.Images]), model)
		require.True(t, can.Schema && can.Stream && can.Temperature, model)
		require.False(t, can.SchemaWithTools || can.Documents || can.Audio, model)
	}
}
