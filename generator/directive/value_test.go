package directive_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/load/loadtest"
)

// parse reads a package that has nothing wrong with it.
func parse(t *testing.T, text string) *directive.Package {
	t.Helper()
	p, problems := directive.Parse(loadtest.Package(t, text))
	require.NoError(t, problems.Err())
	return p
}

// command reads the directives of one command with the parameters message, secret and n.
func command(t *testing.T, lines string) *directive.Func {
	t.Helper()
	p := parse(t, commandWith(lines))
	require.Len(t, p.Commands, 1)
	return p.Commands[0]
}

func commandWith(lines string) string {
	return "package m\n\n//alloy:command\n" + lines + "\nfunc triage(message, secret string, n int) string { return message }\n\nvar ErrStale error\n"
}

func values[T any](list *directive.Value[[]directive.Value[T]]) []T {
	if list == nil {
		return nil
	}
	var all []T
	for _, v := range list.V {
		all = append(all, v.V)
	}
	return all
}

// F11
func TestSettings(t *testing.T) {
	s := command(t, `//alloy:model claude-opus-4-7
//alloy:fallback claude-haiku-4-5, ollama:llama3.2
//alloy:fallback "my/own model"
//alloy:temperature 0.25
//alloy:max_tokens 512
//alloy:top_p 1
//alloy:seed -7
//alloy:stop END,"a, b"
//alloy:stop "\n\n"
//alloy:effort high
//alloy:retry_on transient,*net.OpError
//alloy:retry_on ErrStale
//alloy:timeout 1m30s
//alloy:attempt_timeout 500ms
//alloy:tools lookupOrder,billing.Refund
//alloy:max_tool_turns -1
//alloy:lenient fenced
//alloy:stream
//alloy:cache prompt
//alloy:redact secret`).Settings

	require.Equal(t, "claude-opus-4-7", s.Model.V)
	require.Equal(t, []string{"claude-haiku-4-5", "ollama:llama3.2", "my/own model"}, values(s.Fallback))
	require.Equal(t, 0.25, s.Temperature.V)
	require.Equal(t, 512, s.MaxTokens.V)
	require.Equal(t, 1.0, s.TopP.V)
	require.EqualValues(t, -7, s.Seed.V)
	require.Equal(t, []string{"END", "a, b", "\n\n"}, values(s.Stop))
	require.Equal(t, "high", s.Effort.V)
	require.Equal(t, []directive.Condition{{Word: "transient"}, {Expr: "*net.OpError"}, {Expr: "ErrStale"}}, values(s.RetryOn))
	require.Equal(t, 90*time.Second, s.Timeout.V)
	require.Equal(t, 500*time.Millisecond, s.AttemptTimeout.V)
	require.Equal(t, []directive.Name{{Name: "lookupOrder"}, {Package: "billing", Name: "Refund"}}, values(s.Tools))
	require.Equal(t, -1, s.MaxToolTurns.V)
	require.Equal(t, "fenced", s.Lenient.V)
	require.NotNil(t, s.Stream)
	require.Equal(t, "prompt", s.Cache.V)
	require.Equal(t, []string{"secret"}, values(s.Redact))
}

func TestRetry(t *testing.T) {
	r := command(t, "//alloy:retry backoff=linear 4 jitter=12.5% base=1s max=\"10s\"").Settings.Retry.V
	require.Equal(t, 4, r.Attempts.V)
	require.Equal(t, "linear", r.Backoff.V)
	require.Equal(t, time.Second, r.Base.V)
	require.Equal(t, 10*time.Second, r.Max.V)
	require.Equal(t, directive.Jitter{Share: 0.125}, r.Jitter.V)

	r = command(t, "//alloy:retry").Settings.Retry.V // F78: the number may be left out
	require.Equal(t, directive.Retry{}, r)

	r = command(t, "//alloy:retry 2 jitter=full").Settings.Retry.V
	require.Equal(t, directive.Jitter{Full: true}, r.Jitter.V)
}

func TestFinalize(t *testing.T) {
	f := command(t, "//alloy:finalize limit,error grace=3s").Settings.Finalize.V
	require.Equal(t, "limit", f.On[0].V)
	require.Equal(t, "error", f.On[1].V)
	require.Equal(t, 3*time.Second, f.Grace.V)

	f = command(t, "//alloy:finalize none").Settings.Finalize.V
	require.Empty(t, f.On)
}

func TestStreamTimeout(t *testing.T) {
	d := command(t, "//alloy:stream_timeout idle=30s first=10s").Settings.StreamTimeout.V
	require.Equal(t, 10*time.Second, d.First.V)
	require.Equal(t, 30*time.Second, d.Idle.V)
	require.Nil(t, command(t, "//alloy:stream_timeout idle=30s").Settings.StreamTimeout.V.First)
}

func TestHTTP(t *testing.T) {
	h := command(t, "//alloy:http /v1/tickets:triage").Settings.HTTP.V
	require.Equal(t, "POST", h.Method)
	require.Equal(t, "/v1/tickets:triage", h.Path.V)
	require.Nil(t, h.Heartbeat)

	h = command(t, "//alloy:http heartbeat=1m /a-b/c.d~e_f@2 PATCH").Settings.HTTP.V
	require.Equal(t, "PATCH", h.Method)
	require.Equal(t, "/a-b/c.d~e_f@2", h.Path.V)
	require.Equal(t, time.Minute, h.Heartbeat.V)

	h = command(t, "//alloy:http PUT / heartbeat=none").Settings.HTTP.V
	require.Equal(t, "/", h.Path.V)
	require.Equal(t, directive.NoHeartbeat, h.Heartbeat.V)
}

