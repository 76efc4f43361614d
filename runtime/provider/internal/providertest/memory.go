package providertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
)

// answering is a transport that answers every request with one body, without a network.
type answering struct {
	kind string
	body []byte
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {a.kind}}, Request: r,
		Body: io.NopCloser(bytes.NewReader(a.body)),
	}, nil
}

// FuzzReply gives any bytes to a provider, as a whole answer and as a stream. It must make either a response that holds
// together or an *Error that says which class it is, and must not panic.
func FuzzReply(f *testing.F, make func(provider.Config) (provider.Provider, error), model string, seeds ...string) {
	FuzzReplyAs(f, "text/event-stream", make, model, seeds...)
}

// FuzzReplyAs is FuzzReply for a vendor whose streams are of another media type.
func FuzzReplyAs(f *testing.F, streamType string, make func(provider.Config) (provider.Provider, error), model string, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, stream bool) {
		transport := answering{"application/json", body}
		var emit func(provider.Delta) error
		if stream {
			transport.kind = streamType
			emit = func(provider.Delta) error { return nil }
		}
		p, err := make(provider.Config{HTTPClient: &http.Client{Transport: transport}})
		require.NoError(t, err)
		res, err := p.Do(context.Background(), TypedRequest(model), emit)
		if err != nil {
			var e *provider.Error
			require.True(t, errors.As(err, &e), "%T", err)
			require.NotEmpty(t, e.Class)
			require.LessOrEqual(t, len(e.Message), 512)
			return
		}
		require.NotEmpty(t, res.Finish)
		seen := map[string]bool{}
		for _, call := range res.ToolCalls() {
			require.NotEmpty(t, call.ID)
			require.False(t, seen[call.ID], "an id of its own for every call")
			seen[call.ID] = true
		}
	})
}
