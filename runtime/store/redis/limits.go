package redis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// Limiter implements store.Limits. All replicas take from one state in Redis. It waits for Redis as long as WithPatience says;
// when that is away, this process takes from a share of the limit, which knows what was taken from here before, and tries Redis
// again a second later.
func (s *Store) Limiter(key string, l resilience.Limit) (*resilience.Limiter, error) {
	limiter, err := s.limiters.Get(key, l, func(l resilience.Limit) (*resilience.Limiter, error) {
		if err := l.Validate(); err != nil {
			return nil, err
		}
		return resilience.NewSharedLimiter(l, newTaker(s, key, l))
	})
	if err != nil {
		return nil, fmt.Errorf("store: the limit of %q: %w", key, err)
	}
	return limiter, nil
}

// taker is the resilience.Taker of a limit.
type taker struct {
	store *Store
	key   string
	keys  []string
	limit []any // the limit, as the script wants it

	mu             sync.Mutex
	local          *resilience.Windows // of this process's share
	most, heaviest int64               // what one take can be there
	ahead          time.Duration       // the server's clock, as far as it is known, less that of this process
}

// localMark makes the time of a take that Redis does not know of no whole number of microseconds.
const localMark = time.Nanosecond

func newTaker(s *Store, key string, l resilience.Limit) *taker {
	share := share(l, s.replicas)
	t := &taker{store: s, key: key, local: resilience.NewWindows(share), most: math.MaxInt64, heaviest: math.MaxInt64}
	if len(share.Rates) > 0 {
		t.most = resilience.NewWindows(resilience.Limit{Rates: share.Rates, Burst: share.Burst}).Take(0, 0, 0).Left
	}
	for _, r := range share.Weights {
		t.heaviest = min(t.heaviest, r.N)
	}
	t.describe(l)
	return t
}

// share is the n-th part of a limit, at least 1 per rate.
func share(l resilience.Limit, n int64) resilience.Limit {
	part := func(all []resilience.Rate) (parts []resilience.Rate) {
		for _, r := range all {
			parts = append(parts, resilience.Rate{N: max(r.N/n, 1), Per: r.Per})
		}
		return parts
	}
	pace := l.Pace()
	s := resilience.Limit{Rates: part(l.Rates), Burst: max(pace.Burst/n, 1), Weights: part(l.Weights)}
	if p := s.Pace(); p.Alone && !pace.Alone { // by rounding: no burst sets a window aside that the limit has
		s.Burst = s.Rates[p.Rate].N
	}
	return s
}

// describe sets the keys and what the script is told of the limit. Another limit for the same key has other keys.
func (t *taker) describe(l resilience.Limit) {
	pace := l.Pace()
	var price, refill int64
	var logs []any
	takes := 0
	for i, r := range l.Rates {
		if i == pace.Rate {
			price, refill = r.Per.Microseconds(), r.N
		}
		if i != pace.Rate || !pace.Alone {
			logs = append(logs, r.N, r.Per.Microseconds())
			takes++
		}
	}
	longest := int64(0)
	for _, r := range append(l.Rates[:len(l.Rates):len(l.Rates)], l.Weights...) {
		longest = max(longest, r.Per.Microseconds())
	}
	for _, r := range l.Weights {
		logs = append(logs, r.N, r.Per.Microseconds())
	}
	keep := (l.Idle() + time.Minute).Milliseconds() // by then nothing is left of it
	t.limit = append([]any{keep, longest, pace.Burst, price, refill, takes}, logs...)

	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%v", t.key, t.limit))
	state := fmt.Sprintf("%slimit:{%s}:%s", t.store.prefix, hex.EncodeToString(sum[:8]), t.key)
	t.keys = append(t.keys, state)
	for i := range len(logs) / 2 {
		t.keys = append(t.keys, fmt.Sprintf("%s:%d", state, i+1))
	}
}

// Take implements resilience.Taker.
func (t *taker) Take(ctx context.Context, n, weight int64) (resilience.Verdict, error) {
	answer, err := t.run(ctx, "take", "", n, weight)
	switch {
	case err != nil:
		return resilience.Verdict{}, err
	case answer == nil:
		return t.takeLocally(n, weight), nil
	}
	v := verdict(answer)
	if v.OK {
		t.mirror(v.At, n, weight)
	}
	return v, nil
}

// Correct implements resilience.Taker.
func (t *taker) Correct(ctx context.Context, delta int64) error {
	t.mu.Lock()
	t.local.Correct(t.now(), delta)
	t.mu.Unlock()
	_, err := t.run(ctx, "correct", "", delta, 0)
	return err
}

// Return gives back what was taken at a time, which is that of Redis or of this process.
func (t *taker) Return(ctx context.Context, at time.Duration, n, weight int64) error {
	t.mu.Lock()
	t.local.Return(at, min(n, t.most), min(weight, t.heaviest))
	t.mu.Unlock()
	if at%time.Microsecond == localMark {
		return nil
	}
	_, err := t.run(ctx, "return", at.Microseconds(), n, weight)
	return err
}

// exact is the largest amount that Lua has exactly; all limits are below.
const exact = 1 << 53

// run runs the script. There is no answer when Redis is away.
func (t *taker) run(ctx context.Context, op string, at any, n, weight int64) (answer []int64, err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if !t.store.gate.open() {
		return nil, nil
	}
	short, cancel := context.WithTimeout(ctx, t.store.patience)
	defer cancel()
	args := append([]any{op, at, max(min(n, exact), -exact), max(min(weight, exact), -exact)}, t.limit...)
	cmd := limitScript.Run(short, t.store.client, t.keys, args...)
	err = cmd.Err()
	switch {
	case err == nil:
		t.store.gate.reached()
		if op == "take" {
			return cmd.Int64Slice()
		}
		return nil, nil
	case ended(ctx):
		return nil, context.Cause(ctx)
	case away(err):
		t.store.gate.missed()
		return nil, nil
	}
	return nil, fmt.Errorf("store: redis: the limit of %q: %w", t.key, err)
}

func verdict(a []int64) resilience.Verdict {
	return resilience.Verdict{
		OK: a[0] == 1, Wait: time.Duration(a[1]) * time.Microsecond, Never: a[2] == 1, Left: a[3], At: time.Duration(a[4]) * time.Microsecond,
	}
}

// mirror notes in this process what it took from Redis, as far as its share allows: so much is used of the share when Redis
// goes away.
func (t *taker) mirror(at time.Duration, n, weight int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ahead = at - uptime()
	t.local.Take(at, min(n, t.most), min(weight, t.heaviest))
}

// takeLocally takes from the share. What is more than that ever allows, but not more than the limit, takes all of it.
func (t *taker) takeLocally(n, weight int64) resilience.Verdict {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.local.Take(t.now(), min(n, t.most), min(weight, t.heaviest))
	if v.OK {
		v.At += localMark
	}
	return v
}

func (t *taker) now() time.Duration {
	if t.ahead == 0 {
		t.ahead = time.Duration(time.Now().UnixNano()) - uptime()
	}
	return uptime() + t.ahead
}

var started = time.Now()

// uptime is the time of this process, by the monotonic clock.
func uptime() time.Duration { return time.Since(started) }
