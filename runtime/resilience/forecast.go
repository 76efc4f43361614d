package resilience

import "time"

// forecast plays the queue of a Limiter on a copy of its windows, to say when somebody who comes now would go. It is kept
// from one arrival to the next, and made anew only when somebody has left the queue without taking, or weights were
// corrected.
type forecast struct {
	windows Windows
	valid   bool
	at      time.Duration // when the last of those in it goes
	next    *waiter       // the first who is not in it
}

// tooLate is how far the queue may lag behind its forecast before that is made anew.
const tooLate = 5 * time.Millisecond

// start plays the head. first is the first behind it.
func (f *forecast) start(w *Windows, now time.Duration, head, first *waiter) {
	f.windows.copyFrom(w)
	f.valid, f.at, f.next = true, now, first
	f.play(head)
}

// extend plays the next.
func (f *forecast) extend() {
	f.play(f.next)
	f.next = f.next.next
}

func (f *forecast) play(w *waiter) {
	f.at = f.peek(w.n, w.weight)
	f.windows.Take(f.at, w.n, w.weight)
	w.due, w.foreseen = f.at, true
}

// peek is when a take after all that were played would be OK.
func (f *forecast) peek(n, weight int64) time.Duration {
	v, _, _ := f.windows.ask(f.at, n, weight)
	return f.at + v.Wait
}

// check compares the forecast with what happened: the head has taken now.
func (f *forecast) check(now time.Duration, head *waiter) {
	if head.foreseen && now-head.due > tooLate {
		f.valid = false
	}
}
