package resilience

import (
	"context"
	"slices"
	"sync"
)

// Bulkhead is a number of slots. Who finds none free waits, in the order of arrival. It starts no goroutine.
// golang.org/x/sync/semaphore does the same; the packages that users link need the standard library alone, and that is worth
// these lines.
type Bulkhead struct {
	mu      sync.Mutex
	free    int
	waiting []chan struct{} // closed when a slot is handed over
}

// NewBulkhead returns a bulkhead with n free slots.
func NewBulkhead(n int) *Bulkhead { return &Bulkhead{free: n} }

// Acquire takes a slot as soon as one is free and all who came before have theirs. When ctx ends, Acquire does, with the cause;
// it has no slot then.
func (b *Bulkhead) Acquire(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if b.TryAcquire() {
		return nil
	}
	b.mu.Lock()
	if b.free > 0 { // since then
		b.free--
		b.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	b.waiting = append(b.waiting, mine)
	b.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.waiting, mine); i >= 0 {
		b.waiting = slices.Delete(b.waiting, i, i+1)
	} else { // it was handed over in the meantime
		b.release()
	}
	return context.Cause(ctx)
}

// TryAcquire takes a slot if one is free. It overtakes nobody: while somebody waits, none is.
func (b *Bulkhead) TryAcquire() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free == 0 {
		return false
	}
	b.free--
	return true
}

// Release gives a slot back.
func (b *Bulkhead) Release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.release()
}

func (b *Bulkhead) release() {
	if len(b.waiting) == 0 {
		b.free++
		return
	}
	close(b.waiting[0])
	b.waiting = slices.Delete(b.waiting, 0, 1)
}
