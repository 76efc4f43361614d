package providersuite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

// The rows of the fault matrix about streams, each with every vendor. The reader is a loop over Stream.Text.

var shipped = says("It is ", "shipped, é 😀.")

const shippedText = "It is shipped, é 😀."

// stream makes a call that is read as it comes.
func stream(ctx context.Context, opts ...alloy.Option) outcome[string] {
	return ask(ctx, respond, true, opts...)
}

// row runs a row of the matrix with every vendor that does not lack what it is about.
func row(t *testing.T, name string, without func(lacks) bool, check func(t *testing.T, v *vendor)) {
	t.Run(name, func(t *testing.T) { each(t, without, check) })
}

func TestFaultsOfStreams(t *testing.T) {
	row(t, "X40_clean_end_without_terminal_event", nil, cleanEnd)
	row(t, "X41_cut_in_a_line_and_in_a_rune", nil, cutInRune)
	row(t, "X43_comments_are_silence", nil, commentsAreSilence)
	row(t, "X43_empty_pieces_are_silence", nil, emptyPieces)
	row(t, "X43_limits_of_the_call", nil, silenceLimits)
	row(t, "X44_error_event_first", nil, errorFirst)
	row(t, "X44_error_event_in_the_middle", nil, errorInTheMiddle)
	row(t, "X45_malformed_chunk", nil, malformedChunk)
	row(t, "X45_line_over_32_MiB", nil, longLine)
	row(t, "X45_answer_over_32_MiB", nil, longAnswer)
	row(t, "X45_data_after_the_end", func(l lacks) bool { return l.ends }, dataAfterTheEnd)
	row(t, "X46_reset_after_a_token", nil, resetAfterToken)
	row(t, "X46_usage_of_a_cut_answer", nil, countsCutAnswer)
	row(t, "X47_cut_after_the_role", nil, cutAfterRole)
	row(t, "X48_JSON_in_place_of_a_stream", nil, jsonForStream)
	row(t, "X48_a_stream_in_place_of_JSON", nil, streamForJSON)
	row(t, "X49_reader_leaves", nil, readerLeaves)
	row(t, "X49_reader_stops", nil, readerStops)
	row(t, "X61_caller_gives_up", nil, callerGivesUp)
}

// cleanEnd: wherever the body ends before the vendor's own end, the answer was cut, however cleanly it ended.
func cleanEnd(t *testing.T, v *vendor) {
	all := v.stream(shipped).all()
	for n := range all {
		s := open(t, v, begins(all[:n]))
		got := stream(s.of(t, times(2)))
		require.Equal(t, alloy.KindNetwork, failed(t, got.err).Kind, "after %d of %d frames: %v", n, len(all), got.err)
		require.True(t, strings.HasPrefix(shippedText, got.text()), "%q", got.text())
		require.Contains(t, []provider.Class{provider.Truncated, provider.Network}, as[*provider.Error](t, got.err).Class)
		want := 2
		if got.text() != "" {
			want = 1
			require.Equal(t, len(got.text()), as[*alloy.StreamInterrupted](t, got.err).Delivered)
		}
		require.Len(t, s.asked(), want)
	}
	s := open(t, v, begins(all))
	got := stream(s.of(t))
	require.NoError(t, got.err, "and with the last of them it is whole")
	require.Equal(t, shippedText, got.value)

	// No tool runs of an answer that was cut, although its call was complete.
	all = v.stream(calls(order("call_a", "4392"), order("call_b", "4393"))).all()
	for n := range all {
		var l lookup
		s := open(t, v, begins(all[:n]), reply(shipped))
		got := stream(s.of(t, times(2)), alloy.WithTools(l.tool()))
		require.NoError(t, got.err)
		require.Equal(t, shippedText, got.text())
		require.Empty(t, l.ran)
	}
}

// cutInRune: wherever the body is cut, in the middle of a line or of a rune, no part of a rune is delivered.
func cutInRune(t *testing.T, v *vendor) {
	f := v.stream(shipped)
	whole := strings.Join(slices.Concat(f.begin, f.thoughts, f.open, f.text), "")
	from := strings.Index(whole, "shipped")
	ends := func(exchange) {}
	for n := from; n < from+len(shipped.text[1])+8; n++ { // to the end of the text, and a little beyond
		for _, then := range []step{cut, ends} {
			s := open(t, v, begins([]string{whole[:n]}, then))
			got := stream(s.of(t))
			require.Equal(t, alloy.KindNetwork, failed(t, got.err).Kind)
			require.Contains(t, []string{"It is ", shippedText}, got.text())
		}
	}
}

