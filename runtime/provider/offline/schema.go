package offline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// schema is a JSON Schema, as far as values are made from it. The zero schema allows anything.
type schema struct {
	never bool // the schema false

	Ref        string             `json:"$ref"`
	Type       types              `json:"type"`
	Enum       []json.RawMessage  `json:"enum"`
	Const      json.RawMessage    `json:"const"`
	AnyOf      []*schema          `json:"anyOf"`
	OneOf      []*schema          `json:"oneOf"`
	AllOf      []*schema          `json:"allOf"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Additional *schema            `json:"additionalProperties"`
	Names      *schema            `json:"propertyNames"`
	MinProps   int                `json:"minProperties"`
	MaxProps   *int               `json:"maxProperties"`
	Prefix     []*schema          `json:"prefixItems"`
	Items      *schema            `json:"items"`
	MinItems   int                `json:"minItems"`
	MaxItems   *int               `json:"maxItems"`
	Unique     bool               `json:"uniqueItems"`
	MinLength  int                `json:"minLength"`
	MaxLength  *int               `json:"maxLength"`
	Pattern    string             `json:"pattern"`
	patterns   []string           // others that have to match as well
	Format     string             `json:"format"`
	Encoding   string             `json:"contentEncoding"`
	Min        json.Number        `json:"minimum"`
	Max        json.Number        `json:"maximum"`
	Above      json.Number        `json:"exclusiveMinimum"`
	Below      json.Number        `json:"exclusiveMaximum"`
	MultipleOf json.Number        `json:"multipleOf"`
}

// types is the keyword type: one name or several.
type types []string

func (t *types) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("[")) {
		return json.Unmarshal(text, (*[]string)(t))
	}
	var one string
	err := json.Unmarshal(text, &one)
	*t = types{one}
	return err
}

func (s *schema) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "true":
		return nil
	case "false":
		s.never = true
		return nil
	}
	type plain schema
	return json.Unmarshal(text, (*plain)(s))
}

// document is a schema with what its references mean.
type document struct {
	text    []byte
	root    *schema
	targets map[string]*schema // by reference
}

func parse(text string) (*document, error) {
	d := &document{text: []byte(text), root: new(schema), targets: map[string]*schema{}}
	if err := json.Unmarshal(d.text, d.root); err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	d.targets["#"] = d.root
	if err := d.resolveAll(d.root); err != nil {
		return nil, err
	}
	return d, nil
}

// resolveAll finds the targets of all references in s.
func (d *document) resolveAll(s *schema) error {
	if s == nil {
		return nil
	}
	if s.Ref != "" && d.targets[s.Ref] == nil {
		target, err := d.find(s.Ref)
		if err != nil {
			return err
		}
		d.targets[s.Ref] = target
		if err := d.resolveAll(target); err != nil {
			return err
		}
	}
	children := slices.Concat(s.AnyOf, s.OneOf, s.AllOf, s.Prefix, []*schema{s.Items, s.Additional, s.Names})
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		children = append(children, s.Properties[name])
	}
	for _, c := range children {
		if err := d.resolveAll(c); err != nil {
			return err
		}
	}
	return nil
}

// find follows a reference within the document, a JSON pointer (RFC 6901).
func (d *document) find(ref string) (*schema, error) {
	pointer, err := url.PathUnescape(ref)
	if err != nil || !strings.HasPrefix(pointer, "#/") {
		return nil, fmt.Errorf("the reference %q leaves the schema", ref)
	}
	text := json.RawMessage(d.text)
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for token := range strings.SplitSeq(pointer[2:], "/") {
		text = child(text, unescape.Replace(token))
		if text == nil {
			return nil, fmt.Errorf("the reference %q points to nothing", ref)
		}
	}
	s := new(schema)
	return s, json.Unmarshal(text, s)
}

func child(text json.RawMessage, token string) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) == nil {
		return object[token]
	}
	var list []json.RawMessage
	i, err := strconv.Atoi(token)
	if err != nil || json.Unmarshal(text, &list) != nil || i < 0 || i >= len(list) {
		return nil
	}
	return list[i]
}

// maxHops bounds how many references are followed for one value.
const maxHops = 100

// plain returns s with what its references and allOf say taken in.
func (d *document) plain(s *schema) (*schema, error) {
	for range maxHops {
		switch {
		case s.Ref != "":
			rest := *s
			rest.Ref = ""
			s = both(d.targets[s.Ref], &rest)
		case len(s.AllOf) > 0:
			rest := *s
			rest.AllOf = s.AllOf[1:]
			s = both(&rest, s.AllOf[0])
		default:
			return s, nil
		}
	}
	return nil, errors.New("its references go round in a circle")
}

// both returns a schema for values that fit a and b.
func both(a, b *schema) *schema {
	m := *a
	m.never = a.never || b.never
	m.Ref = either(a.Ref, b.Ref)
	if a.Ref != "" && b.Ref != "" {
		m.AllOf = slices.Concat(a.AllOf, []*schema{{Ref: b.Ref}})
		m.Ref = a.Ref
	} else {
		m.AllOf = slices.Clone(a.AllOf)
	}
	m.AllOf = append(m.AllOf, b.AllOf...)
	m.Type = bothTypes(a.Type, b.Type)
	m.Enum = bothEnums(a.Enum, b.Enum)
	if m.Const == nil {
		m.Const = b.Const
	}
	m.AnyOf, m.OneOf = bothUnions(a.AnyOf, b.AnyOf), bothUnions(a.OneOf, b.OneOf)
	m.Properties = bothProperties(a.Properties, b.Properties)
	m.Required = slices.Concat(a.Required, b.Required)
	m.Additional, m.Names, m.Items = bothOrOne(a.Additional, b.Additional), bothOrOne(a.Names, b.Names), bothOrOne(a.Items, b.Items)
	if m.Prefix == nil {
		m.Prefix = b.Prefix
	}
	m.Unique = a.Unique || b.Unique
	m.MinProps, m.MinItems, m.MinLength = max(a.MinProps, b.MinProps), max(a.MinItems, b.MinItems), max(a.MinLength, b.MinLength)
	m.MaxProps, m.MaxItems, m.MaxLength = lesser(a.MaxProps, b.MaxProps), lesser(a.MaxItems, b.MaxItems), lesser(a.MaxLength, b.MaxLength)
	m.Pattern, m.Format, m.Encoding = either(a.Pattern, b.Pattern), either(a.Format, b.Format), either(a.Encoding, b.Encoding)
	m.patterns = slices.Concat(a.patterns, b.patterns)
	if a.Pattern != "" && b.Pattern != "" {
		m.patterns = append(m.patterns, b.Pattern)
	}
	m.Min, m.Above = bound(a.Min, b.Min, 1), bound(a.Above, b.Above, 1)
	m.Max, m.Below = bound(a.Max, b.Max, -1), bound(a.Below, b.Below, -1)
	m.MultipleOf = either(a.MultipleOf, b.MultipleOf)
	return &m
}

func either[T ~string](a, b T) T {
	if a != "" {
		return a
	}
	return b
}

func lesser(a, b *int) *int {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// bound returns the greater of two numbers, or the lesser when sign is negative.
func bound(a, b json.Number, sign int) json.Number {
	x, y := rational(a), rational(b)
	if x == nil || y != nil && y.Cmp(x)*sign > 0 {
		return b
	}
	return a
}

func bothTypes(a, b types) types {
	if a == nil || b == nil {
		return slices.Concat(a, b)
	}
	var m types
	for _, t := range a {
		switch {
		case slices.Contains(b, t) || t == "integer" && slices.Contains(b, "number"):
			m = append(m, t)
		case t == "number" && slices.Contains(b, "integer"):
			m = append(m, "integer")
		}
	}
	if m == nil {
		return types{"never"}
	}
	return m
}

func bothEnums(a, b []json.RawMessage) []json.RawMessage {
	if a == nil || b == nil {
		return slices.Concat(a, b)
	}
	m := []json.RawMessage{}
	for _, v := range a {
		if slices.ContainsFunc(b, func(w json.RawMessage) bool { return bytes.Equal(v, w) }) {
			m = append(m, v)
		}
	}
	return m
}

// bothUnions combines each branch of one with each of the other.
func bothUnions(a, b []*schema) []*schema {
	if a == nil || b == nil {
		return slices.Concat(a, b)
	}
	var m []*schema
	for _, x := range a {
		for _, y := range b {
			m = append(m, both(x, y))
		}
	}
	return m
}

func bothOrOne(a, b *schema) *schema {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	return both(a, b)
}

func bothProperties(a, b map[string]*schema) map[string]*schema {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	m := maps.Clone(a)
	for name, s := range b {
		m[name] = bothOrOne(m[name], s)
	}
	return m
}

// property is the schema of the property of that name.
func (s *schema) property(name string) *schema {
	if p := s.Properties[name]; p != nil {
		return p
	}
	if s.Additional != nil {
		return s.Additional
	}
	return &schema{}
}
