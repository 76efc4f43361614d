package output_test

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// draft is JSON that fits a schema, before it is written down. Manners change how it is written, not what it says.
type draft struct {
	t      *rapid.T
	root   *part
	defs   map[string]any
	layout layout
	places []func(text string) string // what stands around it, from the inside
}

// part is a value of a draft.
type part struct {
	may  []map[string]any // the schemas that the value may be meant for, without unions and references
	kind byte             // '{', '[', '"', '0' for a number, 't' for a boolean, 'n' for null
	text string           // of a string; else the literal

	outer *part // what it is in
	isKey bool  // it has a key
	key   string
	parts []*part // what is in it

	respelled bool                     // key or text is not as it was
	write     func(text string) string // nil for as JSON does
	writeKey  func(key string) string
	bare      bool   // write does without quotes
	nested    bool   // it is written as JSON in a string
	noCommas  bool   // line breaks stand between its parts instead of commas
	trailing  bool   // a comma comes after the last part
	unclosed  bool   // the closing bracket is missing
	lead      string // what comes before it
	follow    string // what comes between it and the comma
	trail     string // what comes behind the comma
	atEnd     string // what comes before the closing bracket
}

// layout is how white space is used.
type layout int

const (
	compact layout = iota
	indented
	spaced
	layouts
)

// newDraft reads text, which fits the schema.
func newDraft(t *rapid.T, schema, text string) *draft {
	d := &draft{t: t, layout: layout(rapid.IntRange(0, int(layouts)-1).Draw(t, "layout"))}
	var root map[string]any
	require.NoError(t, json.Unmarshal([]byte(schema), &root))
	d.defs, _ = root["$defs"].(map[string]any)
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	d.root = d.read(decoder, d.expand(root))
	return d
}

func (d *draft) read(decoder *json.Decoder, may []map[string]any) *part {
	token, err := decoder.Token()
	require.NoError(d.t, err)
	p := &part{may: may}
	switch v := token.(type) {
	case json.Delim:
		p.kind = byte(v)
		for decoder.More() {
			p.parts = append(p.parts, d.readPart(decoder, p))
		}
		_, err = decoder.Token()
		require.NoError(d.t, err)
	case string:
		p.kind, p.text = '"', v
	case json.Number:
		p.kind, p.text = '0', v.String()
	case bool:
		p.kind, p.text = 't', "false"
		if v {
			p.text = "true"
		}
	default:
		p.kind, p.text = 'n', "null"
	}
	return p
}

func (d *draft) readPart(decoder *json.Decoder, outer *part) *part {
	if outer.kind == '[' {
		c := d.read(decoder, d.items(outer.may))
		c.outer = outer
		return c
	}
	token, err := decoder.Token()
	require.NoError(d.t, err)
	key := token.(string)
	c := d.read(decoder, d.member(outer.may, key))
	c.outer, c.isKey, c.key = outer, true, key
	return c
}

// expand returns what a schema says, without references and unions.
func (d *draft) expand(s any) []map[string]any {
	schema, ok := s.(map[string]any)
	if !ok {
		return []map[string]any{{}}
	}
	if ref, ok := schema["$ref"].(string); ok {
		return d.expand(d.defs[strings.TrimPrefix(ref, "#/$defs/")])
	}
	for _, k := range []string{"anyOf", "oneOf"} {
		if branches, ok := schema[k].([]any); ok {
			var all []map[string]any
			for _, b := range branches {
				all = append(all, d.expand(b)...)
			}
			return all
		}
	}
	return []map[string]any{schema}
}

// member returns what may be meant under a key.
func (d *draft) member(may []map[string]any, key string) []map[string]any {
	var all []map[string]any
	for _, s := range may {
		if !takes(s, "object") || listed(s) {
			continue
		}
		properties, _ := s["properties"].(map[string]any)
		if p, ok := properties[key]; ok {
			all = append(all, d.expand(p)...)
		} else if s["additionalProperties"] != false {
			all = append(all, d.expand(s["additionalProperties"])...)
		}
	}
	return all
}

// items returns what may be meant in an array.
func (d *draft) items(may []map[string]any) []map[string]any {
	var all []map[string]any
	for _, s := range may {
		if takes(s, "array") && !listed(s) {
			all = append(all, d.expand(s["items"])...)
		}
	}
	return all
}

// listed reports whether a schema lists its values.
func listed(s map[string]any) bool {
	_, isConst := s["const"]
	return isConst || s["enum"] != nil
}

