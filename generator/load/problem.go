package load

import (
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/alloygen/alloygen/generator/diag"
)

// listProblems keeps what the go command had to say about the packages.
func (l *loader) listProblems(roots []*packages.Package) {
	for _, p := range roots {
		for _, e := range p.Errors {
			l.problem(e)
		}
	}
}

// problems keeps what is wrong with the packages and with those that they need from source. Not kept is what dropped
// bodies and wrappers that are still to be generated explain.
func (l *loader) problems(roots []*packages.Package) {
	packages.Visit(roots, nil, func(p *packages.Package) {
		for _, e := range p.Errors {
			if e.Kind != packages.TypeError {
				l.problem(e)
			}
		}
		if p.Module == nil || !p.Module.Main {
			return // a dependency that does not build here, for want of a C compiler for example
		}
		for _, e := range p.TypeErrors {
			if !e.Soft && !l.toCome(p, e.Msg) {
				l.result.Diagnostics.Add(e.Fset.Position(e.Pos), diag.CompileError, oneLine(e.Msg), "")
			}
		}
	})
}

// problem keeps an error of the go command or of the parser, unless it is about one of our files.
func (l *loader) problem(e packages.Error) {
	pos := l.position(e.Pos)
	if pos.Filename != "" {
		if src, err := os.ReadFile(pos.Filename); err == nil && Generated(src) {
			return
		}
	}
	code := diag.ListError
	if e.Kind == packages.ParseError {
		code = diag.SyntaxError
	}
	message, hint, _ := strings.Cut(strings.TrimSpace(e.Msg), "\n")
	l.result.Diagnostics.Add(pos, code, message, oneLine(hint))
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

// toCome reports whether the error is the absence of something that annotations of the package, or of one that it
// imports, promise.
func (l *loader) toCome(p *packages.Package, message string) bool {
	m := missing.FindStringSubmatch(message)
	if m == nil {
		return false
	}
	name := m[1] + m[2] + m[3] // one of them
	if l.wrappers.promised(p.Dir, name) {
		return true
	}
	for _, imported := range p.Imports {
		if imported.Module != nil && l.wrappers.promised(imported.Dir, name) {
			return true
		}
	}
	return false
}
