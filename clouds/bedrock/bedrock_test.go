package bedrock_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/clouds/bedrock"
	"github.com/alloygen/alloygen/clouds/internal/cloudtest"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/anthropic"
)

const (
	east  = "https://bedrock-runtime.us-east-1.amazonaws.com"
	haiku = "claude-haiku-4-5"
	id    = "us.anthropic.claude-haiku-4-5-20251001-v1:0"

	message = `{"id":"msg_bdrk_1","type":"message","role":"assistant","model":"claude-haiku-4-5-20251001",
		"content":[{"type":"text","text":"It is shipped."}],"stop_reason":"end_turn","usage":{"input_tokens":12,"output_tokens":5}}`
)

// credentials are those of AWS's own test suite for signatures.
func credentials() aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: "session"}, nil
	})
}

func transport(base http.RoundTripper) *bedrock.Transport {
	return &bedrock.Transport{Region: "us-east-1", Credentials: credentials(), Models: map[string]string{haiku: id}, Base: base}
}

// claude is the provider behind a transport, without Anthropic's key.
func claude(t *testing.T, url string, transport http.RoundTripper) provider.Provider {
	t.Helper()
	t.Setenv("ANTHROPIC_API_KEY", "")
	t.Setenv("ANTHROPIC_BASE_URL", url)
	p, err := anthropic.New(provider.Config{HTTPClient: &http.Client{Transport: transport}})
	require.NoError(t, err)
	return p
}

func ask(model string) *provider.Request {
	return &provider.Request{
		Model: model, System: "You are Acme Support.",
		Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{{Text: "Where is order <4392>?"}}}},
		Settings: provider.Settings{MaxTokens: 300},
	}
}

// The clock of a bubble stands at the beginning of the year 2000. conformance/bedrock_test.go holds the same signature against
// Anthropic's SDK.
func TestInvokeModel(t *testing.T) {
	base := &cloudtest.Base{Replies: []cloudtest.Reply{{Body: []byte(message), Header: map[string]string{"x-amzn-RequestId": "aws-1"}}}}
	p := claude(t, east, transport(base))
	t.Setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
	synctest.Test(t, func(t *testing.T) {
		res, err := p.Do(t.Context(), ask(haiku), nil)
		require.NoError(t, err)
		require.Equal(t, "It is shipped.", res.Text())
		require.Equal(t, "aws-1", res.RequestID)
		require.Equal(t, 12, res.Usage.InputTokens)
	})
	require.Len(t, base.Requests(), 1)
	sent := base.Requests()[0]
	require.Equal(t, http.MethodPost, sent.Method)
	require.Equal(t, east+"/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke", sent.URL)
	require.Equal(t, "bedrock-runtime.us-east-1.amazonaws.com", sent.Host)
	require.Equal(t, `{"max_tokens":300,"system":[{"type":"text","text":"You are Acme Support."}],`+
		`"messages":[{"role":"user","content":[{"type":"text","text":"Where is order <4392>?"}]}],`+
		`"anthropic_version":"bedrock-2023-05-31"}`, string(sent.Body))
	require.Equal(t, "20000101T000000Z", sent.Header.Get("X-Amz-Date"))
	require.Equal(t, "session", sent.Header.Get("X-Amz-Security-Token"))
	require.Regexp(t, `^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20000101/us-east-1/bedrock/aws4_request, `+
		`SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$`, sent.Header.Get("Authorization"))
	require.NotContains(t, sent.Header, "X-Api-Key", "the key is Anthropic's")
}

func TestModels(t *testing.T) {
	const profile = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/a1b2c3"
	for written, path := range map[string]string{
		haiku: "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke",
		"anthropic/anthropic.claude-haiku-4-5-20251001-v1:0": "/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke",
		"anthropic/global.anthropic.claude-opus-4-7":         "/model/global.anthropic.claude-opus-4-7/invoke",
		"anthropic/" + profile:                               "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A111122223333%3Aapplication-inference-profile%2Fa1b2c3/invoke",
	} {
		t.Run(written, func(t *testing.T) {
			providerName, model, err := provider.Resolve(written)
			require.NoError(t, err)
			require.Equal(t, "anthropic", providerName)
			base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(message)}}
			_, err = claude(t, east+"/", transport(base)).Do(t.Context(), ask(model), nil)
			require.NoError(t, err)
			require.Equal(t, east+path, base.Requests()[0].URL)
		})
	}
}

