package output

import (
	"slices"
	"strings"
)

// lane is the fast lane of a stream: it reads strict JSON that fits the schema as it is, and shows the text itself. Where
// the text is anything else, or where it is not clear at once what the schema wants, it gives up, and the others read the
// text again.
type lane struct {
	out      []byte          // what is shown, with room for the brackets that are missing
	text     string          // what is not shown yet
	buf      strings.Builder // that text stands at the end of, if buffered is set
	buffered bool
	pos      int // up to where it is read
	cut      int // up to where it is to be shown

	stack []lanePart
	seen  []bool // of the objects that are open: which properties have come
	state laneState
	node  *node // of the value that comes, or is being read
	left  bool  // it has given up

	from    int  // where the token at hand begins; below 0 when that is shown
	escaped bool // there are escapes in it
	grows   bool // it is a string that is shown while it grows
}

// lanePart is an array or object that is open.
type lanePart struct {
	object *objectRules
	array  *arrayRules
	union  *union // whose tag is to come first, when that is not known yet
	seen   int    // where its own begin
	count  int
	next   int             // the property that is likely to come next
	needed int             // how many required properties are missing
	others map[string]bool // keys that the schema does not name
}

type laneState uint8

const (
	laneValue   laneState = iota // a value is expected
	laneItem                     // a value, or the end of the array
	laneKey                      // a key, or the end of the object
	laneNext                     // a key
	laneColon                    // the colon after a key
	laneTag                      // the tag of an object
	laneAfter                    // a comma or a bracket
	laneString                   // within a string
	laneName                     // within a key
	laneTagName                  // within a tag
	laneScalar                   // within a number or literal
	laneDone
)

// mostPending is how much may be read that is not shown, in bytes: a longer value is not for the lane, which reads it anew each time.
const mostPending = 1 << 10

// read goes on with delta. It is false when the lane gives up.
func (l *lane) read(delta string) bool {
	l.add(delta)
	for !l.left && l.step() {
	}
	if !l.left && l.state == laneString && l.grows {
		l.show(l.pos - splitPair(l.text[max(l.from, 0):l.pos]))
	}
	l.copy()
	return !l.left && len(l.text) <= mostPending
}

// add appends delta to the text. Without text before it, nothing is copied; else there is one allocation for many deltas.
func (l *lane) add(delta string) {
	if l.text == "" {
		l.text, l.buffered = delta, false
		return
	}
	need := len(delta)
	if !l.buffered {
		need += len(l.text)
	}
	if l.buf.Cap()-l.buf.Len() < need {
		l.buf = strings.Builder{}
		l.buf.Grow(max(4*mostPending, len(l.text)+len(delta)))
		l.buffered = false
	}
	if !l.buffered {
		l.buf.WriteString(l.text)
		l.buffered = true
	}
	l.buf.WriteString(delta)
	all := l.buf.String()
	l.text = all[len(all)-len(l.text)-len(delta):]
}

// show shows the text up to a position.
func (l *lane) show(to int) { l.cut = max(l.cut, to) }

// copy moves to out what is to be shown.
func (l *lane) copy() {
	n := l.cut
	if cap(l.out)-len(l.out) < n+MaxDepth {
		l.out = slices.Grow(l.out, max(n+MaxDepth, cap(l.out), smallAnswer))
	}
	l.out = append(l.out, l.text[:n]...)
	l.text = l.text[n:]
	l.pos, l.from, l.cut = l.pos-n, l.from-n, 0
}

// json returns what is shown, with the brackets that are missing; nil if nothing is.
func (l *lane) json() []byte {
	if len(l.out) == 0 {
		return nil
	}
	b := l.out
	if l.state == laneString && l.grows && l.from < 0 {
		b = append(b, '"')
	}
	for i := len(l.stack) - 1; i >= 0; i-- {
		switch part := &l.stack[i]; {
		case part.union != nil: // not shown yet
		case part.array != nil:
			b = append(b, ']')
		default:
			b = append(b, '}')
		}
	}
	l.out = b[:len(l.out)]
	return b
}

