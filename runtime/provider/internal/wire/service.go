// Package wire is what the vendors' formats share: sending one request over HTTP, reading its answer within bounds,
// sorting failures into classes, and writing JSON. It knows no vendor's messages.
package wire

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Service is one vendor's HTTP API, as one client uses it. Its exported fields are set before the first request and stay.
type Service struct {
	Provider    string                       // the name of the provider, for errors
	Client      *http.Client                 // see Pinned
	KeyVar      string                       // the environment variable of the API key
	BaseVar     string                       // the environment variable of the base URL
	DefaultBase string                       // used when BaseVar is not set; it needs a key
	Path        string                       // appended to the base URL
	RequestID   string                       // the response header with the vendor's request id
	Header      func(key string) http.Header // what every request carries, in canonical form; key may be empty
	Classify    func(Fault) provider.Class   // the vendor's own classification of a failed request

	current atomic.Pointer[endpoint]
}

// endpoint is where the environment says that requests go. It is made again only when the environment changes.
type endpoint struct {
	key, base string // as the environment has them
	url       *url.URL
	header    http.Header
	err       *provider.ConfigError
}

// Pinned returns a client like c, over the same connections, that leaves a redirect unfollowed: one call is one request, and
// a key in a header of the vendor's own would follow to another host. A client with its own redirect rule keeps it.
func Pinned(c *http.Client) *http.Client {
	if c == nil {
		c = http.DefaultClient
	}
	pinned := *c
	if pinned.CheckRedirect == nil {
		pinned.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return &pinned
}

// endpoint reads the environment, so that a key that changes while the program runs is used at once.
func (s *Service) endpoint() *endpoint {
	key, base := os.Getenv(s.KeyVar), os.Getenv(s.BaseVar)
	if e := s.current.Load(); e != nil && e.key == key && e.base == base {
		return e
	}
	e := &endpoint{key: key, base: base}
	e.url, e.err = s.locate(key, base)
	if e.err == nil {
		e.header = s.Header(strings.TrimSpace(key))
		e.header["Content-Type"] = []string{"application/json"}
		e.header["User-Agent"] = []string{"alloygen"}
	}
	s.current.Store(e)
	return e
}

func (s *Service) locate(key, base string) (*url.URL, *provider.ConfigError) {
	refuse := func(setting, format string, args ...any) (*url.URL, *provider.ConfigError) {
		return nil, &provider.ConfigError{Provider: s.Provider, Setting: setting, Message: fmt.Sprintf(format, args...)}
	}
	key, base = strings.TrimSpace(key), strings.TrimSpace(base)
	if key == "" && base == "" {
		return refuse(s.KeyVar, "no API key: set %s (or %s, for a server that needs none)", s.KeyVar, s.BaseVar)
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return refuse(s.KeyVar, "%s holds a control character, which no HTTP header may carry", s.KeyVar)
	}
	u, err := url.Parse(cmp.Or(base, s.DefaultBase))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return refuse(s.BaseVar, "%s is not an http or https URL", s.BaseVar)
	}
	return (&url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host, Path: cmp.Or(u.Path, "/"), RawQuery: u.RawQuery}).JoinPath(s.Path), nil
}

// Post sends one request and returns its answer once the headers of a success are there. Every failure is an *Error of
// package provider, or a *ConfigError before anything was sent. It never tries twice. The caller closes the reply.
func (s *Service) Post(ctx context.Context, model string, body []byte, stream bool) (*Reply, error) {
	e := s.endpoint()
	if e.err != nil {
		return nil, e.err
	}
	r := &Reply{service: s, endpoint: e, model: model}
	if ctx.Err() != nil {
		return nil, r.transportError(ctx, ctx.Err())
	}
	res, err := s.Client.Do(e.request(ctx, body, stream))
	if err != nil {
		return nil, r.transportError(ctx, err)
	}
	r.res = res
	r.RequestID = cmp.Or(res.Header.Get(s.RequestID), res.Header.Get("X-Request-Id")) // the latter is of gateways
	if res.StatusCode < 200 || res.StatusCode > 299 {
		defer r.Close()
		return nil, r.statusError(ctx)
	}
	return r, nil
}

func (e *endpoint) request(ctx context.Context, body []byte, stream bool) *http.Request {
	u := *e.url // a transport of the user's may rewrite it
	header := maps.Clone(e.header)
	if stream {
		header["Accept"] = []string{"text/event-stream"}
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	first, _ := open()
	req := &http.Request{
		Method: http.MethodPost, URL: &u, Host: u.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(body)), Body: first,
		// Lets the transport take a fresh connection when an idle one turns out to be closed before a byte was sent.
		GetBody: open,
	}
	return req.WithContext(ctx)
}
