package azure_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/clouds/azure"
	"github.com/alloygen/alloygen/clouds/internal/cloudtest"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/anthropic"
	_ "github.com/alloygen/alloygen/runtime/provider/compatible"
	"github.com/alloygen/alloygen/runtime/provider/openai"
)

const (
	resource = "https://acme.openai.azure.com"
	v1       = resource + "/openai/v1"

	// What Azure adds to a completion: the verdicts of its filters.
	completion = `{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-5-mini-2025-08-07",
		"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],
		"choices":[{"index":0,"message":{"role":"assistant","content":"It is shipped."},"finish_reason":"stop",
			"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],
		"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17}}`
)

// credential is one of Entra ID; it keeps the scopes that it was asked for.
type credential struct {
	err    error
	scopes []string
}

func (c *credential) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.scopes = options.Scopes
	return azcore.AccessToken{Token: "eyJ.entra"}, errors.Join(ctx.Err(), c.err)
}

// gpt is the provider behind a transport.
func gpt(t *testing.T, url, key string, transport http.RoundTripper) provider.Provider {
	t.Helper()
	t.Setenv("OPENAI_BASE_URL", url)
	t.Setenv("OPENAI_API_KEY", key)
	p, err := openai.New(provider.Config{HTTPClient: &http.Client{Transport: transport}})
	require.NoError(t, err)
	return p
}

func ask(model string) *provider.Request {
	return &provider.Request{
		Model:    model,
		Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{{Text: "Where is order <4392>?"}}}},
	}
}

func TestToken(t *testing.T) {
	const usual = "https://cognitiveservices.azure.com/.default"
	for name, tc := range map[string]struct {
		transport azure.Transport
		base, url string
		scope     string
		model     string
	}{
		"v1": {azure.Transport{}, v1, v1 + "/chat/completions", usual, "gpt-5-mini"},
		"a deployment of another name": {azure.Transport{Models: map[string]string{"gpt-5-mini": "support-1"}},
			v1 + "/", v1 + "/chat/completions", usual, "support-1"},
		"by deployments": {azure.Transport{APIVersion: "2024-10-21", Models: map[string]string{"gpt-5-mini": "support 1"}}, resource,
			resource + "/openai/deployments/support%201/chat/completions?api-version=2024-10-21", usual, "support 1"},
		"another scope": {azure.Transport{Scope: "https://ai.azure.com/.default"}, "https://acme.services.ai.azure.com/openai/v1",
			"https://acme.services.ai.azure.com/openai/v1/chat/completions", "https://ai.azure.com/.default", "gpt-5-mini"},
		"a gateway": {azure.Transport{Host: "gateway.corp", APIVersion: "2024-10-21"}, "http://gateway.corp/ai?team=a",
			"http://gateway.corp/ai/openai/deployments/gpt-5-mini/chat/completions?api-version=2024-10-21&team=a", usual, "gpt-5-mini"},
	} {
		t.Run(name, func(t *testing.T) {
			base := &cloudtest.Base{Replies: []cloudtest.Reply{{Body: []byte(completion), Header: map[string]string{"x-request-id": "az-1"}}}}
			entra := &credential{}
			tc.transport.Base, tc.transport.Credential = base, entra
			res, err := gpt(t, tc.base, "sk-own", &tc.transport).Do(t.Context(), ask("gpt-5-mini"), nil)
			require.NoError(t, err)
			require.Equal(t, "It is shipped.", res.Text())
			require.Equal(t, "az-1", res.RequestID)
			sent := base.Requests()[0]
			require.Equal(t, tc.url, sent.URL)
			require.Equal(t, `{"model":"`+tc.model+`","messages":[{"role":"user","content":"Where is order <4392>?"}]}`, string(sent.Body))
			require.Equal(t, []string{"Bearer eyJ.entra"}, sent.Header["Authorization"])
			require.Equal(t, []string{tc.scope}, entra.scopes)
		})
	}
}

// Responses are of a resource, also in the older API.
func TestResponses(t *testing.T) {
	reply, err := os.ReadFile("../../runtime/provider/openai/testdata/recorded/responses-tools.json")
	require.NoError(t, err)
	for _, tc := range []struct{ version, base, url string }{
		{"", v1, v1 + "/responses"},
		{"2025-04-01-preview", resource, resource + "/openai/responses?api-version=2025-04-01-preview"},
	} {
		base := &cloudtest.Base{Replies: []cloudtest.Reply{{Body: reply}}}
		tr := &azure.Transport{Credential: &credential{}, APIVersion: tc.version, Base: base,
			Models: map[string]string{"gpt-5-mini": "support-1"}}
		req := ask("gpt-5-mini")
		req.Extra = map[string]any{"openai.api": "responses"}
		_, err = gpt(t, tc.base, "", tr).Do(t.Context(), req, nil)
		require.NoError(t, err)
		require.Equal(t, tc.url, base.Requests()[0].URL)
		require.Contains(t, string(base.Requests()[0].Body), `"model":"support-1"`)
	}
}

