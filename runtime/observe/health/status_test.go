package health_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/observe/health"
)

// F181: what is exactly at a limit is within it.
func TestStates(t *testing.T) {
	for _, tc := range []struct {
		calls, failures int
		want            health.State
	}{
		{0, 0, health.Healthy},
		{1, 0, health.Healthy},
		{1, 1, health.Critical},
		{2, 1, health.Degraded}, // exactly 0.5
		{3, 2, health.Critical},
		{9, 1, health.Degraded},
		{10, 1, health.Healthy}, // exactly 0.1
		{10, 2, health.Degraded},
		{10, 5, health.Degraded},
		{10, 6, health.Critical},
		{30, 3, health.Healthy},
		{70, 7, health.Healthy},
		{100, 10, health.Healthy},
		{100, 11, health.Degraded},
		{100, 50, health.Degraded},
		{100, 51, health.Critical},
		{100, 100, health.Critical},
	} {
		t.Run(fmt.Sprintf("F181_%d_of_%d", tc.failures, tc.calls), func(t *testing.T) {
			m := seen(tc.calls, tc.failures)
			s := m.Status(gpt)
			require.Equal(t, tc.want, s.State)
			require.Equal(t, tc.calls, s.Calls)
			require.Equal(t, tc.failures, s.Failures)
			require.Equal(t, tc.want == health.Critical, m.Critical(gpt))
			if tc.calls > 0 {
				require.InDelta(t, float64(tc.failures)/float64(tc.calls), s.ErrorRate, 1e-15)
			}
		})
	}
}

// F181: the average decides only where the error rate does not.
func TestSlow(t *testing.T) {
	const limit = 5000 * time.Millisecond
	for _, tc := range []struct {
		name  string
		calls []alloy.RequestFinished
		want  health.State
	}{
		{"at the limit", []alloy.RequestFinished{answered(limit)}, health.Healthy},
		{"over it", []alloy.RequestFinished{answered(limit + 1)}, health.Slow},
		{"on average at it", []alloy.RequestFinished{answered(time.Second), answered(2*limit - time.Second)}, health.Healthy},
		{"on average over it", []alloy.RequestFinished{answered(0), answered(2*limit + time.Millisecond)}, health.Slow},
		{"one of two fails", []alloy.RequestFinished{answered(3 * limit), failed(alloy.KindServer)}, health.Degraded},
		{"a clock that went back", []alloy.RequestFinished{answered(-time.Hour)}, health.Healthy},
		{"longer than any sum", []alloy.RequestFinished{answered(1 << 62), answered(1 << 62), answered(1 << 62)}, health.Slow},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := health.New()
			for _, e := range tc.calls {
				show(m, 1, e)
			}
			require.Equal(t, tc.want, m.Status(gpt).State)
			require.False(t, m.Critical(gpt))
			require.GreaterOrEqual(t, m.Status(gpt).P50, time.Duration(0))
		})
	}
}

// F181: percentiles by nearest rank.
func TestPercentiles(t *testing.T) {
	for _, tc := range []struct{ calls, p50, p95, p99 int }{
		{1, 1, 1, 1},
		{2, 1, 2, 2},
		{3, 2, 3, 3},
		{10, 5, 10, 10},
		{20, 10, 19, 20},
		{99, 50, 95, 99},
		{100, 50, 95, 99},
	} {
		t.Run(fmt.Sprint(tc.calls), func(t *testing.T) {
			m := health.New()
			for _, i := range rand.Perm(tc.calls) {
				show(m, 1, answered(time.Duration(i+1)*time.Millisecond))
			}
			s := m.Status(gpt)
			require.Equal(t, time.Duration(tc.p50)*time.Millisecond, s.P50)
			require.Equal(t, time.Duration(tc.p95)*time.Millisecond, s.P95)
			require.Equal(t, time.Duration(tc.p99)*time.Millisecond, s.P99)
			require.Equal(t, time.Duration(tc.calls+1)*time.Millisecond/2, s.Average)
		})
	}
}

// F182: what the breaker asks, at 51 %.
func TestCriticalFeedsTheBreaker(t *testing.T) {
	m := health.New()
	var breaker interface{ Critical(model string) bool } = m
	show(m, 49, answered(time.Second))
	show(m, 49, failed(alloy.KindOverloaded))
	require.False(t, breaker.Critical(gpt))
	show(m, 1, failed(alloy.KindTimeout))
	require.True(t, breaker.Critical(gpt), "50 of 99")
	show(m, 1, answered(time.Second))
	require.False(t, breaker.Critical(gpt), "50 of 100")
	show(m, 1, failed(alloy.KindNetwork))
	require.True(t, breaker.Critical(gpt), "51 of 100: the newest failure took the place of an answer")
	require.False(t, breaker.Critical("another"))
}

func TestMinCalls(t *testing.T) {
	m := seen(9, 9, health.WithMinCalls(10))
	require.False(t, m.Critical(gpt))
	require.Equal(t, health.Healthy, m.Status(gpt).State)
	require.InDelta(t, 1, m.Status(gpt).ErrorRate, 0, "the figures are shown all the same")
	show(m, 1, failed(alloy.KindServer))
	require.True(t, m.Critical(gpt))

	require.True(t, seen(100, 100, health.WithMinCalls(1000)).Critical(gpt), "a window holds no more than 100")
	require.True(t, seen(1, 1, health.WithMinCalls(-1), nil).Critical(gpt))
	require.Equal(t, health.Healthy, seen(0, 0, health.WithMinCalls(0)).Status(gpt).State)
}

// A name that two providers have stands for the worst of them.
func TestModelOfTwoProviders(t *testing.T) {
	m := health.New()
	show(m, 10, answered(time.Second))
	other := failed(alloy.KindServer)
	other.Provider = "compatible"
	show(m, 1, other)

	require.True(t, m.Critical(gpt))
	require.Equal(t, "compatible", m.Status(gpt).Provider)
	models := m.Report().Models
	require.Len(t, models, 2)
	require.Equal(t, health.Critical, models[0].State)
	require.Equal(t, "openai", models[1].Provider)
	require.Equal(t, health.Healthy, models[1].State)

	show(m, 9, alloy.RequestFinished{Model: gpt, Provider: "compatible"})
	require.Equal(t, "compatible", m.Status(gpt).Provider, "of two that do as well, the one with more calls; else the first")
	show(m, 1, answered(time.Second))
	require.Equal(t, "openai", m.Status(gpt).Provider)
}

func TestModelThatWasNotAsked(t *testing.T) {
	var m health.Monitor
	require.Equal(t, health.Status{Model: gpt, State: health.Healthy}, m.Status(gpt))
	require.False(t, m.Critical(gpt))
	require.Equal(t, health.Report{}, m.Report())
	show(&m, 1, answered(time.Second))
	require.Equal(t, 1, m.Status(gpt).Calls, "the zero monitor works")
}
