package build

import (
	"fmt"
	"go/types"
	"unicode"
	"unicode/utf8"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
)

// names checks that nothing which is generated has the name of something that is there.
type names struct {
	b     *builder
	taken map[string]*directive.Func // "Triage", or "Agent.Triage" for a method: whose it is
	// mounted are the receivers, "" for none, whose handlers are mounted together.
	mounted map[string]bool
}

// claim takes the names of all commands and tools. Of each, the first name that is taken is reported.
func (n *names) claim() {
	for _, f := range n.b.src.Commands {
		// A command without a name is reported where the directives are read.
		name, ok := exportedName(f)
		if ok && n.take(f, name) && n.take(f, name+"Request") && n.takeVariable(f, commandVariable(f, name)) {
			n.claimParts(f, name)
		}
	}
	for _, f := range n.b.src.Tools {
		own := f.Decl.Name.Name
		name := upperFirst(own)
		if name == own || n.take(f, name) {
			n.take(f, name+"Tool")
		}
	}
}

// claimParts takes the names of what is generated for a command only if directives ask for it.
func (n *names) claimParts(f *directive.Func, name string) {
	if f.Settings.Stream != nil && n.b.answers(f) && !n.take(f, name+"Stream") {
		return
	}
	if f.Settings.HTTP == nil || !n.take(f, name+"Endpoint") || !n.take(f, name+"Handler") {
		return
	}
	if of := f.Receiver(); fileName(f.File, n.b.pkg.External) == model.MainFile && !n.mounted[of] {
		n.mounted[of] = true
		n.take(f, "Handlers")
	}
}

func commandVariable(f *directive.Func, name string) string {
	return f.Receiver() + upperFirst(name) + "Command"
}

// take claims a function, or a method where f is one.
func (n *names) take(f *directive.Func, name string) bool {
	recv := f.Receiver()
	if recv == "" {
		return n.takeVariable(f, name)
	}
	return n.once(f, recv+"."+name, member(n.b.pkg.Types.Scope().Lookup(recv), name))
}

// takeVariable claims a name of the package scope. It may not be the name of an import either.
func (n *names) takeVariable(f *directive.Func, name string) bool {
	declared := n.b.pkg.Types.Scope().Lookup(name)
	for _, file := range n.b.pkg.Files {
		if scope := n.b.pkg.Info.Scopes[file.Syntax]; declared == nil && scope != nil && scope.Lookup(name) != nil {
			n.b.reportf(f.Pos, diag.NameTaken, renameHint(f), "%s is the name of an import in %s, and would be generated for %s",
				name, file.Base(), f.Decl.Name.Name)
			return false
		}
	}
	return n.once(f, name, declared)
}

// once claims a name, unless it is declared or claimed already.
func (n *names) once(f *directive.Func, name string, declared types.Object) bool {
	other := n.taken[name]
	switch {
	case name == "init":
		n.b.report(f.Pos, diag.NameTaken, "init cannot be generated: in Go nothing can call it", "choose another name")
	case declared != nil:
		at := n.b.pos(declared.Pos())
		n.b.reportf(f.Pos, diag.NameTaken, renameHint(f),
			"%s is already declared at %s:%d, and would be generated for %s", name, at.File, at.Line, f.Decl.Name.Name)
	case other != nil:
		at := n.b.pos(other.Pos)
		n.b.reportf(f.Pos, diag.NameTaken, renameHint(f), "%s would be generated twice: for %s too, at %s:%d", name,
			other.Decl.Name.Name, at.File, at.Line)
	default:
		n.taken[name] = f
		return true
	}
	return false
}

func renameHint(f *directive.Func) string {
	return fmt.Sprintf("rename %s, or what has the name", f.Decl.Name.Name)
}

// member is the field or method that a type declares itself.
func member(obj types.Object, name string) types.Object {
	if obj == nil {
		return nil
	}
	named, ok := obj.Type().(*types.Named)
	if !ok {
		return nil
	}
	for m := range named.Methods() {
		if m.Name() == name {
			return m
		}
	}
	if s, ok := named.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if f.Name() == name {
				return f
			}
		}
	}
	return nil
}

// exportedName is the name of a command's wrapper, or false if it needs name=.
func exportedName(f *directive.Func) (string, bool) {
	if f.Name != nil {
		return f.Name.V, true
	}
	name := upperFirst(f.Decl.Name.Name)
	return name, name != f.Decl.Name.Name
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}
