package offline

import (
	"math"
	"slices"
)

// endless is the height of a schema of which every value nests too deep to be made.
const endless = math.MaxInt / 2

// maxHeight is how deep a value may have to nest.
const maxHeight = 24

// heights knows how deep the shallowest value of a schema nests, so that recursion is left in time.
type heights struct {
	doc   *document
	known map[heightKey]int
}

type heightKey struct {
	schema *schema
	limit  int
}

// of returns the height of s: 0 for a scalar.
func (h *heights) of(s *schema) int { return h.within(s, maxHeight) }

func (h *heights) within(s *schema, limit int) int {
	if limit < 0 {
		return endless
	}
	key := heightKey{s, limit}
	if n, ok := h.known[key]; ok {
		return n
	}
	n := h.measure(s, limit)
	h.known[key] = n
	return n
}

func (h *heights) measure(s *schema, limit int) int {
	s, err := h.doc.plain(s)
	switch {
	case err != nil || s.never:
		return endless
	case s.Const != nil || s.Enum != nil:
		return 0
	}
	if branches := slices.Concat(s.AnyOf, s.OneOf); len(branches) > 0 {
		low := endless
		for _, b := range branches {
			low = min(low, h.within(b, limit-1))
		}
		return low
	}
	low := endless
	for _, t := range s.kinds() {
		low = min(low, h.ofKind(s, t, limit))
	}
	return low
}

func (h *heights) ofKind(s *schema, kind string, limit int) int {
	inner := -1
	switch kind {
	case "object":
		for _, name := range s.Required {
			inner = max(inner, h.within(s.property(name), limit-1))
		}
		if s.MinProps > len(s.Required) && s.Additional != nil {
			inner = max(inner, h.within(s.Additional, limit-1))
		}
	case "array":
		for i := range s.MinItems {
			inner = max(inner, h.within(s.item(i), limit-1))
			if i >= len(s.Prefix) {
				break
			}
		}
	default:
		return 0
	}
	return min(inner+1, endless)
}
