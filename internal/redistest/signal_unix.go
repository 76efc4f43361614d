//go:build unix

package redistest

import (
	"os"
	"syscall"
)

var (
	terminate os.Signal = syscall.SIGTERM
	nothing   os.Signal = syscall.Signal(0) // only asks whether the process is there
)

// Freeze stops the server without ending it: its port accepts connections and never answers.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets it go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
}
