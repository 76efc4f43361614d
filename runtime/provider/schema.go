package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Schema is a JSON Schema (2020-12) that is sent with many requests. It keeps what was derived from it (a vendor's form,
// a parser), so that each is made once. Always used by pointer; safe for use by many goroutines.
type Schema struct {
	Name   string // of the answer or tool, for vendors that want one: letters, digits, underscore and hyphen
	JSON   string // the schema itself
	Strict bool   // every property required and no others allowed: fit for a vendor's strict mode

	// Defs are definitions that are known only when the program runs; Text adds them to the schema's $defs by name.
	Defs map[string]func() string

	derived sync.Map // key → *derivation
}

type derivation struct {
	once  sync.Once
	value any
	err   error
}

// Derive returns what build returned the first time it was asked for key. The key should be a value of a type private to
// the caller's package.
func (s *Schema) Derive(key any, build func(*Schema) (any, error)) (any, error) {
	d, ok := s.derived.Load(key)
	if !ok {
		d, _ = s.derived.LoadOrStore(key, new(derivation))
	}
	entry := d.(*derivation)
	entry.once.Do(func() { entry.value, entry.err = build(s) })
	return entry.value, entry.err
}

type textKey struct{}

// Text returns the complete schema: JSON, with Defs among its $defs. A definition that Err complains of is left as true. A
// nil Schema has no text.
func (s *Schema) Text() string {
	text, _ := s.text()
	return text
}

// Err says which of Defs is no JSON object; nil if all are.
func (s *Schema) Err() error {
	_, err := s.text()
	return err
}

func (s *Schema) text() (string, error) {
	if s == nil || len(s.Defs) == 0 {
		return s.json(), nil
	}
	text, err := s.Derive(textKey{}, func(*Schema) (any, error) { return s.withDefs() })
	return text.(string), err
}

func (s *Schema) json() string {
	if s == nil {
		return ""
	}
	return s.JSON
}

// withDefs puts the definitions at the front of $defs, so that the order of everything else stays.
func (s *Schema) withDefs() (text string, err error) {
	var defs []byte
	for _, name := range slices.Sorted(maps.Keys(s.Defs)) {
		key, _ := json.Marshal(name)
		def, wrong := definition(s.Defs[name])
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("the definition of %s: %w", name, wrong))
			def = []byte("true")
		}
		defs = append(append(append(defs, key...), ':'), def...)
		defs = append(defs, ',')
	}
	defs = bytes.TrimSuffix(defs, []byte(","))
	if at, empty := s.defsOffset(); at > 0 {
		comma := ","
		if empty {
			comma = ""
		}
		return s.JSON[:at] + string(defs) + comma + s.JSON[at:], err
	}
	end := strings.LastIndexByte(s.JSON, '}')
	if end < 0 {
		return s.JSON, err
	}
	comma := ","
	if strings.HasSuffix(strings.TrimSpace(s.JSON[:end]), "{") {
		comma = ""
	}
	return s.JSON[:end] + comma + `"$defs":{` + string(defs) + "}" + s.JSON[end:], err
}

// definition is what def returns. A panic in it, which is a user's method, is an error.
func definition(def func() string) (text []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("JSONSchema panicked: %v", p)
		}
	}()
	text = []byte(def())
	if !json.Valid(text) || !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, errors.New("it is no JSON object")
	}
	return text, nil
}

// defsOffset finds the inside of the root's $defs; 0 when it has none.
func (s *Schema) defsOffset() (at int64, empty bool) {
	dec := json.NewDecoder(strings.NewReader(s.JSON))
	if _, err := dec.Token(); err != nil {
		return 0, false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return 0, false
		}
		if key == "$defs" {
			if open, err := dec.Token(); err != nil || open != json.Delim('{') {
				return 0, false
			}
			return dec.InputOffset(), !dec.More()
		}
		var skip json.RawMessage
		if dec.Decode(&skip) != nil {
			return 0, false
		}
	}
	return 0, false
}

// MarshalJSON writes the schema itself.
func (s *Schema) MarshalJSON() ([]byte, error) {
	if text := s.Text(); text != "" {
		return []byte(text), nil
	}
	return []byte("null"), nil
}
