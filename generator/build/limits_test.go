package build_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/build"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/load"
	"github.com/alloygen/alloygen/generator/load/loadtest"
	"github.com/alloygen/alloygen/generator/model"
)

// setting is one of a command or tool, by its directive.
func setting(t *testing.T, all []model.Setting, directive string) model.Setting {
	t.Helper()
	for _, s := range all {
		if s.Directive == directive {
			return s
		}
	}
	require.Fail(t, "no setting", directive)
	return model.Setting{}
}

func TestKeysOfLimits(t *testing.T) { // F164
	f := file(t, `//alloy:rate_limit 10/s
//alloy:budget usd=1 per=1h
package m

//alloy:command
func ask(text string) string { return text }

//alloy:command name=Beg
//alloy:rate_limit 5/s key="a key"
//alloy:budget usd=2 per=24h key=mine
func Ask2(text string) string { return text }

type A struct{}

//alloy:command
//alloy:budget tokens=9
func (a *A) ask(text string) string { return text }

//alloy:tool name=search
//alloy:rate_limit 1/m
func (a *A) find(id string) string { return id }
`)
	limit := func(i int) *model.RateLimit { return setting(t, f.Commands[i].Settings, "rate_limit").RateLimit }
	budget := func(i int) *model.Budget { return setting(t, f.Commands[i].Settings, "budget").Budget }
	require.Equal(t, "example.com/m.Ask", limit(0).Key)
	require.Equal(t, "a key", limit(1).Key)
	require.Equal(t, "example.com/m.A.Ask", limit(2).Key)
	require.Equal(t, "example.com/m.A.Find", setting(t, f.Tools[0].Settings, "rate_limit").RateLimit.Key)
	require.Equal(t, &model.Budget{USD: 1, Per: "1h0m0s", Key: "example.com/m.Ask"}, budget(0))
	require.Equal(t, &model.Budget{USD: 2, Per: "24h0m0s", Key: "mine"}, budget(1))
	require.Equal(t, &model.Budget{Tokens: 9}, budget(2), "each call has it")
}

// Rates have one order, so that the same rates are the same limit.
func TestRatesAreSorted(t *testing.T) { // F158
	f := file(t, `package m

//alloy:command
//alloy:rate_limit 20000/h 10/s tokens=9/d,1/m 500/m
func ask(text string) string { return text }
`)
	limit := setting(t, f.Commands[0].Settings, "rate_limit").RateLimit
	require.Equal(t, []model.Rate{{N: 10, Per: "second"}, {N: 500, Per: "minute"}, {N: 20000, Per: "hour"}}, limit.Requests)
	require.Equal(t, []model.Rate{{N: 1, Per: "minute"}, {N: 9, Per: "day"}}, limit.Tokens)
}

func TestNamesAfter(t *testing.T) { // F105
	f := file(t, `package m

type A struct{}

//alloy:tool
//alloy:after check, look,ask
func (a *A) save(id string) {}

//alloy:tool
func check(id string) {}

//alloy:tool name=look_up
func (a *A) look(id string) {}

//alloy:tool
func look(id string) {}

//alloy:command
func ask(text string) string { return text }
`)
	require.Equal(t, []string{"check", "look_up", "ask"}, setting(t, f.Tools[0].Settings, "after").List, "the receiver's come first")
}

func TestDegradeFunctions(t *testing.T) { // F92
	f := file(t, `
-- m.go --
package m

import (
	"context"

	"example.com/m/lib"
	"github.com/alloygen/alloygen/runtime"
)

var _ = lib.Spare

//alloy:command
//alloy:degrade plain
func one(text string) string { return text }

func plain(text string, err error) (string, error) { return text, err }

//alloy:command
//alloy:degrade lib.Spare
func two(ctx context.Context, text string) string { return text }

// Box is generic.
//
//alloy:degrade spare
type Box[T any] struct{ v T }

//alloy:command
func (b Box[E]) three(n []E) alloy.Prompt[alloy.None] { return alloy.Prompt[alloy.None]{} }

func (b *Box[T]) spare(ctx context.Context, n []T, err error) error { return err }
-- lib/lib.go --
package lib

import "context"

func Spare(ctx context.Context, text string, err error) (string, error) { return text, err }
`)
	require.Equal(t, &model.Degrade{Name: "plain", Level: "func", Func: "plain"}, f.Commands[0].Degrade)
	require.Equal(t, &model.Degrade{Name: "lib.Spare", Level: "func", Func: "«example.com/m/lib».Spare", Context: true}, f.Commands[1].Degrade)
	require.Equal(t, &model.Degrade{Name: "spare", Level: "type", Func: "spare", OnRecv: true, Context: true}, f.Commands[2].Degrade)
}

