package output

import "strings"

// bareKey reads a key without quotes.
func (r *reader) bareKey(f *frame) status {
	text := r.text
	i := max(r.pos, r.scan)
	if n := strings.IndexAny(text[i:], ":,}\n{[="); n >= 0 {
		i += n
	} else {
		i = len(text)
	}
	if i >= len(text) && !r.final {
		r.scan = i
		return more
	}
	key := strings.TrimSpace(text[r.pos:i])
	if i < len(text) && (text[i] == ':' || text[i] == '=') && key != "" {
		r.pos = i
		r.reset()
		f.bareKeys = true
		r.setKey(f, strings.Trim(key, `"'*`+"`"), fixQuotes)
		return reading
	}
	if r.doubtful && r.tree.at(r.root).first == 0 {
		return broken
	}
	r.mend(fixDropped)
	r.pos = max(i, r.pos+1)
	r.reset()
	f.state = wantComma
	return reading
}

// bareValue reads a number, a literal, or text without quotes.
func (r *reader) bareValue(f *frame) status {
	if r.nested == 0 {
		if s := r.literal(f); s != broken {
			return s
		}
	}
	return r.bareText(f)
}

// literal reads a number or literal as JSON writes them. It is broken when there is none.
func (r *reader) literal(f *frame) status {
	text := r.text
	i := max(r.pos, r.scan)
	for i < len(text) && (isLetter(text[i]) || isDigit(text[i]) || text[i] == '-' || text[i] == '+' || text[i] == '.') {
		i++
	}
	if i >= len(text) && !r.final {
		r.scan = i
		return more
	}
	token := text[r.pos:i]
	kind, fix := literalOf(token)
	if kind == formBare {
		return broken
	}
	switch r.delimited(i, f) {
	case unknown:
		r.scan = i
		return more
	case no:
		return broken
	}
	if i >= len(text) && kind == formNumber {
		fix |= fixCut // the number may have gone on
	}
	r.pos = i
	r.reset()
	r.got = value{form: kind, text: token, plain: kind == formNumber, fixes: fix}
	r.addValue(f.index)
	r.valueRead(f)
	return reading
}

// literalOf returns the form of a number or literal of JSON or Python; formBare when token is none.
func literalOf(token string) (form, fixes) {
	switch token {
	case "":
		return formBare, 0
	case "true", "false":
		return formBool, 0
	case "null":
		return formNull, 0
	case "True", "False", "TRUE", "FALSE":
		return formBool, fixLiteral
	case "None", "Null", "NULL", "nil", "undefined":
		return formNull, fixLiteral
	}
	if numberLen(token) == len(token) {
		return formNumber, 0
	}
	return formBare, fixQuotes
}

// delimited reports whether a literal that ends at i is all of the value.
func (r *reader) delimited(i int, f *frame) answer {
	j := skipSpace(r.text, i)
	if j >= len(r.text) {
		return r.atEnd()
	}
	switch c := r.text[j]; c {
	case '}', ']', '`', ';':
		return yes
	case ',':
		if f.isArray {
			return yes
		}
		return r.numberGoesOn(i, j)
	case '/':
		if j+1 >= len(r.text) {
			return r.atEnd()
		}
		return asAnswer(r.text[j+1] == '/' || r.text[j+1] == '*')
	case '#':
		return asAnswer(j > i)
	case '"', '\'':
		return asAnswer(j > i)
	}
	if f.isArray {
		return asAnswer(j > i)
	}
	return asAnswer(strings.IndexByte(r.text[i:j], '\n') >= 0)
}

// numberGoesOn is no when the comma at j, after the literal that ends at i, separates thousands: 1,234.
func (r *reader) numberGoesOn(i, j int) answer {
	if j > i || !isDigit(r.text[i-1]) {
		return yes
	}
	rest := r.text[j+1:]
	if len(rest) < 4 && !r.final {
		for k := range len(rest) {
			if !isDigit(rest[k]) {
				return yes
			}
		}
		return unknown
	}
	if len(rest) < 3 || !isDigit(rest[0]) || !isDigit(rest[1]) || !isDigit(rest[2]) {
		return yes
	}
	return asAnswer(len(rest) > 3 && rest[3] == ':')
}

