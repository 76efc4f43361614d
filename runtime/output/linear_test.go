//go:build !race

package output_test

import (
	"strings"
	"testing"
	"time"

	"github.com/alloygen/alloygen/runtime/output"
)

// hostile are texts that would take long to read if the time were not linear in their size.
var hostile = map[string]string{
	"brackets": "[", "braces": "{", "quotes": `"`, "single quotes": "'", "backslashes": `\`, "objects": `{"a":`, "lists": "[1,", "ticks": "```", "tags": "<a>",
	"thoughts": "<think>", "commas": ",", "colons": `{"kind":"leaf":`, "comments": "/*", "words": "word, ", "small objects": `{"kind":"leaf"} `,
	"unquoted": `{kind: leaf, next: {`, "open strings": `["`, "keys": `"a":1,`, "escaped": `[\"`, "plus": `"a"+`,
}

// TestLinear compares the time for 1 MiB of a text with that for 64 KiB of it. It is not run with the race detector, whose own cost
// is not linear.
func TestLinear(t *testing.T) {
	const small, large, tolerance = 64 << 10, 1 << 20, 4
	for _, schema := range []string{hardSchema, `{"type":"array","items":` + ticket + `}`} {
		p := compile(t, schema)
		for name, unit := range hostile {
			for how, read := range map[string]func(*output.Parser, string){"Parse": parseAll, "Stream": streamAll} {
				if !linear(p, read, unit, small, large, tolerance) {
					t.Errorf("%s of %s: 1 MiB takes over %d times as long for its size as 64 KiB", how, name, tolerance)
				}
			}
		}
	}
}

func linear(p *output.Parser, read func(*output.Parser, string), unit string, small, large int, tolerance float64) bool {
	for range 3 {
		a := quickest(p, read, strings.Repeat(unit, small/len(unit)))
		b := quickest(p, read, strings.Repeat(unit, large/len(unit)))
		const floor = 200 * time.Microsecond // below that, the clock and the collector decide
		if float64(b) < tolerance*float64(large)/float64(small)*float64(max(a, floor)) {
			return true
		}
	}
	return false
}

func quickest(p *output.Parser, read func(*output.Parser, string), text string) time.Duration {
	best := time.Hour
	for range 1 + (100<<10)/len(text) { // small texts twice
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
