package file

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// pruneEvery is how often what is older than the TTL is looked for.
const pruneEvery = time.Hour

// change is something to be written. do changes nothing when it returns an error.
type change struct {
	do   func(*bolt.Tx) error
	done bool
	err  error
}

// update writes a change, together with all that have come while the one before was written: a commit costs the same for one
// as for many. It has no goroutine, so that a panic of the commit can be caught; bolt's Batch commits in one of its own.
func (s *Store) update(do func(*bolt.Tx) error) error {
	c := &change{do: do}
	s.queueMu.Lock()
	s.queue = append(s.queue, c)
	s.queueMu.Unlock()

	s.writing.Lock()
	defer s.writing.Unlock()
	if c.done { // by one who came later, but was first here
		return c.err
	}
	s.queueMu.Lock()
	all := s.queue
	s.queue = nil
	s.queueMu.Unlock()
	err := s.use(func() error {
		return s.db.Update(func(tx *bolt.Tx) error {
			for _, c := range all {
				c.err = c.do(tx)
			}
			return s.prune(tx)
		})
	})
	for _, c := range all {
		c.done = true
		if err != nil {
			c.err = err
		}
	}
	return c.err
}

func (s *Store) view(do func(*bolt.Tx) error) error {
	return s.use(func() error { return s.db.View(do) })
}

// use does something with the database while it is open.
func (s *Store) use(do func() error) error {
	s.using.RLock()
	defer s.using.RUnlock()
	select {
	case <-s.closed:
		return errClosed
	default:
		return s.guard(do)
	}
}

// prune drops runs and results that are older than the TTL, and budgets of periods that are over.
func (s *Store) prune(tx *bolt.Tx) error {
	now := time.Now()
	if now.Sub(s.pruned) < pruneEvery && !now.Before(s.pruned) {
		return nil
	}
	s.pruned = now
	old := func(_, record []byte) bool {
		at, ok := ends(record)
		return ok && s.ttl > 0 && now.Sub(at) > s.ttl
	}
	return errors.Join(
		drop(tx.Bucket(runsBucket), old),
		drop(tx.Bucket(resultsBucket), old),
		drop(tx.Bucket(budgetsBucket), func(name, record []byte) bool { return over(name, record, now) }),
	)
}

func drop(b *bolt.Bucket, over func(key, record []byte) bool) error {
	var keys [][]byte
	_ = b.ForEach(func(key, record []byte) error {
		if over(key, record) {
			keys = append(keys, key)
		}
		return nil
	})
	for _, key := range keys {
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// failed says what could not be done.
func (s *Store) failed(op, key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: %s of %q in %s: %w", op, key, s.path, err)
}
