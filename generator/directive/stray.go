package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/load"
)

// nearMiss reports a comment that Go takes for prose, and that was meant to be a directive.
func (c *collector) nearMiss(comment *ast.Comment) {
	if !load.LooksLike(comment.Text) {
		return
	}
	shown, _, _ := strings.Cut(comment.Text, "\n")
	text := strings.TrimSuffix(shown, "*/")
	mark := strings.IndexAny(text, ":.")
	name, args, _ := cutWord(strings.TrimSpace(text[mark+1:]), 0)
	meant := strings.ToLower(name)
	if find(meant) == nil {
		if near, ok := nearest(meant, names); ok {
			meant = near
		} else if strings.HasPrefix(text, "// ") || text[mark] == '.' {
			return // prose about something else
		}
	}
	hint := "write " + cut("//alloy:"+strings.TrimSpace(meant+" "+args), 80)
	if meant == "" {
		hint = "write //alloy:command, for example"
	}
	c.report(comment.Slash, diag.MalformedDirective,
		fmt.Sprintf("%q is an ordinary comment to Go, not a directive", cut(shown, 40)), hint)
}

// cut shortens a text for a message.
func cut(s string, limit int) string {
	for i := range s {
		if i >= limit {
			return s[:i] + "…"
		}
	}
	return s
}

// detached reports a directive that is not in the doc comment of a function, type or package.
func (c *collector) detached(file *load.File, group *ast.CommentGroup, l line) {
	if c.known(l) == nil {
		return
	}
	why, hint := c.why(file.Syntax, group)
	c.report(l.pos, diag.MisplacedDirective, fmt.Sprintf("%s has no effect here: %s", l.name, why), hint)
}

// why says what a comment stands on or in.
func (c *collector) why(file *ast.File, group *ast.CommentGroup) (why, hint string) {
	const move = "move it into the doc comment of what it is about"
	for _, decl := range file.Decls {
		if decl.Pos() <= group.Pos() && group.End() <= decl.End() {
			return inside(decl), move
		}
		if doc := declDoc(decl); doc == group {
			return "it stands on " + describeDecl(decl), move
		}
		if c.pkg.Position(decl.End()).Line == c.pkg.Position(group.Pos()).Line {
			return "it stands after the code of its line", move
		}
	}
	next, what := file.Package, "the package clause"
	if group.Pos() > file.Package {
		next, what = token.NoPos, ""
		for _, decl := range file.Decls {
			if decl.Pos() > group.End() {
				next, what = start(decl), describeDecl(decl)
				break
			}
		}
	}
	if c.pkg.Position(file.Package).Line == c.pkg.Position(group.Pos()).Line {
		return "it stands after the code of its line", move
	}
	if what == "" {
		return "nothing follows it", move
	}
	if gap := c.pkg.Position(next).Line - c.pkg.Position(group.End()).Line; gap > 1 {
		return "a blank line, or another comment, separates it from " + what, "join it to the doc comment"
	}
	return "it is not in a doc comment", move
}

func inside(decl ast.Decl) string {
	if decl, ok := decl.(*ast.FuncDecl); ok {
		return "it stands inside of the function " + decl.Name.Name
	}
	return "it stands inside of a declaration, on a field, a value or a member of a group"
}

// start is where a declaration begins, with its doc comment.
func start(decl ast.Decl) token.Pos {
	if doc := declDoc(decl); doc != nil {
		return doc.Pos()
	}
	return decl.Pos()
}

func declDoc(decl ast.Decl) *ast.CommentGroup {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		return decl.Doc
	case *ast.GenDecl:
		return decl.Doc
	}
	return nil
}

func describeDecl(decl ast.Decl) string {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		return "the function " + decl.Name.Name
	case *ast.GenDecl:
		if decl.Lparen.IsValid() {
			return fmt.Sprintf("a group of %s declarations", decl.Tok)
		}
		if spec, ok := decl.Specs[0].(*ast.TypeSpec); ok {
			return "the type " + spec.Name.Name
		}
		return fmt.Sprintf("a %s declaration", decl.Tok)
	}
	return "a declaration"
}
