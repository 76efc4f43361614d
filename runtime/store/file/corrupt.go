package file

import (
	"fmt"
	"runtime/debug"
)

// CorruptError says that the file does not hold what was written to it. Nothing more is read or written then.
type CorruptError struct {
	Path string
	Err  error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("store: %s is damaged: %v; move it away to begin anew, and look at what was done before a run is repeated", e.Path, e.Err)
}

// Unwrap returns what was found.
func (e *CorruptError) Unwrap() error { return e.Err }

// guard turns what the database does over a damaged file, a panic or a read outside of the mapped file, into an error. The
// locks of the database may be held for ever then, so that it is not used again.
func (s *Store) guard(do func() error) (err error) {
	if broken := s.broken.Load(); broken != nil {
		return broken
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			broken := &CorruptError{Path: s.path, Err: fmt.Errorf("the database gave up: %v", v)}
			s.broken.Store(broken)
			err = broken
		}
	}()
	return do()
}
