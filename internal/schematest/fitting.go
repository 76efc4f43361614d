package schematest

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// Fitting draws compact JSON that fits the schema as it is. Members come in any order.
func Fitting(schemaText string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		decoder := json.NewDecoder(strings.NewReader(schemaText))
		decoder.UseNumber()
		var root schema
		if err := decoder.Decode(&root); err != nil {
			t.Fatal(err)
		}
		f := &fitter{drawer: drawer{t: t}, root: root}
		f.bool("drawn") // a generator has to draw something, also for schemas that leave no choice
		return f.value(root, 4)
	})
}

// fitter draws JSON text that fits.
type fitter struct {
	drawer
	root schema
}

func (f *fitter) value(s schema, depth int) string {
	if _, ok := s["$ref"]; ok {
		return f.node(depth)
	}
	for _, k := range []string{"anyOf", "oneOf"} {
		if branches, ok := s[k].([]any); ok {
			return f.value(pick(&f.drawer, "branch", branches...).(schema), depth)
		}
	}
	if c, ok := s["const"]; ok {
		return encode(f.t, c)
	}
	if enum, ok := s["enum"].([]any); ok {
		return encode(f.t, pick(&f.drawer, "enum", enum...))
	}
	kind, ok := s["type"].(string)
	if !ok {
		kind = pick(&f.drawer, "type", s["type"].([]any)...).(string)
	}
	switch kind {
	case "object":
		return f.object(s, depth)
	case "array":
		return f.array(s, depth)
	case "string":
		return encode(f.t, f.string(s))
	case "integer":
		return f.integer(s)
	case "number":
		return f.number(s)
	case "boolean":
		return pick(&f.drawer, "boolean", "true", "false")
	}
	return "null"
}

// node draws a Node, the object that schemas refer to.
func (f *fitter) node(depth int) string {
	next := "null"
	if depth > 0 && f.bool("next") {
		next = f.node(depth - 1)
	}
	return `{"name":` + encode(f.t, f.string(schema{})) + `,"next":` + next + `}`
}