// bareText reads text without quotes: up to a comma that separates, a bracket that closes what is open around it, or the end
// of its line.
func (r *reader) bareText(f *frame) status {
	for i := max(r.pos, r.scan); ; i++ {
		if i >= len(r.text) {
			r.scan = i
			if !r.final {
				return more
			}
			r.fixes |= fixCut
			return r.endBare(f, i)
		}
		switch r.text[i] {
		case ',', '}', ']', '\n', '(', '[', '{', ')', ' ', '`', '"':
		default:
			continue
		}
		switch end := r.bareEnds(f, i); end {
		case yes:
			return r.endBare(f, i)
		case unknown:
			r.scan = i
			return more
		}
		if r.text[i] == '\n' {
			i = skipSpace(r.text, i) - 1
		}
	}
}

// bareEnds reports whether text without quotes ends before the byte at i.
func (r *reader) bareEnds(f *frame, i int) answer {
	switch c := r.text[i]; c {
	case '(', '[', '{':
		r.nested++
	case ')':
		r.nested--
	case '}', ']':
		if r.nested > 0 {
			r.nested--
			return no
		}
		if c == '}' == f.isArray && (len(r.stack) < 2 || r.stack[len(r.stack)-2].isArray == f.isArray) {
			return no
		}
		return yes
	case ',':
		if r.nested > 0 {
			return no
		}
		if f.isArray {
			return yes
		}
		j := skipSpace(r.text, i+1)
		if j >= len(r.text) {
			return r.atEnd()
		}
		if r.text[j] == '}' || strings.IndexByte(r.text[i+1:j], '\n') >= 0 {
			return yes
		}
		if (r.text[j] == '/' || r.text[j] == '#') && j > i+1 {
			return r.commentAt(j)
		}
		return r.keyAt(j, true)
	case '\n':
		r.nested = 0
		j := skipSpace(r.text, i)
		if j >= len(r.text) {
			return r.atEnd()
		}
		if f.isArray || r.text[j] == '}' || r.text[j] == ']' {
			return yes
		}
		if r.text[j] == '/' {
			if j+1 >= len(r.text) {
				return r.atEnd()
			}
			return asAnswer(r.text[j+1] == '/')
		}
		return r.keyAt(j, true)
	case ' ':
		if i+1 >= len(r.text) {
			return r.atEnd()
		}
		return r.commentAt(i + 1)
	case '`':
		if r.fenced {
			return r.fenceAt(i)
		}
	}
	return no
}

// commentAt reports whether a comment stands at i, after a space.
func (r *reader) commentAt(i int) answer {
	c := r.text[i]
	if c != '/' && c != '#' {
		return no
	}
	if i+1 >= len(r.text) {
		return r.atEnd()
	}
	next := r.text[i+1]
	return asAnswer(c == '#' && next == ' ' || c == '/' && (next == '/' || next == '*'))
}

// endBare takes the text from pos to i.
func (r *reader) endBare(f *frame, i int) status {
	text := strings.TrimSpace(r.text[r.pos:i])
	ended := r.nested < 0 || i >= len(r.text) || r.text[i] == '\n'
	if _, ok := readNumeral(text); !ok && ended && r.doubtful && f.isArray && len(r.stack) == 1 {
		return broken // prose after a bracket
	}
	kind, fix := literalOf(text)
	r.got = value{form: kind, text: text, plain: kind == formNumber, fixes: fix | r.fixes}
	if _, numeral := r.got.numeral(); numeral {
		r.got.fixes &^= fixQuotes // what was wrong with it shows when it is fitted
	}
	r.pos = max(i, r.pos+1)
	r.reset()
	if text == "" {
		r.mend(fixDropped)
		return reading
	}
	r.addValue(f.index)
	r.valueRead(f)
	return reading
}
