package compatible_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/compatible"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

const hello = `{"model":"m","choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}`

// lookup makes the provider of a server.
func lookup(t *testing.T, e provider.Endpoint) provider.Provider {
	t.Helper()
	r, err := provider.LookupEndpoint(e)
	require.NoError(t, err)
	require.Equal(t, e.Prefix, r.Name)
	p, err := r.New(provider.Config{HTTPClient: http.DefaultClient})
	require.NoError(t, err)
	return p
}

// F146 F150: a prefix finds its server through the environment, which is read at each request.
func TestEnvironment(t *testing.T) {
	server := providertest.Serve(t, 200, hello)
	t.Setenv("MY_SERVER_BASE_URL", server.URL+"/v1")
	p := lookup(t, provider.Endpoint{Prefix: "my-server"})
	req := providertest.TypedRequest("llama-3.3")
	req.Extra = map[string]any{"my-server.service_tier": "flex", "openai.user": "u", "my-server.api": "chat"}
	require.Equal(t, "Hi", providertest.Do(t, p, req).Text())
	r, body := server.Last()
	require.Equal(t, "POST /v1/chat/completions", r.Method+" "+r.URL.Path)
	require.Empty(t, r.Header.Values("Authorization"), "no key is needed")
	providertest.Golden(t, "typed", body)

	t.Setenv("MY_SERVER_API_KEY", " k1\n")
	providertest.Do(t, p, req)
	r, _ = server.Last()
	require.Equal(t, "Bearer k1", r.Header.Get("Authorization"))

	moved := providertest.Serve(t, 200, hello)
	t.Setenv("MY_SERVER_BASE_URL", moved.URL)
	providertest.Do(t, p, req)
	require.Equal(t, 1, moved.Count())

	t.Setenv("MY_SERVER_BASE_URL", "")
	providertest.Refused(t, p, req, "MY_SERVER_BASE_URL")
}

// A program that says where a server is needs no variable for it; a key that it names is needed.
func TestRegistered(t *testing.T) {
	server := providertest.Serve(t, 200, hello)
	acme, variable := providertest.Prefix("acme")
	t.Setenv(variable+"_BASE_URL", "http://nowhere.invalid") // the program is nearer
	t.Setenv(variable+"_API_KEY", "of another account")
	require.NoError(t, compatible.Register(provider.Endpoint{Prefix: acme, BaseURL: server.URL, KeyVar: "ACME_TEAM_KEY"}))
	name, model, err := provider.Resolve(acme + "/vendor/llama")
	require.NoError(t, err)
	r, linked := provider.Lookup(name)
	require.True(t, linked)
	require.Equal(t, []string{"ACME_TEAM_KEY"}, r.Credentials)
	p, err := r.New(provider.Config{HTTPClient: http.DefaultClient})
	require.NoError(t, err)

	e := providertest.Refused(t, p, providertest.TextRequest(model), "ACME_TEAM_KEY")
	require.EqualError(t, e, acme+": no API key: set ACME_TEAM_KEY")
	t.Setenv("ACME_TEAM_KEY", "k2")
	providertest.Do(t, p, providertest.TextRequest(model))
	sent, body := server.Last()
	require.Equal(t, "Bearer k2", sent.Header.Get("Authorization"))
	require.Contains(t, string(body), `"model":"vendor/llama"`)

	t.Setenv("ELSE_BASE_URL", server.URL) // a key that is named is needed wherever the server is said to be
	p = lookup(t, provider.Endpoint{Prefix: "else", KeyVar: "ELSE_TEAM_KEY"})
	e = providertest.Refused(t, p, providertest.TextRequest(model), "ELSE_TEAM_KEY")
	require.EqualError(t, e, "else: no API key: set ELSE_TEAM_KEY")

	err = compatible.Register(provider.Endpoint{Prefix: acme, BaseURL: "http://other.test"})
	require.ErrorContains(t, err, `the prefix "`+acme+`" already belongs to a provider`)
}

func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		endpoint         provider.Endpoint
		setting, message string
	}{
		"no address": {provider.Endpoint{Prefix: "groq"}, "GROQ_BASE_URL",
			"groq: no provider has that name: for an OpenAI-compatible server, set GROQ_BASE_URL to its address, and GROQ_API_KEY if it needs a key"},
		"no address, a key by name": {provider.Endpoint{Prefix: "groq", KeyVar: "K"}, "GROQ_BASE_URL",
			"groq: no provider has that name: for an OpenAI-compatible server, set GROQ_BASE_URL to its address, and K if it needs a key"},
		"address is no URL":   {provider.Endpoint{Prefix: "groq", BaseURL: "localhost:1"}, "base URL", "groq: the base URL of the server is not an http or https URL"},
		"variable is no URL":  {provider.Endpoint{Prefix: "odd_1"}, "ODD_1_BASE_URL", "odd_1: ODD_1_BASE_URL is not an http or https URL"},
		"address has no host": {provider.Endpoint{Prefix: "groq", BaseURL: "http://"}, "base URL", "groq: the base URL of the server is not an http or https URL"},
		"linked":              {provider.Endpoint{Prefix: "openai", BaseURL: "http://x.test"}, "model", `openai: the prefix "openai" already belongs to a provider: choose another for the server`},
		"known, not linked":   {provider.Endpoint{Prefix: "anthropic", BaseURL: "http://x.test"}, "model", `anthropic: the prefix "anthropic" already belongs to a provider: choose another for the server`},
		"empty":               {provider.Endpoint{BaseURL: "http://x.test"}, "model", "the prefix of a server is made of letters, digits, hyphens and underscores, and begins with a letter"},
		"begins with a digit": {provider.Endpoint{Prefix: "1x", BaseURL: "http://x.test"}, "model", "1x: the prefix of a server is made of letters, digits, hyphens and underscores, and begins with a letter"},
		"with a dot":          {provider.Endpoint{Prefix: "a.b", BaseURL: "http://x.test"}, "model", "a.b: the prefix of a server is made of letters, digits, hyphens and underscores, and begins with a letter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("ODD_1_BASE_URL", "ftp://x")
			_, err := provider.LookupEndpoint(tc.endpoint)
			var ce *provider.ConfigError
			require.ErrorAs(t, err, &ce)
			require.Equal(t, tc.setting, ce.Setting)
			require.EqualError(t, err, tc.message)
			require.Error(t, compatible.Register(tc.endpoint))
		})
	}
}

