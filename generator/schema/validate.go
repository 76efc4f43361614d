package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// validateRules adds what the rules of a validate tag say, as github.com/go-playground/validator spells them:
//
//	required                             not empty, and not null
//	omitempty omitnil omitzero           may be null
//	len min max eq gt gte lt lte         bounds: of a number, the length of a string, the size of a list or map
//	oneof                                enum
//	unique                               uniqueItems
//	email url uri http_url uuid uuid3 uuid4 uuid5 ipv4 ipv6 hostname hostname_rfc1123 fqdn datetime    format
//	alpha alphanum numeric number hexadecimal lowercase uppercase ascii e164 startswith endswith contains containsany excludesall    pattern
//	base64                               contentEncoding
//	dive                                 the rules after it are for the elements
//
// All others are left to the validator: rules with alternatives (a|b), rules that compare fields, the rules for keys,
// and those that a project has registered itself.
func validateRules(n node, rules []string) (node, error) {
	for i, rule := range rules {
		rule = strings.TrimSpace(rule)
		if rule == "dive" {
			return dive(n, rules[i+1:])
		}
		if rule == "" || strings.Contains(rule, "|") {
			continue
		}
		name, param, _ := strings.Cut(rule, "=")
		changed, err := validateRule(n, name, unescapeRule.Replace(param))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", rule, err)
		}
		n = changed
	}
	return n, nil
}

// unescapeRule is how a comma and a bar are written in a rule's parameter.
var unescapeRule = strings.NewReplacer("0x2C", ",", "0x7C", "|")

// ownRules are the rules before the first dive.
func ownRules(rules []string) []string {
	if i := slices.Index(rules, "dive"); i >= 0 {
		return rules[:i]
	}
	return rules
}

func dive(n node, rules []string) (node, error) {
	if len(rules) > 0 && rules[0] == "keys" {
		end := slices.Index(rules, "endkeys")
		if end < 0 {
			return nil, errors.New("keys without endkeys")
		}
		rules = rules[end+1:]
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if elem, ok := n[key].(node); ok {
			changed, err := validateRules(elem, rules)
			if err != nil {
				return nil, err
			}
			if slices.Contains(ownRules(rules), "omitempty") {
				changed = nullable(changed)
			}
			return with(n, key, changed), nil
		}
	}
	return n, nil // a list or map behind a name of its own
}

func validateRule(n node, name, param string) (node, error) {
	switch name {
	case "required":
		return required(n), nil
	case "len", "eq", "min", "max", "gt", "gte", "lt", "lte":
		return bound(n, name, param)
	case "oneof":
		return oneOf(n, param)
	}
	typ := jsonType(n)
	if name == "unique" && typ == "array" {
		return with(n, "uniqueItems", true), nil
	}
	if typ != "string" {
		return n, nil
	}
	if name == "datetime" {
		if format := layouts[param]; format != "" {
			return with(n, "format", format), nil
		}
		return n, nil
	}
	if name == "base64" {
		return with(n, "contentEncoding", "base64"), nil
	}
	if format := validateFormats[name]; format != "" {
		return with(n, "format", format), nil
	}
	if pattern := validatePattern(name, param); pattern != "" {
		return addPattern(n, pattern), nil
	}
	return n, nil
}

// layouts are the time layouts that a format of JSON Schema stands for.
var layouts = map[string]string{
	"2006-01-02":                "date",
	"2006-01-02T15:04:05Z07:00": "date-time",
	"15:04:05Z07:00":            "time",
}

var validateFormats = map[string]string{
	"email": "email", "url": "uri", "uri": "uri", "http_url": "uri",
	"uuid": "uuid", "uuid3": "uuid", "uuid4": "uuid", "uuid5": "uuid",
	"ipv4": "ipv4", "ip4_addr": "ipv4", "ipv6": "ipv6", "ip6_addr": "ipv6",
	"hostname": "hostname", "hostname_rfc1123": "hostname", "fqdn": "hostname",
}

