package schema

import (
	"go/types"

	"github.com/alloygen/alloygen/generator/model"
)

// GoType writes a type as generated code of the package own would, with its imports marked.
func GoType(t types.Type, own *types.Package) model.Go {
	return model.Go(types.TypeString(t, Qualifier(own)))
}

// Qualifier returns a types.Qualifier that marks every package but own.
func Qualifier(own *types.Package) types.Qualifier {
	return func(p *types.Package) string {
		if own != nil && p.Path() == own.Path() {
			return ""
		}
		return model.ImportMark(p.Path(), p.Name())
	}
}
