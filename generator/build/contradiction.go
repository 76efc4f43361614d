package build

import (
	"cmp"
	"fmt"
	"go/token"
	"slices"
	"time"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
	"github.com/alloygen/alloygen/internal/price"
	"github.com/alloygen/alloygen/internal/route"
)

// stand is a setting and where it stands.
type stand struct {
	name  string
	pos   token.Pos
	place directive.Place
}

func standing[T any](name string, v *directive.Value[T]) stand { return stand{name, v.Pos, v.Place} }

// at is the stand of an argument of the same directive, if it is given.
func at[T any](s stand, arg *directive.Value[T]) stand {
	if arg != nil {
		s.pos = arg.Pos
	}
	return s
}

// before reports whether a position comes first, by file and place.
func (b *builder) before(x, y token.Pos) int {
	p, q := b.pkg.Position(x), b.pkg.Position(y)
	return cmp.Or(cmp.Compare(p.Filename, q.Filename), cmp.Compare(p.Offset, q.Offset))
}

// contradict reports two settings that do not go together, at the one that stands nearer to the command: there it can be
// changed for this command alone. Where that leaves a choice, it is the later one.
func (b *builder) contradict(x, y stand, hint, format string, args ...any) {
	if x.place > y.place || x.place == y.place && b.before(x.pos, y.pos) < 0 {
		x, y = y, x
	}
	message := fmt.Sprintf(format, args...)
	if x.place != y.place {
		where := b.pos(y.pos)
		message += fmt.Sprintf("; %s stands at %s:%d", y.name, where.File, where.Line)
	}
	b.report(x.pos, diag.Contradiction, message, hint)
}

// contradictions reports the settings of a command that contradict each other.
func (b *builder) contradictions(spec *directive.Func) {
	s := &spec.Settings
	b.firstWait(s)
	b.smallBudget(s)
	b.smallRate(s)
	b.longSilence(s)
	if s.Timeout != nil && s.AttemptTimeout != nil && s.AttemptTimeout.V > s.Timeout.V {
		b.contradict(standing("attempt_timeout", s.AttemptTimeout), standing("timeout", s.Timeout),
			"shorten attempt_timeout, or lengthen timeout",
			"attempt_timeout %s is longer than timeout %s", model.Brief(s.AttemptTimeout.V), model.Brief(s.Timeout.V))
	}
	if s.Hedge == nil {
		return
	}
	hedge, after := at(standing("hedge", s.Hedge), s.Hedge.V.After), s.Hedge.V.After.V
	if s.Tools != nil {
		b.contradict(hedge, standing("tools", s.Tools), "leave one of them out; hedge may stand on the commands without tools",
			"hedge cannot be used with tools: two answers may call different ones")
	}
	for _, limit := range []struct {
		name string
		v    *directive.Value[time.Duration]
	}{{"timeout", s.Timeout}, {"attempt_timeout", s.AttemptTimeout}} {
		if limit.v != nil && after >= limit.v.V {
			b.contradict(hedge, standing(limit.name, limit.v), "shorten the hedge's after",
				"hedge after %s never comes: %s is %s", model.Brief(after), limit.name, model.Brief(limit.v.V))
		}
	}
}

// What the runtime waits for first if a retry directive does not say.
const (
	defaultBase = 500 * time.Millisecond
	defaultMax  = 60 * time.Second
)

// firstWait reports a retry whose first wait is longer than the whole call or tool may take.
func (b *builder) firstWait(s *directive.Settings) {
	if s.Retry == nil || s.Timeout == nil || attempts(s) == 1 {
		return
	}
	r := s.Retry.V
	base, most := defaultBase, defaultMax
	if r.Base != nil {
		base = r.Base.V
	}
	if r.Max != nil {
		most = r.Max.V
	}
	if r.Jitter != nil && r.Jitter.V.Full {
		return // anything from nothing
	}
	if first := min(base, most); first > s.Timeout.V {
		b.contradict(at(standing("retry", s.Retry), r.Base), standing("timeout", s.Timeout), "shorten base, or lengthen timeout",
			"retry waits %s at first, longer than timeout %s", model.Brief(first), model.Brief(s.Timeout.V))
	}
}

