package directive

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alloygen/alloygen/generator/diag"
)

// Rate is at most N in any interval of length Per: 10/s.
type Rate struct {
	N   int64
	Per time.Duration
}

// Unit is the unit of Per: second, minute, hour or day.
func (r Rate) Unit() string {
	for _, u := range units {
		if u.per == r.Per {
			return u.word
		}
	}
	return r.Per.String()
}

// RateLimit is a rate_limit directive.
type RateLimit struct {
	Requests []Value[Rate] // of requests, or of runs of a tool
	Burst    *Value[int64]
	Key      *Value[string]
	Tokens   []Value[Rate] // of a command's tokens
}

// Breaker is a breaker directive. Nil fields are left to the runtime's defaults, here and below.
type Breaker struct {
	Failures *Value[int]
	Window   *Value[time.Duration]
	Cooldown *Value[time.Duration]
}

// Hedge is a hedge directive.
type Hedge struct {
	After *Value[time.Duration] // never nil
	Max   *Value[int]           // nil means DefaultHedges
}

// DefaultHedges is how many requests a hedge directive allows at once if it does not say.
const DefaultHedges = 2

// Budget is a budget directive. At least one of USD and Tokens is there.
type Budget struct {
	USD    *Value[float64]
	Tokens *Value[int]
	Per    *Value[time.Duration]
	Key    *Value[string]
}

// Approve is an approve directive.
type Approve struct {
	Timeout   *Value[time.Duration]
	OnTimeout *Value[string] // reject or accept
}

// units are the units of a rate.
var units = []struct {
	name, word string
	per        time.Duration
}{{"s", "second", time.Second}, {"m", "minute", time.Minute}, {"h", "hour", time.Hour}, {"d", "day", 24 * time.Hour}}

// mostPerRate is the largest number of a rate that the runtime counts.
const mostPerRate = 1_000_000_000_000

// rate is a number per second, minute, hour or day.
var rate = kind[Rate]{func(text string) (Rate, *fault) {
	number, unit, _ := strings.Cut(text, "/")
	n, err := strconv.ParseInt(number, 10, 64)
	for _, u := range units {
		if u.name == unit && err == nil && n >= 1 && n <= mostPerRate {
			return Rate{N: n, Per: u.per}, nil
		}
	}
	return Rate{}, want("a rate such as 10/s, 500/m, 20000/h or 100000/d", text)
}}

// burst is how many requests may go at once.
var burst = kind[int64]{func(text string) (int64, *fault) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, want("a whole number, at least 1", text)
	}
	return n, nil
}}

// dollars is an amount of money.
var dollars = kind[float64]{func(text string) (float64, *fault) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x > 0 && x <= 1e6) || strings.ContainsAny(text, "xXpP_") {
		return 0, want("an amount above 0, at most 1000000", text)
	}
	return x, nil
}}

func checkRateLimit(r *reader, v *RateLimit) {
	switch {
	case len(v.Requests)+len(v.Tokens) == 0:
		r.missing()
	case r.place == OnTool && len(v.Tokens) > 0:
		r.fail(v.Tokens[0].Pos, diag.UselessDirective, "rate_limit tokens has no effect on a tool: it uses none",
			"limit its runs: rate_limit 10/s")
	case len(v.Requests) == 0 && v.Burst != nil:
		r.fail(v.Burst.Pos, diag.UselessDirective, "rate_limit burst has no effect without a rate of requests", "")
	}
	r.oncePerUnit("rate_limit", v.Requests)
	r.oncePerUnit("rate_limit tokens", v.Tokens)
	if v.Burst == nil || len(v.Requests) == 0 {
		return
	}
	// The runtime keeps burst times the unit exactly, in microseconds.
	fastest := slices.MaxFunc(v.Requests, func(a, b Value[Rate]) int { return compareSpeed(a.V, b.V) }).V
	if most := int64(math.MaxInt64>>10) / fastest.Per.Microseconds(); v.Burst.V > most {
		message := fmt.Sprintf("rate_limit burst: %d is too many for a rate per %s: at most %d", v.Burst.V, fastest.Unit(), most)
		r.fail(v.Burst.Pos, diag.InvalidValue, message, "")
	}
}

// compareSpeed compares N/Per; of equal ones the shorter is the faster.
func compareSpeed(a, b Rate) int {
	x, y := float64(a.N)/float64(a.Per), float64(b.N)/float64(b.Per)
	switch {
	case x > y || x == y && a.Per < b.Per:
		return 1
	case x < y || x == y && a.Per > b.Per:
		return -1
	}
	return 0
}

// oncePerUnit reports a second rate with the same unit: one of them would say nothing.
func (r *reader) oncePerUnit(name string, rates []Value[Rate]) {
	for i, v := range rates {
		same := func(other Value[Rate]) bool { return other.V.Per == v.V.Per }
		if slices.ContainsFunc(rates[:i], same) {
			r.fail(v.Pos, diag.DuplicateArgument, fmt.Sprintf("%s has two rates per %s", name, v.V.Unit()), "keep the lower one")
		}
	}
}

func checkHedge(r *reader, v *Hedge) {
	if v.After == nil {
		r.missing()
	}
}

func checkBudget(r *reader, v *Budget) {
	switch {
	case v.USD == nil && v.Tokens == nil:
		r.missing()
	case v.Key != nil && v.Per == nil:
		r.fail(v.Key.Pos, diag.UselessDirective, "budget key has no effect without per: each call has a budget of its own",
			"add per=24h, or leave the key out")
	}
}
