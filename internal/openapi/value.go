package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// object is a JSON object with its members in order. Within it values are *object, []any, string, json.Number, bool and nil.
type object struct{ members []member }

type member struct {
	key   string
	value any
}

// of makes an object of keys and values in turn.
func of(keysAndValues ...any) *object {
	o := &object{}
	for i := 0; i < len(keysAndValues); i += 2 {
		o.set(keysAndValues[i].(string), keysAndValues[i+1])
	}
	return o
}

func (o *object) get(key string) any {
	if o == nil {
		return nil
	}
	for i := range o.members {
		if o.members[i].key == key {
			return o.members[i].value
		}
	}
	return nil
}

func (o *object) object(key string) *object {
	inner, _ := o.get(key).(*object)
	return inner
}

func (o *object) set(key string, value any) {
	for i := range o.members {
		if o.members[i].key == key {
			o.members[i].value = value
			return
		}
	}
	o.members = append(o.members, member{key, value})
}

func (o *object) remove(key string) {
	o.members = slices.DeleteFunc(o.members, func(m member) bool { return m.key == key })
}

// sorted puts the members in the order of their keys.
func (o *object) sorted() *object {
	slices.SortFunc(o.members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	return o
}

// parse reads a JSON object.
func parse(text string) (*object, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := read(d)
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("unexpected end of JSON input")
	case err != nil:
		return nil, err
	}
	o, ok := v.(*object)
	if !ok {
		return nil, errors.New("it is no JSON object")
	}
	return o, nil
}

func read(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := &object{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := read(d)
			if err != nil {
				return nil, err
			}
			o.set(key.(string), value)
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := read(d)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}

// text is a value as JSON, indented. Lists of scalars, and objects of one, stay on one line.
func text(v any) string {
	var b bytes.Buffer
	write(&b, v, "\n")
	return b.String()
}

// write writes a value. line begins a line where the value stands.
func write(b *bytes.Buffer, v any, line string) {
	inner := line + "  "
	switch v := v.(type) {
	case *object:
		b.WriteByte('{')
		flat := len(v.members) == 0 || len(v.members) == 1 && !isContainer(v.members[0].value)
		for i, m := range v.members {
			if !flat {
				separate(b, i, inner)
			}
			scalar(b, m.key)
			b.WriteString(": ")
			write(b, m.value, inner)
		}
		if !flat {
			b.WriteString(line)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		flat := !slices.ContainsFunc(v, isContainer)
		for i, e := range v {
			switch {
			case !flat:
				separate(b, i, inner)
			case i > 0:
				b.WriteString(", ")
			}
			write(b, e, inner)
		}
		if !flat {
			b.WriteString(line)
		}
		b.WriteByte(']')
	default:
		scalar(b, v)
	}
}

func separate(b *bytes.Buffer, i int, line string) {
	if i > 0 {
		b.WriteByte(',')
	}
	b.WriteString(line)
}

func isContainer(v any) bool {
	switch v.(type) {
	case *object, []any:
		return true
	}
	return false
}

func scalar(b *bytes.Buffer, v any) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // nothing in it can fail
	b.Truncate(b.Len() - len("\n"))
}