// smallBudget reports a budget that no request fits into.
func (b *builder) smallBudget(s *directive.Settings) {
	if s.Budget == nil || s.MaxTokens == nil {
		return
	}
	budget, most := standing("budget", s.Budget), standing("max_tokens", s.MaxTokens)
	const hint = "raise the budget, or lower max_tokens"
	if tokens := s.Budget.V.Tokens; tokens != nil && tokens.V <= s.MaxTokens.V {
		b.contradict(at(budget, tokens), most, hint,
			"budget of %d tokens is less than one request may take: max_tokens is %d, and its input counts too", tokens.V, s.MaxTokens.V)
	}
	usd := s.Budget.V.USD
	cheapest, model, known := cheapest(s)
	if usd == nil || !known {
		return
	}
	if cost := cheapest.Cost(0, 0, s.MaxTokens.V); usd.V <= cost {
		b.contradict(at(budget, usd), most, hint,
			"budget of $%.4g is less than one request may cost: max_tokens %d of %s are $%.4g, and its input counts too",
			usd.V, s.MaxTokens.V, model, cost)
	}
}

// smallRate reports a rate of tokens that no request fits into.
func (b *builder) smallRate(s *directive.Settings) {
	if s.RateLimit == nil || s.MaxTokens == nil {
		return
	}
	for _, rate := range s.RateLimit.V.Tokens {
		if rate.V.N <= int64(s.MaxTokens.V) {
			b.contradict(at(standing("rate_limit", s.RateLimit), &rate), standing("max_tokens", s.MaxTokens),
				"raise the rate, or lower max_tokens",
				"rate_limit of %d tokens is less than one request may take: max_tokens is %d, and its input counts too",
				rate.V.N, s.MaxTokens.V)
		}
	}
}

// models are the model and its fallbacks, if directives name the model.
func models(s *directive.Settings) []string {
	if s.Model == nil {
		return nil
	}
	all := []string{s.Model.V}
	if s.Fallback != nil {
		all = append(all, texts(s.Fallback.V)...)
	}
	return all
}

// cheapest is the price of the model whose output costs the least, if all prices are known.
func cheapest(s *directive.Settings) (least price.Price, model string, known bool) {
	for i, m := range models(s) {
		p, ok := price.Lookup(m)
		if !ok {
			return price.Price{}, "", false
		}
		if i == 0 || p.Output < least.Output {
			least, model = p, m
		}
	}
	return least, model, model != ""
}

// sameModel reports whether two names mean the same model of the same provider.
func sameModel(x, y string) bool {
	providerX, nameX, err := route.Resolve(x)
	if err != nil {
		return x == y
	}
	providerY, nameY, err := route.Resolve(y)
	return err == nil && providerX == providerY && nameX == nameY
}

// fallbacks reports a fallback that is tried already: it is the model, or another fallback by another name.
func (b *builder) fallbacks(s *directive.Settings) {
	if s.Fallback == nil {
		return
	}
	const hint = "name another model, or leave it out"
	list := s.Fallback.V
	for i, m := range list {
		if s.Model != nil && sameModel(m.V, s.Model.V) {
			x, y := at(standing("fallback", s.Fallback), &m), standing("model", s.Model)
			if x.place <= y.place {
				b.reportf(m.Pos, diag.InvalidFallback, hint, "fallback: %s is the model that failed", m.V)
			} else {
				where := b.pos(x.pos)
				b.reportf(y.pos, diag.InvalidFallback, hint, "model: %s is among the fallbacks as well, at %s:%d",
					s.Model.V, where.File, where.Line)
			}
		}
		same := func(other directive.Value[string]) bool { return sameModel(other.V, m.V) }
		if j := slices.IndexFunc(list[:i], same); j >= 0 {
			b.reportf(m.Pos, diag.InvalidFallback, hint, "fallback: %s is in the list already, as %s", m.V, list[j].V)
		}
	}
}
