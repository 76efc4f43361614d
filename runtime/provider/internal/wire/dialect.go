package wire

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Dialect is the part of JSON Schema that a vendor can hold a model to.
type Dialect struct {
	Constraints []string // the keywords that limit a value which the vendor accepts; others are told in the description
	Formats     []string // the values of format that it accepts
	Pattern     func(string) bool
	MinItems    func(int) bool
	MaxRepeat   int      // the largest minItems, maxItems, minLength and maxLength; 0 for no limit
	Open        bool     // takes objects with optional or further properties, arrays of anything, and roots that are no object
	Any         []string // the types that together stand for any JSON; without them it has no such thing
	EnumAlone   bool     // knows no const: a text or number becomes an enum of one, anything else is told
	Recursion   bool     // whether a definition may refer to itself
	Optional    bool     // … but only through properties that may be left out: those that lead back become such
	MaxUnions   int      // anyOf and lists of types, together; 0 for no limit
	MaxProps    int      // properties of all objects together; 0 for no limit
	MaxEnum     int      // enum values of the whole schema; 0 for no limit
	MaxNesting  int      // levels of objects and arrays; 0 for no limit
}

// rewriting is one schema on its way into a dialect.
type rewriting struct {
	Dialect
	unsupported          bool
	unions, props, enums int
}

// structural keywords change what a schema means as a whole; no description can stand for them.
var structural = []string{"allOf", "not", "if", "then", "else", "prefixItems", "contains", "patternProperties", "propertyNames",
	"dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$dynamicAnchor", "$anchor"}

// silent keywords say nothing to a model.
var silent = []string{"$schema", "$id", "$comment", "readOnly", "writeOnly", "deprecated"}

// FormOrAll is Form, or the whole schema on one line where there is no such form: what the vendor does not know, it ignores.
func (d Dialect) FormOrAll(schema string) string {
	if form, ok := d.Form(schema); ok {
		return form
	}
	return Compact(schema)
}

// Form returns the schema as the vendor takes it, keys in their order, with every constraint that it does not take moved
// into the description of the value. ok is false when the vendor cannot hold a model to this schema at all.
func (d Dialect) Form(schema string) (form string, ok bool) {
	root, err := parseNode([]byte(schema))
	if err != nil || root.members == nil {
		return "", false
	}
	root = inlineRoot(root)
	if !d.Open && !isObject(root) || !d.Recursion && recursive(root) {
		return "", false
	}
	if d.Optional {
		loosen(root)
	}
	r := &rewriting{Dialect: d}
	r.schema(root, 0)
	if r.unsupported || over(d.MaxUnions, r.unions) || over(d.MaxProps, r.props) || over(d.MaxEnum, r.enums) {
		return "", false
	}
	return string(root.append(nil)), true
}

func over(limit, n int) bool { return limit > 0 && n > limit }

// isObject says whether a root is an object and nothing else, as vendors want it.
func isObject(root *node) bool {
	t := root.get("type")
	return t != nil && t.text() == "object" && root.get("anyOf") == nil && root.get("oneOf") == nil && root.get("allOf") == nil
}

// inlineRoot replaces a root that only refers to a definition (a recursive type) by that definition: vendors want an object.
func inlineRoot(root *node) *node {
	ref := root.get("$ref")
	if ref == nil {
		return root
	}
	defs := root.get("$defs")
	name, ok := strings.CutPrefix(ref.text(), "#/$defs/")
	if !ok || defs == nil || defs.get(name) == nil {
		return root
	}
	def := defs.get(name)
	merged := &node{members: slices.Clone(def.members)}
	for _, m := range root.members {
		if m.key != "$ref" && merged.get(m.key) == nil {
			merged.members = append(merged.members, m)
		}
	}
	return merged.clone()
}

// schema rewrites one schema in place. What may not stand beside a reference comes back, for the parent to tell.
func (r *rewriting) schema(n *node, depth int) (left string) {
	if len(r.Any) > 0 && string(n.raw) == "true" {
		n.raw, n.members = nil, []member{}
	}
	if n.members == nil { // true or false
		r.unsupported = r.unsupported || string(n.raw) != "false"
		return ""
	}
	if r.MaxNesting > 0 && depth > r.MaxNesting {
		r.unsupported = true
		return ""
	}
	n.flatten()
	if !slices.ContainsFunc(n.members, func(m member) bool { return slices.Contains(kinds, m.key) }) {
		if len(r.Any) == 0 {
			r.unsupported = true
			return ""
		}
		types := &node{items: []*node{}}
		for _, name := range r.Any {
			types.items = append(types.items, textNode(name))
		}
		n.members = slices.Insert(n.members, 0, member{"type", types})
	}
	constant := n.get("const")
	kept := []member{}
	var description string
	var hints []string
	at := -1 // where the description stood
	for _, m := range n.members {
		switch key := m.key; {
		case key == "description":
			description, at = m.value.text(), len(kept)
		case slices.Contains(silent, key):
		case slices.Contains(structural, key):
			r.unsupported = true
		case key == "oneOf":
			kept = append(kept, member{"anyOf", m.value})
		case key == "const" && r.EnumAlone:
			if m.value.isText() || m.value.isNumber() {
				kept = append(kept, member{"enum", &node{items: []*node{m.value}}})
			} else {
				hints = append(hints, "always "+string(m.value.append(nil)))
			}
		case slices.Contains(shape, key) || r.accepts(key, m.value):
			kept = append(kept, m)
		case m.value.raw != nil || slices.Contains(examples, key):
			hints = append(hints, key+": "+m.value.text())
		default: // a keyword with schemas inside
			r.unsupported = true
		}
	}
	if n.members = kept; r.EnumAlone && n.get("type") == nil {
		n.typeOf(constant)
	}
	hints = append(hints, r.children(n, depth)...)
	description = describe(description, hints)
	if ref := n.get("$ref"); ref != nil {
		n.members = []member{{"$ref", ref}}
		return description
	}
	if description == "" {
		return ""
	}
	if at < 0 || at > len(n.members) {
		at = len(n.members)
	}
	n.members = slices.Insert(n.members, at, member{"description", textNode(description)})
	return ""
}

