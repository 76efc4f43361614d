package output_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/runtime/output"
)

// streamSchemas are read by every test of streams.
var streamSchemas = []string{
	hardSchema, ticket, entries, wrap(`{"type":"string"}`), wrap(`{"type":"number"}`), `{"type":"array","items":{"type":"string"}}`,
	wrap(`{"type":"array","items":{"type":"integer"}}`), `{"type":"array","items":` + ticket + `}`, `true`,
	object(`{"anyOf":[
		{"type":"object","properties":{"type":{"const":"a"},"x":{"type":"string"}},"required":["type","x"],"additionalProperties":false},
		{"type":"object","properties":{"type":{"const":"b"},"x":{"type":"array","uniqueItems":true}},"required":["type","x"],"additionalProperties":false},
		{"type":"null"}]}`),
}

// streamPieces are what texts are made of.
var streamPieces = []string{
	"{", "}", "[", "]", ",", ":", `"`, "'", "`", "```", "\n", " ", `\`, `\u12`, `\ud83d`, `\ude00`, "kind", `"kind"`, `"leaf"`, "leaf", `"next":`, "next: ",
	"null", "None", "1", "12.5", "0x1F", "1,234", "true", "//", "/*", "*/", "#", "<think>", "</think>", "<a>", "</a>", "“", "”", `"""`, "é", "\xff",
	`"summary": "s", `, `"priority":"low",`, `"score":0.5,`, `"order_ids":[]`, `"value":`, "text ", ticketJSON, `{"kind":"leaf","next":`, `{"a":{"type":"b","x":[1,2`,
	"+", "=", ";", ")", "```json\n", `"a":`, `"type":"a",`, `"x":"`,
}

// checkStream feeds text in parts, and compares the end with what Parse says. What Partial returns has to be JSON, and to
// grow unless Restarts says otherwise.
func checkStream(t require.TestingT, p *output.Parser, parts []string) {
	text := strings.Join(parts, "")
	want, wantErr := p.Parse(text)
	s := p.Stream()
	var last any
	shown, restarts := false, 0
	for i, part := range parts {
		s.Write(part)
		b := s.Partial()
		if b == nil {
			continue
		}
		var now any
		require.NoError(t, json.Unmarshal(b, &now), "%q after %q shows %s", text, parts[:i+1], b)
		if shown && s.Restarts() == restarts {
			require.True(t, grown(last, now), "%q after %q: %v is no more than %v", text, parts[:i+1], now, last)
		}
		last, shown, restarts = now, true, s.Restarts()
	}
	got, err := s.Done()
	require.Equal(t, wantErr == nil, err == nil, "%q: %v, %v", text, wantErr, err)
	if wantErr != nil {
		require.Equal(t, wantErr.Error(), err.Error(), "%q", text)
		return
	}
	require.Equal(t, string(want.JSON), string(got.JSON), "%q in %q", text, parts)
	require.Equal(t, want.Repairs, got.Repairs, "%q in %q", text, parts)
	var end any
	require.NoError(t, json.Unmarshal(got.JSON, &end))
	if shown && s.Restarts() == restarts {
		require.True(t, grown(last, end), "%q: %v ends as %v", text, last, end)
	}
}

// grown reports whether after holds all that before held: strings, arrays and objects may have got longer.
func grown(before, after any) bool {
	switch before := before.(type) {
	case string:
		after, ok := after.(string)
		return ok && strings.HasPrefix(after, before)
	case []any:
		after, ok := after.([]any)
		if !ok || len(after) < len(before) {
			return false
		}
		for i := range before {
			if !grown(before[i], after[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		after, ok := after.(map[string]any)
		if !ok {
			return false
		}
		for k := range before {
			if v, ok := after[k]; !ok || !grown(before[k], v) {
				return false
			}
		}
		return true
	}
	return before == after
}

// cut cuts text into parts of 1 to 8 bytes.
func cut(text string, seed uint64) (parts []string) {
	r := rand.New(rand.NewPCG(seed, 1))
	for text != "" {
		n := min(1+r.IntN(8), len(text))
		parts = append(parts, text[:n])
		text = text[n:]
	}
	return parts
}

func FuzzStream(f *testing.F) {
	for i, s := range []string{
		ticketJSON, "Sure:\n```json\n" + ticketJSON + "\n```\nBye", `{'kind': 'leaf', next: {kind: branch,}, /* c */ list: [1, True, 0x1F`, `{"kind":"branch","next":{"next":{"kind":"leaf"}},"map":{"a":"6","a":"xy"}}`,
		`<think>{"kind":3}</think>{"kind":"leaf"}`, `{"value":"a\ud83d\ude00b"}`, "{\"value\":\"a\xe2\x82", `["a", "b" "c"]`, `{"a":{"type":"b","x":[1,2,2]}}`, `{"b":1} {"kind":"leaf"}`, "\uFEFF {}", "{\"a\":[\"\n", "[\"\x00b", `"{\"kind\":3}"`,
	} {
		f.Add(s, uint64(i))
	}
	var parsers []*output.Parser
	for _, s := range streamSchemas {
		parsers = append(parsers, compile(f, s))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		for _, p := range parsers {
			checkStream(t, p, cut(text, seed))
		}
	})
}

func TestStreamsOfPieces(t *testing.T) {
	var parsers []*output.Parser
	for _, s := range streamSchemas {
		parsers = append(parsers, compile(t, s))
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(streamPieces), 1, 16).Draw(t, "pieces"), "")
		parts := cut(text, rapid.Uint64().Draw(t, "seed"))
		for _, p := range parsers {
			checkStream(t, p, parts)
		}
	})
}

func TestStreamAtEverySplit(t *testing.T) {
	p := compile(t, ticket)
	for _, text := range []string{
		ticketJSON, " \n" + ticketJSON + " \n", "Sure:\n```json\n" + ticketJSON + "\n```\nBye", `{'summary': 'it's é', "priority": Low, "score": "0.5", order_ids: [1, "2"`,
		"<think>no {\"summary\":1}</think>\n" + ticketJSON, `{"summary":"a \"b\" \ud83d\ude00","priority":"low","score":5e-1,"order_ids":[],"junk":{"a":[1]}}`,
		`{"x":1} then ` + ticketJSON, `{“summary”: “curly”, “priority”: “low”, “score”: 0.5, “order_ids”: []}`, "I cannot.", "", `{"summary":"` + strings.Repeat("long ", 50),
	} {
		for i := range len(text) + 1 {
			checkStream(t, p, []string{text[:i], text[i:]})
		}
		checkStream(t, p, strings.Split(text, ""))
		var bytes []string
		for i := range len(text) {
			bytes = append(bytes, text[i:i+1])
		}
		checkStream(t, p, bytes)
	}
}

// Partials are valid but for what is missing, and hold numbers, booleans and enums only when they are complete.
func TestPartials(t *testing.T) {
	p := compile(t, ticket)
	const text = `{"summary":"late","priority":"low","score":0.25,"order_ids":["12","3"]}`
	var seen []string
	s := p.Stream()
	for i := range len(text) {
		s.Write(text[i : i+1])
		if b := string(s.Partial()); b != "" && (len(seen) == 0 || seen[len(seen)-1] != b) {
			seen = append(seen, b)
		}
	}
	require.Equal(t, []string{
		`{"summary":""}`, `{"summary":"l"}`, `{"summary":"la"}`, `{"summary":"lat"}`, `{"summary":"late"}`,
		`{"summary":"late","priority":"low"}`,
		`{"summary":"late","priority":"low","score":0.25}`,
		`{"summary":"late","priority":"low","score":0.25,"order_ids":[]}`,
		`{"summary":"late","priority":"low","score":0.25,"order_ids":[""]}`,
		`{"summary":"late","priority":"low","score":0.25,"order_ids":["1"]}`,
		`{"summary":"late","priority":"low","score":0.25,"order_ids":["12"]}`,
		`{"summary":"late","priority":"low","score":0.25,"order_ids":["12",""]}`,
		`{"summary":"late","priority":"low","score":0.25,"order_ids":["12","3"]}`,
	}, seen)
	require.Zero(t, s.Restarts())
}

// entries is a list in an object, whose elements have lists.
var entries = wrap(`{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"n":{"type":"integer"},` +
	`"tags":{"type":"array","items":{"type":"string"}}},"required":["name","n","tags"],"additionalProperties":false}}`)

// What was made of a text while it came stays what it is when a bracket that was open turns out to be none.
func TestStreamOfABracketThatIsNone(t *testing.T) {
	p := compile(t, entries)
	for _, text := range []string{
		`["{"name":"a","n":1,"tag]s":["x","y"]},{"name"\:"b","n":2,"tags":[]}]`,
		`["{"name":"a","n":1,"tags":["x","y"]},{"name":"b","n":2,"tags":[]}]`,
	} {
		for n := range 20 {
			var parts []string
			for rest := text; rest != ""; rest = rest[min(n+1, len(rest)):] {
				parts = append(parts, rest[:min(n+1, len(rest))])
			}
			checkStream(t, p, parts)
		}
	}
	texts := []string{
		`{"value": [{"name": "a", "n": 1, "tags": ["x", "y"]}, {"name": "b\"c", "n": -2, "tags": []}, {"name": "", "n": 3, "tags": ["[", "}"]}]}`,
		`[{"name":"a","n":1,"tags":["x","y"]},{"name":"b","n":2,"tags":[]}]`,
		"Sure:\n```json\n{\"value\":[{\"name\":\"a\",\"n\":1,\"tags\":[]},{\"name\":\"b\",\"n\":2,\"tags\":[\"z\"]}]}\n```\nBye {x}",
	}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(rt, "text")
		for range rapid.IntRange(0, 3).Draw(rt, "changes") {
			at := rapid.IntRange(0, len(text)-1).Draw(rt, "at")
			text = text[:at] + rapid.SampledFrom(streamPieces).Draw(rt, "in") + text[at+rapid.IntRange(0, 1).Draw(rt, "out"):]
		}
		checkStream(rt, p, cut(text, rapid.Uint64().Draw(rt, "cut")))
	})
}

func TestStreamRestarts(t *testing.T) {
	s := compile(t, ticket).Stream()
	for part := range strings.SplitSeq(`For example {"summary":"wrong","priority":"low","score":7}. `, "") {
		s.Write(part)
	}
	require.JSONEq(t, `{"summary":"wrong","priority":"low"}`, string(s.Partial()))
	require.Zero(t, s.Restarts())
	s.Write("\n```json\n" + `{"summary":"right","priority":`)
	require.JSONEq(t, `{"summary":"right"}`, string(s.Partial()))
	require.Equal(t, 1, s.Restarts())
	s.Write(`"low","score":0.5,"order_ids":[]}`)
	r, err := s.Done()
	require.NoError(t, err)
	require.JSONEq(t, `{"summary":"right","priority":"low","score":0.5,"order_ids":[]}`, string(r.JSON))
	require.Equal(t, 1, s.Restarts())
	require.Equal(t, r.JSON, s.Partial())
}

// A list that is too long is shown no longer than it may be.
func TestPartialOfALongList(t *testing.T) {
	for _, text := range []string{`["a","b","c"]`, `['a', 'b', 'c']`} {
		s := compile(t, `{"type":"array","items":{"type":"string"},"maxItems":1}`).Stream()
		for i := range len(text) {
			s.Write(text[i : i+1])
			if b := s.Partial(); b != nil {
				require.Contains(t, []string{`[]`, `[""]`, `["a"]`}, string(b))
			}
		}
	}
}

func TestStreamLimit(t *testing.T) { // F197
	s := compile(t, ticket).With(output.Options{MaxSize: 10}).Stream()
	for range 5 {
		s.Write("12345")
	}
	_, err := s.Done()
	require.EqualError(t, err, "want at most 10 bytes, got 25")
}
