package emit_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/emit"
	"github.com/alloygen/alloygen/generator/model"
	"github.com/alloygen/alloygen/internal/route"
)

func support() *model.Package {
	jitter := 0.25
	triage := model.Command{
		Func: model.Func{
			Name: "triage", Exported: "Triage", Doc: "triage classifies a customer's message.\n",
			Params: []model.Param{{Name: "message", Type: "string"}},
		},
		Result: model.Result{
			Kind: model.ResultTyped, Type: "Ticket", Prompt: true,
			Schema: &model.Schema{Name: "Ticket", Strict: true, JSON: "{\n\t\"type\": \"object\",\n\t\"description\": \"a `ticket`\"\n}"},
		},
		Settings: []model.Setting{
			{Directive: "model", Text: "claude-opus-4-7"},
			{Directive: "fallback", List: []string{"claude-haiku-4-5"}},
			{Directive: "system", Text: "You are \"Acme\".\nBe concise."},
			{Directive: "retry", Retry: &model.Retry{Attempts: 3, Backoff: "exponential", Base: "500ms", Max: "30s", Jitter: &jitter}},
			{Directive: "retry_on", On: []model.Condition{{Word: "transient"}, {Value: "ErrStale"}, {Type: "*«net».OpError"}}},
			{Directive: "timeout", Duration: "1m30s"},
			{Directive: "finalize", List: []string{"limit"}, Duration: "15s"},
			{Directive: "lenient", Text: "strict"},
		},
		Require: []model.Contract{{Source: `strings.TrimSpace(message) != ""`, Expr: `«strings».TrimSpace(message) != ""`, Message: "message must not be blank"}},
		Ensure: []model.Contract{
			{Source: `result.Priority != Urgent || result.Score >= 0.5`, Expr: `result.Priority != Urgent || result.Score >= 0.5`, Message: "urgent needs a score"},
			{Source: `result.Summary != ""`, Expr: `result.Summary != ""`, Message: "say something"},
		},
		Tools:     []model.ToolRef{{Name: "lookupOrder", Value: "LookupOrderTool"}, {Name: "summarize", Value: "summarizeAsTool"}},
		Providers: []string{"anthropic"},
		Worst:     model.Worst{Requests: 18, Models: 2, Attempts: 3, Rounds: 10, FollowUps: 1, Last: 1, Time: "1m45s"},
	}
	lookup := model.Tool{
		Func: model.Func{
			Name: "lookupOrder", Exported: "LookupOrder", Doc: "lookupOrder returns an order's current state.\n", Context: true, Error: true,
			Params: []model.Param{{Name: "orderID", Type: "string"}},
		},
		Tool: "lookup_order", Result: "Order", Export: true,
		Input:   model.Schema{Name: "lookup_order", JSON: "{}"},
		Require: []model.Contract{{Source: "len(orderID) == 4", Expr: "len(orderID) == 4", Message: "order numbers have four digits"}},
	}
	as := model.CommandTool{Func: "«example.com/other».Summarize", Name: "summarizeAsTool", Tool: "summarize", Params: []model.Param{{Name: "text", Type: "string"}}, Input: model.Schema{JSON: "{}"}}
	return &model.Package{
		Path: "example.com/support", Name: "support",
		Files: []model.File{{Name: "alloy_gen.go", Commands: []model.Command{triage}, Tools: []model.Tool{lookup}, CommandTools: []model.CommandTool{as}}},
	}
}

func emitted(t *testing.T, p *model.Package) string {
	t.Helper()
	files, err := emit.Package(p, nil)
	require.NoError(t, err)
	require.Len(t, files, 1)
	return string(files[0].Content)
}

// A user links the providers of the models that directives name, and nothing else. A server that only the program knows is
// reached through package compatible.
func TestProvidersAreLinked(t *testing.T) {
	for _, r := range route.Table {
		if r.Provider == "offline" {
			continue // part of the runtime
		}
		p := support()
		p.Files[0].Commands[0].Providers = []string{r.Provider}
		src := emitted(t, p)
		require.Contains(t, src, `_ "github.com/alloygen/alloygen/runtime/provider/`+r.Provider+`"`)
		require.Equal(t, 1, strings.Count(src, "runtime/provider/"), src)
		require.DirExists(t, "../../runtime/provider/"+r.Provider)
	}
	p := support()
	p.Files[0].Commands[0].Providers = []string{"acme", "groq", "offline"}
	src := emitted(t, p)
	require.Contains(t, src, `_ "github.com/alloygen/alloygen/runtime/provider/compatible"`)
	require.Equal(t, 1, strings.Count(src, "runtime/provider/"), src)
}

