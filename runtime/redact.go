package alloy

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/alloygen/alloygen/runtime/provider"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// separator stands between the forms of one value; it is in no text that a model reads.
const separator = "\x00"

// Redacted returns the forms in which the value of a redacted parameter may turn up in text, for Call.Redact: as Go prints
// it, as JSON, and each text and number in it by itself.
func Redacted(v any) string {
	forms := []string{fmt.Sprint(v)}
	if text, err := plainJSON(v); err == nil {
		forms = append(forms, text)
		var any any
		if json.Unmarshal([]byte(text), &any) == nil {
			forms = leaves(forms, any)
		}
	}
	return strings.Join(forms, separator)
}

// leaves adds the texts and numbers inside a JSON value.
func leaves(forms []string, v any) []string {
	switch v := v.(type) {
	case string:
		forms = append(forms, v)
	case float64:
		forms = append(forms, fmt.Sprint(v))
	case []any:
		for _, e := range v {
			forms = leaves(forms, e)
		}
	case map[string]any:
		for _, e := range v {
			forms = leaves(forms, e)
		}
	}
	return forms
}

// secrets are the values that text leaving a call must not hold. The zero value has none.
type secrets struct {
	mu       sync.RWMutex
	forms    []string
	replacer *strings.Replacer
}

// add takes what Redacted returned.
func (s *secrets) add(values ...string) {
	if len(values) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		for form := range strings.SplitSeq(v, separator) {
			s.addForm(form)
		}
	}
	slices.SortFunc(s.forms, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, form := range slices.Compact(s.forms) {
		pairs = append(pairs, form, redacted)
	}
	s.replacer = strings.NewReplacer(pairs...)
}

func (s *secrets) addForm(form string) {
	if strings.TrimSpace(form) == "" || slices.Contains(s.forms, form) {
		return
	}
	s.forms = append(s.forms, form)
	for _, escape := range []func(any) (string, error){plainJSON, func(v any) (string, error) { b, err := json.Marshal(v); return string(b), err }} {
		if text, err := escape(form); err == nil {
			if inner := text[1 : len(text)-1]; inner != form && !slices.Contains(s.forms, inner) {
				s.forms = append(s.forms, inner)
			}
		}
	}
}

// addProperties adds the values of an object's properties.
func (s *secrets) addProperties(object []byte, names []string) {
	if len(names) == 0 {
		return
	}
	var properties map[string]json.RawMessage
	if json.Unmarshal(object, &properties) != nil {
		return
	}
	for _, name := range names {
		var value any
		if json.Unmarshal(properties[name], &value) == nil && value != nil {
			s.add(Redacted(value))
		}
	}
}

func (s *secrets) any() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.replacer != nil
}

// hide returns text without the secrets.
func (s *secrets) hide(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.replacer == nil {
		return text
	}
	return s.replacer.Replace(text)
}

// hideError returns err if its text holds no secret, and otherwise an error without them that still matches what err does.
func (s *secrets) hideError(err error) error {
	if err == nil {
		return nil
	}
	if !s.any() {
		return err
	}
	text := err.Error()
	hidden := s.hide(text)
	if hidden == text {
		return err
	}
	return &hiddenError{text: hidden, err: err, secrets: s}
}

// hiddenError is an error whose text held a secret. errors.Is sees the causes; errors.As gets copies of our own types without
// the secret, and nothing else.
type hiddenError struct {
	text    string
	err     error
	secrets *secrets
}

func (e *hiddenError) Error() string        { return e.text }
func (e *hiddenError) Is(target error) bool { return errors.Is(e.err, target) }

func (e *hiddenError) As(target any) bool {
	switch target := target.(type) {
	case **provider.Error:
		cause, ok := errors.AsType[*provider.Error](e.err)
		if ok {
			hidden := *cause
			hidden.Message, hidden.Err = e.secrets.hide(cause.Message), e.secrets.hideError(cause.Err)
			*target = &hidden
		}
		return ok
	case **ToolError:
		cause, ok := errors.AsType[*ToolError](e.err)
		if ok {
			hidden := *cause
			hidden.Message, hidden.Err = e.secrets.hide(cause.Message), e.secrets.hideError(cause.Err)
			*target = &hidden
		}
		return ok
	}
	// A type of somebody else's: it is what it is, and only its own text can show the secret.
	return reflect.TypeOf(target).Kind() == reflect.Pointer && errors.As(e.err, target)
}
