package build_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRefusedSignatures(t *testing.T) { // F2
	const rule = "\thint: a command returns alloy.Prompt[T] or string, and an error if it can fail"
	for _, test := range []struct{ name, body, want string }{
		{"int", "//alloy:command\nfunc ask(text string) int { panic(1) }", "18:23: ask returns int\n" + rule},
		{"nothing", "//alloy:command\nfunc ask(text string) {}", "18:6: ask returns nothing\n" + rule},
		{"named string", "type S string\n//alloy:command\nfunc ask() S { panic(1) }", "19:12: ask returns S\n" + rule},
		{"error first", "//alloy:command\nfunc ask() (error, string) { panic(1) }", "18:13: ask returns error\n" + rule},
		{"no error", "//alloy:command\nfunc ask() (string, int) { panic(1) }", "18:21: the second result of ask is int, not error\n" + rule},
		{"three", "//alloy:command\nfunc ask() (a, b string, err error) { panic(1) }", "18:30: ask returns 3 values\n" + rule},
		{"type parameters", "//alloy:command\nfunc ask[T any](x T) string { panic(1) }",
			"18:9: ask has type parameters: what a command takes and returns must be known when generating\n\thint: write one function for each type, or a method of a generic type"},
		{"late context", "//alloy:command\nfunc ask(text string, ctx context.Context) string { panic(1) }",
			"18:23: context.Context must be the first parameter of a command\n\thint: move it to the front"},
		{"type parameter of the receiver", "type Box[T any] struct{}\n//alloy:command\nfunc (b *Box[T]) ask() alloy.Prompt[T] { panic(1) }",
			"19:24: T: the schema of type parameter T is not known when generating\n\thint: use a type without type parameters, or an instance such as Page[Item]"},
		{"open answer", "//alloy:command\nfunc ask() alloy.Prompt[map[string]any] { panic(1) }",
			"18:12: map[string]any[]: any can hold anything, so a model cannot be told what to write\n\thint: use a struct, a map[string]T, a sealed interface (one with an unexported method), or json.RawMessage for any JSON"},
		{"name of a tool", "//alloy:tool\nfunc größe() {}",
			"17:1: größe needs another name for the model: vendors do not take \"größe\", but 1 to 64 letters, digits, underscores and dashes of ASCII\n\thint: write //alloy:tool name=NAME"},
		{"init", "//alloy:command\nfunc init() {}", "18:6: init cannot be a command: nothing can call it\n\thint: give it another name"},
		{"tool results", "//alloy:tool\nfunc find() (int, int) { panic(1) }",
			"18:19: the second result of find is int, not error\n\thint: a tool returns a value, an error, both or nothing"},
		{"tool errors", "//alloy:tool\nfunc find() (error, error) { panic(1) }",
			"18:21: find returns two errors\n\thint: a tool returns a value, an error, both or nothing"},
		{"tool func", "//alloy:tool\nfunc find() func() { panic(1) }",
			"18:13: the result of find is func(), which has no JSON form\n\thint: a tool returns a value, an error, both or nothing"},
		{"tool parameter", "//alloy:tool\nfunc find(int, _ string) {}",
			"18:11: parameter 1 of find has no name, so a model cannot be told of it\n\thint: give it one\n" +
				"18:18: parameter 2 of find has no name, so a model cannot be told of it\n\thint: give it one"},
		{"tool open parameter", "//alloy:tool\nfunc find(x any) {}",
			"18:11: x: any can hold anything, so a model cannot be told what to write\n\thint: use a struct, a map[string]T, a sealed interface (one with an unexported method), or json.RawMessage for any JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := strings.Replace(test.body, "(int, _", "(_ int, _", 1)
			require.Equal(t, test.want, strings.ReplaceAll(refused(t, source(body+"\n")), "m.go:", ""))
		})
	}
}

func TestNamesThatAreTaken(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"by hand", "//alloy:command\nfunc ask() string { panic(1) }\nfunc Ask() {}",
			"17:1: Ask is already declared at m.go:19, and would be generated for ask"},
		{"request", "//alloy:command\nfunc ask() string { panic(1) }\ntype AskRequest struct{}",
			"17:1: AskRequest is already declared at m.go:19, and would be generated for ask"},
		{"command", "//alloy:command\nfunc ask() string { panic(1) }\nvar AskCommand int",
			"17:1: AskCommand is already declared at m.go:19, and would be generated for ask"},
		{"stream", "//alloy:command\n//alloy:stream\nfunc ask() string { panic(1) }\nfunc AskStream() {}",
			"17:1: AskStream is already declared at m.go:20, and would be generated for ask"},
		{"handlers", "type A struct{}\nfunc (A) Handlers() {}\n//alloy:command\n//alloy:http /a\nfunc (A) ask() string { panic(1) }",
			"19:1: A.Handlers is already declared at m.go:18, and would be generated for ask"},
		{"tool", "//alloy:tool\nfunc find() {}\nconst FindTool = 1",
			"17:1: FindTool is already declared at m.go:19, and would be generated for find"},
		{"method", "type A struct{ Ask int }\n//alloy:command\nfunc (A) ask() string { panic(1) }",
			"18:1: A.Ask is already declared at m.go:17, and would be generated for ask"},
		{"name twice", "//alloy:command name=Both\nfunc ask() string { panic(1) }\n//alloy:command name=Both\nfunc beg() string { panic(1) }",
			"19:1: Both would be generated twice: for ask too, at m.go:17"},
		{"own name", "//alloy:command name=ask\nfunc ask() string { panic(1) }",
			"17:1: ask is already declared at m.go:18, and would be generated for ask"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _, _ := strings.Cut(strings.TrimPrefix(refused(t, source(test.body+"\n")), "m.go:"), "\n")
			require.Equal(t, test.want, got)
		})
	}
}

