package vertex_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/alloygen/alloygen/clouds/internal/cloudtest"
	"github.com/alloygen/alloygen/clouds/vertex"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/anthropic"
	"github.com/alloygen/alloygen/runtime/provider/gemini"
)

const (
	central = "https://us-central1-aiplatform.googleapis.com"
	east    = "https://us-east5-aiplatform.googleapis.com"

	generated = `{"candidates":[{"content":{"role":"model","parts":[{"text":"It is shipped."}]},"finishReason":"STOP"}],
		"usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":5,"trafficType":"ON_DEMAND"},
		"modelVersion":"gemini-3.5-flash","responseId":"r-1"}`
	message = `{"id":"msg_vrtx_1","type":"message","role":"assistant","model":"claude-haiku-4-5-20251001",
		"content":[{"type":"text","text":"It is shipped."}],"stop_reason":"end_turn","usage":{"input_tokens":12,"output_tokens":5}}`
)

func tokens() oauth2.TokenSource {
	return oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "ya29.token"})
}

func transport(location string, base http.RoundTripper) *vertex.Transport {
	return &vertex.Transport{Project: "acme-prod", Location: location, Tokens: tokens(), Base: base,
		Models: map[string]string{"claude-haiku-4-5": "claude-haiku-4-5@20251001"}}
}

// google and claude are the providers behind a transport, with keys that are not for Vertex AI.
func google(t *testing.T, url string, transport http.RoundTripper) provider.Provider {
	t.Helper()
	t.Setenv("GEMINI_BASE_URL", url)
	t.Setenv("GEMINI_API_KEY", "AIza-secret")
	p, err := gemini.New(provider.Config{HTTPClient: &http.Client{Transport: transport}})
	require.NoError(t, err)
	return p
}

func claude(t *testing.T, url string, transport http.RoundTripper) provider.Provider {
	t.Helper()
	t.Setenv("ANTHROPIC_BASE_URL", url)
	t.Setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
	p, err := anthropic.New(provider.Config{HTTPClient: &http.Client{Transport: transport}})
	require.NoError(t, err)
	return p
}

func typed(model string) *provider.Request {
	return &provider.Request{
		Model: model, System: "You are Acme Support.",
		Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{{Text: "Triage this message:\nlost <&> é"}}}},
		Output: &provider.Schema{Name: "Ticket", Strict: true,
			JSON: `{"type":"object","properties":{"summary":{"type":"string"}},"required":["summary"],"additionalProperties":false}`},
		Settings: provider.Settings{MaxTokens: 300},
	}
}

func plain(model string) *provider.Request {
	req := typed(model)
	req.Output = nil
	return req
}

func tools(model string) *provider.Request {
	const lookup = "lookup_order"
	call := &provider.ToolCall{ID: "call_1", Name: lookup, Arguments: `{"orderID":"4392"}`}
	input := &provider.Schema{Name: lookup, Strict: true,
		JSON: `{"type":"object","properties":{"orderID":{"type":"string"}},"required":["orderID"],"additionalProperties":false}`}
	return &provider.Request{
		Model: model,
		Messages: []provider.Message{
			{Role: provider.User, Parts: []provider.Part{{Text: "Where is order 4392?"}}},
			{Role: provider.Assistant, Parts: []provider.Part{{ToolCall: call}}},
			{Role: provider.User, Parts: []provider.Part{{ToolResult: &provider.ToolResult{CallID: call.ID, Name: lookup, Content: "shipped"}}}},
		},
		Tools:    []provider.Tool{{Name: lookup, Description: "Returns an order's current state.", Input: input}},
		Settings: provider.Settings{MaxTokens: 300},
	}
}

// recorded is what Google's SDK (google.golang.org/genai v1.77.0, the Vertex backend) and Anthropic's (anthropic-sdk-go v1.84.0,
// package vertex) send for the same calls. This module builds neither.
type recorded struct {
	URL  string         `json:"url"`
	Body map[string]any `json:"body"`
}

