package main

import (
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// way is one of several ways to do the same work in this process.
type way struct {
	name string
	do   func() error
}

// cost is what one call of a way costs.
type cost struct {
	cpu        time.Duration
	cpuRatio   float64       // to the first way
	cpuAdded   time.Duration // to the first way
	allocs     float64
	allocRatio float64
}

// compare runs the ways in turns and returns what a call of each costs, in the order of ways.
func compare(ways []way, rounds, calls int) ([]cost, error) {
	for _, w := range ways { // connections, caches and code are warm before the first round
		for range calls/10 + 1 {
			if err := w.do(); err != nil {
				return nil, fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	return interleave(ways, rounds, slices.Repeat([]int{calls}, len(ways)))
}

// interleave is compare for ways that are warm, with a number of calls in each round for each way.
func interleave(ways []way, rounds int, calls []int) ([]cost, error) {
	cpu := make([][]float64, len(ways))
	allocs := make([][]float64, len(ways))
	for round := range rounds {
		for i := range ways {
			i := (i + round) % len(ways)
			d, n, err := sample(ways[i].do, calls[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", ways[i].name, err)
			}
			cpu[i] = append(cpu[i], float64(d)/float64(calls[i]))
			allocs[i] = append(allocs[i], float64(n)/float64(calls[i]))
		}
	}
	costs := make([]cost, len(ways))
	for i := range ways {
		costs[i] = cost{
			cpu:        time.Duration(median(cpu[i])),
			cpuRatio:   median(ratios(cpu[i], cpu[0])),
			cpuAdded:   time.Duration(median(differences(cpu[i], cpu[0]))),
			allocs:     median(allocs[i]),
			allocRatio: median(ratios(allocs[i], allocs[0])),
		}
	}
	return costs, nil
}

// sample returns the CPU time and the allocations of some calls.
func sample(do func() error, calls int) (time.Duration, uint64, error) {
	runtime.GC() // nobody pays for the garbage of the one before
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, err := cpuTime()
	if err != nil {
		return 0, 0, err
	}
	for range calls {
		if err := do(); err != nil {
			return 0, 0, err
		}
	}
	end, err := cpuTime()
	if err != nil {
		return 0, 0, err
	}
	runtime.ReadMemStats(&after)
	return end - start, after.Mallocs - before.Mallocs, nil
}

// cpuTime is the user and system time that this process has used.
func cpuTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// ratios divides a by b, round by round.
func ratios(a, b []float64) []float64 {
	r := make([]float64, len(a))
	for i := range a {
		r[i] = a[i] / b[i]
	}
	return r
}

// differences takes b from a, round by round.
func differences(a, b []float64) []float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return d
}

func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}
