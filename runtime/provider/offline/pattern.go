package offline

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"unicode"
)

// matching makes a string of pieces that each of all matches, but for word boundaries, which it does not look at. It
// repeats more with each try, to become longer.
func matching(all []*syntax.Regexp, r *rand.Rand, minLen, try int) string {
	m := maker{r: r, more: try % 12, room: maxMade}
	if minLen > 8 {
		m.more += minLen
	}
	for _, re := range all {
		m.make(re)
	}
	return m.out.String()
}

// maker makes a string of a regular expression.
type maker struct {
	r    *rand.Rand
	out  strings.Builder
	more int // how often to repeat beyond the least
	room int // how much more may be made
}

func (m *maker) make(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, c := range re.Rune {
			m.write(c)
		}
	case syntax.OpCharClass:
		m.write(m.oneOf(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		m.write(rune('a' + m.r.IntN(26)))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			m.make(sub)
		}
	case syntax.OpAlternate:
		m.make(re.Sub[m.r.IntN(len(re.Sub))])
	case syntax.OpStar:
		m.repeat(re.Sub[0], 0, -1)
	case syntax.OpPlus:
		m.repeat(re.Sub[0], 1, -1)
	case syntax.OpQuest:
		m.repeat(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		m.repeat(re.Sub[0], re.Min, re.Max)
	}
}

func (m *maker) write(c rune) {
	if m.room > 0 {
		m.room--
		m.out.WriteRune(c)
	}
}

func (m *maker) repeat(re *syntax.Regexp, low, high int) {
	n := low + m.r.IntN(m.more+2)
	if high >= 0 {
		n = min(n, high)
	}
	for range n {
		if m.room <= 0 {
			return
		}
		m.make(re)
	}
}

// readable are the ranges that characters are taken from where a class has some of them.
var readable = [][2]rune{{'a', 'z'}, {'0', '9'}, {'A', 'Z'}, {'!', '~'}, {' ', ' '}, {0xa1, 0xff}}

// oneOf takes a character of a class, which is a list of ranges: of its most readable one, and after the first try
// sometimes of another.
func (m *maker) oneOf(class []rune) rune {
	var found [][2]rune
	for _, want := range readable {
		for i := 0; i+1 < len(class); i += 2 {
			if low, high := max(class[i], want[0]), min(class[i+1], want[1]); low <= high {
				found = append(found, [2]rune{low, high})
			}
		}
	}
	if len(found) == 0 {
		if len(class) == 0 {
			return unicode.ReplacementChar // nothing is in the class, so nothing will match
		}
		return class[0]
	}
	pick := found[0]
	if m.r.IntN(4) == 0 && m.more > 0 {
		pick = found[m.r.IntN(len(found))]
	}
	return pick[0] + rune(m.r.IntN(int(pick[1]-pick[0])+1))
}
