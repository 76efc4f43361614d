package providersuite

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
)

// late ends a response some time after its last byte.
func late(d time.Duration, s step) step {
	return func(x exchange) {
		s(x)
		_ = http.NewResponseController(x).Flush()
		select {
		case <-time.After(d):
		case <-x.request.Context().Done():
		}
	}
}

// F155: calls that follow each other share one connection, also behind a failure and an error in the middle of a stream, and
// although the end of a response comes after its last byte.
func TestConnectionsAreReused(t *testing.T) {
	for name, answer := range map[string]func(*vendor) step{
		"answer": func(*vendor) step { return reply(shipped) },
		"failed": func(v *vendor) step { return v.failure(provider.Server).step },
		"broken": func(v *vendor) step {
			return func(x exchange) {
				if x.asked.stream {
					begins(append(v.stream(shipped).begin, v.broken()))(x)
				} else {
					x.whole("application/json", http.StatusOK, nil, v.failure(provider.Server).body)
				}
			}
		},
		"captive portal": func(*vendor) step { return text("text/html", http.StatusOK, "<html>Log in</html>") },
	} {
		t.Run(name, func(t *testing.T) {
			eachTwice(t, nil, func(t *testing.T, v *vendor, streamed bool) {
				s := open(t, v, late(time.Millisecond, answer(v)))
				dialed := 0
				s.pipe.Dial = func(context.Context, string) error { dialed++; return nil }
				ctx := s.of(t)
				for range 4 {
					got := ask(ctx, respond, streamed)
					require.Equal(t, name == "answer", got.err == nil, "%v", got.err)
				}
				require.Equal(t, 1, dialed)
				require.Len(t, s.asked(), 4)
			})
		})
	}
}

// A server that has said all and does not end is not waited for, nor is one that goes on and on.
func TestEndsThatDoNotCome(t *testing.T) {
	for name, after := range map[string]step{
		"silent": silent,
		"endless": func(x exchange) {
			for x.request.Context().Err() == nil {
				_, _ = io.WriteString(x, ": more\n\n")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(l lacks) bool { return l.ends }, func(t *testing.T, v *vendor) {
				s := open(t, v, begins(v.stream(shipped).all(), after))
				begin := time.Now()
				got := stream(s.of(t))
				require.NoError(t, got.err)
				require.Equal(t, shippedText, got.value)
				require.Less(t, time.Since(begin), time.Second)
			})
		})
	}
}
