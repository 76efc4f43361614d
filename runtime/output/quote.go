package output

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// quoting is a way to quote strings.
type quoting struct {
	open   string
	close  []string
	raw    bool // a backslash is one, unless it stands before the quote
	dedent bool // white space around lines is that of the notation
	fixes  fixes
	id     quotingID
}

// quotingID is the place of a quoting in quotes.
type quotingID uint8

const (
	idTripleDouble quotingID = iota
	idDouble
	idTripleSingle
	idSingle
	idTripleTick
	idTick
	idCurlyDouble
	idCurlyLow
	idCurlyWrong
	idCurlySingle
)

var (
	doubleQuote = quoting{id: idDouble, open: `"`, close: []string{`"`}}
	singleQuote = quoting{id: idSingle, open: `'`, close: []string{`'`}, fixes: fixQuotes}
	tickQuote   = quoting{id: idTick, open: "`", close: []string{"`"}, raw: true, fixes: fixQuotes}
	curlyDouble = quoting{id: idCurlyDouble, open: "\u201C", close: []string{"\u201D", "\u201C", `"`}, fixes: fixQuotes}
	curlyLow    = quoting{id: idCurlyLow, open: "\u201E", close: []string{"\u201C", "\u201D", `"`}, fixes: fixQuotes}
	curlyWrong  = quoting{id: idCurlyWrong, open: "\u201D", close: []string{"\u201D", "\u201C", `"`}, fixes: fixQuotes}
	curlySingle = quoting{id: idCurlySingle, open: "\u2018", close: []string{"\u2019", "\u2018", `'`}, fixes: fixQuotes}

	tripleDouble = quoting{id: idTripleDouble, open: `"""`, close: []string{`"""`}, raw: true, dedent: true, fixes: fixQuotes}
	tripleSingle = quoting{id: idTripleSingle, open: `'''`, close: []string{`'''`}, raw: true, dedent: true, fixes: fixQuotes}
	tripleTick   = quoting{id: idTripleTick, open: "```", close: []string{"```"}, raw: true, dedent: true, fixes: fixQuotes}

	// Longer quotes come before those that they begin with.
	quotes = [...]*quoting{
		idTripleDouble: &tripleDouble, idDouble: &doubleQuote, idTripleSingle: &tripleSingle, idSingle: &singleQuote,
		idTripleTick: &tripleTick, idTick: &tickQuote,
		idCurlyDouble: &curlyDouble, idCurlyLow: &curlyLow, idCurlyWrong: &curlyWrong, idCurlySingle: &curlySingle,
	}
)

// quoteAt returns the quote that opens at pos, or nil. It is not ok when more text may change the answer.
func (r *reader) quoteAt() (q *quoting, ok bool) {
	rest := r.text[r.pos:]
	switch rest[0] {
	case '"', '\'', '`', 0xE2:
	default:
		return nil, true
	}
	if len(rest) > 1 && rest[1] != rest[0] { // neither three of them nor an empty string
		switch rest[0] {
		case '"':
			return &doubleQuote, true
		case '\'':
			return &singleQuote, true
		}
	}
	for _, q := range quotes {
		if strings.HasPrefix(rest, q.open) {
			return q, true
		}
		if len(rest) < len(q.open) && strings.HasPrefix(q.open, rest) && !r.final {
			return nil, false
		}
	}
	return nil, true
}

// place is where a string stands.
type place uint8

const (
	inKey place = iota
	inObject
	inArray
)

// quoted reads the string at pos, whose quote is r.quoting. It is in r.got then.
func (r *reader) quoted(where place) status {
	q := r.quoting
	from := r.pos + len(q.open)
	i := max(from, r.scan)
	for {
		i = anyStops.indexIn(r.text, i)
		if i >= len(r.text) {
			r.scan = len(r.text)
			if !r.final {
				return more
			}
			r.fixes |= fixCut
			return r.gotString(from, len(r.text)-halfEscape(r.text[from:]), len(r.text))
		}
		switch c := r.text[i]; {
		case c == '\\':
			n, known := r.escape(i, q)
			if !known {
				r.scan = i
				return more
			}
			i += n
		case c < ' ':
			if !q.dedent {
				r.fixes |= fixEscape
			}
			i++
		default:
			n, end := r.closes(i, q, where)
			switch end {
			case unknown:
				r.scan = i
				return more
			case yes:
				return r.gotString(from, i, i+n)
			}
			if n > 0 {
				r.fixes |= fixEscape
			}
			i += max(n, 1)
		}
	}
}

