package emit

import (
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// imports gives each imported package of a file its name. A name is never one that the package declares, nor one that a
// signature, type or contract of the file uses for something else.
type imports struct {
	taken scope
	names map[string]string // by path
	plain map[string]bool   // paths whose name is the package's own and the last element of the path
}

func newImports(taken scope) *imports {
	for _, name := range types.Universe.Names() {
		taken.add(name)
	}
	return &imports{taken: taken, names: map[string]string{}, plain: map[string]bool{}}
}

// name returns the name of a package whose own name is the last element of its path; that of alloy is known.
func (im *imports) name(path string) string {
	if path == pathAlloy {
		return im.use(path, "alloy")
	}
	return im.use(path, lastElement(path))
}

// use returns the name of the package at path, which calls itself pkg.
func (im *imports) use(path, pkg string) string {
	if path == pathAlloy {
		pkg = "alloy"
	}
	if name, ok := im.names[path]; ok {
		return name
	}
	name := im.taken.pick(pkg)
	im.names[path] = name
	im.plain[path] = name == lastElement(path)
	return name
}

// decl is the import declaration: the standard library, then the rest. blank are the packages that are only linked.
func (im *imports) decl(blank []string) jen.Code {
	var std, other []string
	for path := range im.names {
		if standard(path) {
			std = append(std, path)
		} else {
			other = append(other, path)
		}
	}
	for _, path := range blank {
		if _, ok := im.names[path]; !ok {
			other = append(other, path)
		}
	}
	slices.Sort(std)
	slices.Sort(other)
	return jen.Id("import").DefsFunc(func(g *jen.Group) {
		for _, path := range std {
			g.Add(im.spec(path))
		}
		if len(std) > 0 && len(other) > 0 {
			g.Line()
		}
		for _, path := range other {
			g.Add(im.spec(path))
		}
	})
}

func (im *imports) spec(path string) jen.Code {
	name, used := im.names[path]
	switch {
	case !used:
		return jen.Id("_ " + strconv.Quote(path))
	case im.plain[path]:
		return jen.Id(strconv.Quote(path))
	}
	return jen.Id(name + " " + strconv.Quote(path))
}

func lastElement(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// standard reports whether a path belongs to the standard library, as the go command tells: its first element has no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// text returns a piece of Go with the names that packages have in this file.
func (f *file) text(g model.Go) string { return g.Resolve(f.imports.use) }

// code is text as jennifer takes it.
func (f *file) code(g model.Go) *jen.Statement { return jen.Id(f.text(g)) }

// alloy selects a name from package alloy.
func (f *file) alloy(name string) *jen.Statement { return f.pkgName(pathAlloy, name) }

// pkgName selects a name from a package.
func (f *file) pkgName(path, name string) *jen.Statement {
	return jen.Id(f.imports.name(path) + "." + name)
}
