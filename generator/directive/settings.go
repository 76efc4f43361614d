package directive

import (
	"go/token"
	"slices"
)

// inherit fills what s leaves open from the next level. Of redacted names it takes those of params, and notes them in used.
func (s *Settings) inherit(from *Settings, params []string, used map[token.Pos]bool) {
	redact := s.Redact
	for _, def := range table {
		if def.inherit != nil {
			def.inherit(s, from)
		}
	}
	s.Redact = redact
	if from.Redact == nil {
		return
	}
	for _, v := range from.Redact.V {
		if slices.Contains(params, v.V) {
			used[v.Pos] = true
			s.addRedact(v)
		}
	}
}

func (s *Settings) addRedact(v Value[string]) {
	if s.Redact == nil {
		s.Redact = &Value[[]Value[string]]{Pos: v.Pos, Place: v.Place}
	}
	same := func(other Value[string]) bool { return other.V == v.V }
	if !slices.ContainsFunc(s.Redact.V, same) {
		s.Redact.V = append(s.Redact.V, v)
	}
}
