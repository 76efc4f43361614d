package resilience

import (
	"context"
	"errors"
	"time"
)

// ErrLost is the cause with which the context of an attempt ends that another one has beaten.
var ErrLost = errors.New("another attempt was faster")

// Hedging says what is attempted, and when once more.
type Hedging[T any] struct {
	After time.Duration // the next attempt begins that long after the last one, if none has succeeded by then
	Max   int           // attempts in all, the first included; below 2 there is no hedging
	// Run is attempt n, from 0. It runs in a goroutine of its own and should end soon after ctx does: Hedge waits for it.
	Run func(ctx context.Context, n int) (T, error)
	// Start is asked before each further attempt, n ≥ 1. When it refuses one there are no more. nil: it refuses none.
	Start func(n int) bool
	// Ended is told how each attempt ended, in the order in which they do: won for the one whose value Hedge returns.
	// nil: nobody is.
	Ended func(n int, v T, err error, won bool)
}

// ended is how an attempt ended.
type ended[T any] struct {
	n   int
	v   T
	err error
}

// Hedge attempts something, and when that is slow attempts it again beside, up to Max times. The first success wins: the
// contexts of the others are cancelled with ErrLost. All attempts have ended before Hedge returns.
//
// When all that were begun have failed, Hedge returns the error of attempt 0, the one that there would have been without
// hedging; if it fails before another was begun, that is at once, for to repeat it is not the business of hedging. After
// the end of ctx none is begun. A panic in Run is a *PanicError of that attempt. Start and Ended are called in the
// caller's goroutine; when one of them panics, the attempts are cancelled and awaited before the panic goes on.
func Hedge[T any](ctx context.Context, h Hedging[T]) (T, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	r := race[T]{Hedging: h, ctx: ctx, results: make(chan ended[T], max(h.Max, 1))}
	defer r.drain()
	defer cancel(ErrLost)
	return r.run(cancel)
}

type race[T any] struct {
	Hedging[T]
	ctx      context.Context
	results  chan ended[T]
	begun    int // attempts
	underway int // those that have not ended
}

func (r *race[T]) run(lose func(error)) (winner T, err error) {
	timer := time.NewTimer(r.After)
	defer timer.Stop()
	if r.Max < 2 {
		timer.Stop()
	}
	r.begin()
	won := false
	for r.underway > 0 {
		select {
		case e := <-r.results:
			r.underway--
			first := e.err == nil && !won
			switch {
			case first:
				won, winner = true, e.v
				lose(ErrLost)
			case e.n == 0:
				err = e.err
			}
			if r.Ended != nil {
				r.Ended(e.n, e.v, e.err, first)
			}
		case <-timer.C:
			if len(r.results) > 0 { // it was not too slow
				timer.Reset(0)
				continue
			}
			if r.ctx.Err() == nil && (r.Start == nil || r.Start(r.begun)) {
				r.begin()
				if r.begun < r.Max {
					timer.Reset(r.After)
				}
			}
		}
	}
	if won {
		err = nil
	}
	return winner, err
}

func (r *race[T]) begin() {
	n := r.begun
	r.begun++
	r.underway++
	go func() {
		e := ended[T]{n: n, err: errGoexit}
		defer func() { r.results <- e }() // there is room for all: nobody needs to listen
		e.v, e.err = r.attempt(n)
	}()
}

var errGoexit = errors.New("the attempt ended its goroutine with runtime.Goexit")

func (r *race[T]) attempt(n int) (v T, err error) {
	defer recovered(&err)
	return r.Run(r.ctx, n)
}

// drain waits for the attempts that are still under way.
func (r *race[T]) drain() {
	for ; r.underway > 0; r.underway-- {
		<-r.results
	}
}
