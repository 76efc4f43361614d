package load

import (
	"fmt"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/alloygen/alloygen/generator/diag"
)

// problems keeps what is wrong with the packages and with those that they need from source. Not kept is what dropped
// bodies and wrappers that are still to be generated explain.
func (l *loader) problems(roots []*packages.Package) {
	listed := l.listProblems(roots)
	packages.Visit(roots, nil, func(p *packages.Package) {
		if p.Module == nil || !p.Module.Main {
			return // a dependency that does not build here, for want of a C compiler for example
		}
		l.typeErrors(p.TypeErrors, func(e types.Error) bool {
			return !e.Soft && !(listed && strings.HasPrefix(e.Msg, "could not import ")) && !l.toCome(p, e.Msg)
		})
	})
}

// typeErrors keeps some of the type checker's errors. One that begins with a tab continues the one before it: it says where
// another declaration is.
func (l *loader) typeErrors(list []types.Error, keep func(types.Error) bool) {
	for i, e := range list {
		noClause := strings.HasPrefix(e.Msg, "package ; expected ") // the parser says it better
		if strings.HasPrefix(e.Msg, "\t") || noClause || !keep(e) {
			continue
		}
		hint := ""
		if i+1 < len(list) && strings.HasPrefix(list[i+1].Msg, "\t") {
			next := list[i+1]
			at := next.Fset.Position(next.Pos)
			hint = fmt.Sprintf("%s: %s:%d", oneLine(next.Msg), filepath.Base(at.Filename), at.Line)
		}
		l.result.Diagnostics.Add(e.Fset.Position(e.Pos), diag.CompileError, oneLine(e.Msg), hint)
	}
}

// listProblems keeps what the go command and the parser had to say, and reports whether the go command had anything.
func (l *loader) listProblems(roots []*packages.Package) bool {
	listed := false
	packages.Visit(roots, nil, func(p *packages.Package) {
		for _, e := range p.Errors {
			if e.Kind == packages.TypeError || compilerOutput(e) {
				continue
			}
			pos, text := l.place(e)
			if ours(pos.Filename) {
				continue // it will be written again
			}
			code := diag.SyntaxError
			if e.Kind != packages.ParseError {
				code = diag.ListError
				listed = true
			}
			message, hint, _ := strings.Cut(strings.TrimSpace(text), "\n")
			if e.Kind == packages.ListError && twoPackages.MatchString(message) {
				hint = "the file that alloygen wrote has the package's old name: delete it, and generate again"
			}
			l.result.Diagnostics.Add(pos, code, strings.TrimSuffix(message, "; to add it:"), oneLine(hint))
		}
	})
	return listed
}

// compilerOutput reports whether the go command says no more than that a package does not compile, which the type
// checker can say without asking for the files of a package that is still to be generated.
func compilerOutput(e packages.Error) bool {
	head, rest, _ := strings.Cut(e.Msg, "\n")
	if !strings.HasPrefix(head, "# ") {
		return false
	}
	for line := range strings.Lines(rest) {
		if strings.TrimSpace(line) != "" && !compilerLine.MatchString(line) {
			return false
		}
	}
	return true
}

// twoPackages is the error of a package that was renamed, but for its generated file.
var twoPackages = regexp.MustCompile(`^found packages .*\balloy_\w*gen(_test)?\.go\)`)

// compilerLine is an error of the compiler, the continuation of one, or its end.
var compilerLine = regexp.MustCompile(`^\S.*\.go:\d+(:\d+)?: |^\t|^\S*too many errors`)

// place returns where an error is and what it says. Of some errors, a bad import path among them, the go command gives the
// position in the text; the other one, if any, is that of an import which led there.
func (l *loader) place(e packages.Error) (token.Position, string) {
	if m := placed.FindStringSubmatch(e.Msg); m != nil {
		return l.position(m[1]), e.Msg[len(m[0]):]
	}
	return l.position(e.Pos), e.Msg
}

var placed = regexp.MustCompile(`^([^\n]+?\.go:\d+(?::\d+)?): `)

// withoutEchoes drops what the go command and the type checker say about a file that cannot be parsed.
func withoutEchoes(list diag.List) diag.List {
	broken := map[string]bool{} // files
	for _, d := range list {
		if d.Code == diag.SyntaxError {
			broken[d.Pos.Filename] = true
		}
	}
	return slices.DeleteFunc(list, func(d diag.Diagnostic) bool {
		return d.Code != diag.SyntaxError && broken[d.Pos.Filename]
	})
}

// ours reports whether a file is one that alloygen wrote.
func ours(name string) bool {
	if filepath.Ext(name) != ".go" {
		return false
	}
	src, err := os.ReadFile(name)
	return err == nil && Generated(src)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// position reads file:line:col, where the last two may be absent and file is relative to the directory of the run.
func (l *loader) position(s string) token.Position {
	if s == "" || s == "-" {
		return token.Position{}
	}
	var numbers []int
	for len(numbers) < 2 {
		i := strings.LastIndexByte(s, ':')
		n, err := strconv.Atoi(s[i+1:])
		if i < 0 || err != nil {
			break
		}
		numbers = append([]int{n}, numbers...)
		s = s[:i]
	}
	if !filepath.IsAbs(s) {
		s = filepath.Join(l.cfg.Dir, s)
	}
	pos := token.Position{Filename: s}
	if len(numbers) > 0 {
		pos.Line = numbers[0]
	}
	if len(numbers) > 1 {
		pos.Column = numbers[1]
	}
	return pos
}

// missing finds the name that a declaration lacks in the type checker's message.
var missing = regexp.MustCompile(`^undefined: (?:\w+\.)?(\w+)$|^(?:.*\.)?(\w+) undefined \(type |\(missing method (\w+)\)`)

// toCome reports whether the error is the absence of something that is to be generated.
func (l *loader) toCome(p *packages.Package, message string) bool {
	m := missing.FindStringSubmatch(message)
	return m != nil && l.wrappers.of(p).promise(m[1]+m[2]+m[3]) // one of them
}