// byteSet is a set of bytes.
type byteSet [256]uint8

func bytesOf(chars string) (set byteSet) {
	for i := range ' ' {
		set[i] = 1
	}
	for i := range len(chars) {
		set[chars[i]] = 1
	}
	return set
}

var (
	strictStops = bytesOf(`"\`)            // what ends a run of text in a string, or must be escaped in it
	anyStops    = bytesOf(`"\'` + "`\xE2") // what may do so in any quotes
)

// indexIn returns the position of the first byte from i on that is in set, or the length of text.
func (set *byteSet) indexIn(text string, i int) int {
	for i+4 <= len(text) && set[text[i]]|set[text[i+1]]|set[text[i+2]]|set[text[i+3]] == 0 {
		i += 4
	}
	for i < len(text) && set[text[i]] == 0 {
		i++
	}
	return i
}

// escape returns the length of the escape at i. It is not known when the text may go on.
func (r *reader) escape(i int, q *quoting) (n int, known bool) {
	rest := r.text[i:]
	if len(rest) < 6 && !r.final && (len(rest) < 2 || rest[1] == 'u') {
		return 0, false
	}
	r.escaped = true
	if q.raw {
		return min(2, len(rest)), true
	}
	if n := escapeLen(rest); n > 0 {
		return n, true
	}
	if len(rest) > 1 && rest[1] == q.open[0] {
		return 2, true // as these quotes have it
	}
	r.fixes |= fixEscape
	if len(rest) > 1 && rest[1] >= ' ' {
		_, n := utf8.DecodeRuneInString(rest[1:])
		return 1 + n, true
	}
	return 1, true
}

// closes looks at what may be the closing quote at i. It returns its length, and whether it ends the string.
func (r *reader) closes(i int, q *quoting, where place) (n int, end answer) {
	if q == &doubleQuote || q == &singleQuote {
		if r.text[i] != q.open[0] {
			return 0, no
		}
		return 1, r.endsAt(i+1, where, r.text[i])
	}
	for _, c := range q.close {
		rest := r.text[i:]
		if strings.HasPrefix(rest, c) {
			if q.dedent {
				return len(c), yes
			}
			return len(c), r.endsAt(i+len(c), where, r.text[i])
		}
		if len(rest) < len(c) && strings.HasPrefix(c, rest) && !r.final {
			return 0, unknown
		}
	}
	return 0, no
}

// halfEscape returns the length of the beginning of an escape at the end of text.
func halfEscape(text string) int {
	i := strings.LastIndexByte(text, '\\')
	if i < 0 || len(text)-i > 5 || len(text)-i > 1 && text[i+1] != 'u' {
		return 0
	}
	if before := len(text[:i]) - len(strings.TrimRight(text[:i], `\`)); before%2 == 1 {
		return 0 // it is escaped itself
	}
	return len(text) - i
}

// gotString takes what stands from from to to; the text goes on at next.
func (r *reader) gotString(from, to, next int) status {
	q := r.quoting
	r.got = value{form: formString, text: r.text[from:to], fixes: r.fixes | q.fixes}
	switch v := &r.got; {
	case q == &doubleQuote && r.fixes == 0:
		v.plain, v.escaped = true, r.escaped
	case q.dedent:
		v.text = dedent(strings.ReplaceAll(v.text, `\`+q.open[:1], q.open[:1]), q == &tripleTick)
	default:
		v.escaped, v.quoting = r.escaped, q.id
	}
	r.pos = next
	r.reset()
	return reading
}

// appendUnescaped appends the text of a string in any quotes. A backslash that begins no escape is one.
func appendUnescaped(dst []byte, body string, q *quoting) []byte {
	for i := 0; i < len(body); {
		if body[i] != '\\' {
			dst = append(dst, body[i])
			i++
			continue
		}
		switch n := escapeLen(body[i:]); {
		case q.raw && i+1 < len(body) && body[i+1] == q.open[0]:
			dst = append(dst, body[i+1])
			i += 2
		case q.raw:
			dst = append(dst, '\\')
			i++
			if i < len(body) && body[i] == '\\' {
				dst = append(dst, '\\')
				i++
			}
		case n == 6:
			n = pairLen(body[i:])
			dst = append(dst, unescape(body[i:i+n], true)...)
			i += n
		case n > 0:
			dst = append(dst, unescape(body[i:i+n], true)...)
			i += n
		case i+1 < len(body) && (body[i+1] == '\'' || body[i+1] == '`'):
			dst = append(dst, body[i+1])
			i += 2
		case i+1 < len(body) && body[i+1] == '\n': // JavaScript's continued line
			i += 2
		case i+3 < len(body) && body[i+1] == 'x' && isHex(body[i+2]) && isHex(body[i+3]):
			code, _ := strconv.ParseUint(body[i+2:i+4], 16, 8)
			dst = utf8.AppendRune(dst, rune(code))
			i += 4
		default:
			dst = append(dst, '\\')
			i++
		}
	}
	return dst
}

