// Package redistest runs a redis-server for a test: one of its own on the loopback interface, which can be stopped, killed,
// started again and frozen.
package redistest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Server is a redis-server. Its methods are for the goroutine of the test and fail it when they cannot do what they say.
type Server struct {
	Addr string // host:port; stays the same over a Restart
	URL  string // redis://host:port

	t    testing.TB
	dir  string
	args []string
	cmd  *exec.Cmd
}

// Start starts a server that keeps nothing on disk unless args say so, as "--appendonly", "yes" do, and waits until it
// answers. It is killed at the end of the test. Without a redis-server the test is skipped; scripts/redis.sh installs one.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	binary := find()
	if binary == "" {
		t.Skip("skipped: redis-server is not installed: run scripts/redis.sh, or install Redis")
	}
	s := &Server{t: t, dir: t.TempDir()}
	t.Cleanup(func() { s.end(os.Kill) })
	for range 5 { // somebody else may take the port first
		s.Addr = freeAddr(t)
		s.URL = "redis://" + s.Addr
		host, port, _ := net.SplitHostPort(s.Addr)
		s.args = append([]string{binary, "--port", port, "--bind", host, "--dir", s.dir, "--save", ""}, args...)
		if s.run() {
			return s
		}
	}
	t.Fatalf("redis-server does not start:\n%s", s.log())
	return nil
}

// find is the program, or nothing.
func find() string {
	if path, err := exec.LookPath("redis-server"); err == nil {
		return path
	}
	folder, err := os.Getwd()
	for ; err == nil; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			path := filepath.Join(folder, ".tools", "redis", "redis-server")
			if exec.Command(path, "--version").Run() == nil {
				return path
			}
			return ""
		}
		if folder == filepath.Dir(folder) {
			break
		}
	}
	return ""
}

func freeAddr(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// run starts the server and waits until it answers; false when it ended instead.
func (s *Server) run() bool {
	s.t.Helper()
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	s.cmd = exec.Command(s.args[0], s.args[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	cmd := s.cmd
	go func() { _ = cmd.Wait(); close(ended) }()
	for range 1000 {
		if answer, err := s.ask("PING"); err == nil && answer == "+PONG" {
			return true
		}
		select {
		case <-ended:
			s.cmd = nil
			return false
		case <-time.After(10 * time.Millisecond):
		}
	}
	s.t.Fatalf("redis-server does not answer:\n%s", s.log())
	return false
}

func (s *Server) logFile() string { return filepath.Join(s.dir, "redis.log") }

func (s *Server) log() string {
	text, _ := os.ReadFile(s.logFile())
	return string(text)
}

// Stop ends the server in order: it writes what it keeps on disk.
func (s *Server) Stop() {
	s.t.Helper()
	s.end(terminate)
}

// Kill ends the server at once, as kill -9 does.
func (s *Server) Kill() {
	s.t.Helper()
	s.end(os.Kill)
}

// end sends a signal and waits until the server is gone.
func (s *Server) end(signal os.Signal) {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(signal)
	for range 1000 {
		if conn, err := net.DialTimeout("tcp", s.Addr, time.Second); err != nil && s.cmd.Process.Signal(nothing) != nil {
			s.cmd = nil
			return
		} else if err == nil {
			conn.Close()
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.t.Errorf("redis-server does not end:\n%s", s.log())
}

// Restart starts the server again, after Stop or Kill or instead of them: on the same port, with what is in its folder.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	if !s.run() {
		s.t.Fatalf("redis-server does not start again:\n%s", s.log())
	}
}

// Do sends a command, words separated by spaces, and returns the first line of the answer: "+OK", ":3", "-ERR …". It fails the
// test when there is no answer.
func (s *Server) Do(command string) string {
	s.t.Helper()
	answer, err := s.ask(command)
	if err != nil {
		s.t.Fatalf("redis-server, %s: %v", command, err)
	}
	return answer
}

func (s *Server) ask(command string) (string, error) {
	conn, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(line), err
}
