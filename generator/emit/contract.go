package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// contracts is the slice of contracts in the frame of a call.
func (f *file) contracts(list []model.Contract, fr *frame) *jen.Statement {
	values := make([]jen.Code, 0, len(list))
	for _, c := range list {
		values = append(values, literal(nil, []jen.Code{
			field("Expr", jen.Id(quote(c.Source))),
			field("Message", jen.Id(quote(c.Message))),
			field("Holds", f.holds(c.Expr, fr)),
		}))
	}
	return jen.Index().Add(f.pkgName(pathContracts, "Contract")).Values(values...)
}

// contractsFunc is the function that makes the contracts over a result of type t.
func (f *file) contractsFunc(list []model.Contract, fr *frame, t string) *jen.Statement {
	return jen.Func().Params(jen.Id("result").Id(t)).Index().Add(f.pkgName(pathContracts, "Contract")).
		Block(jen.Return(f.contracts(list, fr)))
}

// holds evaluates an expression. A parameter that goes by another name in the frame gets its own back.
func (f *file) holds(expr model.Go, fr *frame) jen.Code {
	used := f.decls.free.of(expr)
	var body []jen.Code
	for _, m := range fr.moved {
		certain, ok := used[m.from]
		if !ok {
			continue
		}
		body = append(body, jen.Id(m.from).Op(":=").Id(m.to))
		if !certain {
			body = append(body, jen.Id("_").Op("=").Id(m.from)) // it may only be the name of a field
		}
	}
	fn := jen.Func().Params().Id(f.builtin("bool"))
	ret := jen.Return(f.code(expr))
	if len(body) == 0 {
		return fn.Add(oneLine(ret))
	}
	return fn.Block(append(body, ret)...)
}
