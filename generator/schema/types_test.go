package schema_test

import (
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/schema"
)

func TestStruct(t *testing.T) { // F36
	out := generate(t, `package m

// Ticket is a message.
type Ticket struct {
	// Summary is one sentence.
	Summary  string `+"`json:\"summary\"`"+` // in English
	Priority Priority `+"`json:\"priority\"`"+` // how soon
	Lines    []Line `+"`json:\"lines\"`"+`
	At       struct{ X, Y int }
	secret   int
}

// Line is one line.
type Line struct{ N int }

// Priority is how soon.
type Priority string

const (
	Low    Priority = "low"
	Urgent Priority = "urgent" // money is at stake
	Alias           = Urgent
)
`).check(t, "Ticket", `{
	"description": "Ticket is a message.",
	"type": "object",
	"properties": {
		"summary": {"description": "Summary is one sentence.\nin English", "type": "string"},
		"priority": {"description": "how soon", "anyOf": [{"$ref": "#/$defs/Priority"}]},
		"lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
		"At": {
			"type": "object",
			"properties": {"X": {"type": "integer"}, "Y": {"type": "integer"}},
			"required": ["X", "Y"],
			"additionalProperties": false
		}
	},
	"required": ["summary", "priority", "lines", "At"],
	"additionalProperties": false,
	"$defs": {
		"Line": {"description": "Line is one line.", "type": "object", "properties": {"N": {"type": "integer"}}, "required": ["N"], "additionalProperties": false},
		"Priority": {"description": "Priority is how soon.\nurgent: money is at stake", "type": "string", "enum": ["low", "urgent"]}
	}
}`)
	require.True(t, out.Schema.Strict)
	require.False(t, out.Wrapped)
	require.Equal(t, "Ticket", out.Schema.Name)
}

func TestOptional(t *testing.T) { // F37, F41
	g := generate(t, `package m
type T struct {
	P *int
	O string `+"`json:\"o,omitempty\"`"+`
	Z Sub `+"`json:\"z,omitzero\"`"+`
	E *Kind // which
	R int
}
type Sub struct{ A *bool }
type Kind int
const One Kind = 1
`)
	out := g.check(t, "T", `{
	"type": "object",
	"properties": {
		"P": {"type": ["integer", "null"]},
		"o": {"type": ["string", "null"]},
		"z": {"anyOf": [{"$ref": "#/$defs/Sub"}, {"type": "null"}]},
		"E": {"description": "which", "anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "null"}]},
		"R": {"type": "integer"}
	},
	"required": ["P", "o", "z", "E", "R"],
	"additionalProperties": false,
	"$defs": {
		"Kind": {"description": "1: One", "type": "integer", "enum": [1]},
		"Sub": {"type": "object", "properties": {"A": {"type": ["boolean", "null"]}}, "required": ["A"], "additionalProperties": false}
	}
}`)
	require.True(t, out.Schema.Strict)

	in := g.generator.Input("change", []schema.Param{{Name: "t", Type: g.typ("T"), Doc: "the new one"}, {Name: "k", Type: g.typ("Sub")}}, token.NoPos)
	require.False(t, in.Strict)
	require.JSONEq(t, `{
	"type": "object",
	"properties": {
		"t": {"description": "the new one", "anyOf": [{"$ref": "#/$defs/T"}]},
		"k": {"$ref": "#/$defs/Sub"}
	},
	"required": ["t", "k"],
	"additionalProperties": false,
	"$defs": {
		"Kind": {"description": "1: One", "type": "integer", "enum": [1]},
		"Sub": {"type": "object", "properties": {"A": {"type": "boolean"}}, "required": [], "additionalProperties": false},
		"T": {
			"type": "object",
			"properties": {
				"P": {"type": "integer"},
				"o": {"type": "string"},
				"z": {"$ref": "#/$defs/Sub"},
				"E": {"description": "which", "anyOf": [{"$ref": "#/$defs/Kind"}]},
				"R": {"type": "integer"}
			},
			"required": ["R"],
			"additionalProperties": false
		}
	}
}`, in.JSON)
}

