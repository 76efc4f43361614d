// Package clouds has a transport for each cloud; here they serve one client.
package clouds_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/alloygen/alloygen/clouds/azure"
	"github.com/alloygen/alloygen/clouds/bedrock"
	"github.com/alloygen/alloygen/clouds/internal/cloudtest"
	"github.com/alloygen/alloygen/clouds/vertex"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/anthropic"
	_ "github.com/alloygen/alloygen/runtime/provider/compatible"
	_ "github.com/alloygen/alloygen/runtime/provider/gemini"
)

type entra struct{}

func (entra) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "entra"}, nil
}

// A call falls back from cloud to cloud, through transports that stand one behind the other. Each signs what goes to its own
// cloud, and no credential goes to another.
func TestTogether(t *testing.T) {
	t.Setenv("ANTHROPIC_BASE_URL", "https://bedrock-runtime.us-east-1.amazonaws.com")
	t.Setenv("GEMINI_BASE_URL", "https://us-central1-aiplatform.googleapis.com")
	for _, key := range []string{"ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "AZURE_API_KEY"} {
		t.Setenv(key, "")
	}
	t.Setenv("GROQ_API_KEY", "gsk-own")
	denied := cloudtest.Reply{Status: 403, Body: []byte(`{"message":"denied"}`)}
	base := &cloudtest.Base{Replies: []cloudtest.Reply{denied, denied, denied,
		cloudtest.JSON(`{"choices":[{"message":{"role":"assistant","content":"It is shipped."},"finish_reason":"stop"}]}`)}}
	var transport http.RoundTripper = base
	transport = &azure.Transport{Credential: entra{}, Base: transport}
	transport = &vertex.Transport{Project: "acme-prod", Location: "us-central1", Base: transport,
		Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "google"})}
	transport = &bedrock.Transport{Region: "us-east-1", Base: transport,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		})}

	client, err := alloy.New(
		alloy.WithModel("claude-haiku-4-5"),
		alloy.WithFallback("gemini-3.5-flash", "azure/gpt-5-mini", "groq/llama-3.3-70b-versatile"),
		alloy.WithCompatible("azure", "https://acme.openai.azure.com/openai/v1", ""),
		alloy.WithCompatible("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
		alloy.WithHTTPClient(&http.Client{Transport: transport}),
	)
	require.NoError(t, err)
	text, err := alloy.Ask(alloy.WithClient(t.Context(), client), "Where is order 4392?")
	require.NoError(t, err)
	require.Equal(t, "It is shipped.", text)

	sent := base.Requests()
	require.Len(t, sent, 4)
	for i, want := range []struct{ url, authorization string }{
		{"https://bedrock-runtime.us-east-1.amazonaws.com/model/claude-haiku-4-5/invoke", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"},
		{"https://us-central1-aiplatform.googleapis.com/v1beta1/projects/acme-prod/locations/us-central1/publishers/google/models/" +
			"gemini-3.5-flash:generateContent", "Bearer google"},
		{"https://acme.openai.azure.com/openai/v1/chat/completions", "Bearer entra"},
		{"https://api.groq.com/openai/v1/chat/completions", "Bearer gsk-own"},
	} {
		require.Equal(t, want.url, sent[i].URL)
		require.True(t, strings.HasPrefix(sent[i].Header.Get("Authorization"), want.authorization), sent[i].Header)
	}
}

// Two regions of a cloud in one program: each has a prefix, and a transport for its host.
func TestRegions(t *testing.T) {
	const us, eu = "bedrock-runtime.us-east-1.amazonaws.com", "bedrock-runtime.eu-central-1.amazonaws.com"
	for prefix, host := range map[string]string{"claude-us": us, "claude-eu": eu} {
		require.NoError(t, anthropic.Register(provider.Endpoint{Prefix: prefix, BaseURL: "https://" + host}))
	}
	key := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
	})
	base := &cloudtest.Base{Replies: []cloudtest.Reply{{Status: 403, Body: []byte(`{"message":"denied"}`)},
		cloudtest.JSON(`{"content":[{"type":"text","text":"It is shipped."}],"stop_reason":"end_turn"}`)}}
	var transport http.RoundTripper = &bedrock.Transport{Region: "eu-central-1", Host: eu, Credentials: key, Base: base}
	transport = &bedrock.Transport{Region: "us-east-1", Host: us, Credentials: key, Base: transport}
	client, err := alloy.New(alloy.WithModel("claude-us/claude-haiku-4-5"), alloy.WithFallback("claude-eu/claude-haiku-4-5"),
		alloy.WithHTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)
	text, err := alloy.Ask(alloy.WithClient(t.Context(), client), "Where is order 4392?")
	require.NoError(t, err)
	require.Equal(t, "It is shipped.", text)
	sent := base.Requests()
	require.Len(t, sent, 2)
	for i, region := range []string{"us-east-1", "eu-central-1"} {
		require.Equal(t, "https://bedrock-runtime."+region+".amazonaws.com/model/claude-haiku-4-5/invoke", sent[i].URL)
		require.Contains(t, sent[i].Header.Get("Authorization"), "/"+region+"/bedrock/aws4_request")
	}
}
