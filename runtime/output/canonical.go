package output

import (
	"slices"
	"strconv"
)

// appendCanonical appends the one form that all spellings of a JSON value share: keys sorted, strings without needless
// escapes, numbers as digits and an exponent. json is valid. It is what enum, const and uniqueItems compare.
func appendCanonical(dst []byte, json string) []byte {
	s := scanner{text: json}
	return s.canonical(dst)
}

func (s *scanner) canonical(dst []byte) []byte {
	switch c := s.peek(); {
	case c == '{':
		return s.canonicalObject(dst)
	case c == '[':
		s.pos++
		dst = append(dst, '[')
		for s.peek() != ']' && s.pos < len(s.text) {
			if s.text[s.pos] == ',' {
				s.pos++
				dst = append(dst, ',')
			}
			dst = s.canonical(dst)
		}
		s.pos++
		return append(dst, ']')
	case c == '"':
		body, escaped, _ := s.quoted()
		return appendQuoted(dst, unescape(body, escaped))
	case c == '-' || isDigit(c):
		literal, _ := s.number()
		return appendCanonicalNumber(dst, literal)
	default:
		start := s.pos
		s.skip(1)
		return append(dst, s.text[start:s.pos]...)
	}
}

func (s *scanner) canonicalObject(dst []byte) []byte {
	type member struct{ key, value string }
	var members []member
	s.pos++
	for s.peek() != '}' && s.pos < len(s.text) {
		if s.text[s.pos] == ',' {
			s.pos++
		}
		body, escaped, _ := s.key()
		members = append(members, member{unescape(body, escaped), string(s.canonical(nil))})
	}
	s.pos++
	slices.SortStableFunc(members, func(a, b member) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		}
		return 0
	})
	dst = append(dst, '{')
	for i, m := range members {
		if i+1 < len(members) && members[i+1].key == m.key {
			continue // the last of equal keys counts
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = appendQuoted(dst, m.key)
		dst = append(dst, ':')
		dst = append(dst, m.value...)
	}
	return append(dst, '}')
}

func appendCanonicalNumber(dst []byte, literal string) []byte {
	negative, digits, exponent, ok := decimal(literal)
	switch {
	case !ok:
		return append(dst, literal...)
	case digits == "":
		return append(dst, '0')
	case negative:
		dst = append(dst, '-')
	}
	dst = append(dst, digits...)
	dst = append(dst, 'e')
	return strconv.AppendInt(dst, int64(exponent), 10)
}
