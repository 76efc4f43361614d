// Package providertest has what the tests of every vendor's format need: the same calls to send, a server that answers as
// told and keeps what it was sent, and golden files of requests.
package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
)

var update = flag.Bool("update", false, "rewrite the golden requests")

// PNG is the smallest picture: one transparent pixel.
var PNG = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
	"\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82")

// Ticket is the schema of a typed answer, with constraints that only some vendors enforce.
func Ticket() *provider.Schema {
	return &provider.Schema{Name: "Ticket", Strict: true, JSON: `{
	"type": "object",
	"properties": {
		"summary": {"type": "string", "description": "one sentence, in English", "minLength": 1},
		"priority": {"type": "string", "enum": ["low", "normal", "urgent"]},
		"score": {"type": "number", "minimum": 0, "maximum": 1},
		"customer": {"$ref": "#/$defs/Customer", "description": "who wrote"},
		"order_ids": {"type": "array", "items": {"type": "string", "pattern": "^[0-9]{4}$"}, "maxItems": 5},
		"due": {"type": ["string", "null"], "format": "date-time"}
	},
	"required": ["summary", "priority", "score", "customer", "order_ids", "due"],
	"additionalProperties": false,
	"$defs": {
		"Customer": {
			"type": "object",
			"properties": {"name": {"type": "string"}, "site": {"type": "string", "format": "uri"}},
			"required": ["name", "site"],
			"additionalProperties": false
		}
	}
}`}
}

// LookupOrder is a tool whose parameters are all required.
func LookupOrder() provider.Tool {
	return provider.Tool{
		Name:        "lookup_order",
		Description: "Returns an order's current state.",
		Input: &provider.Schema{Name: "lookup_order", Strict: true, JSON: `{
			"type": "object",
			"properties": {"orderID": {"type": "string", "description": "the order number, digits only", "minLength": 4}},
			"required": ["orderID"],
			"additionalProperties": false
		}`},
	}
}

// Search is a tool with an optional parameter, which strict modes refuse.
func Search() provider.Tool {
	return provider.Tool{
		Name: "search",
		Input: &provider.Schema{Name: "search", JSON: `{
			"type": "object",
			"properties": {"query": {"type": "string"}, "limit": {"type": "integer"}},
			"required": ["query"],
			"additionalProperties": false
		}`},
	}
}

// Prefix is the prefix of a server that no test has registered, nor this one the last time it ran: it begins with name. base is
// its name in variables.
func Prefix(name string) (prefix, base string) {
	prefix = fmt.Sprintf("%s-%d", name, prefixes.Add(1))
	return prefix, strings.ToUpper(strings.ReplaceAll(prefix, "-", "_"))
}

var prefixes atomic.Int32

// Text is a user's message of one text.
func Text(s string) provider.Message {
	return provider.Message{Role: provider.User, Parts: []provider.Part{{Text: s}}}
}

// TextRequest asks for plain text, with a history.
func TextRequest(model string) *provider.Request {
	return &provider.Request{
		Model:  model,
		System: "You are Acme Support.\nBe \"concise\".",
		Messages: []provider.Message{
			Text("Hello"),
			{Role: provider.Assistant, Parts: []provider.Part{{Text: "Hello. How can I help?"}}},
			Text("Where is order 4392? <&>\u2028 \xff"),
		},
		Settings: provider.Settings{MaxTokens: 300, Stop: []string{"END"}},
	}
}

// TextRequestAfter asks for plain text after a conversation of n messages in all.
func TextRequestAfter(n int, model string) *provider.Request {
	req := &provider.Request{Model: model}
	for range n {
		req.Messages = append(req.Messages, Text("Hello"))
	}
	return req
}

// TypedRequest asks for a Ticket.
func TypedRequest(model string) *provider.Request {
	return &provider.Request{Model: model, Messages: []provider.Message{Text("Triage this message:\nMy order 4392 is lost.")}, Output: Ticket()}
}

