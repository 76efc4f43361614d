package main

import (
	"encoding/json"
	"errors"
	"reflect"
)

// reader makes JSON of an answer.
type reader struct {
	name string
	read readFunc
}

type readFunc func(text string) ([]byte, error)

// decoding is the way from the text of an example to a digest.
func (r reader) decoding(e example) way { return decoding(r.name+", then json.Unmarshal", r.read, e) }

func decoding(name string, read readFunc, e example) way {
	same := sameDigest
	return way{name, func() error {
		data, err := read(e.text)
		if err != nil {
			return err
		}
		var got digest
		if err := json.Unmarshal(data, &got); err != nil {
			return err
		}
		err = same(got, e.want)
		same = sameLength // the first call has shown the rest, and the comparison is not what is measured
		return err
	}}
}

// alone is the way from the text of an example to JSON. Its first call decodes the JSON to see whether it is right.
func (r reader) alone(e example) way {
	right := false
	return way{r.name, func() error {
		data, err := r.read(e.text)
		if err != nil || right {
			return err
		}
		right = true
		var got digest
		if err := json.Unmarshal(data, &got); err != nil {
			return err
		}
		return sameDigest(got, e.want)
	}}
}

var errOther = errors.New("the value is not the original's")

func sameDigest(got, want digest) error {
	if !reflect.DeepEqual(got, want) {
		return errOther
	}
	return nil
}

func sameLength(got, want digest) error {
	if len(got.Reviews) != len(want.Reviews) {
		return errOther
	}
	return nil
}

// failure says in a line of the table what a reader does with an example that it does not read.
func failure(err error) string {
	if errors.Is(err, errOther) {
		return "reads another value"
	}
	return "cannot read it"
}
