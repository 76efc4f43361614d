package emit

import (
	"strconv"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// conditions are the words of retry_on, as the runtime names them.
var conditions = map[string]string{
	"transient":       "Transient",
	"network":         "KindNetwork",
	"timeout":         "KindTimeout",
	"rate_limit":      "KindRateLimit",
	"overloaded":      "KindOverloaded",
	"server":          "KindServer",
	"output":          "OutputRejected",
	"empty":           "KindEmpty",
	"parse":           "KindParse",
	"schema":          "KindSchema",
	"contract":        "KindContract",
	"truncated":       "KindTruncated",
	"refusal":         "KindRefusal",
	"tool_loop_limit": "KindToolLoopLimit",
	"all":             "All",
}

var backoffs = map[string]string{"exponential": "Exponential", "linear": "Linear", "constant": "Constant"}

var leniencies = map[string]string{"strict": "Strict", "fenced": "Fenced", "lenient": "Lenient"}

// options are the settings of a command as options of the runtime.
func (f *file) options(settings []model.Setting) []jen.Code {
	var out []jen.Code
	for _, s := range settings {
		out = append(out, f.option(s))
	}
	return out
}

func (f *file) option(s model.Setting) jen.Code {
	with := func(name string, args ...jen.Code) jen.Code { return f.alloy(name).Call(args...) }
	switch s.Directive {
	case "model":
		return with("WithModel", jen.Lit(s.Text))
	case "fallback":
		return with("WithFallback", literals(s.List)...)
	case "system":
		return with("WithSystem", jen.Id(quote(s.Text)))
	case "temperature":
		return with("WithTemperature", jen.Id(float(s.Float)))
	case "top_p":
		return with("WithTopP", jen.Id(float(s.Float)))
	case "max_tokens":
		return with("WithMaxTokens", integer(s.Int))
	case "seed":
		return with("WithSeed", integer(s.Int))
	case "max_tool_turns":
		return with("WithMaxToolTurns", integer(s.Int))
	case "stop":
		return with("WithStop", literals(s.List)...)
	case "cache":
		return with("WithCache", jen.Lit(s.Text == "prompt"))
	case "stream_timeout":
		return with("WithStreamTimeout", f.streamTimeout(s.StreamTimeout))
	case "effort":
		return with("WithEffort", jen.Lit(s.Text))
	case "retry":
		return with("WithRetry", f.retry(s.Retry))
	case "retry_on":
		return with("WithRetryOn", f.conditions(s.On)...)
	case "timeout":
		return with("WithTimeout", f.duration(s.Duration))
	case "attempt_timeout":
		return with("WithAttemptTimeout", f.duration(s.Duration))
	case "finalize":
		return with("WithFinalize", f.finalize(s))
	case "rate_limit":
		return with("WithRateLimit", jen.Id(quote(s.RateLimit.Key)), f.rateLimit(s.RateLimit, false))
	case "breaker":
		return with("WithBreaker", f.breaker(s.Breaker))
	case "hedge":
		return with("WithHedge", f.hedge(s.Hedge))
	case "budget":
		return with("WithBudget", f.budget(s.Budget))
	case "lenient":
		return with("WithLeniency", f.alloy(leniencies[s.Text]))
	}
	f.fail("no option stands for the directive %s", s.Directive)
	return jen.Null()
}

// toolSettings are the settings of a tool as fields of alloy.Tool.
func (f *file) toolSettings(settings []model.Setting) []jen.Code {
	var out []jen.Code
	for _, s := range settings {
		switch s.Directive {
		case "timeout":
			out = append(out, field("Timeout", f.duration(s.Duration)))
		case "retry":
			out = append(out, field("Retry", f.retry(s.Retry)))
		case "retry_on":
			out = append(out, field("RetryOn", jen.Index().Add(f.alloy("Condition")).Values(f.conditions(s.On)...)))
		case "rate_limit":
			out = append(out, field("Limit", jen.Op("&").Add(f.rateLimit(s.RateLimit, true))))
		case "after":
			out = append(out, field("After", jen.Index().Id(f.builtin("string")).Values(literals(s.List)...)))
		case "approve":
			out = append(out, field("Approve", jen.Op("&").Add(f.approval(s.Approve))))
		case "idempotent":
			out = append(out, field("Idempotent", jen.True()))
		}
	}
	return out
}

func (f *file) retry(r *model.Retry) jen.Code {
	fields := []jen.Code{field("Attempts", jen.Lit(r.Attempts))}
	if name := backoffs[r.Backoff]; name != "" {
		fields = append(fields, field("Backoff", f.alloy(name)))
	}
	if r.Base != "" {
		fields = append(fields, field("Base", f.duration(r.Base)))
	}
	if r.Max != "" {
		fields = append(fields, field("Max", f.duration(r.Max)))
	}
	switch {
	case r.FullJitter:
		fields = append(fields, field("FullJitter", jen.True()))
	case r.Jitter == nil:
	case *r.Jitter == 0:
		fields = append(fields, field("Jitter", f.alloy("NoJitter")))
	default:
		fields = append(fields, field("Jitter", jen.Id(float(*r.Jitter))))
	}
	return inline(f.alloy("Retry"), fields...)
}

func (f *file) conditions(on []model.Condition) []jen.Code {
	var out []jen.Code
	for _, c := range on {
		switch {
		case c.Value != "":
			out = append(out, f.alloy("MatchError").Call(f.code(c.Value)))
		case c.Type != "":
			out = append(out, f.alloy("MatchType").Index(f.code(c.Type)).Call())
		default:
			out = append(out, f.alloy(conditions[c.Word]))
		}
	}
	return out
}

func (f *file) finalize(s model.Setting) jen.Code {
	names := map[string]string{"limit": "Limit", "timeout": "Timeout", "error": "Error"}
	var fields []jen.Code
	for _, end := range s.List {
		fields = append(fields, field(names[end], jen.True()))
	}
	if s.Duration != "" {
		fields = append(fields, field("Grace", f.duration(s.Duration)))
	}
	return inline(f.alloy("Finalize"), fields...)
}

// duration writes a duration of the model as code; the model holds only ones that parse.
func (f *file) duration(text string) jen.Code {
	d, err := time.ParseDuration(text)
	if err != nil {
		f.fail("%v", err)
	}
	return jen.Id(duration(d, f.imports.name("time")))
}

func literals(list []string) []jen.Code {
	var out []jen.Code
	for _, s := range list {
		out = append(out, jen.Id(quote(s)))
	}
	return out
}

func integer(n int64) jen.Code { return jen.Id(strconv.FormatInt(n, 10)) }

func float(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