// F153: what a server is known to lack, what a model is known to lack, and what a registration says.
func TestCapabilities(t *testing.T) {
	everything := provider.Capabilities{Tools: true, Schema: true, SchemaWithTools: true, Images: true, Documents: true, Audio: true, Stream: true, Temperature: true}
	at := func(base, model string) provider.Capabilities {
		r, err := provider.LookupEndpoint(provider.Endpoint{Prefix: "somewhere", BaseURL: base})
		require.NoError(t, err)
		return r.Capabilities(model)
	}
	require.Equal(t, everything, at("https://llm.example.com/v1", "llama-3.3"))
	require.False(t, at("https://openrouter.ai/api/v1", "openai/o3-mini").Temperature)
	require.Equal(t, provider.Capabilities{Tools: true, Stream: true, Temperature: true}, at("https://api.deepseek.com", "deepseek-v4-pro"))
	require.Equal(t, provider.Capabilities{Tools: true, Images: true, Stream: true, Temperature: true}, at("https://api.groq.com/openai/v1", "llama-4"))

	server := providertest.Serve(t, 200, hello)
	less := provider.Capabilities{Temperature: true}
	e := provider.Endpoint{Prefix: "small", BaseURL: server.URL, Capabilities: func(string) provider.Capabilities { return less }}
	r, err := provider.LookupEndpoint(e)
	require.NoError(t, err)
	require.Equal(t, less, r.Capabilities("x"))
	p := lookup(t, e)
	providertest.Do(t, p, providertest.TypedRequest("x"))
	_, body := server.Last()
	require.NotContains(t, string(body), "response_format", "a schema that the server does not take is not sent")
	for _, req := range []*provider.Request{providertest.ImageRequest("x"), providertest.DocumentRequest("x"), providertest.AudioRequest("x")} {
		providertest.Refused(t, p, req, "model")
	}
	_, _, err = providertest.Collect(p, providertest.TextRequest("x")) // F132
	require.ErrorContains(t, err, "small: the model x cannot stream its answer")
	require.Equal(t, 1, server.Count())
}

// Failures and streams are those of the format, under the server's own name; so is the other API, when it is chosen.
func TestFormat(t *testing.T) {
	refusing := providertest.Serve(t, 429, `{"error":{"message":"slow down","type":"tokens","code":"rate_limit_exceeded"}}`)
	e := providertest.Fail(t, lookup(t, provider.Endpoint{Prefix: "other", BaseURL: refusing.URL}), providertest.TextRequest("x"))
	require.Equal(t, provider.RateLimit, e.Class)
	require.Equal(t, "other/x: rate_limit (HTTP 429): slow down", e.Error())
	moved := providertest.Serve(t, 308, "")
	e = providertest.Fail(t, lookup(t, provider.Endpoint{Prefix: "other", BaseURL: moved.URL}), providertest.TextRequest("x"))
	require.Equal(t, "the server redirects to another address, which is not followed: set the base URL to it", e.Message)

	events := "data: " + strings.Join([]string{`{"choices":[{"delta":{"content":"He"}}]}`, `{"choices":[{"delta":{"content":"y"},"finish_reason":"stop"}]}`, "[DONE]"}, "\n\ndata: ") + "\n\n"
	streaming := providertest.ServeHeader(t, 200, http.Header{"Content-Type": {"text/event-stream"}}, events)
	res, deltas, err := providertest.Collect(lookup(t, provider.Endpoint{Prefix: "other", BaseURL: streaming.URL}), providertest.TextRequest("x"))
	require.NoError(t, err)
	require.Equal(t, []provider.Delta{{Text: "He"}, {Text: "y"}}, deltas)
	require.Equal(t, "Hey", res.Text())

	responses := providertest.Serve(t, 200, `{"status":"completed","output":[{"type":"reasoning","encrypted_content":"e"},{"type":"message","content":[{"type":"output_text","text":"Hi"}]}]}`)
	req := providertest.TextRequest("x")
	req.Extra = map[string]any{"other.api": "responses"}
	res = providertest.Do(t, lookup(t, provider.Endpoint{Prefix: "other", BaseURL: responses.URL + "/v1"}), req)
	require.Equal(t, "Hi", res.Text())
	require.Equal(t, "other", res.Parts[0].Vendor.Provider, "another server would not know what it is")
	r, _ := responses.Last()
	require.Equal(t, "/v1/responses", r.URL.Path)
}
