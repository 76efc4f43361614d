// Package vertex lets the gemini and anthropic providers of alloygen reach Gemini and Claude on Google's Vertex AI: a Transport
// turns the addresses of their requests into those of a project's models, and puts a token of Google Cloud into them. See
// https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference and
// https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude.
//
// GEMINI_BASE_URL and ANTHROPIC_BASE_URL say where requests go: https://LOCATION-aiplatform.googleapis.com, or
// https://aiplatform.googleapis.com for the location global. Without them the providers send them to Google's Gemini API and to
// Anthropic, which the Transport leaves alone.
package vertex

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/alloygen/alloygen/clouds/internal/outgoing"
	"github.com/alloygen/alloygen/runtime/provider"
)

// anthropicVersion is what Vertex AI has in place of the header anthropic-version.
const anthropicVersion = "vertex-2023-10-16"

// Transport sends the requests of the gemini and the anthropic provider to Vertex AI. Every other request goes through it as it
// is, so that one client may serve other providers too. It is safe for use by many goroutines; its fields are set before the
// first request.
type Transport struct {
	Project  string // whose models they are, and who pays: its id
	Location string // of the models, and of the base URL: us-central1, global …

	// Tokens gives the token that a request carries, of the scope https://www.googleapis.com/auth/cloud-platform. It is asked at
	// each request: what x/oauth2/google finds keeps its tokens, a source of one's own is wrapped by oauth2.ReuseTokenSource.
	Tokens oauth2.TokenSource

	// Models is what Vertex AI calls a model, by its name in the program: claude-haiku-4-5@20251001, or, for a tuned Gemini, the
	// whole name of its endpoint, projects/PROJECT/locations/LOCATION/endpoints/ID. Any other name is sent as it is.
	Models map[string]string

	// Host is the one host that gets the token, with its port where the URL has one. When empty, those of Vertex AI do, over
	// TLS.
	Host string

	// Base sends the request; http.DefaultTransport when nil.
	Base http.RoundTripper
}

const (
	gemini   = "/v1beta/models/"
	messages = "/v1/messages"
)

// RoundTrip implements [http.RoundTripper]. What a request lacks (a project, a token), and a picture or document by its address,
// which Vertex AI does not fetch for Claude, is a [provider.ConfigError] before it is sent.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	path := req.URL.EscapedPath()
	isGemini, isClaude := strings.Contains(path, gemini), strings.HasSuffix(path, messages)
	if req.Method != http.MethodPost || !isGemini && !isClaude || !t.to(req) {
		return outgoing.Send(t.Base, req)
	}
	out, body, err := outgoing.Copy(req)
	switch {
	case err != nil:
	case t.Project == "" || t.Location == "":
		err = &provider.ConfigError{Provider: "vertex", Setting: "Transport.Project, Transport.Location",
			Message: "no project or location: set Transport.Project and Transport.Location"}
	case isGemini:
		path, err = t.generate(path)
	default:
		if err = outgoing.NoAddresses("vertex", "Vertex AI", body); err == nil {
			path, err = t.predict(out, body, path)
		}
	}
	if err == nil {
		out.URL.RawPath = path
		out.URL.Path, err = url.PathUnescape(path)
	}
	if err == nil {
		err = t.authorize(out)
	}
	if err != nil {
		return nil, outgoing.Failed("vertex", err)
	}
	return outgoing.Send(t.Base, out)
}

// to says whether a request goes to Vertex AI. Multi-regions have hosts of another form: aiplatform.eu.rep.googleapis.com.
func (t *Transport) to(req *http.Request) bool {
	return outgoing.To(req, t.Host, "aiplatform.googleapis.com") ||
		t.Host == "" && outgoing.To(req, "", ".rep.googleapis.com") && strings.HasPrefix(req.URL.Host, "aiplatform.")
}

// generate is the path of a Gemini model's method, which the provider has as v1beta/models/NAME:METHOD.
func (t *Transport) generate(path string) (string, error) {
	base, rest, _ := strings.Cut(path, gemini)
	at := strings.LastIndexByte(rest, ':')
	if at < 0 {
		return "", errors.New("the path names no method of a model")
	}
	name, err := url.PathUnescape(rest[:at])
	if err != nil {
		return "", err
	}
	name = outgoing.Named(t.Models, name)
	if !strings.HasPrefix(name, "projects/") {
		name = t.models("google") + url.PathEscape(name)
	}
	return base + "/v1beta1/" + name + rest[at:], nil
}

// predict is the path of a Claude model, whose name and version the body of the request has.
func (t *Transport) predict(out *http.Request, body []byte, path string) (string, error) {
	call, err := outgoing.Parse(body)
	if err != nil {
		return "", err
	}
	model := outgoing.Named(t.Models, call.Text("model"))
	call, _ = call.Without("model")
	if call.Text("anthropic_version") == "" {
		call = call.With("anthropic_version", anthropicVersion)
	}
	outgoing.SetBody(out, call.Bytes())
	method := ":rawPredict"
	if _, stream := call.Without("stream"); string(stream) == "true" {
		method = ":streamRawPredict"
	}
	return strings.TrimSuffix(path, messages) + "/v1/" + t.models("anthropic") + url.PathEscape(model) + method, nil
}

func (t *Transport) models(publisher string) string {
	return "projects/" + url.PathEscape(t.Project) + "/locations/" + url.PathEscape(t.Location) +
		"/publishers/" + publisher + "/models/"
}

func (t *Transport) authorize(out *http.Request) error {
	out.Header.Del("X-Goog-Api-Key") // of the APIs that are not asked
	out.Header.Del("X-Api-Key")
	if t.Tokens == nil {
		return &provider.ConfigError{Provider: "vertex", Setting: "Transport.Tokens", Message: "no token: set Transport.Tokens"}
	}
	token, err := t.Tokens.Token()
	if err != nil {
		status := 0
		if answered, ok := errors.AsType[*oauth2.RetrieveError](err); ok && answered.Response != nil {
			status = answered.Response.StatusCode
		}
		return outgoing.NoCredential("getting a token", status, err)
	}
	token.SetAuthHeader(out)
	return nil
}
