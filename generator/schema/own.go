package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/types"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
)

// ownSchema is the schema that a type brings along: by a schema directive, or by the method JSONSchema.
func (w *walker) ownSchema(t *types.Named, c custom) (node, bool) {
	obj := t.Obj()
	text, ok := w.g.cfg.Directive(obj)
	if !ok && c.schema == nil {
		return nil, false
	}
	known := ok
	if !ok {
		text, known = w.g.cfg.Constant(c.schema)
	}
	return w.define(t, func(d *walker) node {
		d.def.loose = true
		if !known {
			typ := GoType(t, w.g.cfg.Package)
			d.def.runtime = &typ
			return nil
		}
		raw, err := ownJSON(text)
		if err != nil {
			d.problem(obj, diag.InvalidSchema, fmt.Sprintf("the schema of %s: %v", w.g.typeName(t), err),
				"give a JSON Schema: an object, or true")
			return nil
		}
		d.def.raw = raw
		return nil
	}), true
}

// ownJSON checks that text is one JSON object or boolean, and whether it can stand under $defs.
func ownJSON(text string) (json.RawMessage, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if dec.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	switch v := v.(type) {
	case bool:
	case map[string]any:
		if at := localReference(v); at != "" && v["$id"] == nil {
			return nil, fmt.Errorf("the reference %s would point into the schema that embeds this one: write it out, or give this schema an $id", at)
		}
	default:
		return nil, fmt.Errorf("not an object")
	}
	return json.RawMessage(strings.TrimSpace(text)), nil
}

// localReference finds a $ref that is relative to the root of its document.
func localReference(v any) string {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok && strings.HasPrefix(ref, "#") {
			return ref
		}
		for _, e := range v {
			if at := localReference(e); at != "" {
				return at
			}
		}
	case []any:
		for _, e := range v {
			if at := localReference(e); at != "" {
				return at
			}
		}
	}
	return ""
}

// schemaHint says how to give t a schema.
func schemaHint(t *types.Named, own *types.Package) string {
	obj := t.Obj()
	if obj.Pkg() == own {
		return "put //alloy:schema {…} or //alloy:schema @file.json above the type, or give it the method JSONSchema() string"
	}
	return fmt.Sprintf("put //alloy:schema %s.%s {…} above the package clause", obj.Pkg().Name(), obj.Name())
}

// indent writes JSON with tabs, every line but the first after prefix.
func indent(raw json.RawMessage, prefix string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, prefix, "\t"); err != nil {
		return string(raw)
	}
	return b.String()
}