// The Messages API of Bedrock takes requests as they are, under its own names of models.
func TestMessages(t *testing.T) {
	const text = `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"It is shipped."}}`
	stream := "data: " + events[0] + "\n\ndata: " + events[1] + "\n\ndata: " + text + "\n\ndata: " + events[5] + "\n\ndata: " + events[6] + "\n\n"
	for url, service := range map[string]string{
		"https://bedrock-runtime.us-east-1.amazonaws.com/anthropic": "bedrock",
		"https://bedrock-mantle.us-east-1.api.aws/anthropic":        "bedrock-mantle",
	} {
		t.Run(service, func(t *testing.T) {
			base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(message), cloudtest.Events(stream)}}
			tr := transport(base)
			tr.Models = map[string]string{haiku: "anthropic.claude-haiku-4-5"}
			p := claude(t, url, tr)
			t.Setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
			for _, emit := range []func(provider.Delta) error{nil, func(provider.Delta) error { return nil }} {
				res, err := p.Do(t.Context(), ask(haiku), emit)
				require.NoError(t, err)
				require.Equal(t, "It is shipped.", res.Text())
			}
			const body = `{"model":"anthropic.claude-haiku-4-5","max_tokens":300,"system":[{"type":"text","text":"You are Acme Support."}],` +
				`"messages":[{"role":"user","content":[{"type":"text","text":"Where is order <4392>?"}]}]`
			for i, want := range []string{body + "}", body + `,"stream":true}`} {
				sent := base.Requests()[i]
				require.Equal(t, url+"/v1/messages", sent.URL)
				require.Equal(t, want, string(sent.Body))
				require.Contains(t, sent.Header.Get("Authorization"), "/us-east-1/"+service+"/aws4_request, ")
				require.Equal(t, "2023-06-01", sent.Header.Get("Anthropic-Version"))
				require.NotContains(t, sent.Header, "X-Api-Key")
			}
		})
	}
}

// A gateway may have a path of its own; what the caller says of the version stands.
func TestGateway(t *testing.T) {
	base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(message)}}
	tr := transport(base)
	tr.Host = "gateway.corp:8443"
	req := ask(haiku)
	req.Extra = map[string]any{"anthropic_version": "bedrock-2026-01-01", "anthropic_beta": []string{"context-1m-2025-08-07"}}
	_, err := claude(t, "http://gateway.corp:8443/aws", tr).Do(t.Context(), req, nil)
	require.NoError(t, err)
	sent := base.Requests()[0]
	require.Equal(t, "http://gateway.corp:8443/aws/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke", sent.URL)
	require.Contains(t, string(sent.Body), `"anthropic_version":"bedrock-2026-01-01"`)
	require.Contains(t, string(sent.Body), `"anthropic_beta":["context-1m-2025-08-07"]`)
}

// An API key of Bedrock stands where Anthropic's would.
func TestAPIKey(t *testing.T) {
	base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(message)}}
	tr := transport(base)
	tr.Credentials = nil
	p := claude(t, east, tr)
	_, err := p.Do(t.Context(), ask(haiku), nil)
	require.ErrorContains(t, err, "bedrock: no credentials: set Transport.Credentials, or ANTHROPIC_API_KEY to an API key of Bedrock")
	require.Empty(t, base.Requests())

	t.Setenv("ANTHROPIC_API_KEY", "ABSKexample")
	_, err = p.Do(t.Context(), ask(haiku), nil)
	require.NoError(t, err)
	sent := base.Requests()[0]
	require.Equal(t, "Bearer ABSKexample", sent.Header.Get("Authorization"))
	require.NotContains(t, sent.Header, "X-Api-Key")
}

func TestNothingIsSentWithout(t *testing.T) {
	broken := errors.New("no role is attached")
	base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(message)}}
	for name, tc := range map[string]struct {
		change func(*bedrock.Transport)
		says   string
	}{
		"a region": {func(tr *bedrock.Transport) { tr.Region = "" }, "bedrock: no region: set Transport.Region to the one that the host is in"},
		"credentials": {func(tr *bedrock.Transport) {
			tr.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, broken })
		}, "bedrock: getting credentials: no role is attached"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := transport(base)
			tc.change(tr)
			_, err := claude(t, east, tr).Do(t.Context(), ask(haiku), nil)
			require.ErrorContains(t, err, tc.says)
			if name == "credentials" {
				require.Equal(t, provider.Invalid, err.(*provider.Error).Class, "no other attempt gets them")
			} else {
				require.IsType(t, &provider.ConfigError{}, err)
			}
			require.Empty(t, base.Requests())
		})
	}
}

