package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/alloygen/alloygen/runtime/resilience"
	"github.com/alloygen/alloygen/runtime/store"
)

// waits is how often somebody who waits for another's claim looks, and how often the end of a claim is tried.
var waits = resilience.Backoff{Base: 50 * time.Millisecond, Max: 500 * time.Millisecond, Jitter: 0.25}

// Begin implements store.Results. The claim has a lease, which a goroutine renews until Finish, Release, Lose or Close: a holder
// that dies is Unknown when its lease ends.
func (s *Store) Begin(ctx context.Context, key string) (store.Claim, error) {
	if ctx.Err() != nil {
		return store.Claim{}, context.Cause(ctx)
	}
	token, ok := s.doubts.take(key)
	if !ok {
		token = rand.Text()
	}
	for k := 0; ; k++ {
		answer, err := s.claim(ctx, "begin", store.Claim{Key: key, Token: token}, s.lease, nil)
		if err != nil {
			s.withdraw(ctx, key, token, err)
			return store.Claim{}, err
		}
		switch answer[0] {
		case "mine":
			c := store.Claim{Key: key, State: store.Mine, Token: token}
			s.hold(c)
			return c, nil
		case "done", "large":
			result, err := s.result(ctx, key, answer)
			if errors.Is(err, redis.Nil) {
				continue // forgotten meanwhile
			}
			if err != nil {
				return store.Claim{}, err
			}
			return store.Claim{Key: key, State: store.Done, Result: result}, nil
		case "unknown":
			return store.Claim{Key: key, State: store.Unknown}, nil
		}
		if !pause(ctx, waits.Wait(k, nil)) {
			return store.Claim{}, fmt.Errorf("store: another holder of %q is still at work: %w", key, context.Cause(ctx))
		}
	}
}

// pause waits for d, or until ctx ends, and then returns false.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// result is what is stored of a key that is done. If it is large, the answer has its size, and it is fetched in its own time.
func (s *Store) result(ctx context.Context, key string, answer []string) (result []byte, err error) {
	if answer[0] == "done" {
		return []byte(answer[1]), nil
	}
	err = s.do(ctx, "begin", key, func(ctx context.Context) (err error) {
		size, err := strconv.ParseInt(answer[1], 10, 64)
		if err != nil {
			return err
		}
		ctx, cancel := s.sized(ctx, size)
		defer cancel()
		result, err = s.bulk.HGet(ctx, s.resultKey(key), "r").Bytes()
		return err
	})
	return result, err
}

// withdraw sees to it that a claim whose answer was lost does not become Unknown though nobody has done anything: the next
// Begin from here asks with the same token, and if only the caller's time was too short it is released at once.
func (s *Store) withdraw(ctx context.Context, key, token string, err error) {
	if !away(err) {
		return
	}
	s.doubts.keep(key, token)
	if ctx.Err() == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.patience)
	defer cancel()
	_, _ = s.claim(ctx, "release", store.Claim{Key: key, Token: token}, 0, nil)
}

// Finish implements store.Results. While Redis is away it tries again, as long as ctx allows, or for the time of a lease if ctx
// has no deadline. A claim that cannot be finished is Unknown when its lease ends.
func (s *Store) Finish(ctx context.Context, c store.Claim, result []byte) error {
	return s.end(ctx, "finish", c, result)
}

// Release implements store.Results. It tries again as Finish does.
func (s *Store) Release(ctx context.Context, c store.Claim) error {
	return s.end(ctx, "release", c, nil)
}

// Lose implements store.Results. It tries again as Finish does.
func (s *Store) Lose(ctx context.Context, c store.Claim) error {
	return s.end(ctx, "lose", c, nil)
}

func (s *Store) end(ctx context.Context, op string, c store.Claim, result []byte) error {
	defer s.holding.drop(c.Token)
	ctx, cancel := s.lasting(ctx)
	defer cancel()
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.lease)
		defer cancel()
	}
	for k := 0; ; k++ {
		answer, err := s.claim(ctx, op, c, s.ttl, result)
		if err == nil {
			if answer[0] == "ok" {
				return nil
			}
			return &store.ClaimError{Op: op, Key: c.Key, Now: now(answer[0])}
		}
		if _, away := errors.AsType[*store.UnavailableError](err); !away {
			return err
		}
		if !pause(ctx, waits.Wait(k, nil)) {
			return err
		}
	}
}

// now is the state of a key in words for somebody whose claim it is not.
func now(state string) string {
	if state == "pending" {
		return "held by another"
	}
	return state
}

// large is the size of a result, in bytes, that gets more time; the script knows it too.
const large = 64 << 10

func (s *Store) claim(ctx context.Context, op string, c store.Claim, d time.Duration, result []byte) (answer []string, err error) {
	err = s.do(ctx, op, c.Key, func(ctx context.Context) (err error) {
		client := s.client
		if len(result) > large {
			var cancel context.CancelFunc
			ctx, cancel = s.sized(ctx, int64(len(result)))
			defer cancel()
			client = s.bulk
		}
		answer, err = claimScript.Run(ctx, client, []string{s.resultKey(c.Key)}, op, c.Token, d.Milliseconds(), result).StringSlice()
		return err
	})
	return answer, err
}

// Forget implements store.Results. It looks at all keys of the server, and drops one after the other: keys that are begun
// meanwhile may stay.
func (s *Store) Forget(ctx context.Context, prefix string) error {
	pattern := glob.Replace(s.resultKey(prefix)) + "*"
	return s.do(ctx, "forget", prefix, func(ctx context.Context) error {
		return s.each(ctx, func(ctx context.Context, node redis.UniversalClient) error {
			keys := node.Scan(ctx, 0, pattern, 1000).Iterator()
			for keys.Next(ctx) {
				if err := node.Del(ctx, keys.Val()).Err(); err != nil {
					return err
				}
			}
			return keys.Err()
		})
	})
}

// glob makes a text match itself alone.
var glob = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)

// each calls do for each server that has keys of its own.
func (s *Store) each(ctx context.Context, do func(context.Context, redis.UniversalClient) error) error {
	one := func(ctx context.Context, c *redis.Client) error { return do(ctx, c) }
	switch c := s.client.(type) {
	case *redis.ClusterClient:
		return c.ForEachMaster(ctx, one)
	case *redis.Ring:
		return c.ForEachShard(ctx, one)
	}
	return do(ctx, s.client)
}

func (s *Store) resultKey(key string) string { return s.prefix + "result:" + key }
