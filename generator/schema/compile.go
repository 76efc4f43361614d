package schema

import (
	"encoding/json"
	"fmt"
	"go/token"
	"io"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/alloygen/alloygen/generator/diag"
)

// Compile reports whether a text is a JSON Schema (2020-12 unless it says otherwise) whose references all lead
// somewhere within it.
func Compile(text string) error {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.LoadURL = func(url string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("%s is not part of the schema", url)
	}
	const name = "mem:///schema.json" // absolute, or the working directory is looked up
	if err := c.AddResource(name, strings.NewReader(text)); err != nil {
		return err
	}
	_, err := c.Compile(name)
	return err
}

// Compiled remembers what the compiler has seen in one run, as it takes longer than everything else: a part without
// references that was compiled before, with whatever description, is not compiled again. The zero value is ready for
// use, by one goroutine.
type Compiled struct{ parts map[string]bool }

// bareText is a schema without what only describes, and without the parts that were compiled before. Those that were
// not are added to parts.
func (c *Compiled) bareText(schema node) (text string, parts []string) {
	w := writer{bare: true, elide: func(part node) bool {
		if d, ok := part["$ref"].(*definition); ok {
			return d.compiled
		}
		if refers(part) {
			return false
		}
		inner := writer{bare: true}
		inner.value(part, 0)
		parts = append(parts, inner.String())
		return c.parts[inner.String()]
	}}
	w.value(schema, 0)
	return w.String(), append(parts, w.String())
}

// refers reports whether there is a reference or somebody's own schema in v.
func refers(v any) bool {
	switch v := v.(type) {
	case *definition, json.RawMessage:
		return true
	case node:
		for _, e := range v {
			if refers(e) {
				return true
			}
		}
	case []node:
		return slices.ContainsFunc(v, func(n node) bool { return refers(n) })
	case []property:
		return slices.ContainsFunc(v, func(p property) bool { return refers(p.node) })
	}
	return false
}

// compile reports a schema that is none.
func (g *Generator) compile(name string, schema node, defs []*definition, at token.Pos) {
	entries, _ := schema["$defs"].([]entry)
	schema["$defs"] = slices.DeleteFunc(slices.Clone(entries), func(e entry) bool {
		return slices.ContainsFunc(defs, func(d *definition) bool { return d.name == e.name && d.compiled })
	})
	c := g.cfg.Compiled
	defer func() {
		for _, d := range defs {
			d.compiled = true // or reported once, which is enough
		}
	}()
	text, parts := c.bareText(schema)
	if c.parts[text] {
		return
	}
	if err := Compile(text); err != nil {
		g.cfg.Report(Problem{
			Pos: at, Code: diag.InvalidSchema,
			Message: fmt.Sprintf("the JSON Schema of %s does not compile: %s", name, oneLine(err.Error())),
			Hint:    "look at the schema directives and tags of the types that it is made of",
		})
		return
	}
	if c.parts == nil {
		c.parts = map[string]bool{}
	}
	for _, part := range parts {
		c.parts[part] = true
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
