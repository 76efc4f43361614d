// Package schematest draws random JSON Schemas, and values that fit them or nearly do, for property tests.
package schematest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"pgregory.net/rapid"
)

type schema = map[string]any

// Schema draws a JSON Schema that some value fits, of the keywords that package output checks.
func Schema() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		d := &drawer{t: t}
		root := d.schema(3)
		if d.recursive {
			root["$defs"] = schema{"Node": schema{
				"type":                 "object",
				"properties":           schema{"name": schema{"type": "string"}, "next": schema{"anyOf": []any{schema{"$ref": "#/$defs/Node"}, schema{"type": "null"}}}},
				"required":             []any{"name", "next"},
				"additionalProperties": false,
			}}
		}
		text, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	})
}

type drawer struct {
	t         *rapid.T
	recursive bool // a reference to Node was drawn
}

func (d *drawer) bool(label string) bool { return rapid.Bool().Draw(d.t, label) }

func (d *drawer) int(lo, hi int, label string) int { return rapid.IntRange(lo, hi).Draw(d.t, label) }

func pick[T any](d *drawer, label string, from ...T) T {
	return rapid.SampledFrom(from).Draw(d.t, label)
}

func (d *drawer) schema(depth int) schema {
	kinds := []string{"string", "text", "integer", "number", "boolean", "enum", "const", "types"}
	if depth > 0 {
		kinds = append(kinds, "array", "object", "object", "map", "nullable", "union", "tagged", "recursive")
	}
	switch pick(d, "kind", kinds...) {
	case "string":
		return schema{"type": "string"}
	case "text":
		return d.text()
	case "integer":
		return d.integer()
	case "number":
		return d.number()
	case "boolean":
		return schema{"type": "boolean"}
	case "enum":
		return schema{"type": "string", "enum": []any{"low", "normal", "very_high"}}
	case "const":
		return schema{"const": pick[any](d, "const", "fixed", 7, 2.5, true, nil, []any{1, "a"}, schema{"k": 1})}
	case "types":
		return schema{"type": pick(d, "types", []any{"string", "null"}, []any{"integer", "boolean"}, []any{"number", "string", "null"})}
	case "array":
		return d.array(depth)
	case "object":
		return d.object(depth)
	case "map":
		return schema{"type": "object", "additionalProperties": d.schema(depth - 1)}
	case "nullable":
		return schema{"anyOf": []any{d.schema(depth - 1), schema{"type": "null"}}}
	case "union":
		return schema{"anyOf": []any{d.schema(depth - 1), d.schema(depth - 1)}}
	case "tagged":
		return d.tagged(depth)
	}
	d.recursive = true
	return schema{"$ref": "#/$defs/Node"}
}

func (d *drawer) text() schema {
	switch d.int(0, 2, "text") {
	case 0:
		lo := d.int(0, 10, "minLength")
		return schema{"type": "string", "minLength": lo, "maxLength": lo + d.int(0, 10, "more")}
	case 1:
		s := schema{"type": "string", "pattern": pick(d, "pattern", Patterns...)}
		if s["pattern"] == Patterns[0] || s["pattern"] == Patterns[1] {
			s["minLength"], s["maxLength"] = 3, 9
		}
		return s
	}
	return schema{"type": "string", "format": pick(d, "format", Formats...)}
}

// Patterns are those that schemas are drawn with. The first two get a length as well.
var Patterns = []string{`^[a-z]+$`, `[A-Z]`, `^[a-z]{2,5}$`, `^\d{4}$`, `^(ab|cd)+x?$`, `[A-Z]\w*`, `^#[0-9a-f]{6}$`, `^\S+ \S+$`, `^a.b$`}

// Formats are those that schemas are drawn with.
var Formats = []string{"date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "uuid"}

func (d *drawer) integer() schema {
	s := schema{"type": "integer"}
	switch d.int(0, 3, "integer") {
	case 0:
		s["minimum"], s["maximum"] = -128, 127
	case 1:
		s["minimum"], s["maximum"] = json.Number("0"), json.Number("18446744073709551615")
	case 2:
		lo := d.int(-50, 50, "minimum")
		s["exclusiveMinimum"], s["exclusiveMaximum"] = lo, lo+d.int(2, 20, "range")
	default:
		s["multipleOf"] = d.int(1, 9, "multipleOf")
	}
	return s
}

func (d *drawer) number() schema {
	s := schema{"type": "number"}
	switch d.int(0, 3, "number") {
	case 0:
		s["minimum"], s["maximum"] = 0, 1
	case 1:
		s["exclusiveMinimum"], s["exclusiveMaximum"] = 0, 0.5
	case 2:
		s["minimum"], s["multipleOf"] = -2.5, 0.01
	}
	return s
}

func (d *drawer) array(depth int) schema {
	s := schema{"type": "array", "items": d.schema(depth - 1)}
	if d.bool("bounds") {
		lo := d.int(0, 3, "minItems")
		s["minItems"], s["maxItems"] = lo, lo+d.int(0, 3, "more")
	}
	if d.bool("unique") {
		s["uniqueItems"] = true
		s["items"] = pick(d, "unique items", schema{"type": "string"}, schema{"type": "integer", "minimum": 0}, schema{"type": "number"})
	}
	return s
}

func (d *drawer) object(depth int) schema {
	properties := schema{}
	required := []any{}
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"name", "user_id", "URL", "a b", "value", "tags", "type", "é"}), 0, 5, rapid.ID[string]).Draw(d.t, "names")
	for _, name := range names {
		properties[name] = d.schema(depth - 1)
		if d.int(0, 3, "required") > 0 {
			required = append(required, name)
		}
	}
	s := schema{"type": "object", "properties": properties, "required": required}
	if d.int(0, 3, "closed") > 0 {
		s["additionalProperties"] = false
	}
	return s
}

