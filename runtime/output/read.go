package output

import "strings"

// reader reads one array or object as models write it: strict JSON (RFC 8259), and what people can read although it is not
// that. It is a machine that stops where the text ends and goes on when there is more of it, so that Parse and Stream read in
// the same way. On strict JSON it does nothing but read: each repair needs something that JSON does not allow at that place.
type reader struct {
	text  string
	pos   int
	final bool // there will be no more text

	tree  *tree
	stack []frame // the containers that are open
	root  int32

	key      string // that was read, when its value comes next
	keyFixes fixes

	got value // that has been read

	joined   *strings.Builder // a string that others have been joined to
	joinedAt int32

	// Of the token that begins at pos, when its end has not been found yet.
	scan    int   // how far it was looked at; 0 when it was not
	fixes   fixes // what it takes
	escaped bool
	quoting *quoting
	nested  int // brackets that are open within text without quotes

	fenced   bool // within a markdown fence, which ends what is open in it
	doubtful bool // amid prose, where a bracket may be just that
	below    int  // how many containers stand around it already
}

// frame is a container that is open.
type frame struct {
	index    int32
	state    state
	isArray  bool
	comma    bool // a comma has just been read
	bareKeys bool // a key without quotes has been read
}

// state is what a reader expects next.
type state uint8

const (
	wantKey state = iota
	wantColon
	wantValue
	wantComma
)

// status is why a reader stops.
type status uint8

const (
	reading status = iota // it does not
	more                  // the text ends here, but may go on
	done                  // the value has been read
	broken                // what stands here was not meant as JSON
	tooDeep               // more than MaxDepth containers
	tooMany               // more than MaxValues values
)

// begin starts to read the array or object at pos.
func (r *reader) begin() {
	r.stack = r.stack[:0]
	r.reset()
	r.joinedAt = 0
	r.root = r.open(0)
}

// reset forgets the token at pos.
func (r *reader) reset() {
	r.scan, r.fixes, r.escaped, r.quoting, r.nested = 0, 0, false, nil, 0
}

// open opens the container that begins at pos.
func (r *reader) open(parent int32) int32 {
	f := frame{state: wantKey, isArray: r.text[r.pos] == '['}
	r.got = value{form: formObject, open: true}
	if f.isArray {
		r.got.form, f.state = formArray, wantValue
	}
	f.index = r.addValue(parent)
	r.stack = append(r.stack, f)
	r.pos++
	return f.index
}

// addValue adds what has been read to parent.
func (r *reader) addValue(parent int32) int32 {
	r.got.key, r.got.keyFixes = r.key, r.keyFixes
	r.key, r.keyFixes = "", 0
	return r.tree.add(parent, &r.got)
}

func (r *reader) top() *frame { return &r.stack[len(r.stack)-1] }

// mend records what it took to read the container that is open.
func (r *reader) mend(f fixes) { r.tree.values[r.top().index].fixes |= f }

// run reads on until the value or the text ends.
func (r *reader) run() status {
	for len(r.stack) > 0 {
		if !r.blank() {
			return more
		}
		if r.pos >= len(r.text) {
			if !r.final {
				return more
			}
			return r.truncate()
		}
		if s := r.step(); s != reading {
			return s
		}
	}
	return done
}

func (r *reader) step() status {
	if r.fenced && r.text[r.pos] == '`' {
		end := r.fenceAt(r.pos)
		if end == yes && r.top().state == wantValue {
			end = r.fenceEndAt(r.pos) // a string in ticks may stand here as well
		}
		switch end {
		case yes:
			return r.truncate()
		case unknown:
			return more
		}
	}
	switch f := r.top(); f.state {
	case wantKey:
		return r.readKey(f)
	case wantColon:
		return r.readColon(f)
	case wantValue:
		return r.readValue(f)
	default:
		return r.readComma(f)
	}
}

// fenceAt reports whether ticks that end a fence stand at i.
func (r *reader) fenceAt(i int) answer {
	const ticks = "```"
	rest := r.text[i:]
	if strings.HasPrefix(rest, ticks) {
		return yes
	}
	if !r.final && len(rest) < len(ticks) && strings.HasPrefix(ticks, rest) {
		return unknown
	}
	return no
}

// fenceEndAt reports whether the ticks at i stand alone in their line, as those that end a fence do.
func (r *reader) fenceEndAt(i int) answer {
	before := strings.TrimRight(r.text[:i], " \t")
	if before != "" && before[len(before)-1] != '\n' {
		return no
	}
	for j := i + len("```"); j < len(r.text); j++ {
		switch r.text[j] {
		case ' ', '\t', '\r':
		case '\n':
			return yes
		default:
			return no
		}
	}
	return r.atEnd()
}

