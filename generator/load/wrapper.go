package load

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/tools/go/packages"
)

// wrappers knows which names are to be generated, for what does not compile without them. It reads sources only then.
type wrappers struct {
	stems map[string][]string // directory -> the functions of its commands and tools, with a capital letter
	known map[string]promises // by package ID
}

// promises are the names that annotations of a package, or of one that it needs, may lead to.
type promises struct {
	names    map[string]bool
	commands []string // the stems of names that a receiver's type may precede
}

// promise reports whether a declaration of that name may be generated.
func (p promises) promise(name string) bool {
	if p.names[name] {
		return true
	}
	stem, ok := strings.CutSuffix(name, "Command")
	return ok && slices.ContainsFunc(p.commands, func(command string) bool { return strings.HasSuffix(stem, command) })
}

// of collects the promises for a package. Only packages of the main modules count: others are used as they are.
func (w wrappers) of(p *packages.Package) promises {
	if all, ok := w.known[p.ID]; ok {
		return all
	}
	all := promises{names: map[string]bool{}}
	packages.Visit([]*packages.Package{p}, nil, func(needed *packages.Package) {
		// Files named on the command line belong to no module.
		if needed == p || needed.Module != nil && needed.Module.Main {
			all.add(w.in(needed.Dir))
		}
	})
	w.known[p.ID] = all
	return all
}

func (p *promises) add(stems []string) {
	for _, stem := range stems {
		for _, suffix := range []string{"", "Request", "Command", "Tool", "Stream", "Endpoint", "Handler"} {
			p.names[stem+suffix] = true
		}
	}
	p.commands = append(p.commands, stems...)
}

// in looks at the sources of a directory, which may not be loaded: it need not be part of the run.
func (w wrappers) in(dir string) []string {
	stems, ok := w.stems[dir]
	if !ok {
		stems = stemsIn(dir)
		w.stems[dir] = stems
	}
	return stems
}

var (
	marker = regexp.MustCompile(`^//alloy:(?:command|tool)(?:\s|$)`)
	named  = regexp.MustCompile(`^//alloy:command\s.*\bname="?(\w+)`)
	served = regexp.MustCompile(`^//alloy:http\s`)
)

func stemsIn(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // nothing promised
	}
	var stems []string
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if filepath.Ext(name) != ".go" {
			continue
		}
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
		} else if served.MatchString(c.Text) {
			stems = append(stems, "Handlers")
		}
	}
	return stems
}
