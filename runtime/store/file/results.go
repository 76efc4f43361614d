package file

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/alloygen/alloygen/runtime/store"
	"github.com/alloygen/alloygen/runtime/store/internal/claims"
)

// claim is what the file says of a key.
type claim struct {
	claims.Record
	Opener string // whose Open made it Pending
}

// Begin implements store.Results. A claim that another process left pending is Unknown: it has the file no longer open.
func (s *Store) Begin(ctx context.Context, key string) (store.Claim, error) {
	if ctx.Err() != nil {
		return store.Claim{}, context.Cause(ctx)
	}
	for {
		changed, leave := s.watch.On(key)
		c, err := s.begin(key)
		if err != nil || c.State != 0 {
			leave()
			return c, s.failed("begin", key, err)
		}
		select {
		case <-changed:
			leave()
		case <-s.closed:
			leave()
			return store.Claim{}, s.failed("begin", key, errClosed)
		case <-ctx.Done():
			leave()
			return store.Claim{}, fmt.Errorf("store: another holder of %q is still at work: %w", key, context.Cause(ctx))
		}
	}
}

// begin is the claim of key, without a State while another of this process holds it.
func (s *Store) begin(key string) (store.Claim, error) {
	var found claim
	err := s.view(func(tx *bolt.Tx) (err error) {
		found, err = s.read(tx, key)
		return err
	})
	if err != nil {
		return store.Claim{}, err
	}
	if found.State == claims.Absent {
		token := rand.Text()
		err = s.update(func(tx *bolt.Tx) (err error) {
			if found, err = s.read(tx, key); err != nil || found.State != claims.Absent {
				return err
			}
			return write(tx, key, claim{Record: claims.Record{State: claims.Pending, Token: token}, Opener: s.opener})
		})
		if err != nil {
			return store.Claim{}, err
		}
		if found.State == claims.Absent {
			return store.Claim{Key: key, State: store.Mine, Token: token}, nil
		}
	}
	switch {
	case found.State == claims.Done:
		return store.Claim{Key: key, State: store.Done, Result: found.Result}, nil
	case found.State == claims.Unknown, found.Opener != s.opener:
		return store.Claim{Key: key, State: store.Unknown}, nil
	}
	return store.Claim{Key: key}, nil
}

// Finish implements store.Results.
func (s *Store) Finish(_ context.Context, c store.Claim, result []byte) error {
	return s.change("finish", c.Key, func(r *claims.Record) bool { return r.Finish(c.Token, result) })
}

// Release implements store.Results.
func (s *Store) Release(_ context.Context, c store.Claim) error {
	return s.change("release", c.Key, func(r *claims.Record) bool { return r.Release(c.Token) })
}

// Lose implements store.Results.
func (s *Store) Lose(_ context.Context, c store.Claim) error {
	return s.change("lose", c.Key, func(r *claims.Record) bool { return r.Lose(c.Token) })
}

// change does something with a record, whatever has become of the caller's context: the outcome must not be lost with it.
func (s *Store) change(op, key string, do func(*claims.Record) bool) error {
	err := s.update(func(tx *bolt.Tx) error {
		found, err := s.read(tx, key)
		if err != nil {
			return err
		}
		if !do(&found.Record) {
			return &store.ClaimError{Op: op, Key: key, Now: found.Now()}
		}
		return write(tx, key, found)
	})
	if _, refused := err.(*store.ClaimError); refused {
		return err
	}
	s.watch.Changed(key)
	return s.failed(op, key, err)
}

func (s *Store) read(tx *bolt.Tx, key string) (found claim, err error) {
	r := tx.Bucket(resultsBucket).Get([]byte(key))
	if r == nil {
		return found, nil
	}
	data, err := unseal(key, r)
	if err == nil {
		err = json.Unmarshal(data, &found)
	}
	if err != nil {
		return found, s.damaged("result", key, err)
	}
	return found, nil
}

func write(tx *bolt.Tx, key string, c claim) error {
	b := tx.Bucket(resultsBucket)
	if c.State == claims.Absent {
		return b.Delete([]byte(key))
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return b.Put([]byte(key), seal(key, c.State == claims.Done, data))
}

// Forget implements store.Results.
func (s *Store) Forget(_ context.Context, prefix string) error {
	err := s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(resultsBucket)
		var keys [][]byte
		c := b.Cursor()
		for key, _ := c.Seek([]byte(prefix)); bytes.HasPrefix(key, []byte(prefix)) && key != nil; key, _ = c.Next() {
			keys = append(keys, key)
		}
		for _, key := range keys {
			if err := b.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
	s.watch.AllChanged(prefix)
	return s.failed("forget", prefix, err)
}

// Epoch implements store.Results. It is made with the file.
func (s *Store) Epoch(context.Context) (epoch string, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		epoch = string(tx.Bucket(metaBucket).Get(epochKey))
		return nil
	})
	return epoch, s.failed("epoch", "", err)
}
