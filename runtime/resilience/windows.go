package resilience

import (
	"math"
	"slices"
	"time"
)

// Windows is the state of a Limit: what was taken, and when. It has no clock and is not for concurrent use. Limiter wraps
// it for goroutines, and a store that replicas share computes the same in its own language: all figures are integers, so
// that both give the same verdicts.
//
// The algorithm. Times are whole microseconds, rounded down. Only a take that is OK, Return and Correct change anything.
// No figure and nothing in between reaches 2^53, so that doubles hold them, and the quotients of them, rounded down or
// up, exactly.
//
//   - Each rate is a sliding window: a log of entries {start, end, amount}, oldest first, and their sum. An entry counts at
//     times before end+Per. A take fits if the sum of the entries that count, plus n, or the weight for Weights, is at most N.
//     It is added to the newest entry, whose end becomes now, if that entry's start is at most Per/1024 (rounded down) ago,
//     and is an entry of its own otherwise: it may count that much longer, never shorter, and a log has at most 1026 entries.
//     Nothing is added for an amount of 0.
//   - The fastest rate has a bucket besides (see Pace). It holds a debt: a take adds n·Per, each microsecond pays N of it, and
//     it is never below 0. A take fits if n·Per ≤ Burst·Per − debt. If Pace says Alone, that rate has no log.
//   - The wait is the longest of what the rates and the bucket ask for: until so many entries have left that the take fits,
//     and for the bucket (n·Per − (Burst·Per − debt))/N, rounded up.
//   - Return takes off the entries between whose start and end the time of the take lies, and off the debt if that is the time of
//     the last take. Correct takes off, or adds to, the newest entries that count, in the logs of Weights. No amount and no
//     debt goes below 0, and an entry of 0 stays until its time.
//   - A time before that of the last take is taken for that time (the wait then includes the difference), unless it is
//     before it by more than the longest Per: it is another clock's then, and everything starts anew.
type Windows struct {
	invalid bool // nothing fits
	pace    Pace
	longest int64 // the longest Per
	logs    []takeLog
	weighty int   // where the logs of Weights begin
	refill  int64 // N of the fastest rate
	price   int64 // what one take costs the bucket: Per of the fastest rate
	debt    int64 // of the bucket, at the time of the last take
	last    int64 // the time of the last take
	used    bool  // there was one
}

// Verdict is the answer to a take.
type Verdict struct {
	OK    bool          // it was taken
	Wait  time.Duration // after which the same take would be OK if nobody else took; 0 when OK or Never
	Never bool          // it is more than fits at all
	Left  int64         // how many more takes of one, with a weight of one if there are Weights, would be OK now
	At    time.Duration // the time for which it was taken, which Return wants; 0 unless OK
}

// NewWindows returns the state in which nothing was taken yet. If l is not valid, nothing ever fits.
func NewWindows(l Limit) *Windows {
	if l.Validate() != nil {
		return &Windows{invalid: true}
	}
	w := &Windows{pace: l.Pace(), longest: l.longest().Microseconds()}
	for i, r := range l.Rates {
		if i == w.pace.Rate {
			w.refill, w.price = r.N, r.Per.Microseconds()
		}
		if i != w.pace.Rate || !w.pace.Alone {
			w.logs = append(w.logs, takeLog{n: r.N, per: r.Per.Microseconds()})
		}
	}
	w.weighty = len(w.logs)
	for _, r := range l.Weights {
		w.logs = append(w.logs, takeLog{n: r.N, per: r.Per.Microseconds()})
	}
	return w
}

// Take takes n, with a weight, from all rates or from none. now is the time since an epoch that is the same for all
// calls. A take of neither n nor weight asks a question: it changes nothing. It is OK, and so is a take without a weight,
// unless Correct has pushed a sum of weights over its N. What is negative counts as 0.
func (w *Windows) Take(now time.Duration, n, weight int64) Verdict {
	n, weight = max(n, 0), max(weight, 0)
	v, at, debt := w.ask(now, n, weight)
	if !v.OK || n == 0 && weight == 0 {
		return v
	}
	w.debt, w.last, w.used = debt+n*w.price, at, true
	for i := range w.logs {
		w.logs[i].add(at, w.amount(i, n, weight))
	}
	v.Left = w.left(w.debt)
	return v
}

