// Package azure lets alloygen reach models on Azure OpenAI and Microsoft Foundry with a token of Entra ID, or through the API
// by deployments: a Transport puts the token, or the key, where Azure wants it, and says to which deployment a request goes.
//
// With a key neither the v1 API nor Claude on Foundry needs a Transport. The former is a compatible server at
// https://RESOURCE.openai.azure.com/openai/v1, whose models are deployments; the latter is what ANTHROPIC_BASE_URL leads to when
// it is https://RESOURCE.services.ai.azure.com/anthropic. See
// https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle.
//
// A deployment that is called as its model is one whose abilities and price are known; Models says what others are called.
package azure

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/alloygen/alloygen/clouds/internal/outgoing"
	"github.com/alloygen/alloygen/runtime/provider"
)

// scope is what a token is for, in Azure's public cloud.
const scope = "https://cognitiveservices.azure.com/.default"

// Transport makes the requests of the openai provider, of compatible servers and of the anthropic provider that go to Azure such
// as Azure takes them. Those that go to another host pass through it as they are, so that one client may serve other providers
// too. It is safe for use by many goroutines; its fields are set before the first request.
type Transport struct {
	// Credential gives the token of Entra ID that a request carries. It is asked at each request: those of azidentity keep their
	// tokens. When nil, the key that the provider sends (OPENAI_API_KEY …) goes along in Azure's own header, api-key.
	Credential azcore.TokenCredential

	// Scope is what the token is for; https://cognitiveservices.azure.com/.default when empty. Foundry, for Claude above all, has
	// https://ai.azure.com/.default, and sovereign clouds have their own.
	Scope string

	// APIVersion chooses the older API, which names the deployment in the path and its version in the query: 2024-10-21. The
	// base URL is then https://RESOURCE.openai.azure.com alone. When empty, requests go to the v1 API, whose base URL ends in
	// /openai/v1.
	APIVersion string

	// Models is the deployment of a model, by its name in the program. Any other name is sent as it is.
	Models map[string]string

	// Host is the one host that gets the credential, with its port where the URL has one. When empty, those under
	// openai.azure.com, services.ai.azure.com and cognitiveservices.azure.com do, over TLS.
	Host string

	// Base sends the request; http.DefaultTransport when nil.
	Base http.RoundTripper
}

// RoundTrip implements [http.RoundTripper]. A token that cannot be had is an error before anything is sent, a permanent one unless
// the network failed.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !outgoing.To(req, t.Host, ".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com") {
		return outgoing.Send(t.Base, req)
	}
	out, body, err := outgoing.Copy(req)
	if err == nil {
		err = t.address(out, body)
	}
	if err == nil {
		err = t.authorize(out)
	}
	if err != nil {
		return nil, outgoing.Failed("azure", err)
	}
	return outgoing.Send(t.Base, out)
}

const (
	chat      = "/chat/completions"
	responses = "/responses"
)

// address says which deployment a request is for: in the body, and, in the older API, in the path.
func (t *Transport) address(out *http.Request, body []byte) error {
	if t.APIVersion == "" && len(t.Models) == 0 {
		return nil
	}
	call, err := outgoing.Parse(body)
	if err != nil {
		return err
	}
	model := call.Text("model")
	deployment := outgoing.Named(t.Models, model)
	if deployment != model {
		outgoing.SetBody(out, call.With("model", deployment).Bytes())
	}
	path := out.URL.EscapedPath()
	base, isChat := strings.CutSuffix(path, chat)
	resource, isResponses := strings.CutSuffix(path, responses)
	switch {
	case t.APIVersion == "" || !isChat && !isResponses:
		return nil
	case isResponses: // which are of a resource, not of a deployment
		path = resource + "/openai" + responses
	default:
		path = base + "/openai/deployments/" + url.PathEscape(deployment) + chat
	}
	if out.URL.Path, err = url.PathUnescape(path); err != nil {
		return err
	}
	out.URL.RawPath = path
	query := out.URL.Query()
	query.Set("api-version", t.APIVersion)
	out.URL.RawQuery = query.Encode()
	return nil
}

func (t *Transport) authorize(out *http.Request) error {
	if t.Credential == nil {
		key, isBearer := strings.CutPrefix(out.Header.Get("Authorization"), "Bearer ")
		switch {
		case isBearer:
			out.Header.Del("Authorization")
			out.Header.Set("Api-Key", key)
		case out.Header.Get("X-Api-Key") == "": // Claude's
			return &provider.ConfigError{Provider: "azure", Setting: "Transport.Credential",
				Message: "no credential: set Transport.Credential, or the variable of the provider's key to a key of Azure"}
		}
		return nil
	}
	wanted := t.Scope
	if wanted == "" {
		wanted = scope
	}
	token, err := t.Credential.GetToken(out.Context(), policy.TokenRequestOptions{Scopes: []string{wanted}})
	if err != nil {
		status := 0
		if answered, ok := errors.AsType[*azcore.ResponseError](err); ok {
			status = answered.StatusCode
		}
		return outgoing.NoCredential("getting a token", status, err)
	}
	out.Header.Del("X-Api-Key")
	out.Header.Set("Authorization", "Bearer "+token.Token)
	return nil
}