var validatePatterns = map[string]string{
	"alpha":       `^[a-zA-Z]+$`,
	"alphanum":    `^[a-zA-Z0-9]+$`,
	"numeric":     `^[-+]?[0-9]+(\.[0-9]+)?$`,
	"number":      `^[0-9]+$`,
	"hexadecimal": `^(0[xX])?[0-9a-fA-F]+$`,
	"lowercase":   `^[^A-Z]+$`,
	"uppercase":   `^[^a-z]+$`,
	"ascii":       `^[\x00-\x7F]*$`,
	"e164":        `^\+[1-9][0-9]{7,14}$`,
}

func validatePattern(name, param string) string {
	if p := validatePatterns[name]; p != "" || param == "" {
		return p
	}
	switch name {
	case "startswith":
		return "^" + regexp.QuoteMeta(param)
	case "endswith":
		return regexp.QuoteMeta(param) + "$"
	case "contains":
		return regexp.QuoteMeta(param)
	case "containsany":
		return "[" + classEscape.Replace(param) + "]"
	case "excludesall":
		return "^[^" + classEscape.Replace(param) + "]*$"
	}
	return ""
}

var classEscape = strings.NewReplacer(`\`, `\\`, `]`, `\]`, `[`, `\[`, `^`, `\^`, `-`, `\-`)

// addPattern adds a pattern to the one that is there.
func addPattern(n node, pattern string) node {
	if n["pattern"] == nil {
		return with(n, "pattern", pattern)
	}
	all, _ := n["allOf"].([]node)
	return with(n, "allOf", append(slices.Clone(all), node{"pattern": pattern}))
}

// required refuses the empty value, where that has a meaning apart from zero.
func required(n node) node {
	key := map[string]string{"string": "minLength", "array": "minItems", "object": "minProperties"}[jsonType(n)]
	_, isMap := n["additionalProperties"].(node)
	switch {
	case key == "minProperties" && !isMap, key == "", n[key] != nil, n["enum"] != nil, n["format"] != nil, n["anyOf"] != nil:
		return n
	}
	return with(n, key, 1)
}

// bound adds a rule about size, or about the value of a number.
func bound(n node, name, param string) (node, error) {
	typ := jsonType(n)
	if typ == "integer" || typ == "number" {
		return boundNumber(n, name, param)
	}
	keys := map[string][2]string{
		"string": {"minLength", "maxLength"}, "array": {"minItems", "maxItems"}, "object": {"minProperties", "maxProperties"},
	}[typ]
	_, isMap := n["additionalProperties"].(node)
	if keys[0] == "" || typ == "object" && !isMap {
		return n, nil
	}
	if name == "eq" && typ == "string" {
		return with(n, "const", param), nil
	}
	size, err := strconv.ParseUint(param, 10, 31)
	if err != nil {
		if n["pattern"] == durationPattern || n["format"] != nil {
			return n, nil // min=1s of a duration is left to the validator
		}
		return nil, fmt.Errorf("%q is not a number of at least 0", param)
	}
	if n["pattern"] == durationPattern || n["format"] == "date-time" {
		return n, nil
	}
	k := int(size)
	switch name {
	case "len", "eq":
		return with(with(n, keys[0], k), keys[1], k), nil
	case "min", "gte":
		return with(n, keys[0], k), nil
	case "max", "lte":
		return with(n, keys[1], k), nil
	case "gt":
		return with(n, keys[0], k+1), nil
	}
	if k == 0 {
		return nil, errors.New("nothing is shorter than 0")
	}
	return with(n, keys[1], k-1), nil
}

func boundNumber(n node, name, param string) (node, error) {
	v, err := scalar(param, "number")
	if err != nil {
		return nil, err
	}
	key := map[string]string{
		"len": "const", "eq": "const", "min": "minimum", "gte": "minimum", "max": "maximum", "lte": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum",
	}[name]
	return with(n, key, v.(json.Number)), nil
}

var oneOfWords = regexp.MustCompile(`'[^']*'|\S+`)

func oneOf(n node, param string) (node, error) {
	typ := jsonType(n)
	if typ != "string" && typ != "integer" && typ != "number" {
		return n, nil
	}
	var values []any
	for _, word := range oneOfWords.FindAllString(param, -1) {
		v, err := scalar(strings.Trim(word, "'"), typ)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	if len(values) == 0 {
		return nil, errors.New("no values")
	}
	return with(n, "enum", values), nil
}