func (f *fitter) object(s schema, depth int) string {
	properties, _ := s["properties"].(schema)
	required, _ := s["required"].([]any)
	var members []string
	add := func(name, value string) { members = append(members, encode(f.t, name)+":"+value) }
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if slices.Contains(required, any(name)) || f.bool("optional") {
			add(name, f.value(properties[name].(schema), depth-1))
		}
	}
	other, closed := s["additionalProperties"]
	if others, ok := other.(schema); ok || !closed {
		n := 0
		if ok || f.int(0, 3, "other") == 0 {
			n = f.int(0, 3, "others")
		}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "userId", "two words"}), n, n, rapid.ID[string]).Draw(f.t, "keys") {
			if ok {
				add(name, f.value(others, depth-1))
			} else {
				add(name, encode(f.t, f.anything()))
			}
		}
	}
	if len(members) > 1 {
		members = rapid.Permutation(members).Draw(f.t, "order")
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (f *fitter) array(s schema, depth int) string {
	lo, hi := 0, 4
	if s["minItems"] != nil {
		lo, hi = int(whole(s["minItems"]).Int64()), int(whole(s["maxItems"]).Int64())
	}
	items := []string{}
	n := f.int(lo, hi, "items")
	for tries := 0; len(items) < n && tries < 100; tries++ {
		item := f.value(s["items"].(schema), depth-1)
		if s["uniqueItems"] == true && slices.ContainsFunc(items, func(other string) bool { return equalItems(item, other) }) {
			continue
		}
		items = append(items, item)
	}
	return "[" + strings.Join(items, ",") + "]"
}

// equalItems reports whether two strings or numbers are the same.
func equalItems(a, b string) bool {
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return a == b || okX && okY && x.Cmp(y) == 0
}

// Sentences are strings that make trouble when the quotes around them are not those of JSON.
var Sentences = []string{
	"", "a", "two words", "Paris", "it's late", `the "old" bridge`, `a "new" and an "old" one`, `Ann says "no" twice`, `x"y`, `5"x`, "line one\nline two", "tab\there", `C:\temp\new`, "1,234 of them",
	"a, b and c", "see [1]", "{braces}", "ends with a comma,", "key: value", "https://example.com/a?b=c#d", "12", "-3.5", "true", "null", "None", "yes",
	"// no comment", "# heading", "/* neither */", "```go\nx := 1\n```", "`code`", "“quoted”", "naïve café", "日本語", "🎉 done", "\u2028", "100%", "  spaced  ", "\"", "'", "\\", "]", "}",
	"a: 1,\nb: 2", "The end.", "x\"y\"z", "O'Neill", "<b>bold</b>", "</think>", "\u0001",
}

func (f *fitter) string(s schema) string {
	if p, ok := s["pattern"].(string); ok {
		return pick(&f.drawer, "matching", matching[p]...)
	}
	if format, ok := s["format"].(string); ok {
		return pick(&f.drawer, "formatted", formatted[format]...)
	}
	if s["minLength"] != nil {
		lo, hi := int(whole(s["minLength"]).Int64()), int(whole(s["maxLength"]).Int64())
		if f.bool("letters") {
			return rapid.StringOfN(rapid.RuneFrom([]rune("abc XYZ")), lo, hi, -1).Draw(f.t, "string")
		}
		return rapid.StringN(lo, hi, -1).Draw(f.t, "string")
	}
	if f.int(0, 4, "any string") == 0 {
		return rapid.StringN(0, 12, -1).Draw(f.t, "string")
	}
	return rapid.SampledFrom(Sentences).Draw(f.t, "sentence")
}

// matching has strings for each of Patterns. Those of the first two are of 3 to 9 characters.
var matching = map[string][]string{
	Patterns[0]: {"abc", "lowercase", "paris"}, Patterns[1]: {"Abc", "a B c", "12X\n"}, Patterns[2]: {"ab", "words"}, Patterns[3]: {"2024", "0000"},
	Patterns[4]: {"ab", "cdabx", "abab"}, Patterns[5]: {"Ab", "x Yz"}, Patterns[6]: {"#00ff00", "#abcdef"}, Patterns[7]: {"a b", "x! {y}"}, Patterns[8]: {"a-b", "a\"b", "aéb"},
}

// formatted has strings for each of Formats.
var formatted = map[string][]string{
	"date-time": {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.5+01:00"}, "date": {"2026-01-02", "2024-02-29"}, "time": {"03:04:05Z", "23:59:59-08:00"},
	"duration": {"PT1H", "P1DT2H", "P2W"}, "email": {"ann@example.com", "a.b+c@mail.example.org"}, "hostname": {"example.com", "localhost"},
	"ipv4": {"127.0.0.1"}, "ipv6": {"::1", "2001:db8::1"}, "uri": {"https://example.com/a", "urn:isbn:1"}, "uri-reference": {"/a", "https://example.com", "a?b#c"},
	"uuid": {"123e4567-e89b-12d3-a456-426614174000"},
}

func (f *fitter) integer(s schema) string {
	if m := s["multipleOf"]; m != nil {
		return new(big.Int).Mul(whole(m), big.NewInt(int64(pick(&f.drawer, "times", 0, 1, -1, 7, -20, 1000, 1234567)))).String()
	}
	lo, hi := big.NewInt(-1<<40), big.NewInt(1<<40)
	for key, bound := range map[string]**big.Int{"minimum": &lo, "maximum": &hi, "exclusiveMinimum": &lo, "exclusiveMaximum": &hi} {
		if s[key] != nil {
			*bound = whole(s[key])
		}
	}
	if s["exclusiveMinimum"] != nil {
		lo, hi = new(big.Int).Add(lo, big.NewInt(1)), new(big.Int).Sub(hi, big.NewInt(1))
	}
	n := pick(&f.drawer, "integer", lo, hi, big.NewInt(0), big.NewInt(1), big.NewInt(12), big.NewInt(1234), big.NewInt(-70000), big.NewInt(9876543210))
	if n.Cmp(lo) < 0 || n.Cmp(hi) > 0 {
		return lo.String()
	}
	return n.String()
}

func (f *fitter) number(s schema) string {
	switch {
	case s["maximum"] != nil:
		return pick(&f.drawer, "number", "0", "1", "0.25", "0.50", "1e-3", "5E-1")
	case s["exclusiveMaximum"] != nil:
		return pick(&f.drawer, "number", "0.25", "0.1", "4e-1", "1e-9")
	case s["multipleOf"] != nil:
		return pick(&f.drawer, "number", "0.01", "-2.50", "1.25", "3", "1234.5", "1234567")
	}
	return pick(&f.drawer, "number", "0", "-1", "12", "0.5", "-2.75", "1e3", "1.5E-7", "1234", "1234.5", "123456789012345678901234567890", "0.1")
}

func (f *fitter) anything() any {
	return pick[any](&f.drawer, "anything", nil, true, 1, 1.5, -3, "text", "1", "no", "it's {a}", []any{}, []any{1, "a"}, schema{}, schema{"name": 1, "b": []any{nil}})
}

// whole is the number of a schema.
func whole(n any) *big.Int {
	i, _ := new(big.Int).SetString(n.(json.Number).String(), 10)
	return i
}

// encode writes a value as compact JSON that keeps < and > as they are.
func encode(t *rapid.T, v any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
