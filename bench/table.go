package main

import (
	"fmt"
	"io"
)

// table prints the figures as they come.
type table struct{ w io.Writer }

const columns = "%-62s %12s %8s  %-22s %s\n"

func newTable(w io.Writer) *table {
	fmt.Fprintf(w, columns, "", "figure", "×first", "target", "")
	return &table{w: w}
}

// group begins a comparison.
func (t *table) group(title string) { fmt.Fprintf(t.w, "\n%s\n", title) }

// line is a figure of the table.
type line struct {
	name   string
	figure string
	ratio  float64 // to the first way of the comparison; 0 when there is none
	target target
}

// target is a limit for a figure: the zero target is none.
type target struct {
	text     string // "≤ 1.15", "< 64 MB"
	measured float64
	limit    float64
	within   bool // measured may equal limit
	floor    bool // limit is the least, not the most
}

func atMost(text string, measured, limit float64) target {
	return target{text: "≤ " + text, measured: measured, limit: limit, within: true}
}

func below(text string, measured, limit float64) target {
	return target{text: "< " + text, measured: measured, limit: limit}
}

func atLeast(text string, measured, limit float64) target {
	return target{text: "≥ " + text, measured: measured, limit: limit, floor: true}
}

func (t target) verdict() string {
	switch {
	case t.text == "":
		return ""
	case t.floor && t.measured < t.limit:
		return "UNDER"
	case t.floor, t.measured < t.limit, t.within && t.measured == t.limit:
		return "ok"
	}
	return "OVER"
}

func (t *table) add(l line) {
	ratio := ""
	if l.ratio != 0 {
		ratio = fmt.Sprintf("%.2f", l.ratio)
	}
	fmt.Fprintf(t.w, columns, "  "+l.name, l.figure, ratio, l.target.text, l.target.verdict())
}
