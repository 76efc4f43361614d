package serve

import (
	"net/http"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
)

// What holds where nothing else is said.
const (
	DefaultHeartbeat    = 30 * time.Second
	DefaultMaxBody      = 1 << 20 // bytes
	DefaultWriteTimeout = 30 * time.Second
)

// option is an option of this package. It is one of package alloy too, so that a handler takes both in one list; there it
// changes nothing.
type option struct {
	alloy.Option
	set func(*config)
}

func optionOf(set func(*config)) alloy.Option {
	return option{Option: alloy.WithObserver(nil), set: set}
}

// WithHeartbeat sets after how long without an event a comment is sent, so that nobody on the way takes the connection for
// dead. Default, and for 0: what the directive http says, else 30 s; below 0 there is none. It is an option of handlers alone,
// as all of this package: elsewhere it changes nothing.
func WithHeartbeat(d time.Duration) alloy.Option {
	return optionOf(func(c *config) {
		if d != 0 {
			c.heartbeat = d
		}
	})
}

// WithMaxBody limits the body of a request, in bytes. Default, and for less than 1: 1 MiB.
func WithMaxBody(bytes int64) alloy.Option {
	return optionOf(func(c *config) { c.maxBody = bytes })
}

// WithWriteTimeout limits how long the client may take to receive one event, or the answer. One that takes longer is given up,
// and the call ends. Default, and for 0: 30 s; below 0 there is no limit but the server's. It stands in place of the
// WriteTimeout of the http.Server, which would end streams, and calls that take longer.
func WithWriteTimeout(d time.Duration) alloy.Option {
	return optionOf(func(c *config) { c.writeTimeout = d })
}

// WithMessages shows the messages of errors to the client, in place of one sentence for each kind. They hold no redacted
// parameter, but what vendors and tools say: it is for services whose clients are the program's own people.
func WithMessages() alloy.Option {
	return optionOf(func(c *config) { c.messages = true })
}

// WithErrorHook calls hook for each request that is not answered with a value, with the error of the call, or the *Problem of a
// request that came to no call. It is for logs; what the client is told does not change.
func WithErrorHook(hook func(r *http.Request, err error)) alloy.Option {
	return optionOf(func(c *config) { c.hook = hook })
}

// config is how a handler serves.
type config struct {
	heartbeat    time.Duration
	maxBody      int64
	writeTimeout time.Duration
	messages     bool
	hook         func(*http.Request, error)
}

// take applies the options of this package, and returns the others.
func (c *config) take(opts []alloy.Option) (others []alloy.Option) {
	for _, o := range opts {
		if own, ok := o.(option); ok {
			own.set(c)
		} else {
			others = append(others, o)
		}
	}
	if c.heartbeat == 0 {
		c.heartbeat = DefaultHeartbeat
	}
	if c.maxBody < 1 {
		c.maxBody = DefaultMaxBody
	}
	if c.writeTimeout == 0 {
		c.writeTimeout = DefaultWriteTimeout
	}
	return others
}
