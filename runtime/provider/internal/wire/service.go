// Package wire is what the vendors' formats share: sending one request over HTTP, reading its answer within bounds,
// sorting failures into classes, and writing JSON. Of a vendor's own it knows the words of some errors, which other servers repeat,
// and nothing else.
package wire

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
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
	KeyVars     []string                     // the environment variables of the API key; the first that is set counts
	BaseVar     string                       // the environment variable of the base URL; empty when none may change it
	DefaultBase string                       // used when BaseVar is not set
	Key         Need                         // of a key; one that is set is sent in any case
	Path        string                       // appended to the base URL
	StreamType  string                       // the media type of a stream; text/event-stream unless set
	RequestID   string                       // the response header with the vendor's request id
	Header      func(key string) http.Header // what every request carries, in canonical form; key may be empty
	Classify    func(Fault) provider.Class   // the vendor's own classification of a failed request

	// Base reads the base URL, and says which variable has it, where that is not BaseVar alone. Without one it names BaseVar.
	Base func() (variable, base string)

	// Resource is what a request appends to Path, escaped, and to the query, where they depend on the model.
	Resource func(model string, stream bool) (path, query string)

	// Can says what a model can do, where other servers are found with At, which may say it otherwise.
	Can func(model string) provider.Capabilities

	current atomic.Pointer[endpoint]
}

// Need says where an API key is needed.
type Need int

const (
	AtDefaultBase Need = iota // another server may need none
	Nowhere
	Everywhere
)

// Bearer is the Header of a service that takes its key as a bearer token.
func Bearer(key string) http.Header {
	if key == "" {
		return http.Header{}
	}
	return http.Header{"Authorization": {"Bearer " + key}}
}

// At makes the service that of another server, which speaks the same API.
func (s *Service) At(e provider.Endpoint) error {
	key, baseVar, err := e.Variables()
	s.Provider, s.KeyVars, s.Key = e.Prefix, []string{key}, Nowhere
	if e.KeyVar != "" {
		s.Key = Everywhere
	}
	if e.Capabilities != nil {
		s.Can = e.Capabilities
	}
	s.Base, s.BaseVar, s.DefaultBase = nil, baseVar, e.BaseURL
	return err
}

// endpoint is where the environment says that requests go. It is made again only when the environment changes.
type endpoint struct {
	key, base string // as the environment has them
	url       *url.URL
	header    http.Header
	secrets   []string // what no error shows
	err       *provider.ConfigError
}

// Pinned returns a client like c, over the same connections, that leaves a redirect unfollowed: one call is one request. A client
// with its own redirect rule keeps it; no key goes along to another host, or out of TLS.
func Pinned(c *http.Client) *http.Client {
	if c == nil {
		c = http.DefaultClient
	}
	pinned := *c
	follow := c.CheckRedirect
	pinned.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if follow == nil {
			return http.ErrUseLastResponse
		}
		if from := via[0].URL; req.URL.Host != from.Host || req.URL.Scheme != from.Scheme && req.URL.Scheme == "http" {
			for _, name := range keyHeaders {
				req.Header.Del(name)
			}
		}
		return follow(req, via)
	}
	return &pinned
}

// keyHeaders are those that carry a key. Of these net/http knows the first alone.
var keyHeaders = []string{"Authorization", "X-Api-Key", "X-Goog-Api-Key"}

// endpoint reads the environment, so that a key that changes while the program runs is used at once.
func (s *Service) endpoint() *endpoint {
	key := s.key()
	variable, base := s.base()
	if e := s.current.Load(); e != nil && e.key == key && e.base == base {
		return e
	}
	e := &endpoint{key: key, base: base}
	e.url, e.err = s.locate(key, variable, base)
	if e.err == nil {
		e.header = s.Header(strings.TrimSpace(key))
		e.secrets = append(secretsIn(e.url), strings.TrimSpace(key))
		e.header["Content-Type"] = []string{"application/json"}
		e.header["User-Agent"] = []string{"alloygen"}
	}
	s.current.Store(e)
	return e
}

func (s *Service) key() string {
	for _, name := range s.KeyVars {
		if key := os.Getenv(name); strings.TrimSpace(key) != "" {
			return key
		}
	}
	return ""
}

func (s *Service) base() (variable, base string) {
	if s.Base != nil {
		return s.Base()
	}
	return s.BaseVar, os.Getenv(s.BaseVar)
}

