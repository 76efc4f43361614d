package health_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/observe/health"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const gpt = "gpt-5"

var errDown = errors.New("down")

// answered is a request that the model answered.
func answered(took time.Duration) alloy.RequestFinished {
	return alloy.RequestFinished{Model: gpt, Provider: "openai", Duration: took}
}

// failed is a request that the model did not answer.
func failed(k alloy.Kind) alloy.RequestFinished {
	return alloy.RequestFinished{Model: gpt, Provider: "openai", Kind: k, Err: errDown}
}

// show gives a monitor n times the same event.
func show(m *health.Monitor, n int, e alloy.Event) {
	for range n {
		m.Observe(context.Background(), e)
	}
}

// seen is a monitor that has seen so many calls, of which some have failed.
func seen(calls, failures int, opts ...health.Option) *health.Monitor {
	m := health.New(opts...)
	show(m, failures, failed(alloy.KindServer))
	show(m, calls-failures, answered(time.Second))
	return m
}
