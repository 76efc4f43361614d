package alloy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

type shapeKey struct{}

// shapeText asks for an answer of the command's schema in words, for models whose vendors do not hold them to a schema.
func (c *command) shapeText() string {
	text, err := c.output.Derive(shapeKey{}, func(s *Schema) (any, error) { return shape(s.Text()) })
	if err != nil {
		return "Answer with JSON only, that fits this JSON Schema:\n" + c.output.Text()
	}
	return "Answer with JSON only, of this type:\n" + text.(string)
}

// shape writes a JSON Schema as a type in the notation of TypeScript, which is a third as long and which models read as well.
func shape(schema string) (string, error) {
	dec := json.NewDecoder(strings.NewReader(schema))
	dec.UseNumber()
	root, err := ordered(dec)
	if err != nil {
		return "", err
	}
	object, ok := root.(members)
	if !ok {
		return "any", nil
	}
	w := shaper{}
	w.node(object, 0)
	if defs, ok := object.get("$defs").(members); ok {
		for _, def := range defs {
			w.WriteString("\n" + def.key + " = ")
			w.node(def.value, 0)
		}
	}
	return w.String(), nil
}

// members is a JSON object in the order of its text.
type members []member

type member struct {
	key   string
	value any
}

func (m members) get(key string) any {
	for i := range m {
		if m[i].key == key {
			return m[i].value
		}
	}
	return nil
}

// ordered reads one JSON value, its objects as members.
func ordered(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		all := members{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			value, err := ordered(dec)
			if err != nil {
				return nil, err
			}
			all = append(all, member{key.(string), value})
		}
		_, err = dec.Token()
		return all, err
	case json.Delim('['):
		all := []any{}
		for dec.More() {
			value, err := ordered(dec)
			if err != nil {
				return nil, err
			}
			all = append(all, value)
		}
		_, err = dec.Token()
		return all, err
	}
	return token, nil
}

type shaper struct{ strings.Builder }

// node writes the type of one schema.
func (w *shaper) node(schema any, depth int) {
	m, ok := schema.(members)
	if !ok {
		w.WriteString("any")
		return
	}
	if ref, ok := m.get("$ref").(string); ok {
		w.WriteString(ref[strings.LastIndexByte(ref, '/')+1:])
		return
	}
	if values, ok := m.get("enum").([]any); ok {
		w.join(values, func(v any) { w.literal(v) })
		return
	}
	if v := m.get("const"); v != nil {
		w.literal(v)
		return
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if branches, ok := m.get(key).([]any); ok {
			w.join(branches, func(v any) { w.node(v, depth) })
			return
		}
	}
	switch t := m.get("type").(type) {
	case string:
		w.typed(t, m, depth)
	case []any:
		w.join(t, func(v any) { w.typed(fmt.Sprint(v), m, depth) })
	default:
		w.WriteString("any")
	}
}

func (w *shaper) join(all []any, write func(any)) {
	for i, v := range all {
		if i > 0 {
			w.WriteString(" | ")
		}
		write(v)
	}
}

func (w *shaper) literal(v any) {
	text, err := plainJSON(v)
	if err != nil {
		text = fmt.Sprint(v)
	}
	w.WriteString(text)
}

func (w *shaper) typed(name string, m members, depth int) {
	switch name {
	case "array":
		w.WriteString("Array<")
		w.node(m.get("items"), depth)
		w.WriteString(">")
	case "object":
		w.object(m, depth)
	default:
		w.WriteString(name)
	}
}

func (w *shaper) object(m members, depth int) {
	properties, _ := m.get("properties").(members)
	if of, ok := m.get("additionalProperties").(members); ok && len(properties) == 0 {
		w.WriteString("{[key: string]: ")
		w.node(of, depth)
		w.WriteString("}")
		return
	}
	if len(properties) == 0 {
		w.WriteString("{}")
		return
	}
	required, _ := m.get("required").([]any)
	indent := "\n" + strings.Repeat("  ", depth+1)
	w.WriteString("{")
	for _, p := range properties {
		w.WriteString(indent)
		w.literal(p.key)
		if !slices.Contains(required, any(p.key)) {
			w.WriteString("?")
		}
		w.WriteString(": ")
		w.node(p.value, depth+1)
		w.remark(p.value)
	}
	w.WriteString(indent[:len(indent)-2] + "}")
}

// limits are the keywords that a remark repeats.
var limits = []string{"format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
	"minLength", "maxLength", "minItems", "maxItems", "uniqueItems"}

// remark writes what the type itself does not say: the limits and the description.
func (w *shaper) remark(schema any) {
	m, _ := schema.(members)
	var remarks []string
	for _, key := range limits {
		if v := m.get(key); v != nil {
			remarks = append(remarks, fmt.Sprintf("%s %v", key, v))
		}
	}
	if text, ok := m.get("description").(string); ok && text != "" {
		remarks = append(remarks, strings.Join(strings.Fields(text), " "))
	}
	if len(remarks) > 0 {
		w.WriteString(" // " + strings.Join(remarks, "; "))
	}
}
