package serve

import (
	"sync"
	"time"
)

// keepAlive writes a comment whenever nothing was written for that long. It goes on until stop is called, which waits for its
// goroutine.
func (e *events) keepAlive(every time.Duration) (stop func()) {
	if every <= 0 {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		timer := time.NewTimer(every)
		defer timer.Stop()
		for {
			select {
			case <-quit:
				return
			case <-timer.C:
				timer.Reset(e.beat(every))
			}
		}
	}()
	return sync.OnceFunc(func() {
		close(quit)
		<-done
	})
}

// beat writes a comment if it is time for one, and returns when it is time to look again.
func (e *events) beat(every time.Duration) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	if idle := time.Since(e.last); idle < every {
		return every - idle
	}
	e.write(e.open(), []byte(": keepalive\n\n"))
	return every
}
