package file_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"github.com/alloygen/alloygen/runtime/store"
	"github.com/alloygen/alloygen/runtime/store/file"
	"github.com/alloygen/alloygen/runtime/store/storetest"
)

func open(t testing.TB, path string, opts ...file.Option) *file.Store {
	t.Helper()
	s, err := file.Open(path, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "store.db") }

func TestFile(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, newPath(t)) })
}

// What was stored is there again; a claim that was pending is Unknown, since its holder has gone.
func TestOpenAgain(t *testing.T) {
	path, ctx := newPath(t), t.Context()
	s := open(t, path)
	epoch, err := s.Epoch(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Save(ctx, "r", []byte("state")))
	done, err := s.Begin(ctx, "done")
	require.NoError(t, err)
	require.NoError(t, s.Finish(ctx, done, []byte("result")))
	pending, err := s.Begin(ctx, "pending")
	require.NoError(t, err)
	_, _, err = s.Reserve(ctx, "b", time.Hour, 10, 7)
	require.NoError(t, err)
	_, _, err = s.Reserve(ctx, "b", 0, 10, 3)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "twice")

	s = open(t, path)
	again, err := s.Epoch(ctx)
	require.NoError(t, err)
	require.Equal(t, epoch, again)
	data, err := s.Load(ctx, "r")
	require.NoError(t, err)
	require.Equal(t, "state", string(data))
	c, err := s.Begin(ctx, "done")
	require.NoError(t, err)
	require.Equal(t, store.Done, c.State)
	require.Equal(t, "result", string(c.Result))
	for range 2 {
		c, err = s.Begin(ctx, "pending")
		require.NoError(t, err)
		require.Equal(t, store.Unknown, c.State)
	}
	require.NoError(t, s.Finish(ctx, pending, nil), "whoever has the token knows")
	_, spent, err := s.Reserve(ctx, "b", time.Hour, 10, 0)
	require.NoError(t, err)
	require.Contains(t, []int64{7, 0}, spent, "0 if the hour has just ended")
	_, spent, err = s.Reserve(ctx, "b", 0, 10, 0)
	require.NoError(t, err)
	require.EqualValues(t, 3, spent)

	require.NoError(t, s.Close())
	require.NoError(t, os.Remove(path))
	s = open(t, path)
	other, err := s.Epoch(ctx)
	require.NoError(t, err)
	require.NotEqual(t, epoch, other, "a new file is another epoch")
}

func TestLocked(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	_, err := file.Open(path)
	var e *file.LockedError
	require.ErrorAs(t, err, &e)
	require.Equal(t, path, e.Path)
	require.NoError(t, s.Save(t.Context(), "r", nil), "the first is none the worse")
	require.NoError(t, s.Close())
	open(t, path)
}

func TestNoFolder(t *testing.T) {
	_, err := file.Open(filepath.Join(t.TempDir(), "none", "store.db"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = file.Open(t.TempDir())
	require.Error(t, err)
}

// After Close nothing works, and nobody waits any more.
func TestClosed(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s, ctx := open(t, newPath(t)), t.Context()
	c, err := s.Begin(ctx, "k")
	require.NoError(t, err)
	waiter := make(chan error)
	go func() { _, err := s.Begin(ctx, "k"); waiter <- err }()
	time.Sleep(20 * time.Millisecond)
	require.NoError(t, s.Close())
	require.ErrorContains(t, <-waiter, "the file is closed")
	for _, err := range []error{
		s.Save(ctx, "r", nil), s.Finish(ctx, c, nil), s.Forget(ctx, ""), s.Settle(ctx, "b", 0, 1),
		func() error { _, err := s.Load(ctx, "r"); return err }(),
		func() error { _, err := s.Epoch(ctx); return err }(),
	} {
		require.ErrorContains(t, err, "the file is closed")
	}
	goleak.VerifyNone(t, before)
}

// Many write at once, and each finds what it has written; who closes waits for them.
func TestWritesShareCommits(t *testing.T) {
	path := newPath(t)
	s, ctx := open(t, path), t.Context()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			run := fmt.Sprint(i)
			for n := range 10 {
				want := fmt.Sprint(n)
				if err := s.Save(ctx, run, []byte(want)); err != nil {
					t.Error(err)
				}
				if got, err := s.Load(ctx, run); err != nil || string(got) != want {
					t.Errorf("%q, %v", got, err)
				}
			}
			if err := s.Save(ctx, "", nil); err == nil {
				t.Error("an empty name was taken")
			}
		})
	}
	wg.Wait()
	require.NoError(t, s.Close())
	s = open(t, path)
	for i := range 20 {
		got, err := s.Load(ctx, fmt.Sprint(i))
		require.NoError(t, err)
		require.Equal(t, "9", string(got))
	}
}

