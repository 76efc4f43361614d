package schema

import (
	"cmp"
	"encoding/json"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// enum returns the values of a named string or integer type that has constants, in the order of their declaration, and
// the type's description with a line for each constant that says more than its value.
//
// The exported constants of the type's own package count. If it has none, the unexported ones do, for types of the
// package that code is generated for: those of another package cannot be seen. Those that some builds lack never count.
func (g *Generator) enum(t *types.Named) (values []any, doc string) {
	basic, ok := t.Underlying().(*types.Basic)
	if !ok || basic.Info()&(types.IsString|types.IsInteger) == 0 || t.Obj().Pkg() == nil {
		return nil, ""
	}
	lines := []string{}
	seen := map[string]bool{}
	for _, c := range g.constants(t.Obj()) {
		exact := c.Val().ExactString()
		if seen[exact] {
			continue // another name of the same value
		}
		seen[exact] = true
		comment := strings.Join(strings.Fields(g.cfg.Doc(c)), " ")
		if c.Val().Kind() == constant.String {
			s := constant.StringVal(c.Val())
			values = append(values, s)
			if comment != "" {
				lines = append(lines, s+": "+comment)
			}
			continue
		}
		values = append(values, json.Number(exact))
		line := exact + ": " + c.Name()
		if comment != "" {
			line += ", " + comment
		}
		lines = append(lines, line)
	}
	if text := strings.TrimSpace(g.cfg.Doc(t.Obj())); text != "" {
		lines = slices.Insert(lines, 0, text)
	}
	return values, strings.Join(lines, "\n")
}

// constants returns the constants of a type, by the rule of enum.
func (g *Generator) constants(obj *types.TypeName) []*types.Const {
	pkg := obj.Pkg()
	byType, ok := g.enums[pkg]
	if !ok {
		byType = g.constantsOf(pkg)
		g.enums[pkg] = byType
	}
	all := slices.DeleteFunc(slices.Clone(byType[obj]), func(c *types.Const) bool { return g.partial(c, obj) })
	exported := slices.DeleteFunc(slices.Clone(all), func(c *types.Const) bool { return !c.Exported() })
	if len(exported) > 0 || pkg != g.cfg.Package {
		return exported
	}
	return all
}

func (g *Generator) partial(obj, of types.Object) bool {
	return g.cfg.Partial != nil && g.cfg.Partial(obj, of)
}

func (g *Generator) constantsOf(pkg *types.Package) map[*types.TypeName][]*types.Const {
	byType := map[*types.TypeName][]*types.Const{}
	for _, name := range pkg.Scope().Names() {
		c, ok := pkg.Scope().Lookup(name).(*types.Const)
		if !ok {
			continue
		}
		if named, ok := types.Unalias(c.Type()).(*types.Named); ok && named.Obj().Pkg() == pkg {
			byType[named.Obj()] = append(byType[named.Obj()], c)
		}
	}
	for _, constants := range byType {
		slices.SortStableFunc(constants, func(a, b *types.Const) int { return compareDeclared(g.cfg.Fset, a, b) })
	}
	return byType
}

// compareDeclared orders objects of a package by file and line. Export data has no columns: what stands on one line is
// ordered by name, so that the result is the same whether a package was read from source or not.
func compareDeclared(fset *token.FileSet, a, b types.Object) int {
	p, q := fset.Position(a.Pos()), fset.Position(b.Pos())
	return cmp.Or(strings.Compare(p.Filename, q.Filename), cmp.Compare(p.Line, q.Line), strings.Compare(a.Name(), b.Name()))
}