// F157, F158
func TestRateLimit(t *testing.T) {
	l := command(t, "//alloy:rate_limit 10/s burst=20 500/m,20000/h tokens=60000/m,1000000/d key=\"all of it\"").Settings.RateLimit.V
	rates := func(list []directive.Value[directive.Rate]) (all []directive.Rate) {
		for _, v := range list {
			all = append(all, v.V)
		}
		return all
	}
	require.Equal(t, []directive.Rate{{N: 10, Per: time.Second}, {N: 500, Per: time.Minute}, {N: 20000, Per: time.Hour}}, rates(l.Requests))
	require.Equal(t, []directive.Rate{{N: 60000, Per: time.Minute}, {N: 1000000, Per: 24 * time.Hour}}, rates(l.Tokens))
	require.EqualValues(t, 20, l.Burst.V)
	require.Equal(t, "all of it", l.Key.V)

	l = command(t, "//alloy:rate_limit tokens=1/s").Settings.RateLimit.V
	require.Empty(t, l.Requests)
	require.Nil(t, l.Burst)
	require.Nil(t, l.Key)
}

func TestLimits(t *testing.T) { // F92, F93
	s := command(t, `//alloy:breaker failures=3 cooldown=10s window=2m
//alloy:hedge after=1500ms max=3
//alloy:degrade pkg.Fallback
//alloy:budget usd=0.05 tokens=8000 per=24h key=day`).Settings
	require.Equal(t, 3, s.Breaker.V.Failures.V)
	require.Equal(t, 2*time.Minute, s.Breaker.V.Window.V)
	require.Equal(t, 10*time.Second, s.Breaker.V.Cooldown.V)
	require.Equal(t, 1500*time.Millisecond, s.Hedge.V.After.V)
	require.Equal(t, 3, s.Hedge.V.Max.V)
	require.Equal(t, directive.Name{Package: "pkg", Name: "Fallback"}, s.Degrade.V)
	require.Equal(t, 0.05, s.Budget.V.USD.V)
	require.Equal(t, 8000, s.Budget.V.Tokens.V)
	require.Equal(t, 24*time.Hour, s.Budget.V.Per.V)
	require.Equal(t, "day", s.Budget.V.Key.V)

	s = command(t, "//alloy:breaker").Settings
	require.Equal(t, directive.Breaker{}, s.Breaker.V)
}

func TestSettingsOfTools(t *testing.T) { // F121, F122, F124
	tools := parse(t, `//alloy:retry 2
package m

//alloy:tool
//alloy:after b
//alloy:after c, d
//alloy:approve timeout=1m on_timeout=accept
//alloy:idempotent
//alloy:rate_limit 1/s
func a() {}

//alloy:tool
//alloy:approve
func b() {}

//alloy:command
func f() string { return "" }
`).Tools
	s := tools[0].Settings
	require.Equal(t, []string{"b", "c", "d"}, values(s.After))
	require.Equal(t, time.Minute, s.Approve.V.Timeout.V)
	require.Equal(t, "accept", s.Approve.V.OnTimeout.V)
	require.True(t, s.Idempotent.V)
	require.NotNil(t, s.RateLimit)
	require.Nil(t, s.Retry, "tools inherit nothing")
	require.Equal(t, directive.Approve{}, tools[1].Settings.Approve.V)
	require.Nil(t, tools[1].Settings.Idempotent)
}

func TestSystem(t *testing.T) {
	s := parse(t, `
-- m.go --
package m

// triage sorts.
//
//alloy:command
//alloy:system You are "Acme", support@acme.test.
//alloy:system
//alloy:system   - be brief
//alloy:system @prompts/more.md
func triage() string { return "" }
-- prompts/more.md --
Never
swear.
`).Commands[0].Settings.System.V
	require.Equal(t, "You are \"Acme\", support@acme.test.\n\n  - be brief\nNever\nswear.", s.Text)
	require.Len(t, s.Files, 1)
	require.Equal(t, "prompts/more.md", s.Files[0].V)
}

func TestContracts(t *testing.T) {
	p := parse(t, commandWith(`//alloy:require len(message) > 0, "must, not be blank"
//alloy:ensure f(result, ")") == `+"`,`"+`, `+"`a \"raw\" one`"+`
//alloy:check  n == '"'  ,  "quote"
//alloy:require contains(message, "x"), "x"`))
	type contract struct {
		kind              contracts.Kind
		expr, message     string
		column, messageAt int
	}
	var got []contract
	for _, c := range p.Commands[0].Contracts {
		pos := p.Load.Position(c.Pos)
		got = append(got, contract{c.Kind, c.Expr, c.Message, pos.Column, p.Load.Position(c.MessagePos).Column})
	}
	require.Equal(t, []contract{
		{contracts.Require, `len(message) > 0`, "must, not be blank", 17, 35},
		{contracts.Ensure, "f(result, \")\") == `,`", `a "raw" one`, 16, 39},
		{contracts.Check, `n == '"'`, "quote", 16, 29},
		{contracts.Require, `contains(message, "x")`, "x", 17, 41},
	}, got)
}