// ask is Take without taking. debt is that of the bucket at the time at.
func (w *Windows) ask(now time.Duration, n, weight int64) (v Verdict, at, debt int64) {
	if w.invalid {
		return Verdict{Never: true}, 0, 0
	}
	at, lag, anew := w.clock(now)
	if anew {
		debt = w.look(math.MaxInt64)
	} else {
		debt = w.look(at)
	}
	v.Left = w.left(debt)
	if v.Never = !w.fits(n, weight); v.Never {
		return v, at, debt
	}
	if wait := w.wait(at, debt, n, weight); wait > 0 {
		v.Wait = time.Duration(wait+lag) * time.Microsecond
		return v, at, debt
	}
	v.OK, v.At = true, time.Duration(at)*time.Microsecond
	return v, at, debt
}

// fits says whether a take could ever be OK.
func (w *Windows) fits(n, weight int64) bool {
	if w.invalid || n > w.pace.Burst && w.pace.Rate >= 0 {
		return false
	}
	for i := range w.logs {
		if w.amount(i, n, weight) > w.logs[i].n {
			return false
		}
	}
	return true
}

// Return gives back what was taken at a time, Verdict.At, and was not used: the windows are as if it had not been taken.
// So is the bucket, unless others have taken since; then it is refilled in its own time.
func (w *Windows) Return(at time.Duration, n, weight int64) {
	n, weight = max(n, 0), max(weight, 0)
	taken := micros(at)
	if w.used && taken == w.last {
		w.debt -= min(w.debt, min(n, w.pace.Burst)*w.price)
	}
	for i := range w.logs {
		w.logs[i].giveBack(taken, w.amount(i, n, weight))
	}
}

// Correct changes the weight of the newest take by delta, when it turns out that an estimate was wrong. What is taken off
// comes from the newest take with a weight, then from the one before, and so on: no weight is below 0. What is added may
// exceed a rate; later takes wait until that has left the window. If the newest take has left its window, there is
// nothing to correct.
func (w *Windows) Correct(now time.Duration, delta int64) {
	if w.invalid || !w.used || delta == 0 {
		return
	}
	at, _, anew := w.clock(now)
	if anew {
		return
	}
	delta = min(max(delta, -maxN), maxN)
	for i := w.weighty; i < len(w.logs); i++ {
		w.logs[i].look(at)
		w.logs[i].correct(delta)
	}
}

// clock is now in microseconds, and not before the last take: lag is then how far it was behind. anew says that now is of
// another clock.
func (w *Windows) clock(now time.Duration) (at, lag int64, anew bool) {
	at = micros(now)
	if !w.used || at >= w.last {
		return at, 0, false
	}
	if lag = w.last - at; lag > w.longest {
		return at, 0, true
	}
	return w.last, lag, false
}

// look finds out which entries count at a time, and returns the debt of the bucket at that time.
func (w *Windows) look(at int64) (debt int64) {
	for i := range w.logs {
		w.logs[i].look(at)
	}
	if w.debt == 0 || at >= w.last+ceil(w.debt, w.refill) {
		return 0
	}
	return w.debt - (at-w.last)*w.refill // under the debt, so that it does not overflow
}

// left is Verdict.Left, after look.
func (w *Windows) left(debt int64) int64 {
	left := int64(maxExact)
	if w.pace.Rate >= 0 {
		left = (w.pace.Burst*w.price - debt) / w.price
	}
	for i := range w.logs {
		left = min(left, w.logs[i].n-w.logs[i].counts)
	}
	return max(left, 0)
}

