// Package async keeps an observer that is slow, blocks or fails away from the calls that it observes: a log sink on a full
// disk, an exporter whose collector is down.
//
//	sink := async.New(observer, 0)
//	defer sink.Close(ctx)
//	err := alloy.Configure(alloy.WithObserver(sink))
package async

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	alloy "github.com/alloygen/alloygen/runtime"
)

// DefaultSize is how many events wait unless New says otherwise. A call without tools has about six.
const DefaultSize = 4096

// Observer hands events on to another observer in a goroutine of its own, one after the other, in the order in which it got
// them. Calls never wait for it: an event that finds the queue full is dropped and counted. Make it with New, and end its
// goroutine with Close. Safe for use by many goroutines.
//
// The other observer may get an event long after its call has ended. The context that it gets has the values of the call's
// context, such as a span, but neither its end nor its deadline: it ends only when Close gives up.
type Observer struct {
	to    alloy.Observer
	queue chan delivery

	mu     sync.Mutex // held while something is put into the queue, and while that is closed
	closed bool

	given    context.Context // ends when Close gives up
	giveUp   context.CancelFunc
	done     chan struct{} // closed when the goroutine has ended
	dropped  atomic.Uint64
	panicked atomic.Uint64
}

// delivery is an event that waits.
type delivery struct {
	values context.Context // of the call
	event  alloy.Event
}

var _ alloy.Observer = (*Observer)(nil)

// New starts a goroutine that hands events on to o until Close. size is how many events may wait; below 1 it means DefaultSize.
// An event that waits keeps the conversation of its call in memory.
func New(o alloy.Observer, size int) *Observer {
	if size < 1 {
		size = DefaultSize
	}
	a := &Observer{to: o, queue: make(chan delivery, size), done: make(chan struct{})}
	a.given, a.giveUp = context.WithCancel(context.Background())
	go a.deliver()
	return a
}

// Observe puts an event into the queue, or drops it: when the queue is full, and after Close.
func (a *Observer) Observe(ctx context.Context, e alloy.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		select {
		case a.queue <- delivery{ctx, e}:
			return
		default:
		}
	}
	a.dropped.Add(1)
}

// Dropped is how many events the other observer will never get.
func (a *Observer) Dropped() uint64 { return a.dropped.Load() }

// Panicked is how many events the other observer got and panicked over.
func (a *Observer) Panicked() uint64 { return a.panicked.Load() }

// Close takes no more events, waits until those in the queue have been handed on, and ends the goroutine. When ctx ends first,
// the rest is dropped, the context of the event that is being handed on ends, and the error says how many were dropped and
// matches the cause of ctx. An observer that goes on even so is left behind, and the goroutine with it until it returns. Close
// may be called again.
func (a *Observer) Close(ctx context.Context) error {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		close(a.queue)
	}
	a.mu.Unlock()
	select {
	case <-a.done:
		return nil
	default:
	}
	select {
	case <-a.done:
		return nil
	case <-ctx.Done():
	}
	a.giveUp()
	n := a.drain()
	return fmt.Errorf("async: the observer was still busy when Close had to end, %d events were dropped: %w", n, context.Cause(ctx))
}

// deliver is the goroutine.
func (a *Observer) deliver() {
	drained := false
	defer func() {
		if drained {
			a.giveUp()
			close(a.done)
			return
		}
		a.panicked.Add(1)
		go a.deliver() // the observer has ended this goroutine, with runtime.Goexit: another takes its place
	}()
	for d := range a.queue {
		a.handOn(d)
	}
	drained = true
}

// handOn gives the observer an event.
func (a *Observer) handOn(d delivery) {
	defer func() {
		if recover() != nil {
			a.panicked.Add(1)
		}
	}()
	a.to.Observe(detached{a.given, context.WithoutCancel(d.values)}, d.event)
}

// drain drops what is in the queue, which is closed, and returns how many events that were.
func (a *Observer) drain() (n int) {
	for range a.queue {
		n++
	}
	a.dropped.Add(uint64(n))
	return n
}

// detached ends as Context does and has the values of another.
type detached struct {
	context.Context
	values context.Context
}

// Value returns that of the call's context.
func (d detached) Value(key any) any { return d.values.Value(key) }