func TestNameAndDocStay(t *testing.T) { // F7, F8
	src := emitted(t, support())
	require.Contains(t, src, "// Triage classifies a customer's message.\n//\n"+
		"// At most 18 requests and 1m45s, by directives and built-in defaults: 2 models × 3 attempts, 10 rounds of tools, 1 follow-up,\n// 1 last request.\nfunc Triage(ctx context.Context, message string, opts ...alloy.Option) (Ticket, error) {")
	require.Contains(t, src, "func LookupOrder(ctx context.Context, orderID string) (Order, error) {")
}

func TestSettingsReadLikeCode(t *testing.T) { // F11
	src := emitted(t, support())
	for _, line := range []string{
		`alloy.WithModel("claude-opus-4-7"),`,
		"alloy.WithSystem(`You are \"Acme\".\nBe concise.`),",
		"alloy.WithRetry(alloy.Retry{Attempts: 3, Backoff: alloy.Exponential, Base: 500 * time.Millisecond, Max: 30 * time.Second, Jitter: 0.25}),",
		"alloy.WithRetryOn(alloy.Transient, alloy.MatchError(ErrStale), alloy.MatchType[*net.OpError]()),",
		"alloy.WithTimeout(90*time.Second),",
		"alloy.WithFinalize(alloy.Finalize{Limit: true, Grace: 15 * time.Second}),",
		"alloy.WithLeniency(alloy.Strict),",
	} {
		require.Contains(t, src, "\t"+line+"\n")
	}
	require.Contains(t, src, `_ "github.com/alloygen/alloygen/runtime/provider/anthropic"`)
}

// Names that generated code wants for itself give way to those of the user.
func TestNamesOfTheUserWin(t *testing.T) {
	p := support()
	p.Taken = []string{"triageCall", "context", "contracts"}
	c := &p.Files[0].Commands[0]
	c.Params = []model.Param{
		{Name: "ctx", Type: "string"}, {Name: "opts", Type: "int"}, {Name: "alloy", Type: "bool"},
		{Name: "strings", Type: "string"}, {Name: "_", Type: "int"}, {Name: "triage", Type: "string"},
	}
	c.Require[0].Expr, c.Require[0].Source = `triage != ctx`, `triage != ctx`
	src := emitted(t, p)
	require.Contains(t, src, "func Triage(ctx2 context2.Context, ctx string, opts int, alloy bool, strings string, arg5 int, triage string, opts2 ...alloy2.Option) (Ticket, error) {")
	require.Contains(t, src, "return TriageCommand.Run(ctx2, triageCall2(ctx, opts, alloy, strings, arg5, triage), opts2)")
	require.Contains(t, src, "func triageCall2(ctx string, opts int, alloy bool, strings string, arg5 int, triage2 string) alloy2.Call[Ticket] {")
	require.Contains(t, src, "triage := triage2\n\t\t\t\treturn triage != ctx\n")
	require.Contains(t, src, "return triage(ctx, opts, alloy, strings, arg5, triage2), nil")
	require.Contains(t, src, `contracts2 "github.com/alloygen/alloygen/contracts"`)
}

func TestHiddenPredeclaredName(t *testing.T) {
	p := support()
	p.Taken = []string{"error", "len"}
	_, err := emit.Package(p, nil)
	hidden, ok := errors.AsType[*emit.HiddenError](err)
	require.True(t, ok)
	require.Equal(t, []string{"error"}, hidden.Names, "len is not needed")
}

func TestBrokenModel(t *testing.T) {
	p := support()
	p.Files[0].Commands[0].Settings = []model.Setting{{Directive: "stream"}}
	_, err := emit.Package(p, nil)
	require.EqualError(t, err, "alloy_gen.go: the model is broken: no option stands for the directive stream")
}

func TestSameModelSameBytes(t *testing.T) {
	want := emitted(t, support())
	for range 20 {
		require.Equal(t, want, emitted(t, support()))
	}
}

// What is in every build is the same in every build, whatever the files of some builds need.
func TestConstrainedFilesGiveWay(t *testing.T) {
	alone := support()
	plain := alone.Files[0]
	want, err := emit.Package(alone, nil)
	require.NoError(t, err)
	require.Len(t, want, 1)

	both := support()
	other := model.File{Name: "alloy_amd64_gen.go", Constraint: "amd64", CommandTools: slices.Clone(plain.CommandTools)}
	other.Commands = []model.Command{{
		Func:   model.Func{Name: "ask", Exported: "Ask", Params: []model.Param{{Name: "triageCall", Type: "string"}}},
		Result: model.Result{Kind: model.ResultText, Type: "string"},
	}}
	both.Files = []model.File{other, plain}
	got, err := emit.Package(both, nil)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, string(want[0].Content), string(got[1].Content))
	require.Contains(t, string(got[0].Content), "func summarizeAsTool2()")
}
