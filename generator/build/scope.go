package build

import (
	"go/types"
	"strings"

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
		scope.Missing = func(obj types.Object) bool { return b.isTest(obj) && !f.Test }
	}
	return scope
}

// partial reports whether an object is missing in some builds that have another one of its package: it is declared in a
// test file, or under another build constraint.
func (b *builder) partial(obj, of types.Object) bool {
	if b.isTest(obj) && !b.isTest(of) {
		return true
	}
	f, g := b.pkg.FileOf(obj.Pos()), b.pkg.FileOf(of.Pos())
	return f != nil && g != nil && f.Constraint != "" && f.Constraint != g.Constraint
}

func (b *builder) isTest(obj types.Object) bool {
	return strings.HasSuffix(b.pkg.Position(obj.Pos()).Filename, "_test.go")
}
