package file_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/store"
	"github.com/alloygen/alloygen/runtime/store/file"
)

const killedFile = "ALLOY_TEST_KILLED_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(killedFile); path != "" {
		untilKilled(path)
	}
	m.Run()
}

// untilKilled works on a file, and says what it has stored, until the process is killed.
func untilKilled(path string) {
	ctx := context.Background()
	s, err := file.Open(path)
	must(err)
	_, err = s.Begin(ctx, "open")
	must(err)
	for n := 1; ; n++ {
		c, err := s.Begin(ctx, fmt.Sprint("done ", n))
		must(err)
		must(s.Finish(ctx, c, fmt.Append(nil, n)))
		must(s.Save(ctx, "r", fmt.Append(nil, n)))
		_, _, err = s.Reserve(ctx, "b", 0, 1<<30, 1)
		must(err)
		fmt.Println(n)
	}
}

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// X79, the store's side: a process that is killed with kill -9 leaves all that it was told is stored, and its open claim is Unknown.
func TestX79Kill(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts a process")
	}
	path := newPath(t)
	for range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killedFile+"="+path)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		var said int
		lines := bufio.NewScanner(out)
		for range 7 {
			require.True(t, lines.Scan())
			_, err := fmt.Sscan(lines.Text(), &said)
			require.NoError(t, err, lines.Text())
		}
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()

		s, ctx := open(t, path), t.Context()
		data, err := s.Load(ctx, "r")
		require.NoError(t, err)
		var saved int
		_, err = fmt.Sscan(string(data), &saved)
		require.NoError(t, err)
		require.GreaterOrEqual(t, saved, said)
		for n := 1; n <= said; n++ {
			c, err := s.Begin(ctx, fmt.Sprint("done ", n))
			require.NoError(t, err)
			require.Equal(t, store.Done, c.State)
			require.Equal(t, fmt.Sprint(n), string(c.Result))
		}
		_, spent, err := s.Reserve(ctx, "b", 0, 1<<30, 0)
		require.NoError(t, err)
		require.GreaterOrEqual(t, spent, int64(said))
		c, err := s.Begin(ctx, "open")
		require.NoError(t, err)
		require.Equal(t, store.Unknown, c.State)
		require.NoError(t, s.Forget(ctx, ""))
		require.NoError(t, s.Settle(ctx, "b", 0, -1<<30))
		require.NoError(t, s.Close())
	}
}
