package provider

import (
	"encoding/json"
	"sync"
)

// Schema is a JSON Schema (2020-12) that is sent with many requests. It keeps what was derived from it (a vendor's form,
// a parser), so that each is made once. Always used by pointer; safe for use by many goroutines.
type Schema struct {
	Name   string // of the answer or tool, for vendors that want one: letters, digits, underscore and hyphen
	JSON   string // the schema itself
	Strict bool   // every property required and no others allowed: fit for a vendor's strict mode

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

// MarshalJSON writes the schema itself.
func (s *Schema) MarshalJSON() ([]byte, error) {
	if s == nil || s.JSON == "" {
		return []byte("null"), nil
	}
	return json.RawMessage(s.JSON), nil
}
