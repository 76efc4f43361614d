package health_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/observe/health"
)

// F181: the last 100 calls.
func TestWindowByCount(t *testing.T) {
	m := seen(0, 0)
	show(m, 1000, failed(alloy.KindServer))
	for i := range 100 {
		require.Equal(t, 100-i, m.Status(gpt).Failures)
		require.Equal(t, 100, m.Status(gpt).Calls)
		require.Equal(t, i < 50, m.Critical(gpt))
		show(m, 1, answered(0))
	}
	require.Zero(t, m.Status(gpt).Failures)
}

// F181: the last 5 minutes. A call of minute 0 is out of the window at minute 5.
func TestWindowByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := health.New()
		show(m, 3, failed(alloy.KindServer))
		time.Sleep(time.Minute)
		show(m, 1, answered(6*time.Second))
		time.Sleep(4*time.Minute - time.Nanosecond)
		require.True(t, m.Critical(gpt))
		require.Equal(t, 3, m.Status(gpt).Failures)
		time.Sleep(time.Nanosecond)
		require.False(t, m.Critical(gpt))
		require.Equal(t, health.Slow, m.Status(gpt).State)
		require.Equal(t, 1, m.Status(gpt).Calls)
		time.Sleep(time.Minute)
		require.Equal(t, health.Status{Model: gpt, Provider: "openai", State: health.Healthy}, m.Status(gpt))
		require.Len(t, m.Report().Models, 1, "it has been asked")

		show(m, 1, failed(alloy.KindServer))
		require.Equal(t, 1, m.Status(gpt).Calls)
		require.True(t, m.Critical(gpt))
	})
}

// Clocks of tests with virtual time begin in the year 2000, each anew.
func TestClockThatGoesBack(t *testing.T) {
	m := seen(10, 10) // this year
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Minute)
			require.False(t, m.Critical(gpt))
			require.Zero(t, m.Status(gpt).Calls)
			show(m, 1, failed(alloy.KindServer))
			time.Sleep(time.Minute)
			show(m, 1, answered(0))
			require.Equal(t, 2, m.Status(gpt).Calls)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		show(m, 1, answered(0))
		require.Equal(t, 1, m.Status(gpt).Calls, "a new call finds a new window")
	})
	require.Zero(t, m.Status(gpt).Calls, "and back in this year all that is old")
}

// Memory is bounded: the model that was not asked for the longest time goes.
func TestManyModels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := health.New()
		for i := range 300 {
			show(m, 1, alloy.RequestFinished{Model: fmt.Sprintf("m-%03d", i)})
			time.Sleep(2 * time.Second)
			show(m, 1, alloy.RequestFinished{Model: "main"})
		}
		models := m.Report().Models
		require.Len(t, models, 256)
		require.Equal(t, "m-045", models[0].Model)
		require.Equal(t, "m-299", models[254].Model)
		require.Equal(t, "main", models[255].Model)
		require.Equal(t, 100, models[255].Calls, "m-000 … m-044 went, and main stayed")
	})
}

// step is one call of a script, and the time before it.
type step struct {
	pause, took time.Duration
	failed      bool
}

func drawSteps(t *rapid.T) []step {
	between := func(limit time.Duration, what string) time.Duration {
		return time.Duration(rapid.Int64Range(0, int64(limit)).Draw(t, what))
	}
	all := make([]step, rapid.IntRange(1, 300).Draw(t, "calls"))
	for i := range all {
		all[i] = step{took: between(10*time.Second, "took"), failed: rapid.Bool().Draw(t, "failed")}
		if rapid.IntRange(0, 5).Draw(t, "pauses") == 0 {
			all[i].pause = between(3*time.Minute, "pause")
		}
	}
	return all
}

// F181: what is in the window is what a list of all calls says, whatever happens when.
func TestWindowAgreesWithAListOfAllCalls(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		script, idle := drawSteps(r), time.Duration(rapid.Int64Range(0, int64(6*time.Minute)).Draw(r, "idle"))
		var got health.Status
		var critical bool
		synctest.Test(t, func(*testing.T) {
			m := health.New()
			for _, s := range script {
				time.Sleep(s.pause)
				e := answered(s.took)
				if s.failed {
					e.Kind, e.Err = alloy.KindServer, errDown
				}
				show(m, 1, e)
			}
			time.Sleep(idle)
			got, critical = m.Status(gpt), m.Critical(gpt)
		})

		var took []time.Duration
		var sum time.Duration
		failures, age := 0, idle
		for i := len(script) - 1; i >= 0 && len(took) < 100 && age < 5*time.Minute; i-- {
			took = append(took, script[i].took)
			sum += script[i].took
			if script[i].failed {
				failures++
			}
			age += script[i].pause
		}
		require.Equal(r, len(took), got.Calls)
		require.Equal(r, failures, got.Failures)
		require.Equal(r, 2*failures > len(took), critical)
		require.Equal(r, critical, got.State == health.Critical)
		if len(took) == 0 {
			return
		}
		require.Equal(r, sum/time.Duration(len(took)), got.Average)
		for p, shown := range map[int]time.Duration{50: got.P50, 95: got.P95, 99: got.P99} {
			shorter, upTo := 0, 0
			for _, d := range took {
				if d < shown {
					shorter++
				}
				if d <= shown {
					upTo++
				}
			}
			require.GreaterOrEqual(r, 100*upTo, p*len(took), "p%d: so many calls take no longer", p)
			require.Less(r, 100*shorter, p*len(took), "p%d: of no shorter time is that true", p)
		}
	})
}