func TestRequestsAreThoseOfTheSDKs(t *testing.T) {
	stream := func(provider.Delta) error { return nil }
	for name, tc := range map[string]struct {
		provider func(*testing.T, string, http.RoundTripper) provider.Provider
		base     string
		location string
		req      *provider.Request
		emit     func(provider.Delta) error
		reply    cloudtest.Reply
		fit      func(theirs map[string]any) // what differs, and means the same
	}{
		"genai-typed": {google, central, "us-central1", typed("gemini-3.5-flash"), nil, cloudtest.JSON(generated), func(theirs map[string]any) {
			delete(theirs["systemInstruction"].(map[string]any), "role") // which is not read
		}},
		"genai-tools-stream": {google, central, "us-central1", tools("gemini-3.5-flash"), stream,
			cloudtest.Events("data: " + strings.ReplaceAll(generated, "\n", "") + "\n\n"), func(theirs map[string]any) {
				call := theirs["contents"].([]any)[1].(map[string]any)["parts"].([]any)[0].(map[string]any)
				call["thoughtSignature"] = "skip_thought_signature_validator" // the SDK takes bytes, and writes them in base64
			}},
		"claude": {claude, east, "us-east5", plain("claude-haiku-4-5"), nil, cloudtest.JSON(message), nil},
		"claude-stream": {claude, east, "us-east5", plain("claude-haiku-4-5"), stream,
			cloudtest.Events("data: {\"type\":\"message_start\",\"message\":" + strings.ReplaceAll(message, "\n", "") + "}\n\n" +
				"data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"It is shipped.\"}}\n\n" +
				"data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
			require.NoError(t, err)
			var want recorded
			require.NoError(t, json.Unmarshal(data, &want))
			if tc.fit != nil {
				tc.fit(want.Body)
			}
			base := &cloudtest.Base{Replies: []cloudtest.Reply{tc.reply}}
			res, err := tc.provider(t, tc.base, transport(tc.location, base)).Do(t.Context(), tc.req, tc.emit)
			require.NoError(t, err)
			require.Equal(t, "It is shipped.", res.Text())
			sent := base.Requests()[0]
			require.Equal(t, want.URL, sent.URL)
			var got map[string]any
			require.NoError(t, json.Unmarshal(sent.Body, &got))
			require.Equal(t, want.Body, got)
			require.Equal(t, "Bearer ya29.token", sent.Header.Get("Authorization"))
			require.NotContains(t, sent.Header, "X-Goog-Api-Key")
			require.NotContains(t, sent.Header, "X-Api-Key")
		})
	}
}

func TestAddresses(t *testing.T) {
	const (
		flash    = "gemini-3.5-flash"
		global   = "https://aiplatform.googleapis.com"
		union    = "https://aiplatform.eu.rep.googleapis.com"
		endpoint = "projects/acme-prod/locations/us-central1/endpoints/123"
	)
	for name, tc := range map[string]struct {
		base, location, model string
		models                map[string]string
		want                  string
	}{
		"a region": {central, "us-central1", flash, nil,
			central + "/v1beta1/projects/acme-prod/locations/us-central1/publishers/google/models/gemini-3.5-flash:generateContent"},
		"global": {global + "/", "global", flash, nil,
			global + "/v1beta1/projects/acme-prod/locations/global/publishers/google/models/gemini-3.5-flash:generateContent"},
		"a union": {union, "eu", flash, nil,
			union + "/v1beta1/projects/acme-prod/locations/eu/publishers/google/models/gemini-3.5-flash:generateContent"},
		"another name": {central, "us-central1", flash, map[string]string{flash: "gemini-3.5-flash-001"},
			central + "/v1beta1/projects/acme-prod/locations/us-central1/publishers/google/models/gemini-3.5-flash-001:generateContent"},
		"a tuned one": {central, "us-central1", flash, map[string]string{flash: endpoint},
			central + "/v1beta1/" + endpoint + ":generateContent"},
		"by its name": {central, "us-central1", endpoint, nil, central + "/v1beta1/" + endpoint + ":generateContent"},
	} {
		t.Run(name, func(t *testing.T) {
			base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(generated)}}
			tr := transport(tc.location, base)
			tr.Models = tc.models
			_, err := google(t, tc.base, tr).Do(t.Context(), plain(tc.model), nil)
			require.NoError(t, err)
			require.Equal(t, tc.want, base.Requests()[0].URL)
		})
	}
}

func TestNothingIsSentWithout(t *testing.T) {
	const noProject = "vertex: no project or location: set Transport.Project and Transport.Location"
	broken := errors.New("could not find default credentials")
	for name, tc := range map[string]struct {
		change func(*vertex.Transport)
		says   string
	}{
		"a project":  {func(tr *vertex.Transport) { tr.Project = "" }, noProject},
		"a location": {func(tr *vertex.Transport) { tr.Location = "" }, noProject},
		"a source":   {func(tr *vertex.Transport) { tr.Tokens = nil }, "vertex: no token: set Transport.Tokens"},
		"a token":    {func(tr *vertex.Transport) { tr.Tokens = failing{broken} }, "vertex: getting a token: could not find default credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(generated)}}
			tr := transport("us-central1", base)
			tc.change(tr)
			_, err := google(t, central, tr).Do(t.Context(), plain("gemini-3.5-flash"), nil)
			require.ErrorContains(t, err, tc.says)
			if name == "a token" {
				require.Equal(t, provider.Invalid, err.(*provider.Error).Class, "no other attempt gets one")
			} else {
				require.IsType(t, &provider.ConfigError{}, err)
			}
			_, err = claude(t, east, tr).Do(t.Context(), plain("claude-haiku-4-5"), nil)
			require.ErrorContains(t, err, tc.says)
			require.Empty(t, base.Requests())
		})
	}
}

