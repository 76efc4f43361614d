package wire

import (
	"bytes"
	"encoding/json"
	"slices"
)

// node is a JSON value whose objects keep the order of their keys: models write properties in the order of the schema.
type node struct {
	members []member // of an object; not nil
	items   []*node  // of an array; not nil
	raw     []byte   // of anything else
}

type member struct {
	key   string
	value *node
}

func parseNode(data []byte) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return readNode(dec)
}

func readNode(dec *json.Decoder) (*node, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		n := &node{members: []member{}}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			value, err := readNode(dec)
			if err != nil {
				return nil, err
			}
			n.members = append(n.members, member{key.(string), value})
		}
		_, err = dec.Token()
		return n, err
	case json.Delim('['):
		n := &node{items: []*node{}}
		for dec.More() {
			value, err := readNode(dec)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, value)
		}
		_, err = dec.Token()
		return n, err
	}
	if s, ok := token.(string); ok {
		return textNode(s), nil
	}
	raw, err := json.Marshal(token)
	return &node{raw: raw}, err
}

func textNode(s string) *node {
	return &node{raw: append(appendEscaped([]byte{'"'}, s), '"')}
}

func (n *node) get(key string) *node {
	for _, m := range n.members {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

func (n *node) remove(key string) {
	n.members = slices.DeleteFunc(n.members, func(m member) bool { return m.key == key })
}

// flatten takes a schema out of an anyOf that has no other: a way to put a description beside a reference, and no union. What
// stands outside wins.
func (n *node) flatten() {
	for {
		list := n.get("anyOf")
		if list == nil || len(list.items) != 1 || list.items[0].members == nil {
			return
		}
		n.remove("anyOf")
		for _, m := range list.items[0].members {
			if n.get(m.key) == nil {
				n.members = append(n.members, m)
			}
		}
	}
}

// hasType says whether a schema names that type, alone or among others.
func (n *node) hasType(name string) bool {
	t := n.get("type")
	return t != nil && (t.text() == name || slices.ContainsFunc(t.items, func(item *node) bool { return item.text() == name }))
}

func (n *node) isText() bool { return len(n.raw) > 0 && n.raw[0] == '"' }

func (n *node) isNumber() bool {
	return len(n.raw) > 0 && (n.raw[0] == '-' || n.raw[0] >= '0' && n.raw[0] <= '9')
}

// typeOf gives a schema the type of a value.
func (n *node) typeOf(value *node) {
	var name string
	switch {
	case value == nil:
		return
	case value.members != nil:
		name = "object"
	case value.items != nil:
		name = "array"
	case value.isText():
		name = "string"
	case value.isNumber():
		name = "number"
	case string(value.raw) == "null":
		name = "null"
	default:
		name = "boolean"
	}
	n.members = slices.Insert(n.members, 0, member{"type", textNode(name)})
}

// text is the value of a string; of anything else, its JSON.
func (n *node) text() string {
	var s string
	if n.raw != nil && json.Unmarshal(n.raw, &s) == nil {
		return s
	}
	return string(n.append(nil))
}

func (n *node) clone() *node {
	copied, err := parseNode(n.append(nil))
	if err != nil { // it was parsed before
		return n
	}
	return copied
}

func (n *node) append(buf []byte) []byte {
	switch {
	case n.members != nil:
		buf = append(buf, '{')
		for i, m := range n.members {
			if i > 0 {
				buf = append(buf, ',')
			}
			buf = append(appendEscaped(append(buf, '"'), m.key), '"', ':')
			buf = m.value.append(buf)
		}
		return append(buf, '}')
	case n.items != nil:
		buf = append(buf, '[')
		for i, item := range n.items {
			if i > 0 {
				buf = append(buf, ',')
			}
			buf = item.append(buf)
		}
		return append(buf, ']')
	}
	return append(buf, n.raw...)
}