// What cannot be right the next time is a mistake of the configuration, which is not tried again.
func TestConfiguration(t *testing.T) {
	base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(message)}}
	file := func(part provider.Part) *provider.Request {
		req := ask(haiku)
		req.Messages[0].Parts = append(req.Messages[0].Parts, part)
		return req
	}
	image := file(provider.Part{Image: &provider.Image{URL: "https://example.com/a.png"}})
	document := file(provider.Part{Document: &provider.Document{URL: "https://example.com/a.pdf"}})
	for _, tc := range []struct {
		url, setting, says string
		change             func(*bedrock.Transport)
		req                *provider.Request
	}{
		{east, "Transport.Region", "no region", func(tr *bedrock.Transport) { tr.Region = "" }, ask(haiku)},
		{east, "Transport.Credentials", "no credentials", func(tr *bedrock.Transport) { tr.Credentials = nil }, ask(haiku)},
		{east, "image", "Bedrock fetches no images for Claude: give the bytes of the image in place of its address", nil, image},
		{east, "document", "Bedrock fetches no documents for Claude", nil, document},
		{east + "/anthropic", "image", "Bedrock fetches no images", nil, image},
	} {
		tr := transport(base)
		if tc.change != nil {
			tc.change(tr)
		}
		_, err := claude(t, tc.url, tr).Do(t.Context(), tc.req, nil)
		var wrong *provider.ConfigError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, tc.setting, wrong.Setting)
		require.ErrorContains(t, err, "bedrock: "+tc.says)
	}
	require.Empty(t, base.Requests())

	// An address in other places is none of a file.
	req := ask(haiku)
	req.Messages = append(req.Messages, provider.Message{Role: provider.Assistant, Parts: []provider.Part{
		{ToolCall: &provider.ToolCall{ID: "t", Name: "fetch", Arguments: `{"type":"url","source":{"type":"url"}}`}}}})
	_, err := claude(t, east, transport(base)).Do(t.Context(), req, nil)
	require.NoError(t, err)
}

// Requests to other hosts go through as they are: Anthropic's own, and what only looks like Amazon's.
func TestOthersPass(t *testing.T) {
	for _, url := range []string{
		"https://api.anthropic.com", "https://amazonaws.com.evil.org", "http://bedrock-runtime.us-east-1.amazonaws.com",
	} {
		t.Run(url, func(t *testing.T) {
			base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(message)}}
			p := claude(t, url, transport(base))
			t.Setenv("ANTHROPIC_API_KEY", "sk-ant-own")
			_, err := p.Do(t.Context(), ask(haiku), nil)
			require.NoError(t, err)
			sent := base.Requests()[0]
			require.Equal(t, url+"/v1/messages", sent.URL)
			require.Equal(t, "sk-ant-own", sent.Header.Get("X-Api-Key"))
			require.NotContains(t, sent.Header, "Authorization")
			require.Contains(t, string(sent.Body), `"model":"claude-haiku-4-5"`)
		})
	}
}

// One transport serves many calls at a time.
func TestConcurrent(t *testing.T) {
	base := &cloudtest.Base{Replies: []cloudtest.Reply{cloudtest.JSON(message)}}
	p := claude(t, east, transport(base))
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			res, err := p.Do(t.Context(), ask(haiku), nil)
			if assert.NoError(t, err) {
				assert.Equal(t, "It is shipped.", res.Text())
			}
		})
	}
	wg.Wait()
	require.Len(t, base.Requests(), 32)
}

// Each attempt is signed anew, since a signature is valid for minutes.
func TestRetryIsSignedAnew(t *testing.T) {
	t.Setenv("ANTHROPIC_API_KEY", "")
	t.Setenv("ANTHROPIC_BASE_URL", east)
	base := &cloudtest.Base{Replies: []cloudtest.Reply{
		{Status: 429, Header: map[string]string{"x-amzn-ErrorType": "ThrottlingException"}, Body: []byte(`{"message":"Too many requests"}`)},
		cloudtest.JSON(message),
	}}
	synctest.Test(t, func(t *testing.T) {
		client, err := alloy.New(alloy.WithModel(haiku), alloy.WithHTTPClient(&http.Client{Transport: transport(base)}))
		require.NoError(t, err)
		var report alloy.Report
		text, err := alloy.Ask(alloy.WithClient(t.Context(), client), "Where is order 4392?",
			alloy.WithRetry(alloy.Retry{Attempts: 2, Base: 10 * time.Second}), alloy.WithReport(&report))
		require.NoError(t, err)
		require.Equal(t, "It is shipped.", text)
	})
	require.Len(t, base.Requests(), 2)
	first, second := base.Requests()[0].Header, base.Requests()[1].Header
	require.NotEqual(t, first.Get("X-Amz-Date"), second.Get("X-Amz-Date"))
	require.NotEqual(t, first.Get("Authorization"), second.Get("Authorization"))
}
