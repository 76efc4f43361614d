package load

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// wrappers remembers, for each directory, the functions of its commands and tools with a capital letter: what the names
// to be generated begin with, or hold. It is only asked when a declaration does not compile.
type wrappers map[string][]string

// generated are the names that a wrapper's name may be followed by.
var generated = []string{"", "Request", "Command", "Tool"}

// promised reports whether annotations in dir may lead to a declaration of that name.
func (w wrappers) promised(dir, name string) bool {
	stems, ok := w[dir]
	if !ok {
		stems = stemsIn(dir)
		w[dir] = stems
	}
	for _, stem := range stems {
		for _, suffix := range generated {
			if name == stem+suffix || suffix == "Command" && strings.HasSuffix(name, stem+suffix) {
				return true
			}
		}
	}
	return false
}

var (
	marker = regexp.MustCompile(`^//alloy:(?:command|tool)(?:\s|$)`)
	named  = regexp.MustCompile(`^//alloy:command\s.*\bname="?(\w+)`)
)

// stemsIn looks at the sources again: a directory of the run may not be loaded, when it is not part of the patterns.
func stemsIn(dir string) []string {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil
	}
	var stems []string
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil || !annotated(src) || Generated(src) {
			continue
		}
		file, _ := goparser.ParseFile(token.NewFileSet(), name, src, goparser.ParseComments|goparser.SkipObjectResolution)
		if file == nil {
			continue
		}
		for _, decl := range file.Decls {
			if decl, ok := decl.(*ast.FuncDecl); ok && decl.Doc != nil {
				stems = append(stems, stemsOf(decl)...)
			}
		}
	}
	return stems
}

func stemsOf(decl *ast.FuncDecl) []string {
	var stems []string
	for _, c := range decl.Doc.List {
		if m := named.FindStringSubmatch(c.Text); m != nil {
			stems = append(stems, m[1])
		} else if marker.MatchString(c.Text) {
			first, size := utf8.DecodeRuneInString(decl.Name.Name)
			stems = append(stems, string(unicode.ToUpper(first))+decl.Name.Name[size:])
		}
	}
	return stems
}
