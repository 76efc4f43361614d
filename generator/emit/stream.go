package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// stream is the function that delivers the answer while it is written.
func (f *file) stream(c *model.Command) []jen.Code {
	if !c.Stream {
		return nil
	}
	fr := f.frame(c.Recv, c.Params, commandVar(c), f.decls.call[&c.Func])
	ctx, opts := fr.free.pick("ctx"), fr.free.pick("opts")
	name := c.Exported + "Stream"
	return []jen.Code{
		jen.Comment("// " + name + " is " + c.Exported + ", with the answer delivered while it is written."),
		jen.Func().Add(fr.receiver(c.Recv)).Id(name).Params(f.commandParams(c, fr, ctx, opts)...).
			Op("*").Add(f.alloy("Stream")).Index(jen.Id(f.resultType(&c.Result))).
			Block(jen.Return(jen.Id(commandVar(c)).Dot("Stream").Call(jen.Id(ctx), f.callOf(c, fr, ctx), jen.Id(opts)))),
		jen.Line(),
	}
}

func (f *file) streamTimeout(t *model.StreamTimeout) jen.Code {
	var fields []jen.Code
	if t.First != "" {
		fields = append(fields, field("First", f.duration(t.First)))
	}
	if t.Idle != "" {
		fields = append(fields, field("Idle", f.duration(t.Idle)))
	}
	return inline(f.alloy("StreamTimeout"), fields...)
}
