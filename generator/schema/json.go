package schema

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// node is one JSON Schema. Keys are written in the order of keywords, so that two runs write the same bytes.
type node map[string]any

// property is one entry of a node's "properties", which keeps the order of the Go fields.
type property struct {
	name string
	node node
}

// entry is one definition under "$defs": a node, or somebody's own JSON.
type entry struct {
	name   string
	schema any
}

// keywords is every key that a node may have, in the order in which they are written.
var keywords = []string{
	"$ref", "title", "description", "type", "const", "enum", "format", "contentEncoding", "pattern", "minLength", "maxLength",
	"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf",
	"anyOf", "allOf", "items", "minItems", "maxItems", "uniqueItems",
	"propertyNames", "properties", "required", "additionalProperties", "minProperties", "maxProperties",
	"default", "examples", "$defs",
}

// ranks are the places of the keywords in that order.
var ranks = func() map[string]int {
	ranks := make(map[string]int, len(keywords))
	for i, k := range keywords {
		ranks[k] = i
	}
	return ranks
}()

// clone returns a copy that can be changed without changing n; what its keys hold is shared.
func (n node) clone() node {
	c := make(node, len(n)+2)
	for k, v := range n {
		c[k] = v
	}
	return c
}

// text returns the node as JSON, indented with tabs.
func (n node) text() string {
	var w writer
	w.Grow(1 << 10)
	w.value(n, 0)
	return w.String()
}

// writer writes nodes and what they hold. Lists of scalars stay on one line.
type writer struct {
	strings.Builder
	bare  bool                 // leave out what only describes
	elide func(part node) bool // parts for which true is written; may be nil
}

// annotations are the keywords that a bare schema does without.
var annotations = []string{"title", "description", "default", "examples"}

func (w *writer) value(v any, depth int) {
	switch v := v.(type) {
	case node:
		if w.elide != nil && depth > 0 && w.elide(v) {
			w.WriteString("true")
			return
		}
		w.node(v, depth)
	case []property:
		w.block('{', '}', len(v), depth, func(i int) {
			w.key(v[i].name)
			w.value(v[i].node, depth+1)
		})
	case []entry:
		w.block('{', '}', len(v), depth, func(i int) {
			w.key(v[i].name)
			w.value(v[i].schema, depth+1)
		})
	case []node:
		w.block('[', ']', len(v), depth, func(i int) { w.value(v[i], depth+1) })
	case []any:
		w.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				w.WriteString(", ")
			}
			w.scalar(e)
		}
		w.WriteByte(']')
	case *definition:
		w.string("#/$defs/" + v.name)
	case json.RawMessage:
		w.raw(v, depth)
	default:
		w.scalar(v)
	}
}

func (w *writer) node(n node, depth int) {
	w.WriteByte('{')
	var room [16]int
	present := room[:0]
	for k := range n {
		if rank, ok := ranks[k]; ok && !(w.bare && slices.Contains(annotations, k)) {
			present = append(present, rank)
		}
	}
	slices.Sort(present)
	for i, rank := range present {
		if i > 0 {
			w.WriteByte(',')
		}
		w.line(depth + 1)
		w.key(keywords[rank])
		w.value(n[keywords[rank]], depth+1)
	}
	if len(present) > 0 {
		w.line(depth)
	}
	w.WriteByte('}')
}

func (w *writer) block(open, end byte, n, depth int, item func(int)) {
	w.WriteByte(open)
	for i := range n {
		if i > 0 {
			w.WriteByte(',')
		}
		w.line(depth + 1)
		item(i)
	}
	if n > 0 {
		w.line(depth)
	}
	w.WriteByte(end)
}

func (w *writer) line(depth int) {
	w.WriteByte('\n')
	const tabs = "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t"
	for ; depth > len(tabs); depth -= len(tabs) {
		w.WriteString(tabs)
	}
	w.WriteString(tabs[:depth])
}

// raw writes somebody's own JSON, indented anew.
func (w *writer) raw(text json.RawMessage, depth int) {
	w.WriteString(indent(text, strings.Repeat("\t", depth)))
}

func (w *writer) scalar(v any) {
	switch v := v.(type) {
	case string:
		w.string(v)
	case bool:
		w.WriteString(strconv.FormatBool(v))
	case int:
		w.WriteString(strconv.Itoa(v))
	case json.Number:
		w.WriteString(v.String())
	case nil:
		w.WriteString("null")
	}
}

func (w *writer) key(name string) {
	w.string(name)
	w.WriteString(": ")
}

// string writes a JSON string without the escapes that only HTML needs.
func (w *writer) string(s string) {
	if !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) {
		w.WriteByte('"')
		w.WriteString(s)
		w.WriteByte('"')
		return
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // a string always encodes
		w.WriteString(strconv.Quote(s))
		return
	}
	w.WriteString(strings.TrimSuffix(b.String(), "\n"))
}
