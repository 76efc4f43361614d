package output

// strict checks that a text is JSON which fits a schema as it is. It decides without a word: what it does not take is read
// again by those who repair, and who word errors.
type strict struct {
	scanner
	depth int
	seen  []bool   // of the objects that are open: which properties have come
	keys  []string // of the objects that are open: keys that the schema does not name
	work  int      // how many bytes may still be read again
}

// fitsStrictly reports whether text is JSON that fits n. It may be false for one that does, when unions would have it read the
// text too often.
func fitsStrictly(n *node, text string) bool {
	s := strict{scanner: scanner{text: text}, work: 4*len(text) + 4096}
	var seen [64]bool
	s.seen = seen[:0]
	return s.fits(n) && s.peek() == 0 && s.pos == len(text)
}

func (s *strict) fits(n *node) bool {
	if n.union != nil {
		return s.fitsUnion(n.union)
	}
	if n.free {
		return s.skip(MaxDepth - s.depth)
	}
	switch c := s.peek(); {
	case c == '{':
		return n.kinds&kindObject != 0 && s.fitsObject(n)
	case c == '[':
		return n.kinds&kindArray != 0 && s.fitsArray(n)
	case c == '"':
		return s.fitsString(n)
	case c == 't':
		return s.word("true") && n.takesBool(true)
	case c == 'f':
		return s.word("false") && n.takesBool(false)
	case c == 'n':
		return s.word("null") && n.takesNull()
	case c == '-' || isDigit(c):
		literal, ok := s.number()
		return ok && n.takesNumber(literal)
	}
	return false
}

func (n *node) takesBool(b bool) bool {
	return n.kinds&kindBool != 0 && (n.values == nil || n.values.bool(b))
}

func (n *node) takesNull() bool {
	return n.kinds&kindNull != 0 && (n.values == nil || n.values.null)
}

// takesNumber reports whether a JSON number fits n as it is written.
func (n *node) takesNumber(literal string) bool {
	if n.kinds&kindsNumeric == 0 || !representable(literal) || n.kinds&kindNumber == 0 && !isPlainInteger(literal) {
		return false
	}
	if n.number == nil && n.values == nil {
		return true
	}
	v := newNumber(literal)
	return (n.values == nil || n.values.number(&v)) && (n.number == nil || n.number.broken(&v) == "")
}

func (s *strict) fitsString(n *node) bool {
	body, escaped, ok := s.quoted()
	return ok && n.takesString(body, escaped)
}

// takesString reports whether a string fits n as it is.
func (n *node) takesString(body string, escaped bool) bool {
	if n.kinds&kindString == 0 {
		return false
	}
	if n.text == nil && n.values == nil {
		return true
	}
	text := unescape(body, escaped)
	return (n.values == nil || n.values.has(text)) && n.text.broken(text) == ""
}

func (s *strict) enter() bool {
	s.depth++
	return s.depth <= MaxDepth
}

func (s *strict) fitsArray(n *node) bool {
	start, a := s.pos, n.array
	if a == nil {
		return s.skipArray(MaxDepth-s.depth) && n.takesWhole(s.text[start:s.pos])
	}
	if !s.enter() {
		return false
	}
	s.pos++
	count := 0
	var seen map[string]bool
	for s.peek() != ']' {
		if count > 0 {
			if !s.accept(',') {
				return false
			}
			s.peek()
		}
		item := s.pos
		if !s.fits(a.item(count)) {
			return false
		}
		if a.unique && !addUnique(&seen, s.text[item:s.pos]) {
			return false
		}
		count++
	}
	s.pos++
	s.depth--
	return a.wrongCount(count) == "" && n.takesWhole(s.text[start:s.pos])
}

// takesWhole compares an array or object with the values that n lists.
func (n *node) takesWhole(json string) bool {
	return n.values == nil || n.values.other(json)
}

