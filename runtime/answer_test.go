package alloy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnwrap(t *testing.T) { // F35
	for _, tc := range []struct{ json, want string }{
		{`{"value":3}`, `3`},
		{`{ "value" : [1, 2] }`, `[1, 2]`},
		{`{"value":{"value":1}}`, `{"value":1}`},
		{`{"value":"}"}`, `"}"`},
		{`{"value":1,"value":2}`, `2`}, // as encoding/json has it
	} {
		got, err := unwrap([]byte(tc.json))
		require.NoError(t, err, tc.json)
		require.Equal(t, tc.want, string(got), tc.json)
	}
	_, err := unwrap([]byte(`[1]`))
	require.Error(t, err)
}

func TestMoreRoom(t *testing.T) {
	require.Equal(t, 200, moreRoom(100, 100), "a limit is doubled")
	require.Equal(t, 4096, moreRoom(0, 2048), "a vendor's default limit, too")
	require.Zero(t, moreRoom(0, 100_000), "what the model can write at all stays")
	require.Zero(t, moreRoom(0, 0), "as it does when the vendor does not count")
}
