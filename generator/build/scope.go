package build

import (
	"go/types"

	"github.com/alloygen/alloygen/generator/contract"
	"github.com/alloygen/alloygen/generator/load"
)

// fileScope is the scope of a file, without the names of any function.
func (b *builder) fileScope(f *load.File) *contract.Scope {
	scope := &contract.Scope{
		Package: b.pkg.Types,
		Import:  func(path string) (*types.Package, error) { return b.run.stdlib.load(b.pkg, path) },
	}
	if f != nil {
		scope.File = b.pkg.Info.Scopes[f.Syntax]
	}
	return scope
}
