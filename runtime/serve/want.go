package serve

import (
	"encoding/json"
	"strings"
)

// describe says in words what a schema wants at a path.
func describe(document map[string]any, steps []step) string {
	node := resolve(document, document)
	for _, s := range steps {
		node = resolve(document, child(node, s))
	}
	if node == nil {
		return "what the schema says"
	}
	if values, ok := node["enum"].([]any); ok && len(values) > 0 {
		return "one of " + list(values)
	}
	switch kind := node["type"].(type) {
	case string:
		return noun(kind)
	case []any:
		var all []string
		for _, k := range kind {
			if name, ok := k.(string); ok {
				all = append(all, noun(name))
			}
		}
		return strings.Join(all, " or ")
	}
	return "what the schema says"
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

func noun(kind string) string {
	switch kind {
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
	return strings.Join(all, ", ")
}
