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
// it, and each text and number inside it.
func Redacted(v any) string {
	forms := []string{fmt.Sprint(v)}
	if text, err := plainJSON(v); err == nil {
		forms = append(forms, leaves(text)...)
	}
	return strings.Join(forms, separator)
}

// leaves are the texts and numbers inside a JSON value, numbers as they are written there.
func leaves(text string) []string {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	value, err := ordered(dec)
	if err != nil {
		return nil
	}
	return appendLeaves(nil, value)
}

func appendLeaves(all []string, value any) []string {
	switch v := value.(type) {
	case string:
		return append(all, v)
	case json.Number:
		return append(all, v.String())
	case []any:
		for _, e := range v {
			all = appendLeaves(all, e)
		}
	case members:
		for _, m := range v {
			all = appendLeaves(all, m.value)
		}
	}
	return all
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
	if len(s.forms) == 0 {
		return
	}
	slices.SortFunc(s.forms, func(a, b string) int { return len(b) - len(a) }) // of two that begin alike the longer is replaced
	var pairs []string
	for _, form := range s.forms {
		pairs = append(pairs, form, redacted)
	}
	s.replacer = strings.NewReplacer(pairs...)
}

func (s *secrets) addForm(form string) {
	if strings.TrimSpace(form) == "" || slices.Contains(s.forms, form) {
		return
	}
	s.forms = append(s.forms, form)
	plain, _ := plainJSON(form)
	escaped, _ := json.Marshal(form)
	for _, text := range []string{plain, string(escaped)} {
		if inner := text[1 : len(text)-1]; !slices.Contains(s.forms, inner) {
			s.forms = append(s.forms, inner)
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
		if value := properties[name]; len(value) > 0 {
			s.add(leaves(string(value))...)
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
	return s.hideCut(s.replacer.Replace(text))
}

// ellipsis marks where a text was cut.
const ellipsis = "…"

// leastCut is how much of a secret must stand before a cut to be taken for it.
const leastCut = 4

// hideCut hides the beginnings of secrets at which a text was cut.
func (s *secrets) hideCut(text string) string {
	if !strings.Contains(text, ellipsis) {
		return text
	}
	pieces := strings.Split(text, ellipsis)
	for i, piece := range pieces[:len(pieces)-1] {
		pieces[i] = s.withoutEnd(piece)
	}
	return strings.Join(pieces, ellipsis)
}

func (s *secrets) withoutEnd(piece string) string {
	for _, form := range s.forms {
		for n := min(len(form)-1, len(piece)); n >= leastCut; n-- {
			if strings.HasSuffix(piece, form[:n]) {
				return piece[:len(piece)-n] + redacted
			}
		}
	}
	return piece
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
