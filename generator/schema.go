package generator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/generator/build"
	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/model"
)

// Schema returns the JSON Schema of something in the packages of opts: the answer of a command, the input of a tool, or a
// type as an answer. Functions have the name that they are declared or generated with, tools also the one that models see;
// a method's begins with its type: Agent.Triage. What is wrong with the packages comes back as diagnostics.
func Schema(ctx context.Context, opts Options, name string) (string, diag.List, error) {
	a, err := analyze(ctx, opts)
	if err != nil || len(a.diagnostics) > 0 {
		return "", a.problems(), err
	}
	var known []string
	for i := range a.models {
		for _, s := range schemas(&a.models[i]) {
			if !slices.Contains(s.names, name) {
				known = append(known, s.names[0])
				continue
			}
			if s.text == "" {
				return "", nil, fmt.Errorf("%s answers with plain text, which has no schema", name)
			}
			return s.text, nil, nil
		}
	}
	for _, p := range a.parsed {
		if s, ok, problems := build.TypeSchema(p, name); ok {
			return s.JSON, problems.Sorted(), nil
		}
	}
	if len(known) == 0 {
		return "", nil, fmt.Errorf("there are no commands and tools")
	}
	slices.Sort(known)
	return "", nil, fmt.Errorf("there is no command, tool or type %s; the commands and tools are %s", name, strings.Join(slices.Compact(known), ", "))
}

func (a *analysis) problems() diag.List {
	if a == nil {
		return nil
	}
	return a.diagnostics
}

// namedSchema is a schema and all that it is known by.
type namedSchema struct {
	names []string
	text  string
}

func schemas(p *model.Package) []namedSchema {
	var all []namedSchema
	for i := range p.Files {
		f := &p.Files[i]
		for j := range f.Commands {
			c := &f.Commands[j]
			s := namedSchema{names: functionNames(&c.Func)}
			if c.Result.Schema != nil {
				s.text = c.Result.Schema.JSON
			}
			all = append(all, s)
		}
		for j := range f.Tools {
			t := &f.Tools[j]
			all = append(all, namedSchema{names: append(functionNames(&t.Func), t.Tool), text: t.Input.JSON})
		}
	}
	return all
}

func functionNames(fn *model.Func) []string {
	prefix := ""
	if fn.Recv != nil {
		prefix = fn.Recv.Type + "."
	}
	return []string{prefix + fn.Exported, prefix + fn.Name}
}