// appendReescaped appends the body of a string in any quotes as it stands in a JSON string.
func appendReescaped(dst []byte, body string, q *quoting) []byte {
	for {
		i := strings.IndexByte(body, '\\')
		if i < 0 {
			return appendEscaped(dst, body)
		}
		dst = appendEscaped(dst, body[:i])
		n := escapeLen(body[i:])
		if n > 0 && !q.raw {
			dst = append(dst, body[i:i+n]...)
			body = body[i+n:]
			continue
		}
		n = min(2, len(body)-i)
		if !q.raw && n == 2 {
			n = oddEscapeLen(body[i:])
		}
		var buf [8]byte
		dst = appendEscaped(dst, string(appendUnescaped(buf[:0], body[i:i+n], q)))
		body = body[i+n:]
	}
}

// oddEscapeLen returns the length of what appendUnescaped takes as one, where text begins with a backslash that JSON does
// not allow.
func oddEscapeLen(text string) int {
	switch {
	case text[1] == 'x' && len(text) >= 4 && isHex(text[2]) && isHex(text[3]):
		return 4
	case text[1] == '\'' || text[1] == '`' || text[1] == '\n':
		return 2
	}
	return 1
}

// pairLen returns the length of the \u escape that text begins with, with the second half of a surrogate pair.
func pairLen(text string) int {
	if len(text) >= 12 && text[6] == '\\' && escapeLen(text[6:]) == 6 {
		return 12
	}
	return 6
}

// dedent takes from a text of several lines what is there to set it off from the code around it: the first line if it is
// blank, or names the language of a fence, the last one, and the indentation that all lines share.
func dedent(text string, fence bool) string {
	first, rest, several := strings.Cut(text, "\n")
	if !several || strings.TrimSpace(first) != "" && !(fence && isWord(first)) {
		return text
	}
	lines := strings.Split(rest, "\n")
	if strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	indent := -1
	for _, l := range lines {
		if own := len(l) - len(strings.TrimLeft(l, " \t")); strings.TrimSpace(l) != "" && (indent < 0 || own < indent) {
			indent = own
		}
	}
	for i, l := range lines {
		lines[i] = l[min(max(indent, 0), len(l)):]
	}
	return strings.Join(lines, "\n")
}

// isWord reports whether text is the name of a language after the ticks of a fence.
func isWord(text string) bool { return infoLen(text+"\n") == len(text) }

// answer is that to a question of which the text so far may not say enough.
type answer uint8

const (
	no answer = iota
	yes
	unknown
)

// lookAhead bounds how far is looked for the end of a key.
const lookAhead = 256

