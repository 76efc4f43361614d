package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
)

// constrain adds what the tags jsonschema and validate of a field say. They may also make it optional, or not.
func (w *walker) constrain(f *field, n node, optional bool) (node, bool) {
	n, optional = w.keywords(f, n, optional)
	text := f.tag.Get("validate")
	if text == "" || text == "-" {
		return n, optional
	}
	rules := strings.Split(text, ",")
	changed, err := validateRules(n, rules)
	if err != nil {
		w.problem(f.obj, diag.InvalidTag, "validate tag: "+err.Error(),
			"write the rule as github.com/go-playground/validator does")
		changed = n
	}
	own := ownRules(rules)
	switch {
	case slices.Contains(own, "required"):
		optional = false
	case slices.ContainsFunc(own, func(rule string) bool { return strings.HasPrefix(rule, "omit") }):
		optional = true
	}
	return changed, optional
}

// keywords adds those of a jsonschema tag.
func (w *walker) keywords(f *field, n node, optional bool) (node, bool) {
	text := f.tag.Get("jsonschema")
	if text == "" {
		return n, optional
	}
	for _, part := range splitTag(text) {
		if part == "required" {
			optional = false
			continue
		}
		changed, err := setKeyword(n, part)
		if err != nil {
			w.problem(f.obj, diag.InvalidTag, "jsonschema tag: "+err.Error(), keywordHint(part))
			continue
		}
		n = changed
	}
	return n, optional
}

// tagKeywords are the keys of a jsonschema tag that take a value. The words required and uniqueItems stand alone.
var tagKeywords = []string{
	"title", "description", "enum", "format", "pattern", "minLength", "maxLength", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum",
	"multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "default", "example",
}

// keywordHint lists the keywords to somebody who wrote another one.
func keywordHint(part string) string {
	if key, _, _ := strings.Cut(part, "="); slices.Contains(tagKeywords, key) {
		return "use a keyword and a value that suit the type of the field"
	}
	return `the keywords are ` + strings.Join(tagKeywords, ", ") + `; in a value, write \, for a comma`
}

// splitTag splits a jsonschema tag at its commas. A comma that is not followed by a known keyword belongs to the value
// before it, so that pattern=^[a-z]{1,3}$,minLength=1 needs no escape; \, is a comma in any case.
func splitTag(text string) []string {
	var parts []string
	start := 0
	for i := 0; i < len(text); i++ {
		if text[i] == ',' && (i == 0 || text[i-1] != '\\') && startsKeyword(text[i+1:]) {
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	parts = append(parts, text[start:])
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, `\,`, ",")
	}
	return parts
}

var keywordStart = regexp.MustCompile(`^([A-Za-z]+)(=|,|$)`)

// startsKeyword reports whether s begins like a keyword; a misspelt one counts, so that it is refused and does not
// become part of a value.
func startsKeyword(s string) bool {
	m := keywordStart.FindStringSubmatch(s)
	return m != nil && (m[2] == "=" || m[1] == "required" || m[1] == "uniqueItems")
}

// setKeyword adds one part of a jsonschema tag. A keyword that does not fit a list but fits its elements goes to them.
func setKeyword(n node, part string) (node, error) {
	key, value, hasValue := strings.Cut(part, "=")
	if key == "uniqueItems" && !hasValue {
		value, hasValue = "true", true
	}
	if !slices.Contains(tagKeywords, key) || !hasValue {
		return nil, fmt.Errorf("unknown keyword %q", part)
	}
	typ := jsonType(n)
	if !fits(key, typ) {
		if items, ok := n["items"].(node); ok && typ == "array" {
			changed, err := setKeyword(items, part)
			if err != nil {
				return nil, err
			}
			return with(n, "items", changed), nil
		}
		return nil, fmt.Errorf("%s does not apply to %s", key, typeWords(typ))
	}
	v, err := keywordValue(key, value, typ)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	switch key {
	case "enum":
		values, _ := n["enum"].([]any)
		return with(n, "enum", append(slices.Clone(values), v)), nil
	case "example":
		values, _ := n["examples"].([]any)
		return with(n, "examples", append(slices.Clone(values), v)), nil
	}
	return with(n, key, v), nil
}

// with returns n with one more key. A reference gets it beside itself.
func with(n node, key string, v any) node {
	if _, ok := n["$ref"]; ok {
		return node{"anyOf": []node{n}, key: v}
	}
	n = n.clone()
	n[key] = v
	return n
}

// jsonType is the type of a schema, through references; empty if it has none or several.
func jsonType(n node) string {
	if d, ok := n["$ref"].(*definition); ok {
		if d.body == nil && d.raw == nil && d.runtime == nil {
			return "object" // being made right now: a recursive struct
		}
		return jsonType(d.body)
	}
	if list, ok := n["anyOf"].([]node); ok && len(list) == 1 {
		return jsonType(list[0])
	}
	typ, _ := n["type"].(string)
	return typ
}

func typeWords(typ string) string {
	switch typ {
	case "":
		return "a value of more than one type"
	case "integer", "array", "object":
		return "an " + typ
	}
	return "a " + typ
}

func fits(key, typ string) bool {
	switch key {
	case "title", "description":
		return true
	case "pattern", "minLength", "maxLength", "format":
		return typ == "string"
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf":
		return typ == "integer" || typ == "number"
	case "minItems", "maxItems", "uniqueItems":
		return typ == "array"
	case "minProperties", "maxProperties":
		return typ == "object"
	}
	return typ == "string" || typ == "integer" || typ == "number" || typ == "boolean" // enum, default, example
}

func keywordValue(key, value, typ string) (any, error) {
	switch key {
	case "title", "description", "format":
		return value, nil
	case "pattern":
		if _, err := regexp.Compile(value); err != nil {
			return nil, err
		}
		return value, nil
	case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
		return count(value)
	case "uniqueItems":
		return strconv.ParseBool(value)
	case "enum", "default", "example":
		return scalar(value, typ)
	}
	v, err := scalar(value, "number")
	if s, _ := v.(json.Number); key == "multipleOf" && err == nil && (strings.HasPrefix(s.String(), "-") || isZero(s)) {
		return nil, fmt.Errorf("%s is not above zero", value)
	}
	return v, err
}

func isZero(n json.Number) bool {
	r, ok := new(big.Rat).SetString(n.String())
	return ok && r.Sign() == 0
}

func count(value string) (any, error) {
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number of at least 0", value)
	}
	return int(n), nil
}

// scalar reads a value of a JSON type as it stands in a tag.
func scalar(value, typ string) (any, error) {
	switch typ {
	case "string":
		return value, nil
	case "boolean":
		b, err := strconv.ParseBool(value)
		if err != nil {
			return nil, fmt.Errorf("%q is neither true nor false", value)
		}
		return b, nil
	}
	var n json.Number
	if err := json.Unmarshal([]byte(value), &n); err != nil || n == "" || strings.HasPrefix(value, `"`) {
		return nil, fmt.Errorf("%q is not a number", value)
	}
	if r, ok := new(big.Rat).SetString(value); typ == "integer" && (!ok || !r.IsInt()) {
		return nil, fmt.Errorf("%q is not an integer", value)
	}
	return n, nil
}
