package alloy

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

type shade string

type custom string

func (custom) MarshalJSON() ([]byte, error) { return []byte(`{"custom":true}`), nil }

type explosive struct{}

func (explosive) MarshalJSON() ([]byte, error) { panic("boom") }
func (explosive) String() string               { return "explosive" }

func TestResultText(t *testing.T) { // F110
	for _, tc := range []struct {
		result any
		want   string
	}{
		{"as it <is>", "as it <is>"},
		{shade("dark"), "dark"},
		{custom("x"), `{"custom":true}`},
		{map[string]any{"a": 1, "b": "<x>"}, `{"a":1,"b":"<x>"}`},
		{nil, "done"},
		{(*shade)(nil), "null"},
		{None{}, "done"},
		{errors.New("text"), "text"},
		{math.Inf(1), "+Inf"},
		{explosive{}, "explosive"},
	} {
		require.Equal(t, tc.want, resultText(tc.result), "%T", tc.result)
	}
}