func TestRefusedTools(t *testing.T) {
	const tools = `//alloy:tool
func find() {}

//alloy:tool name=find
func search() {}

type A struct{}

//alloy:tool
func (a *A) look() {}

func plain() {}

var number int
`
	for _, test := range []struct{ names, want string }{
		{"fnd", `33:15: there is no tool or command fnd
	hint: did you mean "find"?`},
		{"plain", `33:15: plain is neither a tool nor a command
	hint: write //alloy:tool above it`},
		{"number", `33:15: number is not a tool
	hint: name a function with //alloy:tool or //alloy:command, or a variable of type alloy.Tool`},
		{"look", `33:15: look is a method of A
	hint: only methods of A may use it; make it a function, or ask a method`},
		{"find,search", `33:20: ask has two tools called "find"
	hint: give one of them another name, with //alloy:tool name=NAME`}, // F117
		{"other.Find", `33:15: no package called other is imported here
	hint: import it, or run alloygen on it too`},
		{"errors.New", `33:15: package errors has no tool or command New
	hint: annotate it there, and run alloygen on that package too: alloygen ./...`},
	} {
		t.Run(test.names, func(t *testing.T) {
			got := refused(t, source(tools+"\n//alloy:command\n//alloy:tools "+test.names+"\nfunc ask() string { panic(1) }\n"))
			require.Equal(t, test.want, strings.ReplaceAll(got, "m.go:", ""))
		})
	}
}

func TestRefusedSettings(t *testing.T) { // F89
	got := refused(t, `package m

import (
	"net"

	"github.com/alloygen/alloygen/runtime"
)

var limit = 1

var _ net.Error

//alloy:command
//alloy:model gpt-5
//alloy:fallback claude-x,gpt-5
//alloy:retry 2
//alloy:retry_on limit,net.OpError,Missing,*net.OpError,net.ErrClosed,io.EOF,transient
func ask() alloy.Prompt[string] { panic(1) }
`)
	require.Equal(t, `m.go:15:27: fallback: gpt-5 is the model that failed
	hint: name another model, or leave it out
m.go:17:18: retry_on: limit is not an error
	hint: name a variable of type error, for errors.Is, or a type that implements it, for errors.As
m.go:17:24: retry_on: net.OpError is not an error, but *net.OpError is
	hint: write *net.OpError
m.go:17:36: retry_on: Missing is neither a condition nor an error of this package: undefined: Missing
	hint: a contract may use the parameters, the names of the package, the imports of the file and the standard library`, got)
}

// A lenient directive says how JSON is read. One of a type or package is there for the commands that have an answer to read.
func TestLenientWithoutJSON(t *testing.T) {
	got := refused(t, `//alloy:lenient strict
package m

import "github.com/alloygen/alloygen/runtime"

//alloy:command
//alloy:lenient strict
func ask() string { panic(1) }

//alloy:command
//alloy:lenient fenced
func say() alloy.Prompt[string] { panic(1) }

//alloy:command
//alloy:lenient lenient
func do() alloy.Prompt[alloy.None] { panic(1) }

//alloy:command
func beg() string { panic(1) }

//alloy:command
//alloy:lenient lenient
func count() alloy.Prompt[int] { panic(1) }
`)
	require.Equal(t, `m.go:7:17: lenient has no effect: the answer of ask is not read as JSON
	hint: remove it
m.go:11:17: lenient has no effect: the answer of say is not read as JSON
	hint: remove it
m.go:15:17: lenient has no effect: the answer of do is not read as JSON
	hint: remove it`, got)
}

func TestRefusedContractsHaveTheirColumn(t *testing.T) {
	got := refused(t, source(`// ask asks.
//
//alloy:command
//alloy:require text != result, "a"
//alloy:require   len(text), "b"
//alloy:ensure result == text && missing(text), "c"
//alloy:check true, "d"
func ask(text string) string { panic(1) }

//alloy:command
//alloy:ensure result == alloy.None{}, "e"
func do() alloy.Prompt[alloy.None] { panic(1) }

//alloy:tool
//alloy:ensure result, "f"
func find(ctx context.Context, id int) error { panic(1) }
`))
	require.Equal(t, `m.go:20:25: require: undefined: result
	hint: result is known in ensure and check only, and only if there is one
m.go:21:19: require: this is not a boolean, but int
	hint: a contract is an expression that is true or false for each call
m.go:22:34: ensure: undefined: missing
	hint: a contract may use the parameters, the names of the package, the imports of the file and the standard library; the parameters here are result, text
m.go:23:15: check: this is always true
	hint: a contract is an expression that is true or false for each call
m.go:27:16: ensure: undefined: result
	hint: result is known in ensure and check only, and only if there is one
m.go:31:16: ensure: undefined: result
	hint: result is known in ensure and check only, and only if there is one`, got)
}

func TestRefusedSchemaDirective(t *testing.T) {
	got := refused(t, `//alloy:schema Gone {"type": "string"}
package m

import "github.com/alloygen/alloygen/runtime"

//alloy:schema {"type": "strong"}
type Money struct{ Cents int }

//alloy:command
func ask() alloy.Prompt[Money] { panic(1) }
`)
	require.Contains(t, got, "m.go:1:16: schema: there is no type Gone\n")
	require.Contains(t, got, "m.go:6:16: schema: not a JSON Schema: ")
}