// ToolsRequest has two tool calls with their results, one of which failed, and words after them.
func ToolsRequest(model string) *provider.Request {
	return &provider.Request{
		Model: model,
		Messages: []provider.Message{
			Text("Where are orders 4392 and 1?"),
			{Role: provider.Assistant, Parts: []provider.Part{
				{Text: "I will look."},
				{ToolCall: &provider.ToolCall{ID: "call_a", Name: "lookup_order", Arguments: `{"orderID": "4392"}`}},
				{ToolCall: &provider.ToolCall{ID: "call_b", Name: "lookup_order", Arguments: `{"orderID": "1"}`}},
				{Vendor: &provider.Vendor{Provider: "another", Data: json.RawMessage(`{"type":"secret"}`)}},
			}},
			{Role: provider.User, Parts: []provider.Part{
				{ToolResult: &provider.ToolResult{CallID: "call_a", Name: "lookup_order", Content: `{"state":"shipped"}`}},
				{ToolResult: &provider.ToolResult{CallID: "call_b", Name: "lookup_order", Content: "order numbers have four digits", IsError: true}},
				{Text: "Answer now."},
			}},
		},
		Tools: []provider.Tool{LookupOrder(), Search()},
	}
}

// ImageRequest has a picture by its bytes and one by its address.
func ImageRequest(model string) *provider.Request {
	return &provider.Request{Model: model, Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{
		{Text: "What differs?"},
		{Image: &provider.Image{MediaType: "image/png", Data: PNG}},
		{Image: &provider.Image{URL: "https://example.com/a.jpg"}},
	}}}}
}

// DocumentRequest has a document by its bytes.
func DocumentRequest(model string) *provider.Request {
	return &provider.Request{Model: model, Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{
		{Document: &provider.Document{Name: "invoice.pdf", Data: []byte("%PDF-1.4")}},
		{Text: "What is the total?"},
	}}}}
}

// AudioRequest has a recording, and nothing else.
func AudioRequest(model string) *provider.Request {
	return &provider.Request{Model: model, Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{
		{Audio: &provider.Audio{MediaType: "audio/wav", Data: []byte("RIFF\x04\x00\x00\x00WAVE")}},
	}}}}
}

// Refused sends one request and requires a *ConfigError of that setting.
func Refused(t testing.TB, p provider.Provider, req *provider.Request, setting string) *provider.ConfigError {
	t.Helper()
	res, err := p.Do(context.Background(), req, nil)
	require.Nil(t, res)
	var e *provider.ConfigError
	require.ErrorAs(t, err, &e)
	require.Equal(t, setting, e.Setting)
	return e
}

// Server answers every request with Status, Header and Body and keeps what it was sent.
type Server struct {
	*httptest.Server
	mu       sync.Mutex
	status   int
	header   http.Header
	body     string
	requests []*http.Request
	bodies   [][]byte
}

// Serve starts a server that answers with JSON, until the test ends.
func Serve(t testing.TB, status int, body string) *Server {
	return ServeHeader(t, status, http.Header{"Content-Type": {"application/json"}}, body)
}

// ServeHeader starts a server that answers with those headers, until the test ends.
func ServeHeader(t testing.TB, status int, header http.Header, body string) *Server {
	s := &Server{status: status, header: header, body: body}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.requests, s.bodies = append(s.requests, r), append(s.bodies, body)
	s.mu.Unlock()
	for k, v := range s.header {
		w.Header()[k] = v
	}
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, s.body)
}

// Count is how many requests came.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// Last returns the last request and its body.
func (s *Server) Last() (*http.Request, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[len(s.requests)-1], s.bodies[len(s.bodies)-1]
}

// Do sends one request and requires an answer.
func Do(t testing.TB, p provider.Provider, req *provider.Request) *provider.Response {
	t.Helper()
	res, err := p.Do(context.Background(), req, nil)
	require.NoError(t, err)
	return res
}

// Fail sends one request and requires an *Error.
func Fail(t testing.TB, p provider.Provider, req *provider.Request) *provider.Error {
	t.Helper()
	res, err := p.Do(context.Background(), req, nil)
	require.Nil(t, res)
	var e *provider.Error
	require.ErrorAs(t, err, &e)
	return e
}

// Collect sends one request as a stream and returns the response and the deltas.
func Collect(p provider.Provider, req *provider.Request) (*provider.Response, []provider.Delta, error) {
	var deltas []provider.Delta
	res, err := p.Do(context.Background(), req, func(d provider.Delta) error {
		deltas = append(deltas, d)
		return nil
	})
	return res, deltas, err
}

// Golden compares a request body with testdata/golden/NAME.json, indented; with -update it writes the file.
func Golden(t *testing.T, name string, body []byte) {
	t.Helper()
	require.True(t, json.Valid(body), "the request is no JSON: %s", body)
	var buf bytes.Buffer
	require.NoError(t, json.Indent(&buf, body, "", "\t"))
	buf.WriteByte('\n')
	path := filepath.Join("testdata", "golden", name+".json")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, buf.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run go test with -update to write the golden request")
	require.Equal(t, string(want), buf.String())
}
