package schema

import (
	"fmt"
	"go/token"
	"io"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/alloygen/alloygen/generator/diag"
)

// Compile reports whether a text is a JSON Schema (2020-12 unless it says otherwise) whose references all lead somewhere within it.
func Compile(text string) error {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.LoadURL = func(url string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("%s is not part of the schema", url)
	}
	const name = "schema.json"
	if err := c.AddResource(name, strings.NewReader(text)); err != nil {
		return err
	}
	_, err := c.Compile(name)
	return err
}

// compile reports a schema that is none.
func (g *Generator) compile(name string, schema node, at token.Pos) {
	text := schema.text()
	if g.compiled[text] {
		return
	}
	g.compiled[text] = true
	if err := Compile(text); err != nil {
		g.cfg.Report(Problem{
			Pos: at, Code: diag.InvalidSchema,
			Message: fmt.Sprintf("the JSON Schema of %s does not compile: %s", name, oneLine(err.Error())),
			Hint:    "look at the schema directives and tags of the types that it is made of",
		})
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
