package load

import (
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
)

// Result is what a run has to look at.
type Result struct {
	Fset        *token.FileSet
	Packages    []*Package // those with directives, or with comments that look like one; by Path
	Generated   []string   // every file of ours in the matched packages, annotated or not: absolute paths, sorted
	Skipped     []Skipped  // annotated files that the build constraints of this run leave out; by Path
	Docs        *DocFinder
	Diagnostics diag.List // what the go command, the parser and the type checker refuse
}

// Skipped is an annotated file that is not part of this build. What was generated from it in another build stays valid.
type Skipped struct {
	Path       string // absolute
	Constraint string // as File.Constraint
}

// Package is one annotated package. Function bodies are dropped, and so is all that alloygen wrote.
type Package struct {
	Path     string // import path; that of an external test package ends in _test
	Name     string
	Dir      string    // absolute
	Module   string    // path of the module that holds it; empty outside of one
	External bool      // an external test package: package foo_test
	Files    []*File   // by Path
	Skipped  []Skipped // annotated files of the same directory that are not part of this build
	Fset     *token.FileSet
	Types    *types.Package
	Info     *types.Info
	Sizes    types.Sizes
	Docs     *DocFinder

	// Exports are the files with the compiler's export data, by import path, as far as the packages of the run need them.
	Exports map[string]string

	// ReadFile reads a file of the package by its slash-separated path below Dir. A path that leaves Dir, through a
	// symbolic link too, is an error.
	ReadFile func(name string) ([]byte, error)
}

// File is one Go file of a Package.
type File struct {
	Path       string    // absolute
	Syntax     *ast.File // with comments
	Test       bool      // a _test.go file
	Constraint string    // from its name, its //go:build line and cgo: "linux && !purego"; empty if there is none
}

// Base returns the file's name without its directory.
func (f *File) Base() string { return filepath.Base(f.Path) }

// FileOf returns the file that holds pos, or nil.
func (p *Package) FileOf(pos token.Pos) *File {
	for _, f := range p.Files {
		if f.Syntax.FileStart <= pos && pos <= f.Syntax.FileEnd {
			return f
		}
	}
	return nil
}

// Position returns the place of pos as the compiler would print it.
func (p *Package) Position(pos token.Pos) token.Position { return p.Fset.Position(pos) }

// addFile adds one parsed file, unless it is ours or not among the user's own: cgo adds files to a package.
func (p *Package) addFile(syntax *ast.File, own []string) {
	path := p.Fset.PositionFor(syntax.FileStart, false).Filename
	cgo := importsC(syntax)
	if !slices.Contains(own, path) {
		path, cgo = p.Fset.Position(syntax.Package).Filename, true // what cgo made of a file says where it came from
		if !slices.Contains(own, path) {
			return
		}
	}
	if isOurs(syntax) {
		return
	}
	if !cgo { // cgo adds comments of its own
		p.Docs.AddFile(syntax)
	}
	p.Files = append(p.Files, &File{
		Path:       path,
		Syntax:     syntax,
		Test:       strings.HasSuffix(path, "_test.go"),
		Constraint: constraintOf(path, syntax, cgo),
	})
}

// readIn returns a function that reads files below dir and nothing outside of it.
func readIn(dir string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		return root.ReadFile(filepath.FromSlash(name))
	}
}