// commentsAreSilence: what keeps a connection alive does not keep a call alive.
func commentsAreSilence(t *testing.T, v *vendor) {
	f := v.stream(shipped)
	begun := slices.Concat(f.begin, f.open)
	for _, pieces := range [][]string{nil, f.text[:1]} {
		s := open(t, v, begins(append(slices.Clone(begun), pieces...), pinging))
		start := time.Now()
		got := stream(s.of(t))
		require.Len(t, got.pieces, len(pieces))
		require.Equal(t, alloy.KindTimeout, failed(t, got.err).Kind)
		require.ErrorContains(t, got.err, "piece of the answer within 1m0s")
		require.Equal(t, time.Minute, time.Since(start))
	}
}

// emptyPieces: nor do pieces of a text with nothing in them.
func emptyPieces(t *testing.T, v *vendor) {
	f := v.stream(says("", "."))
	s := open(t, v, begins(slices.Concat(f.begin, f.open), slowly(time.Second, slices.Repeat(f.text[:1], 100)...)))
	start := time.Now()
	got := stream(s.of(t))
	require.Equal(t, alloy.KindTimeout, failed(t, got.err).Kind)
	require.Equal(t, time.Minute, time.Since(start))
}

func silenceLimits(t *testing.T, v *vendor) {
	limits := alloy.WithStreamTimeout(alloy.StreamTimeout{First: 10 * time.Second, Idle: 2 * time.Second})
	f := v.stream(shipped)
	s := open(t, v, begins(slices.Concat(f.begin, f.open, f.text[:1]), pinging))
	got := stream(s.of(t), limits)
	require.ErrorContains(t, got.err, "no further piece of the answer within 2s")

	s = open(t, v, begins(f.begin, pinging), reply(shipped))
	start := time.Now()
	got = stream(s.of(t, times(2)), limits)
	require.NoError(t, got.err, "nothing was delivered: the request is repeated")
	require.Equal(t, shippedText, got.text())
	require.Equal(t, 10500*time.Millisecond, time.Since(start))
}

// errorFirst: an error in a stream with HTTP 200 counts by what the vendor calls it, and is got over like any other.
func errorFirst(t *testing.T, v *vendor) {
	s := open(t, v, begins([]string{v.broken()}), begins(append(v.stream(shipped).begin, v.broken())), reply(shipped))
	var seen events
	got := stream(s.of(t, times(3)), alloy.WithObserver(&seen))
	require.NoError(t, got.err)
	require.Equal(t, shipped.text, got.pieces)
	for _, e := range of[alloy.RequestFinished](&seen)[:2] {
		if v.name == "ollama" { // which has words, and no class
			require.Contains(t, []alloy.Kind{alloy.KindOverloaded, alloy.KindServer}, e.Kind)
			continue
		}
		require.Equal(t, alloy.KindOverloaded, e.Kind)
	}
}

func errorInTheMiddle(t *testing.T, v *vendor) {
	f := v.stream(shipped)
	s := open(t, v, begins(append(slices.Concat(f.begin, f.open, f.text[:1]), v.broken())))
	got := stream(s.of(t, times(3)), alloy.WithFallback(v.other))
	require.Equal(t, shipped.text[:1], got.pieces)
	require.Equal(t, alloy.KindOverloaded, failed(t, got.err).Kind)
	require.Equal(t, len(shipped.text[0]), as[*alloy.StreamInterrupted](t, got.err).Delivered)
	require.Len(t, s.asked(), 1)
}

// garbage is a frame that is no JSON.
func (v *vendor) garbage() string {
	if v.mediaType() == "text/event-stream" {
		return "data: {nonsense\n\n"
	}
	return "{nonsense\n"
}

func malformedChunk(t *testing.T, v *vendor) {
	f := v.stream(shipped)
	s := open(t, v, begins(append(slices.Clone(f.begin), v.garbage())), reply(shipped))
	got := stream(s.of(t, times(3)))
	require.NoError(t, got.err, "it is repeated once")
	require.Equal(t, shipped.text, got.pieces)

	s = open(t, v, begins(append(slices.Concat(f.begin, f.open, f.text[:1]), v.garbage())))
	got = stream(s.of(t, times(3)))
	require.Equal(t, alloy.KindMalformed, failed(t, got.err).Kind)
	as[*alloy.StreamInterrupted](t, got.err)
	require.Len(t, s.asked(), 1)
}

