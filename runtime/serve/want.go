package serve

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// describe says in words what a schema wants at a path. Where alternatives want different things it does not choose.
func (p *parameters) describe(steps []step) string {
	nodes := alternatives(p.document, p.document, nil)
	for _, s := range steps {
		nodes = p.inside(nodes, s)
	}
	words := ""
	for _, n := range nodes {
		if w := wordsFor(n); words == "" {
			words = w
		} else if w != words {
			return theSchema
		}
	}
	return cmp.Or(words, theSchema)
}

// inside are the schemas of what is at one step inside of those of nodes.
func (p *parameters) inside(nodes []map[string]any, s step) (inner []map[string]any) {
	for _, n := range nodes {
		inner = alternatives(p.document, child(n, s), inner)
	}
	return inner
}

const theSchema = "what the schema says"

// wordsFor says in words what one schema wants.
func wordsFor(node map[string]any) string {
	if values, ok := node["enum"].([]any); ok && len(values) > 0 {
		return "one of " + list(values)
	}
	switch kind := node["type"].(type) {
	case string:
		return noun(node, kind)
	case []any:
		var all []string
		for _, k := range kind {
			if name, ok := k.(string); ok {
				all = append(all, noun(node, name))
			}
		}
		return strings.Join(all, " or ")
	}
	return theSchema
}

// alternatives adds a schema to nodes: itself, or those of which it takes any. One that is there already is not added: of unions
// within unions there would be twice as many at each step.
func alternatives(document map[string]any, value any, nodes []map[string]any) []map[string]any {
	add := func(n map[string]any) {
		same := func(m map[string]any) bool { return reflect.ValueOf(m).Pointer() == reflect.ValueOf(n).Pointer() }
		if n != nil && !slices.ContainsFunc(nodes, same) {
			nodes = append(nodes, n)
		}
	}
	node := resolve(document, value)
	branches, ok := node["anyOf"].([]any)
	if !ok {
		add(node)
	}
	for _, b := range branches {
		add(resolve(document, b))
	}
	return nodes
}

// child is the schema of what is at one step inside.
func child(node map[string]any, s step) any {
	if !s.isIndex {
		properties, _ := node["properties"].(map[string]any)
		if inner, ok := properties[s.key]; ok {
			return inner
		}
		return node["additionalProperties"]
	}
	if prefix, _ := node["prefixItems"].([]any); s.index < len(prefix) {
		return prefix[s.index]
	}
	return node["items"]
}

// resolve follows references within the document. It is nil for what is no object, and for references that lead nowhere.
func resolve(document map[string]any, value any) map[string]any {
	for range 32 {
		node, _ := value.(map[string]any)
		ref, ok := node["$ref"].(string)
		if !ok {
			return node
		}
		name, ok := strings.CutPrefix(ref, "#/$defs/")
		if !ok {
			return nil
		}
		defs, _ := document["$defs"].(map[string]any)
		value = defs[unescape.Replace(name)]
	}
	return nil
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

func noun(node map[string]any, kind string) string {
	switch kind {
	case "string":
		if format, ok := node["format"].(string); ok {
			return "a string of the format " + format
		}
		if pattern, ok := node["pattern"].(string); ok {
			return "a string that matches " + pattern
		}
	case "null":
		return "null"
	case "integer", "array", "object":
		return "an " + kind
	}
	return "a " + kind
}

func list(values []any) string {
	all := make([]string, len(values))
	for i, v := range values {
		text, _ := json.Marshal(v)
		all[i] = string(text)
	}
	last := len(all) - 1
	if last == 0 {
		return all[0]
	}
	return strings.Join(all[:last], ", ") + " or " + all[last]
}
