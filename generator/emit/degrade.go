package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// degradeFunc answers a call that failed, with the command's degrade function.
func (f *file) degradeFunc(c *model.Command, fr *frame) jen.Code {
	free := newScope(fr.free.names(), []string{fr.recv})
	ctx := "_"
	var args []jen.Code
	if c.Degrade.Context {
		ctx = free.pick("ctx")
		args = append(args, jen.Id(ctx))
	}
	err := free.pick("err")
	args = append(append(args, fr.args(&c.Func, false)...), jen.Id(err))
	fn := jen.Id(f.text(c.Degrade.Func))
	if c.Degrade.OnRecv {
		fn = jen.Id(fr.recv).Dot(f.text(c.Degrade.Func))
	}
	call := fn.Call(args...)

	failed := jen.Id(f.builtin("error"))
	closure := jen.Func().Params(jen.Id(ctx).Add(f.pkgName("context", "Context")), jen.Id(err).Add(failed)).
		Params(jen.Id(f.resultType(&c.Result)), failed)
	if c.Result.Kind == model.ResultNone {
		return closure.Add(oneLine(jen.Return(f.alloy("None").Values(), call)))
	}
	return closure.Add(oneLine(jen.Return(call)))
}
