package emit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/model"
)

func TestLimitsReadLikeCode(t *testing.T) { // F93, F121, F124, F157, F158
	p := support()
	c, tool := &p.Files[0].Commands[0], &p.Files[0].Tools[0]
	rates := []model.Rate{{N: 10, Per: "second"}, {N: 500, Per: "minute"}, {N: 20000, Per: "hour"}, {N: 90000, Per: "day"}}
	c.Settings = []model.Setting{
		{Directive: "rate_limit", RateLimit: &model.RateLimit{Key: "k", Requests: rates, Burst: 20, Tokens: []model.Rate{{N: 60000, Per: "minute"}}}},
		{Directive: "rate_limit", RateLimit: &model.RateLimit{Key: "t", Tokens: []model.Rate{{N: 9, Per: "hour"}}}},
		{Directive: "breaker", Breaker: &model.Breaker{Failures: 5, Window: "1m0s", Cooldown: "30s"}},
		{Directive: "breaker", Breaker: &model.Breaker{}},
		{Directive: "hedge", Hedge: &model.Hedge{After: "2s", Max: 2}},
		{Directive: "hedge", Hedge: &model.Hedge{After: "1.5s"}},
		{Directive: "budget", Budget: &model.Budget{USD: 0.05, Tokens: 8000, Per: "24h0m0s", Key: "all of it"}},
		{Directive: "budget", Budget: &model.Budget{USD: 3}},
	}
	tool.Settings = []model.Setting{
		{Directive: "rate_limit", RateLimit: &model.RateLimit{Key: "k", Requests: rates[:1]}},
		{Directive: "after", List: []string{"validate_order", "look"}},
		{Directive: "approve", Approve: &model.Approve{Timeout: "5m0s", Accept: true}},
		{Directive: "idempotent"},
	}
	src := emitted(t, p)
	for _, line := range []string{
		`alloy.WithRateLimit("k", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(10), alloy.PerMinute(500), alloy.PerHour(20000), ` +
			`alloy.PerDay(90000)}, Burst: 20, Tokens: []alloy.Rate{alloy.PerMinute(60000)}}),`,
		`alloy.WithRateLimit("t", alloy.RateLimit{Tokens: []alloy.Rate{alloy.PerHour(9)}}),`,
		`alloy.WithBreaker(alloy.Breaker{Failures: 5, Window: time.Minute, Cooldown: 30 * time.Second}),`,
		`alloy.WithBreaker(alloy.Breaker{}),`,
		`alloy.WithHedge(alloy.Hedge{After: 2 * time.Second, Max: 2}),`,
		`alloy.WithHedge(alloy.Hedge{After: 1500 * time.Millisecond}),`,
		`alloy.WithBudget(alloy.Budget{USD: 0.05, Tokens: 8000, Per: 24 * time.Hour, Key: "all of it"}),`,
		`alloy.WithBudget(alloy.Budget{USD: 3}),`,
	} {
		require.Contains(t, src, "\t"+line+"\n")
	}
	require.Contains(t, src, `		Limit:      &alloy.RateLimit{Key: "k", Requests: []alloy.Rate{alloy.PerSecond(10)}},
		After:      []string{"validate_order", "look"},
		Approve:    &alloy.Approval{Timeout: 5 * time.Minute, AcceptOnTimeout: true},
		Idempotent: true,
`)
}

// A tool that needs approval and requires something says what on its own, so that nobody is asked in vain.
func TestPreconditionsAlone(t *testing.T) { // F98, F121
	p := support()
	tool := &p.Files[0].Tools[0]
	require.NotContains(t, emitted(t, p), "lookupOrderRequires")

	tool.Settings = []model.Setting{{Directive: "approve", Approve: &model.Approve{}}}
	src := emitted(t, p)
	require.Contains(t, src, "Approve: &alloy.Approval{},")
	require.Contains(t, src, "\t\tRequire: lookupOrderRequires(orderID),\n")
	require.Contains(t, src, "func lookupOrderRequires(orderID string) []contracts.Contract {")
	require.Contains(t, src, `		Require: func(_ context.Context, input []byte) error {
			var in struct {
				OrderID string `+"`json:\"orderID\"`"+`
			}
			if err := json.Unmarshal(input, &in); err != nil {
				return err
			}
			if v := contracts.Verify(contracts.Require, lookupOrderRequires(in.OrderID)); v != nil {
				return v
			}
			return nil
		},
`)

	tool.ContextName, tool.Require[0].Expr = "ctx", "ctx.Err() == nil"
	tool.Params, tool.Variadic = []model.Param{{Name: "v", Type: "[]string"}}, true
	p.Taken = []string{"lookupOrderRequires"}
	src = emitted(t, p)
	require.Contains(t, src, "func lookupOrderRequires2(ctx context.Context, v []string) []contracts.Contract {")
	require.Contains(t, src, "contracts.Verify(contracts.Require, lookupOrderRequires2(ctx, in.V))")
	require.Contains(t, src, "\t\tRequire: lookupOrderRequires2(ctx, v),\n")
}

