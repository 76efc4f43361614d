// Package alloytest holds test doubles for programs that use alloygen. A Model plays a script instead of asking a vendor:
// replies, tool calls, failures and silence, one step for each request, and it keeps the requests for the test to look at.
//
//	model := alloytest.New(
//		alloytest.Fail(503),
//		alloytest.ToolCall("lookup_order", map[string]any{"orderID": "4392"}),
//		alloytest.ReplyJSON(Ticket{Summary: "Order 4392 is late", Priority: Urgent, Score: 0.9}),
//	).For(t)
//	ticket, err := Triage(ctx, "Where is order 4392?", alloy.WithProvider(model))
//
// Nothing here touches the network or the clock of the machine: under testing/synctest, Hang and Step.After cost no real
// time.
package alloytest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Name is what a Model calls itself in its errors.
const Name = "alloytest"

// Model is a provider that plays a script. Plug it in with alloy.WithProvider: every model, fallbacks included, then goes
// to it, and Request.Model says which was meant. It is safe for use by many goroutines; these share the script, so give
// concurrent calls a Func step, which answers from the request.
type Model struct {
	mu       sync.Mutex
	steps    []Step
	next     int // the step that plays next
	played   int // how often that step has played
	calls    int // tool calls made so far: they number the IDs
	requests []*provider.Request
	can      provider.Capabilities
	t        testing.TB
}

var _ provider.Provider = (*Model)(nil)

// New returns a model that answers the first request with the first step, the second with the second, and so on. When the
// script is used up, a request fails with a provider.ConfigError, which ends the call at once and says how long the script
// was.
func New(steps ...Step) *Model {
	everything := provider.Capabilities{Tools: true, Schema: true, SchemaWithTools: true, Images: true, Documents: true, Audio: true, Stream: true, Temperature: true}
	return &Model{steps: steps, can: everything}
}

// For ties the model to a test, which then fails when a request comes after the end of the script, and also when the test
// ends without having used every step. It returns the model.
func (m *Model) For(t testing.TB) *Model {
	m.mu.Lock()
	m.t = t
	m.mu.Unlock()
	t.Cleanup(func() {
		t.Helper()
		if left := m.end(); left != "" && !t.Failed() {
			t.Errorf("alloytest: %s", left)
		}
	})
	return m
}

// Limit makes the model one that can only do that much; a new one can do everything. It returns the model. Call it before
// the first request.
func (m *Model) Limit(can provider.Capabilities) *Model {
	m.can = can
	return m
}

// Capabilities says what the model can do, whatever it is called.
func (m *Model) Capabilities(string) provider.Capabilities { return m.can }

// end parts the model from its test, and says which step should still have played; it is empty when none should.
func (m *Model) end() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.t = nil
	if m.next == len(m.steps) || m.steps[m.next].forever {
		return ""
	}
	return fmt.Sprintf("the script has %d steps, and the test ended at step %d (%s) after %d requests",
		len(m.steps), m.next+1, m.steps[m.next].name, len(m.requests))
}

// Requests returns copies of the requests so far, in the order in which they came, those that failed included.
func (m *Model) Requests() []*provider.Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*provider.Request, len(m.requests))
	for i, r := range m.requests {
		all[i] = clone(r)
	}
	return all
}

// Do records the request and plays the next step. With emit it delivers text in pieces that end after each space, or as
// Chunks has them, and each tool call whole.
func (m *Model) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	step, number := m.take(req)
	return step.play(ctx, turn{model: m, request: req, number: number, emit: emit})
}

// take records req and returns the step for it, with the number of the request, counted from 1.
func (m *Model) take(req *provider.Request) (Step, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests = append(m.requests, clone(req))
	number := len(m.requests)
	if m.next == len(m.steps) {
		end := fmt.Sprintf("the script is used up: it has %d steps, and this is request %d", len(m.steps), number)
		if m.t != nil {
			m.t.Errorf("alloytest: %s", end)
		}
		return mistake(end, nil), number
	}
	step := m.steps[m.next]
	if m.played++; !step.forever && m.played >= step.times {
		m.next, m.played = m.next+1, 0
	}
	return step, number
}

// callID makes an ID for a tool call that is unlike all others of this model.
func (m *Model) callID() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	return fmt.Sprintf("call_%d", m.calls)
}
