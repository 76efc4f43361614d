package serve

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/output"
)

// readBody returns the body of a request, whose headers must say that it is plain JSON.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, *Problem) {
	if r.Method == http.MethodGet {
		return []byte("{}"), nil
	}
	if p := checkType(r.Header); p != nil {
		w.Header().Set("Accept", typeJSON) // RFC 9110 §15.5.16
		return nil, p
	}
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, tooLarge(limit)
	}
	if err != nil {
		return nil, refused(http.StatusBadRequest, "The body did not arrive whole.")
	}
	return body, nil
}

func tooLarge(limit int64) *Problem {
	return refused(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is over the limit of %d bytes.", limit))
}

// checkType refuses what is not application/json in UTF-8.
func checkType(header http.Header) *Problem {
	name, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset := parameters["charset"]
	if err != nil || name != typeJSON || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return refused(http.StatusUnsupportedMediaType, "The body must be "+typeJSON+" in UTF-8, and Content-Type must say so.")
	}
	if coding := header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return refused(http.StatusUnsupportedMediaType, "The body must not be compressed.")
	}
	return nil
}

// parameters is the schema of a body, ready for use.
type parameters struct {
	schema   *alloy.Schema
	parser   *output.Parser
	document map[string]any // the schema, to say what is wanted where
}

type parametersKey struct{}

// parametersOf compiles a schema, once. validated says that somebody checks what the parser does not.
func parametersOf(schema *alloy.Schema, validated bool) (*parameters, error) {
	v, err := schema.Derive(parametersKey{}, func(s *alloy.Schema) (any, error) { return compile(s) })
	if err != nil {
		return nil, unusable("cannot be used: "+err.Error(), err)
	}
	p := v.(*parameters)
	if !p.parser.Complete() && !validated {
		return nil, unusable("has keywords that package output does not check: the endpoint needs a Validate", nil)
	}
	return p, nil
}

func unusable(why string, err error) error {
	return &alloy.ConfigurationError{Setting: "http", Message: "the schema of the parameters " + why, Err: err}
}

func compile(s *alloy.Schema) (*parameters, error) {
	if err := s.Err(); err != nil {
		return nil, err
	}
	parser, err := output.Compile([]byte(s.Text()))
	if err != nil {
		return nil, err
	}
	p := &parameters{schema: s, parser: parser}
	return p, json.Unmarshal([]byte(s.Text()), &p.document)
}

// check says what does not fit of a body.
func (p *parameters) check(body []byte) *Field {
	if !utf8.Valid(body) {
		return &Field{Rule: "want UTF-8"}
	}
	if !json.Valid(body) {
		rule := "want JSON"
		if broken, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(body, new(json.RawMessage))); ok {
			rule += fmt.Sprintf("; it is broken at byte %d", broken.Offset)
		}
		return &Field{Rule: rule}
	}
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return &Field{Rule: "want an object with the parameters"}
	}
	fitted, err := p.parser.With(output.Options{MaxSize: max(len(body), 1)}).Parse(string(body))
	if err == nil && bytes.Equal(fitted.JSON, bytes.TrimSpace(body)) {
		return nil
	}
	if misfit, ok := errors.AsType[*output.Error](err); ok {
		return p.misfit(body, misfit)
	}
	if len(fitted.Repairs) > 0 {
		return p.repaired(fitted.Repairs[0])
	}
	return &Field{Rule: anyRule}
}

// misfit says what does not fit, and could not be repaired either.
func (p *parameters) misfit(body []byte, err *output.Error) *Field {
	steps := stepsOf(err.Path)
	if f := p.misspelled(body, steps); f != nil {
		return f
	}
	f := fieldAt(steps)
	f.Rule = wantedOf(err)
	return f
}

// repaired says what is wanted where a model's answer would have been repaired.
func (p *parameters) repaired(r output.Repair) *Field {
	steps := stepsOf(r.Path)
	f := fieldAt(steps)
	switch r.Kind {
	case output.RepairUnknown, output.RepairKey:
		f.Rule = noSuchProperty
	case output.RepairDuplicate:
		f.Rule = "want it once"
	case output.RepairNull:
		f.Rule = "want no null: leave it out"
	default:
		f.Rule = "want " + p.describe(steps)
	}
	return f
}

// misspelled is the key on the way to a misfit that the body has in another spelling, or nil if there is none: the parser takes it
// for the property before it looks at the value.
func (p *parameters) misspelled(body []byte, steps []step) *Field {
	nodes := alternatives(p.document, p.document, nil)
	var at any
	_ = json.Unmarshal(body, &at) // which is JSON
	for i, s := range steps {
		list, _ := at.([]any)
		object, _ := at.(map[string]any)
		inner, ok := object[s.key]
		switch {
		case s.isIndex && s.index < len(list):
			at = list[s.index]
		case ok:
			at = inner
		case object != nil && !s.isIndex:
			return unknownKey(object, nodes, steps[:i])
		default:
			return nil
		}
		nodes = p.inside(nodes, s)
	}
	return nil
}

// unknownKey is the first key of an object that none of the schemas has as a property, or nil.
func unknownKey(object map[string]any, nodes []map[string]any, at []step) *Field {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		known := func(node map[string]any) bool {
			properties, _ := node["properties"].(map[string]any)
			return properties[key] != nil || node["additionalProperties"] != false
		}
		if !slices.ContainsFunc(nodes, known) {
			f := fieldAt(append(slices.Clip(at), step{key: key}))
			f.Rule = noSuchProperty
			return f
		}
	}
	return nil
}

// invalid is the problem of a body that does not fit.
func invalid(f *Field, redact []string) *Problem {
	for _, name := range redact {
		if name == f.Parameter && f.Parameter != "" {
			f = &Field{Pointer: pointer([]step{{key: name}}), Parameter: name, Rule: f.Rule}
		}
	}
	where := "The body"
	if f.Parameter != "" {
		where = "The parameter " + f.Parameter
		if inside, ok := strings.CutPrefix(f.Pointer, pointer([]step{{key: f.Parameter}})); ok && inside != "" {
			where += ", at " + inside + ","
		}
	}
	p := refused(http.StatusUnprocessableEntity, where+" does not fit: "+f.Rule+".")
	p.Field = f
	return p
}
