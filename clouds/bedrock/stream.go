package bedrock

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

// stream reads Bedrock's event stream as the text/event-stream that Anthropic sends: a chunk holds one of its events. See
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ResponseStream.html.
type stream struct {
	from    io.ReadCloser
	frames  *bufio.Reader
	decoder *eventstream.Decoder
	payload []byte       // the buffer of the next one
	events  bytes.Buffer // written and not yet read
	err     error        // what follows them
}

func newStream(from io.ReadCloser) *stream {
	return &stream{from: from, frames: bufio.NewReader(from), decoder: eventstream.NewDecoder()}
}

func (s *stream) Close() error { return s.from.Close() }

func (s *stream) Read(p []byte) (int, error) {
	for s.events.Len() == 0 && s.err == nil && len(p) > 0 {
		s.err = s.next()
	}
	if s.events.Len() > 0 {
		return s.events.Read(p)
	}
	if len(p) == 0 {
		return 0, nil
	}
	return 0, s.err
}

// next reads one frame. A stream may end between two; one that ends inside was cut.
func (s *stream) next() error {
	if _, err := s.frames.Peek(1); err != nil {
		return err
	}
	m, err := s.decoder.Decode(s.frames, s.payload[:0])
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	if err != nil {
		return garbled(err)
	}
	s.payload = m.Payload
	header := func(name string) string {
		if v, ok := m.Headers.Get(name).(eventstream.StringValue); ok {
			return string(v)
		}
		return ""
	}
	switch header(":message-type") {
	case "event":
		if header(":event-type") == "chunk" {
			return s.chunk(m.Payload)
		}
		return nil // of a kind yet to be invented
	case "exception":
		return s.write("error", exceptionOf(header(":exception-type"), m.Payload).fault())
	case "error":
		return s.write("error", exception{Type: header(":error-code"), Message: header(":error-message")}.fault())
	}
	return garbled(fmt.Errorf("a message of type %q", header(":message-type")))
}

func (s *stream) chunk(payload []byte) error {
	var chunk struct {
		Bytes []byte `json:"bytes"` // in base64
	}
	if err := json.Unmarshal(payload, &chunk); err != nil {
		return garbled(err)
	}
	var event struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(chunk.Bytes, &event); err != nil {
		return garbled(err)
	}
	return s.write(event.Type, chunk.Bytes)
}

// write writes one event: its name, and its data on one line.
func (s *stream) write(name string, data []byte) error {
	if strings.ContainsAny(name, "\r\n") {
		return garbled(errors.New("the type of an event has more than one line"))
	}
	s.events.WriteString("event: " + name + "\ndata: ")
	if err := json.Compact(&s.events, data); err != nil {
		return garbled(err)
	}
	s.events.WriteString("\n\n")
	return nil
}

// garbled is the error for what is no event stream of Bedrock's. Its words have the class malformed.
func garbled(err error) error { return fmt.Errorf("bedrock: malformed event stream: %w", err) }