// shape keywords say what a value is; every dialect takes them.
var shape = []string{"type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const", "$ref", "$defs", "title"}

// examples are the keywords whose values are not schemas, whatever they look like.
var examples = []string{"default", "examples"}

// kinds are the keywords of which a schema that is not for any JSON has one.
var kinds = []string{"type", "anyOf", "oneOf", "enum", "const", "$ref"}

func (d *Dialect) accepts(key string, value *node) bool {
	if !slices.Contains(d.Constraints, key) {
		return false
	}
	switch key {
	case "format":
		return slices.Contains(d.Formats, value.text())
	case "pattern":
		return d.Pattern == nil || d.Pattern(value.text())
	case "minItems":
		n, err := strconv.Atoi(string(value.raw))
		return err == nil && (d.MinItems == nil || d.MinItems(n)) && !over(d.MaxRepeat, n)
	case "maxItems", "minLength", "maxLength":
		n, err := strconv.Atoi(string(value.raw))
		return err == nil && !over(d.MaxRepeat, n)
	}
	return true
}

// children rewrites the schemas inside n and returns what they leave to tell.
func (r *rewriting) children(n *node, depth int) (hints []string) {
	tell := func(name, left string) {
		if left != "" {
			hints = append(hints, name+": "+left)
		}
	}
	for _, m := range n.members {
		switch m.key {
		case "type":
			if m.value.items != nil {
				r.unions++
			}
		case "properties":
			r.props += len(m.value.members)
			for _, p := range m.value.members {
				tell(p.key, r.schema(p.value, depth+1))
			}
		case "$defs":
			for _, def := range m.value.members {
				r.schema(def.value, depth)
			}
		case "items":
			tell("items", r.schema(m.value, depth+1))
		case "additionalProperties":
			if m.value.members != nil {
				tell("each", r.schema(m.value, depth+1))
			}
		case "anyOf":
			r.unions++
			for _, variant := range m.value.items {
				tell("one of", r.schema(variant, depth))
			}
		case "enum":
			r.enums += len(m.value.items)
		}
	}
	if !r.Open && (n.hasType("object") && !closed(n) || n.hasType("array") && n.get("items") == nil) {
		r.unsupported = true
	}
	return hints
}

// closed says whether an object allows its properties only, and requires every one.
func closed(n *node) bool {
	if extra := n.get("additionalProperties"); extra == nil || string(extra.raw) != "false" {
		return false
	}
	var required []string
	if r := n.get("required"); r != nil {
		for _, item := range r.items {
			required = append(required, item.text())
		}
	}
	if p := n.get("properties"); p != nil {
		for _, m := range p.members {
			if !slices.Contains(required, m.key) {
				return false
			}
		}
	}
	return true
}

func describe(description string, hints []string) string {
	if len(hints) == 0 {
		return description
	}
	told := "(" + strings.Join(hints, "; ") + ")"
	if description == "" {
		return told
	}
	return description + " " + told
}

// recursive says whether a definition reaches itself.
func recursive(root *node) bool {
	defs := root.get("$defs")
	state := map[string]int{} // 1: on the way, 2: done
	var visit func(n *node) bool
	visit = func(n *node) bool {
		if ref := n.get("$ref"); ref != nil {
			name, ok := strings.CutPrefix(ref.text(), "#/$defs/")
			if !ok || defs == nil || defs.get(name) == nil {
				return true // to the root, or to nowhere
			}
			if state[name] == 1 {
				return true
			}
			if state[name] == 0 {
				state[name] = 1
				if visit(defs.get(name)) {
					return true
				}
				state[name] = 2
			}
		}
		for _, m := range n.members {
			if m.key != "$defs" && visit(m.value) {
				return true
			}
		}
		return slices.ContainsFunc(n.items, visit)
	}
	return visit(root)
}

// Compact returns a schema as it is, without the white space between its tokens.
func Compact(schema string) string {
	var buf bytes.Buffer
	if json.Compact(&buf, []byte(schema)) != nil {
		return schema
	}
	return buf.String()
}

// ToolForm returns a schema as the input of a tool, whose root must be an object: a root that only refers to a definition is
// replaced by it, and one of another kind becomes the property "value" of an object.
func ToolForm(schema string) (form string, wrapped bool) {
	root, err := parseNode([]byte(schema))
	if err != nil || root.members == nil {
		return schema, false
	}
	root = inlineRoot(root)
	if isObject(root) {
		return string(root.append(nil)), false
	}
	value := &node{members: []member{}}
	object := &node{members: []member{
		{"type", textNode("object")},
		{"properties", &node{members: []member{{"value", value}}}},
		{"required", &node{items: []*node{textNode("value")}}},
		{"additionalProperties", &node{raw: []byte("false")}},
	}}
	for _, m := range root.members {
		if m.key == "$defs" {
			object.members = append(object.members, m)
		} else {
			value.members = append(value.members, m)
		}
	}
	return string(object.append(nil)), true
}
