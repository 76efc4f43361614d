package output

// scanner reads strict JSON (RFC 8259) from text. Its methods return false where the text is not JSON.
type scanner struct {
	text string
	pos  int
}

// space skips white space.
func (s *scanner) space() {
	s.pos = skipSpace(s.text, s.pos)
}

// skipSpace returns the position of the first byte from i on that is not white space.
func skipSpace(text string, i int) int {
	for i < len(text) {
		if c := text[i]; c == ' ' {
			for len(text)-i >= 8 && text[i:i+8] == "        " { // indentation
				i += 8
			}
			if i < len(text) && text[i] == ' ' {
				i++
			}
		} else if c == '\n' || c == '\t' || c == '\r' {
			i++
		} else {
			return i
		}
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// peek skips white space and returns the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		if c := s.text[s.pos]; c > ' ' {
			return c
		}
	}
	s.space()
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

// accept reads the byte c, after white space.
func (s *scanner) accept(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// quoted reads a string and returns what stands between the quotes, and whether that has escapes in it.
func (s *scanner) quoted() (body string, escaped, ok bool) {
	start := s.pos + 1
	i := start
	for {
		if i = strictStops.indexIn(s.text, i); i >= len(s.text) {
			break
		}
		switch c := s.text[i]; {
		case c == '"':
			s.pos = i + 1
			return s.text[start:i], escaped, true
		case c == '\\':
			escaped = true
			n := escapeLen(s.text[i:])
			if n == 0 {
				return "", false, false
			}
			i += n
		default:
			return "", false, false
		}
	}
	return "", false, false
}

// escapeLen returns the length of the escape that text begins with, or 0 if it is none.
func escapeLen(text string) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(text) < 6 {
			return 0
		}
		for _, c := range []byte(text[2:6]) {
			if !isHex(c) {
				return 0
			}
		}
		return 6
	}
	return 0
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number reads a number.
func (s *scanner) number() (literal string, ok bool) {
	n := numberLen(s.text[s.pos:])
	if n == 0 {
		return "", false
	}
	literal = s.text[s.pos : s.pos+n]
	s.pos += n
	return literal, true
}

// numberLen returns the length of the JSON number that text begins with, or 0 if it is none.
func numberLen(text string) int {
	i := 0
	digits := func() bool {
		from := i
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		return i > from
	}
	if i < len(text) && text[i] == '-' {
		i++
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if !digits() {
		return 0
	}
	if i < len(text) && text[i] == '.' {
		i++
		if !digits() {
			return 0
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if !digits() {
			return 0
		}
	}
	return i
}

// word reads one of true, false and null.
func (s *scanner) word(w string) bool {
	if len(s.text)-s.pos < len(w) || s.text[s.pos:s.pos+len(w)] != w {
		return false
	}
	s.pos += len(w)
	return true
}

// key reads a key and its colon.
func (s *scanner) key() (body string, escaped, ok bool) {
	if s.peek() != '"' {
		return "", false, false
	}
	body, escaped, ok = s.quoted()
	if !ok || !s.accept(':') {
		return "", false, false
	}
	return body, escaped, true
}

// skip reads one value of any kind, of at most depth levels.
func (s *scanner) skip(depth int) bool {
	switch c := s.peek(); {
	case c == '{':
		return s.skipObject(depth)
	case c == '[':
		return s.skipArray(depth)
	case c == '"':
		_, _, ok := s.quoted()
		return ok
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	case c == '-' || isDigit(c):
		_, ok := s.number()
		return ok
	}
	return false
}

func (s *scanner) skipObject(depth int) bool {
	if depth == 0 {
		return false
	}
	s.pos++
	if s.peek() == '}' {
		s.pos++
		return true
	}
	for {
		if _, _, ok := s.key(); !ok || !s.skip(depth-1) {
			return false
		}
		if s.peek() == '}' {
			s.pos++
			return true
		}
		if !s.accept(',') {
			return false
		}
	}
}

func (s *scanner) skipArray(depth int) bool {
	if depth == 0 {
		return false
	}
	s.pos++
	if s.peek() == ']' {
		s.pos++
		return true
	}
	for {
		if !s.skip(depth - 1) {
			return false
		}
		if s.peek() == ']' {
			s.pos++
			return true
		}
		if !s.accept(',') {
			return false
		}
	}
}
