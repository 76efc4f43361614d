package directive

import (
	"fmt"
	"strings"
)

// Suggest returns a hint with the candidate nearest to a word that was probably mistyped, or an empty string.
func Suggest(word string, candidates []string) string {
	if c, ok := nearest(word, candidates); ok {
		return fmt.Sprintf("did you mean %q?", c)
	}
	return ""
}

// nearest returns the candidate with the fewest edits, if these are few for the length of the word.
func nearest(word string, candidates []string) (string, bool) {
	if len(word) > 40 {
		return "", false // no name is as long
	}
	best, edits := "", min(max(1, len(word)/3), len(word)-1)
	for _, c := range candidates {
		d := distance(strings.ToLower(word), strings.ToLower(c))
		if d < edits || d == edits && best == "" {
			best, edits = c, d
		}
	}
	return best, best != ""
}

// distance is the number of letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
func distance(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
