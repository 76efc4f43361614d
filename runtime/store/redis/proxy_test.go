package redis_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// proxy stands before a server, or before none.
type proxy struct {
	url      string
	swallow  atomic.Bool  // answers do not come back
	delay    atomic.Int64 // of each answer, in nanoseconds
	accepted atomic.Int32 // connections
}

// startProxy forwards to a server. Without an address it is a black hole: it accepts and never answers.
func startProxy(t *testing.T, server string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{url: "redis://" + l.Addr().String()}
	var wg sync.WaitGroup
	var mu sync.Mutex
	conns := []net.Conn{}
	keep := func(c net.Conn) { mu.Lock(); conns = append(conns, c); mu.Unlock() }
	wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			p.accepted.Add(1)
			keep(in)
			if server == "" {
				continue
			}
			out, err := net.Dial("tcp", server)
			if err != nil {
				in.Close()
				continue
			}
			keep(out)
			wg.Go(func() { _, _ = io.Copy(out, in); out.Close() })
			wg.Go(func() { _, _ = io.Copy(answers{p, in}, out); in.Close() })
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return p
}

type answers struct {
	p  *proxy
	to io.Writer
}

func (a answers) Write(data []byte) (int, error) {
	if a.p.swallow.Load() {
		return len(data), nil
	}
	time.Sleep(time.Duration(a.p.delay.Load()))
	return a.to.Write(data)
}
