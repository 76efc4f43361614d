// Package documented holds what docs/types.md shows.
package documented

import (
	"encoding/json"
	"fmt"

	"github.com/alloygen/alloygen/runtime"
)

// Product is one thing on the shelf.
type Product struct {
	Code     string  `json:"code" jsonschema:"pattern=^[A-Z]{1,3}$,description=a code, as printed"`
	Price    Money   `json:"price"`
	Discount Percent `json:"discount"`
	Size     Size    `json:"size"`
}

// Money is a price.
//
//alloy:schema {"type": "string", "pattern": "^[0-9]+ EUR$"}
type Money struct{ euros int64 }

func (m *Money) UnmarshalJSON(data []byte) error { return scan(data, "%d EUR", &m.euros) }

// Size comes from a file.
//
//alloy:schema @size.json
type Size struct{ millimetres int64 }

func (s *Size) UnmarshalJSON(data []byte) error { return scan(data, "%d mm", &s.millimetres) }

// Percent says itself.
type Percent struct{ of int64 }

func (Percent) JSONSchema() string { return `{"type": "string", "pattern": "^[0-9]+ %$"}` }

func (p *Percent) UnmarshalJSON(data []byte) error { return scan(data, "%d %%", &p.of) }

func scan(data []byte, format string, to *int64) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	_, err := fmt.Sscanf(text, format, to)
	return err
}

//alloy:command name=ReadProduct
func product(label string) alloy.Prompt[Product] { return alloy.Promptf[Product]("%s", label) }
