package alloy

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// secrets are the values that text leaving a call must not hold. The zero value has none.
type secrets struct {
	mu    sync.Mutex
	added []string // not yet among the forms: most calls never need those
	forms []string // only grows
}

// add takes what Redacted returned.
func (s *secrets) add(values ...string) {
	if len(values) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.added = append(s.added, values...)
}

// all are the texts to hide.
func (s *secrets) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.added {
		for form := range strings.SplitSeq(v, separator) {
			if strings.TrimSpace(form) == "" || slices.Contains(s.forms, form) {
				continue
			}
			if len(s.forms) == 0 {
				s.forms = append(s.forms, redacted) // what is hidden already stays as it is
			}
			s.forms = append(s.forms, spellings(form)...)
		}
	}
	s.added = nil
	return s.forms
}

// addProperties adds the values of an object's properties.
func (s *secrets) addProperties(object []byte, names []string) {
	if len(names) == 0 {
		return
	}
	var properties map[string]json.RawMessage
	if json.Unmarshal(object, &properties) != nil {
		return
	}
	for _, name := range names {
		if value := properties[name]; len(value) > 0 {
			s.add(leaves(string(value))...)
		}
	}
}

func (s *secrets) any() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.added)+len(s.forms) > 0
}

// hide returns text without the secrets.
func (s *secrets) hide(text string) string {
	forms := s.all()
	if len(forms) == 0 {
		return text
	}
	return hideCut(replace(text, forms), forms)
}

// span is a part of a text, from one byte to before another.
type span struct{ from, to int }

// replace puts redacted in the place of all forms; where they overlap or touch, once.
func replace(text string, forms []string) string {
	var found []span
	for _, form := range forms {
		for i := 0; ; {
			at := strings.Index(text[i:], form)
			if at < 0 {
				break
			}
			here := span{i + at, i + at + len(form)}
			if len(form) >= leastPart || isWord(text, here) {
				found = append(found, here)
			}
			i = here.from + 1
		}
	}
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	var b strings.Builder
	end := 0 // of what is written or hidden
	for i, here := range found {
		if i == 0 || here.from > end {
			b.WriteString(text[end:here.from])
			b.WriteString(redacted)
		}
		end = max(end, here.to)
	}
	b.WriteString(text[end:])
	return b.String()
}

// leastPart is how long a secret must be to be hidden within words and numbers, too: a 5 is in many of them.
const leastPart = 3

// isWord reports whether neither letters nor digits touch a part of a text.
func isWord(text string, s span) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:s.from])
	after, _ := utf8.DecodeRuneInString(text[s.to:])
	return !isWordRune(before) && !isWordRune(after)
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// ellipsis marks where a text was cut.
const ellipsis = "…"

// leastCut is how much of a secret must stand before a cut to be taken for it.
const leastCut = 4

// hideCut hides the beginnings of secrets at which a text was cut.
func hideCut(text string, forms []string) string {
	if !strings.Contains(text, ellipsis) {
		return text
	}
	pieces := strings.Split(text, ellipsis)
	for i, piece := range pieces[:len(pieces)-1] {
		pieces[i] = withoutEnd(piece, forms)
	}
	return strings.Join(pieces, ellipsis)
}

// withoutEnd is piece without the longest beginning of a secret at its end.
func withoutEnd(piece string, forms []string) string {
	longest := leastCut - 1
	for _, form := range forms {
		for n := min(len(form)-1, len(piece)); n > longest; n-- {
			if strings.HasSuffix(piece, form[:n]) {
				longest = n
			}
		}
	}
	if longest < leastCut {
		return piece
	}
	return piece[:len(piece)-longest] + redacted
}
