package load

import (
	"errors"
	"go/ast"
	goparser "go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/packages"
)

// compile reports what the compiler has against an annotated package that it refused, function bodies included. It looks
// at the source once more, which the packages that compile do not need. Functions in which a name to be generated occurs
// are left out, since nothing can be said of them yet.
func (l *loader) compile(p *packages.Package) {
	fset := token.NewFileSet()
	emptied := map[string]bool{} // files
	var files []*ast.File
	for _, name := range p.CompiledGoFiles {
		file, err := goparser.ParseFile(fset, name, nil, goparser.SkipObjectResolution|goparser.ParseComments)
		if _, broken := errors.AsType[scanner.ErrorList](err); broken || file == nil || importsC(file) {
			return // reported by the first look, or not for us to compile
		}
		if isOurs(file) {
			file.Decls, file.Imports = nil, nil
		}
		if l.emptyBodies(p, file) {
			emptied[name] = true
		}
		files = append(files, file)
	}
	var found []types.Error
	cfg := types.Config{
		Importer: imported(p.Imports),
		Sizes:    p.TypesSizes,
		Error: func(err error) {
			e, _ := errors.AsType[types.Error](err) // Error is called with nothing else
			found = append(found, e)
		},
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		cfg.GoVersion = "go" + p.Module.GoVersion
	}
	// The error is the first of those that Error was called with.
	_, _ = cfg.Check(p.PkgPath, fset, files, nil)
	l.typeErrors(found, func(e types.Error) bool {
		reported := strings.HasPrefix(e.Msg, "could not import ") // by the first look
		return !reported && !l.toCome(p, e.Msg) && !(emptied[fset.Position(e.Pos).Filename] && unusedImport(e))
	})
}

// imported finds the packages that another one imports among those loaded.
type imported map[string]*packages.Package

func (m imported) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p := m[path]; p != nil && p.Types != nil {
		return p.Types, nil
	}
	return nil, errors.New("not loaded") // reported by the first look
}

func importsC(file *ast.File) bool {
	for _, spec := range file.Imports {
		if spec.Path.Value == `"C"` {
			return true
		}
	}
	return false
}

func unusedImport(e types.Error) bool {
	return e.Soft && strings.HasSuffix(e.Msg, "and not used") && strings.Contains(e.Msg, "imported")
}

// emptyBodies empties the functions in which a name to be generated occurs, and reports whether there are any.
func (l *loader) emptyBodies(p *packages.Package, file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		var body *ast.BlockStmt
		switch n := n.(type) {
		case *ast.FuncDecl:
			body = n.Body
		case *ast.FuncLit: // outside of functions: those inside go with them
			body = n.Body
		default:
			return true
		}
		if body == nil || !l.mentionsWrapper(p, body) {
			return false
		}
		found = true
		dropBody(body)
		return false
	})
	return found
}

func (l *loader) mentionsWrapper(p *packages.Package, body *ast.BlockStmt) bool {
	found := false
	promises := l.wrappers.of(p)
	ast.Inspect(body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && promises.promise(id.Name) {
			found = true
		}
		return !found
	})
	return found
}
