package alloy

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
)

func TestSecretsAreHidden(t *testing.T) {
	type card struct {
		Holder string `json:"holder"`
		Number int64  `json:"number"`
	}
	for _, tc := range []struct {
		name   string
		secret any
		text   string
		want   string
	}{
		{"text", "4111 1111", "card 4111 1111.", "card [redacted]."},
		{"inside JSON", `say "hi" <now>`, `{"a":"say \"hi\" <now>"}`, `{"a":"[redacted]"}`},
		{"inside JSON for browsers", "a<b>", `{"a":"a\u003cb\u003e"}`, `{"a":"[redacted]"}`},
		{"inside a Go string", "line one\nline two", fmt.Sprintf("%q", "line one\nline two"), `"[redacted]"`},
		{"a number", int64(4111111111111111), `{"n":4111111111111111}`, `{"n":[redacted]}`},
		{"a struct as Go prints it", card{"Ada", 41}, "{Ada 41}", "[redacted]"},
		{"a struct by its parts", card{"Ada", 4111111111111111}, "Ada has 4111111111111111", "[redacted] has [redacted]"},
		{"keys are no secrets", card{"Ada", 41}, "holder number", "holder number"},
		{"a list", []string{"red", "redder"}, "redder than red", "[redacted] than [redacted]"},
		{"cut off", "4111 1111 1111", "it begins 4111 11…", "it begins [redacted]…"},
		{"blank", " ", "a b", "a b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var s secrets
			s.add(Redacted(tc.secret))
			require.Equal(t, tc.want, s.hide(tc.text))
		})
	}
}

func TestPropertiesAreHidden(t *testing.T) {
	var s secrets
	s.addProperties([]byte(`{"card":{"number":4111111111111111},"note":"gift"}`), []string{"card", "missing"})
	require.Equal(t, "[redacted], gift", s.hide("4111111111111111, gift"))
}

func TestHiddenErrorsStillMatch(t *testing.T) {
	var s secrets
	s.add(Redacted("4111"))
	cause := errors.New("no funds")
	failed := fmt.Errorf("charge: %w", &provider.Error{Provider: "acme", Class: provider.Server, Message: "card 4111 refused", Err: cause})
	hidden := s.hideError(failed)

	require.Equal(t, "charge: acme: server: card [redacted] refused", hidden.Error())
	require.ErrorIs(t, hidden, cause)
	perr, ok := errors.AsType[*provider.Error](hidden)
	require.True(t, ok)
	require.Equal(t, "card [redacted] refused", perr.Message)
	require.NoError(t, errors.Unwrap(hidden), "the error with the secret is out of reach")

	require.Same(t, cause, s.hideError(cause), "an error without a secret is left alone")
	require.NoError(t, s.hideError(nil))
}

type ownError struct{ text string }

func (e *ownError) Error() string { return e.text }

func TestHiddenErrorsAs(t *testing.T) {
	var s secrets
	s.add(Redacted("4111"))
	tool := s.hideError(&ToolError{Tool: "charge", Message: "4111 refused", Err: errors.New("4111")})
	e, ok := errors.AsType[*ToolError](tool)
	require.True(t, ok)
	require.Equal(t, "[redacted] refused", e.Message)
	require.EqualError(t, e.Err, "[redacted]")

	own := s.hideError(&ownError{"4111"})
	require.EqualError(t, own, "[redacted]")
	_, ok = errors.AsType[*ownError](own)
	require.True(t, ok, "a type that is not ours is still found")
	_, ok = errors.AsType[*provider.Error](own)
	require.False(t, ok)
	_, ok = errors.AsType[*ToolError](own)
	require.False(t, ok)
}