// Claude gets no file by its address there; Gemini does.
func TestAddressesOfFiles(t *testing.T) {
	base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(generated)}}
	picture := provider.Part{Image: &provider.Image{URL: "https://example.com/a.png"}}
	req := plain("claude-haiku-4-5")
	req.Messages[0].Parts = append(req.Messages[0].Parts, picture)
	_, err := claude(t, east, transport("us-east5", base)).Do(t.Context(), req, nil)
	var wrong *provider.ConfigError
	require.ErrorAs(t, err, &wrong)
	require.ErrorContains(t, err, "vertex: Vertex AI fetches no images for Claude")
	require.Empty(t, base.Requests())
	req.Model = "gemini-3.5-flash"
	_, err = google(t, central, transport("us-central1", base)).Do(t.Context(), req, nil)
	require.NoError(t, err)
}

type failing struct{ err error }

func (f failing) Token() (*oauth2.Token, error) { return nil, f.err }

// Requests to other hosts go through as they are, with their own keys.
func TestOthersPass(t *testing.T) {
	for _, url := range []string{
		"https://generativelanguage.googleapis.com", "https://x.rep.googleapis.com", "https://aiplatform.googleapis.com.evil.org",
		"http://aiplatform.googleapis.com",
	} {
		base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(generated)}}
		_, err := google(t, url, transport("us-central1", base)).Do(t.Context(), plain("gemini-3.5-flash"), nil)
		require.NoError(t, err)
		require.Equal(t, url+"/v1beta/models/gemini-3.5-flash:generateContent", base.Requests()[0].URL)
		require.Equal(t, "AIza-secret", base.Requests()[0].Header.Get("X-Goog-Api-Key"))
		require.NotContains(t, base.Requests()[0].Header, "Authorization")
	}
	base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(message)}}
	_, err := claude(t, "https://api.anthropic.com", transport("us-east5", base)).Do(t.Context(), plain("claude-haiku-4-5"), nil)
	require.NoError(t, err)
	require.Equal(t, "https://api.anthropic.com/v1/messages", base.Requests()[0].URL)
	require.Equal(t, "sk-ant-secret", base.Requests()[0].Header.Get("X-Api-Key"))
}

// Google's words for an error reach both providers, from Claude's models too.
func TestErrors(t *testing.T) {
	exhausted := cloudtest.Reply{Status: 429, Body: []byte(`{"error":{"code":429,
		"message":"Resource exhausted. Please try again later.","status":"RESOURCE_EXHAUSTED"}}`)}
	denied := cloudtest.Reply{Status: 403, Body: []byte(`[{"error":{"code":403,
		"message":"Permission 'aiplatform.endpoints.predict' denied.","status":"PERMISSION_DENIED"}}]`)}
	overloaded := cloudtest.Reply{Status: 529, Body: []byte(`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`)}
	for name, tc := range map[string]struct {
		reply cloudtest.Reply
		class provider.Class
	}{
		"exhausted": {exhausted, provider.RateLimit}, "denied": {denied, provider.Invalid}, "overloaded": {overloaded, provider.Overloaded},
	} {
		t.Run(name, func(t *testing.T) {
			base := &cloudtest.Base{Replies: []cloudtest.Reply{tc.reply}}
			for _, p := range []provider.Provider{
				google(t, central, transport("us-central1", base)), claude(t, east, transport("us-east5", base)),
			} {
				_, err := p.Do(t.Context(), plain("gemini-3.5-flash"), nil)
				var e *provider.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, tc.class, e.Class, "%v", e)
			}
		})
	}
}

// Deltas arrive one by one, over a real connection: the server goes on only when the one before was read.
func TestStream(t *testing.T) {
	got := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/google/models/gemini-3.5-flash:streamGenerateContent") || r.URL.RawQuery != "alt=sse" {
			http.Error(w, r.URL.String(), http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for _, text := range []string{"It is ", "shipped."} {
			_, _ = w.Write([]byte(`data: {"candidates":[{"content":{"role":"model","parts":[{"text":"` + text + `"}]}}]}` + "\r\n\r\n"))
			w.(http.Flusher).Flush()
			<-got
		}
		_, _ = w.Write([]byte(`data: {"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"STOP"}]}` + "\r\n\r\n"))
	}))
	defer server.Close()
	tr := transport("us-central1", nil)
	tr.Host = strings.TrimPrefix(server.URL, "http://")
	var deltas []string
	res, err := google(t, server.URL, tr).Do(t.Context(), plain("gemini-3.5-flash"), func(d provider.Delta) error {
		if d.Text != "" {
			deltas = append(deltas, d.Text)
			got <- struct{}{}
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{"It is ", "shipped."}, deltas)
	require.Equal(t, provider.FinishStop, res.Finish)
}
