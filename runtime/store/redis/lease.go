package redis

import (
	"context"
	"sync"

	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store"
)

// holding has the claims whose leases are being renewed. The zero value is ready.
type holding struct {
	mu     sync.Mutex
	claims map[string]*held // by token
	ended  bool
}

type held struct {
	stop context.CancelFunc
	gone chan struct{}
}

// hold renews the lease of c until it is dropped, in a goroutine that outlives the call.
func (s *Store) hold(c store.Claim) {
	ctx, stop := context.WithCancel(context.Background())
	h := &held{stop: stop, gone: make(chan struct{})}
	if !s.holding.add(c.Token, h) {
		stop()
		return
	}
	go func() {
		defer close(h.gone)
		for resilience.Sleep(ctx, s.lease/3) == nil {
			// What fails is tried again at the next third. The answer does not matter: who has lost the claim learns it at the end.
			_, _ = s.claim(ctx, "renew", c, s.lease, nil)
		}
	}()
}

func (h *holding) add(token string, claim *held) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return false
	}
	if h.claims == nil {
		h.claims = map[string]*held{}
	}
	h.claims[token] = claim
	return true
}

// drop ends the renewal of a claim and waits for its goroutine.
func (h *holding) drop(token string) {
	h.mu.Lock()
	claim := h.claims[token]
	delete(h.claims, token)
	h.mu.Unlock()
	if claim != nil {
		claim.stop()
		<-claim.gone
	}
}

// end drops all, and those to come.
func (h *holding) end() {
	h.mu.Lock()
	h.ended = true
	all := h.claims
	h.claims = nil
	h.mu.Unlock()
	for _, claim := range all {
		claim.stop()
	}
	for _, claim := range all {
		<-claim.gone
	}
}

// doubts has the tokens of claims whose answer was lost. The zero value is ready.
type doubts struct {
	mu     sync.Mutex
	tokens map[string]string // by key
}

// doubtsKept is how many keys in doubt are remembered; those beyond become Unknown if they were claimed.
const doubtsKept = 1024

func (d *doubts) keep(key, token string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tokens == nil {
		d.tokens = map[string]string{}
	}
	if _, known := d.tokens[key]; known || len(d.tokens) < doubtsKept {
		d.tokens[key] = token
	}
}

func (d *doubts) take(key string) (token string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	token, ok = d.tokens[key]
	delete(d.tokens, key)
	return token, ok
}
