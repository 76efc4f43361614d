package main

import (
	"fmt"
	"time"
)

// race compares ways of which one takes microseconds and another seconds.
type race struct {
	ways    []way
	calls   []int // in each round
	slowest time.Duration
}

const (
	sampleTime = 20 * time.Millisecond // that a way takes in a round, at least
	raceTime   = 20 * time.Second      // that a way takes in all rounds, at most, unless one round takes longer
)

// enter adds a way, after it has run often enough to be warm and to say how often it has to be called. A way that fails is
// not added.
func (r *race) enter(w way) error {
	for calls := 1; ; calls *= 2 {
		d, _, err := sample(w.do, calls)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		if d >= sampleTime {
			r.ways, r.calls = append(r.ways, w), append(r.calls, calls)
			r.slowest = max(r.slowest, d)
			return nil
		}
	}
}

// run returns what a call of each way costs, in the order in which they were added.
func (r *race) run(rounds int) ([]cost, error) {
	return interleave(r.ways, max(1, min(rounds, int(raceTime/r.slowest))), r.calls)
}
