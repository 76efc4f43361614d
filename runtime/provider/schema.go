package provider

import (
	"bytes"
	"encoding/json"
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

// Text returns the complete schema: JSON, with Defs among its $defs. A definition that is no JSON object is left as true,
// which allows anything. A nil Schema has no text.
func (s *Schema) Text() string {
	if s == nil || len(s.Defs) == 0 {
		return s.json()
	}
	text, _ := s.Derive(textKey{}, func(*Schema) (any, error) { return s.withDefs(), nil })
	return text.(string)
}

func (s *Schema) json() string {
	if s == nil {
		return ""
	}
	return s.JSON
}

// withDefs puts the definitions at the front of $defs, so that the order of everything else stays.
func (s *Schema) withDefs() string {
	var defs []byte
	for _, name := range slices.Sorted(maps.Keys(s.Defs)) {
		key, _ := json.Marshal(name)
		def := []byte(s.Defs[name]())
		if !json.Valid(def) || !bytes.HasPrefix(bytes.TrimSpace(def), []byte("{")) {
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
		return s.JSON[:at] + string(defs) + comma + s.JSON[at:]
	}
	end := strings.LastIndexByte(s.JSON, '}')
	if end < 0 {
		return s.JSON
	}
	comma := ","
	if strings.HasSuffix(strings.TrimSpace(s.JSON[:end]), "{") {
		comma = ""
	}
	return s.JSON[:end] + comma + `"$defs":{` + string(defs) + "}" + s.JSON[end:]
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
