package build_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/build"
	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/load/loadtest"
	"github.com/alloygen/alloygen/generator/model"
)

// packages builds the models of the annotated packages of a txtar archive.
func packages(t testing.TB, text string) ([]model.Package, diag.List) {
	t.Helper()
	loaded := loadtest.Load(t, text)
	problems := loaded.Diagnostics
	var specs []*directive.Package
	for _, p := range loaded.Packages {
		spec, wrong := directive.Parse(p)
		problems = append(problems, wrong...)
		if len(spec.Commands)+len(spec.Tools)+len(spec.Schemas) > 0 {
			specs = append(specs, spec)
		}
	}
	models, wrong := build.Packages(specs)
	return models, append(problems, wrong...)
}

// file is the only file of the root package of a text that has nothing wrong with it.
func file(t testing.TB, text string) model.File {
	t.Helper()
	models, problems := packages(t, text)
	require.NoError(t, problems.Err())
	require.NotEmpty(t, models)
	require.Equal(t, loadtest.Module, models[0].Path)
	require.Len(t, models[0].Files, 1)
	return models[0].Files[0]
}

// source is a package m with the imports that most tests need.
func source(body string) string {
	return `package m

import (
	"context"
	"errors"

	"github.com/alloygen/alloygen/runtime"
)

var (
	_ context.Context
	_ = errors.New
	_ alloy.None
)


` + body
}

// refused are the diagnostics of a text, without directories.
func refused(t testing.TB, text string) string {
	t.Helper()
	_, problems := packages(t, text)
	return strings.ReplaceAll(problems.Sorted().Error(), loadtest.Root+"/", "")
}

func TestResult(t *testing.T) { // F1, F2, F3, F5
	for _, test := range []struct {
		results string
		want    model.Result
		err     bool
	}{
		{"string", model.Result{Kind: model.ResultText, Type: "string"}, false},
		{"(string, error)", model.Result{Kind: model.ResultText, Type: "string"}, true},
		{"alloy.Prompt[string]", model.Result{Kind: model.ResultText, Type: "string", Prompt: true}, false},
		{"alloy.Prompt[alloy.None]", model.Result{Kind: model.ResultNone, Type: "«github.com/alloygen/alloygen/runtime|alloy».None", Prompt: true}, false},
		{"(alloy.Prompt[alloy.None], error)", model.Result{Kind: model.ResultNone, Type: "«github.com/alloygen/alloygen/runtime|alloy».None", Prompt: true}, true},
		{"asked", model.Result{Kind: model.ResultText, Type: "string", Prompt: true}, false},
	} {
		t.Run(test.results, func(t *testing.T) {
			f := file(t, source("type asked = alloy.Prompt[string]\n//alloy:command\nfunc ask(text string) "+test.results+" { panic(text) }\n"))
			require.Len(t, f.Commands, 1)
			require.Equal(t, "Ask", f.Commands[0].Exported)
			require.Equal(t, test.want, f.Commands[0].Result)
			require.Equal(t, test.err, f.Commands[0].Error)
		})
	}
}

func TestPrimitiveRootIsWrapped(t *testing.T) { // F1, F35
	f := file(t, source("//alloy:command\nfunc extractPrice(text string) alloy.Prompt[float64] { panic(text) }\n"))
	r := f.Commands[0].Result
	require.True(t, r.Wrapped)
	require.True(t, r.Schema.Strict)
	require.JSONEq(t, `{"type":"object","properties":{"value":{"type":"number"}},"required":["value"],"additionalProperties":false}`, r.Schema.JSON)
}

func TestRefusedResult(t *testing.T) { // F2
	require.Equal(t, `m.go:18:23: ask returns int
	hint: a command returns alloy.Prompt[T] or string, and an error if it can fail`,
		refused(t, source("//alloy:command\nfunc ask(text string) int { panic(text) }\n")))
}

func TestClientOfReceiver(t *testing.T) {
	base := `
-- base/base.go --
package base

import "github.com/alloygen/alloygen/runtime"

type Closed struct{ client *alloy.Client }
type Open struct{ Client *alloy.Client }
type inner struct{ Client *alloy.Client }
type Hidden struct{ inner }
`
	for fields, want := range map[string]model.Go{
		"c *alloy.Client":                         "c",
		"*alloy.Client":                           "Client",
		"base.Open":                               "Open.Client",
		"base.Closed":                             "",
		"base.Hidden":                             "",
		"*base.Open":                              "", // it may be nil
		"base.Closed; base.Open":                  "Open.Client",
		"a, b *alloy.Client":                      "",
		"own *alloy.Client; base.Open":            "own",
		"_ *alloy.Client; deep":                   "deep.client",
		"x int; nested struct{ c *alloy.Client }": "",
	} {
		t.Run(fields, func(t *testing.T) {
			f := file(t, "-- m.go --\n"+strings.Replace(source("type deep struct{ client *alloy.Client }\ntype agent struct{ "+fields+
				" }\nvar _ base.Open\n//alloy:command\nfunc (agent) ask(text string) string { return text }\n"),
				`"errors"`, "\"errors\"\n\t\""+loadtest.Module+`/base"`, 1)+base)
			require.Equal(t, want, f.Commands[0].Recv.Client)
		})
	}
}

// What is generated is the same on every system, and compiles without the tests.
func TestWhatSomeBuildsLack(t *testing.T) { // F36
	const text = `
-- m.go --
package m

import "github.com/alloygen/alloygen/runtime"

type Node interface{ node() }
type Leaf struct{ Kind Kind }
func (Leaf) node() {}
type Kind string
const Small Kind = "small"

//alloy:command
func ask() alloy.Prompt[[]Node] { panic(1) }
-- m_linux.go --
package m

type Socket struct{}
func (Socket) node() {}
const Linux Kind = "linux"
-- m_test.go --
package m

import "github.com/alloygen/alloygen/runtime"

type Fake struct{}
func (Fake) node() {}
const Tested Kind = "tested"

func always(string) bool { return true }

type Double interface{ double() }
type Twice struct{}
func (Twice) double() {}

//alloy:command
func try() alloy.Prompt[[]Double] { panic(1) }
`
	models, problems := packages(t, text)
	require.NoError(t, problems.Err())
	require.Len(t, models, 1)
	require.Len(t, models[0].Files, 2)
	ask := models[0].Files[0].Commands[0].Result.Schema.JSON
	require.Contains(t, ask, `"const": "leaf"`)
	require.Contains(t, ask, `"enum": ["small"]`)
	for _, name := range []string{"socket", "fake", "linux", "tested"} {
		require.NotContains(t, ask, name)
	}
	require.Contains(t, models[0].Files[1].Commands[0].Result.Schema.JSON, `"const": "twice"`)

	require.Equal(t, "m.go:12:17: require: always is declared in a test file, and the function is not\n"+
		"\thint: declare it in a file that is part of every build",
		refused(t, strings.Replace(strings.Replace(text, "//alloy:command\n", "//alloy:command\n//alloy:require always(s), \"x\"\n", 1), "ask()", "ask(s string)", 1)))
}
