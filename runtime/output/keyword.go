package output

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// keywordUse says what Compile does with a keyword. One that is not listed says nothing, as the specification has it.
type keywordUse int

const (
	annotation  keywordUse = iota // nothing
	assertion                     // checked
	unsupported                   // left to a Validator
)

var keywords = map[string]keywordUse{
	"type": assertion, "enum": assertion, "const": assertion,
	"minimum": assertion, "maximum": assertion, "exclusiveMinimum": assertion, "exclusiveMaximum": assertion, "multipleOf": assertion,
	"minLength": assertion, "maxLength": assertion, "pattern": assertion, "format": assertion, "contentEncoding": assertion,
	"items": assertion, "prefixItems": assertion, "minItems": assertion, "maxItems": assertion, "uniqueItems": assertion,
	"properties": assertion, "required": assertion, "additionalProperties": assertion, "propertyNames": assertion,
	"minProperties": assertion, "maxProperties": assertion,
	"anyOf": assertion, "oneOf": assertion, "allOf": assertion, "$ref": assertion,

	"not": unsupported, "if": unsupported, "then": unsupported, "else": unsupported,
	"contains": unsupported, "minContains": unsupported, "maxContains": unsupported,
	"patternProperties": unsupported, "dependentSchemas": unsupported, "dependentRequired": unsupported, "dependencies": unsupported,
	"unevaluatedProperties": unsupported, "unevaluatedItems": unsupported, "additionalItems": unsupported,
	"$dynamicRef": unsupported, "$recursiveRef": unsupported,
}

var typesByName = map[string]kinds{
	"null": kindNull, "boolean": kindBool, "integer": kindInteger, "number": kindsNumeric, "string": kindString,
	"array": kindArray, "object": kindObject,
}

// keywordReader reads the keywords of one schema and keeps the first mistake.
type keywordReader struct {
	m   map[string]any
	at  string
	err error
}

func (r *keywordReader) fail(keyword, want string) {
	if r.err == nil {
		r.err = schemaError(r.at, "%s: want %s", keyword, want)
	}
}

// limit reads a number that is a count; def when it is not set.
func (r *keywordReader) limit(keyword string, def int) int {
	raw, ok := r.m[keyword]
	if !ok {
		return def
	}
	n, ok := numberOf(raw)
	if !ok || !n.isInt || n.integer < 0 || n.integer > int64(maxInt) {
		r.fail(keyword, "a count, 0 or more")
		return def
	}
	return int(n.integer)
}

const maxInt = int(^uint(0) >> 1)

// number reads a number; nil when it is not set.
func (r *keywordReader) number(keyword string) *number {
	raw, ok := r.m[keyword]
	if !ok {
		return nil
	}
	n, ok := numberOf(raw)
	if !ok || !representable(n.literal) {
		r.fail(keyword, "a number")
		return nil
	}
	return &n
}

func numberOf(raw any) (number, bool) {
	literal, ok := raw.(json.Number)
	if !ok {
		return number{}, false
	}
	return newNumber(string(literal)), true
}

func (r *keywordReader) bool(keyword string) bool {
	raw, ok := r.m[keyword]
	if !ok {
		return false
	}
	b, ok := raw.(bool)
	if !ok {
		r.fail(keyword, "true or false")
	}
	return b
}

func (r *keywordReader) string(keyword string) string {
	raw, ok := r.m[keyword]
	if !ok {
		return ""
	}
	s, ok := raw.(string)
	if !ok {
		r.fail(keyword, "a string")
	}
	return s
}

func (r *keywordReader) list(keyword string) []any {
	raw, ok := r.m[keyword]
	if !ok {
		return nil
	}
	l, ok := raw.([]any)
	if !ok {
		r.fail(keyword, "an array")
	}
	return l
}

func (r *keywordReader) strings(keyword string) []string {
	var all []string
	for _, raw := range r.list(keyword) {
		s, ok := raw.(string)
		if !ok {
			r.fail(keyword, "an array of strings")
			return nil
		}
		all = append(all, s)
	}
	return all
}

func (r *keywordReader) object(keyword string) map[string]any {
	raw, ok := r.m[keyword]
	if !ok {
		return nil
	}
	o, ok := raw.(map[string]any)
	if !ok {
		r.fail(keyword, "an object")
	}
	return o
}

func (r *keywordReader) types() kinds {
	raw, ok := r.m["type"]
	if !ok {
		return kindsAll
	}
	var all kinds
	for _, t := range typeList(raw) {
		name, _ := t.(string)
		k, ok := typesByName[name]
		if !ok {
			r.fail("type", "null, boolean, integer, number, string, array or object")
		}
		all |= k
	}
	return all
}