// step reads a token, or a part of one. It is false when more text is needed.
func (l *lane) step() bool {
	switch l.state {
	case laneString, laneName, laneTagName:
		return l.string()
	case laneScalar:
		return l.scalar()
	}
	l.pos = skipSpace(l.text, l.pos)
	if l.pos >= len(l.text) {
		return false
	}
	c := l.text[l.pos]
	switch l.state {
	case laneItem, laneValue:
		if c == ']' && l.state == laneItem {
			l.close()
			return true
		}
		l.begin(c)
	case laneKey, laneNext:
		if c == '}' && l.state == laneKey {
			l.close()
			return true
		}
		l.left = c != '"'
		l.token(laneName)
		l.pos++
	case laneColon:
		l.left = c != ':'
		l.pos++
		if l.state = laneValue; l.node == nil {
			l.state = laneTag
		}
	case laneTag:
		l.left = c != '"'
		l.token(laneTagName)
		l.pos++
	case laneAfter:
		l.after(c)
	case laneDone:
		l.left = true
	}
	return true
}

// token notes that a token begins at pos.
func (l *lane) token(s laneState) {
	l.state, l.from, l.escaped, l.grows = s, l.pos, false, false
}

// after reads what follows a value.
func (l *lane) after(c byte) {
	top := &l.stack[len(l.stack)-1]
	switch {
	case c == ',' && top.array != nil:
		l.left = top.array.maxItems >= 0 && top.count >= top.array.maxItems
		l.node = top.array.item(top.count)
		l.state = laneValue
	case c == ',':
		l.state = laneNext
	case c == '}' && top.array == nil || c == ']' && top.array != nil:
		l.close()
		return
	default:
		l.left = true
	}
	l.pos++
}

// begin begins the value at pos, which starts with c.
func (l *lane) begin(c byte) {
	n := l.node
	t := typeOf(c)
	if t < 0 {
		l.left = true
		return
	}
	if t == typeArray || t == typeObject {
		l.open(n, t)
		return
	}
	if len(l.stack) == 0 { // a scalar alone may turn out to be the beginning of a text
		l.left = true
		return
	}
	if t != typeString {
		l.token(laneScalar)
		return
	}
	l.token(laneString)
	l.grows = n.takesAnyString()
	l.pos++
}

// open begins an array or object, if it is clear what the schema wants in it.
func (l *lane) open(n *node, t int) {
	part := lanePart{seen: len(l.seen)}
	if u := n.union; u != nil {
		switch of := u.byType[t]; {
		case len(of) == 1:
			n = of[0]
		case t == typeObject && u.tag != "":
			part.union = u
		default:
			l.left = true
			return
		}
	}
	if len(l.stack) >= MaxDepth || part.union == nil && (n.union != nil || n.values != nil || n.kinds&typeKinds[t] == 0) {
		l.left = true
		return
	}
	switch {
	case part.union != nil:
		l.state = laneNext
	case t == typeObject:
		l.state = laneKey
		part.setObject(l, n)
	default:
		if part.array = n.array; part.array == nil {
			part.array = anyArray
		}
		l.left = part.array.unique || part.array.maxItems == 0
		l.state = laneItem
		l.node = part.array.item(0)
	}
	l.stack = append(l.stack, part)
	l.pos++
	if part.union == nil && len(l.stack) > 1 { // a bracket alone says nothing
		l.show(l.pos)
	}
}

// setObject says what the schema wants in an object.
func (p *lanePart) setObject(l *lane, n *node) {
	if p.object = n.object; p.object == nil {
		p.object = anyObject
	}
	p.needed = p.object.required
	for range p.object.props {
		l.seen = append(l.seen, false)
	}
}

// close ends the innermost array or object.
func (l *lane) close() {
	top := &l.stack[len(l.stack)-1]
	if top.array != nil {
		l.left = top.array.wrongCount(top.count) != ""
	} else {
		l.left = top.needed > 0 || top.object.wrongCount(top.count) != ""
		l.seen = l.seen[:top.seen]
	}
	if l.left {
		return
	}
	l.stack = l.stack[:len(l.stack)-1]
	l.pos++
	l.valueEnds()
}

