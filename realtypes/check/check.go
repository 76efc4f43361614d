// Package check is the part of realtypes that runs inside the module it writes, where the commands are.
package check

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/offline"
)

// Fixture is a vendor's JSON.
type Fixture struct {
	Name string          `json:"name"`
	JSON json.RawMessage `json:"json"`
}

// Result says what a type came through.
type Result struct {
	Type     string        `json:"type"`
	Schema   int           `json:"schema"`            // bytes of the schema
	Invalid  string        `json:"invalid,omitempty"` // what the validator has against the schema
	Offline  string        `json:"offline,omitempty"` // what went wrong with the offline model's answer
	Beyond   bool          `json:"beyond,omitempty"`  // encoding/json cannot decode the answer, for a sealed interface in it
	Fixtures []FixtureDone `json:"fixtures,omitempty"`
}

// FixtureDone says how a fixture fared. It survived if there is neither a problem nor a reason to refuse it.
type FixtureDone struct {
	Name    string `json:"name"`
	Filled  int    `json:"filled"`            // properties that had to be added
	Refused string `json:"refused,omitempty"` // why it is rightly refused, in the words of encoding/json or of the validator
	Problem string `json:"problem,omitempty"`
}

// Type is a type that is the answer of a command.
type Type struct {
	name   string
	schema string
	// answer calls the command on a provider and returns the result, and what encoding/json makes of a text.
	answer func(context.Context, provider.Provider, ...alloy.Option) (any, error)
	decode func(text []byte) (any, error)
	wrap   func(text []byte) []byte // makes an answer of a value
}

// Of is the type of a command and its wrapper. The answer of a type whose schema is written by hand is wrapped in an object
// with the one property value, because such a schema may be of anything.
func Of[T any](name string, wrapped bool, command alloy.Command[T], call func(context.Context, ...alloy.Option) (T, error)) Type {
	t := Type{
		name:   name,
		schema: command.Schema(),
		answer: func(ctx context.Context, p provider.Provider, opts ...alloy.Option) (any, error) {
			return call(ctx, append(opts, alloy.WithProvider(p))...)
		},
		decode: decode[T],
		wrap:   func(text []byte) []byte { return text },
	}
	if wrapped {
		t.decode = decodeValue[T]
		t.wrap = func(text []byte) []byte { return slices.Concat([]byte(`{"value":`), text, []byte(`}`)) }
	}
	return t
}

func decode[T any](text []byte) (any, error) {
	var v T
	err := json.Unmarshal(text, &v)
	return v, err
}

func decodeValue[T any](text []byte) (any, error) {
	var v struct {
		Value T `json:"value"`
	}
	err := json.Unmarshal(text, &v)
	return v.Value, err
}

// Main reads fixtures by type from standard input and writes the results to standard output.
func Main(list []Type) {
	if err := run(list); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(list []Type) error {
	var fixtures map[string][]Fixture
	if err := json.NewDecoder(os.Stdin).Decode(&fixtures); err != nil {
		return err
	}
	model, err := offline.New(provider.Config{})
	if err != nil {
		return err
	}
	results := make([]Result, len(list))
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, t := range list {
		slots <- struct{}{}
		wg.Go(func() {
			results[i] = t.check(model, fixtures[t.name])
			<-slots
		})
	}
	wg.Wait()
	return json.NewEncoder(os.Stdout).Encode(results)
}

func (t Type) check(model provider.Provider, fixtures []Fixture) Result {
	r := Result{Type: t.name, Schema: len(t.schema)}
	oracle, err := compile(t.schema)
	if err != nil {
		r.Invalid = err.Error()
		return r
	}
	err = t.offline(model, oracle)
	if r.Beyond = isBeyond(err); err != nil && !r.Beyond {
		r.Offline = err.Error()
	}
	var s schema
	if err := json.Unmarshal([]byte(t.schema), &s); err != nil {
		r.Invalid = err.Error()
		return r
	}
	for _, f := range fixtures {
		r.Fixtures = append(r.Fixtures, t.fixture(&s, oracle, f))
	}
	return r
}

func compile(text string) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	if err := c.AddResource("schema.json", strings.NewReader(text)); err != nil {
		return nil, err
	}
	return c.Compile("schema.json")
}

// offline answers the command with the built-in model.
func (t Type) offline(model provider.Provider, oracle *jsonschema.Schema) error {
	recorder := &recorder{Provider: model}
	got, err := t.answer(context.Background(), recorder)
	if err != nil {
		return err
	}
	answer, err := decodeNumbers(recorder.text)
	if err != nil {
		return err
	}
	if err := oracle.Validate(answer); err != nil {
		return fmt.Errorf("the answer breaks the schema: %w", err)
	}
	want, err := t.decode(recorder.text)
	if err != nil {
		return fmt.Errorf("encoding/json: %w", err)
	}
	return same(got, want)
}

// isBeyond reports whether encoding/json failed for an interface, which generated code can decode and it cannot.
func isBeyond(err error) bool {
	var typeError *json.UnmarshalTypeError
	return errors.As(err, &typeError) && typeError.Type.Kind() == reflect.Interface
}

// fixture answers the command with a vendor's JSON.
func (t Type) fixture(s *schema, oracle *jsonschema.Schema, f Fixture) FixtureDone {
	done := FixtureDone{Name: f.Name}
	own := t.wrap(f.JSON)
	text, filled, err := complete(s, own)
	if err != nil {
		done.Problem = err.Error()
		return done
	}
	done.Filled = filled.properties
	var report alloy.Report
	got, err := t.answer(context.Background(), constant(text), alloy.WithReport(&report))
	coerced := slices.ContainsFunc(report.Repairs, func(r alloy.Repair) bool { return r.Kind == output.RepairCoerced })
	wantOwn, errOwn := t.decode(own)
	switch {
	case err != nil && errOwn != nil:
		done.Refused = errOwn.Error()
		return done
	case err != nil:
		var value any
		if value, errOwn = prune(s, own); errOwn == nil {
			errOwn = oracle.Validate(value)
		}
		if errOwn != nil {
			done.Refused = reason(errOwn)
			return done
		}
	case errOwn != nil && coerced:
		done.Refused = "as it is written: " + errOwn.Error()
		return done
	case errOwn != nil:
		err = fmt.Errorf("it is accepted, and encoding/json refuses it: %w", errOwn)
	case err == nil:
		var want any
		if want, err = t.decode(text); err == nil {
			err = same(got, want)
		}
		if err == nil && filled.enums == 0 {
			err = same(got, wantOwn)
		}
	}
	if err != nil {
		done.Problem = err.Error()
	}
	return done
}

// reason is what the validator has to say of the innermost value that is wrong.
func reason(err error) string {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return err.Error()
	}
	for len(v.Causes) > 0 {
		v = v.Causes[0]
	}
	return fmt.Sprintf("%s %.100s", v.InstanceLocation, v.Message)
}

// constant is a provider that always answers with the same text.
type constant []byte

func (c constant) Do(context.Context, *provider.Request, func(provider.Delta) error) (*provider.Response, error) {
	return &provider.Response{Parts: []provider.Part{{Text: string(c)}}, Finish: provider.FinishStop}, nil
}

// recorder keeps a provider's last answer.
type recorder struct {
	provider.Provider
	text []byte
}

func (r *recorder) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	resp, err := r.Provider.Do(ctx, req, emit)
	if err == nil {
		r.text = []byte(resp.Text())
	}
	return resp, err
}

// decodeNumbers decodes JSON as the validator wants it: numbers as written.
func decodeNumbers(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}
