// Package torture has names that generated code would like to have for itself.
package torture

import (
	"context"
	params5Call "strings"
	"time"

	"github.com/alloygen/alloygen/runtime"
)

// Names of the package that generated code uses elsewhere.
type (
	provider  struct{ X int }
	contracts struct {
		Opts string `json:"opts"`
	}
	json  string
	v     struct{ Wait time.Duration }
	s     struct{ V v }
	value []s
)

const (
	one json = "one"
	two json = "two"
)

var (
	ctx  = 1
	opts = "opts"
	in   = []string{"a"}
	err  = 2
)

func len(xs []string) int { return 7 }

func params1Call() {}

// What codecs would be called.
type sJSON struct{}

func decodeS() {}

var _ = []any{one, two, ctx, err, params1Call, sJSON{}, decodeS}

//alloy:command
//alloy:require ctx != "" && opts > 0 && result && strings.HasPrefix(ctx, "c"), "ugly"
//alloy:ensure result.Opts != ctx && err == nil, "ugly too"
func params1(ctx string, opts int, result bool, err error, alloy []string) (_ Prompt[contracts]) {
	return
}

// Prompt is an alias, because a parameter is called alloy.
type Prompt[T any] = alloy.Prompt[T]

//alloy:command
//alloy:require string != "" && bool > 0 && error != 0 && nil && len(in) == 7, "shadowed"
//alloy:ensure string == result && any.Opts != "", "shadowed too"
//alloy:redact string
func params2(string string, bool int, error rune, nil bool, any contracts, Params2Command, params2, params2Call int) (_ Prompt[Text]) {
	return
}

// Text is a string.
type Text = string

//alloy:command
//alloy:require strings && time > 0, "like imports"
func params3(_ context.Context, strings bool, time int, context string, _ int, json, fmt, contracts2, provider2 string) (p Prompt[provider], e error) {
	return
}

//alloy:command
func unnamed(context.Context, string, ...int) string { return "" }

//alloy:command
func blank(_ string, arg1 int, _ ...time.Duration) string { return "" }

//alloy:tool
//alloy:require ctx == "x" && input > 0, "tool"
//alloy:ensure result != ctx, "tool too"
func hammer(ctx string, input int, in bool, err *string, any, byte json, A, a, _x, 世界 string) (result string) {
	return opts
}

//alloy:tool
func saw(c context.Context, alloy v, encoding s) (value, error) { return value{encoding, {alloy}}, nil }

//alloy:command
//alloy:tools hammer, saw, params4
func params4(v v, s s, k value, item, out string) alloy.Prompt[value] {
	return alloy.Promptf[value]("")
}

type receiver struct {
	triageCall int
	c          *alloy.Client
}

//alloy:command
func (receiver) triage(receiver string, r int) string { return receiver }

//alloy:command
//alloy:require contracts.triageCall > 0, "receiver"
func (contracts *receiver) other(error string) (_ Prompt[contracts]) { return }

type ärger struct{ provider }

//alloy:command
func (ärger) klage(ä string) string { return ä }

type node interface{ node() }

// Type is called like the field that tells implementations apart.
type Type struct{ Next node }

func (Type) node() {}

//alloy:command
//alloy:require params5Call.TrimSpace(opts) != "", "an import called like what is generated"
func params5(Type node) alloy.Prompt[node] {
	return alloy.Promptf[node](params5Call.ToUpper("%v"), Type)
}