func (d *drawer) tagged(depth int) schema {
	branches := []any{}
	for i := range d.int(2, 3, "branches") {
		b := d.object(depth - 1)
		b["properties"].(schema)["type"] = schema{"const": "branch" + strconv.Itoa(i)}
		if required := b["required"].([]any); !slices.Contains(required, any("type")) {
			b["required"] = append(required, "type")
		}
		branches = append(branches, b)
	}
	return schema{pick(d, "keyword", "anyOf", "oneOf"): branches}
}

// Value draws JSON that comes close to the schema, but often breaks it somewhere.
func Value(schemaText string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var root schema
		if err := json.Unmarshal([]byte(schemaText), &root); err != nil {
			t.Fatal(err)
		}
		v := &valuer{drawer: drawer{t: t}, root: root}
		text, err := json.Marshal(v.value(root, 6))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	})
}

type valuer struct {
	drawer
	root schema
}

func (v *valuer) value(s schema, depth int) any {
	if v.int(0, 15, "noise") == 0 || depth == 0 {
		return v.anything()
	}
	if _, ok := s["$ref"]; ok {
		return v.value(v.root["$defs"].(schema)["Node"].(schema), depth-1)
	}
	for _, k := range []string{"anyOf", "oneOf"} {
		if branches, ok := s[k].([]any); ok {
			return v.value(pick(&v.drawer, "branch", branches...).(schema), depth)
		}
	}
	if c, ok := s["const"]; ok {
		return c
	}
	if enum, ok := s["enum"].([]any); ok {
		return pick(&v.drawer, "enum", append(enum, "LOW", "Very High")...)
	}
	kind, ok := s["type"].(string)
	if !ok {
		kind = pick(&v.drawer, "type", s["type"].([]any)...).(string)
	}
	switch kind {
	case "object":
		return v.object(s, depth)
	case "array":
		items := []any{}
		for range v.int(0, 4, "items") {
			items = append(items, v.value(s["items"].(schema), depth-1))
		}
		return items
	case "string":
		return v.string(s)
	case "integer":
		return pick[any](&v.drawer, "integer", v.int(-130, 130, "i"), v.int(0, 20, "j"), "12", 3.0, 3.5, json.Number("1e2"), json.Number("18446744073709551615"), json.Number("18446744073709551616"))
	case "number":
		return pick[any](&v.drawer, "number", v.int(-1, 2, "i"), 0.25, 0.1, 0.005, "0.5", json.Number("1e-3"), json.Number("0.50"))
	case "boolean":
		return pick[any](&v.drawer, "boolean", true, false, "yes", 0)
	}
	return nil
}

func (v *valuer) object(s schema, depth int) any {
	o := schema{}
	properties, _ := s["properties"].(schema)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if v.int(0, 15, "leave out") > 0 {
			o[name] = v.value(properties[name].(schema), depth-1)
		}
	}
	if other, ok := s["additionalProperties"].(schema); ok {
		for range v.int(0, 3, "others") {
			o[pick(&v.drawer, "key", "x", "y", "userId")] = v.value(other, depth-1)
		}
	} else if v.int(0, 3, "other") == 0 {
		o[pick(&v.drawer, "key", "x", "userId", "Name", "url")] = v.anything()
	}
	return o
}

func (v *valuer) string(s schema) any {
	examples := []any{
		"", "ab", "abcde", "2024", "ababx", "Ab", "#00ff00", "a b", "é\n\"\\ü", "a_b", 4392, true,
		"2026-01-02T03:04:05Z", "2026-01-02", "03:04:05Z", "PT1H", "P", "ann@example.com", "example.com", "127.0.0.1", "::1", "https://example.com/a", "/a", "123e4567-e89b-12d3-a456-426614174000",
	}
	if _, ok := s["minLength"]; ok {
		return rapid.StringN(0, 20, -1).Draw(v.t, "string")
	}
	return pick(&v.drawer, "string", examples...)
}

func (v *valuer) anything() any {
	return pick[any](&v.drawer, "anything", nil, true, 1, 1.5, -3, "text", "1", "no", []any{}, []any{1}, schema{}, schema{"name": 1}, schema{"type": "branch1"})
}
