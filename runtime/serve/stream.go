package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"

	alloy "github.com/alloygen/alloygen/runtime"
)

// stream makes the call and writes what happens as events.
func (h *handler[T]) stream(w http.ResponseWriter, r *http.Request, call alloy.Call[T]) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	e := newEvents(w, h.config.writeTimeout, cancel)
	stop := e.keepAlive(h.config.heartbeat)
	defer stop()

	n := &narrator{events: e, messages: h.config.messages}
	s := h.endpoint.Command.Stream(ctx, call, append(h.options[:len(h.options):len(h.options)], alloy.WithObserver(n)))
	switch h.form {
	case formText:
		for text := range s.Text() {
			if !e.send("delta", encode(delta{text})) {
				break
			}
		}
	case formTyped:
		for v := range s.Partials() {
			if n.accepted.Load() { // it comes as the result
				continue
			}
			if data, err := h.encode(v); err == nil && !e.send("partial", data) {
				break
			}
		}
	}
	v, err := s.Result() // of a command without a result: here the call is made
	stop()
	var data []byte
	if err == nil {
		data, err = h.result(v)
	}
	switch {
	case err == nil:
		e.send("result", data)
	case e.begun():
		e.send("error", h.problem(r, err).encoded())
	default:
		h.fail(w, r, err)
	}
}

func (h *handler[T]) result(v T) ([]byte, error) {
	if h.form == formNone {
		return []byte("null"), nil
	}
	return h.encode(v)
}

// delta, toolNews and retryNews are the data of events.
type delta struct {
	Text string `json:"text"`
}

type toolNews struct {
	Name   string `json:"name"`
	CallID string `json:"call_id"`
	State  string `json:"state"`
	Error  string `json:"error,omitempty"`
}

type retryNews struct {
	Operation string     `json:"operation"`
	Attempt   int        `json:"attempt"`
	DelayMS   int64      `json:"delay_ms"`
	Kind      alloy.Kind `json:"kind,omitempty"`
}

func encode(v any) []byte {
	data, _ := json.Marshal(v) // of the types above, which cannot fail
	return data
}

// narrator tells the client what happens beside the answer. It is an observer of the call, and so told one event at a time.
type narrator struct {
	events   *events
	messages bool
	failed   alloy.Kind  // why the last request failed
	accepted atomic.Bool // the answer has become the result
}

func (n *narrator) Observe(_ context.Context, event alloy.Event) {
	switch e := event.(type) {
	case alloy.RequestFinished:
		n.failed = e.Kind
	case alloy.RetryScheduled:
		news := retryNews{Operation: e.Operation, Attempt: e.Attempt, DelayMS: e.Delay.Milliseconds()}
		if e.Operation == "request" {
			news.Kind = n.failed
		}
		n.events.hold("retry", encode(news))
	case alloy.ToolStarted:
		n.events.send("tool", encode(toolNews{Name: e.Tool, CallID: e.CallID, State: "started"}))
	case alloy.ToolFinished:
		n.events.send("tool", encode(toolNews{Name: e.Tool, CallID: e.CallID, State: "finished", Error: n.toolError(e)}))
	case alloy.Restarted:
		if n.events.begun() {
			n.events.send("restarted", []byte("{}"))
		}
	case alloy.AnswerAccepted:
		n.accepted.Store(true)
	}
}

func (n *narrator) toolError(e alloy.ToolFinished) string {
	switch {
	case e.Err == nil:
		return ""
	case n.messages:
		return e.Err.Error()
	case e.Denied:
		return "The tool was not approved."
	}
	return "The tool failed."
}