func longLine(t *testing.T, v *vendor) {
	line := strings.TrimSpace(v.garbage())
	got := v.unasked(t, append(v.stream(shipped).begin, line), &repeating{text: strings.Repeat("x", 1<<20)})
	require.Equal(t, alloy.KindTooLarge, failed(t, got.err).Kind)
	require.Len(t, failed(t, got.err).Attempts, 1)
}

// longAnswer: no line of it is long. Each call counts as 16 KiB beside what is in it, which bounds a stream of empty ones, and
// spares the test the reading of 32 MiB for every vendor.
func longAnswer(t *testing.T, v *vendor) {
	const empty, each, piece, pieces = 1900, 16 << 10, 32 << 10, 24
	const left = 32<<20 - empty*each
	long := strings.Repeat("x", piece)
	full := called{long, long, `{"a":"` + long + `"}`}
	f := v.stream(said{text: []string{long, "."}, calls: append(slices.Repeat([]called{{"c", "t", "{}"}}, empty), slices.Repeat([]called{full}, pieces)...)})
	ofCall := len(f.calls) / (empty + pieces)
	var begun []string
	for call := range slices.Chunk(f.calls[:empty*ofCall], ofCall) {
		begun = append(begun, call[0])
	}
	begun = slices.Concat(f.begin, f.open, begun)

	got := v.unasked(t, append(begun, slices.Repeat(f.text[:1], left/piece+1)...))
	require.Equal(t, alloy.KindTooLarge, failed(t, got.err).Kind)
	require.Len(t, failed(t, got.err).Attempts, 1)
	require.InDelta(t, left/piece, len(got.pieces), 5) // what else is in the frames counts too
	require.Equal(t, len(got.text()), as[*alloy.StreamInterrupted](t, got.err).Delivered)

	got = v.unasked(t, append(begun, f.calls[empty*ofCall:]...))
	require.Equal(t, alloy.KindTooLarge, failed(t, got.err).Kind, "with their ids, names and arguments they are; without one of these they were not")
}

// unasked is a stream of a body that comes without a server, whose pipes would be slow.
func (v *vendor) unasked(t *testing.T, frames []string, then ...io.Reader) outcome[string] {
	body := io.MultiReader(append([]io.Reader{strings.NewReader(strings.Join(frames, ""))}, then...)...)
	s := open(t, v, silent)
	return stream(s.of(t, times(3)), alloy.WithHTTPClient(&http.Client{Transport: answering{v.mediaType(), body}}))
}

// repeating is a reader of a text again and again, of which it has read so much.
type repeating struct {
	text string
	read int
}

func (r *repeating) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.read%len(r.text):])
	r.read += n
	return n, nil
}

func dataAfterTheEnd(t *testing.T, v *vendor) {
	s := open(t, v, begins(append(v.stream(shipped).all(), v.garbage(), v.stream(says("more")).text[0])))
	got := stream(s.of(t))
	require.NoError(t, got.err)
	require.Equal(t, shippedText, got.value)
	require.Equal(t, shipped.text, got.pieces)
}

func resetAfterToken(t *testing.T, v *vendor) {
	f := v.stream(shipped)
	s := open(t, v, begins(slices.Concat(f.begin, f.open, f.text[:1]), cut))
	s.pipe.Reset.Store(true)
	got := stream(s.of(t, times(3)), alloy.WithFallback(v.other))
	require.Equal(t, shipped.text[:1], got.pieces)
	require.Equal(t, alloy.KindNetwork, failed(t, got.err).Kind)
	require.Equal(t, len(shipped.text[0]), as[*alloy.StreamInterrupted](t, got.err).Delivered)
	require.Len(t, s.asked(), 1, "no retry, and no fallback: it would be said twice")

	// A reader of events is told that the answer begins anew.
	s = open(t, v, begins(slices.Concat(f.begin, f.open, f.text[:1]), cut), reply(shipped))
	s.pipe.Reset.Store(true)
	said, restarts := "", 0
	for e := range respond.Stream(s.of(t, times(3)), asking[string](alloy.Text(question)), nil).Events() {
		switch e := e.(type) {
		case alloy.TextDelta:
			said += e.Text
		case alloy.Restarted:
			require.Equal(t, shipped.text[0], said)
			said = ""
			restarts++
		}
	}
	require.Equal(t, shippedText, said)
	require.Equal(t, 1, restarts)
}

