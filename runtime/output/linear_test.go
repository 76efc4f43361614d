package output_test

import (
	"fmt"
	"math"
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

// TestHostileTexts bounds the memory for reading a text that was made to need much.
func TestHostileTexts(t *testing.T) {
	for _, schema := range hostileSchemas {
		p := compile(t, schema)
		for name := range hostile {
			for how, read := range waysToRead {
				for _, size := range []int{4 << 10, 32 << 10} {
					text := hostileText(name, size)
					if got, most := allocated(func() { read(p, text) }), uint64(640*len(text)+1<<20); got > most {
						t.Errorf("%s of %s for %.80s allocates %d bytes for a text of %d", how, name, schema, got, len(text))
					}
				}
			}
		}
	}
}

// BenchmarkHostileTexts says how much longer 16 times as much of such a text takes, for its size: 1 is as long, the worst of all is
// what counts.
func BenchmarkHostileTexts(b *testing.B) {
	const small, times = 64 << 10, 16
	worst, of := 0.0, ""
	for _, schema := range hostileSchemas {
		p := compile(b, schema)
		for name := range hostile {
			for how, read := range waysToRead {
				ratio := math.Inf(1)
				for try := 0; try < 9 && ratio > 2; try++ { // on a busy machine the large one is the likelier to be disturbed
					one, all := quickest(p, read, hostileText(name, small), 5), quickest(p, read, hostileText(name, times*small), 2)
					ratio = min(ratio, float64(all)/float64(one)/times)
				}
				if ratio > worst {
					worst, of = ratio, fmt.Sprintf("%s of %s", how, name)
				}
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(worst, "×for_its_size")
	b.Log("the worst is " + of)
}

func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// quickest is how long the quickest run took.
func quickest(p *output.Parser, read func(*output.Parser, string), text string, runs int) time.Duration {
	best := time.Hour
	for range runs {
		start := time.Now()
		read(p, text)
		best = min(best, time.Since(start))
	}
	return best
}

var waysToRead = map[string]func(*output.Parser, string){"Parse": parseAll, "Stream": streamAll}

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
