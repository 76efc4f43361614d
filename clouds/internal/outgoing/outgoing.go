// Package outgoing is what the transports of the clouds do alike with a request on its way out.
package outgoing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Copy returns a copy of a request, which a transport may change as it may not the one that it was given, and its body, read.
func Copy(req *http.Request) (*http.Request, []byte, error) {
	out := req.Clone(req.Context())
	if req.Body == nil {
		return out, nil, nil
	}
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	SetBody(out, body)
	return out, body, err
}

// SetBody gives a request a body that can be sent again.
func SetBody(req *http.Request, body []byte) {
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, _ = req.GetBody()
	req.ContentLength = int64(len(body))
}

// Send sends a request through base, which is http.DefaultTransport when nil.
func Send(base http.RoundTripper, req *http.Request) (*http.Response, error) {
	if base == nil {
		base = http.DefaultTransport
	}
	return base.RoundTrip(req)
}

// To says whether a request goes to the host that was named, with its port where it has one; when none was, to one under the
// cloud's domains, over TLS.
func To(req *http.Request, host string, domains ...string) bool {
	if host != "" {
		return strings.EqualFold(req.URL.Host, host)
	}
	if req.URL.Scheme != "https" {
		return false
	}
	name := strings.ToLower(req.URL.Hostname())
	for _, domain := range domains {
		if strings.HasSuffix(name, domain) {
			return true
		}
	}
	return false
}

// Named is what a cloud calls a model: what models says, or the name itself.
func Named(models map[string]string, model string) string {
	if name, ok := models[model]; ok {
		return name
	}
	return model
}

// Failed is why a request was not sent, which begins with the cloud's name: a *provider.ConfigError has it already.
func Failed(cloud string, err error) error {
	if wrong, ok := errors.AsType[*provider.ConfigError](err); ok {
		return wrong
	}
	return fmt.Errorf("%s: %w", cloud, err)
}
