package emit

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// tool is all that is generated for one tool.
func (f *file) tool(t *model.Tool) []jen.Code {
	return slices.Concat(f.toolFunc(t), f.requireFunc(t), f.toolValue(t))
}

// checked is the name of the function that runs a tool with its contracts.
func (f *file) checked(t *model.Tool) string {
	if t.Export {
		return t.Exported
	}
	return f.decls.call[&t.Func]
}

// toolFunc is the function that runs a tool with its contracts, for Go callers and for the tool's value.
func (f *file) toolFunc(t *model.Tool) []jen.Code {
	name := f.checked(t)
	fr := f.frame(t.Recv, t.Params, f.toolBody(t)...)
	ctx := ""
	if t.ContextName != "" {
		ctx = fr.take(t.ContextName)
	} else {
		ctx = fr.free.pick("ctx")
	}
	params := append([]jen.Code{jen.Id(ctx).Add(f.pkgName("context", "Context"))}, f.paramDecls(fr, &t.Func, true)...)
	decl := jen.Func().Add(fr.receiver(t.Recv)).Id(name).Params(params...)

	run := f.alloy("RunTool").Call(jen.Id(ctx), jen.Lit(t.Tool), f.toolContracts(t, fr, ctx), f.toolRun(t, fr))
	if t.Result == "" {
		err := fr.free.pick("err")
		decl.Id(f.builtin("error")).Block(
			jen.List(jen.Id("_"), jen.Id(err)).Op(":=").Add(run),
			jen.Return(jen.Id(err)),
		)
	} else {
		decl.Add(f.results(t.Result, true)).Block(jen.Return(run))
	}
	var comment jen.Code = jen.Comment("// " + name + " is " + t.Name + " with its contracts.")
	if t.Export {
		comment = doc(&t.Func, name, name+" runs "+t.Name+" with its contracts.")
	}
	return []jen.Code{comment, decl, jen.Line()}
}

// toolBody are the names that the code of a tool's function uses beside its parameters and contracts.
func (f *file) toolBody(t *model.Tool) []string {
	names := newScope([]string{"error", "nil"})
	if t.Recv == nil {
		names.add(t.Name)
	}
	if len(t.Require)+len(t.Ensure) > 0 {
		names.add("bool")
	}
	for name := range f.decls.free.of(t.Result) {
		names.add(name)
	}
	return names.names()
}

// toolResult is the R of RunTool.
func (f *file) toolResult(t *model.Tool) string {
	if t.Result == "" {
		return f.imports.name(pathAlloy) + ".None"
	}
	return f.text(t.Result)
}

func (f *file) toolContracts(t *model.Tool, fr *frame, ctx string) jen.Code {
	contracts := f.alloy("ToolContracts").Index(jen.Id(f.toolResult(t)))
	var fields []jen.Code
	switch {
	case asksFirst(t):
		fields = append(fields, field("Require", f.requires(t, fr, ctx)))
	case len(t.Require) > 0:
		fields = append(fields, field("Require", f.contracts(t.Require, fr)))
	}
	if len(t.Ensure) > 0 {
		fields = append(fields, field("Ensure", f.contractsFunc(t.Ensure, fr, f.toolResult(t))))
	}
	if len(fields) == 0 {
		return inline(contracts)
	}
	return literal(contracts, fields)
}

// toolRun is the closure that runs the annotated function.
func (f *file) toolRun(t *model.Tool, fr *frame) jen.Code {
	ctx := ""
	param := f.pkgName("context", "Context")
	if t.Context {
		ctx = newScope(fr.params, []string{fr.recv}, f.toolBody(t)).pick("ctx")
		param = jen.Id(ctx).Add(param)
	}
	call := fr.call(&t.Func, ctx)
	var body []jen.Code
	none := jen.Id(f.imports.name(pathAlloy) + ".None{}")
	switch {
	case t.Result == "" && t.Error:
		body = []jen.Code{jen.Return(none, call)}
	case t.Result == "":
		body = []jen.Code{call, jen.Return(none, jen.Nil())}
	case t.Error:
		body = []jen.Code{jen.Return(call)}
	default:
		body = []jen.Code{jen.Return(call, jen.Nil())}
	}
	return jen.Func().Params(param).Params(jen.Id(f.toolResult(t)), jen.Id(f.builtin("error"))).Block(body...)
}

