package generator

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// contextLines is how many unchanged lines a diff shows around a change.
const contextLines = 3

// Diff returns the change as a unified diff that patch(1) and git understand. name is the file's path in it.
func (c Change) Diff(name string) string {
	from, to := "a/"+name, "b/"+name
	if c.Old == nil {
		from = "/dev/null"
	}
	if c.New == nil {
		to = "/dev/null"
	}
	old, updated := splitLines(c.Old), splitLines(c.New)
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", from, to)
	for _, h := range hunks(match(old, updated)) {
		h.write(&b, old, updated)
	}
	return b.String()
}

func splitLines(text []byte) []string {
	var lines []string
	for line := range bytes.Lines(text) {
		lines = append(lines, string(line))
	}
	return lines
}

// span is a run of n equal lines, from x in the old file and y in the new.
type span struct{ x, y, n int }

// match finds runs of equal lines: lines that are there once on both sides are anchors, of which the longest increasing
// sequence is kept; each is then grown both ways. That reads better than a shortest edit script, and takes n log n. The
// last span is empty and stands at the ends.
func match(old, updated []string) []span {
	var spans []span
	x, y := 0, 0 // done so far
	take := func(ax, ay int) {
		if ax < x || ay < y {
			return
		}
		bx, by := ax, ay
		for bx > x && by > y && old[bx-1] == updated[by-1] {
			bx, by = bx-1, by-1
		}
		ex, ey := ax, ay
		for ex < len(old) && ey < len(updated) && old[ex] == updated[ey] {
			ex, ey = ex+1, ey+1
		}
		if ex > bx {
			spans = append(spans, span{bx, by, ex - bx})
			x, y = ex, ey
		}
	}
	take(0, 0)
	for _, a := range anchors(old, updated) {
		take(a.x, a.y)
	}
	take(len(old), len(updated))
	return append(spans, span{len(old), len(updated), 0})
}

// anchors are lines that both sides have exactly once, in an order that both sides share.
func anchors(old, updated []string) []span {
	type count struct{ old, updated, at int }
	lines := map[string]*count{}
	for _, line := range old {
		if lines[line] == nil {
			lines[line] = new(count)
		}
		lines[line].old++
	}
	for i, line := range updated {
		if c := lines[line]; c != nil {
			c.updated++
			c.at = i
		}
	}
	var all []span
	for i, line := range old {
		if c := lines[line]; c.old == 1 && c.updated == 1 {
			all = append(all, span{i, c.at, 1})
		}
	}
	return longestIncreasing(all)
}

// longestIncreasing returns the longest subsequence whose y grow, by patience sorting.
func longestIncreasing(all []span) []span {
	var tops []int // index of the last span of the best sequence of each length
	before := make([]int, len(all))
	for i, s := range all {
		n := sort.Search(len(tops), func(k int) bool { return all[tops[k]].y >= s.y })
		before[i] = -1
		if n > 0 {
			before[i] = tops[n-1]
		}
		if n == len(tops) {
			tops = append(tops, i)
		} else {
			tops[n] = i
		}
	}
	if len(tops) == 0 {
		return nil
	}
	var best []span
	for i := tops[len(tops)-1]; i >= 0; i = before[i] {
		best = append(best, all[i])
	}
	slices.Reverse(best)
	return best
}

// edit replaces the old lines [x0, x1) by the new lines [y0, y1).
type edit struct{ x0, x1, y0, y1 int }

// hunk is a list of edits that stand close to each other.
type hunk []edit

func hunks(spans []span) []hunk {
	var all []hunk
	x, y := 0, 0
	for _, s := range spans {
		if s.x > x || s.y > y {
			e := edit{x, s.x, y, s.y}
			if n := len(all); n > 0 && e.x0-all[n-1][len(all[n-1])-1].x1 <= 2*contextLines {
				all[n-1] = append(all[n-1], e)
			} else {
				all = append(all, hunk{e})
			}
		}
		x, y = s.x+s.n, s.y+s.n
	}
	return all
}

func (h hunk) write(b *strings.Builder, old, updated []string) {
	first, last := h[0], h[len(h)-1]
	before := min(contextLines, first.x0)
	after := min(contextLines, len(old)-last.x1)
	fmt.Fprintf(b, "@@ -%s +%s @@\n",
		lineRange(first.x0-before, last.x1+after), lineRange(first.y0-before, last.y1+after))
	x := first.x0 - before
	for _, e := range h {
		writeLines(b, ' ', old[x:e.x0])
		writeLines(b, '-', old[e.x0:e.x1])
		writeLines(b, '+', updated[e.y0:e.y1])
		x = e.x1
	}
	writeLines(b, ' ', old[x:last.x1+after])
}

// lineRange is how a hunk's header names the lines [from, to), counted from 0; an empty range names the line before it.
func lineRange(from, to int) string {
	switch n := to - from; n {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	default:
		return fmt.Sprintf("%d,%d", from+1, n)
	}
}

func writeLines(b *strings.Builder, mark byte, lines []string) {
	for _, line := range lines {
		b.WriteByte(mark)
		b.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
