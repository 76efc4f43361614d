package generator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/generator/model"
)

// Schema returns the JSON Schema of something in the packages of the run: the answer of a command, the input of a tool, or
// a type that is an answer. Functions have the name that they are declared or generated with, tools also the one that
// models see; a method's begins with its type: Agent.Triage.
func (r *Result) Schema(name string) (string, error) {
	var known []string
	for i := range r.Packages {
		for _, s := range schemas(&r.Packages[i]) {
			if slices.Contains(s.names, name) {
				if s.text == "" {
					return "", fmt.Errorf("answers %s with plain text, which has no schema", name)
				}
				return s.text, nil
			}
			known = append(known, s.names[0])
		}
	}
	slices.Sort(known)
	if known = slices.Compact(known); len(known) == 0 {
		return "", fmt.Errorf("has no commands and tools")
	}
	return "", fmt.Errorf("has no %s, but %s", name, strings.Join(known, ", "))
}

// namedSchema is a schema and all that it is known by.
type namedSchema struct {
	names []string
	text  string
}

func schemas(p *model.Package) []namedSchema {
	var all []namedSchema
	var types []namedSchema // after the functions, which win
	for i := range p.Files {
		f := &p.Files[i]
		for j := range f.Commands {
			c := &f.Commands[j]
			s := namedSchema{names: functionNames(&c.Func)}
			if c.Result.Schema != nil {
				s.text = c.Result.Schema.JSON
				types = append(types, namedSchema{names: []string{c.Result.Type.String()}, text: s.text})
			}
			all = append(all, s)
		}
		for j := range f.Tools {
			t := &f.Tools[j]
			all = append(all, namedSchema{names: append(functionNames(&t.Func), t.Tool), text: t.Input.JSON})
		}
	}
	return append(all, types...)
}

func functionNames(fn *model.Func) []string {
	prefix := ""
	if fn.Recv != nil {
		prefix = fn.Recv.Type + "."
	}
	return []string{prefix + fn.Exported, prefix + fn.Name}
}
