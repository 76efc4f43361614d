// Package file keeps runs, results and budgets in one file, so that the work of one machine survives the end of its process,
// kill -9 included. Rate limits and cooldowns are kept in memory. One process has the file open at a time.
//
// The file is a bbolt database on a local disk: the lock that keeps others out, and what is known of a holder's death with
// it, do not hold on every network file system. Each change is on the disk (fsync) before its method returns; changes that
// come while another is written share the next fsync: on an ordinary disk a Save took 1 to 3 ms alone, and 0.1 ms each of a
// hundred at once. The space of what is dropped is used again, but the file never shrinks.
package file

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/alloygen/alloygen/runtime/store"
	"github.com/alloygen/alloygen/runtime/store/internal/claims"
)

// defaultTTL is how long runs and results are kept.
const defaultTTL = 7 * 24 * time.Hour

// format is the version of what is in the buckets.
const format = "1"

var (
	metaBucket    = []byte("meta") // format, epoch
	runsBucket    = []byte("runs")
	resultsBucket = []byte("results")
	budgetsBucket = []byte("budgets")

	formatKey = []byte("format")
	epochKey  = []byte("epoch")
)

// Store is a store.Store in a file.
type Store struct {
	store.Limits
	store.Cooldowns

	path   string
	db     *bolt.DB
	handle *os.File // the database's own
	opener string   // marks the claims of this Open
	ttl    time.Duration
	watch  claims.Watch
	broken atomic.Pointer[CorruptError]

	closing sync.Once
	closed  chan struct{}
	using   sync.RWMutex // held for reading while the database is used

	queueMu sync.Mutex
	queue   []*change
	writing sync.Mutex
	pruned  time.Time
}

var _ store.Store = (*Store)(nil)

// Option changes how a file is opened.
type Option func(*Store)

// WithTTL drops runs that were not saved, and results that were stored, longer than d ago. Default: 7 days; 0 keeps them for
// ever. What is Unknown stays until it is forgotten or finished.
func WithTTL(d time.Duration) Option { return func(s *Store) { s.ttl = d } }

// LockedError says that another process, or another Open of this one, has the file open.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("store: %s is open in another process, or twice in this one: close it there, or give each process a file of its own", e.Path)
}

// Open opens the file at path, whose folder must exist, and creates it if it is not there. It reads the whole file once to see
// whether it is sound, and returns a *CorruptError if it is not, and a *LockedError at once if it is open elsewhere. Claims that
// are pending in the file are Unknown from now on, since their holder's process has ended.
func Open(path string, opts ...Option) (*Store, error) {
	memory := store.NewMemory()
	s := &Store{Limits: memory, Cooldowns: memory, path: path, opener: rand.Text(), ttl: defaultTTL, closed: make(chan struct{})}
	for _, o := range opts {
		o(s)
	}
	if err := s.open(); err != nil {
		if s.db != nil || s.broken.Load() != nil {
			_ = s.Close()
		}
		return nil, err
	}
	return s, nil
}

func (s *Store) open() error {
	options := &bolt.Options{
		Timeout:      time.Millisecond, // one try
		FreelistType: bolt.FreelistMapType,
		NoStatistics: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			f, err = os.OpenFile(name, flag, mode)
			s.handle = f
			return f, err
		},
	}
	err := s.guard(func() (err error) {
		s.db, err = bolt.Open(s.path, 0o600, options)
		return err
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return &LockedError{Path: s.path}
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return &CorruptError{Path: s.path, Err: err}
	case err != nil:
		return fmt.Errorf("store: open %s: %w", s.path, err)
	}
	if err := s.sound(); err != nil {
		return err
	}
	err = s.update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{metaBucket, runsBucket, resultsBucket, budgetsBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(metaBucket)
		switch found := meta.Get(formatKey); {
		case found == nil:
			if err := meta.Put(formatKey, []byte(format)); err != nil {
				return err
			}
			return meta.Put(epochKey, []byte(rand.Text()))
		case string(found) != format:
			return fmt.Errorf("it has format %q, and this version reads format %s: open it with the version that wrote it, or begin a new file", found, format)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: open %s: %w", s.path, err)
	}
	syncFolder(s.path)
	return nil
}

// syncFolder puts the name of a new file on the disk, where the system can do that.
func syncFolder(path string) {
	if folder, err := os.Open(filepath.Dir(path)); err == nil {
		_ = folder.Sync()
		folder.Close()
	}
}

// Close closes the file and waits for those who use it; who waits for another's claim gets an error.
func (s *Store) Close() (err error) {
	s.closing.Do(func() {
		close(s.closed)
		s.using.Lock()
		defer s.using.Unlock()
		if s.broken.Load() != nil {
			unlock(s.handle)
			err = s.handle.Close() // the database could still hold locks of its own
			return
		}
		err = s.db.Close()
	})
	return err
}

// errClosed is what methods return after Close.
var errClosed = errors.New("the file is closed")
