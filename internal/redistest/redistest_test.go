package redistest_test

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/internal/redistest"
)

func TestServer(t *testing.T) {
	s := redistest.Start(t, "--appendonly", "yes")
	require.Equal(t, "+OK", s.Do("SET a 1"))
	s.Kill()
	_, err := net.DialTimeout("tcp", s.Addr, time.Second)
	require.Error(t, err)
	s.Restart()
	require.Equal(t, ":1", s.Do("EXISTS a"), "what was appended to the file")
	s.Stop()
	s.Restart()
	require.Equal(t, ":1", s.Do("EXISTS a"))

	s.Freeze()
	conn, err := net.DialTimeout("tcp", s.Addr, time.Second)
	require.NoError(t, err, "the system accepts for it")
	defer conn.Close()
	_, err = conn.Write([]byte("PING\r\n"))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	_, err = conn.Read(make([]byte, 10))
	require.ErrorContains(t, err, "timeout")
	s.Thaw()
	require.Equal(t, "+PONG", s.Do("PING"))

	plain := redistest.Start(t)
	require.Equal(t, "+OK", plain.Do("SET a 1"))
	plain.Restart()
	require.Equal(t, ":0", plain.Do("EXISTS a"), "nothing was kept")
}
