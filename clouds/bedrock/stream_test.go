package bedrock_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/clouds/internal/cloudtest"
	"github.com/alloygen/alloygen/runtime/provider"
)

const eventStream = "application/vnd.amazon.eventstream"

// frame is one message of an event stream: pairs of names and values of headers, then the payload.
func frame(t testing.TB, payload string, headers ...string) []byte {
	t.Helper()
	m := eventstream.Message{Payload: []byte(payload)}
	for i := 0; i < len(headers); i += 2 {
		m.Headers.Set(headers[i], eventstream.StringValue(headers[i+1]))
	}
	var b bytes.Buffer
	require.NoError(t, eventstream.NewEncoder().Encode(&b, m))
	return b.Bytes()
}

// chunk is one event of Anthropic's as Bedrock packs it, with padding that hides its length.
func chunk(t testing.TB, event string) []byte {
	t.Helper()
	return frame(t, fmt.Sprintf(`{"bytes":%q,"p":"abcdefgh"}`, base64.StdEncoding.EncodeToString([]byte(event))),
		":event-type", "chunk", ":content-type", "application/json", ":message-type", "event")
}

func exceptionFrame(t testing.TB, kind, payload string) []byte {
	t.Helper()
	return frame(t, payload, ":exception-type", kind, ":content-type", "application/json", ":message-type", "exception")
}

var events = []string{
	`{"type":"message_start","message":{"id":"msg_bdrk_1","type":"message","role":"assistant",` +
		`"model":"claude-haiku-4-5-20251001","content":[],"usage":{"input_tokens":12,"output_tokens":1}}}`,
	`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
	`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"It is "}}`,
	`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"shipped."}}`,
	`{"type":"content_block_stop","index":0}`,
	`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}`,
	`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":12,"outputTokenCount":5,"firstByteLatency":400}}`,
}

func chunks(t testing.TB) (all []byte) {
	for _, e := range events {
		all = append(all, chunk(t, e)...)
	}
	return all
}

// Deltas arrive one by one, over a real connection: the server goes on only when the one before was read.
func TestStream(t *testing.T) {
	got := make(chan string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.EscapedPath() != "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke-with-response-stream" ||
			r.Header.Get("Accept") != "" || strings.Contains(string(body), `"stream"`) {
			http.Error(w, r.URL.String()+string(body), http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", eventStream)
		w.Header().Set("X-Amzn-RequestId", "aws-2")
		for _, e := range events {
			_, _ = w.Write(chunk(t, e))
			w.(http.Flusher).Flush()
			if strings.Contains(e, "text_delta") {
				<-got
			}
		}
	}))
	defer server.Close()
	tr := transport(nil)
	tr.Host = strings.TrimPrefix(server.URL, "http://")
	var deltas []string
	res, err := claude(t, server.URL, tr).Do(t.Context(), ask(haiku), func(d provider.Delta) error {
		deltas = append(deltas, d.Text)
		got <- d.Text
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{"It is ", "shipped."}, deltas)
	require.Equal(t, "It is shipped.", res.Text())
	require.Equal(t, "aws-2", res.RequestID)
	require.Equal(t, provider.FinishStop, res.Finish)
	require.Equal(t, provider.Usage{InputTokens: 12, OutputTokens: 5}, res.Usage)
}

// translated is a reply's body as it comes out of the transport.
func translated(t testing.TB, body io.Reader) (string, error) {
	t.Helper()
	tr := transport(roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: 200, Header: http.Header{"Content-Type": {eventStream}, "Content-Length": {"7"}}, ContentLength: 7,
			Body: io.NopCloser(body), Request: req,
		}, nil
	}))
	req, err := http.NewRequest(http.MethodPost, east+"/v1/messages", strings.NewReader(`{"model":"m","stream":true}`))
	require.NoError(t, err)
	res, err := tr.RoundTrip(req)
	require.NoError(t, err)
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	require.Empty(t, res.Header.Get("Content-Length"))
	require.EqualValues(t, -1, res.ContentLength)
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// However a stream is cut into reads, the events are the same.
func TestStreamInPieces(t *testing.T) {
	var want strings.Builder
	for _, e := range events {
		kind, _, _ := strings.Cut(strings.TrimPrefix(e, `{"type":"`), `"`)
		want.WriteString("event: " + kind + "\ndata: " + e + "\n\n")
	}
	all := chunks(t)
	for name, r := range map[string]io.Reader{
		"whole":                     bytes.NewReader(all),
		"byte by byte":              iotest.OneByteReader(bytes.NewReader(all)),
		"halves":                    iotest.HalfReader(bytes.NewReader(all)),
		"with the end beside bytes": iotest.DataErrReader(bytes.NewReader(all)),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := translated(t, r)
			require.NoError(t, err)
			require.Equal(t, want.String(), got)
		})
	}
}

