package wire_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// read returns the data of every event of a stream.
func read(r io.Reader) (events []string, err error) {
	stream := wire.NewEvents(r)
	for {
		data, err := stream.Next()
		if err != nil {
			return events, err
		}
		events = append(events, string(data))
	}
}

var streams = map[string]struct {
	stream string
	events []string
}{
	"plain":               {"data: a\n\ndata: b\n\n", []string{"a", "b"}},
	"CR LF":               {"event: e\r\ndata: a\r\n\r\ndata: b\r\n\r\n", []string{"a", "b"}},
	"CR":                  {"data: a\rdata: b\r\rdata: c\r\r", []string{"a\nb", "c"}},
	"mixed ends":          {"data: a\r\ndata: b\ndata: c\r\r\n", []string{"a\nb\nc"}},
	"byte order mark":     {"\uFEFFdata: a\n\n", []string{"a"}},
	"only the first one":  {"\uFEFF\uFEFFdata: a\n\n", nil},
	"several lines":       {"data: a\ndata\ndata:  b\n\n", []string{"a\n\n b"}},
	"no space":            {"data:a\n\n", []string{"a"}},
	"comments":            {": hello\n:\ndata: a\n: b\n\n: ping\n\n", []string{"a"}},
	"unknown fields":      {"id: 1\nretry: 5\nnonsense\ndata: a\n\n", []string{"a"}},
	"name without data":   {"event: e\n\ndata: a\n\n", []string{"a"}},
	"empty data":          {"data:\n\ndata: a\n\n", []string{"a"}},
	"data with colons":    {"data: {\"a\": \"b:c\"}\n\n", []string{`{"a": "b:c"}`}},
	"cut off":             {"data: a\n\ndata: b\n", []string{"a"}},
	"cut off in the line": {"data: a\n\ndata: b", []string{"a"}},
	"runes":               {"data: é€😀\n\n", []string{"é€😀"}},
	"nothing":             {"", nil},
}

// X42
func TestEvents(t *testing.T) {
	for name, tc := range streams {
		t.Run(name, func(t *testing.T) {
			for split := range len(tc.stream) + 1 {
				got, err := read(io.MultiReader(strings.NewReader(tc.stream[:split]), strings.NewReader(tc.stream[split:])))
				require.ErrorIs(t, err, io.EOF)
				require.Equal(t, tc.events, got, "split at %d", split)
			}
			got, err := read(iotest.OneByteReader(strings.NewReader(tc.stream)))
			require.ErrorIs(t, err, io.EOF)
			require.Equal(t, tc.events, got, "byte by byte")
			got, err = read(iotest.DataErrReader(strings.NewReader(tc.stream)))
			require.ErrorIs(t, err, io.EOF)
			require.Equal(t, tc.events, got, "with the error beside the data")
		})
	}
	t.Run("errors come through", func(t *testing.T) {
		broken := errors.New("broken")
		got, err := read(io.MultiReader(strings.NewReader("data: a\n\ndata: b"), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken)
		require.Equal(t, []string{"a"}, got)
	})
	t.Run("a reader that brings nothing", func(t *testing.T) {
		_, err := read(stuck{})
		require.ErrorIs(t, err, io.ErrNoProgress)
	})
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// X45
func TestEventsOverTheLimit(t *testing.T) {
	line := strings.Repeat("x", 1<<20)
	for name, stream := range map[string]io.Reader{
		"one line":   io.MultiReader(strings.NewReader("data: "), repeat(line, 33)),
		"many lines": repeat("data: "+line+"\n", 33),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(stream)
			require.EqualError(t, err, "over the size limit")
		})
	}
}

func repeat(s string, n int) io.Reader {
	parts := make([]io.Reader, n)
	for i := range parts {
		parts[i] = strings.NewReader(s)
	}
	return io.MultiReader(parts...)
}

// X42: however a stream is cut into reads, the events are the same.
func FuzzEvents(f *testing.F) {
	for _, tc := range streams {
		f.Add([]byte(tc.stream), uint(3))
	}
	f.Fuzz(func(t *testing.T, stream []byte, step uint) {
		whole, _ := read(bytes.NewReader(stream))
		size := int(step%16) + 1
		var parts []io.Reader
		for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			parts = append(parts, bytes.NewReader(rest[:min(size, len(rest))]))
		}
		split, _ := read(io.MultiReader(parts...))
		require.Equal(t, whole, split)
	})
}
