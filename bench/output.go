package main

import (
	"fmt"
	"time"

	realalexandreai "github.com/RealAlexandreAI/json-repair"
	kaptinlin "github.com/kaptinlin/jsonrepair"

	engine "github.com/alloygen/alloygen/runtime/output"
)

// repairers are the rivals of package output.
var repairers = []reader{
	{"kaptinlin/jsonrepair", func(text string) ([]byte, error) { return toBytes(kaptinlin.Repair(text)) }},
	{"RealAlexandreAI/json-repair", func(text string) ([]byte, error) { return toBytes(realalexandreai.RepairJSON(text)) }},
}

func toBytes(s string, err error) ([]byte, error) { return []byte(s), err }

// breakages are two, as no rival reads everything: the first takes no prose before a fence, the second keeps the closing
// quotes of strings that stand before keys without quotes, and loses its way at comments.
var breakages = []breakage{
	{
		name:   "like Python, in a fence amid prose",
		before: "Here is the digest that you asked for.\n\n```json\n", after: "\n```\n\nTell me if anything is missing.",
		single: true, python: true, commas: true, unclosed: true,
	},
	{
		name:   "like Python and JavaScript, with comments, in a fence",
		before: "```json\n", after: "\n```",
		single: true, python: true, commas: true, unclosed: true, unquoted: true, comments: true,
	},
}

// benchOutput measures package output by itself.
func benchOutput(t *table, s settings) error {
	parser, err := engine.Compile([]byte(digestSchema))
	if err != nil {
		return err
	}
	examples, err := newExamples(parser, 1e3, 10e3, 100e3, 1e6)
	if err != nil {
		return err
	}
	ours := reader{"output.Parse", func(text string) ([]byte, error) {
		r, err := parser.Parse(text)
		return r.JSON, err
	}}
	for _, e := range examples {
		if err := t.valid(ours, e, s.rounds); err != nil {
			return err
		}
	}
	for _, b := range breakages {
		for _, e := range examples {
			if err := t.malformed(ours, e.broken(b), s.rounds); err != nil {
				return err
			}
		}
	}
	e := examples[2]
	for _, e := range []example{e, e.broken(breakages[0]), e.broken(breakages[1])} {
		if err := t.stream(parser, ours, e, s.rounds); err != nil {
			return err
		}
	}
	return nil
}

// newExamples makes valid examples and fails unless the schema says of them what their type says.
func newExamples(parser *engine.Parser, sizes ...int) ([]example, error) {
	var examples []example
	for _, size := range sizes {
		e, err := newExample(size)
		if err != nil {
			return nil, err
		}
		r, err := parser.Parse(e.text)
		if err != nil {
			return nil, err
		}
		if len(r.Repairs) > 0 || !parser.Complete() {
			return nil, fmt.Errorf("the schema does not say what the type says: %v", r.Repairs)
		}
		examples = append(examples, e)
	}
	return examples, nil
}

// valid measures what reading a valid answer costs beside decoding it.
func (t *table) valid(ours reader, e example, rounds int) error {
	data := []byte(e.text)
	var r race
	for _, w := range []way{
		decoding("json.Unmarshal", func(string) ([]byte, error) { return data, nil }, e),
		ours.decoding(e),
		reader{ours.name + " alone", ours.read}.alone(e),
	} {
		if err := r.enter(w); err != nil {
			return err
		}
	}
	costs, err := r.run(rounds)
	if err != nil {
		return err
	}
	t.group("output: " + e.title())
	for i, l := range lines(r.ways, costs) {
		if i == 1 {
			l.target = below("2 × Unmarshal", l.ratio, 2)
		}
		t.add(l)
	}
	return nil
}

// malformed measures how much longer the repairers, with the decoding that they need to make a value of what they repair,
// take than Parse, which has fitted it to the schema. It fails when we do not read the original's value.
func (t *table) malformed(ours reader, e example, rounds int) error {
	var r race
	for _, w := range []way{reader{ours.name + " alone", ours.read}.alone(e), ours.decoding(e)} {
		if err := r.enter(w); err != nil {
			return fmt.Errorf("%s: %w", e.title(), err)
		}
	}
	var unread []line
	for _, rival := range repairers {
		if err := r.enter(rival.decoding(e)); err != nil {
			unread = append(unread, line{name: rival.name + " " + failure(err), figure: "–"})
		}
	}
	if len(r.ways) == 2 {
		return fmt.Errorf("%s: no rival reads it", e.title())
	}
	costs, err := r.run(rounds)
	if err != nil {
		return err
	}
	fastest := costs[2].cpuRatio
	for _, c := range costs[3:] {
		fastest = min(fastest, c.cpuRatio)
	}
	t.group("output: " + e.title())
	for i, l := range lines(r.ways, costs) {
		if i > 1 && l.ratio == fastest {
			l.target = atLeast("3 × output.Parse", l.ratio, 3)
		}
		t.add(l)
	}
	for _, l := range unread {
		t.add(l)
	}
	return nil
}

// lines are the CPU times of ways.
func lines(ways []way, costs []cost) []line {
	l := make([]line, len(ways))
	for i, c := range costs {
		l[i] = line{name: "CPU: " + ways[i].name, figure: short(c.cpu), ratio: c.cpuRatio}
	}
	return l
}

func short(d time.Duration) string {
	if d < 10*time.Millisecond {
		return micros(d)
	}
	return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
}
