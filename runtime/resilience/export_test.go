package resilience

import "time"

// Clone is a copy of w for tests that look what would have happened.
func (w *Windows) Clone() *Windows {
	c := &Windows{}
	c.copyFrom(w)
	return c
}

// LogSizes is how many entries each rate holds, those included that no longer count.
func (w *Windows) LogSizes() []int {
	var sizes []int
	for i := range w.logs {
		sizes = append(sizes, len(w.logs[i].entries)-w.logs[i].first)
	}
	return sizes
}

// PermitsOut is how many permits have not come back.
func (b *Breaker) PermitsOut() int {
	out := len(b.permits.slots)
	for i := b.permits.free; i != 0; i = b.permits.slots[i-1].next {
		out--
	}
	return out
}

// DistortForecast has it that the queue takes that much longer, and that the head goes that much sooner.
func (l *Limiter) DistortForecast(d time.Duration) {
	l.forecast.at += d
	l.head.due -= d
}
