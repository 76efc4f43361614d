package check

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// schema is the part of JSON Schema that generated schemas are made of.
type schema struct {
	Ref        string             `json:"$ref"`
	Defs       map[string]*schema `json:"$defs"`
	Type       typeNames          `json:"type"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Additional additional         `json:"additionalProperties"`
	Items      *schema            `json:"items"`
	AnyOf      []*schema          `json:"anyOf"`
	Enum       []any              `json:"enum"`
	Pattern    string             `json:"pattern"`
}

// typeNames is a type keyword: one name or several.
type typeNames []string

func (t *typeNames) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*t = typeNames{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(t))
}

// additional is the schema of an object's other properties; nil where they are just allowed or forbidden.
type additional struct {
	*schema
	forbidden bool
}

func (a *additional) UnmarshalJSON(text []byte) error {
	var allowed bool
	if json.Unmarshal(text, &allowed) == nil {
		a.forbidden = !allowed
		return nil
	}
	return json.Unmarshal(text, &a.schema)
}

// filled counts what complete added.
type filled struct {
	properties int
	enums      int // of them, with a value that is not empty, because an enumeration has none
}

// completer fills in what a schema requires.
type completer struct {
	defs  map[string]*schema
	prune bool // take out keys that the schema forbids, and write the others as it does
	filled
}

// complete adds to a vendor's JSON what the schema requires and it lacks, or has as null where the schema allows none.
// What it has stays, in spite of the schema too.
func complete(root *schema, text []byte) ([]byte, filled, error) {
	c := &completer{defs: root.Defs}
	value, err := c.all(root, text)
	if err != nil {
		return nil, filled{}, err
	}
	text, err = json.Marshal(value)
	return text, c.filled, err
}

// prune completes a vendor's JSON and takes out of it what the schema does not know.
func prune(root *schema, text []byte) (any, error) {
	return (&completer{defs: root.Defs, prune: true}).all(root, text)
}

func (c *completer) all(root *schema, text []byte) (any, error) {
	value, err := decodeNumbers(text)
	if err != nil {
		return nil, err
	}
	return c.value(root, value)
}

func (c *completer) value(s *schema, v any) (any, error) {
	s, err := c.resolve(s)
	if err != nil {
		return nil, err
	}
	if v == nil {
		if fits, err := c.nullable(s); fits || err != nil {
			return nil, err
		}
		return c.empty(s)
	}
	if s, err = c.notNull(s); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case map[string]any:
		return v, c.object(s, v)
	case []any:
		if s.Items == nil {
			return v, nil
		}
		for i := range v {
			if v[i], err = c.value(s.Items, v[i]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func (c *completer) object(s *schema, v map[string]any) error {
	known := map[string]bool{}
	for name, property := range s.Properties {
		key := keyFor(v, name)
		known[key] = true
		value, has := v[key]
		if !has && !slices.Contains(s.Required, name) {
			continue
		}
		if !has {
			c.properties++
		}
		completed, err := c.value(property, value)
		if err != nil {
			return err
		}
		if c.prune && key != name {
			delete(v, key)
			known[name] = true
			key = name
		}
		v[key] = completed
	}
	for key, value := range v {
		if known[key] {
			continue
		}
		if c.prune && s.Additional.forbidden {
			delete(v, key)
		}
		if s.Additional.schema == nil {
			continue
		}
		completed, err := c.value(s.Additional.schema, value)
		if err != nil {
			return err
		}
		v[key] = completed
	}
	return nil
}

// keyFor finds the key that encoding/json takes for a property: the same one, or one that differs in case.
func keyFor(v map[string]any, name string) string {
	if _, ok := v[name]; ok {
		return name
	}
	for key := range v {
		if strings.EqualFold(key, name) {
			return key
		}
	}
	return name
}

// empty is the value that encoding/json would leave in a field of the type, as JSON.
func (c *completer) empty(s *schema) (any, error) {
	if len(s.Enum) > 0 {
		c.enums++
		return s.Enum[0], nil
	}
	if s.any() {
		return nil, nil
	}
	if len(s.Type) == 0 {
		first, err := c.resolve(s.AnyOf[0])
		if err != nil {
			return nil, err
		}
		return c.empty(first)
	}
	switch s.Type[0] {
	case "object":
		v := map[string]any{}
		return v, c.object(s, v)
	case "array":
		return []any{}, nil
	case "string":
		// A number that is written as a string cannot be empty.
		if s.Pattern != "" {
			if ok, err := regexp.MatchString(s.Pattern, ""); err != nil || !ok {
				return "0", err
			}
		}
		return "", nil
	case "boolean":
		return false, nil
	case "integer", "number":
		return 0, nil
	}
	return nil, fmt.Errorf("a schema of type %q", s.Type[0])
}

func (c *completer) resolve(s *schema) (*schema, error) {
	for s.Ref != "" {
		name, ok := strings.CutPrefix(s.Ref, "#/$defs/")
		def := c.defs[name]
		if !ok || def == nil {
			return nil, fmt.Errorf("no definition for %s", s.Ref)
		}
		s = def
	}
	return s, nil
}

// nullable reports whether null fits the schema, which must be resolved.
func (c *completer) nullable(s *schema) (bool, error) {
	if slices.Contains(s.Type, "null") {
		return true, nil
	}
	for _, alternative := range s.AnyOf {
		alternative, err := c.resolve(alternative)
		if err != nil {
			return false, err
		}
		if fits, err := c.nullable(alternative); fits || err != nil {
			return fits, err
		}
	}
	return s.any(), nil
}

// notNull is the one alternative beside null; the schema itself if there are more.
func (c *completer) notNull(s *schema) (*schema, error) {
	var rest []*schema
	for _, alternative := range s.AnyOf {
		alternative, err := c.resolve(alternative)
		if err != nil {
			return nil, err
		}
		if len(alternative.Type) != 1 || alternative.Type[0] != "null" {
			rest = append(rest, alternative)
		}
	}
	if len(rest) == 1 {
		return rest[0], nil
	}
	return s, nil
}

// any reports whether every value fits the schema.
func (s *schema) any() bool { return len(s.Type) == 0 && len(s.AnyOf) == 0 && len(s.Enum) == 0 }