// takes reports whether a schema takes values of a type. An integer is a number.
func takes(s map[string]any, kind string) bool {
	if c, ok := s["const"]; ok {
		return typeName(c) == kind
	}
	if enum, ok := s["enum"].([]any); ok {
		return slices.ContainsFunc(enum, func(v any) bool { return typeName(v) == kind })
	}
	types, ok := s["type"].([]any)
	if !ok {
		types = []any{s["type"]}
	}
	return s["type"] == nil || slices.Contains(types, any(kind)) || kind == "number" && slices.Contains(types, any("integer"))
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// takes reports whether a value of that type may be meant.
func (p *part) takes(kind string) bool {
	return slices.ContainsFunc(p.may, func(s map[string]any) bool { return takes(s, kind) })
}

// takesText reports whether a string may be meant that is not listed.
func (p *part) takesText() bool {
	return slices.ContainsFunc(p.may, func(s map[string]any) bool { return !listed(s) && takes(s, "string") })
}

// closed reports whether only objects may be meant that allow no other keys, each with a key that it requires.
func (p *part) closed() bool {
	return !slices.ContainsFunc(p.may, func(s map[string]any) bool {
		required, _ := s["required"].([]any)
		return takes(s, "object") && (listed(s) || s["additionalProperties"] != false || len(required) == 0)
	})
}

// all returns p and all that is in it.
func (p *part) all() []*part {
	list := []*part{p}
	for _, c := range p.parts {
		list = append(list, c.all()...)
	}
	return list
}

// String writes the draft.
func (d *draft) String() string {
	var b strings.Builder
	d.write(&b, d.root, 0)
	text := b.String()
	for _, place := range d.places {
		text = place(text)
	}
	return text
}

func (d *draft) write(b *strings.Builder, p *part, depth int) {
	switch {
	case p.nested:
		var inner strings.Builder
		d.writeParts(&inner, p, 0)
		b.WriteString(jsonString(inner.String()))
	case p.kind == '{' || p.kind == '[':
		d.writeParts(b, p, depth)
	case p.write != nil:
		b.WriteString(p.write(p.text))
	case p.kind == '"':
		b.WriteString(jsonString(p.text))
	default:
		b.WriteString(p.text)
	}
}

func (d *draft) writeParts(b *strings.Builder, p *part, depth int) {
	b.WriteByte(p.kind)
	for i, c := range p.parts {
		d.writeGap(b, p, depth+1)
		b.WriteString(c.lead)
		d.writeKey(b, c)
		d.write(b, c, depth+1)
		b.WriteString(c.follow)
		if i < len(p.parts)-1 && !p.noCommas || i == len(p.parts)-1 && p.trailing {
			d.writeSpace(b)
			b.WriteByte(',')
		}
		b.WriteString(c.trail)
	}
	b.WriteString(p.atEnd)
	if p.unclosed {
		return
	}
	if len(p.parts) > 0 {
		d.writeGap(b, p, depth)
	}
	b.WriteByte(p.kind + 2)
}

func (d *draft) writeKey(b *strings.Builder, p *part) {
	if !p.isKey {
		return
	}
	if p.writeKey != nil {
		b.WriteString(p.writeKey(p.key))
	} else {
		b.WriteString(jsonString(p.key))
	}
	if p.writeKey == nil || !known["M6"] {
		d.writeSpace(b)
	}
	b.WriteByte(':')
	if d.layout == indented {
		b.WriteByte(' ')
	}
	d.writeSpace(b)
}

// writeGap writes the white space before a part or a closing bracket.
func (d *draft) writeGap(b *strings.Builder, p *part, depth int) {
	if d.layout == indented || p.noCommas {
		b.WriteString("\n" + strings.Repeat("  ", depth))
		return
	}
	d.writeSpace(b)
}

func (d *draft) writeSpace(b *strings.Builder) {
	if d.layout == spaced {
		b.WriteString(rapid.SampledFrom([]string{"", " ", "\n", "\t ", "\r\n"}).Draw(d.t, "space"))
	}
}

// decode reads JSON, and keeps numbers as they are written.
func decode(t require.TestingT, text string) any {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var v any
	require.NoError(t, decoder.Decode(&v), "%q", text)
	return v
}

// same reports whether two decoded values mean the same. Numbers are compared exactly.
func same(a, b any) bool {
	switch x := a.(type) {
	case json.Number:
		y, ok := b.(json.Number)
		if !ok || x == y {
			return ok
		}
		r, okR := new(big.Rat).SetString(x.String())
		s, okS := new(big.Rat).SetString(y.String())
		return okR && okS && r.Cmp(s) == 0
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, same)
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			if w, ok := y[k]; !ok || !same(v, w) {
				return false
			}
		}
		return true
	}
	return a == b
}

// jsonString writes a string in JSON.
func jsonString(text string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
