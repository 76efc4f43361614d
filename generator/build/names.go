package build

import (
	"fmt"
	"go/token"
	"go/types"
	"unicode"
	"unicode/utf8"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
)

// names checks that nothing which is generated has the name of something that is there.
type names struct {
	b     *builder
	taken map[string]token.Pos // "Triage", or "Agent.Triage" for a method: the directive that claims it
}

// claim takes the names of all commands and tools.
func (n *names) claim() {
	for _, f := range n.b.src.Commands {
		name, ok := exportedName(f)
		if !ok {
			continue // reported with the command
		}
		n.take(f, name)
		n.take(f, name+"Request")
		n.takeVariable(f, commandVariable(f, name))
	}
	for _, f := range n.b.src.Tools {
		name := upperFirst(f.Decl.Name.Name)
		if name != f.Decl.Name.Name {
			n.take(f, name)
		}
		n.take(f, name+"Tool")
	}
}

func commandVariable(f *directive.Func, name string) string {
	return f.Receiver() + upperFirst(name) + "Command"
}

// take claims a function, or a method where f is one.
func (n *names) take(f *directive.Func, name string) {
	recv := f.Receiver()
	if recv == "" {
		n.takeVariable(f, name)
		return
	}
	if obj := member(n.b.pkg.Types.Scope().Lookup(recv), name); obj != nil {
		n.declared(f, recv+"."+name, obj)
		return
	}
	n.once(f, recv+"."+name)
}

// takeVariable claims a name of the package scope.
func (n *names) takeVariable(f *directive.Func, name string) {
	if obj := n.b.pkg.Types.Scope().Lookup(name); obj != nil {
		n.declared(f, name, obj)
		return
	}
	n.once(f, name)
}

func (n *names) declared(f *directive.Func, name string, obj types.Object) {
	at := n.b.pos(obj.Pos())
	n.b.report(f.Pos, diag.NameTaken, fmt.Sprintf("%s is already declared at %s:%d, and would be generated for %s", name, at.File, at.Line, f.Decl.Name.Name), renameHint(f))
}

func (n *names) once(f *directive.Func, name string) {
	if other, ok := n.taken[name]; ok {
		at := n.b.pos(other)
		n.b.report(f.Pos, diag.NameTaken, fmt.Sprintf("%s would be generated twice: for %s too, at %s:%d", name, "another function", at.File, at.Line), renameHint(f))
		return
	}
	n.taken[name] = f.Pos
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
