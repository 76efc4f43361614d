package directive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/load"
	"github.com/alloygen/alloygen/generator/load/loadtest"
)

// Where directives stand, and what is said of those in the wrong place.
func TestRefusedPlace(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain function", `package m

//alloy:require n > 0, "n"
//alloy:model gpt-5
func f(n int) {}
`, // F103
			`m.go:3:1: require has no effect: f is neither a command nor a tool
	hint: add //alloy:command or //alloy:tool, or remove it
m.go:4:1: model has no effect: f is neither a command nor a tool
	hint: add //alloy:command or //alloy:tool, or remove it`},

		{"mistyped marker", `package m

//alloy:comand
//alloy:model gpt-5
func f() string { return "" }
`,
			`m.go:3:9: unknown directive "comand"
	hint: did you mean "command"?`},

		{"marker as prose", `package m

// alloy:command
//alloy:model gpt-5
func f() string { return "" }
`,
			`m.go:3:1: "// alloy:command" is an ordinary comment to Go, not a directive
	hint: write //alloy:command`},

		{"both", `package m

//alloy:command
//alloy:tool
func f() string { return "" }
`,
			`m.go:4:1: f cannot be both a command and a tool
	hint: a command can be offered to a model as it is: name it in a tools directive`},

		{"of commands on a tool", `package m

//alloy:tool
//alloy:model gpt-5
//alloy:check true, "x"
func f() string { return "" }
`,
			`m.go:4:1: model may not stand on a tool
	hint: it belongs on a command, a type or a package clause
m.go:5:1: check may not stand on a tool
	hint: it belongs on a command`},

		{"of functions on a type", `package m

//alloy:command
//alloy:param n x
type T struct{}
`,
			`m.go:3:1: command may not stand on a type
	hint: it belongs on a command
m.go:4:1: param may not stand on a type
	hint: it belongs on a command or a tool`},

		{"setting on a type that is no struct", `package m

//alloy:model gpt-5
type T int

//alloy:model gpt-5
type A = struct{}
`,
			`m.go:3:1: model may not stand on a type that is not a struct
	hint: it belongs on a command, a type or a package clause
m.go:6:1: model may not stand on a type that is not a struct
	hint: it belongs on a command, a type or a package clause`},

		{"setting without commands", `//alloy:model gpt-5
package m

//alloy:retry 3
//alloy:timeout 3s
type T struct{}

//alloy:tool
func (T) f() {}
`,
			`m.go:1:1: model has no effect: the package has no command
m.go:4:1: retry has no effect: no command is a method of T
m.go:5:1: timeout has no effect: no command is a method of T`},

		{"redact that covers nothing", `//alloy:redact key
package m

//alloy:redact card,kart
type T struct{}

//alloy:command
func (T) f(card string) string { return "" }
`,
			`m.go:1:16: redact: no command here has a parameter "key"
m.go:4:21: redact: no command here has a parameter "kart"`},

		{"tool on the package clause", `//alloy:tool
package m
`,
			`m.go:1:1: tool may not stand on a package clause
	hint: it belongs on a tool`},

		{"twice", `package m

//alloy:command
//alloy:model gpt-5
//alloy:command
//alloy:model gpt-4
//alloy:param n x
//alloy:param n y
func f(n int) string { return "" }
`,
			`m.go:5:1: command is given twice; first in line 3
	hint: remove one of them
m.go:6:1: model is given twice; first in line 4
	hint: remove one of them
m.go:8:15: param n is given twice; first in line 7
	hint: remove one of them`},

		{"twice in two files", `
-- a.go --
//alloy:model gpt-5
//alloy:tools x
package m

//alloy:command
func f() string { return "" }
-- b.go --
//alloy:model gpt-4
//alloy:tools y
package m
`,
			`b.go:1:1: model is given twice; first in a.go, line 1
	hint: remove one of them
b.go:2:1: tools is given twice; first in a.go, line 2
	hint: remove one of them`},

		{"of commands alone", `//alloy:http /triage
package m

//alloy:http /triage
type T struct{}

//alloy:tool
//alloy:stream
//alloy:http /triage
//alloy:cache prompt
func f() {}
`,
			`m.go:1:1: http may not stand on a package clause
	hint: it belongs on a command
m.go:4:1: http may not stand on a type
	hint: it belongs on a command
m.go:8:1: stream may not stand on a tool
	hint: it belongs on a command, a type or a package clause
m.go:9:1: http may not stand on a tool
	hint: it belongs on a command
m.go:10:1: cache may not stand on a tool
	hint: it belongs on a command, a type or a package clause`},

		{"of tools alone", `//alloy:idempotent
package m

//alloy:approve
type T struct{}

//alloy:command
//alloy:after g
func f() string { return "" }
`,
			`m.go:1:1: idempotent may not stand on a package clause
	hint: it belongs on a tool
m.go:4:1: approve may not stand on a type
	hint: it belongs on a tool
m.go:8:1: after may not stand on a command
	hint: it belongs on a tool`},

		{"detached", `//alloy:model gpt-5

package m

//alloy:command

func f() string { return "" }

//alloy:command

// g does.
func g() string { return "" }

//alloy:tool
`,
			`m.go:1:1: model has no effect here: a blank line, or another comment, separates it from the package clause
	hint: join it to the doc comment
m.go:5:1: command has no effect here: a blank line, or another comment, separates it from the function f
	hint: join it to the doc comment
m.go:9:1: command has no effect here: a blank line, or another comment, separates it from the function g
	hint: join it to the doc comment
m.go:14:1: tool has no effect here: nothing follows it
	hint: move it into the doc comment of what it is about`},

		{"elsewhere", `package m //alloy:model gpt-5

//alloy:command
var a = func() string { return "" }

//alloy:model gpt-5
const c = 1 //alloy:seed 1

//alloy:model gpt-5
type (
	//alloy:schema {}
	A int

	B struct {
		//alloy:redact x
		X int
	}

	I interface {
		//alloy:command
		F() string
	}
)

func f() {
	//alloy:tool
	_ = func() {}
} //alloy:tool
`,
			`m.go:1:11: model has no effect here: it stands after the code of its line
	hint: move it into the doc comment of what it is about
m.go:3:1: command has no effect here: it stands on a var declaration
	hint: move it into the doc comment of what it is about
m.go:6:1: model has no effect here: it stands on a const declaration
	hint: move it into the doc comment of what it is about
m.go:7:13: seed has no effect here: it stands after the code of its line
	hint: move it into the doc comment of what it is about
m.go:9:1: model has no effect here: it stands on a group of type declarations
	hint: move it into the doc comment of what it is about
m.go:15:3: redact has no effect here: it stands inside of a declaration, on a field, a value or a member of a group
	hint: move it into the doc comment of what it is about
m.go:20:3: command has no effect here: it stands inside of a declaration, on a field, a value or a member of a group
	hint: move it into the doc comment of what it is about
m.go:26:2: tool has no effect here: it stands inside of the function f
	hint: move it into the doc comment of what it is about
m.go:28:3: tool has no effect here: it stands after the code of its line
	hint: move it into the doc comment of what it is about`},

		{"near misses", `package m

// alloy:command
//Alloy:command
//ALLOY:comand
//alloy: command
//alloy :command
//alloy.command
//alloygen:command
//alloy:Command name=F
/*alloy:command*/
/* alloy:command */
// alloy:modle gpt-5
//alloy:
func f() string { return "" }

// alloy: a package of prose, alloy.Prompt and alloy:things.
// alloy.Command is a type.
// alloy:gator is an animal.
//alloy.example/path is a link.
//
//	//alloy:command
//	alloy:
func g() {}

var s = "//alloy:command" + ` + "`\n//alloy:command\n// alloy:command\n`",
			`m.go:3:1: "// alloy:command" is an ordinary comment to Go, not a directive
	hint: write //alloy:command
m.go:4:1: "//Alloy:command" is an ordinary comment to Go, not a directive
	hint: write //alloy:command
m.go:5:1: "//ALLOY:comand" is an ordinary comment to Go, not a directive
	hint: write //alloy:command
m.go:6:1: "//alloy: command" is an ordinary comment to Go, not a directive
	hint: write //alloy:command
m.go:7:1: "//alloy :command" is an ordinary comment to Go, not a directive
	hint: write //alloy:command
m.go:8:1: "//alloy.command" is an ordinary comment to Go, not a directive
	hint: write //alloy:command
m.go:9:1: "//alloygen:command" is an ordinary comment to Go, not a directive
	hint: write //alloy:command
m.go:10:1: "//alloy:Command name=F" is an ordinary comment to Go, not a directive
	hint: write //alloy:command name=F
m.go:11:1: "/*alloy:command*/" is an ordinary comment to Go, not a directive
	hint: write //alloy:command
m.go:12:1: "/* alloy:command */" is an ordinary comment to Go, not a directive
	hint: write //alloy:command
m.go:13:1: "// alloy:modle gpt-5" is an ordinary comment to Go, not a directive
	hint: write //alloy:model gpt-5
m.go:14:1: "//alloy:" is an ordinary comment to Go, not a directive
	hint: write //alloy:command, for example`},

		{"names of wrappers", `package m

//alloy:command
func Exported() string { return "" }

//alloy:command
func _lead() string { return "" }

//alloy:command name=f
func f() string { return "" }

//alloy:command name=do-it
func g() string { return "" }

//alloy:command name=func
func h() string { return "" }

//alloy:tool name="look up"
func i() {}

//alloy:tool lookup
func j() {}

//alloy:command nam=K
func k() string { return "" }
`,
			`m.go:3:1: Exported begins with a capital letter already, so the generated function needs a name
	hint: write //alloy:command name=…, or call the function exported
m.go:6:1: _lead has no letter to capitalize, so the generated function needs a name
	hint: write //alloy:command name=…
m.go:9:22: command name: "f" is the function itself
	hint: give the generated function another name
m.go:12:22: command name: want a Go name, not "do-it"
m.go:15:22: command name: want a Go name, not "func"
m.go:18:19: tool name: want 1 to 64 letters, digits, underscores or dashes, not "look up"
m.go:21:14: tool takes no "lookup" here
	hint: write //alloy:tool [name=NAME]
m.go:24:17: command has no key "nam"
	hint: did you mean "name"?`},

		{"schemas", `
-- m.go --
//alloy:schema time.Time
//alloy:schema Time {}
//alloy:schema pkg.A {}
//alloy:schema pkg.A {}
//alloy:schema 1 {}
package m

//alloy:schema
type A int

//alloy:schema {"type": "string",}
type B int

//alloy:schema [1]
type C int

//alloy:schema {"type":
type D int

//alloy:schema @none.json
type E int

//alloy:schema @bad.json
type F int

//alloy:schema @list.json
type G int

//alloy:schema {}
//alloy:schema {}
type H int

//alloy:schema {} {}
type I int
-- bad.json --
{
  "type": string
}
-- list.json --
[]
`,
			`m.go:1:1: schema lacks its argument
	hint: write //alloy:schema [pkg.Type] @FILE | JSON
m.go:4:1: schema pkg.A is given twice; first in line 3
	hint: remove one of them
m.go:5:16: schema: want the type first, as pkg.Type
	hint: write //alloy:schema [pkg.Type] @FILE | JSON
m.go:8:1: schema lacks its argument
	hint: write //alloy:schema [pkg.Type] @FILE | JSON
m.go:11:34: schema: not valid JSON
	hint: invalid character '}' looking for beginning of object key string
m.go:14:16: schema: want a JSON object
	hint: write //alloy:schema [pkg.Type] @FILE | JSON
m.go:17:23: schema: not valid JSON
	hint: unexpected end of JSON input
m.go:20:17: schema: no such file: "none.json"
	hint: the path is relative to the package's directory, example.com/m
m.go:23:16: schema: line 2 of "bad.json" is not valid JSON
	hint: invalid character 's' looking for beginning of value
m.go:26:16: schema: want a JSON object in "list.json"
m.go:30:1: schema is given twice; first in line 29
	hint: remove one of them
m.go:33:19: schema: not valid JSON
	hint: invalid character '{' after top-level value`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, problems(t, test.text))
		})
	}
}

