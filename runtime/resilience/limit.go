package resilience

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"time"
)

// Rate is at most N in any interval of length Per.
type Rate struct {
	N   int64
	Per time.Duration
}

// Limit is a set of rates that hold all at once. Validate says which limits there can be.
type Limit struct {
	Rates   []Rate // of takes
	Burst   int64  // how many takes may come at once; 0: 10, or N of the fastest rate if that is less
	Weights []Rate // of the sum of the takes' weights, which are not paced by Burst
}

// What Validate allows keeps every figure of Windows exact as an integer of 53 bits, which is what Lua has: sums of takes
// and weights, times in microseconds until the year 2255, and the bucket, which holds up to Burst·Per.
const (
	maxN     = 1_000_000_000_000
	maxPer   = 366 * 24 * time.Hour
	maxExact = 1 << 53
)

// Validate says what is wrong with l. A limit has at least one rate, of takes or of weights. N is 1 … 10^12, Per a whole
// number of microseconds up to 366 days. Burst is not negative, and Burst times Per of the fastest rate is under 2^53 µs:
// 104,249 for a rate per day, 2.5 million for one per hour.
func (l Limit) Validate() error {
	if len(l.Rates)+len(l.Weights) == 0 {
		return errors.New("a limit needs at least one rate")
	}
	for _, r := range slices.Concat(l.Rates, l.Weights) {
		switch {
		case r.N < 1 || r.N > maxN:
			return fmt.Errorf("the rate of %d per %v is none: give it a number from 1 to %d", r.N, r.Per, int64(maxN))
		case r.Per < time.Microsecond || r.Per > maxPer:
			return fmt.Errorf("the rate of %d per %v is none: give it a time from %v to %v", r.N, r.Per, time.Microsecond, maxPer)
		case r.Per%time.Microsecond != 0:
			return fmt.Errorf("the rate of %d per %v is finer than a microsecond: round its time", r.N, r.Per)
		}
	}
	if l.Burst < 0 {
		return fmt.Errorf("the burst is %d: give it at least 1, or 0 for the default", l.Burst)
	}
	if p := l.Pace(); p.Rate >= 0 {
		per := l.Rates[p.Rate].Per.Microseconds()
		if most := int64(maxExact-1) / per; p.Burst > most {
			return fmt.Errorf("the burst is %d: with a rate per %v it can be at most %d", p.Burst, l.Rates[p.Rate].Per, most)
		}
	}
	return nil
}

// Pace says how takes are paced, apart from the windows: a bucket that holds Burst takes and is refilled at the fastest
// rate.
type Pace struct {
	Rate  int   // which of Rates is the fastest: that with the largest N/Per, of equals the shortest; −1: there are none
	Burst int64 // as given, or its default
	Alone bool  // Burst is more than the N of that rate, so that its bucket bounds it and no window: N+Burst in any Per
}

// Pace returns the pace of l.
func (l Limit) Pace() Pace {
	if len(l.Rates) == 0 {
		return Pace{Rate: -1}
	}
	fastest := 0
	for i, r := range l.Rates {
		if c := compareSpeed(r, l.Rates[fastest]); c > 0 || c == 0 && r.Per < l.Rates[fastest].Per {
			fastest = i
		}
	}
	n := l.Rates[fastest].N
	if l.Burst == 0 {
		return Pace{Rate: fastest, Burst: min(10, n)}
	}
	return Pace{Rate: fastest, Burst: l.Burst, Alone: l.Burst > n}
}

// compareSpeed compares a.N/a.Per with b.N/b.Per: the products have up to 85 bits.
func compareSpeed(a, b Rate) int {
	ah, al := bits.Mul64(uint64(a.N), uint64(b.Per))
	bh, bl := bits.Mul64(uint64(b.N), uint64(a.Per))
	return cmp.Or(cmp.Compare(ah, bh), cmp.Compare(al, bl))
}

// Idle is how long after the last take nothing is left of it: all windows are empty and the bucket is full.
func (l Limit) Idle() time.Duration {
	idle := l.longest()
	if p := l.Pace(); p.Rate >= 0 {
		r := l.Rates[p.Rate]
		idle = max(idle, time.Duration(ceil(p.Burst*r.Per.Microseconds(), r.N))*time.Microsecond)
	}
	return idle
}

func (l Limit) longest() time.Duration {
	var longest time.Duration
	for _, r := range l.Rates {
		longest = max(longest, r.Per)
	}
	for _, r := range l.Weights {
		longest = max(longest, r.Per)
	}
	return longest
}

// ceil is a/b, rounded up, for a ≥ 0 and b > 0.
func ceil(a, b int64) int64 {
	return (a + b - 1) / b
}
