// Package bedrock lets the anthropic provider of alloygen reach Claude on Amazon Bedrock: a Transport turns its requests into
// InvokeModel and InvokeModelWithResponseStream, signs them, and turns the replies back. See
// https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html.
//
// ANTHROPIC_BASE_URL says where requests go: https://bedrock-runtime.us-east-1.amazonaws.com. One that ends in /anthropic, as
// https://bedrock-runtime.us-east-1.amazonaws.com/anthropic or https://bedrock-mantle.us-east-1.api.aws/anthropic, leads to the
// Messages API itself, whose requests are only signed; see
// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html. Without a base URL the provider sends them
// to Anthropic, which the Transport leaves alone.
//
// A program keeps Anthropic's names of models, by which what a model can do and what it costs are known, and Models says what
// Bedrock calls them. An id of Bedrock's may be written too, after the provider: anthropic/us.anthropic.claude-opus-4-7. What such
// a model can do is known, but not what it costs, which depends on the region. A profile whose name does not say the model is taken
// to do everything that Claude does.
package bedrock

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/alloygen/alloygen/clouds/internal/outgoing"
	"github.com/alloygen/alloygen/runtime/provider"
)

// version is what Bedrock has in place of the header anthropic-version.
const version = "bedrock-2023-05-31"

// Transport sends the requests of the anthropic provider to Bedrock. Every other request goes through it as it is, so that one
// client may serve other providers too. It is safe for use by many goroutines; its fields are set before the first request.
type Transport struct {
	// Region is part of the signature: us-east-1. It is the one that the host is in.
	Region string

	// Credentials sign the requests (Signature Version 4). They are asked at each request: what aws-sdk-go-v2/config loads
	// keeps them, a source of one's own is wrapped by aws.NewCredentialsCache. When nil, ANTHROPIC_API_KEY is taken for an API
	// key of Bedrock, and sent as a bearer token.
	Credentials aws.CredentialsProvider

	// Models is what Bedrock calls a model, by its name in the program: an id, an inference profile, or an ARN. Any other name
	// is sent as it is.
	Models map[string]string

	// Host is the one host whose requests are signed, with its port where the URL has one. When empty, those of Amazon's domains
	// (amazonaws.com, amazonaws.com.cn, api.aws) are, over TLS.
	Host string

	// Base sends the request; http.DefaultTransport when nil.
	Base http.RoundTripper
}

// signer keeps the keys that it derives from credentials for a day; it may be used by many goroutines.
var signer = v4.NewSigner()

const (
	messages = "/v1/messages"
	native   = "/anthropic" + messages // the Messages API of Bedrock itself
)

// RoundTrip implements [http.RoundTripper]. What a request lacks (a region, credentials), and a picture or document by its address,
// which Bedrock does not fetch, is a [provider.ConfigError] before it is sent.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost || !strings.HasSuffix(req.URL.Path, messages) ||
		!outgoing.To(req, t.Host, ".amazonaws.com", ".amazonaws.com.cn", ".api.aws") {
		return outgoing.Send(t.Base, req)
	}
	out, body, err := outgoing.Copy(req)
	if err == nil {
		err = outgoing.NoAddresses("bedrock", "Bedrock", body)
	}
	if err == nil {
		body, err = t.address(out, body)
	}
	if err == nil {
		err = t.authorize(out, body)
	}
	if err != nil {
		return nil, outgoing.Failed("bedrock", err)
	}
	res, err := outgoing.Send(t.Base, out)
	if err != nil {
		return nil, err
	}
	return reply(res), nil
}

// address says which model a request is for, and returns its body.
func (t *Transport) address(out *http.Request, body []byte) ([]byte, error) {
	call, err := outgoing.Parse(body)
	if err != nil {
		return nil, err
	}
	model := outgoing.Named(t.Models, call.Text("model"))
	if strings.HasSuffix(out.URL.Path, native) {
		call = call.With("model", model)
	} else if call, err = invoke(out, call, model); err != nil {
		return nil, err
	}
	body = call.Bytes()
	outgoing.SetBody(out, body)
	return body, nil
}

// invoke makes a request one of InvokeModel, which has the model and the kind of its reply in the address.
func invoke(out *http.Request, call outgoing.Object, model string) (outgoing.Object, error) {
	call, _ = call.Without("model")
	call, stream := call.Without("stream")
	if call.Text("anthropic_version") == "" {
		call = call.With("anthropic_version", version)
	}
	method := "invoke"
	if string(stream) == "true" {
		method = "invoke-with-response-stream"
		out.Header.Del("Accept") // of the reply as the provider gets it
	}
	base := strings.TrimSuffix(out.URL.EscapedPath(), messages)
	// The colon of an id and the slash of an ARN are escaped, as the signature takes them to be.
	path := base + "/model/" + strings.ReplaceAll(url.QueryEscape(model), "+", "%20") + "/" + method
	var err error
	out.URL.Path, err = url.PathUnescape(path)
	out.URL.RawPath = path
	return call, err
}

func (t *Transport) authorize(out *http.Request, body []byte) error {
	key := out.Header.Get("X-Api-Key")
	out.Header.Del("X-Api-Key") // Anthropic's, which is nobody else's business
	switch {
	case t.Credentials == nil && key == "":
		return &provider.ConfigError{Provider: "bedrock", Setting: "Transport.Credentials",
			Message: "no credentials: set Transport.Credentials, or ANTHROPIC_API_KEY to an API key of Bedrock"}
	case t.Credentials == nil:
		out.Header.Set("Authorization", "Bearer "+key)
		return nil
	case t.Region == "":
		return &provider.ConfigError{Provider: "bedrock", Setting: "Transport.Region",
			Message: "no region: set Transport.Region to the one that the host is in"}
	}
	credentials, err := t.Credentials.Retrieve(out.Context())
	if err != nil {
		return outgoing.NoCredential("getting credentials", 0, err)
	}
	// Only what stays the same on the way is signed: a tracer below may add headers, or replace its own.
	signed := &http.Request{
		Method: out.Method, URL: out.URL, Host: out.Host, ContentLength: out.ContentLength,
		Header: http.Header{"Content-Type": out.Header["Content-Type"]},
	}
	service := "bedrock"
	if strings.HasPrefix(out.URL.Host, "bedrock-mantle.") {
		service = "bedrock-mantle"
	}
	hash := sha256.Sum256(body)
	err = signer.SignHTTP(out.Context(), credentials, signed, hex.EncodeToString(hash[:]), service, t.Region, time.Now())
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	for name, values := range signed.Header {
		out.Header[name] = values
	}
	return nil
}