func TestDegradeGivesWayToTheUser(t *testing.T) { // F92
	p := support()
	c := &p.Files[0].Commands[0]
	c.Degrade = &model.Degrade{Name: "spare", Func: "spare", Context: true}
	require.Contains(t, emitted(t, p), "\t\tDegrade: func(ctx context.Context, err error) (Ticket, error) { return spare(ctx, message, err) },\n")

	c.Params = []model.Param{{Name: "ctx", Type: "string"}, {Name: "err", Type: "string"}, {Name: "spare", Type: "string"}}
	c.Require, c.Ensure = nil, nil
	src := emitted(t, p)
	require.Contains(t, src, "func triageCall(ctx, err, spare2 string) alloy.Call[Ticket] {")
	require.Contains(t, src, "return spare(ctx2, ctx, err, spare2, err2)")

	c.Params = []model.Param{{Name: "_", Type: "string"}}
	c.Degrade = &model.Degrade{Name: "other.Spare", Func: "«example.com/other».Spare"}
	c.Result = model.Result{Kind: model.ResultNone, Prompt: true}
	require.Contains(t, emitted(t, p), "Degrade: func(_ context.Context, err error) (alloy.None, error) { return alloy.None{}, other.Spare(arg1, err) },")

	c.Recv = &model.Recv{Name: "a", Type: "Agent", Pointer: true}
	c.Degrade = &model.Degrade{Name: "spare", Func: "spare", OnRecv: true}
	require.Contains(t, emitted(t, p), "return alloy.None{}, a.spare(arg1, err)")
}

func TestWorstCaseReadsLikeASentence(t *testing.T) {
	for _, test := range []struct {
		worst model.Worst
		want  string
	}{
		{model.Worst{Requests: 1, Models: 1, Attempts: 1, Time: "5m0s"}, "At most 1 request and 5m, by directives and built-in defaults."},
		{model.Worst{Requests: 2, Models: 1, Attempts: 1, FollowUps: 1, Time: "1h0m0s"},
			"At most 2 requests and 1h, by directives and built-in defaults: 1 attempt, 1 follow-up."},
		{model.Worst{Requests: 7, Models: 3, Attempts: 2, Last: 1, Time: "1m30s"},
			"At most 7 requests and 1m30s, by directives and built-in defaults: 3 models × 2 attempts, 1 last request."},
		{model.Worst{Requests: 4, Models: 1, Attempts: 2, AtOnce: 2, Time: "20s"},
			"At most 4 requests and 20s, by directives and built-in defaults: 2 attempts, each of up to 2 requests at once."},
		{model.Worst{Models: 1, Attempts: 1, FollowUps: 1, Time: "10m0s"},
			"Any number of requests within 10m, by directives and built-in defaults: 1 attempt, rounds of tools without a limit, 1 follow-up."},
		{model.Worst{Requests: 2, Models: 1, Attempts: 1, Rounds: 1, Time: "5m0s", OutputUSD: 0.5},
			"At most 2 requests and 5m, by directives and built-in defaults: 1 attempt, 1 round of tools. Output costs at most $0.50 at list prices."},
		{model.Worst{Requests: 1, Models: 1, Attempts: 1, Time: "5m0s", OutputUSD: 0.00032},
			"At most 1 request and 5m, by directives and built-in defaults. Output costs at most $0.00032 at list prices."},
		{model.Worst{Requests: 1, Models: 1, Attempts: 1, Time: "5m0s", OutputUSD: 12, Budget: &model.Budget{Tokens: 1, Per: "24h0m0s"}},
			"At most 1 request and 5m, by directives and built-in defaults. Output costs at most $12.00 at list prices. Its budget is 1 token per 24h."},
		{model.Worst{Requests: 1, Models: 1, Attempts: 1, Time: "5m0s", Budget: &model.Budget{USD: 0.05, Tokens: 8000}},
			"At most 1 request and 5m, by directives and built-in defaults. Its budget is $0.05 and 8000 tokens."},
	} {
		p := support()
		p.Files[0].Commands[0].Worst = test.worst
		_, comment, ok := strings.Cut(emitted(t, p), "// Triage classifies a customer's message.\n//\n// ")
		require.True(t, ok)
		comment, _, ok = strings.Cut(comment, "\nfunc Triage(")
		require.True(t, ok)
		for line := range strings.Lines(comment) {
			require.LessOrEqual(t, len([]rune(line)), 130)
		}
		require.Equal(t, test.want, strings.ReplaceAll(comment, "\n// ", " "))
	}

	p := support()
	p.Files[0].Commands[0].Degrade = &model.Degrade{Name: "spare", Func: "spare"}
	require.Contains(t, emitted(t, p), "// At most 18 requests and 1m45s before spare, by directives and built-in defaults: ")
}
