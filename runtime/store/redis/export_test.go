package redis

import (
	"context"
	"fmt"
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// Windows is resilience.Windows as the script has it, with the time as an argument.
type Windows struct{ t *taker }

func (s *Store) Windows(key string, l resilience.Limit) *Windows {
	return &Windows{newTaker(s, key, l)}
}

func (w *Windows) Take(now time.Duration, n, weight int64) resilience.Verdict {
	return verdict(w.run("take", now, n, weight))
}

func (w *Windows) Correct(now time.Duration, delta int64) { w.run("correct", now, delta, 0) }

func (w *Windows) Return(at time.Duration, n, weight int64) { w.run("return", at, n, weight) }

func (w *Windows) run(op string, at time.Duration, n, weight int64) []int64 {
	args := append([]any{op, at.Microseconds(), n, weight}, w.t.limit...)
	cmd := limitScript.Run(context.Background(), w.t.store.client, w.t.keys, args...)
	if op == "take" {
		answer, err := cmd.Int64Slice()
		if err != nil {
			panic(err)
		}
		return answer
	}
	if cmd.Err() != nil {
		panic(cmd.Err())
	}
	return nil
}

// SpendAt is Reserve or Settle at a time.
func (s *Store) SpendAt(now time.Time, op, key string, per time.Duration, limit, amount int64) (ok bool, spent int64) {
	name := fmt.Sprintf("%sbudget:%s:%v", s.prefix, key, per)
	answer, err := budgetScript.Run(context.Background(), s.client, []string{name}, op, now.UnixMicro(), per.Microseconds(), limit, amount).Int64Slice()
	if err != nil {
		panic(err)
	}
	return answer[0] == 1, answer[1]
}

// Share is the part of a limit that a process has when Redis is away.
var Share = share