func TestKey(t *testing.T) {
	base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(completion)}}
	tr := &azure.Transport{APIVersion: "2024-10-21", Base: base}
	_, err := gpt(t, resource, "0123azure", tr).Do(t.Context(), ask("support-1"), nil)
	require.NoError(t, err)
	sent := base.Requests()[0]
	require.Equal(t, resource+"/openai/deployments/support-1/chat/completions?api-version=2024-10-21", sent.URL)
	require.Equal(t, []string{"0123azure"}, sent.Header["Api-Key"])
	require.NotContains(t, sent.Header, "Authorization")

	_, err = gpt(t, resource, "", tr).Do(t.Context(), ask("support-1"), nil)
	require.ErrorContains(t, err, "azure: no credential: set Transport.Credential, or the variable of the provider's key to a key of Azure")
	require.Len(t, base.Requests(), 1)
}

// With a key the v1 API is a compatible server, whose requests need no transport.
func TestKeyWithoutTransport(t *testing.T) {
	t.Setenv("AZURE_OPENAI_API_KEY", "0123azure")
	base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(completion)}}
	client, err := alloy.New(alloy.WithModel("azure/gpt-5-mini"), alloy.WithCompatible("azure", v1, "AZURE_OPENAI_API_KEY"),
		alloy.WithHTTPClient(&http.Client{Transport: base}))
	require.NoError(t, err)
	text, err := alloy.Ask(alloy.WithClient(t.Context(), client), "Where is order 4392?")
	require.NoError(t, err)
	require.Equal(t, "It is shipped.", text)
	require.Equal(t, v1+"/chat/completions", base.Requests()[0].URL)
	require.Equal(t, "Bearer 0123azure", base.Requests()[0].Header.Get("Authorization"))
}

func TestNoToken(t *testing.T) {
	broken := errors.New("DefaultAzureCredential: failed to acquire a token")
	base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(completion)}}
	p := gpt(t, v1, "", &azure.Transport{Credential: &credential{err: broken}, Base: base})
	_, err := p.Do(t.Context(), ask("gpt-5-mini"), nil)
	require.ErrorContains(t, err, "azure: getting a token: DefaultAzureCredential: failed to acquire a token")
	require.ErrorIs(t, err, broken)
	require.Equal(t, provider.Invalid, err.(*provider.Error).Class, "no other attempt gets one")
	require.Empty(t, base.Requests())
}

// A fallback to another vendor goes through the same client, with that vendor's key and without Azure's token.
func TestOthersPass(t *testing.T) {
	for _, url := range []string{
		"https://api.groq.com/openai/v1", "https://acme.openai.azure.com.evil.org/v1", "http://acme.openai.azure.com/openai/v1",
	} {
		base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(completion)}}
		tr := &azure.Transport{Credential: &credential{}, APIVersion: "2024-10-21", Base: base,
			Models: map[string]string{"gpt-5-mini": "support-1"}}
		_, err := gpt(t, url, "sk-own", tr).Do(t.Context(), ask("gpt-5-mini"), nil)
		require.NoError(t, err)
		sent := base.Requests()[0]
		require.Equal(t, url+"/chat/completions", sent.URL)
		require.Equal(t, "Bearer sk-own", sent.Header.Get("Authorization"))
		require.Contains(t, string(sent.Body), `"model":"gpt-5-mini"`)
	}
}

