package load

import (
	"cmp"
	"go/ast"
	"go/build"
	"go/build/constraint"
	goparser "go/parser"
	"go/token"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// constraintOf returns the build constraint of a file as one expression, or an empty string. A file that needs cgo is not
// built without it.
func constraintOf(path string, file *ast.File, cgo bool) string {
	expr := nameConstraint(filepath.Base(path))
	for _, group := range file.Comments {
		if group.Pos() > file.Package {
			break
		}
		for _, c := range group.List {
			if !constraint.IsGoBuild(c.Text) {
				continue
			}
			if line, err := constraint.Parse(c.Text); err == nil {
				expr = and(expr, line)
			}
		}
	}
	if cgo {
		expr = and(expr, &constraint.TagExpr{Tag: "cgo"})
	}
	if expr == nil {
		return ""
	}
	return expr.String()
}

func and(x, y constraint.Expr) constraint.Expr {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	return &constraint.AndExpr{X: x, Y: y}
}

// nameConstraint is what a file's name says: x_linux_arm64.go. The systems and architectures are those that go/build
// knows; it is asked about each part of the name in turn.
func nameConstraint(name string) constraint.Expr {
	const none = "-"
	if matches(name, none, none) {
		return nil
	}
	parts := strings.Split(strings.TrimSuffix(strings.TrimSuffix(name, ".go"), "_test"), "_")
	last := parts[len(parts)-1]
	switch {
	case matches(name, last, none), matches(name, none, last):
		return &constraint.TagExpr{Tag: last}
	case len(parts) > 1 && matches(name, parts[len(parts)-2], last):
		return and(&constraint.TagExpr{Tag: parts[len(parts)-2]}, &constraint.TagExpr{Tag: last})
	}
	return nil
}

func matches(name, goos, goarch string) bool {
	ctx := build.Context{GOOS: goos, GOARCH: goarch, OpenFile: func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("package p\n")), nil
	}}
	ok, err := ctx.MatchFile("", name)
	return ok && err == nil
}

// skipped returns the annotated files that are in none of the packages.
func skipped(found []*candidate, loaded []*Package) []Skipped {
	in := map[string]bool{}
	for _, p := range loaded {
		for _, f := range p.Files {
			in[f.Path] = true
		}
	}
	var all []Skipped
	for _, c := range found {
		for _, path := range slices.Concat(c.tests, c.ignored) {
			if in[path] {
				continue
			}
			file, err := goparser.ParseFile(token.NewFileSet(), path, nil, goparser.ImportsOnly|goparser.ParseComments)
			if err != nil {
				continue // the go command has reported it, if it is part of any build
			}
			all = append(all, Skipped{Path: path, Constraint: constraintOf(path, file, importsC(file))})
		}
	}
	slices.SortFunc(all, func(a, b Skipped) int { return cmp.Compare(a.Path, b.Path) })
	return all
}
