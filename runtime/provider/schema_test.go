package provider_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
)

func TestSchemaText(t *testing.T) {
	money := func() string { return `{"type":"string"}` }
	for name, tc := range map[string]struct {
		schema *provider.Schema
		want   string
	}{
		"nil":            {nil, ""},
		"plain":          {&provider.Schema{JSON: `{ "type": "string" }`}, `{ "type": "string" }`},
		"no $defs yet":   {&provider.Schema{JSON: `{"type":"object"}`, Defs: map[string]func() string{"Money": money}}, `{"type":"object","$defs":{"Money":{"type":"string"}}}`},
		"empty schema":   {&provider.Schema{JSON: `{}`, Defs: map[string]func() string{"Money": money}}, `{"$defs":{"Money":{"type":"string"}}}`},
		"empty $defs":    {&provider.Schema{JSON: `{"$defs":{},"a":1}`, Defs: map[string]func() string{"Money": money}}, `{"$defs":{"Money":{"type":"string"}},"a":1}`},
		"beside others":  {&provider.Schema{JSON: `{"a":{"$defs":1},"$defs":{"A":true}}`, Defs: map[string]func() string{"M": money, "L": money}}, `{"a":{"$defs":1},"$defs":{"L":{"type":"string"},"M":{"type":"string"},"A":true}}`},
		"no JSON object": {&provider.Schema{JSON: `{}`, Defs: map[string]func() string{"A": func() string { return "oops" }}}, `{"$defs":{"A":true}}`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, tc.schema.Text())
			require.Equal(t, tc.want, tc.schema.Text(), "the second time too")
			require.Equal(t, name == "no JSON object", tc.schema.Err() != nil, "%v", tc.schema.Err())
			if tc.want == "" {
				return
			}
			data, err := json.Marshal(tc.schema)
			require.NoError(t, err)
			require.JSONEq(t, tc.want, string(data))
		})
	}
}

func TestSchemaDerivesOnce(t *testing.T) {
	type key struct{}
	s, calls := &provider.Schema{}, 0
	for range 3 {
		v, err := s.Derive(key{}, func(*provider.Schema) (any, error) { calls++; return calls, nil })
		require.NoError(t, err)
		require.Equal(t, 1, v)
	}
}
