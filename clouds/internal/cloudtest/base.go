// Package cloudtest is what the tests of the clouds share.
package cloudtest

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"sync"
)

// Base stands for what sends, and for the cloud behind it: it keeps the requests that it is given, and answers them in turn,
// with the last reply from then on.
type Base struct {
	Replies []Reply

	mu       sync.Mutex
	requests []Request
}

// Request is a request as it would have gone out.
type Request struct {
	Method, URL, Host string
	Header            http.Header
	Body              []byte
}

// Reply is one answer of a cloud.
type Reply struct {
	Status int               // 200 when 0
	Type   string            // application/json when empty
	Header map[string]string // beside the type
	Body   []byte
}

// JSON is a reply of status 200.
func JSON(body string) Reply { return Reply{Body: []byte(body)} }

// Events is a stream of events.
func Events(body string) Reply { return Reply{Type: "text/event-stream", Body: []byte(body)} }

// RoundTrip implements [http.RoundTripper].
func (b *Base) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	_ = req.Body.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	reply := b.Replies[min(len(b.requests), len(b.Replies)-1)]
	b.requests = append(b.requests, Request{req.Method, req.URL.String(), req.Host, req.Header.Clone(), body})
	res := &http.Response{
		StatusCode: cmp.Or(reply.Status, http.StatusOK),
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {cmp.Or(reply.Type, "application/json")}},
		Body:          io.NopCloser(bytes.NewReader(reply.Body)),
		ContentLength: int64(len(reply.Body)),
		Request:       req,
	}
	for name, value := range reply.Header {
		res.Header.Set(name, value)
	}
	return res, nil
}

// Requests are those that were sent.
func (b *Base) Requests() []Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.requests
}
