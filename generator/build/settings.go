package build

import (
	"fmt"
	"go/token"
	"go/types"
	"time"

	"github.com/alloygen/alloygen/generator/contract"
	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
)

// settings are the settings of a command or tool, in the order of the directives' table.
func (b *builder) settings(spec *directive.Func) []model.Setting {
	s := &spec.Settings
	var all []model.Setting
	add := func(name string, place directive.Place, m model.Setting) {
		m.Directive, m.Level = name, level(place)
		all = append(all, m)
	}
	if v := s.Model; v != nil {
		add("model", v.Place, model.Setting{Text: v.V})
	}
	if v := s.Fallback; v != nil {
		add("fallback", v.Place, model.Setting{List: texts(v.V)})
	}
	if v := s.System; v != nil {
		m := model.Setting{Text: v.V.Text}
		if len(v.V.Files) > 0 {
			m.File = v.V.Files[0].V
		}
		add("system", v.Place, m)
	}
	if v := s.Temperature; v != nil {
		add("temperature", v.Place, model.Setting{Float: v.V})
	}
	if v := s.MaxTokens; v != nil {
		add("max_tokens", v.Place, model.Setting{Int: int64(v.V)})
	}
	if v := s.TopP; v != nil {
		add("top_p", v.Place, model.Setting{Float: v.V})
	}
	if v := s.Seed; v != nil {
		add("seed", v.Place, model.Setting{Int: v.V})
	}
	if v := s.Stop; v != nil {
		add("stop", v.Place, model.Setting{List: texts(v.V)})
	}
	if v := s.Effort; v != nil {
		add("effort", v.Place, model.Setting{Text: v.V})
	}
	if v := s.Retry; v != nil {
		add("retry", v.Place, model.Setting{Retry: retry(v.V)})
	}
	if v := s.RetryOn; v != nil {
		add("retry_on", v.Place, model.Setting{On: b.conditions(v.V)})
	}
	if v := s.Timeout; v != nil {
		add("timeout", v.Place, model.Setting{Duration: v.V.String()})
	}
	if v := s.AttemptTimeout; v != nil {
		add("attempt_timeout", v.Place, model.Setting{Duration: v.V.String()})
	}
	if v := s.RateLimit; v != nil {
		add("rate_limit", v.Place, model.Setting{RateLimit: b.rateLimit(spec, v.V)})
	}
	if v := s.Breaker; v != nil {
		add("breaker", v.Place, model.Setting{Breaker: breaker(v.V)})
	}
	if v := s.Hedge; v != nil {
		add("hedge", v.Place, model.Setting{Hedge: hedge(v.V)})
	}
	if v := s.MaxToolTurns; v != nil {
		add("max_tool_turns", v.Place, model.Setting{Int: int64(v.V)})
	}
	if v := s.Finalize; v != nil {
		m := model.Setting{List: texts(v.V.On)}
		if v.V.Grace != nil {
			m.Duration = v.V.Grace.V.String()
		}
		add("finalize", v.Place, m)
	}
	if v := s.After; v != nil {
		add("after", v.Place, model.Setting{List: b.after(spec, v.V)})
	}
	if v := s.Approve; v != nil {
		add("approve", v.Place, model.Setting{Approve: approve(v.V)})
	}
	if v := s.Idempotent; v != nil {
		add("idempotent", v.Place, model.Setting{})
	}
	if v := s.Cache; v != nil {
		add("cache", v.Place, model.Setting{Text: v.V})
	}
	if v := s.Lenient; v != nil {
		add("lenient", v.Place, model.Setting{Text: v.V})
	}
	if v := s.StreamTimeout; v != nil {
		add("stream_timeout", v.Place, model.Setting{StreamTimeout: streamTimeout(v.V)})
	}
	if v := s.Budget; v != nil {
		add("budget", v.Place, model.Setting{Budget: b.budget(spec, v.V)})
	}
	return all
}

func level(p directive.Place) string {
	switch p {
	case directive.OnType:
		return "type"
	case directive.OnPackage:
		return "package"
	}
	return "func"
}

func texts(values []directive.Value[string]) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = v.V
	}
	return all
}

func retry(r directive.Retry) *model.Retry {
	m := &model.Retry{Attempts: directive.DefaultAttempts, Base: duration(r.Base), Max: duration(r.Max)}
	if r.Attempts != nil {
		m.Attempts = r.Attempts.V
	}
	if r.Backoff != nil {
		m.Backoff = r.Backoff.V
	}
	switch {
	case r.Jitter == nil:
	case r.Jitter.V.Full:
		m.FullJitter = true
	default:
		m.Jitter = &r.Jitter.V.Share
	}
	return m
}

func duration(v *directive.Value[time.Duration]) string {
	if v == nil {
		return ""
	}
	return v.V.String()
}

// conditions resolves the Go names of a retry_on directive in the scope of the file where it stands.
func (b *builder) conditions(values []directive.Value[directive.Condition]) []model.Condition {
	var all []model.Condition
	for _, v := range values {
		if v.V.Word != "" {
			all = append(all, model.Condition{Word: v.V.Word})
			continue
		}
		if c, ok := b.condition(v.V.Expr, v.Pos); ok {
			all = append(all, c)
		}
	}
	return all
}

func (b *builder) condition(expr string, at token.Pos) (model.Condition, bool) {
	fail := func(hint, format string, args ...any) (model.Condition, bool) {
		b.report(at, diag.UnknownCondition, "retry_on: "+fmt.Sprintf(format, args...), hint)
		return model.Condition{}, false
	}
	t, source, isType, err := b.fileScope(b.pkg.FileOf(at)).Resolve(expr)
	if err != nil {
		hint := directive.Suggest(expr, directive.Conditions)
		if e, ok := err.(*contract.Error); ok && hint == "" {
			hint = e.Hint
		}
		return fail(hint, "%s is neither a condition nor an error of this package: %v", expr, err)
	}
	errorType := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	switch {
	case !types.Implements(t, errorType) && isType && types.Implements(types.NewPointer(t), errorType):
		return fail("write *"+expr, "%s is not an error, but *%s is", expr, expr)
	case !types.Implements(t, errorType):
		return fail("name a variable of type error, for errors.Is, or a type that implements it, for errors.As",
			"%s is not an error", expr)
	case isType:
		return model.Condition{Type: source}, true
	}
	return model.Condition{Value: source}, true
}
