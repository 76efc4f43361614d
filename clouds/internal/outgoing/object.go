package outgoing

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Object is a JSON object whose fields keep their order and their bytes, so that a body of which one field changes is
// otherwise sent as it was written.
type Object []Field

// Field is one field of an object.
type Field struct {
	Name  string
	Value json.RawMessage
}

// Parse reads the body of a request. What is no JSON object is an error.
func Parse(body []byte) (Object, error) {
	if !json.Valid(body) {
		return nil, errors.New("the body of the request is no JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if begin, _ := dec.Token(); begin != json.Delim('{') {
		return nil, errors.New("the body of the request is no JSON object")
	}
	var o Object
	for dec.More() {
		name, _ := dec.Token() // neither fails in what is valid
		var value json.RawMessage
		_ = dec.Decode(&value)
		o = append(o, Field{name.(string), value})
	}
	return o, nil
}

// Text is the value of a field that is a string; empty when there is none.
func (o Object) Text(name string) (text string) {
	for _, f := range o {
		if f.Name == name {
			_ = json.Unmarshal(f.Value, &text)
		}
	}
	return text
}

// Without is the object without a field, and that field's value.
func (o Object) Without(name string) (rest Object, value json.RawMessage) {
	rest = make(Object, 0, len(o)+1)
	for _, f := range o {
		if f.Name == name {
			value = f.Value
			continue
		}
		rest = append(rest, f)
	}
	return rest, value
}

// With is the object with a text in that field: in place of its value, or, when it had none, behind the others.
func (o Object) With(name, text string) Object {
	value, _ := json.Marshal(text) // of a string it does not fail
	for i := range o {
		if o[i].Name == name {
			o[i].Value = value
			return o
		}
	}
	return append(o, Field{name, value})
}

// Bytes writes the object.
func (o Object) Bytes() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(f.Name)
		b.Write(name)
		b.WriteByte(':')
		b.Write(f.Value)
	}
	b.WriteByte('}')
	return b.Bytes()
}
