package contract

import (
	"go/ast"
	"iter"
)

// identifiers yields the names in an expression, except those after a dot. Names of fields in literals and of what
// function literals declare are among them: they do no harm.
func identifiers(expr ast.Expr) iter.Seq[*ast.Ident] {
	return func(yield func(*ast.Ident) bool) {
		more := true
		ast.Inspect(expr, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if more {
					for id := range identifiers(n.X) {
						if more = yield(id); !more {
							break
						}
					}
				}
				return false
			case *ast.Ident:
				if more {
					more = yield(n)
				}
			}
			return more
		})
	}
}

// qualifiers are the names that something is selected from: X of X.Sel.
func qualifiers(expr ast.Expr) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(expr, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				names[id.Name] = true
			}
		}
		return true
	})
	return names
}
