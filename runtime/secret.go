package alloy

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// separator stands between the forms of one value; it is in no text that a model reads.
const separator = "\x00"

// Redacted returns the forms in which the value of a redacted parameter may turn up in text, for Call.Redact: as Go prints
// it, and each text and number inside it. A form of one or two bytes is hidden where it stands alone, and not within other
// words and numbers.
func Redacted(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	forms := []string{printed(v)}
	if text, err := plainJSON(v); err == nil {
		forms = append(forms, leaves(text)...)
	}
	walk(reflect.ValueOf(v), func(leaf reflect.Value) { forms = append(forms, textOf(leaf)) })
	slices.Sort(forms)
	return strings.Join(slices.Compact(forms), separator)
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

// printed is v as fmt prints it; of a value that holds itself, which fmt would never be done with, it is the type.
func printed(v any) string {
	if !walk(reflect.ValueOf(v), func(reflect.Value) {}) {
		return fmt.Sprintf("%T", v)
	}
	return fmt.Sprint(v)
}

// textOf is a leaf as text; empty for what is neither text nor number.
func textOf(leaf reflect.Value) string {
	switch {
	case leaf.Kind() == reflect.String:
		return leaf.String()
	case leaf.CanInt():
		return strconv.FormatInt(leaf.Int(), 10)
	case leaf.CanUint():
		return strconv.FormatUint(leaf.Uint(), 10)
	case leaf.CanFloat():
		return strconv.FormatFloat(leaf.Float(), 'f', -1, 64)
	case isBytes(leaf):
		text := make([]byte, leaf.Len())
		for i := range text {
			text[i] = byte(leaf.Index(i).Uint())
		}
		return string(text)
	}
	return ""
}

func isBytes(v reflect.Value) bool {
	return (v.Kind() == reflect.Slice || v.Kind() == reflect.Array) && v.Type().Elem().Kind() == reflect.Uint8
}

// walk visits the leaves of a value, those of unexported fields too, but not the inside of types that write themselves. It
// is false for a value that holds itself.
func walk(v reflect.Value, visit func(leaf reflect.Value)) bool {
	w := walker{visit: visit}
	return w.enter(v)
}

type walker struct {
	visit func(reflect.Value)
	path  []pointer // from the root
}

// pointer tells values that others may refer to apart.
type pointer struct {
	to  uintptr
	typ reflect.Type
	len int
}

func (w *walker) enter(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		here := pointer{to: v.Pointer(), typ: v.Type()}
		if v.Kind() == reflect.Slice {
			here.len = v.Len()
		}
		if slices.Contains(w.path, here) {
			return false
		}
		w.path = append(w.path, here)
		defer func() { w.path = w.path[:len(w.path)-1] }()
	}
	return w.inside(v)
}

func (w *walker) inside(v reflect.Value) bool {
	if !v.IsValid() {
		return true
	}
	finite := true
	switch kind := v.Kind(); {
	case isBytes(v), writesItself(v.Type()):
		w.visit(v)
	case kind == reflect.Pointer, kind == reflect.Interface:
		return v.IsNil() || w.enter(v.Elem())
	case kind == reflect.Struct:
		for i := range v.NumField() {
			finite = w.enter(v.Field(i)) && finite
		}
	case kind == reflect.Slice, kind == reflect.Array:
		for i := range v.Len() {
			finite = w.enter(v.Index(i)) && finite
		}
	case kind == reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			finite = w.enter(entries.Key()) && finite
			finite = w.enter(entries.Value()) && finite
		}
	default:
		w.visit(v)
	}
	return finite
}

// writesItself reports whether a type says by itself what its text is: a time, a URL, a big number.
func writesItself(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) || t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[fmt.Stringer]())
}

// spellings are a text as it is, and as it stands inside JSON strings: with <, > and & escaped or not, with slashes and all
// but ASCII escaped or not.
func spellings(text string) []string {
	plain, _ := plainJSON(text)
	escaped, _ := json.Marshal(text)
	plain = plain[1 : len(plain)-1]
	all := []string{text, plain, string(escaped[1 : len(escaped)-1]), asciiOnly(plain, `\u%04x`), asciiOnly(plain, `\u%04X`)}
	for _, s := range all {
		all = append(all, strings.ReplaceAll(s, "/", `\/`))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// asciiOnly escapes what is not ASCII, by its UTF-16 code units (RFC 8259 §7).
func asciiOnly(text, format string) string {
	var b strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, format, unit)
		}
	}
	return b.String()
}

// masked is a JSON object without the values of some of its properties; nothing is shown of what is no object.
func masked(object []byte, names []string) string {
	dec := json.NewDecoder(bytes.NewReader(object))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return redacted
	}
	var b strings.Builder
	for separator := "{"; dec.More(); separator = "," {
		key, err := dec.Token()
		name, _ := key.(string)
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			return redacted
		}
		text, _ := plainJSON(name)
		b.WriteString(separator + text + ":")
		if slices.Contains(names, name) {
			b.WriteString(`"` + redacted + `"`)
		} else {
			b.Write(value)
		}
	}
	if b.Len() == 0 {
		return "{}"
	}
	return b.String() + "}"
}
