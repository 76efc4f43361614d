package rawschema_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/output/rawschema"
)

var _ output.Validator = (*rawschema.Validator)(nil)

func TestValidate(t *testing.T) {
	v, err := rawschema.Compile(`{"properties":{"items":{"items":{"not":{"required":["price"]}}}}}`)
	require.NoError(t, err)
	require.NoError(t, v.Validate([]byte(`{"items":[{}]}`)))

	var e *rawschema.Error
	require.ErrorAs(t, v.Validate([]byte(`{"items":[{},{"price":1}]}`)), &e)
	require.Equal(t, "$.items[1]", e.Path)
	require.Contains(t, e.Error(), "$.items[1]: ")
	require.Error(t, e.Unwrap())

	require.ErrorContains(t, v.Validate([]byte(`{`)), "not JSON")
}

func TestFormatsAreAsserted(t *testing.T) {
	v, err := rawschema.Compile(`{"format":"date"}`)
	require.NoError(t, err)
	require.NoError(t, v.Validate([]byte(`"2026-01-02"`)))
	require.Error(t, v.Validate([]byte(`"yesterday"`)))
}

func TestCompileRefuses(t *testing.T) {
	for _, schema := range []string{``, `{`, `[]`, `{"type":"text"}`, `{"$ref":"https://example.com/schema"}`, `{"$ref":"file:///etc/passwd"}`, `{"$ref":"#/$defs/A"}`} {
		_, err := rawschema.Compile(schema)
		require.ErrorContains(t, err, "rawschema: ", schema)
	}
}

func TestLazily(t *testing.T) {
	reads := 0
	validate := rawschema.Lazily(func() string { reads++; return `{"type":"string","minLength":2}` })
	require.Zero(t, reads)
	require.NoError(t, validate([]byte(`"ab"`)))
	require.Error(t, validate([]byte(`"a"`)))
	require.Equal(t, 1, reads)

	broken := rawschema.Lazily(func() string { return `{"type":1}` })
	require.ErrorContains(t, broken([]byte(`"a"`)), "rawschema:")
}
