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

func readLines(r io.Reader) (lines []string, err error) {
	stream := wire.NewLines(r)
	for {
		line, err := stream.Next()
		if err != nil {
			return lines, err
		}
		lines = append(lines, string(line))
	}
}

var lineStreams = map[string]struct {
	stream string
	lines  []string
}{
	"plain":              {"{\"a\":1}\n{}\n", []string{`{"a":1}`, "{}"}},
	"CR LF":              {"1\r\n2\r\n", []string{"1", "2"}},
	"blank lines":        {"\n 1 \n\r\n\n2\n", []string{"1", "2"}},
	"byte order mark":    {"\uFEFF1\n", []string{"1"}},
	"without an end":     {"1\n{\"é\":2}", []string{"1", `{"é":2}`}},
	"one without an end": {"\uFEFF{}", []string{"{}"}},
	"cut off":            {"1\n{\"a\":", []string{"1"}},
	"cut off in a rune":  {"1\n\"\xc3", []string{"1"}},
	"no JSON":            {"nonsense\n", []string{"nonsense"}},
	"nothing":            {"", nil},
}

// X42
func TestLines(t *testing.T) {
	for name, tc := range lineStreams {
		t.Run(name, func(t *testing.T) {
			for split := range len(tc.stream) + 1 {
				got, err := readLines(io.MultiReader(strings.NewReader(tc.stream[:split]), strings.NewReader(tc.stream[split:])))
				require.ErrorIs(t, err, io.EOF)
				require.Equal(t, tc.lines, got, "split at %d", split)
			}
			got, err := readLines(iotest.DataErrReader(iotest.OneByteReader(strings.NewReader(tc.stream))))
			require.ErrorIs(t, err, io.EOF)
			require.Equal(t, tc.lines, got, "byte by byte")
		})
	}
	t.Run("errors come through", func(t *testing.T) {
		broken := errors.New("broken")
		got, err := readLines(io.MultiReader(strings.NewReader("1\n2"), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken)
		require.Equal(t, []string{"1"}, got)
	})
	t.Run("X45 over the limit", func(t *testing.T) {
		_, err := readLines(repeat(strings.Repeat("x", 1<<20), 33))
		require.EqualError(t, err, "over the size limit")
	})
}

// X42: however a stream is cut into reads, the lines are the same.
func FuzzLines(f *testing.F) {
	for _, tc := range lineStreams {
		f.Add([]byte(tc.stream), uint(3))
	}
	f.Fuzz(func(t *testing.T, stream []byte, step uint) {
		whole, _ := readLines(bytes.NewReader(stream))
		size := int(step%16) + 1
		var parts []io.Reader
		for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			parts = append(parts, bytes.NewReader(rest[:min(size, len(rest))]))
		}
		split, _ := readLines(io.MultiReader(parts...))
		require.Equal(t, whole, split)
	})
}
