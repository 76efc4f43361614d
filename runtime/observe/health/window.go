package health

import (
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
)

const (
	windowCalls = 100             // the most calls of a window
	windowTime  = 5 * time.Minute // the age at which a call leaves it
)

// sample is one call.
type sample struct {
	at     time.Time // when it ended
	took   time.Duration
	kind   alloy.Kind // why the model did not answer; empty if it did
	failed bool       // that was its fault
}

// window is the last calls of a model: a ring that holds size samples, of which next-1 is the newest.
type window struct {
	ring       [windowCalls]sample
	next, size int
	last       time.Time // when the newest call ended, whether it is still in the window or not
}

// add puts a call in, in place of the oldest if the window is full.
func (w *window) add(s sample) {
	w.ring[w.next] = s
	w.next = (w.next + 1) % windowCalls
	w.size = min(w.size+1, windowCalls)
	w.last = s.at
}

// expire drops the calls that are too old.
func (w *window) expire(now time.Time) {
	for w.size > 0 && now.Sub(w.back(w.size-1).at) >= windowTime {
		w.size--
	}
}

// back is the call that k others came after; k is less than size.
func (w *window) back(k int) *sample {
	return &w.ring[(w.next-1-k+2*windowCalls)%windowCalls]
}

// failures counts the calls that failed.
func (w *window) failures() (n int) {
	for k := range w.size {
		if w.back(k).failed {
			n++
		}
	}
	return n
}
