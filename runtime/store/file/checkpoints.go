package file

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/alloygen/alloygen/runtime/store"
)

// Save implements store.Checkpointer. It keeps the newest state alone.
func (s *Store) Save(ctx context.Context, run string, data []byte) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	record := seal(run, true, data)
	return s.failed("save", run, s.update(func(tx *bolt.Tx) error {
		return tx.Bucket(runsBucket).Put([]byte(run), record)
	}))
}

// Load implements store.Checkpointer. A record that is not what was saved is a *CorruptError.
func (s *Store) Load(ctx context.Context, run string) (data []byte, err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	err = s.view(func(tx *bolt.Tx) error {
		r := tx.Bucket(runsBucket).Get([]byte(run))
		if r == nil {
			return store.ErrNotFound
		}
		found, err := unseal(run, r)
		if err != nil {
			return s.damaged("run", run, err)
		}
		data = bytes.Clone(found)
		return nil
	})
	return data, s.failed("load", run, err)
}

// damaged is a record that is not what was written.
func (s *Store) damaged(what, key string, err error) error {
	return &CorruptError{Path: s.path, Err: fmt.Errorf("%s %q: %w", what, key, err)}
}
