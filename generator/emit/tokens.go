package emit

// sameTokens reports whether two Go sources differ in nothing but white space outside of literals and comments. It may
// take sources for different that are not (gofmt rewrites comments), but not the other way round.
func sameTokens(a, b []byte) bool {
	s, t := tokens{src: a}, tokens{src: b}
	for {
		x, y := s.next(), t.next()
		if string(x) != string(y) || s.apart != t.apart {
			return false
		}
		if x == nil {
			return true
		}
	}
}

// tokens walks over a source: over literals and comments as a whole, and over everything else byte by byte.
type tokens struct {
	src   []byte
	pos   int
	last  byte
	apart bool // white space keeps this piece from being one word or operator with the last
}

// next returns the next piece; nil at the end.
func (t *tokens) next() []byte {
	start := t.pos
	for t.pos < len(t.src) && isSpace(t.src[t.pos]) {
		t.pos++
	}
	spaced := t.pos > start
	if t.pos == len(t.src) {
		t.apart = false
		return nil
	}
	first := t.src[t.pos]
	t.apart = spaced && joins(t.last, first)
	start = t.pos
	t.pos = t.end(first)
	t.last = t.src[t.pos-1]
	return t.src[start:t.pos]
}

// end is where the piece that begins at the current position with first ends.
func (t *tokens) end(first byte) int {
	src, i := t.src, t.pos+1
	switch {
	case first == '`':
		for i < len(src) && src[i] != '`' {
			i++
		}
		return min(i+1, len(src))
	case first == '"' || first == '\'':
		for i < len(src) && src[i] != first && src[i] != '\n' {
			if src[i] == '\\' {
				i++
			}
			i++
		}
		return min(i+1, len(src))
	case first == '/' && i < len(src) && src[i] == '/':
		for i < len(src) && src[i] != '\n' {
			i++
		}
		return i
	case first == '/' && i < len(src) && src[i] == '*':
		for i += 2; i < len(src) && (src[i-1] != '*' || src[i] != '/'); i++ {
		}
		return min(i+1, len(src))
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// joins reports whether a and b next to each other could be of one token.
func joins(a, b byte) bool {
	return isWord(a) && isWord(b) || isOperator(a) && isOperator(b)
}

func isWord(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func isOperator(c byte) bool {
	switch c {
	case '+', '-', '*', '/', '%', '&', '|', '^', '<', '>', '=', '!', ':', '~':
		return true
	}
	return false
}
