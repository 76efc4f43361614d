package emit

import (
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// codecNamed finds a codec of the file.
func (f *file) codecNamed(name string) *model.Codec {
	for i := range f.Codecs {
		if f.Codecs[i].Name == name {
			return &f.Codecs[i]
		}
	}
	f.fail("no codec is called %s", name)
	return &model.Codec{Name: name, Kind: model.CodecStruct}
}

// shadow is the type that encoding/json reads and writes in place of a codec's own.
func (f *file) shadow(name string) string {
	c := f.codecNamed(name)
	switch c.Kind {
	case model.CodecPointer:
		return "*" + f.shadow(c.Elem)
	case model.CodecSlice:
		return "[]" + f.shadow(c.Elem)
	case model.CodecArray:
		return "[" + strconv.FormatInt(c.Len, 10) + "]" + f.shadow(c.Elem)
	case model.CodecMap:
		return "map[" + f.text(c.Key) + "]" + f.shadow(c.Elem)
	}
	return f.decls.rename[f.File][name]
}

func (f *file) decodeName(codec string) string { return f.decls.decode[f.File][codec] }
func (f *file) encodeName(codec string) string { return f.decls.encode[f.File][codec] }

// locals are the names of the variables in the functions of a codec.
type locals struct{ value, shadow, data, err, key, item, out, elem string }

func (f *file) codecLocals(c *model.Codec) locals {
	s := newScope([]string{"error", "nil", "byte", "string"})
	use := func(g model.Go) {
		for name := range f.decls.free.of(g) {
			s.add(name)
		}
	}
	use(c.Type)
	use(c.Key)
	for _, v := range c.Union {
		use(v.Type)
	}
	for _, other := range f.Codecs {
		use(other.Type)
		use(other.Key)
		s.add(f.decls.rename[f.File][other.Name])
		s.add(f.decodeName(other.Name))
		s.add(f.encodeName(other.Name))
	}
	return locals{
		value: s.pick("v"), shadow: s.pick("s"), data: s.pick("data"), err: s.pick("err"),
		key: s.pick("k"), item: s.pick("item"), out: s.pick("out"), elem: s.pick("elem"),
	}
}

// codec is the shadow type of a codec and the functions that convert between the two.
func (f *file) codec(c *model.Codec) []jen.Code {
	l := f.codecLocals(c)
	var shadowType, decode, encode []jen.Code
	switch c.Kind {
	case model.CodecInput:
		return []jen.Code{f.shadowStruct(c, f.inputOf(c.Name)), jen.Line()}
	case model.CodecStruct:
		shadowType = []jen.Code{f.shadowStruct(c, f.text(c.Type)), jen.Line()}
		decode, encode = f.structCodec(c, l)
	case model.CodecDuration:
		shadowType = []jen.Code{jen.Type().Id(f.shadow(c.Name)).Id(f.builtin("string")), jen.Line()}
		decode, encode = f.durationCodec(c, l)
	case model.CodecURL:
		shadowType = []jen.Code{jen.Type().Id(f.shadow(c.Name)).Id(f.builtin("string")), jen.Line()}
		decode, encode = f.urlCodec(c, l)
	case model.CodecUnion:
		shadowType = f.shadowUnion(c, l)
		decode = []jen.Code{jen.Return(jen.Id(l.shadow).Dot("value"), jen.Nil())}
		encode = []jen.Code{jen.Return(jen.Id(f.shadow(c.Name)).Values(jen.Id(l.value)), jen.Nil())}
	case model.CodecPointer:
		decode, encode = f.convert("ConvertPointer", c, l)
	case model.CodecSlice:
		decode, encode = f.convert("ConvertList", c, l)
	case model.CodecMap:
		decode, encode = f.convert("ConvertMap", c, l)
	case model.CodecArray:
		decode = f.arrayCodec(l, f.decodeName(c.Elem), f.text(c.Type), l.shadow)
		encode = f.arrayCodec(l, f.encodeName(c.Elem), f.shadow(c.Name), l.value)
	}
	t, s := f.text(c.Type), f.shadow(c.Name)
	return append(shadowType,
		jen.Func().Id(f.decodeName(c.Name)).Params(jen.Id(l.shadow).Id(s)).Params(jen.Id(t), jen.Id(f.builtin("error"))).Block(decode...),
		jen.Line(),
		jen.Func().Id(f.encodeName(c.Name)).Params(jen.Id(l.value).Id(t)).Params(jen.Id(s), jen.Id(f.builtin("error"))).Block(encode...),
		jen.Line(),
	)
}

// inputOf says what the object of an input codec holds.
func (f *file) inputOf(codec string) string {
	for i := range f.Commands {
		if c := &f.Commands[i]; c.HTTP != nil && c.HTTP.InputCodec == codec {
			return "the parameters of " + c.Name
		}
	}
	return "the arguments of a tool"
}

// shadowStruct is the type of a struct codec.
func (f *file) shadowStruct(c *model.Codec, of string) jen.Code {
	name := f.shadow(c.Name)
	properties := scope{}
	return jen.Comment("// " + name + " holds " + of + " as JSON has it.").Line().Type().Id(name).StructFunc(func(g *jen.Group) {
		for _, field := range c.Fields {
			if c.Kind == model.CodecInput {
				field.Name = properties.pick(fieldName(field.JSON))
			}
			switch {
			case field.Embedded && field.Codec != "":
				g.Id(f.shadow(field.Codec))
			case field.Embedded:
				g.Id(f.text(field.Type))
			case field.Codec != "":
				g.Id(field.Name).Id(f.shadow(field.Codec)).Id(jsonTag(field.JSON, field.Options))
			default:
				g.Id(field.Name).Id(f.text(field.Type)).Id(jsonTag(field.JSON, field.Options))
			}
		}
	})
}

// structCodec converts field by field.
func (f *file) structCodec(c *model.Codec, l locals) (decode, encode []jen.Code) {
	decode = []jen.Code{jen.Var().Id(l.value).Id(f.text(c.Type)), jen.Var().Id(l.err).Id(f.builtin("error"))}
	encode = []jen.Code{jen.Var().Id(l.shadow).Id(f.shadow(c.Name)), jen.Var().Id(l.err).Id(f.builtin("error"))}
	failed := func(name string, zero jen.Code) jen.Code {
		return jen.Return(zero, f.pkgName("fmt", "Errorf").Call(jen.Lit("property "+strings.ReplaceAll(name, "%", "%%")+": %w"), jen.Id(l.err)))
	}
	for _, field := range c.Fields {
		v, s := jen.Id(l.value).Dot(field.Name), jen.Id(l.shadow).Dot(field.Name)
		if field.Codec == "" {
			decode = append(decode, jen.Add(v).Op("=").Add(s))
			encode = append(encode, jen.Add(s).Op("=").Add(v))
			continue
		}
		name := field.JSON
		codec := field.Codec
		if field.Embedded {
			s = jen.Id(l.shadow).Dot(f.shadow(codec))
			name = field.Name
			if strings.HasPrefix(string(field.Type), "*") {
				d, e := f.embeddedPointer(l, codec, v, s)
				decode, encode = append(decode, d...), append(encode, e...)
				continue
			}
		}
		decode = append(decode, jen.If(jen.List(v, jen.Id(l.err)).Op("=").Id(f.decodeName(codec)).Call(s), jen.Id(l.err).Op("!=").Nil()).
			Block(failed(name, jen.Id(l.value))))
		encode = append(encode, jen.If(jen.List(s, jen.Id(l.err)).Op("=").Id(f.encodeName(codec)).Call(v), jen.Id(l.err).Op("!=").Nil()).
			Block(failed(name, jen.Id(l.shadow))))
	}
	return append(decode, jen.Return(jen.Id(l.value), jen.Nil())), append(encode, jen.Return(jen.Id(l.shadow), jen.Nil()))
}

// embeddedPointer converts an embedded pointer to a struct, whose properties are those of the struct around it. Its shadow is
// embedded by value, because encoding/json cannot allocate an unexported one.
func (f *file) embeddedPointer(l locals, elem string, v, s *jen.Statement) (decode, encode []jen.Code) {
	decode = []jen.Code{
		jen.List(jen.Id(l.elem), jen.Id(l.err)).Op(":=").Id(f.decodeName(elem)).Call(s),
		jen.If(jen.Id(l.err).Op("!=").Nil()).Block(jen.Return(jen.Id(l.value), jen.Id(l.err))),
		jen.Add(v).Op("=").Op("&").Id(l.elem),
	}
	encode = []jen.Code{jen.If(jen.Add(v).Op("!=").Nil()).Block(
		jen.If(jen.List(s, jen.Id(l.err)).Op("=").Id(f.encodeName(elem)).Call(jen.Op("*").Add(v)), jen.Id(l.err).Op("!=").Nil()).
			Block(jen.Return(jen.Id(l.shadow), jen.Id(l.err))),
	)}
	return decode, encode
}

func (f *file) durationCodec(c *model.Codec, l locals) (decode, encode []jen.Code) {
	text := jen.Id(f.builtin("string")).Call(jen.Id(l.shadow))
	decode = []jen.Code{
		jen.If(jen.Id(l.shadow).Op("==").Lit("")).Block(jen.Comment("still to come: no whole answer has it empty"), jen.Return(jen.Lit(0), jen.Nil())),
		jen.Return(f.pkgName("time", "ParseDuration").Call(text)),
	}
	// String writes µs, which the schema does not have.
	ascii := f.pkgName("strings", "Replace").Call(jen.Id(l.value).Dot("String").Call(), jen.Lit("µ"), jen.Lit("u"), jen.Lit(1))
	return decode, []jen.Code{jen.Return(jen.Id(f.shadow(c.Name)).Call(ascii), jen.Nil())}
}

func (f *file) urlCodec(c *model.Codec, l locals) (decode, encode []jen.Code) {
	text := jen.Id(f.builtin("string")).Call(jen.Id(l.shadow))
	decode = []jen.Code{
		jen.List(jen.Id(l.value), jen.Id(l.err)).Op(":=").Add(f.pkgName("net/url", "Parse")).Call(text),
		jen.If(jen.Id(l.err).Op("!=").Nil()).Block(jen.Return(f.code(c.Type).Values(), jen.Id(l.err))),
		jen.Return(jen.Op("*").Id(l.value), jen.Nil()),
	}
	return decode, []jen.Code{jen.Return(jen.Id(f.shadow(c.Name)).Call(jen.Id(l.value).Dot("String").Call()), jen.Nil())}
}

// convert leaves a pointer, list or map to a function of the runtime.
func (f *file) convert(with string, c *model.Codec, l locals) (decode, encode []jen.Code) {
	decode = []jen.Code{jen.Return(f.alloy(with).Call(jen.Id(l.shadow), jen.Id(f.decodeName(c.Elem))))}
	encode = []jen.Code{jen.Return(f.alloy(with).Call(jen.Id(l.value), jen.Id(f.encodeName(c.Elem))))}
	return decode, encode
}

// arrayCodec converts element by element.
func (f *file) arrayCodec(l locals, fn, result, from string) []jen.Code {
	return []jen.Code{
		jen.Var().Id(l.out).Id(result),
		jen.For(jen.List(jen.Id(l.key), jen.Id(l.item)).Op(":=").Range().Id(from)).Block(
			jen.List(jen.Id(l.elem), jen.Id(l.err)).Op(":=").Id(fn).Call(jen.Id(l.item)),
			jen.If(jen.Id(l.err).Op("!=").Nil()).Block(jen.Return(jen.Id(l.out), f.pkgName("fmt", "Errorf").Call(jen.Lit("[%d]: %w"), jen.Id(l.key), jen.Id(l.err)))),
			jen.Id(l.out).Index(jen.Id(l.key)).Op("=").Id(l.elem),
		),
		jen.Return(jen.Id(l.out), jen.Nil()),
	}
}

// shadowUnion is the type of a sealed interface: it reads and writes the type property.
func (f *file) shadowUnion(c *model.Codec, l locals) []jen.Code {
	name, t := f.shadow(c.Name), f.text(c.Type)
	bytes := jen.Index().Id(f.builtin("byte"))
	kind := newScope([]string{l.value, l.shadow, l.data, l.err}).pick("tag")
	tag := func(field string) jen.Code { return jen.Id(field).Id(f.builtin("string")).Id(jsonTag("type", "")) }

	var read, write []jen.Code
	for _, v := range c.Union {
		read = append(read, f.readVariant(v, l))
		write = append(write, f.writeVariant(v, name, tag, l)...)
	}
	read = append(read, jen.Default().Block(jen.Return(f.pkgName("fmt", "Errorf").Call(jen.Lit("no "+t+" has the type %q"), jen.Id(kind).Dot("Type")))))
	write = append([]jen.Code{jen.Case(jen.Nil()).Block(jen.Return(jen.Index().Id("byte").Call(jen.Lit("null")), jen.Nil()))}, write...)

	return []jen.Code{
		jen.Comment("// " + name + " is " + t + " as JSON has it: the property type tells its implementations apart."),
		jen.Type().Id(name).Struct(jen.Id("value").Id(t)),
		jen.Line(),
		jen.Func().Params(jen.Id(l.shadow).Op("*").Id(name)).Id("UnmarshalJSON").Params(jen.Id(l.data).Add(bytes)).Id(f.builtin("error")).Block(
			jen.If(jen.Id(f.builtin("string")).Call(jen.Id(l.data)).Op("==").Lit("null")).Block(jen.Return(jen.Nil())),
			jen.Var().Id(kind).Struct(tag("Type")),
			jen.If(jen.Id(l.err).Op(":=").Add(f.pkgName("encoding/json", "Unmarshal")).Call(jen.Id(l.data), jen.Op("&").Id(kind)), jen.Id(l.err).Op("!=").Nil()).
				Block(jen.Return(jen.Id(l.err))),
			jen.Switch(jen.Id(kind).Dot("Type")).Block(read...),
			jen.Return(jen.Nil()),
		),
		jen.Line(),
		jen.Func().Params(jen.Id(l.shadow).Id(name)).Id("MarshalJSON").Params().Params(bytes, jen.Id(f.builtin("error"))).Block(
			jen.Switch(jen.Id(l.value).Op(":=").Id(l.shadow).Dot("value").Assert(jen.Type())).Block(write...),
			jen.Return(jen.Nil(), f.pkgName("fmt", "Errorf").Call(jen.Lit("%T is no "+t+" that was known when this file was generated"), jen.Id(l.shadow).Dot("value"))),
		),
		jen.Line(),
	}
}

// readVariant reads one implementation: a struct, or a pointer to one. Its codec is that of the struct.
func (f *file) readVariant(v model.Variant, l locals) jen.Code {
	t, pointer := strings.CutPrefix(f.text(v.Type), "*")
	codec := v.Codec
	decoded := jen.Id(l.value)
	shadow := t
	into := l.value
	if codec != "" {
		shadow, into = f.shadow(codec), l.elem
	}
	body := []jen.Code{
		jen.Var().Id(into).Id(shadow),
		jen.If(jen.Id(l.err).Op(":=").Add(f.pkgName("encoding/json", "Unmarshal")).Call(jen.Id(l.data), jen.Op("&").Id(into)), jen.Id(l.err).Op("!=").Nil()).
			Block(jen.Return(jen.Id(l.err))),
	}
	if codec != "" {
		body = append(body,
			jen.List(jen.Id(l.value), jen.Id(l.err)).Op(":=").Id(f.decodeName(codec)).Call(jen.Id(into)),
			jen.If(jen.Id(l.err).Op("!=").Nil()).Block(jen.Return(jen.Id(l.err))),
		)
	}
	if pointer {
		decoded = jen.Op("&").Add(decoded)
	}
	return jen.Case(jen.Lit(v.Tag)).Block(append(body, jen.Id(l.shadow).Dot("value").Op("=").Add(decoded))...)
}

func (f *file) writeVariant(v model.Variant, name string, tag func(field string) jen.Code, l locals) []jen.Code {
	t, pointer := strings.CutPrefix(f.text(v.Type), "*")
	codec := v.Codec
	tagged := func(embedded string, value jen.Code) jen.Code {
		field := newScope([]string{embeddedName(embedded)}).pick("Type")
		return jen.Return(f.pkgName("encoding/json", "Marshal").Call(
			jen.Struct(tag(field), jen.Id(embedded)).Values(jen.Lit(v.Tag), value)))
	}
	null := jen.If(jen.Id(l.value).Op("==").Nil()).Block(jen.Return(jen.Index().Id("byte").Call(jen.Lit("null")), jen.Nil()))

	value := jen.Id(l.value)
	if pointer {
		value = jen.Op("*").Add(value)
	}
	var body []jen.Code
	if pointer {
		body = append(body, null)
	}
	if codec == "" {
		body = append(body, tagged(t, value))
	} else {
		body = append(body,
			jen.List(jen.Id(l.elem), jen.Id(l.err)).Op(":=").Id(f.encodeName(codec)).Call(value),
			jen.If(jen.Id(l.err).Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Id(l.err))),
			tagged(f.shadow(codec), jen.Id(l.elem)),
		)
	}
	if pointer {
		return []jen.Code{jen.Case(jen.Id("*" + t)).Block(body...)}
	}
	// The pointer to an implementation is one as well.
	return []jen.Code{
		jen.Case(jen.Id(t)).Block(body...),
		jen.Case(jen.Id("*"+t)).Block(null, jen.Return(f.pkgName("encoding/json", "Marshal").Call(jen.Id(name).Values(jen.Op("*").Id(l.value))))),
	}
}

// embeddedName is the name of the field that an embedded type makes: Type for pkg.Type and Type[T].
func embeddedName(t string) string {
	t, _, _ = strings.Cut(t, "[")
	return t[strings.LastIndexByte(t, '.')+1:]
}
