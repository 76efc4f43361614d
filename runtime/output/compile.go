package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// Compile reads a JSON Schema of the 2020-12 dialect. References must stay within the schema. Patterns are compiled with
// package regexp: one that it does not take, such as a look-ahead, is an error.
func Compile(schema []byte) (*Parser, error) {
	decoder := json.NewDecoder(bytes.NewReader(schema))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return nil, fmt.Errorf("output: the schema is not JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("output: the schema is followed by more text")
	}
	c := compiler{root: root, nodes: map[string]*node{}, aliases: map[string]bool{}, complete: true}
	n, err := c.located("")
	if err != nil {
		return nil, fmt.Errorf("output: schema: %w", err)
	}
	if err := c.finish(); err != nil {
		return nil, fmt.Errorf("output: schema: %w", err)
	}
	p := &Parser{root: n, value: wrappedValue(n), complete: c.complete}
	if p.value != nil { // the node may be referred to from elsewhere, where it wraps nothing
		root := *n
		root.wrapper = true
		p.root = &root
	}
	return p, nil
}

// wrappedValue returns the node of "value" when that is the only property and required, else nil.
func wrappedValue(n *node) *node {
	if n.kinds != kindObject || n.object == nil || n.values != nil || !n.object.closed {
		return nil
	}
	if p := n.object.props; len(p) == 1 && p[0].name == "value" && p[0].required {
		return p[0].node
	}
	return nil
}

var freeNode = &node{kinds: kindsAll, free: true, want: "a JSON value"}

// maxNodes bounds what a schema may grow to when its references and alternatives are combined.
const maxNodes = 50_000

// compiler makes nodes of the schemas of one document.
type compiler struct {
	root     any
	nodes    map[string]*node // by pointer, or by text for schemas that were made by merging
	all      []*node
	aliases  map[string]bool // pointers of the references that are being followed
	complete bool
}

// site is a schema and its place in the document.
type site struct {
	raw  any
	at   string // JSON pointer, for messages
	key  string // what it is remembered under: the pointer, or the text of a schema that was made by merging
	base string // pointer of the schema that "#" means here: the innermost around it with its own $id, or the root
}

func (s site) child(raw any, tokens ...string) site {
	s.raw = raw
	for _, t := range tokens {
		t = "/" + pointerEscaper.Replace(t)
		s.at += t
		s.key += t
	}
	if m, ok := raw.(map[string]any); ok {
		if _, ok := m["$id"].(string); ok {
			s.base = s.at
		}
	}
	return s
}

var (
	pointerEscaper   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// schemaError is a mistake in the schema.
func schemaError(at, format string, args ...any) error {
	return fmt.Errorf("#%s: %s", at, fmt.Sprintf(format, args...))
}

// located compiles the schema at a JSON pointer of the document, once.
func (c *compiler) located(at string) (*node, error) {
	if n, ok := c.nodes[at]; ok {
		return n, nil
	}
	s, err := c.resolve(at)
	if err != nil {
		return nil, err
	}
	return c.compile(s)
}

// resolve follows a JSON pointer (RFC 6901) from the root.
func (c *compiler) resolve(at string) (site, error) {
	s := site{raw: c.root}
	if at == "" {
		return s, nil
	}
	for token := range strings.SplitSeq(at[1:], "/") {
		token = pointerUnescaper.Replace(token)
		var next any
		switch parent := s.raw.(type) {
		case map[string]any:
			next = parent[token]
		case []any:
			if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(parent) {
				next = parent[i]
			}
		}
		if next == nil {
			return s, schemaError(at, "there is no schema here")
		}
		s = s.child(next, token)
	}
	return s, nil
}

// compile makes the node of a schema.
func (c *compiler) compile(s site) (*node, error) {
	if n, ok := c.nodes[s.key]; ok {
		return n, nil
	}
	switch raw := s.raw.(type) {
	case bool:
		if raw {
			return freeNode, nil
		}
		return c.add(s.key, &node{want: "nothing"}), nil
	case map[string]any:
		return c.compileObject(raw, s)
	}
	return nil, schemaError(s.at, "want a schema: an object or a boolean")
}

func (c *compiler) compileObject(raw map[string]any, s site) (*node, error) {
	if len(c.all) >= maxNodes {
		return nil, schemaError(s.at, "the schema grows too large when its references are combined")
	}
	m, merged, err := c.expand(raw, s)
	if err != nil {
		return nil, err
	}
	if target, ok := m["$ref"].(string); ok {
		return c.alias(s, target)
	}
	if !merged {
		n := c.add(s.key, &node{kinds: kindsAll})
		return n, c.fill(n, m, s)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, schemaError(s.at, "%v", err)
	}
	original := s.key
	s.key = "=" + s.base + string(text)
	n, ok := c.nodes[s.key]
	if ok {
		c.nodes[original] = n
		return n, nil
	}
	n = c.add(original, &node{kinds: kindsAll})
	c.nodes[s.key] = n
	return n, c.fill(n, m, s)
}

func (c *compiler) add(key string, n *node) *node {
	c.nodes[key] = n
	c.all = append(c.all, n)
	return n
}

// alias returns the node that a schema with nothing but a reference stands for.
func (c *compiler) alias(s site, ref string) (*node, error) {
	target, err := s.target(ref)
	if err != nil {
		return nil, err
	}
	if c.aliases[s.key] {
		return nil, schemaError(s.at, "the references go round in a circle")
	}
	c.aliases[s.key] = true
	defer delete(c.aliases, s.key)
	n, err := c.located(target)
	if err != nil {
		return nil, err
	}
	c.nodes[s.key] = n
	return n, nil
}

// target returns the JSON pointer of what a reference in s means.
func (s site) target(ref string) (string, error) {
	if ref == "#" {
		return s.base, nil
	}
	if pointer, err := url.PathUnescape(ref); err == nil && strings.HasPrefix(pointer, "#/") {
		return s.base + pointer[1:], nil
	}
	return "", schemaError(s.at, "$ref %q: want a reference within the schema, like #/$defs/Name", ref)
}
