package file_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/store"
	"github.com/alloygen/alloygen/runtime/store/file"
)

// written is the bytes of a file with some of everything, in pages of both kinds.
func written(t *testing.T) []byte {
	path, ctx := newPath(t), t.Context()
	s := open(t, path)
	for i := range 120 {
		require.NoError(t, s.Save(ctx, fmt.Sprint("run", i), make([]byte, 200)))
	}
	require.NoError(t, s.Save(ctx, "large", make([]byte, 30_000)))
	for i := range 40 {
		c, err := s.Begin(ctx, fmt.Sprint("result", i))
		require.NoError(t, err)
		require.NoError(t, s.Finish(ctx, c, []byte("done")))
	}
	_, _, err := s.Reserve(ctx, "b", time.Hour, 10, 1)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// use does a bit of everything with a file that may be damaged. What fails says so.
func use(t *testing.T, path string) error {
	s, err := file.Open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx := t.Context()
	var all []error
	for i := range 120 {
		if i%50 != 7 {
			continue
		}
		data, err := s.Load(ctx, fmt.Sprint("run", i))
		if err == nil {
			require.Equal(t, make([]byte, 200), data, "what is wrong is not given away")
		}
		all = append(all, err, s.Save(ctx, fmt.Sprint("run", i), make([]byte, 300)))
	}
	c, err := s.Begin(ctx, "result3")
	if err == nil && c.State == store.Mine {
		err = s.Finish(ctx, c, nil)
	}
	_, _, err2 := s.Reserve(ctx, "b", time.Hour, 10, 1)
	_, err3 := s.Epoch(ctx)
	return errors.Join(append(all, err, err2, err3, s.Forget(ctx, ""), s.Close())...)
}

// X80: a damaged file gives an error, and neither a panic nor what was never written.
func TestX80DamagedFile(t *testing.T) {
	whole := written(t)
	path := filepath.Join(t.TempDir(), "damaged.db")
	damage := func(name string, data []byte) error {
		t.Helper()
		require.NoError(t, os.WriteFile(path, data, 0o600), name)
		return use(t, path)
	}
	require.NoError(t, damage("whole", whole))

	var corrupt *file.CorruptError
	require.ErrorAs(t, damage("text", []byte("this is no database, but it is long enough to have been one, or so it seems")), &corrupt)
	require.ErrorAs(t, damage("zeros", make([]byte, len(whole))), &corrupt)
	for _, length := range []int{100, 1, 2, 3, 4} { // bytes, or sixteenths: the end of the file is not in use yet
		if length < 10 {
			length = len(whole)*length/16 + 100
		}
		err := damage("cut", whole[:length])
		require.ErrorAs(t, err, &corrupt, "%d of %d bytes", length, len(whole))
		require.ErrorContains(t, err, "is damaged")
	}
	page := os.Getpagesize()
	for at := 2 * page; at+page <= len(whole); at += page {
		blank := append([]byte(nil), whole...)
		clear(blank[at : at+page])
		_ = damage("a page of zeros", blank) // a free page may be blank
	}
}

// X80: whatever bytes are changed, there is no panic, no endless loop, and no wrong state.
func TestX80DamagedBytes(t *testing.T) {
	whole := written(t)
	path := filepath.Join(t.TempDir(), "damaged.db")
	rnd := rand.New(rand.NewPCG(1, 2))
	page := os.Getpagesize()
	found := 0
	const tries = 100
	for range tries {
		data := append([]byte(nil), whole...)
		for range 1 + rnd.IntN(3) {
			at := rnd.IntN(len(data))
			if rnd.IntN(2) == 0 { // in the head of a page, or its table of contents
				at = at/page*page + rnd.IntN(200)
			}
			switch at = min(at, len(data)-8); rnd.IntN(3) {
			case 0:
				data[at] ^= 1 << rnd.IntN(8)
			case 1:
				data[at] = byte(rnd.IntN(32)) // often the number of another page
			case 2:
				copy(data[at:], data[at/8*8+8:][:min(8, len(data)-at/8*8-8)])
			}
		}
		require.NoError(t, os.WriteFile(path, data, 0o600))
		if use(t, path) != nil {
			found++
		}
	}
	t.Logf("%d of %d were found", found, tries)
	require.Greater(t, found, tries/10)
}

// A record with a checksum that is not its own, in a file that is sound otherwise.
func TestX80DamagedRecord(t *testing.T) {
	path, ctx := newPath(t), t.Context()
	require.NoError(t, open(t, path).Close())
	change(t, path, "runs", "r", []byte("this is no record of ours"))
	change(t, path, "runs", "short", []byte("x"))
	change(t, path, "results", "k", []byte("this is no record of ours"))
	change(t, path, "budgets", "b\x001h0m0s", []byte("this is no record of ours"))
	s := open(t, path)
	var corrupt *file.CorruptError
	for _, run := range []string{"r", "short"} {
		_, err := s.Load(ctx, run)
		require.ErrorAs(t, err, &corrupt)
		require.ErrorContains(t, err, `run "`+run+`": its checksum is wrong`)
		require.NotErrorIs(t, err, store.ErrNotFound)
	}
	_, err := s.Begin(ctx, "k")
	require.ErrorAs(t, err, &corrupt)
	_, _, err = s.Reserve(ctx, "b", time.Hour, 10, 1)
	require.ErrorAs(t, err, &corrupt)
	require.NoError(t, s.Save(ctx, "r", []byte("new")), "the rest of the file is sound")
	data, err := s.Load(ctx, "r")
	require.NoError(t, err)
	require.Equal(t, "new", string(data))
}
