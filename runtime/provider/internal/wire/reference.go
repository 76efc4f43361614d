package wire

import (
	"slices"
	"strings"
)

// mostNodes bounds how large a schema may become when its definitions are copied to where they are used.
const mostNodes = 10_000

// Inline returns a schema with each reference replaced by what it refers to, for a server that knows none. A reference that
// leads back to itself says only of what type the value is. A schema that this would blow up stays as it is.
func Inline(schema string) string {
	root, err := parseNode([]byte(schema))
	if err != nil || root.members == nil {
		return schema
	}
	in := inlining{defs: root.get("$defs"), left: mostNodes}
	root.remove("$defs")
	in.expand(root, nil)
	if in.left <= 0 {
		return Compact(schema)
	}
	return string(root.append(nil))
}

type inlining struct {
	defs *node
	left int // nodes that may still be written
}

// expand replaces the references in n; open are the definitions that n is part of.
func (in *inlining) expand(n *node, open []string) {
	if in.left--; in.left <= 0 {
		return
	}
	for ref := n.get("$ref"); ref != nil; ref = n.get("$ref") {
		name, _ := strings.CutPrefix(ref.text(), "#/$defs/")
		n.remove("$ref")
		def := in.definition(name)
		if def == nil {
			break
		}
		again := slices.Contains(open, name)
		for _, m := range def.clone().members {
			if n.get(m.key) == nil && (!again || m.key == "type" || m.key == "description") {
				n.members = append(n.members, m)
			}
		}
		if again {
			break
		}
		open = append(open[:len(open):len(open)], name)
	}
	for _, m := range n.members {
		in.expand(m.value, open)
	}
	for _, item := range n.items {
		in.expand(item, open)
	}
}

func (in *inlining) definition(name string) *node {
	if in.defs == nil {
		return nil
	}
	return in.defs.get(name)
}

// loosen takes the properties out of required that lead back to the definition which they are part of.
func loosen(root *node) {
	defs := root.get("$defs")
	if defs == nil {
		return
	}
	for _, def := range defs.members {
		loosenIn(def.value, func(property *node) bool { return leads(property, def.key, defs, map[string]bool{}) })
	}
}

func loosenIn(n *node, back func(*node) bool) {
	if properties, required := n.get("properties"), n.get("required"); properties != nil && required != nil {
		required.items = slices.DeleteFunc(required.items, func(item *node) bool {
			property := properties.get(item.text())
			return property != nil && back(property)
		})
	}
	for _, m := range n.members {
		loosenIn(m.value, back)
	}
	for _, item := range n.items {
		loosenIn(item, back)
	}
}

// leads says whether n refers to a definition, by way of others too.
func leads(n *node, to string, defs *node, seen map[string]bool) bool {
	if ref := n.get("$ref"); ref != nil {
		name, _ := strings.CutPrefix(ref.text(), "#/$defs/")
		if name == to {
			return true
		}
		if def := defs.get(name); def != nil && !seen[name] {
			seen[name] = true
			if leads(def, to, defs, seen) {
				return true
			}
		}
	}
	return slices.ContainsFunc(n.members, func(m member) bool { return leads(m.value, to, defs, seen) }) ||
		slices.ContainsFunc(n.items, func(item *node) bool { return leads(item, to, defs, seen) })
}
