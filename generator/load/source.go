package load

import (
	"errors"
	"go/ast"
	"go/scanner"
	"go/types"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
)

// Source is a package whose files are at hand.
type Source struct {
	Path, Dir string
	External  bool
	Files     map[string][]byte // Go files and others, by their slash-separated path below Dir
}

// Check reads one package as Load does, without the go command: build constraints are not evaluated. imp finds what it
// imports. The diagnostics are those of the parser and of the type checker, unused imports apart.
func Check(docs *DocFinder, imp types.Importer, src Source) (*Package, diag.List) {
	fset := docs.fset
	pkg := &Package{
		Path: src.Path, Dir: src.Dir, External: src.External, Fset: fset, Docs: docs,
		Info: &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{},
			Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
			Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
			Scopes: map[ast.Node]*types.Scope{}, FileVersions: map[*ast.File]string{},
		},
		Sizes: types.SizesFor("gc", "amd64"),
		ReadFile: func(name string) ([]byte, error) {
			if content, ok := src.Files[name]; ok {
				return content, nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
	}
	var problems diag.List
	var all []*ast.File
	p := parser{comments: map[string]bool{src.Dir: true}}
	for _, name := range slices.Sorted(maps.Keys(src.Files)) {
		if strings.Contains(name, "/") || filepath.Ext(name) != ".go" {
			continue
		}
		path := filepath.Join(src.Dir, name)
		file, err := p.parse(fset, path, src.Files[name])
		if list, ok := errors.AsType[scanner.ErrorList](err); ok {
			for _, e := range list {
				problems.Add(e.Pos, diag.SyntaxError, e.Msg, "")
			}
		}
		if file == nil {
			continue
		}
		all = append(all, file)
		pkg.Name = file.Name.Name
		pkg.addFile(file, []string{path})
	}
	cfg := types.Config{Importer: imp, Sizes: pkg.Sizes, Error: func(err error) {
		if e, ok := errors.AsType[types.Error](err); ok && !e.Soft {
			problems.Add(fset.Position(e.Pos), diag.CompileError, oneLine(e.Msg), "")
		}
	}}
	pkg.Types, _ = cfg.Check(src.Path, fset, all, pkg.Info) // its error is the first of those that Error got
	return pkg, problems
}