// A function of a test file is not there in every build, and one that this package's users import would make a cycle.
func TestDegradeOutOfReach(t *testing.T) {
	_, problems := packages(t, `
-- m.go --
package m

type T struct{}

//alloy:command
//alloy:degrade inTest
func one(text string) string { return text }

//alloy:command
//alloy:degrade user.Spare
func two(text string) string { return text }
-- m_test.go --
package m

func inTest(text string, err error) (string, error) { return text, err }

//alloy:tool
func annotated(text string) string { return text }
-- user/user.go --
package user

import "example.com/m"

func Spare(text string, err error) (string, error) { return text, err }

//alloy:tool
func find(text string) string { return text }

var _ m.T
`)
	require.EqualError(t, problems, `/m/m.go:6:17: degrade: inTest is declared in a test file, and one is not
	hint: move one of them
/m/m.go:10:17: degrade: package example.com/m/user imports this one, or will when it is generated
	hint: move what both need into a third package`)
}

// What the directives and the built-in defaults amount to.
func TestWorst(t *testing.T) {
	const tools = "\n//alloy:tool\nfunc find(id string) string { return id }\n"
	typed, text, none := "alloy.Prompt[int]", "string", "alloy.Prompt[alloy.None]"
	for _, test := range []struct {
		name, lines, result string
		want                model.Worst
	}{
		{"text", "", text, model.Worst{Requests: 2, Models: 1, Attempts: 1, FollowUps: 1, Time: "5m0s"}},
		{"none", "", none, model.Worst{Requests: 1, Models: 1, Attempts: 1, Time: "5m0s"}},
		{"none with a contract", "//alloy:ensure s != \"\", \"x\"", none, model.Worst{Requests: 2, Models: 1, Attempts: 1, FollowUps: 1, Time: "5m0s"}},
		{"retry alone", "//alloy:retry", typed, model.Worst{Requests: 4, Models: 1, Attempts: 3, FollowUps: 1, Time: "5m0s"}},
		{"models", "//alloy:retry 2\n//alloy:fallback gpt-5,gpt-4.1\n//alloy:timeout 20s", typed,
			model.Worst{Requests: 7, Models: 3, Attempts: 2, FollowUps: 1, Time: "20s"}},
		{"tools", "//alloy:tools find", typed, model.Worst{Requests: 12, Models: 1, Attempts: 1, Rounds: 10, FollowUps: 1, Time: "5m0s"}},
		{"no turns", "//alloy:tools find\n//alloy:max_tool_turns 0", typed, model.Worst{Requests: 2, Models: 1, Attempts: 1, FollowUps: 1, Time: "5m0s"}},
		{"any number", "//alloy:tools find\n//alloy:max_tool_turns -1", typed, model.Worst{Models: 1, Attempts: 1, FollowUps: 1, Time: "5m0s"}},
		{"turns without tools", "//alloy:max_tool_turns -1", typed, model.Worst{Requests: 2, Models: 1, Attempts: 1, FollowUps: 1, Time: "5m0s"}},
		{"new turns", "//alloy:tools find\n//alloy:max_tool_turns 4\n//alloy:retry 3\n//alloy:retry_on all\n//alloy:fallback gpt-5", typed,
			model.Worst{Requests: 27, Models: 2, Attempts: 3, Rounds: 20, FollowUps: 1, Time: "5m0s"}},
		{"finalize", "//alloy:tools find\n//alloy:finalize limit,error\n//alloy:timeout 1m", typed,
			model.Worst{Requests: 13, Models: 1, Attempts: 1, Rounds: 10, FollowUps: 1, Last: 1, Time: "1m15s"}},
		{"finalize timeout", "//alloy:finalize timeout grace=5s", none, model.Worst{Requests: 2, Models: 1, Attempts: 1, Last: 1, Time: "5m5s"}},
		{"finalize none", "//alloy:finalize none", text, model.Worst{Requests: 2, Models: 1, Attempts: 1, FollowUps: 1, Time: "5m0s"}},
		{"hedge", "//alloy:hedge after=1s\n//alloy:retry 2", typed, model.Worst{Requests: 6, Models: 1, Attempts: 2, FollowUps: 1, AtOnce: 2, Time: "5m0s"}},
		{"hedges", "//alloy:hedge after=1s max=4", none, model.Worst{Requests: 4, Models: 1, Attempts: 1, AtOnce: 4, Time: "5m0s"}},

		// 1,000 tokens, then 2,000 each after an answer that was cut off, and twice that for another model.
		{"cost of None", "//alloy:model gpt-5\n//alloy:max_tokens 1000\n//alloy:retry 3", none,
			model.Worst{Requests: 3, Models: 1, Attempts: 3, Time: "5m0s", OutputUSD: 0.03}},
		{"cost of text", "//alloy:model gpt-5\n//alloy:max_tokens 1000", text,
			model.Worst{Requests: 2, Models: 1, Attempts: 1, FollowUps: 1, Time: "5m0s", OutputUSD: 0.02}},
		{"cost of text with retry", "//alloy:model gpt-5\n//alloy:max_tokens 1000\n//alloy:retry 2", text,
			model.Worst{Requests: 3, Models: 1, Attempts: 2, FollowUps: 1, Time: "5m0s", OutputUSD: 0.05}},
		{"cost of text without re-asks", "//alloy:model gpt-5\n//alloy:max_tokens 1000\n//alloy:retry 2\n//alloy:retry_on server", text,
			model.Worst{Requests: 3, Models: 1, Attempts: 2, FollowUps: 1, Time: "5m0s", OutputUSD: 0.03}},
		{"cost of JSON", "//alloy:model gpt-5\n//alloy:max_tokens 1000", typed,
			model.Worst{Requests: 2, Models: 1, Attempts: 1, FollowUps: 1, Time: "5m0s", OutputUSD: 0.03}},
		{"cost of models", "//alloy:model gpt-5-mini\n//alloy:fallback gpt-5\n//alloy:max_tokens 1000", typed,
			model.Worst{Requests: 3, Models: 2, Attempts: 1, FollowUps: 1, Time: "5m0s", OutputUSD: 0.07}},
		{"cost of hedges", "//alloy:model gpt-5\n//alloy:max_tokens 1000\n//alloy:hedge after=1s", typed,
			model.Worst{Requests: 4, Models: 1, Attempts: 1, FollowUps: 1, AtOnce: 2, Time: "5m0s", OutputUSD: 0.06}},
		{"small cost", "//alloy:model gpt-5-nano\n//alloy:max_tokens 333", typed,
			model.Worst{Requests: 2, Models: 1, Attempts: 1, FollowUps: 1, Time: "5m0s", OutputUSD: 0.0004}},
		{"no cost", "//alloy:model ollama:llama3.2\n//alloy:max_tokens 1000", typed,
			model.Worst{Requests: 2, Models: 1, Attempts: 1, FollowUps: 1, Time: "5m0s"}},
		{"unknown cost", "//alloy:model gpt-5\n//alloy:fallback gpt-unheard-of\n//alloy:max_tokens 1000", none,
			model.Worst{Requests: 2, Models: 2, Attempts: 1, Time: "5m0s"}},
		{"no bound to speak of", "//alloy:tools find\n//alloy:max_tool_turns 2000000000\n//alloy:retry 2\n//alloy:retry_on all", text,
			model.Worst{Models: 1, Attempts: 2, Rounds: 1000000000, FollowUps: 1, Time: "5m0s"}},
		{"unknown model", "//alloy:max_tokens 1000", none, model.Worst{Requests: 1, Models: 1, Attempts: 1, Time: "5m0s"}},
		{"budget", "//alloy:model gpt-5\n//alloy:max_tokens 1000\n//alloy:budget usd=0.02", none,
			model.Worst{Requests: 1, Models: 1, Attempts: 1, Time: "5m0s", Budget: &model.Budget{USD: 0.02}}},
		{"budget per day", "//alloy:model gpt-5\n//alloy:max_tokens 1000\n//alloy:budget usd=0.02 per=24h key=k", none,
			model.Worst{Requests: 1, Models: 1, Attempts: 1, Time: "5m0s", OutputUSD: 0.01, Budget: &model.Budget{USD: 0.02, Per: "24h0m0s", Key: "k"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			lines := "//alloy:command\n"
			if test.lines != "" {
				lines += test.lines + "\n"
			}
			f := file(t, source(lines+"func ask(s string) "+test.result+" { panic(1) }\n"+tools))
			require.Equal(t, test.want, f.Commands[0].Worst)
		})
	}
}

// A setting that suits no command of this build may suit one of another.
func TestSettingsOfOtherBuilds(t *testing.T) {
	const text = `
-- m.go --
//alloy:retry 2
//alloy:retry_on contract
//alloy:stream_timeout idle=1s
package m

//alloy:command
func ask(text string) string { return text }
`
	require.Equal(t, `m.go:2:18: retry_on: contract never comes in any command here
	hint: remove it
m.go:3:1: stream_timeout is never used in any command here
	hint: add //alloy:stream, or remove it`, refused(t, text))
	pkg := loadtest.Package(t, text)
	pkg.Skipped = []load.Skipped{{Path: "/m/m_windows.go", Constraint: "windows"}}
	spec, problems := directive.Parse(pkg)
	require.NoError(t, problems.Err())
	_, problems = build.Packages([]*directive.Package{spec})
	require.NoError(t, problems.Err())
}