// valueEnds notes that a value ends at pos.
func (l *lane) valueEnds() {
	l.show(l.pos)
	if len(l.stack) == 0 {
		l.state = laneDone
		return
	}
	l.stack[len(l.stack)-1].count++
	l.state = laneAfter
}

// string reads on in a string or key.
func (l *lane) string() bool {
	text, i := l.text, l.pos
	for {
		if i = strictStops.indexIn(text, i); i >= len(text) {
			break
		}
		c := text[i]
		if c == '"' {
			l.pos = i + 1
			body := ""
			if !l.grows {
				body = text[l.from+1 : i]
			}
			l.endString(body)
			return true
		}
		n := 0
		if c == '\\' {
			n = escapeLen(text[i:])
		}
		if n == 0 {
			l.pos = i
			l.left = c != '\\' || len(text)-i >= 6
			return false
		}
		l.escaped = true
		i += n
	}
	l.pos = i
	return false
}

func (l *lane) endString(body string) {
	switch l.state {
	case laneName:
		l.key(unescape(body, l.escaped))
		return
	case laneTagName:
		l.tag(body)
		return
	}
	if l.left = !l.grows && !l.node.any(typeString, func(n *node) bool { return n.takesString(body, l.escaped) }); !l.left {
		l.valueEnds()
	}
}

// any reports whether a branch of n, or n itself, takes a value that begins like that.
func (n *node) any(t int, takes func(*node) bool) bool {
	if n.union == nil {
		return takes(n)
	}
	for _, b := range n.union.byType[t] {
		if b.any(t, takes) {
			return true
		}
	}
	return false
}

// key reads the colon after a key, and finds out what the schema wants there.
func (l *lane) key(name string) {
	top := &l.stack[len(l.stack)-1]
	if top.union != nil {
		l.left = name != top.union.tag
		l.node = nil
	} else {
		l.left = !l.property(top, name)
	}
	l.state = laneColon
}

// tag finds out which branch of a union the innermost object is.
func (l *lane) tag(body string) {
	top := &l.stack[len(l.stack)-1]
	u := top.union
	n := u.byTag[unescape(body, l.escaped)]
	if n == nil || n.object == nil || n.values != nil {
		l.left = true
		return
	}
	top.union = nil
	top.setObject(l, n)
	if l.left = !l.property(top, u.tag) || !l.node.takesString(body, l.escaped); !l.left {
		l.valueEnds()
	}
}

// property finds what the schema wants under a key. It is false when the key may not come, or comes again.
func (l *lane) property(top *lanePart, name string) bool {
	o := top.object
	if o.names != nil && o.names.wrongName(name) != "" {
		return false
	}
	j := o.find(name, top.next)
	if j < 0 {
		if o.closed || top.others[name] {
			return false
		}
		if top.others == nil {
			top.others = map[string]bool{}
		}
		top.others[name] = true
		if l.node = o.other; l.node == nil {
			l.node = freeNode
		}
		return true
	}
	if l.seen[top.seen+j] {
		return false
	}
	l.seen[top.seen+j] = true
	top.next = j + 1
	if o.props[j].required {
		top.needed--
	}
	l.node = o.props[j].node
	return true
}

// scalar reads on in a number or literal.
func (l *lane) scalar() bool {
	i := l.pos
	for i < len(l.text) && (isLetter(l.text[i]) || isDigit(l.text[i]) || strings.IndexByte("+-.", l.text[i]) >= 0) {
		i++
	}
	l.pos = i
	if i >= len(l.text) {
		return false
	}
	token := l.text[l.from:i]
	if l.left = !l.node.any(typeOf(token[0]), func(n *node) bool { return n.takesScalar(token) }); !l.left {
		l.valueEnds()
	}
	return true
}

// takesScalar reports whether a number or literal fits n as it is.
func (n *node) takesScalar(token string) bool {
	switch token {
	case "true", "false":
		return n.takesBool(token == "true")
	case "null":
		return n.takesNull()
	}
	return numberLen(token) == len(token) && n.takesNumber(token)
}
