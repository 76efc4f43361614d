// Package conformance holds this module's wire formats against the vendors' own SDKs: the same call through both must make
// the same request, and the same recorded reply must come out as the same values. It is a module of its own, so that nobody
// who uses alloygen builds those SDKs.
package conformance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
)

// recorder answers each request with the next reply and keeps what it was sent.
type recorder struct {
	*httptest.Server
	mu       sync.Mutex
	status   int
	kind     string // the type of the reply; JSON unless set
	reply    []byte
	begins   []byte // the reply to the first request of each side; reply unless set
	requests []recorded
}

type recorded struct {
	path   string // with the query
	header http.Header
	body   any
}

func record(t *testing.T, status int, reply []byte) *recorder {
	r := &recorder{status: status, reply: reply}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	data, _ := io.ReadAll(req.Body)
	rec := recorded{path: req.URL.RequestURI(), header: req.Header}
	_ = json.Unmarshal(data, &rec.body)
	r.mu.Lock()
	r.requests = append(r.requests, rec)
	reply := r.reply
	if r.begins != nil && len(r.requests)%2 == 1 {
		reply = r.begins
	}
	r.mu.Unlock()
	w.Header().Set("Content-Type", cmp.Or(r.kind, "application/json"))
	w.WriteHeader(r.status)
	_, _ = w.Write(reply)
}

// pair returns the two requests that were recorded: the SDK's and ours.
func (r *recorder) pair(t *testing.T) (sdk, ours recorded) {
	t.Helper()
	require.Len(t, r.requests, 2, "neither side retries")
	return r.requests[0], r.requests[1]
}

// reply is a recorded reply.
func reply(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	return data
}

// difference is one place where the two requests are not the same.
type difference struct {
	path      string
	sdk, ours any // absent when there is nothing
}

const absent = "(nothing)"

func (d difference) String() string {
	return fmt.Sprintf("%s: SDK %s, alloygen %s", d.path, show(d.sdk), show(d.ours))
}

func show(v any) string {
	if v == absent {
		return absent
	}
	data, _ := json.Marshal(v)
	return string(data)
}

// compare lists the places where two JSON values differ.
func compare(path string, sdk, ours any) (found []difference) {
	a, aok := sdk.(map[string]any)
	b, bok := ours.(map[string]any)
	if aok && bok {
		keys := map[string]bool{}
		for k := range a {
			keys[k] = true
		}
		for k := range b {
			keys[k] = true
		}
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			found = append(found, compare(path+"."+k, value(a, k), value(b, k))...)
		}
		return found
	}
	x, xok := sdk.([]any)
	y, yok := ours.([]any)
	if xok && yok && len(x) == len(y) {
		for i := range x {
			found = append(found, compare(fmt.Sprintf("%s[%d]", path, i), x[i], y[i])...)
		}
		return found
	}
	if !reflect.DeepEqual(sdk, ours) {
		return []difference{{path, sdk, ours}}
	}
	return nil
}

func value(m map[string]any, key string) any {
	if v, ok := m[key]; ok {
		return v
	}
	return absent
}

// same requires that the requests are equal but for the paths in reasons, prints each difference with its reason, and
// refuses a reason that no difference needs.
func same(t *testing.T, sdk, ours recorded, reasons map[string]string) {
	t.Helper()
	require.Equal(t, sdk.path, ours.path)
	for _, header := range []string{"Authorization", "X-Api-Key", "Anthropic-Version", "X-Goog-Api-Key", "Content-Type"} {
		require.Equal(t, sdk.header.Get(header), ours.header.Get(header), header)
	}
	used := map[string]bool{}
	for _, d := range compare("", sdk.body, ours.body) {
		reason := ""
		for path, why := range reasons {
			if strings.HasPrefix(d.path, path) {
				reason, used[path] = why, true
			}
		}
		if reason == "" {
			t.Errorf("unexplained difference: %s", d)
			continue
		}
		t.Logf("difference: %s\n\treason: %s", d, reason)
	}
	for path := range reasons {
		if !used[path] {
			t.Errorf("nothing differs at %s any more", path)
		}
	}
}

// schemaOf is a schema as the SDKs take it.
func schemaOf(s *provider.Schema) map[string]any {
	var m map[string]any
	if err := json.Unmarshal([]byte(s.Text()), &m); err != nil {
		panic(err)
	}
	return m
}

// The calls that both sides make.

const (
	system   = "You are Acme Support."
	question = "Triage this message:\nMy order 4392 is \"lost\" <&> é."
	imageURL = "https://example.com/a.jpg"
)

var picture = []byte("\x89PNG\r\n\x1a\nnot much of a picture")

// ticket has no constraint that a vendor refuses; constrained has.
var (
	ticket = &provider.Schema{Name: "Ticket", Strict: true, JSON: `{
		"type": "object",
		"properties": {
			"summary": {"type": "string", "description": "one sentence"},
			"priority": {"type": "string", "enum": ["low", "normal", "urgent"]},
			"items": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
			"due": {"type": ["string", "null"], "format": "date-time"}
		},
		"required": ["summary", "priority", "items", "due"],
		"additionalProperties": false,
		"$defs": {"Item": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"], "additionalProperties": false}}
	}`}
	constrained = &provider.Schema{Name: "Score", Strict: true, JSON: `{
		"type": "object",
		"properties": {
			"value": {"type": "number", "minimum": 0, "maximum": 1},
			"words": {"type": "string", "minLength": 3}
		},
		"required": ["value", "words"],
		"additionalProperties": false
	}`}
	lookup = provider.Tool{Name: "lookup_order", Description: "Returns an order's current state.", Input: &provider.Schema{Name: "lookup_order", Strict: true, JSON: `{
		"type": "object",
		"properties": {"orderID": {"type": "string", "description": "the order number"}},
		"required": ["orderID"],
		"additionalProperties": false
	}`}}
)

func typedCall(model string, schema *provider.Schema) *provider.Request {
	return &provider.Request{
		Model: model, System: system, Output: schema,
		Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{{Text: question}}}},
		Settings: provider.Settings{MaxTokens: 300},
	}
}

func toolCall(model string) *provider.Request {
	return &provider.Request{
		Model: model,
		Messages: []provider.Message{
			{Role: provider.User, Parts: []provider.Part{{Text: question}}},
			{Role: provider.Assistant, Parts: []provider.Part{
				{Text: "I will look."},
				{ToolCall: &provider.ToolCall{ID: "call_1", Name: lookup.Name, Arguments: `{"orderID":"4392"}`}},
				{ToolCall: &provider.ToolCall{ID: "call_2", Name: lookup.Name, Arguments: `{"orderID":"1"}`}},
			}},
			{Role: provider.User, Parts: []provider.Part{
				{ToolResult: &provider.ToolResult{CallID: "call_1", Name: lookup.Name, Content: "shipped"}},
				{ToolResult: &provider.ToolResult{CallID: "call_2", Name: lookup.Name, Content: "four digits", IsError: true}},
			}},
		},
		Tools:    []provider.Tool{lookup},
		Settings: provider.Settings{MaxTokens: 300},
	}
}

func imageCall(model string) *provider.Request {
	return &provider.Request{
		Model: model,
		Messages: []provider.Message{{Role: provider.User, Parts: []provider.Part{
			{Text: question},
			{Image: &provider.Image{MediaType: "image/png", Data: picture}},
			{Image: &provider.Image{URL: imageURL}},
		}}},
		Settings: provider.Settings{MaxTokens: 300},
	}
}