// toolValue is the alloy.Tool: a method of the receiver, or a variable. The commands of the package get the latter's value
// from the function that makes it: a tool that calls the command which offers it must not make a cycle of initialization.
func (f *file) toolValue(t *model.Tool) []jen.Code {
	name, input := t.Exported+"Tool", f.decls.input[&t.Func]
	fr := f.frame(t.Recv, nil, input)
	comment := jen.Comment("// " + name + " offers " + t.Name + " to a model.")
	code := []jen.Code{comment}
	if t.Recv == nil {
		name = f.decls.make[name]
		code = append(code, jen.Var().Id(t.Exported+"Tool").Op("=").Id(name).Call(), jen.Line())
	}
	return append(code,
		jen.Func().Add(fr.receiver(t.Recv)).Id(name).Params().Add(f.alloy("Tool")).
			Block(jen.Return(f.toolLiteral(t, fr, jen.Id(input)))),
		jen.Line(),
		jen.Var().Id(input).Op("=").Add(f.schema(&t.Input)),
		jen.Line(),
	)
}

func (f *file) toolLiteral(t *model.Tool, fr *frame, input jen.Code) jen.Code {
	body := f.inputBody(&inputCall{
		fn:          fr.on(t.Recv, f.checked(t)),
		params:      t.Params,
		variadic:    t.Variadic,
		inputCodec:  t.InputCodec,
		none:        t.Result == "",
		resultCodec: t.ResultCodec,
		free:        newScope(fr.free.names(), []string{fr.recv, f.checked(t)}),
	})
	fields := f.toolFields(t.Tool, t.Doc, &t.Input, input, body)
	fields = append(fields, f.preconditions(t, fr)...)
	fields = append(fields, f.toolSettings(t.Settings)...)
	fields = append(fields, f.redacted(t.Params)...)
	return literal(f.alloy("Tool"), fields)
}

func (f *file) toolFields(name, doc string, schema *model.Schema, input, run jen.Code) []jen.Code {
	fields := []jen.Code{field("Name", jen.Lit(name))}
	if doc = strings.TrimSpace(doc); doc != "" {
		fields = append(fields, field("Description", jen.Id(quote(doc))))
	}
	fields = append(fields, field("Input", input))
	if schema.Raw {
		fields = append(fields, field("Validate", f.pkgName(pathRawSchema, "Lazily").Call(jen.Add(input).Dot("Text"))))
	}
	return append(fields, field("Run", run))
}

// redacted lists the properties of an input that stay out of events.
func (f *file) redacted(params []model.Param) []jen.Code {
	var names []jen.Code
	for _, p := range params {
		if p.Redact {
			names = append(names, jen.Lit(p.Name))
		}
	}
	if names == nil {
		return nil
	}
	return []jen.Code{field("Redact", jen.Index().Id(f.builtin("string")).Values(names...))}
}

// inputCall is the call of a function with arguments that come as a JSON object.
type inputCall struct {
	fn          *jen.Statement
	params      []model.Param
	variadic    bool
	inputCodec  string
	none        bool // the function returns only an error
	resultCodec string
	verify      bool     // the function returns contracts, which are verified
	result      jen.Code // the type of what the function returns, without an error; nil for any, with one
	noContext   bool     // the function takes no context
	free        scope
}

// inputBody is the Run of a tool: it decodes the object, calls the function and encodes the result. It returns only an error
// where contracts are verified, and what the function returns as it is where its type is known.
func (f *file) inputBody(c *inputCall) jen.Code {
	for _, name := range []string{"byte", "any", "error", "nil", "string"} {
		c.free.add(name)
	}
	ctx := c.free.pick("ctx")
	data, in, err := c.free.pick("input"), c.free.pick("in"), c.free.pick("err")
	args := []jen.Code{jen.Id(ctx)}
	if c.noContext {
		ctx, args = "_", nil
	}
	fn := jen.Func().Params(jen.Id(ctx).Add(f.pkgName("context", "Context")), jen.Id(data).Index().Id(f.builtin("byte")))
	fail := func(err jen.Code) jen.Code { return jen.Return(jen.Nil(), err) }
	switch {
	case c.verify:
		fn.Id(f.builtin("error"))
		fail = func(err jen.Code) jen.Code { return jen.Return(err) }
	case c.result != nil:
		fn.Params(c.result, jen.Id(f.builtin("error")))
		fail = func(err jen.Code) jen.Code { return jen.Return(jen.Add(c.result).Values(), err) }
	default:
		fn.Params(jen.Id(f.builtin("any")), jen.Id(f.builtin("error")))
	}
	if len(c.params) == 0 {
		return fn.Block(f.returnResult(c, c.fn.Call(args...), err)...)
	}
	fields := inputFields(c.params)
	var body []jen.Code
	if c.inputCodec != "" {
		body = append(body, jen.Var().Id(in).Id(f.decls.rename[f.File][c.inputCodec]))
	} else {
		body = append(body, jen.Var().Id(in).StructFunc(func(g *jen.Group) {
			for i, p := range c.params {
				g.Id(fields[i]).Id(f.text(p.Type)).Id(jsonTag(p.Name, ""))
			}
		}))
	}
	body = append(body, jen.If(jen.Id(err).Op(":=").Add(f.pkgName("encoding/json", "Unmarshal")).Call(jen.Id(data), jen.Op("&").Id(in)), jen.Id(err).Op("!=").Nil()).
		Block(fail(jen.Id(err))))

	for i, p := range c.params {
		arg := in + "." + fields[i]
		if codec := f.inputFieldCodec(c.inputCodec, i); codec != "" {
			local := c.free.pick(p.Name)
			body = append(body,
				jen.List(jen.Id(local), jen.Id(err)).Op(":=").Id(f.decls.decode[f.File][codec]).Call(jen.Id(arg)),
				jen.If(jen.Id(err).Op("!=").Nil()).Block(fail(f.pkgName("fmt", "Errorf").Call(jen.Lit("parameter "+p.Name+": %w"), jen.Id(err)))),
			)
			arg = local
		}
		if c.variadic && i == len(c.params)-1 {
			arg += "..."
		}
		args = append(args, jen.Id(arg))
	}
	return fn.Block(append(body, f.returnResult(c, c.fn.Call(args...), err)...)...)
}

