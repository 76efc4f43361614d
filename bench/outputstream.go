package main

import (
	"fmt"
	"runtime"
	"time"

	engine "github.com/alloygen/alloygen/runtime/output"
)

// deltaLen is how many bytes a model sends at once.
const deltaLen = 20

// stream measures what reading an answer piece by piece costs beside reading it at once, and whether a piece costs more the
// later it comes.
func (t *table) stream(parser *engine.Parser, ours reader, e example, rounds int) error {
	pieces := deltas(e.text)
	streamed := reader{fmt.Sprintf("Write and Partial per %d bytes, then Done", deltaLen), func(string) ([]byte, error) {
		s := parser.Stream()
		for _, piece := range pieces {
			s.Write(piece)
			s.Partial()
		}
		r, err := s.Done()
		return r.JSON, err
	}}
	var r race
	for _, w := range []way{ours.alone(e), streamed.alone(e)} {
		if err := r.enter(w); err != nil {
			return fmt.Errorf("%s: %w", e.title(), err)
		}
	}
	costs, err := r.run(rounds)
	if err != nil {
		return err
	}
	first, last, growth, err := ends(parser, pieces, rounds)
	if err != nil {
		return err
	}
	t.group("output: streamed, " + e.title())
	l := lines(r.ways, costs)
	l[1].target = below("4 × output.Parse", l[1].ratio, 4)
	t.add(l[0])
	t.add(l[1])
	t.add(line{name: "CPU of a delta: the first tenth of the stream", figure: nanos(first), ratio: 1})
	t.add(line{name: "CPU of a delta: the last tenth of the stream", figure: nanos(last), ratio: growth})
	return nil
}

func deltas(text string) []string {
	var pieces []string
	for i := 0; i < len(text); i += deltaLen {
		pieces = append(pieces, text[i:min(i+deltaLen, len(text))])
	}
	return pieces
}

// ends returns what a delta costs in the first and in the last tenth of a stream, and the ratio of the last to the first.
func ends(parser *engine.Parser, pieces []string, rounds int) (first, last time.Duration, growth float64, err error) {
	const streams = 20 // in each round
	var firsts, lasts []float64
	for range rounds {
		runtime.GC()
		var first, last time.Duration
		for range streams {
			f, l, err := tenths(parser, pieces)
			if err != nil {
				return 0, 0, 0, err
			}
			first, last = first+f, last+l
		}
		n := float64(streams * (len(pieces) / 10))
		firsts, lasts = append(firsts, float64(first)/n), append(lasts, float64(last)/n)
	}
	return time.Duration(median(firsts)), time.Duration(median(lasts)), median(ratios(lasts, firsts)), nil
}

// tenths streams once and returns what the first tenth and the last tenth of the deltas cost.
func tenths(parser *engine.Parser, pieces []string) (first, last time.Duration, err error) {
	s := parser.Stream()
	tenth := len(pieces) / 10
	var spent []time.Duration
	for _, part := range [][]string{pieces[:tenth], pieces[tenth : len(pieces)-tenth], pieces[len(pieces)-tenth:]} {
		start, err := cpuTime()
		if err != nil {
			return 0, 0, err
		}
		for _, piece := range part {
			s.Write(piece)
			s.Partial()
		}
		end, err := cpuTime()
		if err != nil {
			return 0, 0, err
		}
		spent = append(spent, end-start)
	}
	_, err = s.Done()
	return spent[0], spent[2], err
}

func nanos(d time.Duration) string { return fmt.Sprintf("%d ns", d.Nanoseconds()) }
