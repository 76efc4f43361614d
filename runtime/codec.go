package alloy

import (
	"encoding/json"
	"fmt"
)

// DecodeAs makes the Decode of a Definition for a T that encoding/json cannot read as its schema says: an S is read, and
// converted. Generated code calls it.
func DecodeAs[S, T any](convert func(S) (T, error)) func([]byte) (T, error) {
	return func(data []byte) (T, error) {
		var s S
		if err := json.Unmarshal(data, &s); err != nil {
			return *new(T), err
		}
		return convert(s)
	}
}

// EncodeAs makes the Encode of a Definition for a T that encoding/json cannot write as its schema says: it is converted to
// an S, which is written. Generated code calls it.
func EncodeAs[T, S any](convert func(T) (S, error)) func(T) ([]byte, error) {
	return func(value T) ([]byte, error) {
		s, err := convert(value)
		if err != nil {
			return nil, err
		}
		return json.Marshal(s)
	}
}

// ConvertList converts each element of a list. A nil list stays nil. Generated code calls it.
func ConvertList[S, T any](list []S, convert func(S) (T, error)) ([]T, error) {
	if list == nil {
		return nil, nil
	}
	out := make([]T, len(list))
	for i, s := range list {
		var err error
		if out[i], err = convert(s); err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return out, nil
}

// ConvertMap converts each value of a map. A nil map stays nil. Generated code calls it.
func ConvertMap[K comparable, S, T any](m map[K]S, convert func(S) (T, error)) (map[K]T, error) {
	if m == nil {
		return nil, nil
	}
	out := make(map[K]T, len(m))
	for k, s := range m {
		t, err := convert(s)
		if err != nil {
			return nil, fmt.Errorf("[%v]: %w", k, err)
		}
		out[k] = t
	}
	return out, nil
}

// ConvertPointer converts what a pointer points to. A nil pointer stays nil. Generated code calls it.
func ConvertPointer[S, T any](p *S, convert func(S) (T, error)) (*T, error) {
	if p == nil {
		return nil, nil
	}
	t, err := convert(*p)
	if err != nil {
		return nil, err
	}
	return &t, nil
}
