package output

import (
	"maps"
	"reflect"
	"slices"
)

// hasAssertions reports whether s says more about a value than its references do.
func hasAssertions(s map[string]any) bool {
	for k := range s {
		if k != "$ref" && k != "$defs" && k != "definitions" && keywords[k] != annotation {
			return true
		}
	}
	return false
}

// maxHops bounds how many references one schema may go through.
const maxHops = 100

// expand merges what stands beside $ref and what stands in allOf into one schema without them. A schema of nothing but
// $ref stays as it is. What cannot be merged is left out, and the parser is not complete.
func (c *compiler) expand(raw map[string]any, s site) (m map[string]any, merged bool, err error) {
	m = raw
	for hops := 0; ; hops++ {
		if hops > maxHops {
			return nil, false, schemaError(s.at, "the references go round in a circle")
		}
		var part any
		if ref, ok := m["$ref"]; ok {
			text, ok := ref.(string)
			if !ok {
				return nil, false, schemaError(s.at, "$ref: want a string")
			}
			if !hasAssertions(m) {
				return m, merged, nil
			}
			if part, err = c.referred(text, s); err != nil {
				return nil, false, err
			}
			m = without(m, "$ref")
		} else if all, ok := m["allOf"]; ok {
			list, ok := all.([]any)
			if !ok || len(list) == 0 {
				return nil, false, schemaError(s.at, "allOf: want an array of schemas that is not empty")
			}
			part = list[0]
			m = without(m, "allOf")
			if len(list) > 1 {
				m["allOf"] = list[1:]
			}
		} else {
			return m, merged, nil
		}
		merged = true
		if sum, ok := merge(m, part); ok {
			m = sum
		} else {
			c.complete = false
		}
	}
}

// referred returns the schema that a reference beside other keywords means, or true if it cannot be moved here.
func (c *compiler) referred(ref string, s site) (any, error) {
	target, err := s.target(ref)
	if err != nil {
		return nil, err
	}
	found, err := c.resolve(target)
	if err != nil {
		return nil, err
	}
	if found.base != s.base {
		c.complete = false
		return true, nil
	}
	return found.raw, nil
}

func without(m map[string]any, key string) map[string]any {
	m = maps.Clone(m)
	delete(m, key)
	return m
}

// merge returns a schema that allows what both a and b allow. It is not ok when no single schema says so.
func merge(a map[string]any, b any) (map[string]any, bool) {
	switch b := b.(type) {
	case bool:
		if b {
			return a, true
		}
		return map[string]any{"enum": []any{}}, true
	case map[string]any:
		if !mergeableObjects(a, b) || !mergeableArrays(a, b) {
			return nil, false
		}
		m := maps.Clone(a)
		for k, v := range b {
			old, both := m[k]
			if !both {
				m[k] = v
				continue
			}
			sum, ok := mergeKeyword(k, old, v)
			if !ok {
				return nil, false
			}
			m[k] = sum
		}
		return m, true
	}
	return nil, false
}

// mergeableObjects reports whether additionalProperties, which speaks of the properties beside it only, means the same
// beside those of both schemas.
func mergeableObjects(a, b map[string]any) bool {
	covers := func(a, b map[string]any) bool {
		switch a["additionalProperties"] {
		case nil, true:
			return true
		}
		own, _ := a["properties"].(map[string]any)
		others, _ := b["properties"].(map[string]any)
		for name := range others {
			if _, ok := own[name]; !ok {
				return false
			}
		}
		return true
	}
	return covers(a, b) && covers(b, a)
}

// mergeableArrays does the same for items and prefixItems.
func mergeableArrays(a, b map[string]any) bool {
	for _, k := range []string{"items", "prefixItems"} {
		_, inA := a["prefixItems"]
		_, inB := b["prefixItems"]
		_, hasA := a[k]
		_, hasB := b[k]
		if (inA && hasB || inB && hasA) && !reflect.DeepEqual(a[k], b[k]) {
			return false
		}
	}
	return true
}

func mergeKeyword(k string, a, b any) (any, bool) {
	if keywords[k] == annotation || reflect.DeepEqual(a, b) {
		return a, true
	}
	switch k {
	case "type":
		return mergeTypes(a, b)
	case "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties":
		return mergeBound(a, b, 1)
	case "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties":
		return mergeBound(a, b, -1)
	case "pattern":
		return slices.Concat(patternsOf(a), patternsOf(b)), true
	case "uniqueItems":
		return a == true || b == true, true
	case "required", "allOf":
		listA, okA := a.([]any)
		listB, okB := b.([]any)
		return slices.Concat(listA, listB), okA && okB
	case "properties", "$defs", "definitions":
		return mergeProperties(a, b)
	case "items", "additionalProperties", "propertyNames":
		if schema, ok := a.(map[string]any); ok {
			return merge(schema, b)
		}
		if a == true {
			return b, true
		}
		return a, a == false
	}
	return nil, false
}

// patterns are several patterns that a string has to match, which no schema can say but with allOf.
type patterns []string

func patternsOf(raw any) patterns {
	switch raw := raw.(type) {
	case string:
		return patterns{raw}
	case patterns:
		return raw
	}
	return patterns{""} // not a pattern: the reader refuses it
}

func mergeTypes(a, b any) (any, bool) {
	listA, listB := typeList(a), typeList(b)
	both := []any{}
	for _, t := range listA {
		if slices.Contains(listB, t) || t == "integer" && slices.Contains(listB, "number") {
			both = append(both, t)
		}
	}
	if slices.Contains(listA, "number") && slices.Contains(listB, "integer") && !slices.Contains(both, any("integer")) {
		both = append(both, "integer")
	}
	return both, true
}

func typeList(raw any) []any {
	if list, ok := raw.([]any); ok {
		return list
	}
	return []any{raw}
}

// mergeBound returns the greater of two numbers, or the smaller when sign is negative.
func mergeBound(a, b any, sign int) (any, bool) {
	x, okX := numberOf(a)
	y, okY := numberOf(b)
	if !okX || !okY {
		return nil, false
	}
	if x.compare(&y)*sign >= 0 {
		return a, true
	}
	return b, true
}

func mergeProperties(a, b any) (any, bool) {
	own, okA := a.(map[string]any)
	others, okB := b.(map[string]any)
	if !okA || !okB {
		return nil, false
	}
	sum := maps.Clone(own)
	for name, schema := range others {
		old, both := sum[name]
		if !both {
			sum[name] = schema
			continue
		}
		base, ok := old.(map[string]any)
		if !ok {
			if old == false {
				continue
			}
			sum[name] = schema
			continue
		}
		merged, ok := merge(base, schema)
		if !ok {
			return nil, false
		}
		sum[name] = merged
	}
	return sum, true
}
