package alloy

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Client is a set of options that calls start from, and the providers made for it, which keep their connections. Make it
// with New; the zero Client has no options. A command uses, in this order, the Client in a field of its receiver, the one that
// WithClient put on the context, and Default. Safe for use by many goroutines.
type Client struct {
	config    atomic.Pointer[config]
	providers sync.Map    // instanceKey → *instance
	bulkheads sync.Map    // bulkhead → *resilience.Bulkhead
	foreign   modelStates // of providers of WithProvider
	memory    memory
}

// config is the options of a client: replaced, never changed.
type config struct{ options []Option }

var noConfig = new(config)

// New returns a client with these options. The error is a *ConfigurationError about an option that makes no sense. Nothing
// is connected to, and no credential is looked at, before a call.
func New(opts ...Option) (*Client, error) {
	c := new(Client)
	if err := c.configure(opts); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Client) configure(opts []Option) error {
	scratch := builtin
	if scratch.applyAll(opts); scratch.err != nil {
		return scratch.err
	}
	for {
		old := c.config.Load()
		next := new(config)
		if old != nil {
			next.options = append(next.options, old.options...)
		}
		next.options = append(next.options, opts...)
		if c.config.CompareAndSwap(old, next) {
			return nil
		}
	}
}

func (c *Client) current() *config {
	if now := c.config.Load(); now != nil {
		return now
	}
	return noConfig
}

var defaultClient atomic.Pointer[Client]

// Default returns the client of calls that have no other. It starts without options.
func Default() *Client {
	if c := defaultClient.Load(); c != nil {
		return c
	}
	defaultClient.CompareAndSwap(nil, new(Client))
	return defaultClient.Load()
}

// SetDefault makes c the client of calls that have no other; nil stands for a new one without options.
func SetDefault(c *Client) {
	if c == nil {
		c = new(Client)
	}
	defaultClient.Store(c)
}

// Configure adds options to the default client; settings that they do not name stay. Calls that run already are not
// affected. The error is as that of New, and then nothing has changed.
func Configure(opts ...Option) error { return Default().configure(opts) }

type clientKey struct{}

// WithClient returns a context below which c takes the place of the default client.
func WithClient(ctx context.Context, c *Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// clientFor returns the client of a call: the receiver's, the context's, or the default.
func clientFor(ctx context.Context, receiver *Client) *Client {
	if receiver != nil {
		return receiver
	}
	if c, _ := ctx.Value(clientKey{}).(*Client); c != nil {
		return c
	}
	return Default()
}

// sharedHTTPClient is what providers send with unless WithHTTPClient says otherwise. A connection that is not made within
// 10 s is given up, long before the call is.
var sharedHTTPClient = sync.OnceValue(func() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			class := provider.StatusClass(res.StatusCode)
			if class == "" {
				return nil
			}
			return &provider.Error{Class: class, Status: res.StatusCode, Message: "the proxy lets nobody through: " + res.Status}
		},
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}}
})