// countsCutAnswer: what an answer had cost when it was cut counts, where the vendor had said it; where not, that it is not known.
func countsCutAnswer(t *testing.T, v *vendor) {
	a := says("It is ", "shipped.")
	a.usage = provider.Usage{InputTokens: 100, OutputTokens: 20}
	f := v.stream(a)
	s := open(t, v, begins(slices.Concat(f.begin, f.open, f.text[:1]), cut), reply(a))
	var report alloy.Report
	call := respond.Stream(s.of(t, times(2), alloy.WithPrice(v.model, alloy.Price{Input: 1, Output: 1})), asking[string](alloy.Text(question)), []alloy.Option{alloy.WithReport(&report)})
	for range call.Events() {
	}
	_, err := call.Result()
	require.NoError(t, err)
	if v.name == "anthropic" || v.name == "gemini" {
		require.Equal(t, 200, report.Usage.InputTokens)
		require.Zero(t, report.Unpriced)
		return
	}
	require.Equal(t, a.usage, report.Usage)
	require.Equal(t, 1, report.Unpriced)
}

func cutAfterRole(t *testing.T, v *vendor) {
	f := v.stream(shipped)
	s := open(t, v, begins(slices.Concat(f.begin, f.open), cut), reply(shipped))
	got := stream(s.of(t, times(3)))
	require.NoError(t, got.err)
	require.Equal(t, shipped.text, got.pieces)
	require.Len(t, s.asked(), 2)
}

func jsonForStream(t *testing.T, v *vendor) {
	s := open(t, v, text("application/json", 200, v.whole(shipped)))
	got := stream(s.of(t, times(3)))
	require.Equal(t, alloy.KindMalformed, failed(t, got.err).Kind)
	require.Empty(t, got.pieces)
	require.Len(t, s.asked(), 2)
}

func streamForJSON(t *testing.T, v *vendor) {
	s := open(t, v, text(v.mediaType(), 200, strings.Join(v.stream(shipped).all(), "")))
	got := ask(s.of(t, times(3)), respond, false)
	require.Equal(t, alloy.KindMalformed, failed(t, got.err).Kind)
	require.Len(t, s.asked(), 2)
}

// readerLeaves: in whatever way a reader stops, the server's request ends, and nothing more is asked.
func readerLeaves(t *testing.T, v *vendor) {
	for name, leave := range map[string]func(*alloy.Stream[string]){
		"text": func(s *alloy.Stream[string]) {
			for range s.Text() {
				break
			}
		},
		"partials": func(s *alloy.Stream[string]) {
			for range s.Partials() {
				break
			}
		},
		"events": func(s *alloy.Stream[string]) {
			for e := range s.Events() {
				if _, ok := e.(alloy.TextDelta); ok {
					break
				}
			}
		},
		"pulled": func(s *alloy.Stream[string]) {
			next, stop := iter.Pull(s.Text())
			defer stop()
			next()
		},
		"panic": func(s *alloy.Stream[string]) {
			defer func() { _ = recover() }()
			for range s.Text() {
				panic("mine")
			}
		},
	} {
		f := v.stream(shipped)
		gone := make(chan struct{})
		s := open(t, v, begins(slices.Concat(f.begin, f.open, f.text[:1]), silent, func(exchange) { close(gone) }))
		start := time.Now()
		call := respond.Stream(s.of(t, times(3)), asking[string](alloy.Text(question)), nil)
		leave(call)
		<-gone
		require.Zero(t, time.Since(start), name)
		_, err := call.Result()
		require.Equal(t, alloy.KindCanceled, failed(t, err).Kind, name)
		require.Len(t, s.asked(), 1, name)
	}
}

// readerStops: one that reads no further and does not leave keeps the server waiting for no longer than the call may take.
func readerStops(t *testing.T, v *vendor) {
	f := v.stream(shipped)
	gone := make(chan time.Duration, 1)
	start := time.Now()
	s := open(t, v, begins(slices.Concat(f.begin, f.open, f.text[:1]), silent, func(exchange) { gone <- time.Since(start) }))
	call := respond.Stream(s.of(t, alloy.WithTimeout(3*time.Minute)), asking[string](alloy.Text(question)), nil)
	for range call.Text() {
		time.Sleep(time.Hour)
		require.Equal(t, 3*time.Minute, <-gone)
	}
	_, err := call.Result()
	require.Equal(t, alloy.KindTimeout, failed(t, err).Kind)
}