func TestRecursiveTypes(t *testing.T) { // F36
	g := generate(t, `package m
type Node struct { V int; Next *Node; Kids Forest }
type Forest []Node
type Tree []Tree
type Index map[string]Index
type Page[T any] struct { Items []T; More *Page[T] }
type Items struct { A Page[Node]; B Page[[]string] }
`)
	g.check(t, "Node", `{
	"type": "object",
	"properties": {"V": {"type": "integer"}, "Next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}, "Kids": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
	"required": ["V", "Next", "Kids"],
	"additionalProperties": false,
	"$defs": {"Node": {
		"type": "object",
		"properties": {"V": {"type": "integer"}, "Next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}, "Kids": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
		"required": ["V", "Next", "Kids"],
		"additionalProperties": false
	}}
}`)
	g.check(t, "Tree", `{
	"type": "object",
	"properties": {"value": {"$ref": "#/$defs/Tree"}},
	"required": ["value"],
	"additionalProperties": false,
	"$defs": {"Tree": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}
}`)
	out := g.check(t, "Index", `{
	"type": "object",
	"additionalProperties": {"$ref": "#/$defs/Index"},
	"$defs": {"Index": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Index"}}}
}`)
	require.False(t, out.Schema.Strict)
	out, problems := g.output("Items")
	require.Empty(t, problems)
	for _, name := range []string{`"Page_Node": {`, `"Page_string": {`, `"#/$defs/Page_Node"`} {
		require.Contains(t, out.Schema.JSON, name)
	}
}

func TestMaps(t *testing.T) { // F39
	g := generate(t, `package m
type Kind string
const (A Kind = "a"; B Kind = "b")
type T struct { M map[string]int; K map[Kind]bool; I map[int]string; U map[uint8]string }
type Root map[string][]int
`)
	out := g.check(t, "T", `{
	"type": "object",
	"properties": {
		"M": {"type": "object", "additionalProperties": {"type": "integer"}},
		"K": {"type": "object", "propertyNames": {"$ref": "#/$defs/Kind"}, "additionalProperties": {"type": "boolean"}},
		"I": {"type": "object", "propertyNames": {"pattern": "^-?[0-9]+$"}, "additionalProperties": {"type": "string"}},
		"U": {"type": "object", "propertyNames": {"pattern": "^[0-9]+$"}, "additionalProperties": {"type": "string"}}
	},
	"required": ["M", "K", "I", "U"],
	"additionalProperties": false,
	"$defs": {"Kind": {"type": "string", "enum": ["a", "b"]}}
}`)
	require.False(t, out.Schema.Strict)
	out = g.check(t, "Root", `{"type": "object", "additionalProperties": {"type": "array", "items": {"type": "integer"}}}`)
	require.False(t, out.Wrapped)
}

func TestSealedInterface(t *testing.T) { // F41
	g := generate(t, `package m
// Shape is one of several.
type Shape interface{ isShape() }
// Circle is round.
type Circle struct{ R float64 }
func (Circle) isShape() {}
type HTTPSquare struct{ Inside Shape; Maybe *Circle }
func (*HTTPSquare) isShape() {}
type other struct{}
`)
	out := g.check(t, "Shape", `{
	"type": "object",
	"properties": {"value": {"$ref": "#/$defs/Shape"}},
	"required": ["value"],
	"additionalProperties": false,
	"$defs": {
		"Circle": {"description": "Circle is round.", "type": "object", "properties": {"R": {"type": "number"}}, "required": ["R"], "additionalProperties": false},
		"Shape": {
			"description": "Shape is one of several.",
			"anyOf": [
				{"description": "Circle is round.", "type": "object", "properties": {"type": {"type": "string", "const": "circle"}, "R": {"type": "number"}},
				 "required": ["type", "R"], "additionalProperties": false},
				{"type": "object", "properties": {"type": {"type": "string", "const": "http_square"}, "Inside": {"$ref": "#/$defs/Shape"},
				 "Maybe": {"anyOf": [{"$ref": "#/$defs/Circle"}, {"type": "null"}]}},
				 "required": ["type", "Inside", "Maybe"], "additionalProperties": false}
			]
		}
	}
}`)
	require.True(t, out.Schema.Strict)
}

