package alloy

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
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
		{"empty", "", "a b", "a b"},
		{"short, alone", 5, `{"pin":5} at 5:15, HTTP 500`, `{"pin":[redacted]} at [redacted]:15, HTTP 500`},
		{"short, beside a letter", "Bo", "Bob asked Bo", "Bob asked [redacted]"},
		{"that overlap", []string{"abcd", "cdef"}, "xabcdefx", "x[redacted]x"},
		{"that touch", []string{"abcd", "efgh"}, "abcdefgh", "[redacted]"},
		{"that overlaps itself", "aaa", "baaaaab", "b[redacted]b"},
		{"a word of the mark itself", "redacted", "[redacted] redacted", "[redacted] [redacted]"},
		{"escaped in JSON", "Zoë/😀", `{"a":"Zo\u00eb\/\ud83d\ude00","b":"Zo\u00EB/\uD83D\uDE00","c":"Zoë\/😀"}`, `{"a":"[redacted]","b":"[redacted]","c":"[redacted]"}`},
		{"bytes", []byte("4111"), "card 4111", "card [redacted]"},
		{"an array of bytes", [4]byte{'4', '1', '1', '1'}, "card 4111", "card [redacted]"},
		{"unexported fields", struct{ inner *struct{ number string } }{&struct{ number string }{"4111"}}, "card 4111", "card [redacted]"},
		{"keys of a map", map[string]bool{"4111": true}, "card 4111", "card [redacted]"},
		{"behind a pointer", new("4111"), "card 4111", "card [redacted]"},
		{"what writes itself", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "at 2026-01-02T03:04:05Z in UTC, 63902", "at [redacted] in UTC, 63902"},
		{"what holds itself", ring("4111"), "card 4111", "card [redacted]"},
		{"nothing", nil, "<nil> or null", "[redacted] or null"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var s secrets
			s.add(Redacted(tc.secret))
			hidden := s.hide(tc.text)
			require.Equal(t, tc.want, hidden)
			require.Equal(t, hidden, s.hide(hidden), "what is hidden stays")
		})
	}
}

func ring(text string) any {
	m := map[string]any{"text": text}
	m["again"] = []any{&m}
	return m
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

// A secret may be in a cause alone, or in what an error holds beside its text.
func TestSecretsBelowTheTextOfAnError(t *testing.T) {
	var s secrets
	s.add(Redacted("4111"))
	deep := errors.New("4111")
	for name, err := range map[string]error{
		"cause":            &provider.Error{Provider: "acme", Message: "refused", Err: deep},
		"one of causes":    because("refused", errors.New("other"), deep),
		"output":           &CommandError{Message: "refused", Output: "4111"},
		"attempt":          &CommandError{Message: "refused", Attempts: []Attempt{{Message: "4111"}}},
		"cause of attempt": &CommandError{Message: "refused", Attempts: []Attempt{{Err: deep}}},
		"partial text":     &ToolLoopLimitExceeded{PartialText: strings.Repeat("x", 600) + "4111"},
		"panic":            &contracts.Violation{Message: "refused", Panic: "4111"},
		"configuration":    &ConfigurationError{Message: "refused", Err: deep},
	} {
		t.Run(name, func(t *testing.T) {
			hidden := s.hideError(fmt.Errorf("charge: %w", err))
			require.IsType(t, &hiddenError{}, hidden)
			require.ErrorIs(t, hidden, err)
			require.NotContains(t, allOf(hidden), "4111")
			require.Same(t, hidden, s.hideError(hidden), "once is enough")
		})
	}
}

// allOf is all that can be got out of an error of ours.
func allOf(err error) string {
	var b strings.Builder
	write := func(v any) { fmt.Fprintf(&b, "%+v\n", v) }
	write(err)
	if e, ok := errors.AsType[*provider.Error](err); ok {
		write(*e)
		write(e.Err)
	}
	if e, ok := errors.AsType[*CommandError](err); ok {
		write(*e)
	}
	if e, ok := errors.AsType[*ToolLoopLimitExceeded](err); ok {
		write(*e)
	}
	if e, ok := errors.AsType[*contracts.Violation](err); ok {
		write(*e)
	}
	if e, ok := errors.AsType[*ConfigurationError](err); ok {
		write(*e)
	}
	return b.String()
}
