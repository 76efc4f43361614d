//go:build !race

package output_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alloygen/alloygen/runtime/output"
)

// hostile are texts that would take long to read if the time were not linear in their size: what is repeated, and what
// comes before it.
var hostile = map[string]struct{ before, unit string }{
	"brackets": {"", "["}, "braces": {"", "{"}, "quotes": {"", `"`}, "single quotes": {"", "'"}, "backslashes": {"", `\`}, "objects": {"", `{"a":`}, "lists": {"", "[1,"},
	"ticks": {"", "```"}, "tags": {"", "<a>"}, "thoughts": {"", "<think>"}, "ends of thoughts": {"", "</think>{}"}, "commas": {"", ","}, "commas in a list": {"[", ","},
	"colons": {"", `{"kind":"leaf":`}, "colons only": {`{"kind"`, ":"}, "comments": {"", "/*"}, "comments in an object": {"{", "/**/"}, "comments without an end": {"{", "/*"},
	"words": {"", "word, "}, "small objects": {"", `{"kind":"leaf"} `}, "small lists": {"", "[1] "}, "unquoted": {"", `{kind: leaf, next: {`}, "unquoted text": {`{"kind": `, "leaf, "},
	"unquoted text in lines": {`{"kind": `, "leaf\n"}, "open strings": {"", `["`}, "keys": {"", `"a":1,`}, "equal keys": {"{", `"kind":"leaf",`}, "escaped": {"", `[\"`},
	"plus": {"", `"a"+`}, "strings that are joined": {`["`, `a"+"`}, "one string": {`{"kind":"`, "a"}, "one string of quotes": {`{"kind":"`, `a" `}, "one string of lines": {`{"kind":"`, "a\n"},
	"one number": {`{"kind":`, "1"}, "digits in groups": {`{"kind":`, "1,"}, "unions": {"", `{"kind":"leaf","next":{"next":`}, "unions that fit nothing": {`{"kind":"leaf","next":[`, `{"next":{"kind":"x"}},`},
	"JSON in strings": {`{"kind":"leaf","next":"`, `{\"next\":`}, "fences": {"", "```json\n{}\n```\n"}, "curly quotes": {"{", "“kind”: "}, "triple quotes": {"[", `"""`}, "escapes": {`["`, `\u00e9`},
	"surrogates": {`["`, `\ud83d`}, "wrong closings": {"[", "}"}, "spaces": {"{", " "}, "not UTF-8": {`["`, "\xff"},
}

// hostileSchemas: a recursive one with unions, a list, and a string in its wrapping.
var hostileSchemas = []string{hardSchema, `{"type":"array","items":` + ticket + `}`, wrap(`{"type":"string"}`)}

func hostileText(name string, size int) string {
	h := hostile[name]
	return h.before + strings.Repeat(h.unit, size/len(h.unit))
}

// TestLinear compares the time for a text with that for 16 times as much of it, up to 1 MiB, and bounds the memory for it.
// It is not run with the race detector, whose own cost is not linear.
func TestLinear(t *testing.T) {
	const times, tolerance = 16, 6
	for i, schema := range hostileSchemas {
		p := compile(t, schema)
		small := 64 << 10
		if i > 0 {
			small = 16 << 10
		}
		for name := range hostile {
			for how, read := range map[string]func(*output.Parser, string){"Parse": parseAll, "Stream": streamAll} {
				if !linear(p, read, name, small, times*small, tolerance) {
					t.Errorf("%s of %s for %.80s: %d times as much takes over %d times as long for its size", how, name, schema, times, tolerance)
				}
				text := hostileText(name, small)
				if got, most := allocated(func() { read(p, text) }), uint64(640*len(text)+1<<20); got > most {
					t.Errorf("%s of %s for %.80s allocates %d bytes for a text of %d", how, name, schema, got, len(text))
				}
			}
		}
	}
}

func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func linear(p *output.Parser, read func(*output.Parser, string), name string, small, large int, tolerance float64) bool {
	for try := range 5 { // on a busy machine the large one is the likelier to be disturbed
		a := quickest(p, read, hostileText(name, small), 1+(100<<10)/small)
		b := quickest(p, read, hostileText(name, large), 1+try)
		const floor = 200 * time.Microsecond // below that, the clock and the collector decide
		if float64(b) < tolerance*float64(large)/float64(small)*float64(max(a, floor)) {
			return true
		}
	}
	return false
}

func quickest(p *output.Parser, read func(*output.Parser, string), text string, runs int) time.Duration {
	best := time.Hour
	for range runs {
		start := time.Now()
		read(p, text)
		best = min(best, time.Since(start))
	}
	return best
}

func parseAll(p *output.Parser, text string) { _, _ = p.Parse(text) }

func streamAll(p *output.Parser, text string) {
	const delta = 512
	s := p.Stream()
	for i := 0; i < len(text); i += delta {
		s.Write(text[i:min(i+delta, len(text))])
		s.Partial()
	}
	_, _ = s.Done()
}
