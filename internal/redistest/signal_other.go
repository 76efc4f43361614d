//go:build !unix

package redistest

import "os"

var (
	terminate = os.Kill
	nothing   = os.Interrupt // cannot be sent, which counts as gone
)

// Freeze skips the test: processes cannot be frozen here.
func (s *Server) Freeze() { s.t.Skip("skipped: a process cannot be frozen on this system") }

// Thaw does nothing.
func (s *Server) Thaw() {}
