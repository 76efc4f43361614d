package build

import (
	"go/types"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
)

// TypeSchema returns the schema that a type of the package would have as the answer of a command, and what is wrong with
// the type. It is false if the package declares no such type, or a generic one.
func TypeSchema(p *directive.Package, name string) (model.Schema, bool, diag.List) {
	obj, ok := p.Load.Types.Scope().Lookup(name).(*types.TypeName)
	if !ok {
		return model.Schema{}, false, nil
	}
	if named, ok := obj.Type().(*types.Named); ok && named.TypeParams().Len() > 0 {
		return model.Schema{}, false, nil
	}
	run := newRun([]*directive.Package{p})
	b := newBuilder(run, run.packages[p.Load.Path])
	b.schemaDirectives()
	return b.schemas.Output(obj.Type(), obj.Pos()).Schema, true, run.diagnostics
}
