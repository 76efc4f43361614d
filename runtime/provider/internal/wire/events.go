package wire

import (
	"bytes"
	"io"
)

// Events reads a text/event-stream as the WHATWG HTML standard has it (section 9.2.6): lines end in LF, CR or CR LF, a byte
// order mark is skipped, comments and unknown fields are ignored, an event that the stream's end cuts off is discarded. What the
// vendors send says in its data what it is: the names of events are not kept.
type Events struct {
	r      io.Reader
	buf    []byte // what was read and not yet returned is buf[start:]
	start  int
	begun  bool // the first line was read
	skipLF bool // the last line ended in CR, which may be half of CR LF
	limit  int  // of one line, and of the data of one event
	data   []byte
}

// NewEvents reads events from r, each of at most 32 MiB.
func NewEvents(r io.Reader) *Events { return &Events{r: r, limit: MaxBody} }

// Next returns the data of the next event that has some, its lines joined by newlines; io.EOF at the end of the stream. The
// bytes are valid until the next event is read.
func (e *Events) Next() ([]byte, error) {
	e.data = e.data[:0]
	has := false
	for {
		line, err := e.line()
		if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			switch {
			case crowded(e.data):
				return nil, errTooLarge
			case has && len(e.data) > 0:
				return e.data, nil
			}
			has = false
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		if string(field) != "data" {
			continue
		}
		if has {
			e.data = append(e.data, '\n')
		}
		e.data, has = append(e.data, value...), true
		if len(e.data) > e.limit {
			return nil, errTooLarge
		}
	}
}

// line returns the next line without its end. A last line without an end is no line.
func (e *Events) line() ([]byte, error) {
	scanned := e.start
	for {
		if e.skipLF && e.start < len(e.buf) {
			if e.buf[e.start] == '\n' {
				e.start++
				scanned = e.start
			}
			e.skipLF = false
		}
		if i := lineEnd(e.buf[scanned:]); i >= 0 {
			end := scanned + i
			line := e.buf[e.start:end]
			e.skipLF = e.buf[end] == '\r'
			e.start = end + 1
			if !e.begun {
				e.begun = true
				line = bytes.TrimPrefix(line, []byte("\uFEFF"))
			}
			return line, nil
		}
		if len(e.buf)-e.start > e.limit {
			return nil, errTooLarge
		}
		if e.start > 0 { // make room
			e.buf = e.buf[:copy(e.buf, e.buf[e.start:])]
			e.start = 0
		}
		scanned = len(e.buf)
		if err := e.fill(); err != nil {
			return nil, err
		}
	}
}

// lineEnd is the index of the first CR or LF, -1 without one; two searches for a byte are faster than one for a set.
func lineEnd(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	if lf >= 0 {
		b = b[:lf]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// fill reads once, into room that is there.
func (e *Events) fill() error {
	if len(e.buf) == cap(e.buf) {
		e.buf = append(e.buf, make([]byte, max(4<<10, len(e.buf)))...)[:len(e.buf)]
	}
	for range 100 {
		n, err := e.r.Read(e.buf[len(e.buf):cap(e.buf)])
		e.buf = e.buf[:len(e.buf)+n]
		if n > 0 {
			return nil // an error comes again
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}
