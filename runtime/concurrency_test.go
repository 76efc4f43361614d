package alloy_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// moody answers from the question, and fails in a way that depends on the question and on how often it was asked.
type moody struct {
	mu    sync.Mutex
	asked map[string]int
}

func (m *moody) step(_ context.Context, req *provider.Request) alloytest.Step {
	question := req.Messages[0].Text()
	m.mu.Lock()
	n := m.asked[question]
	m.asked[question]++
	m.mu.Unlock()

	mood := fnv.New32a()
	fmt.Fprintln(mood, question, n)
	switch mood.Sum32() % 8 {
	case 0:
		return alloytest.Fail(503)
	case 1:
		return alloytest.Fail(429).RetryAfter(2 * time.Second)
	case 2:
		return alloytest.Hang()
	case 3:
		return alloytest.Reply("I do not know.")
	case 4:
		if len(req.Tools) > 0 {
			return alloytest.ToolCalls(alloytest.Call{Name: "t", Args: map[string]any{"n": 1}}, alloytest.Call{Name: "gone"}, alloytest.Call{Name: "t", Args: "{"})
		}
		return alloytest.Cut("half an ans")
	case 5:
		return alloytest.FailWith(&provider.Error{Class: provider.Network, Message: "refused"})
	}
	return alloytest.ReplyJSON(Ticket{Summary: question, Priority: "low", OrderIDs: []string{}})
}

// F12, F85: many calls at once, with failures of every sort, give each caller its own answer or a typed error, and leave
// nothing behind: synctest and TestMain would see a goroutine.
func TestManyCallsOfManyCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t, alloytest.Func((&moody{asked: map[string]int{}}).step).Forever())
		slow := alloy.Tool{Name: "t", Input: anyInput, Run: func(ctx context.Context, _ []byte) (any, error) {
			select {
			case <-time.After(time.Second):
				return "ok", nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}}
		var commands []alloy.Command[Ticket]
		for i := range 10 {
			commands = append(commands, alloy.NewCommand(alloy.Definition[Ticket]{Name: fmt.Sprint("Command", i), Output: ticketSchema},
				alloy.WithFallback("o3"), alloy.WithRetry(alloy.Retry{Attempts: 1 + i%4}), alloy.WithAttemptTimeout(5*time.Second), alloy.WithTimeout(time.Minute), alloy.WithTools(slow)))
		}
		var good, bad atomic.Int32
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%20 == 0 {
					time.AfterFunc(time.Duration(i)*10*time.Millisecond, cancel)
				}
				var report alloy.Report
				question := fmt.Sprint("question ", i)
				got, err := commands[i%10].Run(ctx, saying[Ticket](question), []alloy.Option{alloy.WithProvider(m), alloy.WithReport(&report)})
				switch {
				case err == nil && got.Summary == question:
					good.Add(1)
				case err == nil:
					t.Errorf("%s: the answer belongs to another: %+v", question, got)
				default:
					bad.Add(1)
					failed(t, err)
				}
				if report.Requests+report.Refused == 0 && i%20 != 0 { // a model may cool down for longer than the call has
					t.Errorf("%s: an empty report", question)
				}
			})
		}
		wg.Wait()
		require.Greater(t, good.Load(), int32(50), "one in eight requests makes the model cool down for all")
		require.Positive(t, bad.Load())
	})
}