// A cut stream is never a whole one: between two frames the last event is missing, inside of one it is an error.
func TestStreamCut(t *testing.T) {
	all := chunks(t)
	ends := map[int]bool{0: true}
	for n, i := 0, 0; i < len(events); i++ {
		n += len(chunk(t, events[i]))
		ends[n] = true
	}
	whole, err := translated(t, bytes.NewReader(all))
	require.NoError(t, err)
	for n := range all {
		got, err := translated(t, bytes.NewReader(all[:n]))
		require.True(t, strings.HasPrefix(whole, got) && got != whole)
		if ends[n] {
			require.NoError(t, err, "at %d", n)
		} else {
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "at %d", n)
		}
	}
	for name, n := range map[string]int{"between frames": len(chunk(t, events[0])), "in a frame": len(all) - 3} {
		t.Run(name, func(t *testing.T) {
			requireClass(t, all[:n], provider.Truncated, "")
		})
	}
}

// requireClass requires that a streamed reply fails with that class, and what the provider says of it.
func requireClass(t *testing.T, body []byte, class provider.Class, says string) {
	t.Helper()
	base := &cloudtest.Base{Replies: []cloudtest.Reply{{Type: eventStream, Body: body}}}
	_, err := claude(t, east, transport(base)).Do(t.Context(), ask(haiku), func(provider.Delta) error { return nil })
	var e *provider.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, class, e.Class, "%v", e)
	require.Contains(t, e.Message, says)
}

func TestStreamGarbled(t *testing.T) {
	flipped := chunks(t)
	flipped[len(flipped)/2] ^= 1
	event := []string{":event-type", "chunk", ":message-type", "event"}
	for name, tc := range map[string]struct {
		body []byte
		says string
	}{
		"a wrong checksum":      {flipped, "checksum"},
		"no frames":             {[]byte(strings.Repeat("data: {}\n\n", 9)), ""},
		"no JSON":               {frame(t, "<html>", event...), "invalid character"},
		"no base64":             {frame(t, `{"bytes":"!"}`, event...), "base64"},
		"no event":              {chunk(t, "nonsense"), "invalid character"},
		"an event of two lines": {chunk(t, `{"type":"a\nb"}`), "more than one line"},
		"no type of a message":  {frame(t, "{}", ":event-type", "chunk"), `a message of type ""`},
	} {
		t.Run(name, func(t *testing.T) {
			requireClass(t, tc.body, provider.Malformed, "bedrock: malformed event stream: ")
			requireClass(t, tc.body, provider.Malformed, tc.says)
		})
	}
	t.Run("what is yet to be invented is left out", func(t *testing.T) {
		got, err := translated(t, bytes.NewReader(append(frame(t, "?", ":event-type", "novelty", ":message-type", "event"), chunks(t)...)))
		require.NoError(t, err)
		require.Equal(t, len(events), strings.Count(got, "data: "))
	})
}

func FuzzStream(f *testing.F) {
	f.Add(chunks(f), false)
	f.Add(chunks(f)[:99], false)
	f.Add(exceptionFrame(f, "throttlingException", `{"message":"slow down"}`), false)
	f.Add([]byte(`{"bytes":"eyJ0eXBlIjoicGluZyJ9","p":"ab"}`), true) // a checksum is seldom right by chance
	f.Fuzz(func(t *testing.T, body []byte, framed bool) {
		if framed {
			body = frame(t, string(body), ":event-type", "chunk", ":message-type", "event")
		}
		got, err := translated(t, bytes.NewReader(body))
		if err == nil && got != "" {
			require.True(t, strings.HasSuffix(got, "\n\n"))
		}
		require.Equal(t, strings.Count(got, "\n\n"), strings.Count(got, "\ndata: "))
	})
}
