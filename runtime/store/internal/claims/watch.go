package claims

import (
	"strings"
	"sync"
)

// Watch wakes those who wait for a key. The zero Watch is ready.
type Watch struct {
	mu   sync.Mutex
	keys map[string]*watched
}

type watched struct {
	changed chan struct{}
	by      int
}

// On returns a channel that is closed at the next change of key. To miss none, call it before looking at the key. The
// caller calls leave when it no longer waits.
func (w *Watch) On(key string) (changed <-chan struct{}, leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := w.keys[key]
	if k == nil {
		if w.keys == nil {
			w.keys = map[string]*watched{}
		}
		k = &watched{changed: make(chan struct{})}
		w.keys[key] = k
	}
	k.by++
	return k.changed, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if k.by--; k.by == 0 && w.keys[key] == k {
			delete(w.keys, key)
		}
	}
}

// Changed says that key has changed.
func (w *Watch) Changed(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if k := w.keys[key]; k != nil {
		close(k.changed)
		delete(w.keys, key)
	}
}

// AllChanged says that all keys with the prefix have changed.
func (w *Watch) AllChanged(prefix string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, k := range w.keys {
		if strings.HasPrefix(key, prefix) {
			close(k.changed)
			delete(w.keys, key)
		}
	}
}
