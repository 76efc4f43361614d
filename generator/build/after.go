package build

import (
	"go/types"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/schema"
)

// after resolves the names of a tool's after directive to those that the model is given.
func (b *builder) after(spec *directive.Func, names []directive.Value[string]) []string {
	var all []string
	for _, v := range names {
		f := b.waitsFor(b.src, spec, v.V)
		switch {
		case f == spec:
			b.reportf(v.Pos, diag.InvalidAfter, "remove it", "after: %s cannot wait for itself", v.V)
		case f != nil:
			all = append(all, b.offeredAs(b.src, f))
		case b.isVariable(v.V):
			b.reportf(v.Pos, diag.InvalidAfter, "make it a function with //alloy:tool",
				"after: the name that %s has for the model is not known when generating", v.V)
		case len(b.src.funcs[v.V]) > 0 && b.src.funcs[v.V][0].Receiver() != "":
			other := b.src.funcs[v.V][0]
			b.reportf(v.Pos, diag.InvalidAfter, "only tools that are methods of "+other.Receiver()+" can wait for it",
				"after: %s is a method of %s", v.V, other.Receiver())
		default:
			r := &resolver{builder: b}
			b.reportf(v.Pos, diag.InvalidAfter, directive.Suggest(v.V, r.known()),
				"after: there is no tool or command %s of this package, or of the receiver", v.V)
		}
	}
	return all
}

// waitsFor finds what a name in the after directive of spec means: a method of its receiver, or a function of its package.
func (b *builder) waitsFor(src *source, spec *directive.Func, name string) *directive.Func {
	var found *directive.Func
	for _, f := range src.funcs[name] {
		switch {
		case f.File.Test && !spec.File.Test:
		case f.Receiver() == "":
			if found == nil {
				found = f
			}
		case src == b.src && spec.Receiver() != "":
			r := &resolver{builder: b}
			if recv := b.receiverOf(spec); recv != nil && r.hasMethod(recv, f) {
				return f
			}
		}
	}
	return found
}

// offeredAs is the name under which a model knows a tool, or a command that is offered as one.
func (b *builder) offeredAs(src *source, f *directive.Func) string {
	if src.isCommand(f) {
		return schema.Snake(f.Decl.Name.Name)
	}
	return toolName(f)
}

func (b *builder) isVariable(name string) bool {
	v, ok := b.pkg.Types.Scope().Lookup(name).(*types.Var)
	return ok && isTool(v.Type())
}

// afterCycles reports tools that wait for each other: none of them could ever run.
func (b *builder) afterCycles() {
	const (
		open = 1
		done = 2
	)
	state := map[*directive.Func]int{}
	var path []*directive.Func
	var visit func(f *directive.Func)
	visit = func(f *directive.Func) {
		state[f] = open
		path = append(path, f)
		if f.Settings.After != nil {
			for _, v := range f.Settings.After.V {
				next := b.waitsFor(b.src, f, v.V)
				switch {
				case next == nil || next == f: // reported
				case state[next] == open:
					var names []string
					for _, g := range append(path[slices.Index(path, next):], next) {
						names = append(names, g.Decl.Name.Name)
					}
					b.reportf(v.Pos, diag.InvalidAfter, "break the circle",
						"after: none of these tools can ever run, as each waits for the next: %s", strings.Join(names, ", "))
				case state[next] == 0:
					visit(next)
				}
			}
		}
		path = path[:len(path)-1]
		state[f] = done
	}
	for _, f := range b.src.Tools {
		if state[f] == 0 {
			visit(f)
		}
	}
}

// unmet reports the tools of a command that wait for one which it does not offer. offers are in the order of names.
func (b *builder) unmet(spec *directive.Func, names []directive.Value[directive.Name], offers []offer) {
	offered := map[string]bool{}
	for _, o := range offers {
		if o.tool == "" {
			return // it may have any name
		}
		offered[o.tool] = true
	}
	for i, o := range offers {
		if o.spec == nil || o.spec.Settings.After == nil {
			continue
		}
		for _, v := range o.spec.Settings.After.V {
			f := b.waitsFor(o.src, o.spec, v.V)
			if f == nil || offered[b.offeredAs(o.src, f)] {
				continue
			}
			b.reportf(names[i].Pos, diag.InvalidAfter, "add it to the tools, or change the after directive of "+o.spec.Decl.Name.Name,
				"tools: %s could never run: it waits for %s, which %s does not offer", names[i].V, b.offeredAs(o.src, f), spec.Decl.Name.Name)
		}
	}
}