func TestPlaces(t *testing.T) {
	p := parse(t, `
-- a.go --
// Package m is a test.
//
//alloy:model gpt-5
//alloy:timeout 10s
//alloy:redact key
package m

import "context"

// Agent is an agent.
//
//alloy:timeout 20s
//alloy:tools find
//alloy:redact card
type Agent[T any] struct{ x T }

type state struct{}

//alloy:seed 7
type Named state

//alloy:command
func (n Named) named() string { return "" }

// triage sorts.
//
//alloy:command name=Sort
//alloy:timeout 30s
//alloy:redact message
//alloy:param message what the customer wrote
func (a *Agent[T]) triage(ctx context.Context, key, card, message string) string { return "" }

//alloy:tool name=find-it
//alloy:timeout 1s
func (a Agent[_]) find(key string) {}

//alloy:command
func free(card string) string { return "" }
-- b.go --
//alloy:temperature 0
package m

//alloy:schema {"type":"string"}
type Money int

type (
	// Grouped is in a group.
	//
	//alloy:schema @money.json
	Grouped int
)
-- money.json --
{"type": "integer"}
`)
	require.Len(t, p.Commands, 3)
	named, triage, free := p.Commands[0], p.Commands[1], p.Commands[2]
	require.EqualValues(t, 7, named.Settings.Seed.V)
	require.Equal(t, "Sort", triage.Name.V)
	require.Equal(t, "Agent", triage.Receiver())
	require.Equal(t, "30s", triage.Settings.Timeout.V.String()) // F19
	require.Equal(t, directive.OnCommand, triage.Settings.Timeout.Place)
	require.Equal(t, "find", triage.Settings.Tools.V[0].V.Name)
	require.Equal(t, directive.OnType, triage.Settings.Tools.Place)
	require.Equal(t, "gpt-5", triage.Settings.Model.V)
	require.Equal(t, directive.OnPackage, triage.Settings.Model.Place)
	require.Equal(t, []string{"message", "card", "key"}, values(triage.Settings.Redact))
	require.Equal(t, "what the customer wrote", triage.Params[0].Text.V)

	require.Empty(t, free.Receiver())
	require.Equal(t, "10s", free.Settings.Timeout.V.String())
	require.Equal(t, 0.0, free.Settings.Temperature.V)
	require.Nil(t, free.Settings.Tools)
	require.Nil(t, free.Settings.Redact)

	require.Len(t, p.Tools, 1)
	require.Equal(t, "find-it", p.Tools[0].Name.V)
	require.Equal(t, "1s", p.Tools[0].Settings.Timeout.V.String())
	require.Nil(t, p.Tools[0].Settings.Model, "settings of types and packages are for commands")

	require.Len(t, p.Schemas, 2)
	require.Equal(t, "Money", p.Schemas[0].Type.V)
	require.Equal(t, `{"type":"string"}`, p.Schemas[0].JSON.V)
	require.Equal(t, "Grouped", p.Schemas[1].Type.V)
	require.Equal(t, "money.json", p.Schemas[1].Path)
}

