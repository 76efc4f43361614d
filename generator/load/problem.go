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

// problems keeps what is wrong with the packages and with those that they need from source. Not kept is what dropped
// bodies and wrappers that are still to be generated explain.
func (l *loader) problems(roots []*packages.Package) {
	listed := l.listProblems(roots)
	packages.Visit(roots, nil, func(p *packages.Package) {
		if p.Module == nil || !p.Module.Main {
			return // a dependency that does not build here, for want of a C compiler for example
		}
		for _, e := range p.TypeErrors {
			consequence := listed && strings.HasPrefix(e.Msg, "could not import ")
			if !e.Soft && !consequence && !l.toCome(p, e.Msg) {
				l.result.Diagnostics.Add(e.Fset.Position(e.Pos), diag.CompileError, oneLine(e.Msg), "")
			}
		}
	})
}

// listProblems keeps what the go command and the parser had to say, and reports whether the go command had anything.
func (l *loader) listProblems(roots []*packages.Package) bool {
	listed := false
	packages.Visit(roots, nil, func(p *packages.Package) {
		for _, e := range p.Errors {
			if e.Kind == packages.TypeError || compilerOutput(e) || l.aboutOurs(e) {
				continue
			}
			code := diag.SyntaxError
			if e.Kind != packages.ParseError {
				code = diag.ListError
				listed = true
			}
			message, hint, _ := strings.Cut(strings.TrimSpace(e.Msg), "\n")
			l.result.Diagnostics.Add(l.position(e.Pos), code, strings.TrimSuffix(message, "; to add it:"), oneLine(hint))
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

// compilerLine is an error of the compiler, the continuation of one, or its end.
var compilerLine = regexp.MustCompile(`^\S.*\.go:\d+(:\d+)?: |^\t|^\S*too many errors`)

// aboutOurs reports whether an error is about a file that alloygen wrote and will write again.
func (l *loader) aboutOurs(e packages.Error) bool {
	at := e.Pos
	if m := placed.FindStringSubmatch(e.Msg); m != nil && (at == "" || at == "-") {
		at = m[1]
	}
	name := l.position(at).Filename
	if filepath.Ext(name) != ".go" {
		return false
	}
	src, err := os.ReadFile(name)
	return err == nil && Generated(src)
}

// placed is a message that begins with its position, as that of a bad import path does.
var placed = regexp.MustCompile(`^([^\n]+\.go:\d+(?::\d+)?): `)

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
	return m != nil && l.promised(p, m[1]+m[2]+m[3]) // one of them
}

// promised reports whether annotations of the package, or of one that it imports, may lead to a declaration of that name.
func (l *loader) promised(p *packages.Package, name string) bool {
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
