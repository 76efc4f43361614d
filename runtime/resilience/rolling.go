package resilience

import "time"

// buckets is how many parts a rolling window has. It moves by one of them, so that it sees between nine tenths and all of
// its length.
const buckets = 10

// rolling tells the buckets of a window apart: one for each width of time, used again after a round. A clock that goes
// back by less than the window counts as standing still; one that goes back by more is another one, and the window is
// empty then.
type rolling struct {
	width time.Duration
	now   int64 // the number of the present bucket
}

// advance moves the window to now, calls empty for each bucket that has left it, and returns the present one.
func (r *rolling) advance(now time.Duration, empty func(bucket int)) int {
	n := int64(now / r.width)
	switch {
	case n >= r.now+buckets || n <= r.now-buckets:
		for i := range buckets {
			empty(i)
		}
		r.now = n
	case n > r.now:
		for r.now < n {
			r.now++
			empty(r.bucket())
		}
	}
	return r.bucket()
}

// bucket is the present one. A virtual clock may be years before the epoch.
func (r *rolling) bucket() int { return int((r.now%buckets + buckets) % buckets) }