// A setting may be for commands of another build.
func TestSettingsForSkippedFiles(t *testing.T) {
	pkg := loadtest.Package(t, "//alloy:model gpt-5\n//alloy:redact key\npackage m\n")
	_, found := directive.Parse(pkg)
	require.Len(t, found, 2)
	pkg.Skipped = []load.Skipped{{Path: "/m/m_windows.go", Constraint: "windows"}}
	_, found = directive.Parse(pkg)
	require.Empty(t, found)
}

func TestSchemaOfAnotherModule(t *testing.T) {
	p := parse(t, `//alloy:schema time.Month {"type": "integer", "minimum": 1}
package m
`)
	s := p.Schemas[0]
	require.Equal(t, "time", s.Package)
	require.Equal(t, "Month", s.Type.V)
	require.Equal(t, `{"type": "integer", "minimum": 1}`, s.JSON.V)
	require.Nil(t, s.Decl)
}

func TestAll(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range directive.All() {
		require.False(t, seen[d.Name], d.Name)
		seen[d.Name] = true
		require.NotEmpty(t, d.Help, d.Name)
		require.NotZero(t, d.Places, d.Name)
		for _, k := range d.Keys {
			require.NotEmpty(t, k.Help, d.Name+" "+k.Name)
			require.NotEmpty(t, k.Value, d.Name+" "+k.Name)
		}
	}
	require.Len(t, seen, 37)
}
