package store

import (
	"bytes"
	"container/list"
	"context"
	"fmt"
	"sync"
)

const (
	runsKept   = 1000
	statesKept = 5
)

// memoryRuns is the Checkpointer of a MemoryStore.
type memoryRuns struct {
	runsMu sync.Mutex
	runs   map[string]*memoryRun
	saved  list.List // of the names of runs, the one that was saved last at the back
}

type memoryRun struct {
	states [][]byte // oldest first
	place  *list.Element
}

// Save keeps the last 5 states of the last 1,000 runs that were saved. A run that is dropped is not found.
func (r *memoryRuns) Save(ctx context.Context, run string, data []byte) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.runsMu.Lock()
	defer r.runsMu.Unlock()
	kept := r.runs[run]
	if kept == nil {
		kept = &memoryRun{place: r.saved.PushBack(run)}
		r.runs[run] = kept
	}
	r.saved.MoveToBack(kept.place)
	kept.states = append(kept.states, bytes.Clone(data))
	if n := len(kept.states); n > statesKept {
		kept.states = append([][]byte(nil), kept.states[n-statesKept:]...)
	}
	if len(r.runs) > runsKept {
		delete(r.runs, r.saved.Remove(r.saved.Front()).(string))
	}
	return nil
}

// Load implements Checkpointer.
func (r *memoryRuns) Load(ctx context.Context, run string) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	r.runsMu.Lock()
	defer r.runsMu.Unlock()
	kept := r.runs[run]
	if kept == nil {
		return nil, fmt.Errorf("%w: the run %q in memory", ErrNotFound, run)
	}
	return bytes.Clone(kept.states[len(kept.states)-1]), nil
}

// History returns the states of run that are kept, oldest first: up to 5, none for a run that is not known.
func (r *memoryRuns) History(run string) [][]byte {
	r.runsMu.Lock()
	defer r.runsMu.Unlock()
	kept := r.runs[run]
	if kept == nil {
		return nil
	}
	states := make([][]byte, len(kept.states))
	for i, s := range kept.states {
		states[i] = bytes.Clone(s)
	}
	return states
}
