package serve

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// write sends a whole answer. An error means that nobody reads it.
func write(w http.ResponseWriter, limit time.Duration, status int, mediaType string, body []byte) {
	body = append(body[:len(body):len(body)], '\n')
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_ = push(w, limit, body)
}

// push writes text and flushes it, within the limit. The deadline is taken off again: HTTP/2 ends a
// stream by it although nothing is written.
func push(w http.ResponseWriter, limit time.Duration, text []byte) error {
	c := http.NewResponseController(w)
	if limit > 0 {
		_ = c.SetWriteDeadline(time.Now().Add(limit))
		defer func() { _ = c.SetWriteDeadline(time.Time{}) }()
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := c.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) { // without it, all comes at the end
		return err
	}
	return nil
}
