package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// asksFirst reports whether a tool has preconditions and needs approval: then nobody is to be asked about a call that fails
// them, and they are evaluated on their own as well.
func asksFirst(t *model.Tool) bool {
	return len(t.Require) > 0 && slices.ContainsFunc(t.Settings, func(s model.Setting) bool { return s.Directive == "approve" })
}

// requireFunc is the function that makes the preconditions of such a tool.
func (f *file) requireFunc(t *model.Tool) []jen.Code {
	name := f.decls.require[&t.Func]
	if name == "" {
		return nil
	}
	fr := f.frame(t.Recv, t.Params, "bool")
	params := f.paramDecls(fr, &t.Func, false)
	if t.ContextName != "" {
		params = append([]jen.Code{jen.Id(fr.take(t.ContextName)).Add(f.pkgName("context", "Context"))}, params...)
	}
	return []jen.Code{
		jen.Comment("// " + name + " is what " + t.Name + " requires."),
		jen.Func().Add(fr.receiver(t.Recv)).Id(name).Params(params...).Index().Add(f.pkgName(pathContracts, "Contract")).
			Block(jen.Return(f.contracts(t.Require, fr))),
		jen.Line(),
	}
}

// requires calls it in a frame that has the tool's parameters.
func (f *file) requires(t *model.Tool, fr *frame, ctx string) jen.Code {
	args := fr.args(&t.Func, false)
	if t.ContextName != "" {
		args = append([]jen.Code{jen.Id(ctx)}, args...)
	}
	return fr.on(t.Recv, f.decls.require[&t.Func]).Call(args...)
}

// preconditions is the Require of a tool's value: it decodes the arguments, and evaluates what the tool requires.
func (f *file) preconditions(t *model.Tool, fr *frame) []jen.Code {
	name := f.decls.require[&t.Func]
	if name == "" {
		return nil
	}
	return []jen.Code{field("Require", f.inputBody(&inputCall{
		fn:         fr.on(t.Recv, name),
		params:     t.Params,
		inputCodec: t.InputCodec,
		verify:     true,
		noContext:  t.ContextName == "",
		free:       newScope(fr.free.names(), []string{fr.recv, name}),
	}))}
}
