package check

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// same says where two decoded values differ. Nil and empty slices and maps are the same, and so are
// equal times and raw JSON that says the same.
func same(got, want any) error {
	if path, ok := differ(reflect.ValueOf(got), reflect.ValueOf(want), ""); !ok {
		return fmt.Errorf("differs from what encoding/json decodes at %s", path)
	}
	return nil
}

// differ returns whether two values of one type are the same, and if not, where they are not.
func differ(a, b reflect.Value, path string) (string, bool) {
	if a.IsValid() != b.IsValid() {
		return describe(path, a, b), false
	}
	if !a.IsValid() {
		return "", true
	}
	if a.Type() != b.Type() {
		return fmt.Sprintf("%s: %s and %s", path, a.Type(), b.Type()), false
	}
	if a.CanInterface() {
		switch v := a.Interface().(type) {
		case time.Time:
			return describe(path, a, b), v.Equal(b.Interface().(time.Time))
		case json.RawMessage:
			return describe(path, a, b), sameJSON(v, b.Interface().(json.RawMessage))
		}
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return describe(path, a, b), a.IsNil() == b.IsNil()
		}
		return differ(a.Elem(), b.Elem(), path)
	case reflect.Struct:
		for i := range a.NumField() {
			if at, ok := differ(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name); !ok {
				return at, false
			}
		}
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return describe(path, a, b), false
		}
		for i := range a.Len() {
			if at, ok := differ(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", path, i)); !ok {
				return at, false
			}
		}
	case reflect.Map:
		if a.Len() != b.Len() {
			return describe(path, a, b), false
		}
		for _, key := range a.MapKeys() {
			if at, ok := differ(a.MapIndex(key), b.MapIndex(key), fmt.Sprintf("%s[%v]", path, key)); !ok {
				return at, false
			}
		}
	case reflect.Func:
		return describe(path, a, b), a.IsNil() && b.IsNil()
	default:
		return describe(path, a, b), a.Equal(b)
	}
	return "", true
}

// sameJSON compares raw JSON by what it says; nothing is null.
func sameJSON(a, b json.RawMessage) bool {
	va, errA := decodeRaw(a)
	vb, errB := decodeRaw(b)
	return errA == nil && errB == nil && reflect.DeepEqual(va, vb)
}

func decodeRaw(text json.RawMessage) (any, error) {
	if len(text) == 0 {
		return nil, nil
	}
	return decodeNumbers(text)
}

func describe(path string, a, b reflect.Value) string {
	if path == "" {
		path = "the root"
	}
	return fmt.Sprintf("%s: %.80s, not %.80s", path, fmt.Sprint(a), fmt.Sprint(b))
}