func callerGivesUp(t *testing.T, v *vendor) {
	f := v.stream(shipped)
	s := open(t, v, begins(slices.Concat(f.begin, f.open, f.text[:1]), silent))
	left := errors.New("the user left")
	ctx, cancel := context.WithCancelCause(s.of(t, times(3)))
	time.AfterFunc(5*time.Second, func() { cancel(left) })
	got := stream(ctx)
	require.Equal(t, shipped.text[:1], got.pieces)
	require.ErrorIs(t, got.err, left)
}

// X42: however the bytes of a stream come, and however its lines end, it is the same answer. Package wire splits streams at
// every byte; here it is one byte at a time, and in two wherever a line ends.
func TestFaultsOfSplitStreams(t *testing.T) {
	environment(t)
	a := calls(order("call_a", "4392"))
	a.text, a.thoughts = []string{"é 😀"}, []string{"Hm."}
	for _, v := range vendors {
		whole := strings.Join(v.stream(a).all(), "")
		want := v.collect(t, strings.NewReader(whole))
		require.Equal(t, "é 😀", want.Text())
		require.Len(t, want.ToolCalls(), 1)
		forms := map[string]string{"as_it_is": whole}
		lines := strings.ReplaceAll(whole, "\r\n", "\n")
		for name, end := range map[string]string{"LF": "\n", "CRLF": "\r\n", "CR": "\r"} {
			forms[name] = strings.ReplaceAll(lines, "\n", end)
		}
		forms["BOM"] = "\uFEFF" + whole
		if v.mediaType() == "text/event-stream" {
			forms["several_data_lines"] = strings.ReplaceAll(lines, "data: {", "data: {\ndata:")
			forms["no_space_comments_and_fields"] = strings.ReplaceAll(lines, "data: ", ": hello\nid: 7\nretry: 1000\nfoo\ndata:")
		} else {
			forms["blank_lines"] = strings.ReplaceAll(lines, "\n", "\n \n\n")
		}
		for name, body := range forms {
			t.Run("X42_"+name+"/"+v.name, func(t *testing.T) {
				require.Equal(t, want, v.collect(t, oneByte{strings.NewReader(body)}))
				for n := range len(body) {
					if !nearEnd(body, n) {
						continue
					}
					got := v.collect(t, io.MultiReader(strings.NewReader(body[:n]), strings.NewReader(body[n:])))
					if got.Text() != want.Text() || len(got.ToolCalls()) != 1 || *got.ToolCalls()[0] != *want.ToolCalls()[0] || got.Usage != want.Usage {
						require.Equal(t, want, got, "split before byte %d", n)
					}
				}
			})
		}
	}
}

// nearEnd says whether a place in a body is beside the end of a line, or its beginning.
func nearEnd(body string, n int) bool {
	return n < 4 || strings.ContainsAny(body[n-1:min(n+2, len(body))], "\r\n")
}

// oneByte is a reader of one byte at a time.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(1, len(p))]) }

// collect reads a body as an answer of the vendor's, without a network.
func (v *vendor) collect(t *testing.T, body io.Reader) *provider.Response {
	t.Helper()
	client := &http.Client{Transport: answering{v.mediaType(), body}}
	registered, ok := provider.Lookup(v.provider)
	if !ok {
		var err error
		registered, err = provider.LookupEndpoint(provider.Endpoint{Prefix: v.provider})
		require.NoError(t, err)
	}
	p, err := registered.New(provider.Config{HTTPClient: client})
	require.NoError(t, err)
	req := &provider.Request{Model: v.wire, Messages: []provider.Message{alloy.UserMessage(alloy.Text(question))}}
	if v.provider == "openai" {
		req.Extra = map[string]any{"openai.api": strings.TrimPrefix(v.name, "openai_")}
	}
	var shown strings.Builder
	res, err := p.Do(t.Context(), req, func(d provider.Delta) error {
		shown.WriteString(d.Text)
		return nil
	})
	if err != nil {
		require.NoError(t, fmt.Errorf("%s: %w", v.name, err))
	}
	require.Equal(t, res.Text(), shown.String())
	return res
}

// answering is a transport that answers with a body.
type answering struct {
	mediaType string
	body      io.Reader
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {a.mediaType}}, Body: io.NopCloser(a.body), Request: r}, nil
}
