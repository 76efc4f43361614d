package store

import (
	"bytes"
	"container/list"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"

	"github.com/alloygen/alloygen/runtime/store/internal/claims"
)

const (
	resultsKept    = 100_000
	resultsDropped = resultsKept / 10 // at a time, so that the epoch changes rarely
)

// memoryResults is the Results of a MemoryStore.
type memoryResults struct {
	resultsMu sync.Mutex
	records   map[string]*memoryRecord
	done      list.List // of the keys that are Done, the last at the back
	epoch     string
	watch     claims.Watch
}

type memoryRecord struct {
	claims.Record
	place *list.Element // in done; nil: not Done
}

// Begin implements Results.
func (r *memoryResults) Begin(ctx context.Context, key string) (Claim, error) {
	if ctx.Err() != nil {
		return Claim{}, context.Cause(ctx)
	}
	for {
		changed, leave := r.watch.On(key)
		c := r.claim(key)
		if c.State != 0 {
			leave()
			return c, nil
		}
		select {
		case <-changed:
			leave()
		case <-ctx.Done():
			leave()
			return Claim{}, fmt.Errorf("store: another holder of %q is still at work: %w", key, context.Cause(ctx))
		}
	}
}

// claim is the claim of key, without a State while another holds it.
func (r *memoryResults) claim(key string) Claim {
	r.resultsMu.Lock()
	defer r.resultsMu.Unlock()
	record := r.records[key]
	if record == nil {
		record = &memoryRecord{Record: claims.Record{State: claims.Pending, Token: rand.Text()}}
		r.records[key] = record
		return Claim{Key: key, State: Mine, Token: record.Token}
	}
	switch record.State {
	case claims.Done:
		return Claim{Key: key, State: Done, Result: bytes.Clone(record.Result)}
	case claims.Unknown:
		return Claim{Key: key, State: Unknown}
	}
	return Claim{Key: key}
}

// Finish implements Results. Beyond 100,000 results the oldest are dropped, and the epoch changes.
func (r *memoryResults) Finish(_ context.Context, c Claim, result []byte) error {
	return r.change("finish", c.Key, func(record *claims.Record) bool { return record.Finish(c.Token, bytes.Clone(result)) })
}

// Release implements Results.
func (r *memoryResults) Release(_ context.Context, c Claim) error {
	return r.change("release", c.Key, func(record *claims.Record) bool { return record.Release(c.Token) })
}

// Lose implements Results.
func (r *memoryResults) Lose(_ context.Context, c Claim) error {
	return r.change("lose", c.Key, func(record *claims.Record) bool { return record.Lose(c.Token) })
}

// change does something with a record, whatever has become of the caller's context: the outcome must not be lost with it.
func (r *memoryResults) change(op, key string, do func(*claims.Record) bool) error {
	r.resultsMu.Lock()
	defer r.resultsMu.Unlock()
	record := r.records[key]
	if record == nil {
		record = &memoryRecord{}
	}
	if !do(&record.Record) {
		return &ClaimError{Op: op, Key: key, Now: record.Now()}
	}
	switch {
	case record.State == claims.Absent:
		delete(r.records, key)
	case record.State == claims.Done && record.place == nil:
		record.place = r.done.PushBack(key)
		fallthrough
	default:
		r.records[key] = record
	}
	r.drop()
	r.watch.Changed(key)
	return nil
}

// drop forgets the oldest results when there are too many.
func (r *memoryResults) drop() {
	if r.done.Len() <= resultsKept {
		return
	}
	for range resultsDropped {
		delete(r.records, r.done.Remove(r.done.Front()).(string))
	}
	r.epoch = rand.Text()
}

// Forget implements Results.
func (r *memoryResults) Forget(_ context.Context, prefix string) error {
	r.resultsMu.Lock()
	defer r.resultsMu.Unlock()
	for key, record := range r.records {
		if strings.HasPrefix(key, prefix) {
			if record.place != nil {
				r.done.Remove(record.place)
			}
			delete(r.records, key)
		}
	}
	r.watch.AllChanged(prefix)
	return nil
}

// Epoch implements Results.
func (r *memoryResults) Epoch(context.Context) (string, error) {
	r.resultsMu.Lock()
	defer r.resultsMu.Unlock()
	return r.epoch, nil
}
