package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// schema is the *alloy.Schema of an answer or an input.
func (f *file) schema(s *model.Schema) *jen.Statement {
	fields := []jen.Code{field("Name", jen.Lit(s.Name))}
	if s.Strict {
		fields = append(fields, field("Strict", jen.True()))
	}
	fields = append(fields, field("JSON", jen.Id(quoteJSON(s.JSON))))
	if len(s.Defs) > 0 {
		var defs []jen.Code
		for _, d := range s.Defs {
			defs = append(defs, jen.Lit(d.Name).Op(":").Id(f.builtin("new")).Call(f.code(d.Type)).Dot("JSONSchema"))
		}
		fields = append(fields, field("Defs", literal(jen.Map(jen.Id(f.builtin("string"))).Func().Params().Id(f.builtin("string")), defs)))
	}
	return jen.Op("&").Add(inline(f.alloy("Schema"), fields...))
}
