package serve

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// events writes Server-Sent Events (WHATWG HTML, section 9.2) as the answer to one request. The goroutines of a call may all
// use it.
type events struct {
	w     http.ResponseWriter
	limit time.Duration           // of one write; below 0 none
	leave context.CancelCauseFunc // ends the call when nobody reads

	mu     sync.Mutex
	id     int
	opened bool      // the headers are sent
	broken bool      // nobody reads
	held   []message // for when it is opened
	last   time.Time // when something was written; before that, when the call began
}

// message is one event.
type message struct {
	name string
	data []byte // JSON
}

func newEvents(w http.ResponseWriter, limit time.Duration, leave context.CancelCauseFunc) *events {
	return &events{w: w, limit: limit, leave: leave, last: time.Now()}
}

// send writes an event. It is false when nobody reads it.
func (e *events) send(name string, data []byte) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.write(append(e.open(), message{name, data}), nil)
}

// hold writes an event if the answer has begun, and otherwise keeps it for then: it alone is no reason to begin.
func (e *events) hold(name string, data []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.opened {
		e.held = append(e.held, message{name, data})
		return
	}
	e.write([]message{{name, data}}, nil)
}

// begun reports whether the answer has: what comes then cannot have a status of its own.
func (e *events) begun() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opened
}

// open sends the headers, once. It returns what was held.
func (e *events) open() []message {
	if e.opened {
		return nil
	}
	e.opened = true
	h := e.w.Header()
	h.Set("Content-Type", typeEvents)
	// Nobody on the way is to keep events back: to compress them, or, as nginx does, to collect some.
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	e.w.WriteHeader(http.StatusOK)
	held := e.held
	e.held = nil
	return held
}

// write sends messages, and whatever stands behind them, in one piece.
func (e *events) write(messages []message, behind []byte) bool {
	if e.broken {
		return false
	}
	var b bytes.Buffer
	for _, m := range messages {
		e.id++
		m.frame(&b, e.id)
	}
	b.Write(behind)
	if err := push(e.w, e.limit, b.Bytes()); err != nil {
		e.broken = true
		e.leave(err)
		return false
	}
	e.last = time.Now()
	return true
}

// frame writes an event. Each line of its data gets a field of its own, so that no line break in it can end the event.
func (m message) frame(b *bytes.Buffer, id int) {
	b.WriteString("id: ")
	b.WriteString(strconv.Itoa(id))
	b.WriteString("\nevent: ")
	b.WriteString(m.name)
	rest := m.data
	for {
		end := bytes.IndexAny(rest, "\r\n")
		b.WriteString("\ndata: ")
		if end < 0 {
			b.Write(rest)
			break
		}
		b.Write(rest[:end])
		if bytes.HasPrefix(rest[end:], []byte("\r\n")) {
			end++
		}
		rest = rest[end+1:]
	}
	b.WriteString("\n\n")
}