func TestOwnSchema(t *testing.T) { // F38
	g := generate(t, `package m
type Money struct{ cents int }
func (*Money) UnmarshalJSON([]byte) error { return nil }
type Rate struct{ v int }
func (Rate) MarshalJSON() ([]byte, error) { return nil, nil }
func (Rate) JSONSchema() string { return "" }
type T struct { M Money; P *Money; R Rate }
`)
	out, problems := g.output("T")
	require.Empty(t, problems)
	require.True(t, out.Schema.Raw)
	require.False(t, out.Schema.Strict)
	require.Equal(t, "Rate", out.Schema.Defs[0].Name)
	require.EqualValues(t, "Rate", out.Schema.Defs[0].Type)
	require.JSONEq(t, `{
	"type": "object",
	"properties": {"M": {"$ref": "#/$defs/Money"}, "P": {"anyOf": [{"$ref": "#/$defs/Money"}, {"type": "null"}]}, "R": {"$ref": "#/$defs/Rate"}},
	"required": ["M", "P", "R"],
	"additionalProperties": false,
	"$defs": {"Money": {"type": "string", "pattern": "^[0-9]+ EUR$"}}
}`, out.Schema.JSON)
}

func TestRefusedOwnSchemas(t *testing.T) {
	g := generate(t, "package m\ntype (\nLocal int\nWithID int\nBroken int\nOwnList int\nOwnTwo int\nWrong int\n)\n")
	for name, want := range map[string]string{
		"WithID":  "",
		"Local":   "the reference #/x would point into the schema that embeds this one",
		"Broken":  "not JSON: unexpected EOF",
		"OwnList": "not an object",
		"OwnTwo":  "more than one JSON value",
		"Wrong":   "does not compile",
	} {
		_, problems := g.output(name)
		if want == "" {
			require.Empty(t, problems, name)
			continue
		}
		require.Len(t, problems, 1, name)
		require.Contains(t, problems[0].Message, want)
		require.NotEmpty(t, problems[0].Hint)
	}
}

func TestEqualNames(t *testing.T) { // F36
	g := generate(t, `
-- m.go --
package m
import ("example.com/m/billing"; "example.com/m/old/billing2")
type Money struct{ A int }
type T struct { Own Money; Other billing.Money; Third billing2.Money }
-- billing/b.go --
package billing
type Money struct{ B int }
-- old/billing2/b.go --
package billing2
type Money struct{ C int }
`)
	out, problems := g.output("T")
	require.Empty(t, problems)
	for _, want := range []string{`"Own": {
			"$ref": "#/$defs/Money"`, `"Other": {
			"$ref": "#/$defs/billing_Money"`, `"Third": {
			"$ref": "#/$defs/billing2_Money"`} {
		require.Contains(t, out.Schema.JSON, want)
	}
}

func TestTextAndForeignEnums(t *testing.T) {
	g := generate(t, `
-- m.go --
package m
import ("example.com/m/dep"; "regexp")
type T struct { K dep.Kind; S dep.Secret; Level Level; Re *regexp.Regexp }
type Level int
const (
	low Level = iota
	high
)
func (Level) String() string { return "" }
-- dep/d.go --
package dep
type Kind string
const (One Kind = "one"; hidden Kind = "hidden")
type Secret int
const secret Secret = 1
`)
	g.check(t, "T", `{
	"type": "object",
	"properties": {
		"K": {"$ref": "#/$defs/Kind"},
		"S": {"type": "integer"},
		"Level": {"$ref": "#/$defs/Level"},
		"Re": {"type": ["string", "null"], "format": "regex"}
	},
	"required": ["K", "S", "Level", "Re"],
	"additionalProperties": false,
	"$defs": {
		"Kind": {"type": "string", "enum": ["one"]},
		"Level": {"type": "integer", "enum": [0, 1], "description": "0: low\n1: high"}
	}
}`)
}

