package build_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSchemasThatTypesBringAlong(t *testing.T) { // F38
	f := file(t, `
-- m.go --
//alloy:schema dep.Foreign {"type": "string", "minLength": 3}
package m

import (
	"example.com/m/dep"

	"github.com/alloygen/alloygen/runtime"
)

//alloy:schema @money.json
type Money struct{ cents int }

func (*Money) UnmarshalJSON([]byte) error { return nil }

type Rate struct{ v int }

func (*Rate) UnmarshalJSON([]byte) error { return nil }

const rate = "{\"type\": " + "\"number\"}"

func (Rate) JSONSchema() string { return rate }

type Late struct{ v int }

func (Late) MarshalJSON() ([]byte, error) { return nil, nil }

func (Late) JSONSchema() string { return string([]byte(rate)) }

type Bill struct {
	Money   Money
	Rate    Rate
	Late    *Late
	Foreign dep.Foreign
	Known   dep.Known
	Fixed   dep.Fixed
}

//alloy:command
func ask() alloy.Prompt[Bill] { panic(1) }
-- money.json --
{
  "type": "string",
    "pattern": "^[0-9]+ EUR$"
}
-- dep/d.go --
package dep

type Foreign struct{ f int }

func (*Foreign) UnmarshalJSON([]byte) error { return nil }

// Known is known.
//
//alloy:schema {"type": "integer"}
type Known struct{ f int }

func (*Known) UnmarshalJSON([]byte) error { return nil }

// Fixed has a schema that only its own package can know before it runs.
type Fixed struct{ f int }

func (*Fixed) UnmarshalJSON([]byte) error { return nil }

const fixed = "{}"

func (Fixed) JSONSchema() string { return fixed }

//alloy:tool
func Tool() {}
`)
	s := f.Commands[0].Result.Schema
	require.True(t, s.Raw)
	require.False(t, s.Strict)
	require.Len(t, s.Defs, 2)
	require.Equal(t, "Fixed", s.Defs[0].Name)
	require.Equal(t, "Late", s.Defs[1].Name)
	require.Equal(t, `{
	"type": "object",
	"properties": {
		"Money": {
			"$ref": "#/$defs/Money"
		},
		"Rate": {
			"$ref": "#/$defs/Rate"
		},
		"Late": {
			"anyOf": [
				{
					"$ref": "#/$defs/Late"
				},
				{
					"type": "null"
				}
			]
		},
		"Foreign": {
			"$ref": "#/$defs/Foreign"
		},
		"Known": {
			"$ref": "#/$defs/Known"
		},
		"Fixed": {
			"$ref": "#/$defs/Fixed"
		}
	},
	"required": ["Money", "Rate", "Late", "Foreign", "Known", "Fixed"],
	"additionalProperties": false,
	"$defs": {
		"Foreign": {
			"type": "string",
			"minLength": 3
		},
		"Known": {
			"type": "integer"
		},
		"Money": {
			"type": "string",
			"pattern": "^[0-9]+ EUR$"
		},
		"Rate": {
			"type": "number"
		}
	}
}`, s.JSON)
	require.Empty(t, f.Codecs)
}
