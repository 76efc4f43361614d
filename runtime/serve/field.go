package serve

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/alloygen/alloygen/runtime/output"
)

// step is a part of a path: a key, or an index.
type step struct {
	key     string
	index   int
	isIndex bool
}

// stepsOf reads a path as package output writes it: $.order["a b"][2].
func stepsOf(path string) []step {
	var all []step
	rest := strings.TrimPrefix(path, "$")
	for rest != "" {
		switch {
		case rest[0] == '.':
			end := strings.IndexAny(rest[1:], ".[") + 1
			if end == 0 {
				end = len(rest)
			}
			all, rest = append(all, step{key: rest[1:end]}), rest[end:]
		case strings.HasPrefix(rest, `["`):
			quoted, err := strconv.QuotedPrefix(rest[1:])
			if err != nil {
				return all
			}
			key, _ := strconv.Unquote(quoted)
			all, rest = append(all, step{key: key}), strings.TrimPrefix(rest[1+len(quoted):], "]")
		default:
			number, after, ok := strings.Cut(rest[1:], "]")
			n, err := strconv.Atoi(number)
			if !ok || err != nil {
				return all
			}
			all, rest = append(all, step{index: n, isIndex: true}), after
		}
	}
	return all
}

// pointer writes a path as a JSON Pointer (RFC 6901).
func pointer(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteByte('/')
		if s.isIndex {
			b.WriteString(strconv.Itoa(s.index))
		} else {
			_, _ = escape.WriteString(&b, s.key)
		}
	}
	return b.String()
}

var escape = strings.NewReplacer("~", "~0", "/", "~1")

func fieldAt(steps []step) *Field {
	f := &Field{Pointer: pointer(steps)}
	if len(steps) > 0 {
		f.Parameter = steps[0].key
	}
	return f
}

const (
	anyRule        = "want " + theSchema
	typeRule       = "want a value that its type takes" // which the schema does not say
	noSuchProperty = "there is no such property"
	missingValue   = "nothing: the key is missing"
)

// wantedOf is what the message of a misfit wants, without what was found: that is the client's, and may be a secret.
func wantedOf(e *output.Error) string {
	message := e.Message
	if e.Path != "$" {
		message = strings.TrimPrefix(message, e.Path+": ")
	}
	if !strings.HasPrefix(message, "want ") { // the path was too long for the message
		return anyRule
	}
	wanted, found, _ := strings.Cut(message, ", got ")
	if found == missingValue {
		return wanted + "; it is missing"
	}
	return wanted
}

// invalidAt is where a validator says that a body does not fit, as package rawschema writes it. Nothing else that it says may be
// shown.
func invalidAt(err error) *Field {
	f := &Field{}
	if path, _, ok := strings.Cut(err.Error(), ": "); ok && strings.HasPrefix(path, "$") {
		f = fieldAt(stepsOf(path))
	}
	f.Rule = anyRule
	return f
}

// undecodableAt is where a type refuses a body that fits: within a parameter, if it is known which, as far as encoding/json says.
// What the type says of it may hold the value; the name of a number's type does not.
func undecodableAt(err error, parameter string) *Field {
	f := &Field{}
	if parameter != "" {
		f = fieldAt([]step{{key: parameter}})
	}
	f.Rule = typeRule
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		if at := fieldAt(stepsOf("$." + wrong.Field)); parameter == "" || at.Parameter == parameter {
			f.Pointer, f.Parameter = at.Pointer, at.Parameter
			if kind := wrong.Type.Kind(); strings.HasPrefix(wrong.Value, "number") && reflect.Int <= kind && kind <= reflect.Float64 {
				f.Rule = "want a number that fits " + kind.String()
			}
		}
	}
	return f
}
