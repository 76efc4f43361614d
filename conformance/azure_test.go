package conformance

import (
	"context"
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	sdk "github.com/openai/openai-go/v3"
	sdkazure "github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/clouds/azure"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/openai"
)

const (
	azureURL     = "https://acme.openai.azure.com"
	azureVersion = "2024-10-21"
)

// entra gives the same token for the scope that it is asked for.
type entra struct{}

func (entra) GetToken(_ context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "token for " + options.Scopes[0]}, nil
}

// OpenAI's SDK speaks the API by deployments. The v1 API is OpenAI's own, at another base URL.
func TestAzureRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		sdk       option.RequestOption
		key       string
		transport azure.Transport
	}{
		"key":   {sdkazure.WithAPIKey("0123azure"), "0123azure", azure.Transport{}},
		"token": {sdkazure.WithTokenCredential(entra{}), "", azure.Transport{Credential: entra{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OPENAI_BASE_URL", azureURL)
			t.Setenv("OPENAI_API_KEY", tc.key)
			c := &cloud{kind: "application/json", reply: string(reply(t, "openai-text"))}
			tc.transport.Base, tc.transport.APIVersion = c, azureVersion
			ours, err := openai.New(provider.Config{HTTPClient: &http.Client{Transport: &tc.transport}})
			require.NoError(t, err)
			client := sdk.NewClient(option.WithHTTPClient(&http.Client{Transport: c}), option.WithMaxRetries(0),
				sdkazure.WithEndpoint(azureURL, azureVersion), tc.sdk)
			_, err = client.Chat.Completions.New(t.Context(), openaiTyped(ticket))
			require.NoError(t, err)
			_, err = ours.Do(t.Context(), typedCall(openaiModel, ticket), nil)
			require.NoError(t, err)

			require.Len(t, c.requests, 2)
			theirs, mine := c.requests[0], c.requests[1]
			require.Equal(t, theirs.url, mine.url)
			require.JSONEq(t, theirs.body, mine.body)
			for _, h := range []string{"Authorization", "Api-Key", "Content-Type"} {
				require.Equal(t, theirs.header[h], mine.header[h], h)
			}
		})
	}
}
