package resilience_test

import (
	"fmt"
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// Somebody who always wants more, under 10/s with a burst of 20: the burst at once, then one every tenth of a second.
func ExampleWindows_burst() {
	limit := resilience.Limit{
		Rates: []resilience.Rate{{N: 10, Per: time.Second}},
		Burst: 20,
	}
	show(limit, 24)
	// Output:
	// 20 at 0s
	// 1 at 100ms
	// 1 at 200ms
	// 1 at 300ms
	// 1 at 400ms
}

// The same under 10/s and 60/m: ten in any second, and sixty in any minute.
func ExampleWindows_rates() {
	limit := resilience.Limit{
		Rates: []resilience.Rate{{N: 10, Per: time.Second}, {N: 60, Per: time.Minute}},
	}
	show(limit, 80)
	// Output:
	// 10 at 0s
	// 10 at 1s
	// 10 at 2s
	// 10 at 3s
	// 10 at 4s
	// 10 at 5s
	// 10 at 1m0s
	// 10 at 1m1s
}

// show prints how many go when, if somebody always wants one more.
func show(limit resilience.Limit, n int) {
	windows := resilience.NewWindows(limit)
	var now time.Duration
	for together := 0; n > 0; together = 0 {
		for n > 0 && windows.Take(now, 1, 0).OK {
			together++
			n--
		}
		fmt.Println(together, "at", now)
		now += windows.Take(now, 1, 0).Wait
	}
}