func TestTTL(t *testing.T) {
	path, ctx := newPath(t), t.Context()
	s := open(t, path)
	require.NoError(t, s.Save(ctx, "r", nil))
	for key, end := range map[string]func(store.Claim) error{
		"done":    func(c store.Claim) error { return s.Finish(ctx, c, nil) },
		"lost":    func(c store.Claim) error { return s.Lose(ctx, c) },
		"pending": func(store.Claim) error { return nil },
	} {
		c, err := s.Begin(ctx, key)
		require.NoError(t, err)
		require.NoError(t, end(c))
	}
	_, _, err := s.Reserve(ctx, "past", time.Millisecond, 10, 10)
	require.NoError(t, err)
	_, _, err = s.Reserve(ctx, "ever", 0, 10, 10)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	time.Sleep(5 * time.Millisecond)

	s = open(t, path, file.WithTTL(0))
	_, err = s.Load(ctx, "r")
	require.NoError(t, err, "kept for ever")
	require.NoError(t, s.Close())

	s = open(t, path, file.WithTTL(time.Millisecond))
	_, err = s.Load(ctx, "r")
	require.ErrorIs(t, err, store.ErrNotFound)
	for key, want := range map[string]store.State{"done": store.Mine, "lost": store.Unknown, "pending": store.Unknown} {
		c, err := s.Begin(ctx, key)
		require.NoError(t, err)
		require.Equal(t, want, c.State, key)
	}
	ok, _, err := s.Reserve(ctx, "ever", 0, 10, 1)
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, s.Close())
	require.Equal(t, 1, count(t, path, "budgets"), "what was spent in a period that is over is dropped")
}

// count is the number of keys in a bucket.
func count(t *testing.T, path, bucket string) (n int) {
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.View(func(tx *bolt.Tx) error { n = tx.Bucket([]byte(bucket)).Stats().KeyN; return nil }))
	return n
}

// A file of a later version is left as it is.
func TestLaterVersion(t *testing.T) {
	path := newPath(t)
	require.NoError(t, open(t, path).Close())
	change(t, path, "meta", "format", []byte("2"))
	_, err := file.Open(path)
	require.ErrorContains(t, err, `it has format "2", and this version reads format 1`)
	require.False(t, errors.As(err, new(*file.CorruptError)))
}

// change writes behind the store's back.
func change(t *testing.T, path, bucket, key string, value []byte) {
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte(bucket)).Put([]byte(key), value) }))
}

func BenchmarkSave(b *testing.B) {
	for _, size := range []int{1 << 10, 100 << 10} {
		for _, many := range []int{1, 50} {
			b.Run(fmt.Sprintf("%dKB/%d at once", size>>10, many), func(b *testing.B) {
				s, data := open(b, newPath(b)), make([]byte, size)
				b.SetParallelism(many)
				save := func(run string) {
					if err := s.Save(context.Background(), run, data); err != nil {
						b.Error(err)
					}
				}
				if many == 1 {
					for b.Loop() {
						save("r")
					}
					return
				}
				b.RunParallel(func(pb *testing.PB) {
					run := fmt.Sprintf("%p", pb)
					for pb.Next() {
						save(run)
					}
				})
			})
		}
	}
}
