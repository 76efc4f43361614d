package build

import (
	"math"
	"time"

	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
	"github.com/alloygen/alloygen/internal/price"
)

// What holds where no directive says.
const (
	defaultTimeout = 5 * time.Minute
	defaultGrace   = 15 * time.Second
)

// boundless is a number of requests that is no bound to speak of.
const boundless = 1_000_000_000

// worst is the most that a call of the command can take.
//
// Every request of a call fails, which counts against the attempts of its model; or it is a round of tools, which counts
// against max_tool_turns; or it brings the one rejected answer that is followed up for free; or it ends the call, and then
// some attempt is left over. finalize makes one more. (Pauses, in which a vendor runs tools of its own, need settings that no
// directive has.)
func (b *builder) worst(spec *directive.Func, l loop) model.Worst {
	s := &spec.Settings
	w := model.Worst{Models: 1, Attempts: attempts(s)}
	if s.Fallback != nil {
		w.Models += len(s.Fallback.V)
	}
	failures := times(w.Models, w.Attempts)
	if l.limited() {
		w.Rounds = l.turns
		if retriesOn(s, false, "tool_loop_limit", "all") { // each repeat begins to count anew
			w.Rounds = times(w.Rounds, 1+times(w.Models, w.Attempts-1))
		}
	}
	if l.kind != model.ResultNone || l.ensure {
		w.FollowUps = 1
	}
	timeout := defaultTimeout
	if s.Timeout != nil {
		timeout = s.Timeout.V
	}
	if l.finalizes() {
		w.Last = 1
		grace := defaultGrace
		if s.Finalize.V.Grace != nil {
			grace = s.Finalize.V.Grace.V
		}
		timeout += grace
	}
	w.Time = timeout.String()
	each := 1
	if s.Hedge != nil {
		each = directive.DefaultHedges
		if s.Hedge.V.Max != nil {
			each = s.Hedge.V.Max.V
		}
		w.AtOnce = each
	}
	if turns := failures + w.Rounds + w.FollowUps + w.Last; turns < boundless && (!l.tools || l.turns >= 0) {
		w.Requests = times(turns, each)
		w.OutputUSD = roundUp(outputCost(s, turns, each, l.cuts(w)))
	}
	if s.Budget != nil {
		if w.Budget = b.budget(spec, s.Budget.V); w.Budget.USD > 0 && w.Budget.Per == "" {
			w.OutputUSD = 0 // the budget is what counts
		}
	}
	return w
}

// times is a product, but no more than boundless.
func times(x, y int) int {
	if y > 0 && x > boundless/y {
		return boundless
	}
	return x * y
}

// finalizes reports whether a call can come to one of the ends that finalize is for.
func (l *loop) finalizes() bool {
	if l.Finalize == nil {
		return false
	}
	for _, on := range l.Finalize.V.On {
		switch {
		case on.V == "timeout", on.V == "limit" && l.limited(), on.V == "error" && l.tools && l.turns != 0:
			return true
		}
	}
	return false
}

// cuts is how often an answer that was cut off can be asked for again, each time with twice the room: once, and whenever
// the call goes to another model.
func (l *loop) cuts(w model.Worst) int {
	switch {
	case l.kind == model.ResultNone:
		return 0
	case l.kind == model.ResultTyped, w.Attempts > 1 && retriesOn(l.Settings, true, "truncated", "output", "all"):
		return w.Models
	}
	return w.Models - 1
}

// outputCost is what the output of so many turns costs, each of so many requests at once, if max_tokens and all prices are
// known; else 0.
func outputCost(s *directive.Settings, turns, each, cuts int) float64 {
	if s.MaxTokens == nil {
		return 0
	}
	var dearest price.Price
	for _, m := range models(s) {
		p, known := price.Lookup(m)
		if !known {
			return 0
		}
		if p.Output > dearest.Output {
			dearest = p
		}
	}
	tokens, room := 0.0, float64(s.MaxTokens.V)
	for range min(cuts, turns) {
		tokens += room
		room *= 2
		turns--
	}
	tokens += float64(turns) * room
	return tokens * float64(each) * dearest.Cost(0, 0, 1)
}

// roundUp rounds an amount up to cents, or to two digits if it is less than ten of them.
func roundUp(usd float64) float64 {
	if usd <= 0 {
		return 0
	}
	scale := math.Pow(10, math.Max(2, 1-math.Floor(math.Log10(usd))))
	return math.Ceil(usd*scale*(1-1e-12)) / scale
}
