package build

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/schema"
)

// schemaDirectives notes the schemas that the package gives to types, and checks them.
func (b *builder) schemaDirectives() {
	for _, d := range b.src.Schemas {
		obj := b.schemaType(d)
		if obj == nil {
			continue
		}
		if err := schema.Compile(d.JSON.V); err != nil {
			b.reportf(d.JSON.Pos, diag.InvalidSchema, "see json-schema.org/draft/2020-12",
				"schema: not a JSON Schema: %s", strings.Join(strings.Fields(err.Error()), " "))
			d.JSON.V = "{}" // it has one, even though a wrong one
		}
		b.own[typeKey(obj)] = d.JSON.V
	}
}

// schemaType is the type that a schema directive is about, or nil if there is none.
func (b *builder) schemaType(d *directive.Schema) *types.TypeName {
	if d.Decl != nil {
		obj, _ := b.pkg.Info.Defs[d.Decl.Name].(*types.TypeName)
		return obj
	}
	scope := b.pkg.Types.Scope()
	if d.Package != "" {
		r := &resolver{builder: b, at: d.Type.Pos}
		pkg, ok := r.packageNamed(d.Package)
		if !ok {
			return nil
		}
		scope = pkg.Scope()
	}
	obj, ok := scope.Lookup(d.Type.V).(*types.TypeName)
	if !ok {
		b.reportf(d.Type.Pos, diag.InvalidSchema, "name a type, as pkg.Type", "schema: there is no type %s",
			directive.Name{Package: d.Package, Name: d.Type.V})
		return nil
	}
	return obj
}

func typeKey(obj *types.TypeName) string {
	if obj.Pkg() == nil {
		return obj.Name()
	}
	return obj.Pkg().Path() + "." + obj.Name()
}

// schemaDirective is the schema that a directive gives to a type: one of this package, or the one in the type's own
// source.
func (b *builder) schemaDirective(obj *types.TypeName) (string, bool) {
	if text, ok := b.own[typeKey(obj)]; ok {
		return text, true
	}
	if obj.Pkg() == nil || obj.Pkg() == b.pkg.Types {
		return "", false
	}
	for _, line := range b.pkg.Docs.Doc(obj).Directives {
		text, ok := strings.CutPrefix(line.Text, "//alloy:schema ")
		if !ok {
			continue
		}
		text = strings.TrimSpace(text)
		if name, isFile := strings.CutPrefix(text, "@"); isFile {
			content, err := os.ReadFile(filepath.Join(filepath.Dir(line.Pos.Filename), filepath.FromSlash(name)))
			if err != nil {
				continue // reported when that package is generated
			}
			text = string(content)
		}
		b.own[typeKey(obj)] = text
		return text, true
	}
	return "", false
}

// constantSchema is what a JSONSchema method returns if its body is one return of a constant.
func (b *builder) constantSchema(fn *types.Func) (string, bool) {
	fn = fn.Origin()
	at := b.pkg.Docs.Position(fn)
	var src any // from the disk
	if name, err := filepath.Rel(b.pkg.Dir, at.Filename); err == nil && filepath.Base(name) == name {
		content, err := b.pkg.ReadFile(name)
		if err != nil {
			return "", false
		}
		src = content
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, at.Filename, src, parser.SkipObjectResolution)
	if err != nil {
		return "", false
	}
	for _, decl := range file.Decls {
		d, ok := decl.(*ast.FuncDecl)
		if !ok || d.Name.Name != fn.Name() || fset.Position(d.Name.Pos()).Line != at.Line || d.Body == nil || len(d.Body.List) != 1 {
			continue
		}
		ret, ok := d.Body.List[0].(*ast.ReturnStmt)
		if !ok || len(ret.Results) != 1 {
			return "", false
		}
		if fn.Pkg() != b.pkg.Types && hasUnexported(ret.Results[0]) {
			return "", false // export data does not have it, and what is generated must not depend on how a package is loaded
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		if types.CheckExpr(fset, fn.Pkg(), token.NoPos, ret.Results[0], info) != nil {
			return "", false
		}
		if v := info.Types[ret.Results[0]].Value; v != nil && v.Kind() == constant.String {
			return constant.StringVal(v), true
		}
	}
	return "", false
}

// hasUnexported reports whether an expression uses an unexported name.
func hasUnexported(expr ast.Expr) bool {
	found := false
	ast.Inspect(expr, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !id.IsExported() {
			found = true
		}
		return !found
	})
	return found
}