func (f *file) returnResult(c *inputCall, call *jen.Statement, err string) []jen.Code {
	switch {
	case c.verify:
		broken := c.free.pick("v")
		verified := f.pkgName(pathContracts, "Verify").Call(f.pkgName(pathContracts, "Require"), call)
		return []jen.Code{
			jen.If(jen.Id(broken).Op(":=").Add(verified), jen.Id(broken).Op("!=").Nil()).Block(jen.Return(jen.Id(broken))),
			jen.Return(jen.Nil()),
		}
	case c.result != nil:
		return []jen.Code{jen.Return(call, jen.Nil())}
	case c.none:
		return []jen.Code{jen.Return(jen.Nil(), call)}
	case c.resultCodec == "":
		return []jen.Code{jen.Return(call)}
	}
	result := c.free.pick("result")
	return []jen.Code{
		jen.List(jen.Id(result), jen.Id(err)).Op(":=").Add(call),
		jen.If(jen.Id(err).Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Id(err))),
		jen.Return(jen.Id(f.decls.encode[f.File][c.resultCodec]).Call(jen.Id(result))),
	}
}

// inputFieldCodec is the codec of the i-th parameter of a tool's input.
func (f *file) inputFieldCodec(input string, i int) string {
	if input == "" {
		return ""
	}
	fields := f.codecNamed(input).Fields
	if i >= len(fields) {
		f.fail("codec %s has no field for parameter %d", input, i+1)
		return ""
	}
	return fields[i].Codec
}

// inputFields are the fields of the struct that a tool's input is decoded into, one per parameter.
func inputFields(params []model.Param) []string {
	taken := scope{}
	var names []string
	for _, p := range params {
		names = append(names, taken.pick(fieldName(p.Name)))
	}
	return names
}

// fieldName is an exported name for a property.
func fieldName(name string) string {
	if e := exported(name); e != name || jen.IsReservedWord(name) || isUpper(name) {
		return e
	}
	return "X" + name // no upper case in this script, or an underscore
}

func isUpper(name string) bool { return exported(name) == name && unexported(name) != name }

func jsonTag(name, options string) string {
	if options != "" {
		options = "," + options
	}
	return "`json:" + strconv.Quote(name+options) + "`"
}

// commandTool offers a command as a tool. It is a function, so that commands that offer each other do not make a cycle of
// initialization.
func (f *file) commandTool(t *model.CommandTool) []jen.Code {
	name, input := f.decls.asTool[t], f.decls.asInput[t]
	command := f.text(t.Func)
	fr := f.frame(t.Recv, nil, input)
	fn := jen.Id(command)
	if t.Recv != nil {
		fn = jen.Id(fr.recv).Dot(command)
	}
	body := f.inputBody(&inputCall{
		fn:          fn,
		params:      t.Params,
		inputCodec:  t.InputCodec,
		none:        t.Result.Kind == model.ResultNone,
		resultCodec: t.ResultCodec,
		free:        newScope(fr.free.names(), []string{fr.recv}, slices.Sorted(maps.Keys(f.decls.free.of(t.Func)))),
	})
	fields := append(f.toolFields(t.Tool, t.Doc, &t.Input, jen.Id(input), body), field("Timeout", f.alloy("NoTimeout")))
	return []jen.Code{
		jen.Comment("// " + name + " offers the command " + command + " to a model."),
		jen.Func().Add(fr.receiver(t.Recv)).Id(name).Params().Add(f.alloy("Tool")).Block(
			jen.Return(literal(f.alloy("Tool"), append(fields, f.redacted(t.Params)...))),
		),
		jen.Line(),
		jen.Var().Id(input).Op("=").Add(f.schema(&t.Input)),
		jen.Line(),
	}
}