// truncate closes what is open, as its end is missing.
func (r *reader) truncate() status {
	if r.doubtful && r.tree.at(r.root).first == 0 {
		return broken // a bracket at the end of prose
	}
	for i := range r.stack {
		v := r.tree.at(r.stack[i].index)
		v.open = false
		v.fixes |= fixTruncated
	}
	if r.top().state == wantColon || r.top().state == wantValue && !r.top().isArray {
		r.mend(fixDropped) // a key whose value is missing
		r.key, r.keyFixes = "", 0
	}
	r.stack = r.stack[:0]
	return done
}

// blank skips white space and comments. It is false when a comment does not end in the text so far.
func (r *reader) blank() bool {
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; c {
		default:
			if !isSpace(c) {
				return true
			}
			r.pos = skipSpace(r.text, r.pos+1)
			continue
		case '/', '#':
			switch n := r.comment(); {
			case n < 0:
				return false
			case n > 0:
				r.pos += n
				r.mend(fixComment)
				continue
			}
		case 0xC2: // no-break space
			if strings.HasPrefix(r.text[r.pos:], "\u00A0") {
				r.pos += 2
				continue
			}
		}
		return true
	}
	return true
}

// comment returns the length of the comment at pos, 0 if there is none, and -1 if it may go on.
func (r *reader) comment() int {
	rest := r.text[r.pos:]
	if rest[0] == '#' {
		if r.top().state == wantValue && (len(rest) > 1 || r.final) && (len(rest) == 1 || rest[1] != ' ') {
			return 0 // #ff0000
		}
		return r.commentEnd(1, "\n")
	}
	if len(rest) < 2 {
		if r.final {
			return 0
		}
		return -1
	}
	switch rest[1] {
	case '/':
		return r.commentEnd(2, "\n")
	case '*':
		return r.commentEnd(2, "*/")
	}
	return 0
}

func (r *reader) commentEnd(from int, end string) int {
	from = max(from, r.scan-r.pos)
	rest := r.text[r.pos:]
	if i := strings.Index(rest[min(from, len(rest)):], end); i >= 0 {
		r.scan = 0
		return from + i + len(end)
	}
	if r.final {
		r.scan = 0
		return len(rest)
	}
	r.scan = max(len(r.text)-len(end)+1, r.pos+from)
	return -1
}

func (r *reader) readKey(f *frame) status {
	switch c := r.text[r.pos]; c {
	case '}':
		return r.closeAt(f)
	case ',', ';':
		r.pos++
		r.mend(fixComma)
		return reading
	case ']', ')':
		return r.wrongClose(f)
	case '{', '[':
		if r.tree.at(r.root).first == 0 {
			return broken
		}
		r.key, r.keyFixes = "", fixDropped // a value without a key
		f.state = wantValue
		return reading
	}
	q, ok := r.quoteAt()
	if !ok {
		return more
	}
	if q == nil {
		return r.bareKey(f)
	}
	r.quoting = q
	if s := r.quoted(inKey); s != reading {
		return s
	}
	r.setKey(f, r.got.string(), r.got.fixes)
	if r.pos < len(r.text) && r.text[r.pos] == ':' {
		r.pos++
		f.state = wantValue
	}
	return reading
}

func (r *reader) setKey(f *frame, key string, fixes fixes) {
	r.key, r.keyFixes = key, fixes
	f.state, f.comma = wantColon, false
}

func (r *reader) readColon(f *frame) status {
	switch c := r.text[r.pos]; c {
	case ':':
		r.pos++
		f.state = wantValue
		return reading
	case '=':
		if r.pos+1 >= len(r.text) && !r.final {
			return more
		}
		r.pos++
		if r.pos < len(r.text) && r.text[r.pos] == '>' {
			r.pos++
		}
		r.mend(fixColon)
		f.state = wantValue
		return reading
	case ',', '}', ']':
		if r.doubtful && r.tree.at(r.root).first == 0 {
			return broken // {a set}
		}
		r.key, r.keyFixes = "", 0
		r.mend(fixDropped)
		f.state = wantComma
		return reading
	}
	if r.doubtful && r.tree.at(r.root).first == 0 {
		return broken
	}
	r.mend(fixColon)
	f.state = wantValue
	return reading
}

func (r *reader) readValue(f *frame) status {
	if len(r.tree.values) > MaxValues {
		return tooMany
	}
	switch c := r.text[r.pos]; {
	case c == '{' || c == '[':
		if r.below+len(r.stack) >= MaxDepth {
			return tooDeep
		}
		f.state, f.comma = wantComma, false
		r.open(f.index)
		return reading
	case c == '"':
		if len(r.text)-r.pos >= 3 && r.text[r.pos+1] != '"' && r.quoting == nil { // the most frequent case
			r.quoting = &doubleQuote
		}
		return r.readQuoted(f)
	case c == '}' && !f.isArray:
		r.key, r.keyFixes = "", 0
		r.mend(fixDropped)
		f.state = wantComma
		return reading
	case c == ']' && f.isArray:
		return r.closeAt(f)
	case c == '}' || c == ']':
		return r.wrongClose(f)
	case c == ',':
		r.pos++
		r.mend(fixComma)
		if !f.isArray {
			r.key, r.keyFixes = "", 0
			f.state = wantKey
		}
		return reading
	}
	return r.readQuoted(f)
}

