package directive_test

import (
	"go/importer"
	"go/token"
	"strings"
	"testing"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/load"
)

// Whatever stands in comments, reading it ends without a panic, and everything that is said of it has a place in the text.
func FuzzDirective(f *testing.F) {
	for _, def := range directive.All() {
		f.Add(def.Name+" "+def.Arguments, "model gpt-5")
		f.Add(def.Name, "param message x")
	}
	for _, line := range []string{
		`retry 3 backoff=linear base="1s" jitter=full`, `stop "a,b", "c\n"` + ",`d`", `require f("a, b")[0] == ',', "message"`,
		`system @prompts/x.md`, `schema {"a": [1, 2}`, `schema time.Time {"type":"string"}`, "tools a,\u00a0b", "model \"\\xff\"",
		"check \xff, \"\xfe\"", `retry_on *net.OpError,x[`, "param \u3000x y", "model a=b=c", "tool name=\"\"", "command name=",
	} {
		f.Add(line, line)
	}
	f.Fuzz(func(t *testing.T, onFunc, onPackage string) {
		src := "//alloy:" + onPackage + "\npackage m\n\n//alloy:command\n//alloy:" + onFunc +
			"\nfunc f(message string) string\n\n//alloy:" + onFunc + "\ntype T struct{}\n"
		if strings.Contains(src, "//line ") || strings.Contains(src, "/*line ") {
			t.Skip("these move positions, as they do for the compiler")
		}
		pkg, problems := load.Check(load.NewDocFinder(token.NewFileSet()), importer.Default(), load.Source{
			Path: "m", Dir: "/m", Files: map[string][]byte{"m.go": []byte(src), "prompts/x.md": []byte("x")},
		})
		parsed, found := directive.Parse(pkg)
		inRange(t, src, append(problems, found...))
		size := token.Pos(len(src))
		for _, c := range parsed.Commands {
			for _, contract := range c.Contracts {
				start := contract.Pos - pkg.Files[0].Syntax.FileStart
				if start < 0 || start+token.Pos(len(contract.Expr)) > size || src[start:][:len(contract.Expr)] != contract.Expr {
					t.Errorf("%q is not at %d", contract.Expr, start)
				}
			}
		}
	})
}

func inRange(t *testing.T, src string, found diag.List) {
	t.Helper()
	lines := strings.Split(src, "\n")
	for _, d := range found {
		if strings.ContainsAny(d.Message, "\r\n") {
			t.Errorf("message of more than one line: %q", d.Message)
		}
		switch pos := d.Pos; {
		case pos.Filename != "/m/m.go" || pos.Line < 1 || pos.Line > len(lines):
			t.Errorf("%v is not in the file", d)
		case pos.Column < 1 || pos.Column > len(lines[pos.Line-1])+1:
			t.Errorf("%v is not in the line %q", d, lines[pos.Line-1])
		}
	}
}
