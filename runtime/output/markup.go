package output

import "strings"

// considerMarkup reads the XML elements of the text: what the first holds, or all of them as an object.
func (a *answering) considerMarkup() {
	m := markup{text: a.prose(), tree: a.tree}
	root, ok := m.read()
	if !ok {
		return
	}
	for c := a.tree.at(root).first; c != 0; c = a.tree.at(c).next {
		a.consider(c, costProse, byProse)
	}
	a.consider(root, costProse, byProse)
}

// markup reads XML elements without an XML declaration, as models write them: an element that holds elements is an object,
// several of one name are an array, and any other is text. Attributes count where there is no text. Closing tags may be
// missing.
type markup struct {
	text string
	pos  int
	tree *tree
	open []element
}

// element is one that has not been closed.
type element struct {
	name       string
	index      int32
	text       int // where its text begins
	attributes int32
	children   map[string]int32 // by name
}

// longestElementTag bounds how long a tag may be.
const longestElementTag = 1024

// read returns an object of all elements that stand side by side. It is not ok when there are none.
func (m *markup) read() (root int32, ok bool) {
	root = m.tree.add(0, &value{form: formObject, fixes: fixMarkup})
	m.open = []element{{index: root}}
	for {
		i := strings.IndexByte(m.text[m.pos:], '<')
		if i < 0 {
			break
		}
		m.pos += i
		if !m.tag() {
			m.pos++
		}
	}
	for len(m.open) > 1 {
		m.close(len(m.text), fixTruncated)
	}
	return root, m.tree.at(root).first != 0
}

// tag reads the tag at pos, if there is one.
func (m *markup) tag() bool {
	rest := m.text[m.pos:]
	if strings.HasPrefix(rest, "<![CDATA[") {
		if n := strings.Index(rest, "]]>"); n >= 0 {
			m.pos += n + len("]]>")
			return true
		}
		return false
	}
	end := strings.IndexByte(rest[:min(len(rest), longestElementTag)], '>')
	if end < 2 {
		return false
	}
	name, closes := strings.CutPrefix(rest[1:end], "/")
	name, empty := strings.CutSuffix(name, "/")
	name, attributes, _ := strings.Cut(strings.TrimSpace(name), " ")
	if !isElementName(name) {
		return false
	}
	at := m.pos
	m.pos += end + 1
	if closes {
		m.closeNamed(name, at)
		return true
	}
	if len(m.open) >= MaxDepth {
		return true
	}
	index := m.child(name)
	m.open = append(m.open, element{name: name, text: m.pos, index: index})
	m.attributes(attributes)
	if empty {
		m.close(m.pos, 0)
	}
	return true
}

// child adds a value of that name to the innermost element. The second of a name makes an array of them.
func (m *markup) child(name string) int32 {
	e := &m.open[len(m.open)-1]
	v := value{form: formEmpty, key: name}
	if p := m.tree.at(e.index); p.form == formEmpty {
		p.form = formObject
	}
	if e.children == nil {
		e.children = map[string]int32{}
	}
	c, again := e.children[name]
	if !again {
		e.children[name] = m.tree.add(e.index, &v)
		return e.children[name]
	}
	if first := m.tree.at(c); first.form != formArray || first.inner != listOfElements {
		moved := *first
		moved.key, moved.next = "", 0
		*first = value{form: formArray, inner: listOfElements, key: name, next: first.next}
		m.tree.add(c, &moved)
	}
	v.key = ""
	return m.tree.add(c, &v)
}

// listOfElements marks an array that elements of one name were put in.
const listOfElements = -2

// closeNamed closes the innermost element of that name, and those within it.
func (m *markup) closeNamed(name string, at int) {
	for i := len(m.open) - 1; i > 0; i-- {
		if m.open[i].name == name {
			for len(m.open) > i+1 {
				m.close(at, fixBracket)
			}
			m.close(at, 0)
			return
		}
	}
}

// close ends the innermost element at a position of the text.
func (m *markup) close(at int, f fixes) {
	e := m.open[len(m.open)-1]
	m.open = m.open[:len(m.open)-1]
	v := m.tree.at(e.index)
	v.fixes |= f
	text := strings.TrimSpace(m.text[e.text:at])
	if v.form != formEmpty && (v.count > e.attributes || text == "") {
		return
	}
	v.form, v.first, v.last, v.count = formEmpty, 0, 0, 0 // attributes count for less than text
	if inner, ok := strings.CutPrefix(text, "<![CDATA["); ok {
		v.form, v.text = formString, strings.TrimSuffix(inner, "]]>")
		return
	}
	if text == "" {
		return
	}
	text = entities.Replace(text)
	v.form, _ = literalOf(text)
	v.text, v.plain = text, v.form == formNumber
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&#39;", "'", "&amp;", "&")

// attributes reads name="text" pairs of the innermost element, which has no content of its own then.
func (m *markup) attributes(text string) {
	for {
		name, rest, ok := strings.Cut(text, "=")
		name, rest = strings.TrimSpace(name), strings.TrimSpace(rest)
		if !ok || rest == "" || rest[0] != '"' && rest[0] != '\'' || !isElementName(name) {
			return
		}
		body, after, ok := strings.Cut(rest[1:], rest[:1])
		if !ok {
			return
		}
		v := m.tree.at(m.child(name))
		v.form, v.text = formBare, entities.Replace(body)
		m.open[len(m.open)-1].attributes++
		text = after
	}
}

func isElementName(name string) bool {
	if name == "" || !isLetter(name[0]) && name[0] != '_' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !isLetter(c) && !isDigit(c) && c != '_' && c != '-' && c != '.' && c != ':' {
			return false
		}
	}
	return true
}