// endsAt reports whether a quote that ends at i ends its string. It does, unless what follows could not come after a string
// in JSON: then the quote belongs to the text and should have been escaped. used is the quote's first byte.
func (r *reader) endsAt(i int, where place, used byte) answer {
	if i < len(r.text) && where == inKey && r.text[i] == ':' {
		return yes
	}
	j := skipSpace(r.text, i)
	if j >= len(r.text) {
		return r.atEnd()
	}
	c := r.text[j]
	if where == inKey {
		if c == '/' && j+1 >= len(r.text) {
			return r.atEnd()
		}
		if c == '/' {
			return asAnswer(r.text[j+1] == '*' || r.text[j+1] == '/')
		}
		return asAnswer(isDigit(c) || strings.IndexByte(`:,}={["'-ntf`, c) >= 0)
	}
	switch c {
	case ',', ';':
		return r.afterComma(j+1, where)
	case '}', ']':
		if j+1 >= len(r.text) {
			return r.atEnd()
		}
		return asAnswer(r.closing(c, where) && r.text[j+1] != used)
	case '/':
		if j+1 >= len(r.text) {
			return r.atEnd()
		}
		return asAnswer(r.text[j+1] == '/' || r.text[j+1] == '*')
	case '#':
		if j+1 >= len(r.text) {
			return r.atEnd()
		}
		return asAnswer(strings.IndexByte(r.text[i:j], '\n') >= 0 || j > i && r.text[j+1] == ' ')
	case '+':
		k := skipSpace(r.text, j+1)
		if k >= len(r.text) {
			return r.atEnd()
		}
		return asAnswer(r.text[k] == '"' || r.text[k] == '\'')
	case '`':
		if fence := r.fenceAt(j); r.fenced && fence != no {
			return fence
		}
		if strings.IndexByte(r.text[i:j], '\n') < 0 {
			return no
		}
	}
	if where == inArray && strings.IndexByte(r.text[i:j], '\n') >= 0 {
		return r.itemAt(j)
	}
	if where == inArray {
		return asAnswer((c == '"' || c == '{') && (j > i || c == used) || c == '\'' && j > i && used == '\'')
	}
	if j == i && (c == '"' || c == '\'') { // two quotes in a row: the first is a part of the string, unless the second opens a key
		return r.wholeKeyAt(j)
	}
	if c == '"' || c == '\'' || strings.IndexByte(r.text[i:j], '\n') >= 0 {
		return r.keyAt(j, false)
	}
	return no
}

// wholeKeyAt reports whether a key in quotes stands at i, with both of them and its colon.
func (r *reader) wholeKeyAt(i int) answer {
	end := min(len(r.text), i+lookAhead)
	j := i + 1
	for j < end && r.text[j] != r.text[i] && r.text[j] != '\n' {
		j++
	}
	if j < end && r.text[j] == r.text[i] {
		j = skipSpace(r.text, j+1)
	}
	if j < len(r.text) {
		return asAnswer(j > i+1 && r.text[j] == ':')
	}
	return r.notAtEnd()
}

// atEnd is the answer where the text ends and nothing is missing for yes.
func (r *reader) atEnd() answer {
	if r.final {
		return yes
	}
	return unknown
}

// notAtEnd is the answer where the text ends and something is missing for yes.
func (r *reader) notAtEnd() answer {
	if r.final {
		return no
	}
	return unknown
}

func asAnswer(b bool) answer {
	if b {
		return yes
	}
	return no
}

// closing reports whether the bracket c may close what is open.
func (r *reader) closing(c byte, where place) bool {
	if c == '}' && where == inObject || c == ']' && where == inArray {
		return true
	}
	n := len(r.stack)
	return n > 1 && r.stack[n-2].isArray == (c == ']')
}

// afterComma reports whether what stands at i may come after a comma.
func (r *reader) afterComma(i int, where place) answer {
	j := skipSpace(r.text, i)
	for j < len(r.text) && j < i+lookAhead && r.text[j] == ',' {
		j = skipSpace(r.text, j+1)
	}
	if j >= len(r.text) {
		return r.atEnd()
	}
	switch c := r.text[j]; c {
	case '}', ']':
		return asAnswer(r.closing(c, where))
	case '/', '#':
		return yes
	}
	if where == inArray {
		return r.itemAt(j)
	}
	return r.keyAt(j, strings.IndexByte(r.text[i:j], '\n') >= 0)
}

// itemAt reports whether an item of an array may begin at i.
func (r *reader) itemAt(i int) answer {
	if a := r.valueAt(i); a != no {
		return a
	}
	return r.wordAt(i)
}

