// Package pipe runs HTTP servers in memory for tests: all of net/http, and no network, so that it runs on the virtual time of
// testing/synctest.
package pipe

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// Server is a server in memory, and the client that reaches it under any address, and nothing else.
type Server struct {
	Client *http.Client
	Dial   func(ctx context.Context, addr string) error // nil, or what connecting comes to; set before the first request
	Reset  atomic.Bool                                  // connections that the server ends look like ones that were reset

	conns   chan net.Conn
	closed  chan struct{}
	once    sync.Once
	running sync.WaitGroup // the server and its connections
}

// Serve runs a server until the test ends. Then it waits until all handlers have returned: in a bubble, one that does not makes
// the test fail.
func Serve(t testing.TB, server *http.Server) *Server {
	t.Helper()
	s := &Server{conns: make(chan net.Conn), closed: make(chan struct{})}
	s.Client = &http.Client{Transport: &http.Transport{DialContext: s.dial, MaxIdleConnsPerHost: 16}}
	told := server.ConnState
	server.ConnState = func(c net.Conn, state http.ConnState) {
		if told != nil {
			told(c, state)
		}
		if state == http.StateClosed || state == http.StateHijacked { // its handlers have returned, or have taken it over
			s.running.Done()
		}
	}
	server.ErrorLog = log.New(io.Discard, "", 0)
	s.running.Go(func() { _ = server.Serve(listener{s}) })
	t.Cleanup(func() {
		s.Client.CloseIdleConnections()
		_ = server.Close()
		s.running.Wait()
	})
	return s
}

func (s *Server) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	if s.Dial != nil {
		if err := s.Dial(ctx, addr); err != nil {
			return nil, err
		}
	}
	ours, theirs := net.Pipe()
	select {
	case s.conns <- theirs:
		return conn{ours, &s.Reset}, nil
	case <-s.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// listener is the server's end of the pipes.
type listener struct{ *Server }

func (l listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		l.running.Add(1)
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l listener) Close() error { l.once.Do(func() { close(l.closed) }); return nil }
func (listener) Addr() net.Addr { return &net.TCPAddr{} }

// conn is the client's end of a pipe.
type conn struct {
	net.Conn
	reset *atomic.Bool
}

func (c conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, io.EOF) && c.reset.Load() {
		err = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}
	return n, err
}
