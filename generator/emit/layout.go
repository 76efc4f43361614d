package emit

import "github.com/dave/jennifer/jen"

// field is one field of a composite literal.
func field(name string, value jen.Code) jen.Code { return jen.Id(name).Op(":").Add(value) }

// literal is a composite literal with a field per line. t is nil inside a slice, where the type may be left out.
func literal(t jen.Code, fields []jen.Code) *jen.Statement {
	s := new(jen.Statement)
	if t != nil {
		s.Add(t)
	}
	return s.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, fields...)
}

// inline is a composite literal on one line.
func inline(t jen.Code, fields ...jen.Code) *jen.Statement {
	return jen.Add(t).Custom(jen.Options{Open: "{", Close: "}", Separator: ","}, fields...)
}

// oneLine is a block on one line.
func oneLine(code jen.Code) jen.Code {
	return jen.Custom(jen.Options{Open: "{", Close: "}"}, code)
}

// hanging are the arguments of a call: the first beside the parenthesis, every other on a line of its own.
func hanging(args []jen.Code) jen.Code {
	if len(args) == 1 {
		return jen.Call(args...)
	}
	rest := jen.Custom(jen.Options{Close: ")", Separator: ",", Multi: true}, args[1:]...)
	return jen.Op("(").Add(args[0]).Op(",").Add(rest)
}
