package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// per are the functions of the runtime that make a rate.
var per = map[string]string{"second": "PerSecond", "minute": "PerMinute", "hour": "PerHour", "day": "PerDay"}

// rateLimit is a limit, with its key in it or beside it.
func (f *file) rateLimit(l *model.RateLimit, withKey bool) jen.Code {
	var fields []jen.Code
	if withKey {
		fields = append(fields, field("Key", jen.Id(quote(l.Key))))
	}
	if len(l.Requests) > 0 {
		fields = append(fields, field("Requests", f.rates(l.Requests)))
	}
	if l.Burst > 0 {
		fields = append(fields, field("Burst", integer(l.Burst)))
	}
	if len(l.Tokens) > 0 {
		fields = append(fields, field("Tokens", f.rates(l.Tokens)))
	}
	return inline(f.alloy("RateLimit"), fields...)
}

func (f *file) rates(rates []model.Rate) jen.Code {
	var values []jen.Code
	for _, r := range rates {
		values = append(values, f.alloy(per[r.Per]).Call(integer(r.N)))
	}
	return jen.Index().Add(f.alloy("Rate")).Values(values...)
}

func (f *file) breaker(b *model.Breaker) jen.Code {
	var fields []jen.Code
	if b.Failures > 0 {
		fields = append(fields, field("Failures", jen.Lit(b.Failures)))
	}
	if b.Window != "" {
		fields = append(fields, field("Window", f.duration(b.Window)))
	}
	if b.Cooldown != "" {
		fields = append(fields, field("Cooldown", f.duration(b.Cooldown)))
	}
	return inline(f.alloy("Breaker"), fields...)
}

func (f *file) hedge(h *model.Hedge) jen.Code {
	fields := []jen.Code{field("After", f.duration(h.After))}
	if h.Max > 0 {
		fields = append(fields, field("Max", jen.Lit(h.Max)))
	}
	return inline(f.alloy("Hedge"), fields...)
}

func (f *file) budget(b *model.Budget) jen.Code {
	var fields []jen.Code
	if b.USD > 0 {
		fields = append(fields, field("USD", jen.Id(float(b.USD))))
	}
	if b.Tokens > 0 {
		fields = append(fields, field("Tokens", jen.Lit(b.Tokens)))
	}
	if b.Per != "" {
		fields = append(fields, field("Per", f.duration(b.Per)))
	}
	if b.Key != "" {
		fields = append(fields, field("Key", jen.Id(quote(b.Key))))
	}
	return inline(f.alloy("Budget"), fields...)
}

func (f *file) approval(a *model.Approve) jen.Code {
	var fields []jen.Code
	if a.Timeout != "" {
		fields = append(fields, field("Timeout", f.duration(a.Timeout)))
	}
	if a.Accept {
		fields = append(fields, field("AcceptOnTimeout", jen.True()))
	}
	return inline(f.alloy("Approval"), fields...)
}