// The first chunk has the filters' verdicts and no choice; verdicts on the answer come behind it, without a delta of text.
func TestStream(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/openai/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer eyJ.entra" {
			http.Error(w, r.URL.Path, http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for _, data := range []string{
			`{"choices":[],"id":"","model":"","prompt_filter_results":[{"prompt_index":0,
				"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}`,
			`{"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0}],
				"id":"chatcmpl-1","model":"gpt-5-mini-2025-08-07","usage":null}`,
			`{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":"It is "},
				"finish_reason":null,"index":0}],"id":"chatcmpl-1","model":"gpt-5-mini-2025-08-07","usage":null}`,
			`{"choices":[{"content_filter_results":{},"delta":{"content":"shipped."},"finish_reason":null,"index":0}],
				"id":"chatcmpl-1","model":"gpt-5-mini-2025-08-07","usage":null}`,
			`{"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0}],
				"id":"chatcmpl-1","model":"gpt-5-mini-2025-08-07","usage":null}`,
			`{"choices":[{"content_filter_offsets":{"check_offset":44,"start_offset":44,"end_offset":50},
				"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"finish_reason":null,"index":0}],"id":"","model":""}`,
			`{"choices":[],"id":"chatcmpl-1","model":"gpt-5-mini-2025-08-07","usage":{"prompt_tokens":12,"completion_tokens":5}}`,
			`[DONE]`,
		} {
			data = strings.ReplaceAll(data, "\n", "")
			_, _ = w.Write([]byte("data: " + data + "\n\n"))
			w.(http.Flusher).Flush()
		}
	}))
	defer server.Close()
	tr := &azure.Transport{Credential: &credential{}, Host: strings.TrimPrefix(server.URL, "http://")}
	var deltas []string
	res, err := gpt(t, server.URL+"/openai/v1", "", tr).Do(t.Context(), ask("gpt-5-mini"), func(d provider.Delta) error {
		if d.Text != "" {
			deltas = append(deltas, d.Text)
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{"It is ", "shipped."}, deltas)
	require.Equal(t, provider.FinishStop, res.Finish)
	require.Equal(t, "gpt-5-mini-2025-08-07", res.Model)
	require.Equal(t, 12, res.Usage.InputTokens)
}

// Azure says the same things in its own way.
func TestErrors(t *testing.T) {
	said := func(status int, body string) cloudtest.Reply {
		return cloudtest.Reply{Status: status, Header: map[string]string{"retry-after": "20"},
			Body: []byte(strings.ReplaceAll(strings.ReplaceAll(body, "\n", ""), "\t", ""))}
	}
	for name, tc := range map[string]struct {
		reply cloudtest.Reply
		class provider.Class
	}{
		"filtered": {said(400, `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content
			management policy.","type":null,"param":"prompt","code":"content_filter","status":400,
			"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{}}}}`), provider.Refusal},
		"no deployment": {said(404, `{"error":{"code":"DeploymentNotFound",
			"message":"The API deployment for this resource does not exist."}}`), provider.Invalid},
		"throttled": {said(429, `{"error":{"code":"429",
			"message":"Requests have exceeded token rate limit. Please retry after 20 seconds."}}`), provider.RateLimit},
		"denied": {said(401, `{"error":{"code":"401",
			"message":"Access denied due to invalid subscription key or wrong API endpoint."}}`), provider.Invalid},
		"no role": {said(403, `{"error":{"code":"PermissionDenied",
			"message":"The principal lacks the required data action."}}`), provider.Invalid},
		"too long": {said(400, `{"error":{"message":"This model's maximum context length is 128000 tokens.",
			"type":"invalid_request_error","code":"context_length_exceeded"}}`), provider.ContextWindow},
	} {
		t.Run(name, func(t *testing.T) {
			base := &cloudtest.Base{Replies: []cloudtest.Reply{tc.reply}}
			_, err := gpt(t, v1, "", &azure.Transport{Credential: &credential{}, Base: base}).Do(t.Context(), ask("gpt-5-mini"), nil)
			var e *provider.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.class, e.Class, "%v", e)
			if e.Class == provider.RateLimit {
				require.Equal(t, 20.0, e.RetryAfter.Seconds())
			}
		})
	}
}

// Claude on Foundry is the Messages API under another address.
func TestClaude(t *testing.T) {
	const foundry = "https://acme.services.ai.azure.com/anthropic"
	for name, tc := range map[string]struct {
		transport azure.Transport
		want      http.Header
	}{
		"key": {azure.Transport{}, http.Header{"X-Api-Key": {"0123azure"}}},
		"token": {azure.Transport{Credential: &credential{}, Scope: "https://ai.azure.com/.default"},
			http.Header{"Authorization": {"Bearer eyJ.entra"}}},
	} {
		t.Run(name, func(t *testing.T) {
			base := &cloudtest.Base{Replies: []cloudtest.Reply{
				cloudtest.JSON(`{"model":"claude-haiku-4-5","content":[{"type":"text","text":"It is shipped."}],"stop_reason":"end_turn"}`)}}
			tc.transport.Base, tc.transport.Models, tc.transport.APIVersion = base, map[string]string{"claude-haiku-4-5": "claude-1"}, "2024-10-21"
			t.Setenv("ANTHROPIC_BASE_URL", foundry)
			t.Setenv("ANTHROPIC_API_KEY", "0123azure")
			p, err := anthropic.New(provider.Config{HTTPClient: &http.Client{Transport: &tc.transport}})
			require.NoError(t, err)
			_, err = p.Do(t.Context(), ask("claude-haiku-4-5"), nil)
			require.NoError(t, err)
			sent := base.Requests()[0]
			require.Equal(t, foundry+"/v1/messages", sent.URL)
			require.Contains(t, string(sent.Body), `"model":"claude-1"`)
			for _, h := range []string{"X-Api-Key", "Authorization", "Api-Key"} {
				require.Equal(t, tc.want[h], sent.Header[h], h)
			}
		})
	}
}
