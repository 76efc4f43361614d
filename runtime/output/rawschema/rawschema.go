// Package rawschema validates JSON against a whole JSON Schema, for schemas with keywords that package output does not
// check: not, if, contains, patternProperties and the like. It is slower than package output, which is why it is not used
// for other schemas.
package rawschema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Validator validates JSON against one schema. It is immutable and safe for use by many goroutines. It is an
// output.Validator.
type Validator struct {
	schema *jsonschema.Schema
}

// Compile reads a JSON Schema, of the 2020-12 dialect unless its $schema names another. References must stay within the
// schema; formats are checked.
func Compile(schema string) (*Validator, error) {
	const name = "alloy:schema"
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	c.LoadURL = func(url string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("%s is outside of the schema", url)
	}
	if err := c.AddResource(name, strings.NewReader(schema)); err != nil {
		return nil, fmt.Errorf("rawschema: %w", err)
	}
	compiled, err := c.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("rawschema: %w", err)
	}
	return &Validator{compiled}, nil
}

// Lazily returns a function that validates against the schema that text returns. The schema is read and compiled at the first
// call, once for each text in the life of the program; if it is broken, every call returns that error. The function is safe
// for use by many goroutines.
func Lazily(text func() string) func(json []byte) error {
	compile := sync.OnceValues(func() (*Validator, error) { return shared(text()) })
	return func(json []byte) error {
		v, err := compile()
		if err != nil {
			return err
		}
		return v.Validate(json)
	}
}

var compiled sync.Map // text → func() (*Validator, error)

func shared(text string) (*Validator, error) {
	compile, _ := compiled.LoadOrStore(text, sync.OnceValues(func() (*Validator, error) { return Compile(text) }))
	return compile.(func() (*Validator, error))()
}

// Error says where JSON does not fit its schema.
type Error struct {
	Path    string // $.items[2].price
	Message string // what is wrong there; begins with the path
	Err     error  // jsonschema's own
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

func (e *Error) Unwrap() error { return e.Err }

// Validate returns an *Error when text does not fit the schema, and another error when it is not JSON.
func (v *Validator) Validate(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("rawschema: not JSON: %w", err)
	}
	err := v.schema.Validate(value)
	if err == nil {
		return nil
	}
	if broken, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		leaf := deepest(broken)
		path := jsonPath(leaf.InstanceLocation)
		return &Error{Path: path, Message: path + ": " + leaf.Message, Err: err}
	}
	return fmt.Errorf("rawschema: %w", err)
}

// deepest returns the first cause that has no further causes.
func deepest(e *jsonschema.ValidationError) *jsonschema.ValidationError {
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}
	return e
}

// jsonPath writes a JSON pointer (RFC 6901) as package output writes paths.
func jsonPath(pointer string) string {
	path := "$"
	if pointer == "" {
		return path
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for token := range strings.SplitSeq(pointer[1:], "/") {
		if _, err := strconv.Atoi(token); err == nil {
			path += "[" + token + "]"
			continue
		}
		path += "." + unescape.Replace(token)
	}
	return path
}