// Host is the host that requests go to; empty when the environment does not say it well.
func (s *Service) Host() string {
	if e := s.endpoint(); e.err == nil {
		return e.url.Hostname()
	}
	return ""
}

func (s *Service) locate(key, variable, base string) (*url.URL, *provider.ConfigError) {
	refuse := func(setting, format string, args ...any) (*url.URL, *provider.ConfigError) {
		return nil, &provider.ConfigError{Provider: s.Provider, Setting: setting, Message: fmt.Sprintf(format, args...)}
	}
	key, base = strings.TrimSpace(key), strings.TrimSpace(base)
	keys := strings.Join(s.KeyVars, ", ")
	if key == "" && (s.Key == Everywhere || s.Key == AtDefaultBase && base == "") {
		own := ""
		if s.Key == AtDefaultBase {
			own = " (or " + s.BaseVar + ", for a server that needs none)"
		}
		return refuse(keys, "no API key: set %s%s", strings.Join(s.KeyVars, " or "), own)
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return refuse(keys, "%s holds a control character, which no HTTP header may carry", strings.Join(s.KeyVars, " or "))
	}
	u, err := url.Parse(cmp.Or(base, s.DefaultBase))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return refuse(cmp.Or(variable, "base URL"), "%s is not an http or https URL", cmp.Or(variable, "the base URL of the server"))
	}
	u.Fragment, u.RawFragment = "", ""
	return join(u, s.Path), nil
}

// join appends an escaped path to an address. What the address has escaped stays so, and so do two slashes within it, as gateways
// have them.
func join(u *url.URL, escaped string) *url.URL {
	joined := *u
	joined.RawPath = strings.TrimRight(u.EscapedPath(), "/") + "/" + escaped
	joined.Path, _ = url.PathUnescape(joined.RawPath) // of what is escaped it does not fail
	return &joined
}

// Post sends one request and returns its answer once the headers of a success are there. Every failure is an *Error of
// package provider, or a *ConfigError before anything was sent; a transport may return either, and its class is kept. It never
// tries twice. The caller closes the reply.
func (s *Service) Post(ctx context.Context, model string, body []byte, stream bool) (*Reply, error) {
	e := s.endpoint()
	if e.err != nil {
		return nil, e.err
	}
	r := &Reply{service: s, endpoint: e, model: model}
	if ctx.Err() != nil {
		return nil, r.transportError(ctx, ctx.Err())
	}
	// A connection that the server has closed while it was idle says nothing of the server: the error has to tell it apart.
	trace := &httptrace.ClientTrace{GotConn: func(conn httptrace.GotConnInfo) { r.reused.Store(conn.Reused) }}
	own := httptrace.WithClientTrace(ctx, trace)
	r.cancel = func() {}
	if stream {
		own, r.cancel = context.WithCancel(own)
	}
	res, err := s.Client.Do(s.request(own, e, model, body, stream))
	if err != nil {
		r.cancel()
		if wrong, ok := errors.AsType[*provider.ConfigError](err); ok { // of a transport of the caller's
			message := strings.Replace(unwrapURL(err).Error(), wrong.Error(), wrong.Message, 1) // the provider is named beside it
			return nil, &provider.ConfigError{Provider: cmp.Or(wrong.Provider, s.Provider), Setting: wrong.Setting, Message: r.redact(message), Err: wrong}
		}
		return nil, r.transportError(ctx, err)
	}
	r.res = res
	id := cmp.Or(res.Header.Get(s.RequestID), res.Header.Get("X-Request-Id")) // the latter is of gateways
	r.RequestID = cut(hide(id, e.secrets))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		defer r.Close()
		return nil, r.statusError(ctx)
	}
	return r, nil
}

func (s *Service) request(ctx context.Context, e *endpoint, model string, body []byte, stream bool) *http.Request {
	u := s.resource(e, model, stream)
	header := maps.Clone(e.header)
	if stream {
		header["Accept"] = []string{s.streamType()}
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

// resource is the address of one request: a copy, since a transport of the user's may rewrite it.
func (s *Service) resource(e *endpoint, model string, stream bool) url.URL {
	if s.Resource == nil {
		return *e.url
	}
	path, query := s.Resource(model, stream)
	u := *join(e.url, path)
	switch {
	case u.RawQuery == "":
		u.RawQuery = query
	case query != "":
		u.RawQuery += "&" + query
	}
	return u
}

func (s *Service) streamType() string { return cmp.Or(s.StreamType, "text/event-stream") }
