package emit

import (
	"cmp"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// providers are the packages of providers that the models of the file need. One that is not ours is a compatible server, unless
// the program registers a provider of that name, which then counts. The offline one is part of the runtime.
func (f *file) providers() []string {
	var paths []string
	for i := range f.Commands {
		for _, name := range f.Commands[i].Providers {
			switch name {
			case "offline":
				continue
			case "anthropic", "gemini", "ollama", "openai":
			default:
				name = "compatible"
			}
			if path := pathProvider + "/" + name; !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// resultType is the T of a command: of Prompt[T], Command[T], Call[T].
func (f *file) resultType(r *model.Result) string {
	switch r.Kind {
	case model.ResultText:
		if r.Type == "" || r.Type == "string" {
			return f.builtin("string")
		}
	case model.ResultNone:
		return f.imports.name(pathAlloy) + ".None"
	}
	return f.text(r.Type)
}

func (f *file) prompt(r *model.Result) *jen.Statement {
	return f.alloy("Prompt").Index(jen.Id(f.resultType(r)))
}

// command is all that is generated for one command.
func (f *file) command(c *model.Command) []jen.Code {
	return slices.Concat(f.wrapper(c), f.stream(c), f.request(c), f.served(c), f.commandValue(c), f.call(c))
}

// wrapper is the function that users call.
func (f *file) wrapper(c *model.Command) []jen.Code {
	fr := f.frame(c.Recv, c.Params, commandVar(c), f.decls.call[&c.Func])
	ctx, opts := fr.free.pick("ctx"), fr.free.pick("opts")
	run := jen.Id(commandVar(c)).Dot("Run").Call(jen.Id(ctx), f.callOf(c, fr, ctx), jen.Id(opts))

	decl := jen.Func().Add(fr.receiver(c.Recv)).Id(c.Exported).Params(f.commandParams(c, fr, ctx, opts)...)
	if c.Result.Kind == model.ResultNone {
		err := fr.free.pick("err")
		decl.Id(f.builtin("error")).Block(
			jen.List(jen.Id("_"), jen.Id(err)).Op(":=").Add(run),
			jen.Return(jen.Id(err)),
		)
	} else {
		decl.Params(jen.Id(f.resultType(&c.Result)), jen.Id(f.builtin("error"))).Block(jen.Return(run))
	}
	return []jen.Code{doc(&c.Func, c.Exported, c.Exported+" asks a model with the prompt that "+c.Name+" makes.", worst(c)), decl, jen.Line()}
}

// request is the function that shows what the wrapper would send.
func (f *file) request(c *model.Command) []jen.Code {
	fr := f.frame(c.Recv, c.Params, commandVar(c), f.decls.call[&c.Func])
	ctx, opts := fr.free.pick("ctx"), fr.free.pick("opts")
	name := c.Exported + "Request"
	return []jen.Code{
		jen.Comment("// " + name + " returns the first request that " + c.Exported + " would send, without sending it."),
		jen.Func().Add(fr.receiver(c.Recv)).Id(name).Params(f.commandParams(c, fr, ctx, opts)...).
			Params(jen.Op("*").Add(f.pkgName(pathProvider, "Request")), jen.Id(f.builtin("error"))).
			Block(jen.Return(jen.Id(commandVar(c)).Dot("Request").Call(jen.Id(ctx), f.callOf(c, fr, ctx), jen.Id(opts)))),
		jen.Line(),
	}
}

func (f *file) commandParams(c *model.Command, fr *frame, ctx, opts string) []jen.Code {
	params := []jen.Code{jen.Id(ctx).Add(f.pkgName("context", "Context"))}
	params = append(params, f.paramDecls(fr, &c.Func, false)...)
	return append(params, jen.Id(opts).Op("...").Add(f.alloy("Option")))
}

func (f *file) callOf(c *model.Command, fr *frame, ctx string) jen.Code {
	args := fr.args(&c.Func, false)
	if c.ContextName != "" {
		args = append([]jen.Code{jen.Id(ctx)}, args...)
	}
	return fr.on(c.Recv, f.decls.call[&c.Func]).Call(args...)
}

// commandValue is the variable that holds the command without a call.
func (f *file) commandValue(c *model.Command) []jen.Code {
	t := f.resultType(&c.Result)
	name := c.Exported
	if c.Recv != nil {
		name = c.Recv.Type + "." + name
	}
	fields := []jen.Code{field("Name", jen.Lit(name))}
	about := "its name"
	var out []jen.Code
	var validate jen.Code
	if s := c.Result.Schema; s != nil {
		about = "its name, the schema of its answer and the parser"
		if shared := f.decls.output[&c.Func]; shared != "" {
			fields = append(fields, field("Output", jen.Id(shared)))
			out = append(out, jen.Var().Id(shared).Op("=").Add(f.schema(s)), jen.Line())
			if s.Raw {
				validate = field("Validate", f.pkgName(pathRawSchema, "Lazily").Call(jen.Id(shared).Dot("Text")))
			}
		} else {
			fields = append(fields, field("Output", f.schema(s)))
		}
		if c.Result.Wrapped {
			fields = append(fields, field("Wrapped", jen.True()))
		}
		if codec := c.Result.Codec; codec != "" {
			fields = append(fields,
				field("Decode", f.alloy("DecodeAs").Call(jen.Id(f.decodeName(codec)))),
				field("Encode", f.alloy("EncodeAs").Call(jen.Id(f.encodeName(codec)))),
			)
		}
		if validate != nil {
			fields = append(fields, validate)
		}
	}
	value := literal(f.alloy("Definition").Index(jen.Id(t)), fields)
	args := append([]jen.Code{value}, f.options(c.Settings)...)
	return append(out,
		jen.Comment("// "+commandVar(c)+" is "+c.Exported+" without a call: "+about+"."),
		jen.Var().Id(commandVar(c)).Op("=").Add(f.alloy("NewCommand")).Add(hanging(args)),
		jen.Line(),
	)
}

// call is the function that describes one call: contracts, prompt, tools.
func (f *file) call(c *model.Command) []jen.Code {
	name := f.decls.call[&c.Func]
	t := f.resultType(&c.Result)
	fr := f.frame(c.Recv, c.Params, f.callBody(c)...)
	params := f.paramDecls(fr, &c.Func, false)
	if c.ContextName != "" {
		ctx := jen.Id(fr.take(c.ContextName)).Add(f.pkgName("context", "Context"))
		params = append([]jen.Code{ctx}, params...)
	}

	var fields []jen.Code
	if len(c.Require) > 0 {
		fields = append(fields, field("Require", f.contracts(c.Require, fr)))
	}
	fields = append(fields, field("Prompt", f.promptFunc(c, fr)))
	if len(c.Ensure) > 0 {
		fields = append(fields, field("Ensure", f.contractsFunc(c.Ensure, fr, t)))
	}
	if len(c.Check) > 0 {
		fields = append(fields, field("Check", f.contractsFunc(c.Check, fr, t)))
	}
	if len(c.Tools) > 0 {
		var tools []jen.Code
		for _, ref := range c.Tools {
			tools = append(tools, f.toolRef(ref, fr))
		}
		fields = append(fields, field("Tools", jen.Index().Add(f.alloy("Tool")).Values(tools...)))
	}
	if c.Degrade != nil {
		fields = append(fields, field("Degrade", f.degradeFunc(c, fr)))
	}
	if c.Recv != nil && c.Recv.Client != "" {
		fields = append(fields, field("Client", jen.Id(fr.recv).Dot(f.text(c.Recv.Client))))
	}
	var redacted []jen.Code
	for i, p := range c.Params {
		if p.Redact {
			redacted = append(redacted, f.alloy("Redacted").Call(jen.Id(fr.params[i])))
		}
	}
	if len(redacted) > 0 {
		fields = append(fields, field("Redact", jen.Index().Id(f.builtin("string")).Values(redacted...)))
	}
	return []jen.Code{
		jen.Comment("// " + name + " is one call of " + c.Exported + "."),
		jen.Func().Add(fr.receiver(c.Recv)).Id(name).Params(params...).
			Add(f.alloy("Call").Index(jen.Id(t))).
			Block(jen.Return(literal(f.alloy("Call").Index(jen.Id(t)), fields))),
		jen.Line(),
	}
}

// callBody are the names that the code of a call function uses beside its parameters and contracts.
func (f *file) callBody(c *model.Command) []string {
	names := newScope([]string{"error", "nil", "string"})
	if c.Recv == nil {
		names.add(c.Name)
	}
	if len(c.Require)+len(c.Ensure)+len(c.Check) > 0 {
		names.add("bool")
	}
	for name := range f.decls.free.of(c.Result.Type) {
		names.add(name)
	}
	for _, ref := range c.Tools {
		if !ref.OnRecv {
			for name := range f.decls.free.of(ref.Value) {
				names.add(cmp.Or(f.decls.make[name], name))
			}
		}
	}
	for i := range f.CommandTools {
		names.add(f.decls.asTool[&f.CommandTools[i]])
	}
	if c.Degrade != nil && !c.Degrade.OnRecv {
		for name := range f.decls.free.of(c.Degrade.Func) {
			names.add(name)
		}
	}
	return names.names()
}

// promptFunc runs the annotated function.
func (f *file) promptFunc(c *model.Command, fr *frame) jen.Code {
	free := newScope(fr.free.names())
	ctx := ""
	param := f.pkgName("context", "Context")
	if c.Context {
		ctx = free.pick("ctx")
		param = jen.Id(ctx).Add(param)
	}
	call := fr.call(&c.Func, ctx)
	var body []jen.Code
	asPrompt := func(text jen.Code) *jen.Statement {
		return f.alloy("PromptOf").Index(jen.Id(f.resultType(&c.Result))).Call(f.alloy("Text").Call(text))
	}
	switch {
	case c.Result.Prompt && c.Error:
		body = []jen.Code{jen.Return(call)}
	case c.Result.Prompt:
		body = []jen.Code{jen.Return(call, jen.Nil())}
	case c.Error:
		text, err := free.pick("text"), free.pick("err")
		body = []jen.Code{
			jen.List(jen.Id(text), jen.Id(err)).Op(":=").Add(call),
			jen.Return(asPrompt(jen.Id(text)), jen.Id(err)),
		}
	default:
		body = []jen.Code{jen.Return(asPrompt(call), jen.Nil())}
	}
	fn := jen.Func().Params(param).Params(f.prompt(&c.Result), jen.Id(f.builtin("error")))
	if len(body) == 1 {
		return fn.Add(oneLine(body[0]))
	}
	return fn.Block(body...)
}

// toolRef is a tool of a command.
func (f *file) toolRef(ref model.ToolRef, fr *frame) jen.Code {
	value := f.text(ref.Value)
	for i := range f.CommandTools {
		if t := &f.CommandTools[i]; value == t.Name || value == t.Name+"()" {
			value = f.decls.asTool[t] + "()"
		}
	}
	if ref.OnRecv {
		return jen.Id(fr.recv).Dot(value)
	}
	if maker := f.decls.make[value]; maker != "" {
		value = maker + "()"
	}
	return jen.Id(value)
}
