package providersuite

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/internal/pipe"
	alloy "github.com/alloygen/alloygen/runtime"
)

// site is the servers of all vendors, on pipes, within a bubble.
type site struct {
	client *http.Client
	steps  []step // of the vendor under test
	others said   // what the servers of the others answer
	pipe   *pipe.Server

	mu       sync.Mutex
	vendor   *vendor
	requests []asked
}

// exchange is one request and the response to it.
type exchange struct {
	http.ResponseWriter
	request *http.Request
	body    []byte
	asked   asked
	vendor  *vendor
}

// step answers one request.
type step func(x exchange)

// open starts the servers. The n-th request to the vendor gets the n-th step, all further ones the last. What is still there
// when the bubble ends makes the test fail.
func open(t *testing.T, v *vendor, steps ...step) *site {
	s := &site{vendor: v, steps: steps, others: says(ticketJSON)}
	s.pipe = pipe.Serve(t, &http.Server{Handler: s})
	s.client = s.pipe.Client
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	v := s.serverOf(r)
	if err != nil || v == nil {
		http.Error(w, "no vendor has that address: "+r.Host+r.URL.Path, http.StatusTeapot)
		return
	}
	q, err := v.read(r.URL.Path, body)
	if err != nil {
		http.Error(w, "no request: "+err.Error(), http.StatusTeapot)
		return
	}
	q.vendor = v
	s.mu.Lock()
	s.requests = append(s.requests, q)
	n := len(s.requests)
	var answer step
	if v == s.vendor {
		own := 0
		for i := range s.requests {
			if s.requests[i].vendor == v {
				own++
			}
		}
		answer = s.steps[min(own, len(s.steps))-1]
	} else {
		answer = reply(s.others)
	}
	s.mu.Unlock()
	if v.idHeader != "" {
		w.Header().Set(v.idHeader, fmt.Sprintf("req_%d", n))
	}
	answer(exchange{w, r, body, q, v})
}

// serverOf is the vendor whose server a request went to; nil when it went astray.
func (s *site) serverOf(r *http.Request) *vendor {
	host, _, _ := strings.Cut(r.Host, ".")
	name := map[string]string{
		"openai/v1/chat/completions": "openai_chat", "openai/v1/responses": "openai_responses", "anthropic/v1/messages": "anthropic",
		"ollama/api/chat": "ollama", "local/v1/chat/completions": "compatible",
	}[host+r.URL.Path]
	if host == "gemini" && strings.HasPrefix(r.URL.Path, "/v1beta/models/") {
		name = "gemini"
	}
	for _, v := range vendors {
		if v.name == name {
			return v
		}
	}
	return nil
}

// asked are the requests so far.
func (s *site) asked() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]asked(nil), s.requests...)
}

// of is a context with a client of its own, whose calls go to the site and, first, to the vendor's model.
func (s *site) of(t *testing.T, opts ...alloy.Option) context.Context {
	t.Helper()
	base := append([]alloy.Option{alloy.WithHTTPClient(s.client), alloy.WithModel(s.vendor.model), times(1)}, s.vendor.options...)
	client, err := alloy.New(append(base, opts...)...)
	require.NoError(t, err)
	return alloy.WithClient(t.Context(), client)
}

// times is so many attempts, with waits that are exact.
func times(n int) alloy.Option {
	return alloy.WithRetry(alloy.Retry{Attempts: n, Jitter: alloy.NoJitter})
}

// reply answers as the request wants it: whole, or as a stream.
func reply(a said) step {
	return func(x exchange) {
		if x.asked.stream {
			x.send(x.vendor.stream(a).all()...)
			return
		}
		x.whole("application/json", http.StatusOK, nil, x.vendor.whole(a))
	}
}

// fails answers with the vendor's error of that class.
func (f failure) step(x exchange) { x.whole("application/json", f.status, f.header, f.body) }

// text answers with any body.
func text(mediaType string, status int, body string) step {
	return func(x exchange) { x.whole(mediaType, status, nil, body) }
}

// begins a stream with some frames, and goes on with something else.
func begins(frames []string, then ...step) step {
	return func(x exchange) {
		x.send(frames...)
		for _, s := range then {
			s(x)
		}
	}
}

// whole writes a response.
func (x exchange) whole(mediaType string, status int, header http.Header, body string) {
	x.Header().Set("Content-Type", mediaType)
	for name, values := range header {
		x.Header()[name] = values
	}
	x.WriteHeader(status)
	_, _ = io.WriteString(x, body)
}

// send writes frames of a stream, each flushed.
func (x exchange) send(frames ...string) {
	x.Header().Set("Content-Type", cmp.Or(x.Header().Get("Content-Type"), x.vendor.mediaType()))
	flush := http.NewResponseController(x).Flush
	_ = flush()
	for _, f := range frames {
		_, _ = io.WriteString(x, f)
		_ = flush()
	}
}

// Unwrap lets a ResponseController find the writer.
func (x exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// silent says nothing for as long as the client stays.
func silent(x exchange) { <-x.request.Context().Done() }

// cut ends the connection where it is.
func cut(x exchange) {
	if conn, _, err := http.NewResponseController(x).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// slowly sends frames, each after a while.
func slowly(d time.Duration, frames ...string) step {
	return func(x exchange) {
		for _, f := range frames {
			select {
			case <-time.After(d):
				x.send(f)
			case <-x.request.Context().Done():
				return
			}
		}
	}
}

// pinging keeps the connection alive, and says nothing, for as long as the client stays.
func pinging(x exchange) {
	for x.request.Context().Err() == nil {
		slowly(time.Second, x.vendor.ping())(x)
	}
}