// wait is how long a take that fits at all has to wait, after look.
func (w *Windows) wait(at, debt, n, weight int64) int64 {
	var wait int64
	if missing := n*w.price - (w.pace.Burst*w.price - debt); missing > 0 {
		wait = ceil(missing, w.refill)
	}
	for i := range w.logs {
		wait = max(wait, w.logs[i].wait(at, w.amount(i, n, weight)))
	}
	return wait
}

func (w *Windows) amount(log int, n, weight int64) int64 {
	if log < w.weighty {
		return n
	}
	return weight
}

// copyFrom makes w the same state as other, in w's own memory.
func (w *Windows) copyFrom(other *Windows) {
	logs := w.logs
	*w = *other
	w.logs = slices.Grow(logs[:0], len(other.logs))[:len(other.logs)]
	for i := range w.logs {
		entries := w.logs[i].entries
		w.logs[i] = other.logs[i]
		w.logs[i].entries, w.logs[i].first = append(entries[:0], other.logs[i].entries[other.logs[i].first:]...), 0
		w.logs[i].live, w.logs[i].counts = 0, 0
	}
}

// takeLog is the sliding window of one rate.
type takeLog struct {
	n, per  int64
	entries []logEntry // from first on, oldest first
	first   int
	sum     int64 // of the amounts from first on

	live   int   // of look: the first entry that counts
	counts int64 // of look: the sum of those that count
}

// logEntry is one take, or a few that came close together.
type logEntry struct{ start, end, amount int64 }

// look finds the entries that count at a time.
func (g *takeLog) look(at int64) {
	g.live, g.counts = g.first, g.sum
	for g.live < len(g.entries) && g.entries[g.live].end <= at-g.per {
		g.counts -= g.entries[g.live].amount
		g.live++
	}
}

// wait is how long it takes until amount fits, if ever it does.
func (g *takeLog) wait(at, amount int64) int64 {
	over := g.counts + amount - g.n
	for i := g.live; over > 0 && i < len(g.entries); i++ {
		if over -= g.entries[i].amount; over <= 0 {
			return g.entries[i].end + g.per - at
		}
	}
	return 0
}

// add drops the entries that no longer count and adds amount.
func (g *takeLog) add(at, amount int64) {
	g.first, g.sum = g.live, g.counts
	if g.first == len(g.entries) {
		g.entries, g.first = g.entries[:0], 0
	}
	if amount == 0 {
		return
	}
	g.sum += amount
	g.counts = g.sum
	if newest := len(g.entries) - 1; newest >= g.first && at-g.entries[newest].start <= g.per/1024 {
		g.entries[newest].end = at
		g.entries[newest].amount += amount
		return
	}
	if g.first > 0 && len(g.entries) == cap(g.entries) {
		g.entries, g.first = g.entries[:copy(g.entries, g.entries[g.first:])], 0
	}
	g.entries = append(g.entries, logEntry{at, at, amount})
}

// correct changes the newest of the entries that count, and for what it lacks the ones before.
func (g *takeLog) correct(delta int64) {
	for i := len(g.entries) - 1; i >= g.live && delta != 0; i-- {
		change := max(delta, -g.entries[i].amount)
		change = min(change, maxExact/2-g.sum) // far over any N, and exact
		g.entries[i].amount += change
		g.sum += change
		if delta > 0 {
			return
		}
		delta -= change
	}
}

// giveBack takes amount off the entry of a time.
func (g *takeLog) giveBack(taken, amount int64) {
	for i := len(g.entries) - 1; i >= g.first && g.entries[i].end >= taken; i-- {
		if g.entries[i].start <= taken {
			change := min(amount, g.entries[i].amount)
			g.entries[i].amount -= change
			g.sum -= change
			return
		}
	}
}

// micros rounds down, also below zero.
func micros(d time.Duration) int64 {
	if d%time.Microsecond < 0 {
		return d.Microseconds() - 1
	}
	return d.Microseconds()
}
