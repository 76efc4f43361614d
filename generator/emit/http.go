package emit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// served is what is generated for a command with an http directive: the endpoint, as package serve takes it, and its handler.
func (f *file) served(c *model.Command) []jen.Code {
	if c.HTTP == nil {
		return nil
	}
	return slices.Concat(f.handler(c), f.endpoint(c), f.parameters(c))
}

func (f *file) handler(c *model.Command) []jen.Code {
	fr := f.frame(c.Recv, nil)
	opts := fr.free.pick("opts")
	name := c.Exported + "Handler"
	return []jen.Code{
		jen.Comment("// " + name + " serves " + c.Exported + " over HTTP. The options are those of its calls and of package serve."),
		f.handlerFunc(c.Recv, fr, name, opts).
			Block(jen.Return(f.pkgName(pathServe, "Handler").Call(f.endpointOf(c, fr).Call(), jen.Id(opts).Op("...")))),
		jen.Line(),
	}
}

// handlerFunc is the head of a function that takes options and returns a handler.
func (f *file) handlerFunc(recv *model.Recv, fr *frame, name, opts string) *jen.Statement {
	return jen.Func().Add(fr.receiver(recv)).Id(name).Params(jen.Id(opts).Op("...").Add(f.alloy("Option"))).
		Add(f.pkgName("net/http", "Handler"))
}

func (f *file) endpointOf(c *model.Command, fr *frame) *jen.Statement {
	return fr.on(c.Recv, c.Exported+"Endpoint")
}

// endpoint is the function that makes the endpoint of a command.
func (f *file) endpoint(c *model.Command) []jen.Code {
	call, input, output := f.decls.call[&c.Func], f.decls.input[&c.Func], f.decls.output[&c.Func]
	used := []string{commandVar(c), call, input, output}
	if codec := c.Result.Codec; codec != "" {
		used = append(used, f.encodeName(codec))
	}
	used = append(used, slices.Sorted(maps.Keys(f.decls.free.of(c.Result.Type)))...)
	fr := f.frame(c.Recv, nil, used...)
	t := f.resultType(&c.Result)

	fields := []jen.Code{
		field("Command", jen.Id(commandVar(c))),
		field("Method", jen.Lit(c.HTTP.Method)),
		field("Path", jen.Lit(pattern(c.HTTP.Path))),
	}
	if c.HTTP.Summary != "" {
		fields = append(fields, field("Summary", jen.Id(quote(c.HTTP.Summary))))
	}
	if input != "" {
		fields = append(fields, field("Input", jen.Id(input)))
		if c.HTTP.Input.Raw {
			fields = append(fields, field("Validate", f.pkgName(pathRawSchema, "Lazily").Call(jen.Id(input).Dot("Text"))))
		}
	}
	fields = append(fields, field("Decode", f.inputBody(&inputCall{
		fn:         fr.on(c.Recv, call),
		params:     c.Params,
		inputCodec: c.HTTP.InputCodec,
		noContext:  c.ContextName == "",
		result:     f.alloy("Call").Index(jen.Id(t)),
		free:       newScope(fr.free.names(), []string{fr.recv}),
	})))
	fields = append(fields, f.redacted(c.Params)...)
	if output != "" {
		fields = append(fields, field("Output", jen.Id(output)))
		if c.Result.Wrapped {
			fields = append(fields, field("Wrapped", jen.True()))
		}
		if codec := c.Result.Codec; codec != "" {
			fields = append(fields, field("Encode", f.alloy("EncodeAs").Call(jen.Id(f.encodeName(codec)))))
		}
	}
	switch beat := c.HTTP.Heartbeat; beat {
	case "":
	case "none":
		fields = append(fields, field("Heartbeat", jen.Lit(-1)))
	default:
		fields = append(fields, field("Heartbeat", f.duration(beat)))
	}
	name := c.Exported + "Endpoint"
	endpoint := f.pkgName(pathServe, "Endpoint").Index(jen.Id(t))
	return []jen.Code{
		jen.Comment("// " + name + " is " + c.Exported + " as package serve has it: " + c.HTTP.Method + " " + c.HTTP.Path + "."),
		jen.Func().Add(fr.receiver(c.Recv)).Id(name).Params().Add(endpoint).Block(jen.Return(literal(endpoint, fields))),
		jen.Line(),
	}
}

// pattern is a path as http.ServeMux has it: there the root alone means all that is below it.
func pattern(path string) string {
	if path == "/" {
		return "/{$}"
	}
	return path
}

// parameters is the schema of the object that a request brings.
func (f *file) parameters(c *model.Command) []jen.Code {
	if c.HTTP.Input == nil {
		return nil
	}
	return []jen.Code{jen.Var().Id(f.decls.input[&c.Func]).Op("=").Add(f.schema(c.HTTP.Input)), jen.Line()}
}

// handlers are the functions that mount what is served: one for the functions of the package, and one for the methods of each
// receiver. Other builds do not have what stands in other files.
func (f *file) handlers() []jen.Code {
	if f.Name != model.MainFile {
		return nil
	}
	var code []jen.Code
	for _, of := range f.mounted() {
		code = append(code, f.mount(of)...)
	}
	return code
}

// mounted are the commands that are served, by receiver, in the order of the source.
func (f *file) mounted() [][]*model.Command {
	var all [][]*model.Command
	at := map[string]int{}
	for i := range f.Commands {
		c := &f.Commands[i]
		if c.HTTP == nil {
			continue
		}
		recv := ""
		if c.Recv != nil {
			recv = c.Recv.Type
		}
		n, known := at[recv]
		if !known {
			n = len(all)
			at[recv] = n
			all = append(all, nil)
		}
		all[n] = append(all[n], c)
	}
	return all
}

func (f *file) mount(commands []*model.Command) []jen.Code {
	recv := commands[0].Recv
	for _, c := range commands {
		if c.Recv != nil && c.Recv.Pointer {
			recv = c.Recv // with one, all methods can be called
		}
	}
	var used []string
	if recv == nil {
		for _, c := range commands {
			used = append(used, c.Exported+"Endpoint")
		}
	}
	fr := f.frame(recv, nil, used...)
	opts := fr.free.pick("opts")
	var text strings.Builder
	text.WriteString("// Handlers serves these commands, each at its path, with the same options:\n//\n")
	var routes []jen.Code
	width := 0
	for _, c := range commands {
		width = max(width, len(c.HTTP.Method+" "+c.HTTP.Path))
	}
	for _, c := range commands {
		fmt.Fprintf(&text, "//\t%-*s  %s\n", width, c.HTTP.Method+" "+c.HTTP.Path, c.Exported)
		routes = append(routes, f.endpointOf(c, fr).Call().Dot("Route").Call(jen.Id(opts).Op("...")))
	}
	return []jen.Code{
		jen.Comment(strings.TrimSuffix(text.String(), "\n")),
		f.handlerFunc(recv, fr, "Handlers", opts).Block(jen.Return(f.pkgName(pathServe, "Mux").
			Custom(jen.Options{Open: "(", Close: ")", Separator: ",", Multi: true}, routes...))),
		jen.Line(),
	}
}
