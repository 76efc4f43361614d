package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Lines reads a stream of JSON values, one a line (application/x-ndjson). Blank lines are skipped. A last line that the
// stream's end cuts off is discarded; one that only lacks its end is not.
type Lines struct{ e *Events }

// NewLines reads lines from r, each of at most 32 MiB.
func NewLines(r io.Reader) *Lines { return &Lines{NewEvents(r)} }

// Next returns the next line, whose bytes are valid until the one after it is read; io.EOF at the end of the stream.
func (l *Lines) Next() ([]byte, error) {
	for {
		line, err := l.e.line()
		if errors.Is(err, io.EOF) {
			line = l.e.buf[l.e.start:]
			if l.e.start = len(l.e.buf); !l.e.begun {
				line = bytes.TrimPrefix(line, []byte("\uFEFF"))
			}
			line = bytes.TrimSpace(line)
			if !json.Valid(line) {
				return nil, err
			}
			return line, nil
		}
		if err != nil {
			return nil, err
		}
		if crowded(line) {
			return nil, errTooLarge
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
	}
}