// values reads enum and const; nil when neither is set. Where both are, a value has to be in both.
func (r *keywordReader) values() *values {
	enum, hasEnum := r.m["enum"]
	constant, hasConst := r.m["const"]
	allowed := []any{constant}
	if hasEnum {
		list, ok := enum.([]any)
		if !ok {
			r.fail("enum", "an array")
		}
		if hasConst {
			text := canonicalOf(constant)
			list = slices.DeleteFunc(slices.Clone(list), func(v any) bool { return canonicalOf(v) != text })
		}
		allowed = list
	}
	if !hasEnum && !hasConst {
		return nil
	}
	v := newValues()
	for _, raw := range allowed {
		v.add(raw)
	}
	v.sort()
	return v
}

func canonicalOf(raw any) string {
	text, err := json.Marshal(raw)
	if err != nil {
		return ""
	}
	return string(appendCanonical(nil, string(text)))
}

func (v *values) add(raw any) {
	switch raw := raw.(type) {
	case nil:
		v.null = true
	case bool:
		if raw {
			v.bools[1] = true
		} else {
			v.bools[0] = true
		}
	case json.Number:
		v.numbers = append(v.numbers, newNumber(string(raw)))
	case string:
		v.addString(raw)
	default:
		v.others = append(v.others, canonicalOf(raw))
	}
}

func newValues() *values {
	v := &values{}
	for level := range v.folded {
		v.folded[level] = map[string]int{}
	}
	return v
}

func (v *values) addString(s string) {
	for level := range v.folded {
		f := foldTo(level, s)
		if i, taken := v.folded[level][f]; taken && (i < 0 || v.strings[i] != s) {
			v.folded[level][f] = -1
		} else if !taken {
			v.folded[level][f] = len(v.strings)
		}
	}
	v.strings = append(v.strings, s)
	v.words = append(v.words, mentionOf(s))
	v.longest = max(v.longest, 4*len(s)+16)
}

// sort puts the strings with the longest words first, for those who look for them in a text.
func (v *values) sort() {
	v.byLength = make([]int, len(v.strings))
	for i := range v.byLength {
		v.byLength[i] = i
	}
	slices.SortStableFunc(v.byLength, func(a, b int) int { return len(v.words[b]) - len(v.words[a]) })
}

// kinds are the types of the values.
func (v *values) kinds() kinds {
	var k kinds
	if v.null {
		k |= kindNull
	}
	if v.bools[0] || v.bools[1] {
		k |= kindBool
	}
	if len(v.numbers) > 0 {
		k |= kindsNumeric
	}
	if len(v.strings) > 0 {
		k |= kindString
	}
	for _, o := range v.others {
		if o[0] == '[' {
			k |= kindArray
		} else {
			k |= kindObject
		}
	}
	return k
}

func (r *keywordReader) patterns() []*regexp.Regexp {
	raw, ok := r.m["pattern"]
	if !ok {
		return nil
	}
	var all []*regexp.Regexp
	for _, p := range patternsOf(raw) {
		compiled, err := regexp.Compile(p)
		switch {
		case p == "":
			if raw != "" {
				r.fail("pattern", "a string")
			}
		case err != nil:
			r.fail("pattern", "a regular expression in Go's syntax, not "+strconv.Quote(p)+" ("+err.Error()+")")
		default:
			all = append(all, compiled)
		}
	}
	return all
}

func (r *keywordReader) numberRules() *numberRules {
	rules := numberRules{
		min: r.number("minimum"), max: r.number("maximum"),
		above: r.number("exclusiveMinimum"), below: r.number("exclusiveMaximum"),
		multipleOf: r.number("multipleOf"),
	}
	if rules.multipleOf != nil && rules.multipleOf.float <= 0 {
		r.fail("multipleOf", "a number above 0")
	}
	if rules == (numberRules{}) {
		return nil
	}
	return &rules
}

func (r *keywordReader) textRules() *textRules {
	t := textRules{minLen: r.limit("minLength", 0), maxLen: r.limit("maxLength", -1), format: r.string("format")}
	t.fits = formats[t.format].fits
	t.base64 = strings.EqualFold(r.string("contentEncoding"), "base64")
	t.patterns = r.patterns()
	if t.minLen == 0 && t.maxLen < 0 && t.patterns == nil && t.fits == nil && !t.base64 {
		return nil
	}
	return &t
}