// readQuoted reads a string or text without quotes.
func (r *reader) readQuoted(f *frame) status {
	if r.quoting == nil {
		q, ok := r.quoteAt()
		if !ok {
			return more
		}
		if q == nil {
			return r.bareValue(f)
		}
		r.quoting = q
	}
	if s := r.quoted(f.place()); s != reading {
		return s
	}
	r.addValue(f.index)
	r.valueRead(f)
	return reading
}

// valueRead goes on after a value, and the comma behind it.
func (r *reader) valueRead(f *frame) {
	f.state, f.comma = wantComma, false
	if r.pos < len(r.text) && r.text[r.pos] == ',' {
		r.pos++
		f.next()
		f.comma = true
	}
}

func (r *reader) readComma(f *frame) status {
	switch c := r.text[r.pos]; {
	case c == ',':
		r.pos++
		f.next()
		f.comma = true
		return reading
	case c == ';':
		r.pos++
		r.mend(fixComma)
		f.next()
		return reading
	case c == '}' && !f.isArray || c == ']' && f.isArray:
		return r.closeAt(f)
	case c == '}' || c == ']':
		return r.wrongClose(f)
	}
	return r.missingComma(f)
}

// place is where the values of f stand.
func (f *frame) place() place {
	if f.isArray {
		return inArray
	}
	return inObject
}

// next is what follows a comma.
func (f *frame) next() {
	f.state = wantKey
	if f.isArray {
		f.state = wantValue
	}
}

// missingComma goes on where a comma should stand. What cannot be a key or a value is passed over.
func (r *reader) missingComma(f *frame) status {
	switch c := r.text[r.pos]; {
	case c == '+':
		if s := r.concatenated(f); s != broken {
			return s
		}
	case f.isArray && c != ')' && c != ':':
		r.mend(fixComma)
		f.next()
		return reading
	case !f.isArray:
		switch r.keyAt(r.pos, true) {
		case unknown:
			return more
		case yes:
			r.mend(fixComma)
			f.next()
			return reading
		}
	}
	return r.pass()
}

// pass skips text that is neither a value nor a key, up to a comma, a bracket or the end of the line.
func (r *reader) pass() status {
	if r.doubtful && len(r.stack) == 1 && r.tree.at(r.root).count <= 1 && r.top().isArray {
		return broken
	}
	r.mend(fixDropped)
	from := max(r.pos+1, r.scan)
	n := strings.IndexAny(r.text[from:], ",}]\n")
	switch {
	case n >= 0:
		r.pos = from + n
	case !r.final:
		r.scan = len(r.text)
		return more
	default:
		r.pos = len(r.text)
	}
	r.reset()
	return reading
}

// concatenated joins the string that comes after a plus sign to the string before it. It is broken when there are none.
func (r *reader) concatenated(f *frame) status {
	last := r.tree.at(f.index).last
	i := skipSpace(r.text, r.pos+1)
	if i >= len(r.text) && !r.final {
		return more
	}
	if last == 0 || r.tree.at(last).form != formString || i >= len(r.text) || r.text[i] != '"' && r.text[i] != '\'' {
		return broken
	}
	at := r.pos
	r.pos = i
	if r.scan <= i {
		r.reset()
	}
	q, ok := r.quoteAt()
	if !ok {
		r.pos = at
		return more
	}
	r.quoting = q
	if s := r.quoted(f.place()); s != reading {
		r.pos = at
		return s
	}
	before := r.tree.at(last)
	if r.joinedAt != last {
		r.joinedAt, r.joined = last, new(strings.Builder)
		r.joined.WriteString(before.string())
	}
	r.joined.WriteString(r.got.string())
	before.text = r.joined.String()
	before.plain, before.escaped = false, false
	before.fixes |= r.got.fixes | fixQuotes
	return reading
}

// closeAt closes the container f at its own bracket.
func (r *reader) closeAt(f *frame) status {
	v := r.tree.at(f.index)
	v.open = false
	if f.comma {
		v.fixes |= fixComma
	}
	r.pos++
	r.stack = r.stack[:len(r.stack)-1]
	if len(r.stack) == 0 {
		return done
	}
	return reading
}

// wrongClose deals with the bracket of another kind of container: it closes the one around f, if that is of its kind, and is
// passed over if not.
func (r *reader) wrongClose(f *frame) status {
	c := r.text[r.pos]
	if n := len(r.stack); n > 1 && c != ')' && r.stack[n-2].isArray == (c == ']') && r.stack[n-2].isArray != f.isArray {
		v := r.tree.at(f.index)
		v.open = false
		v.fixes |= fixBracket
		r.key, r.keyFixes = "", 0
		r.stack = r.stack[:n-1]
		return r.closeAt(r.top())
	}
	if r.doubtful && len(r.stack) == 1 && (f.isArray || r.tree.at(r.root).first == 0) {
		return broken
	}
	r.pos++
	r.mend(fixBracket)
	return reading
}
