package redis

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// awayPrefixes begin the errors of a server that answers and cannot do anything now.
var awayPrefixes = []string{
	"READONLY", "LOADING", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "NOREPLICAS", "MISCONF", "OOM", "BUSY", "max number of clients reached",
}

// away says whether an error means that Redis cannot be reached: any that is not an answer of the server, and some that are.
func away(err error) bool {
	if e := redis.Error(nil); !errors.As(err, &e) {
		return true
	}
	for _, prefix := range awayPrefixes {
		if redis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}

// ended says whether ctx has ended, after something failed. A connection's deadline is that of ctx, and strikes first: what is
// left of ctx then is waited for.
func ended(ctx context.Context) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < 5*time.Millisecond {
		<-ctx.Done()
	}
	return ctx.Err() != nil
}

// again is how long nobody tries to reach Redis for a limit or a cooldown after it was away.
const again = time.Second

// gate keeps a server that is away from costing each call its patience.
type gate struct {
	mu   sync.Mutex
	away bool
	next time.Time
}

// open says whether to try: always while Redis is there, else one caller in a second.
func (g *gate) open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.away {
		return true
	}
	now := time.Now()
	if now.Before(g.next) {
		return false
	}
	g.next = now.Add(again)
	return true
}

func (g *gate) reached() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.away = false
}

func (g *gate) missed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.away, g.next = true, time.Now().Add(again)
}