func (s *strict) fitsObject(n *node) bool {
	start := s.pos
	o := n.object
	if o == nil {
		return s.skipObject(MaxDepth-s.depth) && n.takesWhole(s.text[start:s.pos])
	}
	if !s.enter() {
		return false
	}
	r := strictObject{objectRules: o, seen: len(s.seen), keys: len(s.keys)}
	for range o.props {
		s.seen = append(s.seen, false)
	}
	s.pos++
	for s.peek() != '}' {
		if r.count > 0 && !s.accept(',') {
			return false
		}
		if !s.fitsMember(&r) {
			return false
		}
		r.count++
	}
	s.pos++
	s.seen, s.keys = s.seen[:r.seen], s.keys[:r.keys]
	s.depth--
	return r.required == o.required && o.wrongCount(r.count) == "" && n.takesWhole(s.text[start:s.pos])
}

// strictObject is an object while it is checked.
type strictObject struct {
	*objectRules
	seen, keys int // where its own begin
	next       int // the property that is likely to come next
	required   int // how many required properties have come
	count      int
	others     map[string]bool // keys that the schema does not name, once there are many
}

func (s *strict) fitsMember(r *strictObject) bool {
	body, escaped, ok := s.key()
	if !ok {
		return false
	}
	name := unescape(body, escaped)
	if r.names != nil && r.names.wrongName(name) != "" {
		return false
	}
	i := r.find(name, r.next)
	if i < 0 {
		return !r.closed && s.newKey(r, name) && s.fitsOther(r)
	}
	if s.seen[r.seen+i] {
		return false
	}
	s.seen[r.seen+i] = true
	r.next = i + 1
	p := &r.props[i]
	if p.required {
		r.required++
	}
	return s.fits(p.node)
}

func (s *strict) fitsOther(r *strictObject) bool {
	if r.other == nil {
		return s.skip(MaxDepth - s.depth)
	}
	return s.fits(r.other)
}

const fewKeys = 16

// newKey reports whether a key that the schema does not name comes for the first time.
func (s *strict) newKey(r *strictObject, name string) bool {
	own := s.keys[r.keys:]
	if len(own) < fewKeys {
		for _, k := range own {
			if k == name {
				return false
			}
		}
	} else {
		if r.others == nil {
			r.others = make(map[string]bool, 2*len(own))
			for _, k := range own {
				r.others[k] = true
			}
		}
		if r.others[name] {
			return false
		}
		r.others[name] = true
	}
	s.keys = append(s.keys, name)
	return true
}

// fitsUnion takes the first branch that fits. A tag or the type of the value leaves one branch, most often.
func (s *strict) fitsUnion(u *union) bool {
	t := typeOf(s.peek())
	if t < 0 {
		return false
	}
	branches := u.byType[t]
	if len(branches) == 1 {
		return s.fits(branches[0])
	}
	at := *s
	if t == typeObject && u.tag != "" {
		b := s.tagged(u)
		spent := s.pos - at.pos
		*s = at
		return b != nil && s.again(spent) && s.fits(b)
	}
	for _, b := range branches {
		if s.fits(b) {
			return true
		}
		spent := s.pos - at.pos
		work := s.work
		*s = at
		if s.work = work; !s.again(spent) {
			return false
		}
	}
	return false
}

// again accounts for n bytes that are read once more, which keeps the time linear in the size of the text whatever the schema.
func (s *strict) again(n int) bool {
	s.work -= n + 16
	return s.work >= 0
}

// tagged returns the branch of the tag of the object that begins here, or nil.
func (s *strict) tagged(u *union) *node {
	s.pos++
	for s.peek() != '}' {
		body, escaped, ok := s.key()
		if !ok {
			return nil
		}
		if unescape(body, escaped) == u.tag {
			if s.peek() != '"' {
				return nil
			}
			body, escaped, _ = s.quoted()
			return u.byTag[unescape(body, escaped)]
		}
		if !s.skip(MaxDepth-s.depth) || s.peek() != '}' && !s.accept(',') {
			return nil
		}
	}
	return nil
}
