package load

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"path/filepath"
)

// parser is the ParseFile hook of the second phase.
type parser struct {
	comments map[string]bool // directories whose comments are kept
}

func (p parser) parse(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
	mode := goparser.SkipObjectResolution
	if Generated(src) {
		return goparser.ParseFile(fset, name, src, mode|goparser.PackageClauseOnly|goparser.ParseComments)
	}
	// What cgo makes of a file is in the build cache, and its name there has no suffix.
	if p.comments[filepath.Dir(name)] || filepath.Ext(name) != ".go" {
		mode |= goparser.ParseComments
	}
	file, err := goparser.ParseFile(fset, name, src, mode)
	if file != nil {
		dropBodies(file)
	}
	return file, err
}

// isOurs reports whether a parsed file is one that alloygen wrote.
func isOurs(file *ast.File) bool {
	for _, group := range file.Comments {
		if group.Pos() > file.Package {
			break
		}
		for _, c := range group.List {
			if c.Text == Header {
				return true
			}
		}
	}
	return false
}

// dropBodies empties every function, also the literals in the initial values of variables: what only happens inside of
// a function cannot change what is generated, and it may need what is still to be generated.
func dropBodies(file *ast.File) {
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			dropBody(decl.Body)
		case *ast.GenDecl:
			if decl.Tok == token.VAR {
				ast.Inspect(decl, func(n ast.Node) bool {
					lit, ok := n.(*ast.FuncLit)
					if ok {
						dropBody(lit.Body)
					}
					return !ok
				})
			}
		}
	}
}

// dropBody leaves an endless loop, which is a valid end of any function: a missing body is not, for init, for generic
// functions and for literals.
func dropBody(body *ast.BlockStmt) {
	if body == nil {
		return
	}
	at := body.Lbrace
	body.List = []ast.Stmt{&ast.ForStmt{For: at, Body: &ast.BlockStmt{Lbrace: at, Rbrace: at}}}
}
