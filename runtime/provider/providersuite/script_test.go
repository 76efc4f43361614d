package providersuite

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
)

// said is one answer of a model, in no vendor's words.
type said struct {
	thoughts []string
	text     []string // piece by piece, as a stream has it
	calls    []called
	finish   provider.FinishReason // stop, or tool_calls where there are calls, unless it is set
	usage    provider.Usage        // 7 tokens in and 3 out unless it is set
}

// called is a tool call.
type called struct{ id, name, args string }

// says is an answer of text alone.
func says(text ...string) said { return said{text: text} }

// calls is an answer of tool calls alone.
func calls(list ...called) said { return said{calls: list} }

func (a said) whole() string { return strings.Join(a.text, "") }

func (a said) reason() provider.FinishReason {
	switch {
	case a.finish != "":
		return a.finish
	case len(a.calls) > 0:
		return provider.FinishToolCalls
	}
	return provider.FinishStop
}

func (a said) tokens() provider.Usage {
	if a.usage == (provider.Usage{}) {
		return provider.Usage{InputTokens: 7, OutputTokens: 3}
	}
	return a.usage
}

// frames is an answer as a stream: what a server flushes at once, in order. A stream that stops before the last of them was cut.
type frames struct {
	begin    []string // the head of the answer
	thoughts []string
	open     []string // says no more than that text comes
	text     []string // one for each piece
	calls    []string
	end      []string
}

func (f frames) all() []string {
	return slices.Concat(f.begin, f.thoughts, f.open, f.text, f.calls, f.end)
}

// failure is an error in a vendor's words, in place of an answer.
type failure struct {
	status int
	header http.Header
	body   string
}

// format is one vendor's wire format, as the vendor's server writes and reads it.
type format interface {
	mediaType() string // of a stream
	whole(a said) string
	stream(a said) frames
	ping() string // what keeps a stream alive, and says nothing

	// failure is how the server says that a request failed in that class; it asks for 2 s of patience with rate_limit.
	failure(class provider.Class) failure

	// broken is a frame in which the server says, in the middle of a stream, that it is overloaded.
	broken() string

	// empty is an answer that is none, although it is JSON of the API; strange is one with a finish reason yet to be invented.
	empty() string
	strange() string

	read(path string, body []byte) (asked, error)
}

// asked is what a request says, in no vendor's words.
type asked struct {
	vendor *vendor
	model  string
	system string
	turns  []turn
	tools  []string
	schema bool // the answer is to fit one
	room   int  // for the answer, in tokens
	stream bool
}

// turn is the messages of one side that follow each other.
type turn struct {
	role      provider.Role
	text      string
	calls     []called
	results   []result
	images    []string // bytes, or the address
	documents []string
}

// result is what a tool call came to.
type result struct{ id, text string }

// add puts a message behind the turns; one of the same side as the last goes on with it.
func (q *asked) add(m turn) {
	if n := len(q.turns); n > 0 && q.turns[n-1].role == m.role {
		last := &q.turns[n-1]
		last.write(m.text)
		last.calls = append(last.calls, m.calls...)
		last.results = append(last.results, m.results...)
		last.images = append(last.images, m.images...)
		last.documents = append(last.documents, m.documents...)
		return
	}
	q.turns = append(q.turns, m)
}

func (m *turn) write(text string) {
	if m.text != "" && text != "" {
		m.text += "\n"
	}
	m.text += text
}

// last is the last turn.
func (q *asked) last() turn { return q.turns[len(q.turns)-1] }

// object is JSON that is being made.
type object = map[string]any

// encode is a value as JSON, as servers write it.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// halves cuts a text in two, so that what is written piece by piece comes in pieces.
func halves(s string) []string { return []string{s[:len(s)/2], s[len(s)/2:]} }

// compact is JSON without what does not matter in it.
func compact(raw []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

// unpacked is the bytes of a data URL, or the address as it is.
func unpacked(url string) string {
	if _, data, ok := strings.Cut(url, ";base64,"); ok && strings.HasPrefix(url, "data:") {
		return decoded(data)
	}
	return url
}

func decoded(base64 string) string {
	var data []byte
	if err := json.Unmarshal([]byte(`"`+base64+`"`), &data); err != nil {
		return "no base64: " + base64
	}
	return string(data)
}