// valueAt reports whether a value that is no text without quotes may begin at i.
func (r *reader) valueAt(i int) answer {
	c := r.text[i]
	if c == '"' || c == '\'' || c == '{' || c == '[' || c == '-' || isDigit(c) || c == 0xE2 || c == '`' {
		return yes
	}
	for _, w := range literalWords {
		if strings.HasPrefix(r.text[i:], w) {
			end := i + len(w)
			if end >= len(r.text) {
				return r.atEnd()
			}
			return asAnswer(!isLetter(r.text[end]))
		}
		if strings.HasPrefix(w, r.text[i:]) {
			return r.atEnd()
		}
	}
	return no
}

// wordAt reports whether a word without quotes is all of the item at i.
func (r *reader) wordAt(i int) answer {
	j := i
	for j < len(r.text) && j < i+lookAhead && (isLetter(r.text[j]) || isDigit(r.text[j]) || r.text[j] == '_' || r.text[j] == '-') {
		j++
	}
	if j == i {
		return no
	}
	if j = skipSpace(r.text, j); j >= len(r.text) {
		return r.notAtEnd()
	}
	return asAnswer(r.text[j] == ',' || r.text[j] == ']')
}

var literalWords = []string{"true", "false", "null", "True", "False", "None"}

// keyAt reports whether a key with its colon stands at i. A key without quotes counts when bare is set or the object has had
// one.
func (r *reader) keyAt(i int, bare bool) answer {
	text := r.text
	end := min(len(text), i+lookAhead)
	c := text[i]
	if c == 0xE2 {
		return r.curlyKeyAt(i, end)
	}
	if c != '"' && c != '\'' && c != '`' {
		if a := r.bareKeyAt(i, end); a != yes || bare || r.top().bareKeys {
			return a
		}
		return r.valueAfterColon(i)
	}
	j := i + 1
	for ; j < end && text[j] != c; j++ {
		switch text[j] {
		case '\\':
			j++
		case '\n':
			return no
		}
	}
	if j >= end {
		return r.undecided(end)
	}
	j = skipSpace(text, j+1)
	if j >= len(text) {
		return r.atEnd()
	}
	return asAnswer(text[j] == ':' || text[j] == '=')
}

// curlyKeyAt reports whether a key in curly quotes stands at i.
func (r *reader) curlyKeyAt(i, end int) answer {
	text := r.text[i:]
	for _, q := range quotes[idCurlyDouble:] {
		rest, ok := strings.CutPrefix(text[:end-i], q.open)
		if !ok {
			continue
		}
		n, length := len(rest), 0
		for _, c := range q.close {
			if at := strings.Index(rest, c); at >= 0 && at < n {
				n, length = at, len(c)
			}
		}
		if length == 0 {
			return r.undecided(end)
		}
		j := skipSpace(r.text, i+len(q.open)+n+length)
		if j >= len(r.text) {
			return r.atEnd()
		}
		return asAnswer(r.text[j] == ':')
	}
	if len(text) < 3 {
		return r.atEnd()
	}
	return no
}

// undecided is the answer when a key is longer than is looked, or than the text.
func (r *reader) undecided(end int) answer {
	if end < len(r.text) {
		return yes
	}
	return r.atEnd()
}

func (r *reader) bareKeyAt(i, end int) answer {
	text := r.text
	j := i
	for j < end && (isLetter(text[j]) || isDigit(text[j]) || strings.IndexByte("_-.$", text[j]) >= 0 || text[j] >= 0x80) {
		j++
	}
	if j == i || j >= end && end < len(text) {
		return no
	}
	for j < len(text) && text[j] == ' ' {
		j++
	}
	if j >= len(text) {
		return r.notAtEnd()
	}
	if text[j] == ':' && j+1 >= len(text) {
		return r.atEnd()
	}
	return asAnswer(text[j] == ':' && text[j+1] != '/') // https://
}

// valueAfterColon reports whether what comes after the colon of the key without quotes at i is JSON: it need be no key
// otherwise.
func (r *reader) valueAfterColon(i int) answer {
	j := skipSpace(r.text, i+strings.IndexByte(r.text[i:], ':')+1)
	if j >= len(r.text) {
		return r.atEnd()
	}
	return r.valueAt(j)
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
