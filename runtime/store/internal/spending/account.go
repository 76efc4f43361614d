// Package spending counts what is spent of a budget, for the stores in this process; store/redis says the same in Lua.
package spending

import (
	"fmt"
	"time"
)

// Max is the largest amount: an integer that a double holds exactly, as Lua needs it.
const Max = 1 << 53

// Account is what is spent in one period. The zero Account is ready.
type Account struct {
	Period int64
	Spent  int64
}

// Check says what is wrong with the arguments of Reserve or Settle; a delta is checked without its sign.
func Check(per time.Duration, limit, amount int64) error {
	switch {
	case per != 0 && per < time.Millisecond:
		return fmt.Errorf("store: the period %v of a budget is none: give it at least a millisecond, or 0 for one that never ends", per)
	case limit < 0:
		return fmt.Errorf("store: the limit %d of a budget is negative: give it 0 to allow nothing", limit)
	case amount < -Max || amount > Max:
		return fmt.Errorf("store: the amount %d of a budget is over %d: count in larger units", amount, int64(Max))
	}
	return nil
}

// CheckReserve is Check for an amount that cannot be negative.
func CheckReserve(per time.Duration, limit, amount int64) error {
	if amount < 0 {
		return fmt.Errorf("store: the amount %d to reserve is negative: give back with Settle", amount)
	}
	return Check(per, limit, amount)
}

// Reserve adds amount unless the sum would pass limit.
func (a *Account) Reserve(now time.Time, per time.Duration, limit, amount int64) (ok bool) {
	a.turn(now, per)
	if a.Spent+amount > min(limit, Max) {
		return false
	}
	a.Spent += amount
	return true
}

// Settle adds delta, and stays within 0 and Max.
func (a *Account) Settle(now time.Time, per time.Duration, delta int64) {
	a.turn(now, per)
	a.Spent = min(max(a.Spent+delta, 0), Max)
}

// Over says whether nothing of the account counts any more.
func (a *Account) Over(now time.Time, per time.Duration) bool {
	return per > 0 && period(now, per) > a.Period
}

// turn begins a new period when it is time. A clock that was set back a little does not open the last period again: what
// was spent would be forgotten at its end, and could be spent twice. One that is far behind is another clock.
func (a *Account) turn(now time.Time, per time.Duration) {
	if p := period(now, per); p != a.Period && p != a.Period-1 {
		*a = Account{Period: p}
	}
}

func period(now time.Time, per time.Duration) int64 {
	if per == 0 {
		return 0
	}
	return now.UnixMicro() / per.Microseconds()
}
