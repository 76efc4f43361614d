package build

import (
	"cmp"
	"go/token"
	"maps"
	"slices"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
)

// key is what a command or tool shares limits and budgets by, if its directives give no key: its import path and name.
func (b *builder) key(spec *directive.Func) string {
	name := upperFirst(spec.Decl.Name.Name)
	if b.src.isCommand(spec) {
		name, _ = exportedName(spec)
	}
	if recv := spec.Receiver(); recv != "" {
		name = recv + "." + name
	}
	return b.pkg.Path + "." + name
}

func (b *builder) rateLimit(spec *directive.Func, l directive.RateLimit) *model.RateLimit {
	m := &model.RateLimit{Key: b.key(spec), Requests: rates(l.Requests), Tokens: rates(l.Tokens)}
	if l.Key != nil {
		m.Key = l.Key.V
	}
	if l.Burst != nil {
		m.Burst = l.Burst.V
	}
	return m
}

// rates have one order, so that limits with the same rates are the same limit.
func rates(values []directive.Value[directive.Rate]) []model.Rate {
	byTime := func(x, y directive.Value[directive.Rate]) int { return cmp.Compare(x.V.Per, y.V.Per) }
	var all []model.Rate
	for _, v := range slices.SortedFunc(slices.Values(values), byTime) {
		all = append(all, model.Rate{N: v.V.N, Per: v.V.Unit()})
	}
	return all
}

// sharedKeys reports a rate limit with the key of an earlier one and other rates: they could not be shared.
func (b *builder) sharedKeys() {
	limits := map[token.Pos]directive.RateLimit{} // one of a type or package is that of many commands
	add := func(s *directive.Settings) {
		if v := s.RateLimit; v != nil && v.V.Key != nil {
			limits[v.V.Key.Pos] = v.V
		}
	}
	add(&b.src.Settings)
	for _, t := range b.src.Types {
		add(&t.Settings)
	}
	for _, f := range slices.Concat(b.src.Commands, b.src.Tools) {
		add(&f.Settings)
	}
	first := map[string]directive.RateLimit{}
	for _, at := range slices.SortedFunc(maps.Keys(limits), b.before) {
		l := limits[at]
		other, again := first[l.Key.V]
		switch {
		case !again:
			first[l.Key.V] = l
		case !sameRates(other, l):
			where := b.pos(other.Key.Pos)
			b.reportf(at, diag.Contradiction, "give it the same rates, burst and tokens, or another key",
				"rate_limit: the key %q stands at %s:%d with other rates", l.Key.V, where.File, where.Line)
		}
	}
}

func sameRates(x, y directive.RateLimit) bool {
	burst := func(l directive.RateLimit) int64 {
		if l.Burst == nil {
			return 0
		}
		return l.Burst.V
	}
	return burst(x) == burst(y) && slices.Equal(rates(x.Requests), rates(y.Requests)) &&
		slices.Equal(rates(x.Tokens), rates(y.Tokens))
}

func breaker(v directive.Breaker) *model.Breaker {
	m := &model.Breaker{Window: duration(v.Window), Cooldown: duration(v.Cooldown)}
	if v.Failures != nil {
		m.Failures = v.Failures.V
	}
	return m
}

func hedge(v directive.Hedge) *model.Hedge {
	m := &model.Hedge{After: duration(v.After)}
	if v.Max != nil {
		m.Max = v.Max.V
	}
	return m
}

func (b *builder) budget(spec *directive.Func, v directive.Budget) *model.Budget {
	m := &model.Budget{Per: duration(v.Per)}
	if v.USD != nil {
		m.USD = v.USD.V
	}
	if v.Tokens != nil {
		m.Tokens = v.Tokens.V
	}
	switch {
	case v.Key != nil:
		m.Key = v.Key.V
	case v.Per != nil:
		m.Key = b.key(spec)
	}
	return m
}

func approve(v directive.Approve) *model.Approve {
	return &model.Approve{Timeout: duration(v.Timeout), Accept: v.OnTimeout != nil && v.OnTimeout.V == "accept"}
}
