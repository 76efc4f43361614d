package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/store"
	"github.com/alloygen/alloygen/runtime/store/file"
)

// A run of ten tools in a process of its own, which is killed (SIGKILL) at a random one of the points between its steps, and
// started again until the run has an end. The test binary is that process when these variables are set.
const (
	crashDir   = "ALLOY_TEST_CRASH_DIR"
	crashPoint = "ALLOY_TEST_CRASH_POINT" // 0: none
	crashOnce  = "ALLOY_TEST_CRASH_IDEMPOTENT"
)

const crashTools = 10

// crashing kills the process at one of its points.
type crashing struct {
	store.Store
	points atomic.Int64
	at     int64
}

func (c *crashing) point() {
	if c.points.Add(1) == c.at {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until the kernel has done it
	}
}

func (c *crashing) Save(ctx context.Context, run string, data []byte) error {
	c.point()
	defer c.point()
	return c.Store.Save(ctx, run, data)
}

func (c *crashing) Begin(ctx context.Context, key string) (store.Claim, error) {
	c.point()
	defer c.point()
	return c.Store.Begin(ctx, key)
}

func (c *crashing) Finish(ctx context.Context, claim store.Claim, result []byte) error {
	c.point()
	defer c.point()
	return c.Store.Finish(ctx, claim, result)
}

// crashRun is the process. It prints its points, and how the run ended.
func crashRun(dir string) error {
	s, err := file.Open(filepath.Join(dir, "runs.db"))
	if err != nil {
		return err
	}
	defer s.Close()
	c := &crashing{Store: s}
	if _, err := fmt.Sscan(os.Getenv(crashPoint), &c.at); err != nil {
		return err
	}
	tool := tenSteps(os.Getenv(crashOnce) != "", func(n int) error {
		c.point()
		defer c.point()
		return effect(dir, n)
	})
	got, err := reply.Run(context.Background(), saying[string]("go"), []alloy.Option{alloy.WithProvider(tenTurns()),
		alloy.WithTools(tool), alloy.WithMaxToolTurns(crashTools),
		alloy.WithStore(c), alloy.WithRunID("r1")})
	unknown, isUnknown := errors.AsType[*alloy.UnknownOutcome](err)
	switch {
	case isUnknown: // somebody looks at what the tool did, and says so
		fmt.Println("unknown")
		n := strings.Count(effects(dir), "\n")
		if done := len(alreadyIn(effects(dir))); done != n {
			return fmt.Errorf("%d effects of %d steps", n, done)
		}
		if strings.Contains(effects(dir), "step "+stepOf(unknown)+"\n") {
			return unknown.Settle(context.Background(), s, "done "+stepOf(unknown))
		}
		return unknown.Forget(context.Background(), s)
	case err != nil:
		return err
	}
	fmt.Println("points", c.points.Load())
	fmt.Println("answer", got)
	return nil
}

// tenSteps is the tool whose effect is to be had once for each step.
func tenSteps(idempotent bool, do func(n int) error) alloy.Tool {
	return alloy.Tool{Name: "step", Idempotent: idempotent,
		Input: &alloy.Schema{Name: "step", JSON: `{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}`},
		Run: func(_ context.Context, input []byte) (any, error) {
			var in struct{ N int }
			if err := json.Unmarshal(input, &in); err != nil {
				return nil, err
			}
			return fmt.Sprintf("done %d", in.N), do(in.N)
		}}
}

// tenTurns is a model that calls the tool for each step, two in the fifth turn, and answers with the results that it has got.
func tenTurns() provider.Provider {
	return alloytest.New(alloytest.Func(func(_ context.Context, req *provider.Request) alloytest.Step {
		got := results(req)
		switch n := len(got); {
		case n == 4:
			return alloytest.ToolCalls(alloytest.Call{Name: "step", ID: "c4",
				Args: map[string]int{"n": 4}}, alloytest.Call{Name: "step", ID: "c5", Args: map[string]int{"n": 5}})
		case n < crashTools:
			return alloytest.ToolCalls(alloytest.Call{Name: "step", ID: fmt.Sprintf("c%d", n), Args: map[string]int{"n": n}})
		}
		var all []string
		for _, r := range got {
			all = append(all, r.Content)
		}
		return alloytest.Reply(strings.Join(all, ", "))
	}).Forever())
}

// stepOf is the number of the step whose outcome is unknown.
func stepOf(e *alloy.UnknownOutcome) string { return strings.TrimPrefix(e.CallID, "c") }

// effect is what a step does to the world: a line in a file.
func effect(dir string, n int) error {
	f, err := os.OpenFile(filepath.Join(dir, "effects"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "step %d\n", n)
	return err
}

func effects(dir string) string {
	data, _ := os.ReadFile(filepath.Join(dir, "effects"))
	return string(data)
}

func alreadyIn(effects string) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(effects) {
		all[line] = true
	}
	return all
}

// F167, X79: killed at 20 random points, and resumed each time, the run has every effect exactly once, or says that it does
// not know.
func TestX79KilledAndResumed(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	start := func(t *testing.T, dir string, once bool, point int) (out string, killed bool) {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), crashDir+"="+dir, fmt.Sprintf("%s=%d", crashPoint, point))
		if once {
			cmd.Env = append(cmd.Env, crashOnce+"=1")
		}
		said, err := cmd.Output()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
			return string(said), true
		}
		require.NoError(t, err, "%s", said)
		return string(said), false
	}
	var points int
	whole, _ := start(t, t.TempDir(), true, 0)
	_, err = fmt.Sscanf(whole, "points %d", &points)
	require.NoError(t, err)
	require.Greater(t, points, 80)

	var unknown, kills atomic.Int32
	t.Run("runs", func(t *testing.T) {
		for i := range 20 {
			once := i%2 == 0
			seed := rand.Uint64()
			t.Run(fmt.Sprintf("%d_once=%v", i, once), func(t *testing.T) {
				t.Parallel()
				t.Logf("seed %d", seed)
				rnd := rand.New(rand.NewPCG(seed, 0))
				dir := t.TempDir()
				point := 1 + rnd.IntN(points)
				for range 40 {
					out, killed := start(t, dir, once, point)
					if killed {
						kills.Add(1)
						point = rnd.IntN(points) // again, or never
						continue
					}
					if strings.HasPrefix(out, "unknown") {
						unknown.Add(1)
						point = 0
						continue
					}
					require.Contains(t, out, "answer done 0, done 1, done 2, done 3, done 4, done 5, done 6, done 7, done 8, done 9\n")
					require.Len(t, alreadyIn(effects(dir)), crashTools, "nothing is lost")
					require.Equal(t, crashTools, strings.Count(effects(dir), "\n"), "nothing is done twice:\n%s", effects(dir))
					return
				}
				t.Fatal("the run has no end")
			})
		}
	})
	t.Logf("%d kills, %d unknown outcomes", kills.Load(), unknown.Load())
	require.GreaterOrEqual(t, int(kills.Load()), 20)
}