func TestRefusedTypes(t *testing.T) { // F39
	const decls = `
-- m.go --
package m
import ("io"; "math/big"; "sync"; "unsafe"; "time"; "example.com/m/dep")
var _ io.Reader; var _ big.Int; var _ sync.Mutex; var _ unsafe.Pointer; var _ time.Time; var _ dep.Open
type Open interface{ Do() }
type Lonely interface{ lonely() }
type Num interface{ num() }
type Celsius float64
func (Celsius) num() {}
type Node interface{ node() }
type Leaf struct{ Type string ` + "`json:\"type\"`" + ` }
func (Leaf) node() {}
type Kind interface{ kind() }
type Plain struct{ Type string }
func (Plain) kind() {}
type Same interface{ same() }
type HTTPCall struct{}
func (HTTPCall) same() {}
type HttpCall struct{}
func (HttpCall) same() {}
type Sealed struct{ private int }
type Custom struct{ A int }
func (*Custom) UnmarshalJSON([]byte) error { return nil }
type hidden struct{ H int }
type Base struct{ *hidden }
type T struct{ Field TYPE }
-- dep/d.go --
package dep
type Open struct{ Any any }
`
	for typ, want := range map[string]string{
		"any":                        "T.Field: any can hold anything, so a model cannot be told what to write",
		"[]any":                      "T.Field[]: any can hold anything, so a model cannot be told what to write",
		"map[string]any":             "T.Field[]: any can hold anything, so a model cannot be told what to write",
		"[]struct{ M any }":          "T.Field[].M: any can hold anything, so a model cannot be told what to write",
		"dep.Open":                   "T.Field.Any: any can hold anything, so a model cannot be told what to write",
		"error":                      "T.Field: error is an open interface: any type can implement it, so there is no list to choose from",
		"Open":                       "T.Field: Open is an open interface: any type can implement it, so there is no list to choose from",
		"io.Reader":                  "T.Field: io.Reader is an open interface: any type can implement it, so there is no list to choose from",
		"interface{ F() }":           "T.Field: an interface without a name has no list of implementations",
		"Lonely":                     "T.Field: no type of package m implements Lonely",
		"Num":                        `T.Field.(Celsius): Celsius implements Num and is not a struct, so it cannot have the property "type"`,
		"Node":                       `T.Field.(Leaf): Leaf has a property "type", but "type" tells the implementations of Node apart`,
		"Kind":                       `T.Field.(Plain): Plain has a property "Type", but "type" tells the implementations of Kind apart`,
		"Same":                       `T.Field: HTTPCall and HttpCall are both called "http_call" in the property that tells the implementations of Same apart`,
		"func()":                     "T.Field: a func has no JSON form",
		"chan int":                   "T.Field: a chan has no JSON form",
		"complex128":                 "T.Field: complex128 has no JSON form",
		"unsafe.Pointer":             "T.Field: unsafe.Pointer has no JSON form",
		"sync.Mutex":                 "T.Field: sync.Mutex has no exported field, so nothing of it would be filled",
		"Sealed":                     "T.Field: Sealed has no exported field, so nothing of it would be filled",
		"big.Int":                    "T.Field: big.Int has the method UnmarshalJSON, so its JSON is not what its fields say",
		"Custom":                     "T.Field: Custom has the method UnmarshalJSON, so its JSON is not what its fields say",
		"Base":                       "T.Field.H: encoding/json cannot set the embedded pointer to the unexported struct hidden",
		"map[float64]int":            "T.Field: a map with keys of type float64 has no JSON form",
		"struct{ time.Time; A int }": "T.Field: a struct without a name has the method UnmarshalJSON through an embedded type, so its schema is not known",
	} {
		t.Run(typ, func(t *testing.T) {
			g := generate(t, strings.Replace(decls, "TYPE", typ, 1))
			_, problems := g.output("T")
			require.Len(t, problems, 1)
			require.Equal(t, want, problems[0].Message)
			require.NotEmpty(t, problems[0].Hint)
		})
	}
}

func TestProblemsAreToldWhereTheyCanBeCured(t *testing.T) {
	g := generate(t, `
-- m.go --
package m
import "example.com/m/dep"
type A struct{ D dep.Open; Own Own }
type B struct{ List []dep.Open; Own *Own }
type Own struct{ F func() }
-- dep/d.go --
package dep
type Open struct{ Deep struct{ Any any } }
`)
	told := func(name string, at token.Pos) string {
		g.problems = nil
		g.generator.Output(g.typ(name), at)
		var lines []string
		for _, p := range g.problems {
			lines = append(lines, strconv.Itoa(g.pkg.Position(p.Pos).Line)+" "+strings.SplitN(p.Message, ": ", 2)[0])
		}
		return strings.Join(lines, "\n")
	}
	require.Equal(t, "3 A.D.Deep.Any\n5 A.Own.F", told("A", token.NoPos))
	require.Equal(t, "4 B.List[].Deep.Any", told("B", token.NoPos), "Own.F is told already")
	open := g.pkg.Types.Imports()[0].Scope().Lookup("Open").Type()
	g.problems = nil
	g.generator.Output(open, g.typ("B").(*types.Named).Obj().Pos())
	require.Len(t, g.problems, 1)
	require.Equal(t, 4, g.pkg.Position(g.problems[0].Pos).Line)
}
