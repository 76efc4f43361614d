package load

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"sync"
)

// Doc is what the source says about an object.
type Doc struct {
	Text       string // its doc comment, or that of a declaration which holds nothing else; without directives
	Line       string // the comment at the end of its line
	Directives []Line // the directives of alloygen in its doc comment
}

// Line is one comment line.
type Line struct {
	Text string // with the leading slashes
	Pos  token.Position
}

// DocFinder finds the comments of objects, also in packages that were loaded from export data, which holds positions but
// no comments. It reads a file the first time that it is asked about one of its objects. It is safe for concurrent use.
type DocFinder struct {
	fset *token.FileSet // of the objects

	mu     sync.Mutex
	dirs   map[string]string // import path -> directory
	parsed map[string]*ast.File
	docs   map[string]map[declared]Doc // of the files that were asked about
}

// declared identifies an object within its file: export data knows the lines of positions, but not always the columns.
type declared struct {
	line int
	name string
}

// NewDocFinder returns a finder for objects whose positions belong to fset.
func NewDocFinder(fset *token.FileSet) *DocFinder {
	return &DocFinder{fset: fset, dirs: map[string]string{}, parsed: map[string]*ast.File{}, docs: map[string]map[declared]Doc{}}
}

// AddDir tells where the source of a package is. Without it, the file names in export data are used as they are; these
// are shortened when a package is built with -trimpath, as the standard library is.
func (d *DocFinder) AddDir(path, dir string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dirs[path] = dir
}

// AddFile hands over a parsed file with its comments, so that it is not read again.
func (d *DocFinder) AddFile(file *ast.File) {
	name := d.fset.Position(file.Package).Filename
	d.mu.Lock()
	defer d.mu.Unlock()
	d.parsed[name] = file
}

// Doc returns the comments of an object: a type, struct field, interface method, constant, variable or function. It is
// empty for one without a position, without comments, or whose source is not there.
func (d *DocFinder) Doc(obj types.Object) Doc {
	if obj == nil || !obj.Pos().IsValid() {
		return Doc{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	pos := d.position(obj)
	if pos.Filename == "" {
		return Doc{}
	}
	name := obj.Name()
	if field, ok := obj.(*types.Var); ok && field.Embedded() {
		name = embedded
	}
	return d.of(pos.Filename)[declared{pos.Line, name}]
}

// Position returns where an object is declared. Its file is the one on this machine, also when export data shortens the name.
func (d *DocFinder) Position(obj types.Object) token.Position {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.position(obj)
}

func (d *DocFinder) position(obj types.Object) token.Position {
	pos := d.fset.Position(obj.Pos())
	if pkg := obj.Pkg(); pkg != nil && pos.Filename != "" && d.dirs[pkg.Path()] != "" {
		pos.Filename = filepath.Join(d.dirs[pkg.Path()], filepath.Base(pos.Filename))
	}
	return pos
}

// of returns the comments of a file.
func (d *DocFinder) of(name string) map[declared]Doc {
	docs, ok := d.docs[name]
	if ok {
		return docs
	}
	fset, file := d.fset, d.parsed[name]
	if file == nil {
		fset = token.NewFileSet()
		// A file that is gone or broken has no comments to offer; whoever needs it says so.
		file, _ = goparser.ParseFile(fset, name, nil, goparser.ParseComments|goparser.SkipObjectResolution)
	}
	if file != nil {
		docs = index(fset, file)
	}
	d.docs[name] = docs
	return docs
}

// embedded stands for the name of an embedded field, of which there can be one in a line.
const embedded = "embedded field"

// index collects the comments of everything that a file declares outside of functions.
func index(fset *token.FileSet, file *ast.File) map[declared]Doc {
	x := indexer{fset: fset, docs: map[declared]Doc{}}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			x.add(decl.Name, decl.Doc, nil)
		case *ast.GenDecl:
			x.general(decl)
		}
	}
	return x.docs
}

type indexer struct {
	fset *token.FileSet
	docs map[declared]Doc
}

func (x indexer) general(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			x.add(spec.Name, x.own(decl, spec.Doc), spec.Comment)
			x.fields(spec.Type)
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				x.add(name, x.own(decl, spec.Doc), spec.Comment)
			}
			x.fields(spec.Type)
		}
	}
}

// own is the doc comment of a spec. The comment above a declaration in parentheses is about the group.
func (indexer) own(decl *ast.GenDecl, doc *ast.CommentGroup) *ast.CommentGroup {
	if doc == nil && !decl.Lparen.IsValid() {
		return decl.Doc
	}
	return doc
}

// fields adds the fields and methods of a type expression, nested ones included.
func (x indexer) fields(expr ast.Expr) {
	if expr == nil {
		return
	}
	ast.Inspect(expr, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok {
			return true
		}
		for _, name := range field.Names {
			x.add(name, field.Doc, field.Comment)
		}
		if len(field.Names) == 0 {
			x.put(declared{x.fset.Position(embeddedName(field.Type)).Line, embedded}, field.Doc, field.Comment)
		}
		return true
	})
}

// embeddedName is the position that go/types gives to an embedded field: that of the type's name.
func embeddedName(expr ast.Expr) token.Pos {
	switch expr := expr.(type) {
	case *ast.StarExpr:
		return embeddedName(expr.X)
	case *ast.SelectorExpr:
		return expr.Sel.Pos()
	case *ast.IndexExpr:
		return embeddedName(expr.X)
	case *ast.IndexListExpr:
		return embeddedName(expr.X)
	}
	return expr.Pos()
}

func (x indexer) add(name *ast.Ident, doc, comment *ast.CommentGroup) {
	x.put(declared{x.fset.Position(name.Pos()).Line, name.Name}, doc, comment)
}

func (x indexer) put(key declared, doc, comment *ast.CommentGroup) {
	if doc == nil && comment == nil {
		return
	}
	d := Doc{Text: strings.TrimSpace(doc.Text()), Line: strings.TrimSpace(comment.Text())}
	if doc != nil {
		for _, c := range doc.List {
			if dir, ok := ast.ParseDirective(c.Slash, c.Text); ok && dir.Tool == "alloy" {
				d.Directives = append(d.Directives, Line{c.Text, x.fset.Position(c.Slash)})
			}
		}
	}
	x.docs[key] = d
}
